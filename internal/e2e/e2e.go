package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/act"
)

// What a run is told, and what it leaves behind.
type (
	Config = act.Config
	Result = act.Result
	Step   = act.Step
)

// Run lets act run the event and returns what happened. A run that fails is a Result like any other; the test ends only
// when act itself cannot do its work. The first call on a machine builds act, which takes about a minute.
func Run(t testing.TB, c Config) Result {
	t.Helper()
	c.Act, c.Tmp = binary(t), t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	result, err := act.Run(ctx, c)
	if err != nil {
		t.Fatalf("act: %v\n%s", err, result.Log)
	}
	return result
}

// binary returns the path of the patched act.
func binary(t testing.TB) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path, err := act.Build(t.Context(), filepath.Join(cache, "tasc"), t.Output())
	if err != nil {
		t.Fatalf("act cannot be built: %v", err)
	}
	return path
}

// StandIn returns the folder of a stand-in action: of "checkout" alone.
func StandIn(t testing.TB, name string) string {
	t.Helper()
	dir := t.TempDir()
	if name != "checkout" {
		t.Fatalf("no stand-in for the action %q", name)
	}
	if err := act.Checkout(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}
