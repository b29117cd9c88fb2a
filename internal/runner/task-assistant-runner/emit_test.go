package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/record"
)

const recordPath = runDir + "/validate.json"

// mintsToWrite are the requests before emit writes.
var mintsToWrite = []string{
	"GET /repos/acme/telemetry/installation",
	"POST /app/installations/7/access_tokens [telemetry] map[contents:write metadata:read]",
}

// stored returns the record that emit left.
func (w *world) stored(file string) record.Record {
	w.t.Helper()
	data, ok := w.github.files[telemetry+":"+file]
	if !ok {
		w.t.Fatalf("there is no %s", file)
	}
	r, err := record.Decode([]byte(data))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := r.Validate(); err != nil {
		w.t.Errorf("the record is not valid: %v", err)
	}
	return r
}

func TestEmit_WritesOneRecordWithOneRequest(t *testing.T) {
	w := newWorld(t)
	w.handOver(packText(t, `{"z":1.50,"summary":"<ok> & done","a":[]}`), "1")
	got := w.run("emit")
	expect(t, "code", got.code, 0)
	expect(t, "log", got.log, "::add-mask::ghs_minted\n::notice::recorded "+recordPath+" in acme/telemetry: success\n")
	expect(t, "requests", w.github.requests, append(mintsToWrite[:2:2],
		"PUT /repos/acme/telemetry/contents/"+recordPath+" telemetry: validate 42-1"))
	data := w.github.files[telemetry+":"+recordPath]
	expect(t, "outputs", got.outputs, map[string]string{"ok": "true", "record": github.BlobSHA([]byte(data))})
	digest, err := (&job{executable: func() (string, error) { return w.env["FACTS_FILE"], nil }}).digest()
	expect(t, "error", err, nil)
	expect(t, "file", data, strings.NewReplacer("COMMIT", commit, "DIGEST", digest).Replace(`{
  "schema_version": "1.0",
  "generated_at": "2026-11-22T10:11:12Z",
  "correlation_id": "42-1",
  "engine_name": "validate",
  "engine_ref": "COMMIT",
  "source": {
    "workflow": "engine-validate",
    "job": "engine",
    "run_id": 42,
    "run_attempt": 1,
    "runner_digest": "DIGEST"
  },
  "entity": {
    "type": "repository",
    "owner": "acme",
    "repo": "service"
  },
  "event": {
    "category": "validate",
    "action": "success",
    "reason": null
  },
  "ok": true,
  "details": {
    "z": 1.50,
    "summary": "<ok> & done",
    "a": []
  }
}
`))
	w.stored(recordPath)
}

func TestEmit_RecordsEveryOutcome(t *testing.T) {
	secret := "ghs_" + strings.Repeat("x", 36)
	tests := []struct {
		name   string
		change func(*world)
		reason string
		detail string
	}{
		{"failed", func(w *world) { w.env["ENGINE_RESULT"] = "failure"; w.handOver(packText(w.t, `{"a":1}`), "1") }, `failed: the engine's job ended as "failure"`, `{"a":1}`},
		{"no handover at all", func(w *world) { w.env["ENGINE_RESULT"] = "failure" }, "machine-lost: the machine was lost or its setup failed before the engine started: see the job's log", ""},
		{"not received", func(w *world) { w.env["HANDOVER_RECEIVED"] = "failure"; w.handOver(packText(w.t, `{"a":1}`), "1") }, "result-too-large: the result is larger than may be handed over", ""},
		{"not authorized", func(w *world) { w.env["ENGINE_RESULT"] = "skipped"; w.env["AUTHORIZE_RESULT"] = "failure" }, "not-authorized: the engine got no token, so it was not started", ""},
		{"secret", func(w *world) { w.handOver(packText(w.t, `{"a":"`+secret+`"}`), "1") }, "result-refused: the result holds something that looks like a token or a private key",
			`{"summary":"the result holds something that looks like a token or a private key"}`},
		{"engine_ref of commands", func(w *world) { w.env["ENGINE_REF"] = "x\n::add-mask::y" }, `engine-ref-mismatch: engine_ref is "x ::add-mask::y", expected a full commit id`, ""},
		{"a record that indentation makes too large", func(w *world) {
			w.handOver(packText(w.t, `{"a":`+strings.Repeat("[", 60)+strings.Repeat("1,", 30_000)+"1"+strings.Repeat("]", 60)+`}`), "1")
		}, "result-too-large: the result makes a record larger than 524288 bytes", `{"summary":"the result makes a record larger than 524288 bytes"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.change(w)
			got := w.run("emit")
			expect(t, "code", got.code, 0)
			expect(t, "ok", got.outputs["ok"], "false")
			r := w.stored(recordPath)
			expect(t, "reason", *r.Event.Reason, tt.reason)
			if tt.detail != "" {
				expect(t, "details", compacted(t, r.Details), tt.detail)
			}
			if strings.Contains(w.github.files[telemetry+":"+recordPath]+got.log, secret) {
				t.Error("the secret got out")
			}
		})
	}
}

func compacted(t *testing.T, data json.RawMessage) string {
	t.Helper()
	text, ok := record.Compact(data)
	if !ok {
		t.Fatalf("no object: %s", data)
	}
	return string(text)
}

func TestEmit_RecordsPreflight(t *testing.T) {
	w := newWorld(t)
	w.env["PROBLEM"] = "the input route is empty"
	check := w.run("preflight")
	w.github.requests = nil
	w.env["ENGINE_NAME"], w.env["ENGINE_RESULT"] = "preflight", "failure"
	w.handOver(packed{check.outputs["details"], check.outputs["details_sha256"], check.outputs["details_state"]}, check.outputs["run_attempt"])
	expect(t, "code", w.run("emit").code, 0)
	r := w.stored(runDir + "/preflight.json")
	expect(t, "reason", *r.Event.Reason, "preflight-failed: failed checks: request")
	expect(t, "source", r.Source.Workflow+" "+r.Source.Job, "preflight check")
}

func TestEmit_IsOKForPreflightOnlyIfAllIs(t *testing.T) {
	checks := func(outcome string) string {
		return `{"summary":"","checks":[{"id":"target","outcome":"` + outcome + `"}]}`
	}
	tests := []struct {
		name, result string
		handOver     func(*world)
		reason       string // "" means success
	}{
		{"passed", "success", func(w *world) { w.handOver(packText(w.t, checks("PASS")), "1") }, ""},
		{"a check failed", "failure", func(w *world) { w.handOver(packText(w.t, checks("FAIL")), "1") }, "preflight-failed: failed checks: target"},
		{"a check failed in a job that did not", "success", func(w *world) { w.handOver(packText(w.t, checks("FAIL")), "1") }, "preflight-failed: failed checks: target"},
		{"the job failed after its checks passed", "failure", func(w *world) { w.handOver(packText(w.t, checks("PASS")), "1") }, "preflight-failed: preflight failed and handed over no failed check"},
		{"the machine was lost", "failure", func(*world) {}, "preflight-failed: preflight failed and handed over no failed check"},
		{"details not accepted", "success", func(w *world) { w.handOver(packText(w.t, `[]`), "1") }, "result-not-object: the result is not exactly one JSON object in UTF-8"},
		{"details not received", "success", func(w *world) { w.env["HANDOVER_RECEIVED"] = "failure" }, "result-too-large: the result is larger than may be handed over"},
		{"nothing handed over", "success", func(*world) {}, "no-result: the engine wrote no result"},
		{"cancelled", "cancelled", func(*world) {}, "cancelled: the engine's job was cancelled"},
		{"cancelled with passed checks", "cancelled", func(w *world) { w.handOver(packText(w.t, checks("PASS")), "1") }, "cancelled: the engine's job was cancelled"},
		{"skipped", "skipped", func(*world) {}, "cancelled: the run was cancelled before the engine started"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.env["ENGINE_NAME"], w.env["ENGINE_RESULT"], w.env["TELEMETRY_REPO"] = "preflight", tt.result, ""
			tt.handOver(w)
			got := w.run("emit")
			expect(t, "code", got.code, 0)
			expect(t, "ok", got.outputs["ok"], strconv.FormatBool(tt.reason == ""))
			r := w.stored(runDir + "/preflight.json")
			reason := ""
			if r.Event.Reason != nil {
				reason = *r.Event.Reason
			}
			expect(t, "reason", reason, tt.reason)
		})
	}
}

func TestEmit_AgainIsTheSameOrRefused(t *testing.T) {
	result := func(text, attempt string) func(*world) {
		return func(w *world) { w.handOver(packText(w.t, text), attempt) }
	}
	ended := func(result, authorize string) func(*world) {
		return func(w *world) { w.env["ENGINE_RESULT"], w.env["AUTHORIZE_RESULT"] = result, authorize }
	}
	nothing := func(*world) {}
	tests := []struct {
		name          string
		first, change func(*world)
		code          int
	}{
		{"emit alone", result(`{"a":1}`, "1"), nothing, 0},
		{"by another runner", result(`{"a":1}`, "1"), func(w *world) { w.env["FACTS_FILE"] += ".new"; w.relaidFacts(w.env["FACTS_FILE"]) }, 0},
		{"the engine too", result(`{"a":1}`, "1"), result(`{"a":1}`, "2"), 1},
		{"another result", result(`{"a":1}`, "1"), result(`{"a":2}`, "1"), 1},
		{"emit alone after a lost machine", ended("failure", "success"), nothing, 0},
		{"emit alone after a failed authorize", ended("skipped", "failure"), nothing, 0},
		{"emit alone after a cancelled run", ended("cancelled", ""), nothing, 0},
		{"emit alone after an attempt that is none", result(`{"a":1}`, "9"), nothing, 0},
		{"the engine too, after a lost machine", ended("failure", "success"), result(`{"a":1}`, "2"), 1},
		{"the engine too, and it ended as before", ended("failure", ""), func(w *world) { w.handOver(packed{}, "2") }, 1},
		{"the engine too, then without a result", result(`{"a":1}`, "1"), func(w *world) { w.handOver(packed{}, "") }, 1},
		{"a lost machine, then a cancelled run", ended("failure", ""), ended("cancelled", ""), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.first(w)
			first := w.run("emit")
			expect(t, "code", first.code, 0)
			before := w.github.files[telemetry+":"+recordPath]
			if err := os.Remove(w.env["GITHUB_OUTPUT"]); err != nil {
				t.Fatal(err)
			}
			w.env["GITHUB_RUN_ATTEMPT"] = "2"
			tt.change(w)
			again := w.run("emit")
			expect(t, "code", again.code, tt.code)
			expect(t, "stored file", w.github.files[telemetry+":"+recordPath], before)
			if tt.code == 0 {
				expect(t, "outputs", again.outputs, first.outputs)
				return
			}
			expect(t, "outputs", again.outputs, map[string]string{})
			if !strings.Contains(again.log, "use Re-run all jobs: a new attempt gets a new correlation id") {
				t.Errorf("log: got %q", again.log)
			}
		})
	}
}

// relaidFacts writes the same facts with another layout, which stands for another runner here.
func (w *world) relaidFacts(name string) {
	f := testFacts()
	data, err := json.Marshal(f)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(name, string(data))
	w.env["FACTS_FILE"], w.env["FACTS_SHA256"] = name, facts.Digest(data)
}

func TestEmit_RefusesBeforeAnyRequest(t *testing.T) {
	tests := []struct {
		name   string
		change func(*world)
		log    string
	}{
		{"correlation id", func(w *world) { w.env["CORRELATION_ID"] = "../../x" }, "the correlation id"},
		{"date", func(w *world) { w.env["RUN_DATE"] = "2026-11-22/x" }, "the run's date"},
		{"engine of a path", func(w *world) { w.env["ENGINE_NAME"] = "../x" }, "the engine's name"},
		{"engine of no one", func(w *world) { w.env["ENGINE_NAME"] = "other" }, "the engine other is not one of this platform"},
		{"no engine", func(w *world) { w.env["ENGINE_NAME"] = "" }, "the engine's name"},
		{"another target", func(w *world) { w.env["TARGET_REPO"] = "acme/other" }, "expected the repository of the run"},
		{"another telemetry repository", func(w *world) { w.env["TELEMETRY_REPO"] = "acme/other" }, `telemetry_repo is "acme/other", and the platform's rule says acme/telemetry`},
		{"telemetry is the target", func(w *world) { w.env["TELEMETRY_REPO"] = ""; w.telemetryRule("acme/SERVICE") }, "is the target itself"},
		{"telemetry of another owner", func(w *world) { w.env["TELEMETRY_REPO"] = ""; w.telemetryRule("other/x") }, "belongs to another owner"},
		{"no key", func(w *world) { w.env["TELEMETRY_APP_KEY"] = "" }, "the record was not written: the private key of the GitHub App acme-telemetry is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.change(w)
			got := w.run("emit")
			expect(t, "code", got.code, 1)
			expect(t, "requests", w.github.requests, []string(nil))
			expect(t, "outputs", got.outputs, map[string]string{})
			if !strings.Contains(got.log, tt.log) {
				t.Errorf("log: got %q, want one that holds %q", got.log, tt.log)
			}
		})
	}
}

func TestEmit_NeedsNoTelemetryRepo(t *testing.T) {
	w := newWorld(t)
	w.env["TELEMETRY_REPO"] = ""
	w.handOver(packText(t, `{}`), "1")
	expect(t, "code", w.run("emit").code, 0)
	w.stored(recordPath)
}

func TestEmit_FailsLoudlyWhereNothingCanBeWritten(t *testing.T) {
	tests := []struct {
		name   string
		change func(*world)
		log    string
	}{
		{"a wider token", func(w *world) { w.github.extra["issues"] = "write" }, "the record was not written: the token that GitHub minted is not the one asked for"},
		{"not installed", func(w *world) { w.github.absent["IvTELEMETRY "+telemetry] = true }, "the record was not written: the GitHub App acme-telemetry cannot be found"},
		{"no permission", func(w *world) { w.github.status = 403 }, "the record " + recordPath + " was not written: PUT"},
		{"no answer for 90 s", func(w *world) { w.github.status = 502 }, "was not written: given up"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.change(w)
			got := w.run("emit")
			expect(t, "code", got.code, 1)
			if !strings.Contains(got.log, tt.log) || strings.Count(got.log, "ghs_minted") > 1 {
				t.Errorf("log: got %q, want one that holds %q and shows the token only to mask it", got.log, tt.log)
			}
		})
	}
}
