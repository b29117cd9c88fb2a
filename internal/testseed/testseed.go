// Package testseed gives property tests their seed: the same one in every
// ordinary run, so that a change is judged by what it changes, and others in
// the runs that look for new cases (`make full`).
package testseed

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// New returns a source of random numbers and logs its seed. TASC_SEED names the
// seed; "random" takes a new one.
func New(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(1)
	switch text := os.Getenv("TASC_SEED"); text {
	case "":
	case "random":
		seed = rand.Uint64()
	default:
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("TASC_SEED is %q; expected a number or random", text)
		}
	}
	t.Logf("TASC_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
