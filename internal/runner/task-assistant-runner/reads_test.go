package main

import (
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/runner/facts"
)

// reading makes dashboard, which has no permissions, an engine that reads telemetry.
func (w *world) reading(change func(*facts.Facts)) {
	f := testFacts()
	f.Engines[0].ReadsTelemetry = true
	change(&f)
	w.facts(f)
	w.env["ENGINE_NAME"] = "dashboard"
	delete(w.env, "ENGINE_APP_KEY") // it has nothing to mint
}

func TestAuthorize_SealsATokenThatReadsTelemetry(t *testing.T) {
	w := newWorld(t)
	w.reading(func(*facts.Facts) {})
	got := w.run("authorize")
	expect(t, "code", got.code, 0)
	expect(t, "log", got.log, "::add-mask::ghs_minted\n")
	expect(t, "requests", w.github.requests, []string{
		"GET /repos/acme/telemetry/installation",
		"POST /app/installations/7/access_tokens [telemetry] map[contents:read metadata:read]",
	})
	expect(t, "number of outputs", len(got.outputs), 1)

	job := newWorld(t)
	job.env["ENGINE_NAME"], job.env["SEALED_TELEMETRY"] = "dashboard", got.outputs["sealed_telemetry"]
	opened := job.run("unseal")
	expect(t, "code of unseal", opened.code, 0)
	expect(t, "log of unseal", opened.log, "::add-mask::ghs_minted\n")
	expect(t, "token", opened.outputs, map[string]string{"telemetry_token": "ghs_minted"})

	other := newWorld(t)
	other.env["ENGINE_NAME"], other.env["SEALED"] = "dashboard", got.outputs["sealed_telemetry"]
	expect(t, "code of unseal as another token", other.run("unseal").code, 1)
}

func TestAuthorize_OfTelemetryRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*world)
		log    string
	}{
		{"no key", func(w *world) { delete(w.env, "TELEMETRY_APP_KEY") }, "acme-telemetry is empty: give this repository the secret"},
		{"another repository than the rule's", func(w *world) { w.env["TELEMETRY_REPO"] = "acme/other" }, `telemetry_repo is "acme/other", and the platform's rule says acme/telemetry`},
		{"a registry that named none", func(w *world) {
			w.reading(func(f *facts.Facts) {
				f.Telemetry = facts.Telemetry{Registry: &facts.Registry{Repository: "acme/infra", Path: "x"}}
			})
			w.env["TELEMETRY_REPO"] = ""
		}, "preflight found none in the registry acme/infra"},
		{"an engine with permissions and no key for them", func(w *world) {
			w.reading(func(f *facts.Facts) { f.Engines[0].Permissions = map[string]string{"contents": "read"} })
		}, "acme-engine is empty: give this repository the secret"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.reading(func(*facts.Facts) {})
			tt.change(w)
			got := w.run("authorize")
			expect(t, "code", got.code, 1)
			expect(t, "requests", w.github.requests, []string(nil))
			expect(t, "outputs", got.outputs, map[string]string{})
			if !strings.Contains(got.log, tt.log) {
				t.Errorf("log: got %q, want one that holds %q", got.log, tt.log)
			}
		})
	}
}
