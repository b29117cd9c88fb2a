package main

import (
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/handover"
)

// closed makes the platform a private one.
func (w *world) closed(change func(*facts.Facts)) {
	f := testFacts()
	f.Visibility = "private"
	change(&f)
	w.facts(f)
}

// platformMint is how one gets the token that reads the platform.
var platformMint = []string{
	"GET /repos/acme/platform/installation",
	"POST /app/installations/7/access_tokens [platform] map[contents:read metadata:read]",
}

func TestAuthorize_SealsATokenForThePlatform(t *testing.T) {
	own := []string{mints[0], "POST /app/installations/7/access_tokens [service] map[contents:read metadata:read]"}
	tests := []struct {
		engine string
		asked  []string
		tokens map[string]string
	}{
		{"validate", append(own, platformMint...), map[string]string{"token": "ghs_minted", "platform_token": "ghs_minted"}},
		{"dashboard", platformMint, map[string]string{"platform_token": "ghs_minted"}},
	}
	for _, tt := range tests {
		t.Run(tt.engine, func(t *testing.T) {
			w := newWorld(t)
			w.closed(func(*facts.Facts) {})
			w.env["ENGINE_NAME"] = tt.engine
			got := w.run("authorize")
			expect(t, "code", got.code, 0)
			expect(t, "requests", w.github.requests, tt.asked)
			expect(t, "number of outputs", len(got.outputs), len(tt.tokens))
			expect(t, "masks", strings.Count(got.log, "::add-mask::"), len(tt.tokens))

			job := newWorld(t)
			job.env["ENGINE_NAME"], job.env["PLATFORM_REPO"] = tt.engine, "acme/platform"
			for name, sealed := range got.outputs {
				job.env[strings.ToUpper(name)] = sealed
			}
			opened := job.run("unseal")
			expect(t, "code of unseal", opened.code, 0)
			expect(t, "tokens", opened.outputs, tt.tokens)
			expect(t, "masks of unseal", strings.Count(opened.log, "::add-mask::"), len(tt.tokens))
		})
	}
}

func TestUnseal_TakesNoTokenForAnother(t *testing.T) {
	sealed, err := handover.Seal(handoverKey, handover.Purpose{RunID: 42, Engine: "validate", Target: target}, handover.Token{Value: "ghs_minted", Expires: now.Add(time.Hour)}, strings.NewReader(strings.Repeat("n", 12)))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.env["SEALED_PLATFORM"], w.env["PLATFORM_REPO"] = sealed, target
	got := w.run("unseal")
	expect(t, "code", got.code, 1)
	expect(t, "outputs", got.outputs, map[string]string{})
}

func TestUnseal_WithNothingHandedOver(t *testing.T) {
	got := newWorld(t).run("unseal")
	expect(t, "code", got.code, 2)
	expect(t, "log", got.log, "::error::missing SEALED: no token was handed to this step\n")
}

// closedCases are what a private platform may meet.
func closedCases() []preflightCase {
	rest := []string{"GET /repos/acme/service", "GET /repos/acme/telemetry/contents/" + runDir}
	in := append(mints[:4:4], platformMint...)
	own := func(change func(*world)) func(*world) {
		return func(w *world) { w.closed(func(*facts.Facts) {}); change(w) }
	}
	return []preflightCase{
		{"private: all well", own(func(*world) {}), append(in[:6:6], rest...), telemetry},
		{"private: the App is not on the platform", own(func(w *world) { w.github.absent["IvENGINE acme/platform"] = true }), append(in[:5:5], rest...), telemetry},
		{"private: a target of another owner", func(w *world) { w.closed(func(f *facts.Facts) { f.Repository = "other/platform" }) }, append(mints[:4:4], rest...), telemetry},
	}
}

func TestAuthorize_RefusesATargetOfAnotherOwner(t *testing.T) {
	w := newWorld(t)
	w.closed(func(f *facts.Facts) { f.Repository = "other/platform" })
	got := w.run("authorize")
	expect(t, "code", got.code, 1)
	expect(t, "requests", w.github.requests, []string(nil))
	if !strings.Contains(got.log, "the platform other/platform is private") {
		t.Errorf("log: %s", got.log)
	}
}
