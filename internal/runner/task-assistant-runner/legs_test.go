package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/runner/record"
)

// matrix is a run of two legs.
func matrix(result string, legs ...leg) emission {
	for i := range legs {
		legs[i].values = map[string]string{"os": "linux", "go": fmt.Sprintf("1.%d", i)}
	}
	return emission{request: request{engineRef: commit}, engine: "validate", result: result, legs: legs}
}

func TestJudgeLegs(t *testing.T) {
	done := func(t *testing.T, text, status string) leg {
		return leg{handed: handed{packed: packText(t, text), attempt: "1", received: true}, status: status}
	}
	a, b := done(t, `{"n":1}`, "success"), done(t, `{"n":2}`, "success")
	failed := done(t, `{"n":3}`, "failure")
	lost := leg{handed: handed{received: true}}
	late, lateCancelled, lateDone := failed, failed, b
	late.late, lateCancelled.late, lateDone.late, lateCancelled.status = "true", "true", "true", "cancelled"
	noResult := leg{handed: handed{packed: packed{state: stateNoResult}, attempt: "1", received: true}, status: "success"}
	cancelled := leg{handed: handed{packed: packed{state: stateNoResult}, attempt: "1", received: true}, status: "cancelled"}
	identity := done(t, `{"ok":true}`, "success")
	const first, second = `{"matrix":{"go":"1.0","os":"linux"},"result":`, `,{"matrix":{"go":"1.1","os":"linux"},"result":`
	tests := []struct {
		name, result string
		legs         []leg
		code         record.Code
		text         string
		details      string
	}{
		{"all well", "success", []leg{a, b}, "", "", `{"summary":"2 of 2 legs succeeded","legs":[` + first + `"success","details":{"n":1}}` + second + `"success","details":{"n":2}}]}`},
		{"one failed", "failure", []leg{a, failed}, record.Failed, `leg go=1.1 os=linux: the job ended as "failure"`,
			`{"summary":"1 of 2 legs succeeded","legs":[` + first + `"success","details":{"n":1}}` + second + `"failed","reason":"the job ended as \"failure\"","details":{"n":3}}]}`},
		{"one lost its machine", "failure", []leg{a, lost}, record.MachineLost, "leg go=1.1 os=linux: the machine was lost",
			`{"summary":"1 of 2 legs succeeded","legs":[` + first + `"success","details":{"n":1}}` + second + `"machine-lost","reason":"the machine was lost or its setup failed before the engine started: see the job's log"}]}`},
		{"the most telling of two", "failure", []leg{failed, lost}, record.MachineLost, "leg go=1.1", ""},
		{"the first of two", "failure", []leg{failed, failed}, record.Failed, "leg go=1.0", ""},
		{"a failure beats a result that is missing", "failure", []leg{noResult, failed}, record.Failed, "leg go=1.1", ""},
		{"one timed out", "failure", []leg{a, late}, record.Timeout, "leg go=1.1 os=linux: a step was stopped when its time was over", ""},
		{"one timed out and was cancelled", "cancelled", []leg{a, lateCancelled}, record.Cancelled, "", ""},
		{"one took long and succeeded", "success", []leg{a, lateDone}, "", "", ""},
		{"one without a result", "success", []leg{a, noResult}, record.NoResult, "leg go=1.1 os=linux: the engine wrote no result", `{"summary":"1 of 2 legs succeeded","legs":[` + first + `"success","details":{"n":1}}` + second + `"no-result","reason":"the engine wrote no result"}]}`},
		{"one that claims to be the record", "success", []leg{identity, b}, record.ResultRefused, `leg go=1.0 os=linux: the result has the member "ok"`, ""},
		{"nothing handed over by a success", "success", []leg{a, lost}, record.NoResult, "leg go=1.1", ""},
		{"cancelled", "cancelled", []leg{a, cancelled}, record.Cancelled, "leg go=1.1 os=linux: the job was cancelled", ""},
		{"cancelled before all", "cancelled", []leg{a, lost}, record.Cancelled, "leg go=1.1 os=linux: the job was cancelled", ""},
		{"legs that lie", "failure", []leg{a, b}, record.Failed, `the engine's job ended as "failure"`, `{"summary":"the engine's job ended as \"failure\"","legs":[` + first + `"success","details":{"n":1}}` + second + `"success","details":{"n":2}}]}`},
		{"legs that lie about a success", "success", []leg{failed, b}, "", "", ""},
		{"not received", "success", []leg{{}, {}}, record.ResultTooLarge, "leg go=1.0 os=linux: the result is larger than may be handed over", ""},
		{"failed and not received", "failure", []leg{{}, {}}, record.Failed, `the engine's job ended as "failure"`, ""},
		{"too large for one of two", "success", []leg{a, done(t, `{"x":"`+strings.Repeat("x", record.MaxDetails/2)+`"}`, "success")}, record.ResultTooLarge, "larger than 32512 bytes", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := matrix(tt.result, append([]leg{}, tt.legs...)...).conclude(testRun(), nil)
			if got.code != tt.code || !strings.Contains(got.text, tt.text) || tt.code == "" && got.text != "" {
				t.Errorf("got %q, %q", got.code, got.text)
			}
			if tt.details != "" {
				expect(t, "details", string(got.details), tt.details)
			}
			if _, refusal := record.Accept(got.details); refusal != nil {
				t.Errorf("the details could not be those of an engine: %v", refusal)
			}
		})
	}
}

// TestJudgeLegs_TooLargeTogether: legs that fill their shares still make one record, and values of a matrix that are too long drop the details only.
func TestJudgeLegs_TooLargeTogether(t *testing.T) {
	for _, n := range []int{1, 2, 32} {
		var legs []leg
		for range n {
			text := `{"x":"` + strings.Repeat("x", legLimit(n)-8) + `"}`
			legs = append(legs, leg{handed: handed{packed: packText(t, text), attempt: "1", received: true}, status: "success"})
		}
		in := matrix("success", legs...)
		if got := in.conclude(testRun(), nil); got.code != "" {
			t.Errorf("%d legs: %s: %s", n, got.code, got.text)
		}
		in.legs[0].values["os"] = strings.Repeat("o", record.MaxDetails)
		got := in.conclude(testRun(), nil)
		if got.code != record.ResultTooLarge || strings.Contains(string(got.details), `"details"`) || strings.Count(string(got.details), `"success"`) != n {
			t.Errorf("%d legs: %s: %s", n, got.code, got.text)
		}
	}
}

// TestCollectAndEmit_Legs: what collect hands over for each leg is what emit records.
func TestCollectAndEmit_Legs(t *testing.T) {
	w := newWorld(t)
	f := testFacts()
	f.Engines[3].Legs = []map[string]string{{"go": "1.25"}, {"go": "1.26"}}
	w.facts(f)
	w.env["LEGS"] = "2"
	for i, status := range []string{"success", "failure"} {
		w.env["JOB_STATUS"] = status
		w.write(w.env["RESULT_FILE"], fmt.Sprintf(`{"leg": %d}`, i))
		got := w.run("collect")
		expect(t, "code", got.code, 0)
		for name, text := range got.outputs {
			w.write(filepath.Join(w.env["HANDOVER_DIR"], fmt.Sprintf("%s_%d", name, i)), text)
		}
	}
	w.env["ENGINE_RESULT"] = "failure"
	expect(t, "code", w.run("emit").code, 0)
	r := w.stored(recordPath)
	expect(t, "ok", r.OK, false)
	expect(t, "reason", *r.Event.Reason, `failed: leg go=1.26: the job ended as "failure"`)
	details, _ := record.Compact(r.Details)
	expect(t, "details", string(details), `{"summary":"1 of 2 legs succeeded","legs":[{"matrix":{"go":"1.25"},"result":"success","details":{"leg":0}},{"matrix":{"go":"1.26"},"result":"failed","reason":"the job ended as \"failure\"","details":{"leg":1}}]}`)
	expect(t, "attempt", r.Source.RunAttempt, 1)

	w.env["GITHUB_RUN_ATTEMPT"] = "2" // emit alone is run again: the record is the same
	expect(t, "code", w.run("emit").code, 0)
	w.write(filepath.Join(w.env["HANDOVER_DIR"], "run_attempt_1"), "2") // the leg that failed, too: it is not
	got := w.run("emit")
	if got.code == 0 || !strings.Contains(got.log, "use Re-run all jobs") {
		t.Errorf("code %d, log %s", got.code, got.log)
	}
}

func TestCollect_LegsMustBeANumber(t *testing.T) {
	for _, text := range []string{"x", "0", "-1", "257"} {
		w := newWorld(t)
		w.env["LEGS"] = text
		if got := w.run("collect"); got.code == 0 || !strings.Contains(got.log, "LEGS is") {
			t.Errorf("%s: code %d, log %s", text, got.code, got.log)
		}
	}
}
