package e2e_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// TestResults: seven engines side by side hand over what no record may hold, or nothing. Each has its record, which says
// so; those of a later stage run, unless that stage asks for success.
func TestResults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "testdata/specs/results", nil).install()
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "all"}), nil)
	if r.Code == 0 || r.Jobs["dispatch/engine-strict"] != "skipped" || r.Jobs["dispatch/verdict"] != "failure" {
		t.Errorf("jobs:\n%s", lines(r.Jobs))
	}
	want := map[string]string{
		"preflight": "",
		"silent":    "no-result: the engine wrote no result",
		"huge":      "result-too-large: the result is larger than 65536 bytes",
		"list":      "result-not-object: the result is not exactly one JSON object in UTF-8",
		"impostor":  `result-refused: the result has the member "engine_name", which belongs to the record's envelope`,
		"leaky":     "result-refused: the result holds something that looks like a token or a private key",
		"keeper":    "result-refused: the result holds something that looks like a token or a private key",
		"slow":      "timeout: a step of the engine was stopped when its time was over",
		"good":      "",
		"later":     "",
	}
	got := map[string]string{}
	for name, record := range w.records() {
		got[name] = record.reason()
		if record.OK != (record.reason() == "") || record.CorrelationID != "1000-1" || record.EngineRef != w.release {
			t.Errorf("%s: %+v", name, record)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("reasons:\n%swant:\n%s", lines(got), lines(want))
	}
	summary := r.Step("dispatch/verdict", "Judge the run").Summary
	for name, reason := range want {
		w.saysWhy(summary, "| "+name+" |")
		if reason != "" && !strings.Contains(summary, "- "+name+" ") {
			t.Errorf("the summary does not say what is wrong with %s:\n%s", name, summary)
		}
	}
}

// TestIntruder: what an engine may do, it can; what others do, it cannot.
func TestIntruder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "testdata/specs/intruder", nil).install()
	w.github.AddRepository("acme/neighbour", githubtest.Repository{Private: true})
	before := map[string]string{hostRepo: w.github.Ref(hostRepo, "refs/heads/main"), telemetryRepo: w.github.Ref(telemetryRepo, "refs/heads/main")}
	r := w.run("issues", map[string]any{"action": "labeled", "issue": map[string]any{"number": 7}}, nil)
	if r.Code != 0 {
		t.Error("the run is red")
	}
	want := map[string]string{
		"label": "201", "record": "404", "read": "404", "file": "403", "dispatch": "403", "branch": "403", "pull": "403", "start": "403", "secret": "403", "neighbour": "404", "mint": "401",
		"push": "refused", "spool": "refused", "workflow": "refused", "run's own": "401", "telemetry": "", "app's keys": "",
	}
	if got := w.records()["write"]; !got.OK || !maps.Equal(got.Details.Answers, want) {
		t.Errorf("record: %+v, want the answers %v", got, want)
	}
	if got := w.github.Ref(hostRepo, "refs/heads/main"); got != before[hostRepo] {
		t.Error("the engine wrote to the target's branch")
	}
	var subjects []string
	for _, c := range w.github.Log(telemetryRepo, "main") {
		subjects = append(subjects, c.Message)
	}
	if want := []string{"telemetry: write 1000-1", "telemetry: preflight 1000-1", "telemetry"}; !slices.Equal(subjects, want) {
		t.Errorf("git log of telemetry: %q, want %q", subjects, want)
	}
	if refs := w.git("for-each-ref", "--format=%(refname)"); refs != "refs/heads/main" {
		t.Errorf("refs of telemetry:\n%s", refs)
	}
	w.github.TakeProblems() // an engine may ask for what no client of ours asks for
}

// TestForgedDetails: engines replace the collector, every program and the runner's source in their jobs, and forge details,
// the outputs of emit and a signed record in the log. Nobody can keep an engine from telling its own story in its own
// details; all else is as it was.
func TestForgedDetails(t *testing.T) {
	t.Parallel()
	forgedDetails(t)
}

func forgedDetails(t testing.TB, by ...edit) {
	w := newWorld(t, "testdata/specs/intruder", nil, logsRecords, tampered(by)).install()
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "forge"}), nil)
	if r.Code == 0 {
		t.Error("the run is green, though three engines handed over what cannot be recorded")
	}
	const tooLarge = "result-too-large: the result is larger than may be handed over"
	want := map[string]string{"preflight": "", "forge": "", "forge-200k": tooLarge, "forge-900k": tooLarge, "forge-2m": tooLarge, "good": ""}
	records, got := w.records(), map[string]string{}
	for name, record := range records {
		got[name] = record.reason()
		if record.CorrelationID != "1000-1" || record.EngineRef != w.release || record.Source.RunID != 1000 {
			t.Errorf("%s: %+v", name, record)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("reasons:\n%swant:\n%s", lines(got), lines(want))
	}
	if forge, good := records["forge"].Details.Summary, records["good"].Details.Summary; forge != "forged" || good != "well" {
		t.Errorf("details of forge and of good: %q, %q", forge, good)
	}
	for _, engine := range slices.Sorted(maps.Keys(want)) {
		job := "dispatch/engine-" + engine + "/emit"
		if engine != "preflight" && r.Jobs[job] != "success" {
			t.Errorf("%s: %s", job, r.Jobs[job])
		}
		for _, step := range r.Steps {
			if step.Job == job && strings.Contains(step.Log, "forged::") {
				t.Errorf("%s ran what the engine left behind:\n%s", job, step.Log)
			}
		}
	}
	keys, err := signed.PublicKeys([]string{telemetryKey(t)})
	if err != nil {
		t.Fatal(err)
	}
	if found, _ := signed.ReadLog(strings.NewReader(r.Log), keys); len(found) != 0 {
		t.Errorf("%d records are taken from the log: %s", len(found), fmt.Sprint(found))
	}
}
