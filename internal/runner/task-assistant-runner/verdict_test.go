package main

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/runner/github"
)

var (
	good    = need{Result: "success", Outputs: map[string]string{"ok": "true"}}
	skipped = need{Result: "skipped"}
	broken  = need{Result: "success", Outputs: map[string]string{"ok": "false"}}
	failed  = need{Result: "failure"}
)

// ran returns the needs of a run on route in which preflight passed; jobs that are not named were skipped.
func ran(route string, engines map[string]need) needs {
	n := needs{
		"plan": {Result: "success", Outputs: map[string]string{
			"route": route, "target_repo": target, "correlation_id": "42-1", "run_date": "2026-11-22", "engine_ref": commit, "problem": "",
		}},
		"preflight": good,
	}
	for _, e := range testFacts().Engines {
		n["engine-"+e.Name] = skipped
	}
	for name, outcome := range engines {
		n["engine-"+name] = outcome
	}
	return n
}

func TestExpectedEngines(t *testing.T) {
	all := map[string]bool{"self-test": true, "validate": true, "dashboard": true, "materialize": true}
	gated := map[string]bool{"self-test": true, "validate": true, "materialize": true}
	without := func(n needs, job string, outcome need) needs { n[job] = outcome; return n }
	tests := []struct {
		name string
		in   needs
		want map[string]bool
	}{
		{"one stage", ran("config-push", nil), map[string]bool{"validate": true}},
		{"all succeeded", ran("self-test", map[string]need{"self-test": good, "validate": good, "dashboard": good}), all},
		{"one failed", ran("self-test", map[string]need{"self-test": failed, "validate": good}), gated},
		{"one recorded a failure", ran("self-test", map[string]need{"self-test": good, "validate": broken}), gated},
		{"one was skipped", ran("self-test", map[string]need{"self-test": good}), gated},
		{"no route", ran("", nil), map[string]bool{}},
		{"unknown route", ran("x", nil), map[string]bool{}},
		{"preflight failed", without(ran("config-push", nil), "preflight", failed), map[string]bool{}},
		{"preflight not ok", without(ran("config-push", nil), "preflight", broken), map[string]bool{}},
		{"plan failed", without(ran("config-push", nil), "plan", failed), map[string]bool{}},
		{"nothing known", needs{}, map[string]bool{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := testFacts()
			got := expectedEngines(&f, tt.in)
			maps.DeleteFunc(got, func(_ string, expected bool) bool { return !expected })
			expect(t, "expected engines", got, tt.want)
		})
	}
}

func TestRow_Problems(t *testing.T) {
	claims := func(sha string) need {
		return need{Result: "success", Outputs: map[string]string{"ok": "true", "record": sha}}
	}
	tests := []struct {
		name string
		in   row
		want failures
	}{
		{"ran and recorded", row{"validate", claims("1"), true, "1", false}, nil},
		{"ran, recorded, claims nothing", row{"validate", good, true, "1", false}, nil},
		{"was not to run and did not", row{"validate", skipped, false, "", false}, nil},
		{"was not to run and is unknown", row{"validate", need{}, false, "", false}, nil},
		{"was not to run and was cancelled", row{"validate", need{Result: "cancelled"}, false, "", false}, nil},
		{"failed", row{"validate", failed, true, "1", false}, failures{"validate ended as failure"}},
		{"cancelled", row{"validate", need{Result: "cancelled"}, true, "1", false}, failures{"validate ended as cancelled"}},
		{"recorded a failure", row{"validate", broken, true, "1", false}, failures{"validate recorded a failure"}},
		{"skipped", row{"validate", skipped, true, "1", false}, failures{"validate was skipped, though it had to run"}},
		{"absent", row{"validate", need{}, true, "1", false}, failures{"validate was skipped, though it had to run"}},
		{"ran unselected", row{"validate", good, false, "", false}, failures{"validate ran (success), though neither route nor preflight allowed it"}},
		{"failed unselected", row{"validate", failed, false, "", false}, failures{"validate ran (failure), though neither route nor preflight allowed it"}},
		{"no record", row{"validate", good, true, "", false}, failures{"validate has no record"}},
		{"record of a gated engine", row{"validate", skipped, false, "1", false}, failures{"validate has a record, though it must not have run"}},
		{"waits in the spool", row{"validate", claims("1"), true, "", true}, nil},
		{"waits in the spool, and must not have run", row{"validate", skipped, false, "", true}, failures{"validate has a record, though it must not have run"}},
		{"on the branch and still in the spool", row{"validate", claims("2"), true, "1", true}, failures{"validate wrote the record 2, and 1 is stored"}},
		{"another record", row{"validate", claims("2"), true, "1", false}, failures{"validate wrote the record 2, and 1 is stored"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, "problems", append(tt.in.problems(), tt.in.recordProblems()...), tt.want)
		})
	}
}

// judged runs verdict on n, with the records of the engines named stored.
func (w *world) judged(n needs, recorded ...string) result {
	w.t.Helper()
	data, err := json.Marshal(n)
	if err != nil {
		w.t.Fatal(err)
	}
	w.env["NEEDS"] = strings.ReplaceAll(string(data), `"outputs":{}`, `"outputs":null`)
	for _, name := range recorded {
		w.github.files[telemetry+":"+runDir+"/"+name+".json"] = name
	}
	return w.run("verdict")
}

func TestVerdict_PassesWithOneRequest(t *testing.T) {
	w := newWorld(t)
	n := ran("config-push", map[string]need{"validate": {Result: "success", Outputs: map[string]string{"ok": "true", "record": github.BlobSHA([]byte("validate"))}}})
	got := w.judged(n, "preflight", "validate")
	expect(t, "code", got.code, 0)
	expect(t, "log", got.log, "::add-mask::ghs_minted\n")
	expect(t, "requests", w.github.requests, []string{
		"GET /repos/acme/telemetry/installation",
		"POST /app/installations/7/access_tokens [telemetry] map[contents:read metadata:read]",
		"GET /repos/acme/telemetry/contents/" + runDir,
	})
	link := func(name string) string {
		return github.BlobSHA([]byte(name))[:7] + "](https://github.com/acme/telemetry/blob/HEAD/" + runDir + "/" + name + ".json)"
	}
	expect(t, "summary", got.summary, `### Task &#124; Assistant: passed

Route config-push, correlation id 42-1, engine_ref a1a1a1a

| engine | result | ok | record |
| --- | --- | --- | --- |
| preflight | success | true | [`+link("preflight")+` |
| validate | success | true | [`+link("validate")+` |

`)
}

func TestVerdict_IsGreenWithoutARoute(t *testing.T) {
	w := newWorld(t)
	got := w.judged(ran("", nil), "preflight")
	expect(t, "code", got.code, 0)
	if !strings.Contains(got.log, "::notice::no route of this platform starts on this event") {
		t.Errorf("log: got %q, want a notice", got.log)
	}
}

func TestVerdict_Fails(t *testing.T) {
	hostile := "x\n::add-mask::y|<b>%0A"
	with := func(n needs, job, output, value string) needs {
		n[job].Outputs[output] = value
		return n
	}
	replace := func(n needs, job string, outcome need) needs { n[job] = outcome; return n }
	selfTest := map[string]need{"self-test": good, "validate": good, "dashboard": good, "materialize": good}
	tests := []struct {
		name     string
		in       needs
		recorded []string
		asked    int
		log      string
	}{
		{"plan failed", replace(ran("", nil), "plan", failed), nil, 0, `::error::plan ended as "failure", so no engine was started and nothing recorded`},
		{"no needs", needs{}, nil, 0, `::error::plan ended as ""`},
		{"preflight failed", replace(ran("config-push", nil), "preflight", failed), []string{"preflight"}, 3, "::error::preflight ended as failure\n"},
		{"preflight not ok", replace(ran("config-push", nil), "preflight", broken), []string{"preflight"}, 3, "::error::preflight recorded a failure\n"},
		{"preflight skipped", replace(ran("config-push", nil), "preflight", skipped), []string{"preflight"}, 3, "::error::preflight was skipped"},
		{"preflight failed and an engine ran", replace(ran("config-push", map[string]need{"validate": good}), "preflight", failed), []string{"preflight", "validate"}, 3, "::error::validate ran (success)"},
		{"record of preflight is missing", ran("config-push", map[string]need{"validate": good}), []string{"validate"}, 5, "::error::preflight has no record\n"},
		{"all records are missing", ran("config-push", map[string]need{"validate": good}), nil, 5, "::error::validate has no record\n"},
		{"an engine outside the route ran", ran("config-push", map[string]need{"validate": good, "dashboard": good}), []string{"preflight", "validate"}, 3, "::error::dashboard ran (success)"},
		{"an engine was skipped", ran("config-push", nil), []string{"preflight", "validate"}, 3, "::error::validate was skipped"},
		{"a gated engine has a record", ran("self-test", map[string]need{"self-test": failed, "validate": good, "materialize": good}),
			[]string{"preflight", "self-test", "validate", "materialize", "dashboard"}, 3, "::error::dashboard has a record, though it must not have run"},
		{"another record is stored", ran("config-push", map[string]need{"validate": {Result: "success", Outputs: map[string]string{"ok": "true", "record": hostile}}}), []string{"preflight", "validate"}, 3, "::error::validate wrote the record x ::add-mask::y|<b>%250A, and"},
		{"unknown route", ran(hostile, selfTest), []string{"preflight"}, 0, `::error::the route "x ::add-mask::y|<b>%250A" is not one`},
		{"another target", with(ran("config-push", nil), "plan", "target_repo", "acme/other"), nil, 0, "::error::target_repo is"},
		{"another commit", with(ran("config-push", map[string]need{"validate": good}), "plan", "engine_ref", strings.Repeat("b2", 20)), []string{"preflight", "validate"}, 3, "and this job runs " + commit + ": dispatcher and engine must be one commit"},
		{"no commit", with(ran("config-push", map[string]need{"validate": good}), "plan", "engine_ref", ""), []string{"preflight", "validate"}, 3, `::error::engine_ref is "", expected a full commit id`},
		{"another commit, and a record is missing", with(ran("config-push", map[string]need{"validate": good}), "plan", "engine_ref", hostile), []string{"validate"}, 5, "::error::preflight has no record\n"},
		{"bad correlation id", with(ran("config-push", nil), "plan", "correlation_id", "../x"), nil, 0, "::error::the correlation id"},
		{"hostile result", ran("config-push", map[string]need{"validate": {Result: hostile}}), []string{"preflight", "validate"}, 3, "::error::validate ended as x ::add-mask::y|<b>%250A\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			got := w.judged(tt.in, tt.recorded...)
			expect(t, "code", got.code, 1)
			expect(t, "number of requests", len(w.github.requests), tt.asked)
			if !strings.Contains(got.log, tt.log) {
				t.Errorf("log: got %q, want one that holds %q", got.log, tt.log)
			}
			if !strings.Contains(got.summary, ": failed\n") || strings.Contains(got.summary, "<b>") || strings.Contains(got.summary, "\n::") || strings.Contains(got.log, "\n::add-mask::y") {
				t.Errorf("the summary lacks the failure or was forged:\n%s\n%s", got.summary, got.log)
			}
		})
	}
}

func TestVerdict_ReadsAgainWhatIsNotThereYet(t *testing.T) {
	tests := []struct {
		hidden, code int
		slept        []time.Duration
	}{
		{1, 0, []time.Duration{2 * time.Second}},
		{2, 0, []time.Duration{2 * time.Second, 5 * time.Second}},
		{3, 1, []time.Duration{2 * time.Second, 5 * time.Second}},
	}
	for _, tt := range tests {
		w := newWorld(t)
		w.github.hidden = tt.hidden
		got := w.judged(ran("config-push", map[string]need{"validate": good}), "preflight", "validate")
		expect(t, "code", got.code, tt.code)
		expect(t, "sleeps", w.sleeps, tt.slept)
	}
}

func TestVerdict_AsksNothingOfAForeignRepository(t *testing.T) {
	for _, rule := range []string{"acme/service", "other/telemetry", "x"} {
		w := newWorld(t)
		w.telemetryRule(rule)
		got := w.judged(ran("config-push", map[string]need{"validate": good}))
		expect(t, "code", got.code, 1)
		expect(t, "requests", w.github.requests, []string(nil))
	}
}

func TestVerdict_FailsWhereItCannotRead(t *testing.T) {
	tests := []struct {
		name   string
		change func(*world)
	}{
		{"no key", func(w *world) { w.env["TELEMETRY_APP_KEY"] = "" }},
		{"not installed", func(w *world) { w.github.absent["IvTELEMETRY "+telemetry] = true }},
		{"no permission", func(w *world) { w.github.status = 403 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.change(w)
			got := w.judged(ran("config-push", map[string]need{"validate": good}), "preflight", "validate")
			expect(t, "code", got.code, 1)
			if !strings.Contains(got.log, "::error::the records cannot be read back: ") {
				t.Errorf("log: got %q", got.log)
			}
		})
	}
}
