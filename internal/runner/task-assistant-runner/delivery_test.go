package main

import (
	"crypto/rsa"
	"encoding/json"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// publicTestKeys are what belongs to testKey.
func publicTestKeys(t *testing.T) []*rsa.PublicKey {
	t.Helper()
	app, err := github.New("http://127.0.0.1", nil).App(github.Credentials{Key: testKey()})
	if err != nil {
		t.Fatal(err)
	}
	return []*rsa.PublicKey{app.PublicKey()}
}

// logged returns the records that a log holds, and fails the test for what is broken in it.
func logged(t *testing.T, log string) []signed.Record {
	t.Helper()
	found, err := signed.ReadLog(strings.NewReader(log), publicTestKeys(t))
	if err != nil {
		t.Error(err)
	}
	return found
}

// inRepository writes the event of a run in a repository that is private or not.
func (w *world) inRepository(event string) { w.write(w.env["GITHUB_EVENT_PATH"], event) }

func TestEmit_KeepsARecordThatNoLaneTook(t *testing.T) {
	const (
		private = `{"repository":{"private":true}}`
		public  = `{"repository":{"private":false}}`
		kept    = "::error::the record is in this log, signed, in the lines marked tasc-record-v1"
		lost    = "::error::the record is lost: it is not printed either, since everybody can read this log and telemetry.log_fallback is private-only"
	)
	tests := []struct {
		name, fallback, event string
		change                func(*world)
		log                   []string
		kept                  bool
	}{
		{"no answer, private", "private-only", private, func(w *world) { w.github.status = 502 }, []string{"was not written: given up", kept}, true},
		{"no answer, public", "private-only", public, func(w *world) { w.github.status = 502 }, []string{"was not written: given up", lost}, false},
		{"no answer, public and allowed", "always", public, func(w *world) { w.github.status = 502 }, []string{kept}, true},
		{"no permission", "always", public, func(w *world) { w.github.status = 403 }, []string{"was not written: PUT", kept}, true},
		{"no event", "private-only", "", func(w *world) { w.github.status = 502 }, []string{lost}, false},
		{"an event that says nothing of it", "private-only", `{}`, func(w *world) { w.github.status = 502 }, []string{lost}, false},
		{"an event that is no JSON", "private-only", `x`, func(w *world) { w.github.status = 502 }, []string{lost}, false},
		{"not installed", "always", public, func(w *world) { w.github.absent["IvTELEMETRY "+telemetry] = true }, []string{"cannot be found", kept}, true},
		{"no place", "always", public, func(w *world) { w.env["TELEMETRY_REPO"] = "acme/other" }, []string{"nothing can be recorded: telemetry_repo is", kept}, true},
		{"no key", "always", private, func(w *world) { w.env["TELEMETRY_APP_KEY"] = "" }, []string{"the record is lost: it cannot be printed either: the private key of the GitHub App acme-telemetry is empty"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			f := testFacts()
			f.Telemetry.LogFallback = tt.fallback
			w.facts(f)
			if tt.event != "" {
				w.inRepository(tt.event)
			}
			tt.change(w)
			w.handOver(packText(t, `{"summary":"::error::x"}`), "1")
			got := w.run("emit")
			expect(t, "code", got.code, 1)
			expect(t, "outputs", got.outputs, map[string]string{})
			for _, want := range tt.log {
				if !strings.Contains(got.log, want) {
					t.Errorf("log: got %q, want one that holds %q", got.log, want)
				}
			}
			found := logged(t, got.log)
			if (len(found) == 1) != tt.kept {
				t.Fatalf("%d records in the log:\n%s", len(found), got.log)
			}
			if tt.kept {
				r, err := record.Decode(found[0].Data)
				expect(t, "error", err, nil)
				expect(t, "path and details", found[0].Path+" "+compacted(t, r.Details), recordPath+` {"summary":"::error::x"}`)
			}
		})
	}
}

// TestEmit_KeepsAFailedPreflight: where telemetry cannot be resolved, preflight's record has nowhere to go.
func TestEmit_KeepsAFailedPreflight(t *testing.T) {
	for _, rule := range []string{"acme/service", "other/telemetry", "{owner}"} {
		w := newWorld(t)
		f := testFacts()
		f.Telemetry.Repository, f.Telemetry.LogFallback = rule, "always"
		w.facts(f)
		check := w.run("preflight")
		w.github.requests = nil
		w.env["ENGINE_NAME"], w.env["ENGINE_RESULT"], w.env["TELEMETRY_REPO"] = "preflight", "failure", check.outputs["telemetry_repo"]
		w.handOver(packed{check.outputs["details"], check.outputs["details_sha256"], check.outputs["details_state"]}, check.outputs["run_attempt"])
		got := w.run("emit")
		expect(t, "code", got.code, 1)
		expect(t, "requests", w.github.requests, []string(nil))
		found := logged(t, got.log)
		if len(found) != 1 {
			t.Fatalf("%d records in the log:\n%s", len(found), got.log)
		}
		var r record.Record
		expect(t, "error", json.Unmarshal(found[0].Data, &r), nil)
		expect(t, "reason", *r.Event.Reason, "preflight-failed: failed checks: installation, telemetry, record")
		expect(t, "path", found[0].Path, runDir+"/preflight.json")
	}
}

// TestEmit_PrintsNoRecordThatIsRefused: the stored record stays, and the other one is nobody's.
func TestEmit_PrintsNoRecordThatIsRefused(t *testing.T) {
	w := newWorld(t)
	f := testFacts()
	f.Telemetry.LogFallback = "always"
	w.facts(f)
	w.handOver(packText(t, `{"a":1}`), "1")
	expect(t, "code", w.run("emit").code, 0)
	w.handOver(packText(t, `{"a":2}`), "1")
	got := w.run("emit")
	expect(t, "code", got.code, 1)
	expect(t, "records in the log", len(logged(t, got.log)), 0)
}
