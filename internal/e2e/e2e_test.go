package e2e

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if err := os.Setenv("TASC_E2E_LEAK", "of no concern to a step"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func (s scene) config(t *testing.T, workflow, event string) Config {
	t.Helper()
	return Config{
		Server: s.url, Repository: "acme/host", Dir: s.host, Workflow: workflow, Event: event,
		Secrets: map[string]string{"GITHUB_TOKEN": s.token, "KEY": "-----BEGIN KEY-----\nsecond-line"},
		Actions: map[string]string{"actions/checkout@" + checkoutSHA: StandIn(t, "checkout")},
		Minute:  time.Second,
	}
}

func (s scene) dispatch(t *testing.T, mode string) Result {
	t.Helper()
	c := s.config(t, "", "workflow_dispatch")
	c.Payload = fmt.Appendf(nil, `{"inputs": {"mode": %q}}`, mode)
	return Run(t, c)
}

// jobs is what becomes of the jobs when the engine's job ends as work says.
func jobs(work, engine, after string) map[string]string {
	return map[string]string{
		"top": "success", "local": "success", "local/show": "success",
		"dispatch":        engine,
		"dispatch/plan":   "success",
		"dispatch/engine": engine, "dispatch/engine/work": work, "dispatch/engine/idle": "success", "dispatch/engine/emit": "success",
		"dispatch/nested": "success", "dispatch/nested/inner": "success",
		"dispatch/nested/inner/work": "success", "dispatch/nested/inner/idle": "success", "dispatch/nested/inner/emit": "success",
		"dispatch/after": after, "dispatch/not-called": "skipped", "dispatch/verdict": "success",
	}
}

func TestRun_aFailureInACalledWorkflowEndsNothingElse(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	failed := jobs("failure", "failure", "skipped")
	tests := []struct {
		mode, emitted, log string
		code               int
		jobs               map[string]string
	}{
		{"ok", "work=success value=set before the end\n", "worked\n", 0, jobs("success", "success", "success")},
		{"fail", "work=failure value=set before the end\n", "::error::asked to fail\n", 1, failed},
		{"kill", "work=failure value=set before the end\n", "", 1, failed},
		{"timeout", "work=failure value=set before the end\n", "", 1, failed},
	}
	for _, test := range tests {
		t.Run(test.mode, func(t *testing.T) {
			t.Parallel()
			r := s.dispatch(t, test.mode)
			if r.Code != test.code {
				t.Errorf("exit code %d, want %d", r.Code, test.code)
			}
			if !reflect.DeepEqual(r.Jobs, test.jobs) {
				t.Errorf("jobs\n%v\nwant\n%v", r.Jobs, test.jobs)
			}
			if got := r.Step("dispatch/engine/emit", "emit").Log; got != test.emitted {
				t.Errorf("emit logged %q, want %q", got, test.emitted)
			}
			if got := r.Step("dispatch/engine/work", "work").Log; got != test.log {
				t.Errorf("work logged %q, want %q", got, test.log)
			}
			skipped := strings.Contains(r.Step("dispatch/verdict", "needs").Log, `"after":{"outputs":{},"result":"skipped"}`)
			if want := test.jobs["dispatch/after"] == "skipped"; skipped != want {
				t.Errorf("the job after the failed one is in needs as skipped: %t, want %t", skipped, want)
			}
			outcomes(t, r, test.code == 0)
			order(t, r, "dispatch/plan", "dispatch/engine/work", "dispatch/engine/emit", "dispatch/engine", "dispatch/nested", "dispatch/verdict", "dispatch")
			if t.Failed() {
				t.Log(r.Log)
			}
		})
	}
}

// outcomes checks the steps around the one that ends the job.
func outcomes(t *testing.T, r Result, ok bool) {
	t.Helper()
	want := []string{"success", "failure", "failure", "skipped", "success"}
	last := "tolerated=failure/success work=failure\n"
	if ok {
		want = []string{"success", "failure", "success", "success", "success"}
		last = "tolerated=failure/success work=success\n"
	}
	var got []string
	for _, s := range r.Steps {
		if s.Job == "dispatch/engine/work" {
			got = append(got, s.Outcome)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("outcomes %v, want %v", got, want)
	}
	if got := r.Step("dispatch/engine/work", "at the end").Log; got != last {
		t.Errorf("the last step logged %q, want %q", got, last)
	}
}

// order checks that jobs ended one after the other.
func order(t *testing.T, r Result, jobs ...string) {
	t.Helper()
	var got []string
	for _, job := range r.Order {
		if slices.Contains(jobs, job) {
			got = append(got, job)
		}
	}
	if !reflect.DeepEqual(got, jobs) {
		t.Errorf("jobs ended as %v, want %v", got, jobs)
	}
}

func TestRun_cancelled(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	c := s.config(t, "", "workflow_dispatch")
	c.Payload = []byte(`{"inputs": {"mode": "cancel"}}`)
	c.CancelAt = "waiting for the end"
	r := Run(t, c)
	want := jobs("cancelled", "cancelled", "skipped")
	want["dispatch/engine/idle"] = "skipped"
	want["dispatch/nested"], want["dispatch/nested/inner"] = "skipped", "skipped" // inner has no condition, so success() is its
	for _, job := range []string{"work", "idle", "emit"} {
		delete(want, "dispatch/nested/inner/"+job)
	}
	for _, beside := range []string{"top", "local", "local/show"} { // they may have ended before, or not
		delete(r.Jobs, beside)
		delete(want, beside)
	}
	if !reflect.DeepEqual(r.Jobs, want) {
		t.Errorf("jobs\n%v\nwant\n%v", r.Jobs, want)
	}
	if got, want := r.Step("dispatch/engine/emit", "emit").Log, "work=cancelled value=set before the end\n"; got != want {
		t.Errorf("emit logged %q, want %q", got, want)
	}
	if got := r.Step("dispatch/engine/work", "at the end").Outcome; got != "success" {
		t.Errorf("the step that always runs ended as %q", got)
	}
	if r.Code == 0 {
		t.Error("exit code 0")
	}
	if t.Failed() {
		t.Log(r.Log)
	}
}

func TestRun_contexts(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	r := s.dispatch(t, "ok")
	file := ".github/workflows/"
	engine := "sha=" + s.platform + " file=" + file + "engine.yml workflow=Host\nhostile: "
	tests := []struct{ job, step, want string }{
		{"top", "job context", "sha=" + s.hostSHA + " repository=acme/host\n" +
			"ref=acme/host/" + file + "task-assistant.yml@refs/heads/main file=" + file + "task-assistant.yml\n"},
		{"local/show", "job context", "sha=" + s.hostSHA + " file=" + file + "local.yml workflow=Host\n"},
		{"dispatch/plan", "job context", s.platform + " acme/platform/" + file + "dispatcher.yml@" + s.platform +
			" acme/platform " + file + "dispatcher.yml\nkey and mask: *** ***\n"},
		{"dispatch/plan", "checkout", "checked out acme/platform at " + s.platform + "\n"},
		{"dispatch/plan", "what was checked out", "dispatcher.yml\nengine.yml\nnested.yml\n"},
		{"dispatch/engine/work", "first", engine + "${{ github.run_id }}\n"},
		{"dispatch/nested/inner/work", "first", engine + "\n"},
		{"dispatch/verdict", "needs", `{"after":{"outputs":{"never":"x"},"result":"success"},` +
			`"engine":{"outputs":{"value":"set before the end"},"result":"success"},` +
			`"nested":{"outputs":{"value":"set before the end"},"result":"success"},` +
			`"not-called":{"outputs":{},"result":"skipped"},` +
			`"plan":{"outputs":{"hostile":"${{ github.run_id }}","sha":"` + s.platform + `"},"result":"success"}}` + "\n"},
	}
	for _, test := range tests {
		if got := r.Step(test.job, test.step).Log; got != test.want {
			t.Errorf("%s, %s: logged\n%swant\n%s", test.job, test.step, got, test.want)
		}
	}
	if got := r.Step("dispatch/plan", "sha").Summary; got != "### Plan ***\n" {
		t.Errorf("summary %q", got)
	}
	if strings.Contains(r.Log, "second-line") || strings.Contains(r.Log, "very-secret") {
		t.Error("the log holds a secret")
	}
}

func TestRun_machine(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	c := s.config(t, "steps.yml", "push")
	c.RunsOn = []string{"custom-label"}
	c.RunID, c.RunAttempt = 4242, 3
	c.Vars = map[string]string{"COLOUR": "blue"}
	c.Env = map[string]string{"MORE": "environment"}
	r := Run(t, c)
	environment := r.Step("machine", "environment").Log
	for _, want := range []string{
		"FROM_JOB=4242-3\n", "FROM_STEP=blue\n", "MORE=environment\n", "temp is right\n", "GITHUB_REPOSITORY=acme/host\n",
		"GITHUB_SHA=" + s.hostSHA + "\n", "GITHUB_REF=refs/heads/main\n", "GITHUB_API_URL=" + s.url + "/api/v3\n",
	} {
		if !strings.Contains("\n"+environment, "\n"+want) {
			t.Errorf("no %q in the environment", want)
		}
	}
	if strings.Contains(environment, "TASC_E2E_LEAK") {
		t.Error("a step sees the environment of the test")
	}
	if got, want := r.Step("machine", "input").Log, "read []\nno newline at the end\n"; got != want {
		t.Errorf("input logged %q, want %q", got, want)
	}
	if got, want := r.Step("machine", "go").Log, run(t, "go", "env", "GOCACHE")+"\n"; got != want {
		t.Errorf("go env GOCACHE logged %q, want %q", got, want)
	}
	want := map[string]string{
		"own repository": "success", "credentials stay": "success", "in a folder": "success", "both are there": "success",
		"unknown ref": "failure", "not supported": "failure", "outside": "failure", "child": "success",
		"environment": "success", "input": "success", "go": "success",
	}
	got := map[string]string{}
	for _, s := range r.Steps {
		got[s.Name] = s.Outcome
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("outcomes\n%v\nwant\n%v", got, want)
	}
	if t.Failed() {
		t.Log(r.Log)
	}
}
