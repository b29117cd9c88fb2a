package main

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/task-assistant/tasc/internal/runner/facts"
)

func TestDispatch(t *testing.T) {
	push := `{"repository":{"default_branch":"main"}}`
	long := strings.Repeat("A", 1<<20)
	quoted := func(s string) string {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	input := func(route, id string) string {
		return `{"inputs":{"route":` + quoted(route) + `,"correlation_id":` + quoted(id) + `}}`
	}
	repository := func(id string) string { return `{"action":"x","client_payload":{"correlation_id":` + id + `}}` }
	tests := []struct {
		name    string
		ev      event
		attempt int
		route   string
		id      string
		problem string
	}{
		{"push to the default branch", event{"push", "refs/heads/main", []byte(push)}, 1, "config-push", "42-1", ""},
		{"push to another branch", event{"push", "refs/heads/x", []byte(push)}, 1, "", "42-1", ""},
		{"push of a tag", event{"push", "refs/tags/v1.0.0", []byte(push)}, 1, "", "42-1", ""},
		{"push of a tag named like the branch's ref", event{"push", "refs/tags/refs/heads/main", []byte(push)}, 1, "", "42-1", ""},
		{"push of a tag named like the branch", event{"push", "refs/tags/main", []byte(push)}, 1, "", "42-1", ""},
		{"push that names no default branch", event{"push", "refs/heads/", []byte(`{}`)}, 1, "", "42-1", ""},
		{"push ignores inputs", event{"push", "refs/heads/main", []byte(`{"repository":{"default_branch":"main"},"inputs":{"route":"materialize","correlation_id":"x"}}`)}, 1, "config-push", "42-1", ""},
		{"push that is no JSON", event{"push", "refs/heads/main", []byte(`{`)}, 1, "", "42-1", "the payload of the event push cannot be read"},
		{"attempt 3", event{"push", "refs/heads/main", []byte(push)}, 3, "config-push", "42-3", ""},

		{"dispatch of a route", event{"workflow_dispatch", "refs/heads/x", []byte(input("materialize", ""))}, 1, "materialize", "42-1", ""},
		{"dispatch without inputs", event{"workflow_dispatch", "", []byte(`{"inputs":null}`)}, 1, "", "42-1", "the input route is empty, expected one of materialize, self-test"},
		{"dispatch of an unknown route", event{"workflow_dispatch", "", []byte(input("x\n::add-mask::y", ""))}, 1, "", "42-1", `the input route is "x ::add-mask::y", expected one of`},
		{"dispatch of a push route", event{"workflow_dispatch", "", []byte(input("config-push", ""))}, 1, "", "42-1", `the input route is "config-push"`},
		{"dispatch of a route of 1 MB", event{"workflow_dispatch", "", []byte(input(long, ""))}, 1, "", "42-1", `the input route is "AAAA`},
		{"dispatch with a route that is no string", event{"workflow_dispatch", "", []byte(`{"inputs":{"route":["materialize"]}}`)}, 1, "", "42-1", "cannot be read"},
		{"dispatch with an id", event{"workflow_dispatch", "", []byte(input("materialize", "nightly.7"))}, 1, "materialize", "nightly.7", ""},
		{"dispatch with an id, again", event{"workflow_dispatch", "", []byte(input("materialize", "nightly.7"))}, 2, "materialize", "nightly.7.2", ""},
		{"dispatch with the id of another run", event{"workflow_dispatch", "", []byte(input("materialize", "41-1"))}, 1, "materialize", "42-1", "reserved for ids that runs give themselves"},
		{"dispatch with the id of another run, again", event{"workflow_dispatch", "", []byte(input("materialize", "41-1"))}, 2, "materialize", "42-2", "reserved"},
		{"dispatch with an id that becomes too long", event{"workflow_dispatch", "", []byte(input("materialize", strings.Repeat("a", 100)))}, 2, "materialize", "42-2", "expected at most 100"},
		{"dispatch with a bad id and a bad route", event{"workflow_dispatch", "", []byte(input("x", "../../x"))}, 1, "", "42-1", "expected one of materialize, self-test; the correlation id \"../../x\" does not start"},
		{"dispatch with an id of 1 MB", event{"workflow_dispatch", "", []byte(input("materialize", long))}, 1, "materialize", "42-1", "has 1048576 bytes"},
		{"dispatch with an id of newlines and commands", event{"workflow_dispatch", "", []byte(input("materialize", "a\n::set-output name=x::y%0A\x00"))}, 1, "materialize", "42-1", "the correlation id \"a\\n::set-output"},
		{"dispatch with invalid UTF-8", event{"workflow_dispatch", "", []byte("{\"inputs\":{\"route\":\"materialize\",\"correlation_id\":\"a\xff\"}}")}, 1, "materialize", "42-1", "is not made of letters"},
		{"dispatch with a delimiter", event{"workflow_dispatch", "", []byte(input("materialize", "x<<tasc_"))}, 1, "materialize", "42-1", "is not made of letters"},

		{"repository_dispatch with an id", event{"repository_dispatch", "", []byte(repository(`"deploy-9"`))}, 1, "", "deploy-9", ""},
		{"repository_dispatch with a number as id", event{"repository_dispatch", "", []byte(repository(`9`))}, 1, "", "42-1", "cannot be read"},
		{"repository_dispatch without a payload", event{"repository_dispatch", "", []byte(`{"client_payload":null}`)}, 1, "", "42-1", ""},
		{"unknown event", event{"issues", "refs/heads/main", []byte(`{"action":"labeled"}`)}, 1, "", "42-1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := testRun()
			run.attempt = tt.attempt
			d, _ := dispatch(run, tt.ev)
			expect(t, "route, id, ref", []string{d.route, d.correlationID, d.engineRef}, []string{tt.route, tt.id, commit})
			if (d.problem == "") != (tt.problem == "") || !strings.Contains(d.problem, tt.problem) {
				t.Errorf("problem: got %q, want one that holds %q", d.problem, tt.problem)
			}
			if len(d.problem) > 300 || strings.ContainsAny(d.problem, "\r\n\x00") || !utf8.ValidString(d.problem) {
				t.Errorf("problem is no line of 300 bytes: %q", d.problem)
			}
		})
	}
}

func TestDispatch_NeedsOneRoute(t *testing.T) {
	dispatch1 := facts.On{WorkflowDispatch: &facts.WorkflowDispatch{}}
	push := facts.On{Push: &facts.Push{}}
	tests := []struct {
		name, event string
		routes      []facts.Route
		want, err   string
	}{
		{"the only dispatch route", "workflow_dispatch", []facts.Route{{Name: "a", On: push}, {Name: "b", On: dispatch1}}, "b", ""},
		{"no dispatch route", "workflow_dispatch", []facts.Route{{Name: "a", On: push}}, "", ""},
		{"no push route", "push", []facts.Route{{Name: "b", On: dispatch1}}, "", ""},
		{"two push routes", "push", []facts.Route{{Name: "a", On: push}, {Name: "b", On: push}}, "", "a push starts a and b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p payload
			p.defaultBranch = "main"
			got, err := chooseRoute(&facts.Facts{Routes: tt.routes}, event{name: tt.event, ref: "refs/heads/main"}, p)
			expect(t, "route", got, tt.want)
			checkError(t, err, tt.err)
		})
	}
}

func TestDispatch_Schedule(t *testing.T) {
	all := []facts.Route{
		{Name: "nightly", On: facts.On{Schedule: []facts.Schedule{{Cron: "0 3 * * *", SpreadMinutes: 120}}}},
		{Name: "weekly", On: facts.On{Schedule: []facts.Schedule{{Cron: "0 12 * * 1"}, {Cron: "30 12 * * MON", SpreadMinutes: 10}}}},
	}
	tests := []struct{ name, text, want string }{
		{"its own time", "0 3 * * *", "nightly"},
		{"a later one", "59 4 * * *", "nightly"},
		{"one past the last", "0 5 * * *", ""},
		{"on another day", "0 3 * * 1", ""},
		{"not spread", "0 12 * * 1", "weekly"},
		{"not spread, and later", "1 12 * * 1", ""},
		{"the second of a route", "39 12 * * MON", "weekly"},
		{"the same time in other words", "39 12 * * 1", ""},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := chooseRoute(&facts.Facts{Routes: all}, event{name: "schedule"}, payload{schedule: tt.text})
			expect(t, "route", got, tt.want)
			checkError(t, err, "")
		})
	}
}

func TestDispatch_PushByBranch(t *testing.T) {
	push := func(branches ...string) facts.On { return facts.On{Push: &facts.Push{Branches: branches}} }
	all := []facts.Route{{Name: "default", On: push()}, {Name: "hotfix", On: push("hotfix-[0-9]+")}, {Name: "release", On: push("release/**", "main", "stable")}}
	tests := []struct {
		name, ref, defaultBranch string
		routes                   []facts.Route
		want, err                string
	}{
		{"the default branch", "refs/heads/main", "main", all, "default", ""},
		{"the default branch is another's name", "refs/heads/stable", "stable", all, "default", ""},
		{"a name", "refs/heads/stable", "main", all, "release", ""},
		{"a pattern", "refs/heads/release/1/2", "main", all, "release", ""},
		{"another pattern", "refs/heads/hotfix-12", "main", all, "hotfix", ""},
		{"case counts", "refs/heads/Stable", "main", all, "", ""},
		{"no route's branch", "refs/heads/feature", "main", all, "", ""},
		{"a tag of that name", "refs/tags/stable", "main", all, "", ""},
		{"no ref", "", "main", all, "", ""},
		{"no default branch in the payload", "refs/heads/main", "", all, "release", ""},
		{"the default branch by name", "refs/heads/main", "main", all[1:], "release", ""},
		{"the default branch, and nobody names it", "refs/heads/trunk", "trunk", all[1:], "", ""},
		{"two that match", "refs/heads/x", "main", []facts.Route{{Name: "a", On: push("*")}, {Name: "b", On: push("x")}}, "", "a push to x starts a and b"},
		{"a pattern that is none", "refs/heads/x", "main", []facts.Route{{Name: "a", On: push("[")}}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p payload
			p.defaultBranch = tt.defaultBranch
			got, err := chooseRoute(&facts.Facts{Routes: tt.routes}, event{name: "push", ref: tt.ref}, p)
			expect(t, "route", got, tt.want)
			checkError(t, err, tt.err)
		})
	}
}

func TestDispatch_NeedsTheRunningCommit(t *testing.T) {
	for name, sha := range map[string]string{"absent": "", "branch": "main", "short": commit[:7], "upper case": strings.ToUpper(commit), "newline": commit + "\n"} {
		run := testRun()
		run.commit = sha
		d, _ := dispatch(run, event{"push", "refs/heads/main", []byte(`{"repository":{"default_branch":"main"}}`)})
		if d.engineRef != "" || !strings.Contains(d.problem, "expected a full commit id in workflow_sha") {
			t.Errorf("%s: got %+v, want no engine_ref and a problem", name, d)
		}
	}
}

func TestPlan_WritesItsOutputs(t *testing.T) {
	w := newWorld(t)
	w.write(w.env["GITHUB_EVENT_PATH"], `{"repository":{"default_branch":"main"}}`)
	got := w.run("plan")
	expect(t, "code", got.code, 0)
	expect(t, "log", got.log, "")
	expect(t, "outputs", got.outputs, map[string]string{
		"problem": "", "route": "config-push", "target_repo": target, "correlation_id": "42-1", "run_date": "2026-11-22", "engine_ref": commit,
	})
	expect(t, "requests", w.github.requests, []string(nil))
}

func TestPlan_HandsProblemsOn(t *testing.T) {
	w := newWorld(t)
	w.env["GITHUB_EVENT_NAME"] = "workflow_dispatch"
	w.write(w.env["GITHUB_EVENT_PATH"], `{"inputs":{"route":"nope\nproblem=","correlation_id":"x\ny"}}`)
	got := w.run("plan")
	expect(t, "code", got.code, 0)
	expect(t, "problem", got.outputs["problem"], `the input route is "nope problem=", expected one of materialize, self-test; the correlation id "x\ny" is not made of letters, digits, _ and -, with single dots between`)
	expect(t, "number of outputs", len(got.outputs), 6)
}

func TestPlan_NoticesAnEventWithoutARoute(t *testing.T) {
	w := newWorld(t)
	w.env["GITHUB_REF"] = "refs/heads/x\n::error::y"
	w.write(w.env["GITHUB_EVENT_PATH"], `{"repository":{"default_branch":"main"}}`)
	got := w.run("plan")
	expect(t, "code", got.code, 0)
	expect(t, "log", got.log, "::notice::no route of this platform starts on push refs/heads/x ::error::y: no engine runs\n")
	expect(t, "route and problem", got.outputs["route"]+got.outputs["problem"], "")
}

func TestRun_RefusesWhatNoWorkflowDoes(t *testing.T) {
	tests := []struct {
		name, verb string
		change     func(*world)
		code       int
		log        string
	}{
		{"unknown verb", "mop", func(*world) {}, 2, "expected one of plan, preflight, authorize, unseal, revoke, collect, emit, verdict, sweep, version"},
		{"missing variables", "plan", func(w *world) { delete(w.env, "GITHUB_EVENT_PATH"); delete(w.env, "JOB_CONTEXT") }, 2, "::error::missing GITHUB_EVENT_PATH, JOB_CONTEXT: "},
		{"run id that is no number", "plan", func(w *world) { w.env["GITHUB_RUN_ID"] = "x" }, 2, `GITHUB_RUN_ID is "x"`},
		{"attempt 0", "plan", func(w *world) { w.env["GITHUB_RUN_ATTEMPT"] = "0" }, 2, `GITHUB_RUN_ATTEMPT is "0"`},
		{"repository that is none", "plan", func(w *world) { w.env["GITHUB_REPOSITORY"] = "acme" }, 2, "GITHUB_REPOSITORY: "},
		{"facts of another release", "plan", func(w *world) { w.env["FACTS_SHA256"] = strings.Repeat("0", 64) }, 1, "workflow and runner are not of one release"},
		{"no facts", "plan", func(w *world) { w.env["FACTS_FILE"] += ".gone" }, 1, "cannot read the platform's facts"},
		{"no event", "plan", func(*world) {}, 1, "cannot read the event"},
		{"no output file", "version", func(w *world) { delete(w.env, "GITHUB_OUTPUT") }, 0, "task-assistant-runner "},
		{"needs that are no JSON", "verdict", func(w *world) { w.env["NEEDS"] = "x" }, 2, "NEEDS is not the JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.change(w)
			got := w.run(tt.verb)
			expect(t, "code", got.code, tt.code)
			if !strings.Contains(got.log, tt.log) {
				t.Errorf("log: got %q, want one that holds %q", got.log, tt.log)
			}
		})
	}
}

// TestChooseRoute_ByPayload: what the payload tells apart leads to routes of its own.
func TestChooseRoute_ByPayload(t *testing.T) {
	f := &facts.Facts{Routes: []facts.Route{
		{Name: "closed", On: facts.On{Issues: []string{"closed", "deleted"}}},
		{Name: "daily", On: facts.On{Schedule: []facts.Schedule{{Cron: "0 3 * * *"}}}},
		{Name: "deploy", On: facts.On{RepositoryDispatch: []string{"deploy"}}},
		{Name: "labelled", On: facts.On{Issues: []string{"labeled"}}},
		{Name: "twice-a", On: facts.On{RepositoryDispatch: []string{"twice"}}},
		{Name: "twice-b", On: facts.On{RepositoryDispatch: []string{"twice"}}},
		{Name: "weekly", On: facts.On{Schedule: []facts.Schedule{{Cron: "0 4 * * 1"}}, RepositoryDispatch: []string{"weekly"}}},
	}}
	for _, tt := range []struct{ event, payload, route, err string }{
		{"issues", `{"action":"labeled"}`, "labelled", ""},
		{"issues", `{"action":"deleted"}`, "closed", ""},
		{"issues", `{"action":"opened"}`, "", ""},
		{"issues", `{}`, "", ""},
		{"schedule", `{"schedule":"0 3 * * *"}`, "daily", ""},
		{"schedule", `{"schedule":"0 4 * * 1"}`, "weekly", ""},
		{"schedule", `{"schedule":"0 4 * * 2"}`, "", ""},
		{"schedule", `{}`, "", ""},
		{"repository_dispatch", `{"action":"deploy"}`, "deploy", ""},
		{"repository_dispatch", `{"action":"weekly"}`, "weekly", ""},
		{"repository_dispatch", `{"action":"labeled"}`, "", ""},
		{"repository_dispatch", `{"action":"twice"}`, "", "repository_dispatch twice starts twice-a and twice-b, expected one route"},
	} {
		ev := event{name: tt.event, payload: []byte(tt.payload)}
		p, err := ev.read()
		if err != nil {
			t.Fatal(err)
		}
		route, err := chooseRoute(f, ev, p)
		if route != tt.route || (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
			t.Errorf("%s %s: route %q, error %v; want %q, %q", tt.event, tt.payload, route, err, tt.route, tt.err)
		}
	}
}
