package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/actlint"
	"github.com/task-assistant/tasc/internal/e2e"
)

const example = "../../engines" // this repository's own platform

// allJobs are the jobs of a run of the example on the route of validate, all well.
func allJobs() map[string]string { return exampleJobs("validate") }

// exampleJobs are the jobs of a run of the example whose route has these engines, all well.
func exampleJobs(engines ...string) map[string]string {
	jobs := map[string]string{
		"dispatch":                 "success",
		"dispatch/plan":            "success",
		"dispatch/preflight":       "success",
		"dispatch/preflight/check": "success",
		"dispatch/preflight/emit":  "success",
		"dispatch/verdict":         "success",
	}
	for _, name := range []string{"dashboard", "enforce", "materialize", "self-test", "validate"} {
		jobs["dispatch/engine-"+name] = "skipped"
	}
	for _, engine := range engines {
		for _, job := range []string{"", "/authorize", "/engine", "/emit"} {
			jobs["dispatch/engine-"+engine+job] = "success"
		}
	}
	return jobs
}

func TestAllWell(t *testing.T) {
	t.Parallel()
	allWell(t)
}

// allWell runs one engine that succeeds; by is what somebody changed by hand in the released files.
func allWell(t testing.TB, by ...edit) {
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}, tampered(by)).install()
	r := w.run("push", push(), nil)
	if r.Code != 0 {
		t.Errorf("the run is red")
	}
	w.jobs(r, allJobs())
	records := w.records()
	if len(records) != 2 {
		t.Fatalf("%d records, want preflight's and validate's", len(records))
	}
	for name, source := range map[string][2]string{"preflight": {"preflight", "check"}, "validate": {"engine-validate", "engine"}} {
		got := records[name]
		if !got.OK || got.reason() != "" || got.Event.Action != "success" || got.Event.Category != name {
			t.Errorf("%s: ok %v, event %+v, reason %q", name, got.OK, got.Event, got.reason())
		}
		if got.EngineRef != w.release || got.CorrelationID != "1000-1" || got.SchemaVersion != "1.0" {
			t.Errorf("%s: engine_ref %s (release %s), correlation_id %s", name, got.EngineRef, w.release, got.CorrelationID)
		}
		if got.Source.Workflow != source[0] || got.Source.Job != source[1] || got.Source.RunID != 1000 || got.Source.RunAttempt != 1 {
			t.Errorf("%s: source %+v", name, got.Source)
		}
		if got.Entity.Owner != "acme" || got.Entity.Repo != "host" || got.Entity.Type != "repository" {
			t.Errorf("%s: entity %+v", name, got.Entity)
		}
	}
	var subjects []string
	for _, c := range w.github.Log(telemetryRepo, "main") {
		subjects = append(subjects, c.Message)
	}
	if want := []string{"telemetry: validate 1000-1", "telemetry: preflight 1000-1", "telemetry"}; !slices.Equal(subjects, want) {
		t.Errorf("git log: %q, want %q", subjects, want)
	}
	summary := r.Step("dispatch/verdict", "Judge the run").Summary
	for _, want := range []string{"preflight", "validate", "1000-1", "telemetry/v1/repos/acme-host/"} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary does not name %q:\n%s", want, summary)
		}
	}
	w.requestsOfAllWell()
	w.revoked()
	w.bodiesOfAllWell()
}

var dateRE = regexp.MustCompile(`/\d{4}-\d{2}-\d{2}/`)

// requestsOfAllWell: every request, in order, with whose token, and nothing that writes but the two records.
func (w *world) requestsOfAllWell() {
	w.t.Helper()
	const (
		engine      = "app acme-task-assistant"
		telemetry   = "app acme-telemetry"
		onHost      = "installation acme-task-assistant on acme/host "
		onTelemetry = "installation acme-telemetry on acme/task-assistant-telemetry "
		write       = "{contents:write,metadata:read}"
		read        = "{contents:read,metadata:read}"
	)
	run := "/repos/acme/task-assistant-telemetry/contents/telemetry/v1/repos/acme-host/DATE/1000-1"
	mint := func(app, repo string) []string {
		return []string{"GET /repos/" + repo + "/installation 200 " + app, "POST /app/installations/ID/access_tokens 201 " + app}
	}
	revoke := func(who string) string { return "DELETE /installation/token 204 " + who }
	want := slices.Concat(
		mint(engine, "acme/host"),
		mint(telemetry, telemetryRepo),
		[]string{
			"GET /repos/acme/host 200 " + onHost + "{metadata:read}",
			"GET " + run + " 404 " + onTelemetry + write,
			"GET /repos/acme/task-assistant-telemetry/git/matching-refs/telemetry/spool/DATE/acme-host/1000-1/preflight 200 " + onTelemetry + write,
			revoke(onHost + "{metadata:read}"), revoke(onTelemetry + write),
		},
		mint(telemetry, telemetryRepo),
		[]string{"PUT " + run + "/preflight.json 201 " + onTelemetry + write, revoke(onTelemetry + write)},
		mint(engine, "acme/host"),
		[]string{"GET /repos/acme/host/contents/.github/task-assistant.yml 200 " + onHost + read, revoke(onHost + read)},
		mint(telemetry, telemetryRepo),
		[]string{"PUT " + run + "/validate.json 201 " + onTelemetry + write, revoke(onTelemetry + write)},
		mint(telemetry, telemetryRepo),
		[]string{"GET " + run + " 200 " + onTelemetry + read, revoke(onTelemetry + read)},
	)
	var got []string
	for _, line := range w.api() {
		got = append(got, dateRE.ReplaceAllString(line, "/DATE/"))
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("requests:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// bodiesOfAllWell: each token is asked for one repository and what it needs; each
// record is created with nothing that could overwrite, and is what is stored.
func (w *world) bodiesOfAllWell() {
	w.t.Helper()
	mint := func(repo, permissions string) string {
		return `{"permissions":{` + permissions + `},"repositories":["` + repo + `"]}`
	}
	const write, read = `"contents":"write","metadata":"read"`, `"contents":"read","metadata":"read"`
	want := []string{
		mint("host", `"metadata":"read"`), mint("task-assistant-telemetry", write),
		mint("task-assistant-telemetry", write), "telemetry: preflight 1000-1",
		mint("host", read), mint("task-assistant-telemetry", write), "telemetry: validate 1000-1",
		mint("task-assistant-telemetry", read),
	}
	var got []string
	for _, r := range w.github.Requests() {
		switch {
		case r.Git || r.Body == "":
		case r.Method == "PUT":
			var body struct {
				Message string
				Content []byte
			}
			dec := json.NewDecoder(strings.NewReader(r.Body))
			dec.DisallowUnknownFields() // no sha, no branch
			if err := dec.Decode(&body); err != nil {
				w.t.Fatalf("%s: %v", r.Path, err)
			}
			path := strings.TrimPrefix(r.Path, "/repos/"+telemetryRepo+"/contents/")
			if stored, _ := w.github.File(telemetryRepo, "main", path); !bytes.Equal(stored, body.Content) {
				w.t.Errorf("%s: what is stored is not what was sent", path)
			}
			got = append(got, body.Message)
		default:
			got = append(got, r.Body)
		}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("bodies:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDispatchWithCorrelationID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}).install()
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "validate", "correlation_id": "change-42.a"}), nil)
	w.jobs(r, allJobs())
	for name, got := range w.records() {
		if got.CorrelationID != "change-42.a" || !got.OK {
			t.Errorf("%s: correlation_id %q, ok %v", name, got.CorrelationID, got.OK)
		}
	}
}

// TestEventsByPayload: an action of an issue and a type of repository_dispatch lead to their routes; others lead to none.
func TestEventsByPayload(t *testing.T) {
	t.Parallel()
	const hostile = "$(id) `x` ${{ github.token }} %0A\n::add-mask::x\n##[add-mask]y"
	for _, c := range []struct {
		name, event string
		payload     map[string]any
		engines     int
		id          string
		inputs      string // number, depth and title in base64, as the engine found them
	}{
		{"issue labelled", "issues", map[string]any{"action": "labeled", "issue": map[string]any{"number": 7, "title": hostile}}, 1, "1000-1", "7/shallow/" + base64.StdEncoding.EncodeToString([]byte(hostile))},
		{"issue opened", "issues", map[string]any{"action": "opened", "issue": map[string]any{"number": 7}}, 0, "1000-1", ""},
		{"repository_dispatch", "repository_dispatch", map[string]any{"action": "task-assistant", "client_payload": map[string]any{"correlation_id": "deploy-9", "title": "t"}}, 1, "deploy-9", "/shallow/dA=="},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "testdata/specs/hostile", nil).install()
			r := w.run(c.event, c.payload, nil)
			if r.Code != 0 {
				t.Error("the run is red")
			}
			records := w.records()
			if len(records) != 1+c.engines || !records["preflight"].OK || records["preflight"].CorrelationID != c.id {
				t.Errorf("records: %+v", records)
			}
			after, ran := records["after"]
			if ran != (c.engines == 1) || after.Details.Tool != c.inputs {
				t.Errorf("after ran: %v, with %q, want %q", ran, after.Details.Tool, c.inputs)
			}
		})
	}
}

// TestInputOfAnotherType: what an event carries is held to its type before any engine starts.
func TestInputOfAnotherType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "testdata/specs/hostile", nil).install()
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "kill", "depth": "abyss"}), nil)
	if r.Code == 0 || r.Jobs["dispatch/engine-kill"] != "skipped" {
		t.Errorf("jobs: %v", r.Jobs)
	}
	got := w.records()["preflight"]
	if got.OK || len(got.Details.Checks) == 0 || !strings.Contains(got.Details.Checks[0].Details, `the input depth of engine after is "abyss", expected one of shallow, deep`) {
		t.Errorf("preflight: %+v", got)
	}
}

func TestEngineExits1(t *testing.T) {
	t.Parallel()
	engineExits1(t)
}

func engineExits1(t testing.TB, by ...edit) {
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": "schema_version: 2\ntracks: []\n"}, tampered(by)).install()
	r := w.run("push", push(), nil)
	if r.Code == 0 {
		t.Error("the run is green")
	}
	want := allJobs()
	for _, j := range []string{"dispatch", "dispatch/engine-validate", "dispatch/engine-validate/engine", "dispatch/verdict"} {
		want[j] = "failure"
	}
	w.jobs(r, want)
	records := w.records()
	got := records["validate"]
	if len(records) != 2 || got.OK || !strings.HasPrefix(got.reason(), "failed") || got.Event.Action != "failure" {
		t.Errorf("%d records; validate: ok %v, reason %q", len(records), got.OK, got.reason())
	}
	if len(got.Details.Checks) != 1 || !strings.Contains(got.Details.Checks[0].Details, ".github/task-assistant.yml:1:17") {
		t.Errorf("the record does not keep what the engine found: %+v", got.Details)
	}
	if !records["preflight"].OK {
		t.Error("preflight's record is not ok")
	}
}

// preflightFails is what every failing preflight has in common: no job of an engine, and a red run.
func (w *world) preflightFails(r e2e.Result, emit string) {
	w.t.Helper()
	if r.Code == 0 {
		w.t.Error("the run is green")
	}
	w.jobs(r, map[string]string{
		"dispatch":                    "failure",
		"dispatch/plan":               "success",
		"dispatch/preflight":          "failure",
		"dispatch/preflight/check":    "failure",
		"dispatch/preflight/emit":     emit,
		"dispatch/engine-dashboard":   "skipped",
		"dispatch/engine-enforce":     "skipped",
		"dispatch/engine-materialize": "skipped",
		"dispatch/engine-self-test":   "skipped",
		"dispatch/engine-validate":    "skipped",
		"dispatch/verdict":            "failure",
	})
	for _, line := range w.api() {
		if strings.Contains(line, "task-assistant.yml") {
			w.t.Errorf("an engine was at work: %s", line)
		}
	}
}

func TestPreflightTargetNotInstalled(t *testing.T) {
	t.Parallel()
	targetNotInstalled(t)
}

func targetNotInstalled(t testing.TB, by ...edit) {
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}, tampered(by))
	w.github.Install(telemetryApp, "acme", telemetryRepo)
	w.github.Install(engineApp, "acme", platformRepo) // installed, but elsewhere
	r := w.run("push", push(), nil)
	w.preflightFails(r, "success")
	records := w.records()
	got := records["preflight"]
	if len(records) != 1 || got.OK || !strings.HasPrefix(got.reason(), "preflight-failed") {
		t.Fatalf("%d records; preflight: ok %v, reason %q", len(records), got.OK, got.reason())
	}
	outcomes := map[string]string{}
	for _, c := range got.Details.Checks {
		outcomes[c.ID] = c.Outcome
	}
	if outcomes["installation"] != "FAIL" || outcomes["telemetry"] != "PASS" || outcomes["engine-ref"] != "PASS" {
		t.Errorf("checks: %v", outcomes)
	}
	if log := r.Step("dispatch/preflight/check", "check").Log; !strings.Contains(log, "acme-task-assistant") || !strings.Contains(log, "::error") {
		t.Errorf("the operator is not told which App to install:\n%s", log)
	}
}

// TestPreflightTelemetryIsTheTarget: a record is never written to the monitored
// repository, so there is none, and everything says why.
func TestPreflightTelemetryIsTheTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, nil)
	w.host = telemetryRepo
	w.github.Commit(telemetryRepo, "main", "onboard", w.files("generated/task-assistant/host/standard")...)
	w.install()
	r := w.run("push", push(), nil)
	w.preflightFails(r, "failure")
	if records := w.records(); len(records) != 0 {
		t.Errorf("%d records in the monitored repository", len(records))
	}
	for _, line := range w.api() {
		if strings.HasPrefix(line, "PUT ") {
			t.Errorf("something was written: %s", line)
		}
	}
	for job, step := range map[string]string{"dispatch/preflight/check": "check", "dispatch/preflight/emit": "emit", "dispatch/verdict": "Judge the run"} {
		if log := r.Step(job, step).Log; !strings.Contains(log, telemetryRepo) {
			t.Errorf("%s does not name the repository:\n%s", job, log)
		}
	}
}

func TestEngineShellIsKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "testdata/specs/hostile", nil).install()
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "kill"}), nil)
	if r.Code == 0 {
		t.Error("the run is green")
	}
	w.jobs(r, map[string]string{
		"dispatch":                          "failure",
		"dispatch/plan":                     "success",
		"dispatch/preflight":                "success",
		"dispatch/preflight/check":          "success",
		"dispatch/preflight/emit":           "success",
		"dispatch/engine-kill":              "failure",
		"dispatch/engine-kill/engine":       "failure",
		"dispatch/engine-kill/emit":         "success",
		"dispatch/engine-after":             "success",
		"dispatch/engine-after/engine":      "success",
		"dispatch/engine-after/emit":        "success",
		"dispatch/engine-only-if-succeeded": "skipped",
		"dispatch/engine-search":            "skipped",
		"dispatch/engine-steps":             "skipped",
		"dispatch/engine-legs":              "skipped",
		"dispatch/verdict":                  "failure",
	})
	records := w.records()
	if got := records["kill"]; got.OK || !strings.HasPrefix(got.reason(), "failed") {
		t.Errorf("kill: ok %v, reason %q", got.OK, got.reason())
	}
	if got := records["after"]; !got.OK || got.Details.Summary != "failures do not cascade" {
		t.Errorf("after: ok %v, details %+v", got.OK, got.Details)
	}
	if len(records) != 3 {
		t.Errorf("%d records, want preflight's, kill's and after's", len(records))
	}
}

// TestScriptsInFilesAndInPython: the files arrive with the platform and run in their shells, beside what they need; a
// result of one step reaches another as a text.
func TestScriptsInFilesAndInPython(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("python"); err != nil {
		t.Fatal("the steps of this run need a command python on PATH: install python3 and python-is-python3")
	}
	w := newWorld(t, "testdata/specs/hostile", nil).install()
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "steps"}), nil)
	if got := w.records()["steps"]; r.Code != 0 || !got.OK || got.Details.Summary != "bash python" || got.Details.Tool != "it's here" {
		t.Errorf("exit code %d; steps: ok %v, reason %q, details %+v", r.Code, got.OK, got.reason(), got.Details)
	}
}

// TestMatrix: every leg runs on its own with its values, one that fails ends no other, and there is one record of all.
func TestMatrix(t *testing.T) {
	t.Parallel()
	const pear = "pear $(touch expanded) ${x}"
	const lost = "the machine was lost or its setup failed before the engine started: see the job's log"
	leg := func(fruit, size, result, reason string) legRecord {
		l := legRecord{Matrix: map[string]string{"fruit": fruit, "size": size}, Result: result, Reason: reason}
		l.Details.Summary, l.Details.Weight, l.Details.Token = fruit, size+"0", "there is a token"
		return l
	}
	for _, c := range []struct {
		name, rotten, summary, reason string
		job, apple2, apple2Reason     string
	}{
		{"all well", "", "4 of 4 legs succeeded", "", "success", "success", ""},
		{"one leg fails", "2", "3 of 4 legs succeeded", `failed: leg fruit=apple size=2: the job ended as "failure"`, "failure", "failed", `the job ended as "failure"`},
		{"one leg is lost", "-2", "3 of 4 legs succeeded", "machine-lost: leg fruit=apple size=2: " + lost, "failure", "machine-lost", lost},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "testdata/specs/hostile", nil).install()
			r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "legs", "rotten": c.rotten}), nil)
			for leg, want := range map[string]string{"apple, 0, 1": "success", "apple, 1, 2": c.job, pear + ", 2, 1": "success", pear + ", 3, 2": "success"} {
				if got := r.Jobs["dispatch/engine-legs/engine ("+leg+")"]; got != want {
					t.Errorf("leg %s: %q, want %q", leg, got, want)
				}
			}
			if got := r.Jobs["dispatch/engine-legs/emit"]; got != "success" || r.Jobs["dispatch/verdict"] != c.job {
				t.Errorf("jobs: %v", r.Jobs)
			}
			records := w.records()
			got := records["legs"]
			want := []legRecord{leg("apple", "1", "success", ""), leg("apple", "2", c.apple2, c.apple2Reason), leg(pear, "1", "success", ""), leg(pear, "2", "success", "")}
			if c.apple2 == "machine-lost" {
				want[1].Details.Summary, want[1].Details.Weight, want[1].Details.Token = "", "", ""
			}
			if len(records) != 2 || got.OK != (c.reason == "") || got.reason() != c.reason || got.Details.Summary != c.summary || !reflect.DeepEqual(got.Details.Legs, want) {
				t.Errorf("%d records; legs: ok %v, reason %q, details %+v", len(records), got.OK, got.reason(), got.Details)
			}
		})
	}
}

func TestFloatingEngineRefIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, nil)
	before := w.files("generated")
	name := filepath.Join(w.project, "engines", "platform.cue")
	w.replace(name, `engine_ref: "v0.1.0"`, `engine_ref: "v0"`)
	for _, verb := range []string{"vet", "generate", "check"} {
		code, out := w.tasc(verb)
		if code != 1 || !strings.Contains(out, `engines/platform.cue:12:14: engine_ref "v0" is a tag that may move [engine-ref-floating]`) {
			t.Errorf("tasc %s: exit %d\n%s", verb, code, out)
		}
	}
	if !slices.Equal(w.files("generated"), before) {
		t.Error("a refused spec changed the generated files")
	}
}

// TestGeneratedForHostileEnginesIsClean: several engines in several stages, with and without a token.
func TestGeneratedForHostileEnginesIsClean(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "testdata/specs/hostile", nil)
	platform := filepath.Join(w.project, "generated/task-assistant/platform")
	remote := map[string]string{platformRepo: platform, "actions/checkout": e2e.StandIn(t, "checkout")}
	actlint.Check(t, platform, remote)
	actlint.Check(t, filepath.Join(w.project, "generated/task-assistant/host/all"), remote)
}
