package main

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/handover"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// packText packs any text as an honest collector would pack details.
func packText(t *testing.T, text string) packed {
	t.Helper()
	details, err := handover.Pack([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return packed{details: details, digest: facts.Digest([]byte(text)), state: stateOK}
}

func TestJudge_FollowsThePrecedence(t *testing.T) {
	good := handed{packed: packText(t, `{"summary":"done"}`), attempt: "1", received: true}
	nothing := handed{received: true}
	noResult := handed{packed: packed{state: stateNoResult}, attempt: "1", received: true}
	notReceived := handed{}
	late := handed{packed: good.packed, attempt: "1", late: "true", received: true}
	failing := handed{packed: packText(t, `{"summary":"1 of 2","checks":[{"id":"a","outcome":"PASS"},{"id":"target","outcome":"FAIL"},{"id":"record","outcome":"FAIL"}]}`), attempt: "1", received: true}
	tests := []struct {
		name                           string
		engine, ref, result, authorize string
		handed                         handed
		code                           record.Code
		text                           string
		details                        string
	}{
		{"success", "validate", commit, "success", "", good, "", "", `{"summary":"done"}`},
		{"success with authorize", "validate", commit, "success", "success", good, "", "", `{"summary":"done"}`},
		{"another commit beats all", "preflight", strings.Repeat("b2", 20), "cancelled", "failure", failing, record.EngineRefMismatch, "dispatcher and engine must be one commit", ""},
		{"no commit", "validate", "", "success", "success", good, record.EngineRefMismatch, `engine_ref is "", expected a full commit id`, `{"summary":"done"}`},
		{"preflight with failing checks", "preflight", commit, "failure", "", failing, record.PreflightFailed, "failed checks: target, record", ""},
		{"preflight with failing checks that succeeded", "preflight", commit, "success", "", failing, record.PreflightFailed, "failed checks", ""},
		{"preflight that died", "preflight", commit, "failure", "", nothing, record.PreflightFailed, "handed over no failed check", `{"summary":"preflight failed and handed over no failed check; the engine wrote no result"}`},
		{"preflight cancelled", "preflight", commit, "cancelled", "", nothing, record.Cancelled, "", ""},
		{"failing checks of an engine are its own matter", "validate", commit, "success", "", failing, "", "", ""},
		{"not authorized", "validate", commit, "skipped", "failure", nothing, record.NotAuthorized, "the engine got no token", ""},
		{"cancelled while it ran", "validate", commit, "cancelled", "success", nothing, record.Cancelled, "the engine's job was cancelled", ""},
		{"cancelled before authorize ended", "validate", commit, "skipped", "cancelled", nothing, record.Cancelled, "before the engine started", ""},
		{"cancelled before authorize began", "validate", commit, "skipped", "skipped", nothing, record.Cancelled, "before the engine started", ""},
		{"cancelled after authorize", "validate", commit, "skipped", "success", nothing, record.Cancelled, "before the engine started", ""},
		{"cancelled without authorize", "validate", commit, "skipped", "", nothing, record.Cancelled, "before the engine started", ""},
		{"preflight skipped", "preflight", commit, "skipped", "", nothing, record.Cancelled, "before the engine started", ""},
		{"preflight cancelled after it failed", "preflight", commit, "cancelled", "", failing, record.PreflightFailed, "failed checks: target, record", ""},
		{"machine lost", "validate", commit, "failure", "", nothing, record.MachineLost, "before the engine started: see the job's log",
			`{"summary":"the machine was lost or its setup failed before the engine started: see the job's log; the engine wrote no result"}`},
		{"failed, the attempt did not survive", "validate", commit, "failure", "", handed{packed: good.packed, received: true}, record.Failed, `ended as "failure"`, `{"summary":"done"}`},
		{"failed, only the details survived", "validate", commit, "failure", "", handed{packed: packed{details: good.details}, received: true}, record.Failed, `ended as "failure"`, ""},
		{"failed, only the sha256 survived", "validate", commit, "failure", "", handed{packed: packed{digest: good.digest}, received: true}, record.Failed, `ended as "failure"`, ""},
		{"failed, only the state survived", "validate", commit, "failure", "", handed{packed: packed{state: stateNoResult}, received: true}, record.Failed, `ended as "failure"`, ""},
		{"failed, only the attempt survived", "validate", commit, "failure", "", handed{attempt: "1", received: true}, record.Failed, `ended as "failure"`, ""},
		{"timed out", "validate", commit, "failure", "", late, record.Timeout, "a step of the engine was stopped when its time was over", `{"summary":"done"}`},
		{"timed out in a cancelled run", "validate", commit, "cancelled", "", late, record.Cancelled, "the engine's job was cancelled", ""},
		{"took long and succeeded", "validate", commit, "success", "", late, "", "", `{"summary":"done"}`},
		{"another word for late", "validate", commit, "failure", "", handed{packed: good.packed, attempt: "1", late: "True\n::error::", received: true}, record.Failed, `ended as "failure"`, ""},
		{"failed with a result", "validate", commit, "failure", "", good, record.Failed, `ended as "failure"`, `{"summary":"done"}`},
		{"failed without a result", "validate", commit, "failure", "", noResult, record.Failed, `ended as "failure"`, `{"summary":"the engine's job ended as \"failure\"; the engine wrote no result"}`},
		{"failed and not received", "validate", commit, "failure", "", notReceived, record.Failed, `ended as "failure"`, ""},
		{"a result GitHub does not know", "validate", commit, "x\ny", "", good, record.Failed, `ended as "x y"`, ""},
		{"no result of the job", "validate", commit, "", "", good, record.Failed, `ended as ""`, ""},
		{"no result", "validate", commit, "success", "", noResult, record.NoResult, "the engine wrote no result", `{"summary":"the engine wrote no result"}`},
		{"nothing handed over by a success", "validate", commit, "success", "", nothing, record.NoResult, "the engine wrote no result", ""},
		{"not received", "validate", commit, "success", "", notReceived, record.ResultTooLarge, "larger than may be handed over", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := emission{request: request{engineRef: tt.ref}, engine: tt.engine, result: tt.result, authorize: tt.authorize, handed: tt.handed}
			details, refusal := in.handed.accept(record.MaxDetails)
			got := in.judge(testRun(), details, refusal)
			expect(t, "code", got.code, tt.code)
			if !strings.Contains(got.text, tt.text) {
				t.Errorf("text: got %q, want one that holds %q", got.text, tt.text)
			}
			if tt.details != "" {
				expect(t, "details", string(got.details), tt.details)
			}
		})
	}
}

func TestHanded_AcceptsNothingOnTrust(t *testing.T) {
	token := "ghs_" + strings.Repeat("x", 36)
	change := func(p packed, f func(*packed)) packed { f(&p); return p }
	good := packText(t, `{"a":1}`)
	tests := []struct {
		name string
		in   packed
		code record.Code // "" means accepted
	}{
		{"good", good, ""},
		{"masked value", packed{digest: good.digest, state: stateOK}, record.ResultWithheld},
		{"gzip bomb", packText(t, `{"a":"`+strings.Repeat("0", 32<<20)+`"}`), record.ResultTooLarge},
		{"200 kB", packText(t, `{"a":"`+strings.Repeat("0", 200_000)+`"}`), record.ResultTooLarge},
		{"200 kB of packed text", packed{strings.Repeat("A", 200_000), "", stateOK}, record.ResultTooLarge},
		{"state too large", packed{state: stateTooLarge}, record.ResultTooLarge},
		{"state no object", packed{state: stateNotObject}, record.ResultNotObject},
		{"state no result with details", change(good, func(p *packed) { p.state = stateNoResult }), record.NoResult},
		{"unknown state", change(good, func(p *packed) { p.state = "OK" }), record.ResultRefused},
		{"state of commands", change(good, func(p *packed) { p.state = "ok\n::add-mask::x" }), record.ResultRefused},
		{"another sha256", change(good, func(p *packed) { p.digest = strings.Repeat("0", 64) }), record.ResultRefused},
		{"no sha256", change(good, func(p *packed) { p.digest = "" }), record.ResultRefused},
		{"upper-case sha256", change(good, func(p *packed) { p.digest = strings.ToUpper(p.digest) }), record.ResultRefused},
		{"not base64", change(good, func(p *packed) { p.details = "%" }), record.ResultRefused},
		{"not gzip", change(good, func(p *packed) { p.details = base64.StdEncoding.EncodeToString([]byte("{}")) }), record.ResultRefused},
		{"array", packText(t, `[]`), record.ResultNotObject},
		{"two objects", packText(t, `{}{}`), record.ResultNotObject},
		{"duplicate keys", packText(t, `{"a":1,"a":2}`), record.ResultRefused},
		{"identity", packText(t, `{"engine_name":"preflight"}`), record.ResultRefused},
		{"token", packText(t, `{"a":"`+token+`"}`), record.ResultRefused},
		{"deep", packText(t, `{"a":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}`), record.ResultRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			details, refusal := handed{packed: tt.in, attempt: "1", received: true}.accept(record.MaxDetails)
			if tt.code == "" {
				expect(t, "details", string(details), `{"a":1}`)
				return
			}
			if refusal == nil || refusal.Code != tt.code || details != nil || strings.Contains(refusal.Text, token) {
				t.Errorf("got %.100q, %+v, want the code %s", details, refusal, tt.code)
			}
		})
	}
}

func TestHanded_RunAttempt(t *testing.T) {
	for in, want := range map[string]int{
		"3": 3, "1": 1, "2": 2, "4": 0, "0": 0, "-1": 0, "": 0, "+2": 0, "02": 0, " 2": 0, "2.0": 0, "٢": 0, "99999999999999999999": 0, "2\n3": 0,
	} {
		if got := (handed{attempt: in}).runAttempt(3); got != want {
			t.Errorf("attempt %q of 3: got %d, want %d", in, got, want)
		}
	}
}

func TestReason_KeepsTheOrderOfTheCodes(t *testing.T) {
	// Everything that can go wrong at once; the first cause is taken away step by step.
	in := emission{engine: record.Preflight, result: "failure", authorize: "failure", handed: handed{received: true}}
	var got []record.Code
	for _, fix := range []func(){
		func() {}, func() { in.engineRef = commit }, func() { in.engine = "validate" }, func() { in.authorize = ""; in.result = "cancelled" },
		func() { in.result = "failure" }, func() { in.handed.attempt = "1" }, func() { in.result = "success" },
		func() { in.handed.state = stateOK }, func() { in.handed.state = stateTooLarge }, func() { in.handed.state = stateNotObject }, func() { in.handed.state = "x" },
	} {
		fix()
		details, refusal := in.handed.accept(record.MaxDetails)
		got = append(got, in.judge(testRun(), details, refusal).code)
	}
	want := slices.DeleteFunc(record.Codes(), func(c record.Code) bool { return c == record.Timeout })
	expect(t, "codes", got, want)
}
