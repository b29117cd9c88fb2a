package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/webhooks"
)

// planFacts is a platform that starts on everything a platform may start on, and whose one engine takes a value of every
// type from each of these events.
func planFacts() facts.Facts {
	input := func(name, kind string, from map[string]string, options ...string) facts.Input {
		return facts.Input{Name: name, Type: kind, From: from, Options: options}
	}
	stages := []facts.Stage{{Engines: []string{"e"}, When: "always"}}
	return facts.Facts{
		Platform: "p", Repository: "acme/platform", Visibility: "public", Mode: "marketplace",
		Telemetry: facts.Telemetry{Repository: "{owner}/telemetry"},
		Routes: []facts.Route{
			{Name: "deploy", On: facts.On{RepositoryDispatch: []string{"on-demand-test"}}, Stages: stages},
			{Name: "labelled", On: facts.On{Issues: []string{"labeled", "unlabeled"}}, Stages: stages},
			{Name: "manual", On: facts.On{WorkflowDispatch: &facts.WorkflowDispatch{}}, Stages: stages},
			{Name: "nightly", On: facts.On{Schedule: []facts.Schedule{{Cron: "0 3 * * *", SpreadMinutes: 60}}}, Stages: stages},
			{Name: "pushed", On: facts.On{Push: &facts.Push{}}, Stages: stages},
			{Name: "second", On: facts.On{WorkflowDispatch: &facts.WorkflowDispatch{}}, Stages: stages},
		},
		Engines: []facts.Engine{{Name: "e", Class: "read-only", Inputs: []facts.Input{
			input("choice", "choice", map[string]string{"issues": "action", "workflow_dispatch": "inputs.choice"}, "labeled", "opened"),
			input("flag", "boolean", map[string]string{"push": "forced", "workflow_dispatch": "inputs.flag", "repository_dispatch": "client_payload.flag"}),
			input("number", "number", map[string]string{"issues": "issue.number", "workflow_dispatch": "inputs.number", "repository_dispatch": "client_payload.number"}),
			input("text", "string", map[string]string{"issues": "issue.title", "push": "head_commit.message", "workflow_dispatch": "inputs.text", "repository_dispatch": "client_payload.a.b"}),
		}}},
	}
}

// planning runs plan on event after event.
type planning struct {
	t     testing.TB
	env   map[string]string
	facts facts.Facts
}

func newPlanning(t testing.TB) *planning {
	t.Helper()
	dir := t.TempDir()
	p := &planning{t: t, facts: planFacts(), env: map[string]string{
		"GITHUB_REPOSITORY": target, "GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "1", "JOB_CONTEXT": `{"workflow_sha":"` + commit + `"}`,
		"GITHUB_OUTPUT": filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary"),
		"GITHUB_EVENT_PATH": filepath.Join(dir, "event.json"), "FACTS_FILE": filepath.Join(dir, "facts.json"),
	}}
	data := facts.Encode(p.facts)
	p.env["FACTS_SHA256"] = facts.Digest(data)
	p.write("FACTS_FILE", data)
	return p
}

func (p *planning) write(variable string, data []byte) {
	p.t.Helper()
	if err := os.WriteFile(p.env[variable], data, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// plan runs plan on an event, and demands what must hold of every event: it ends well, the file of outputs has exactly
// the declared outputs and each is of its type, and all that the log has is the one notice of the runner's own.
func (p *planning) plan(name, ref string, payload []byte) map[string]string {
	p.t.Helper()
	p.write("GITHUB_EVENT_PATH", payload)
	p.write("GITHUB_OUTPUT", nil)
	p.env["GITHUB_EVENT_NAME"], p.env["GITHUB_REF"] = name, ref
	var log bytes.Buffer
	code := run(context.Background(), &job{
		lookup: func(name string) (string, bool) { v, ok := p.env[name]; return v, ok },
		log:    &log, random: rand.Reader, now: func() time.Time { return now },
	}, []string{"plan"})
	expect(p.t, "code", code, 0)
	text, err := os.ReadFile(p.env["GITHUB_OUTPUT"])
	if err != nil {
		p.t.Fatal(err)
	}
	outputs := p.declared(string(text))
	p.notices(log.String(), outputs)
	if _, err := os.Stat(p.env["GITHUB_STEP_SUMMARY"]); err == nil {
		p.t.Error("plan wrote a summary")
	}
	return outputs
}

// declared demands the declared outputs, each once and of its type.
func (p *planning) declared(file string) map[string]string {
	p.t.Helper()
	list, err := readOutputs(file)
	if err != nil {
		p.t.Fatal(err)
	}
	outputs, types := map[string]string{}, p.types()
	for _, o := range list {
		fits, known := types[o.Name]
		if _, twice := outputs[o.Name]; twice || !known {
			p.t.Errorf("the output %.100q, declared %t, twice %t", o.Name, known, twice)
		} else if !fits(o.Value) {
			p.t.Errorf("the output %s is %.300q", o.Name, o.Value)
		}
		outputs[o.Name] = o.Value
	}
	expect(p.t, "number of outputs", len(outputs), len(types))
	return outputs
}

// types says of every output which values it may have.
func (p *planning) types() map[string]func(string) bool {
	is := func(want string) func(string) bool { return func(s string) bool { return s == want } }
	text := func(limit int) func(string) bool {
		return func(s string) bool { return len(s) <= limit && utf8.ValidString(s) && !strings.Contains(s, "\x00") }
	}
	number := regexp.MustCompile(`^(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)?$`)
	return map[string]func(string) bool{
		"problem": func(s string) bool {
			return text(300)(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '\u2028' || r == '\u202e' })
		},
		"route": func(s string) bool { _, ok := p.facts.Route(s); return ok || s == "" },
		"correlation_id": func(s string) bool {
			return record.CheckCorrelationID(s) == nil && (s == "42-1" || record.CheckExternalCorrelationID(s) == nil)
		},
		"target_repo": is(target), "run_date": is("2026-11-22"), "engine_ref": is(commit),
		"e__choice": func(s string) bool { return slices.Contains([]string{"", "labeled", "opened"}, s) },
		"e__flag":   func(s string) bool { return slices.Contains([]string{"", "true", "false"}, s) },
		"e__number": func(s string) bool { return len(s) <= 40 && number.MatchString(s) },
		"e__text":   text(1024),
	}
}

// notices demands that the log says that no engine runs, where that is so, and nothing else.
func (p *planning) notices(log string, outputs map[string]string) {
	p.t.Helper()
	all, err := readCommands(log)
	if err != nil {
		p.t.Fatal(err)
	}
	silent := outputs["route"] == "" && outputs["problem"] == ""
	if silent && (len(all) != 1 || all[0].name != "notice" || strings.Contains(all[0].data, "\n") || len(all[0].data) > 400) || !silent && len(all) != 0 {
		p.t.Errorf("route %q, problem %q, and the log:\n%.400q", outputs["route"], outputs["problem"], log)
	}
}

func readExamples(t testing.TB) []webhooks.Example {
	t.Helper()
	all, err := webhooks.Examples()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPlan_RealPayloads(t *testing.T) {
	p := newPlanning(t)
	started := map[string]int{}
	for _, e := range readExamples(t) {
		var read struct {
			Action, Ref string
			Issue       struct{ Number json.Number }
		}
		if err := json.Unmarshal(e.Payload, &read); err != nil {
			t.Fatal(err)
		}
		want := ""
		switch {
		case e.Event == "issues" && (read.Action == "labeled" || read.Action == "unlabeled"):
			want = "labelled"
		case e.Event == "push" && read.Ref == "refs/heads/master":
			want = "pushed"
		case e.Event == "repository_dispatch":
			want = "deploy"
		}
		got := p.plan(e.Event, read.Ref, e.Payload)
		started[want]++
		switch {
		case e.Event == "workflow_dispatch": // the examples fill no form
			expect(t, "problem", got["problem"], "the input route is empty, expected one of manual, second")
		case e.Event == "issues" && read.Action == "unlabeled":
			expect(t, "problem", got["problem"], `the input choice of engine e is "unlabeled", expected one of labeled, opened`)
		case got["problem"] != "" || got["route"] != want || want == "labelled" && got["e__number"] != read.Issue.Number.String():
			t.Errorf("%s %s: got %v, want the route %q", e.Event, read.Action, got, want)
		}
	}
	for _, route := range []string{"", "labelled", "pushed", "deploy"} {
		if started[route] == 0 {
			t.Errorf("no example starts %q", route)
		}
	}
}

// hostileTexts are texts that mean something to whoever reads outputs, logs, Markdown, paths, JSON or a shell.
func hostileTexts() map[string]string {
	return map[string]string{
		"newlines":              "a\nroute=materialize\r\nproblem=\n",
		"an escaped newline":    "a%0Aroute=materialize%0D%0A::error::x",
		"a command":             "\n::set-output name=route::manual\n::add-mask::acme\n::stop-commands::x\n",
		"an old command":        "##[error]x\n##[add-mask]y ##[set-env name=A;]b",
		"a heredoc":             "x\nEOF\nroute<<EOF\nmanual\nEOF\n",
		"a guessed delimiter":   "x\ntasc_" + strings.Repeat("00", 16) + "\nroute<<tasc_\nmanual\ntasc_\n",
		"GitHub's delimiter":    "x\nghadelimiter_1b2c\nroute<<ghadelimiter_1b2c\n",
		"quotes":                `a"b'c` + "`d$(id)${IFS};|&<>*?[]{}\\",
		"an expression":         "${{ secrets.KEY }}",
		"1 MB":                  strings.Repeat("A\n", 1<<19),
		"1 MB of letters":       strings.Repeat("é", 1<<19),
		"NUL":                   "a\x00b",
		"control":               "a\x1b[31m\x07\x7f\u2028\u2029\u202eb\ufeff",
		"a path":                "../../../etc/passwd",
		"Markdown":              "[x](javascript:y) | `z` <img src=x onerror=y> @everyone #1",
		"the id of another run": "41-1",
		"a prototype":           "__proto__",
		"a number":              "1e999999",
		"blanks":                " \t ",
		"empty":                 "",
	}
}

// hostilePayload is a payload with the event that brings it.
type hostilePayload struct{ event, payload string }

// hostilePayloads are payloads with text wherever one carries text, or where it has no business.
func hostilePayloads(t testing.TB, text string) []hostilePayload {
	data, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	q := string(data)
	return []hostilePayload{
		{"push", `{"forced":true,"ref":` + q + `,"head_commit":{"message":` + q + `},"repository":{"default_branch":"main"}}`},
		{"push", `{"inputs":{"route":"manual","correlation_id":` + q + `},"client_payload":{"correlation_id":` + q + `},"repository":{"default_branch":"main"}}`},
		{"push", `{"repository":{"default_branch":` + q + `}}`},
		{"issues", `{"action":"labeled","issue":{"number":7,"title":` + q + `}}`},
		{"issues", `{"action":` + q + `,"issue":{"number":` + q + `}}`},
		{"workflow_dispatch", `{"inputs":{"route":"manual","choice":` + q + `,"flag":` + q + `,"number":` + q + `,"text":` + q + `}}`},
		{"workflow_dispatch", `{"inputs":{"route":"manual","choice":"opened","flag":"true","number":"-1.5e3","text":` + q + `}}`},
		{"workflow_dispatch", `{"inputs":{"route":` + q + `,"correlation_id":` + q + `}}`},
		{"workflow_dispatch", `{"inputs":{"route":"second","correlation_id":` + q + `}}`},
		{"repository_dispatch", `{"action":"on-demand-test","client_payload":{"correlation_id":` + q + `,"a":{"b":` + q + `},"number":` + q + `}}`},
		{"repository_dispatch", `{"action":"on-demand-test","client_payload":{` + q + `:1,"__proto__":{"b":"x"},"constructor":{},"a":{` + q + `:1,"b":1}}}`},
		{"repository_dispatch", `{"action":` + q + `,"client_payload":{}}`},
		{"schedule", `{"schedule":` + q + `}`},
	}
}

func TestPlan_HostilePayloads(t *testing.T) {
	p := newPlanning(t)
	for what, text := range hostileTexts() {
		t.Run(what, func(t *testing.T) {
			p.t = t
			for _, h := range hostilePayloads(t, text) {
				p.plan(h.event, "refs/heads/main", []byte(h.payload))
				if len(text) < 1000 { // and no event takes what another one may carry
					for _, other := range []string{"push", "issues", "workflow_dispatch", "repository_dispatch", "pull_request_target", "x\n::error::y"} {
						p.plan(other, "refs/heads/main", []byte(h.payload))
					}
				}
			}
			p.plan("push", text, []byte(`{"repository":{"default_branch":"main"}}`))
			p.plan("push", "refs/heads/"+text, []byte(`{"repository":{"default_branch":"main"}}`))
		})
	}
}

// TestPlan_OddPayloads: what is no payload of GitHub's, or is one in an odd form, is decided all the same.
func TestPlan_OddPayloads(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)
	tests := []struct{ name, event, payload, route, id, problem string }{
		{"nothing", "push", "", "", "42-1", "the payload of the event push cannot be read: EOF"},
		{"NUL", "push", "\x00", "", "42-1", "cannot be read: invalid character"},
		{"a byte order mark", "push", "\ufeff{}", "", "42-1", "cannot be read: invalid character"},
		{"two values", "push", "{}{}", "", "42-1", "there is more behind its JSON value"},
		{"text behind", "push", "{} x", "", "42-1", "there is more behind its JSON value"},
		{"an array", "push", `[{"repository":{"default_branch":"main"}}]`, "", "42-1", ""},
		{"null", "workflow_dispatch", "null", "", "42-1", "the input route is empty"},
		{"20,000 levels", "push", deep, "", "42-1", "exceeded max depth"},
		{"20,000 levels in an input", "workflow_dispatch", `{"inputs":{"route":"manual","text":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}}`, "manual", "42-1", "the input text of engine e is no text, number or bool"},
		{"invalid UTF-8", "issues", "{\"action\":\"labeled\",\"issue\":{\"number\":1,\"title\":\"a\xff\xc0\x80\"}}", "labelled", "42-1", ""},
		{"half a pair", "issues", `{"action":"labeled","issue":{"number":1,"title":"\ud800"}}`, "labelled", "42-1", ""},
		{"a member twice", "workflow_dispatch", `{"inputs":{"route":"second","route":"manual"}}`, "manual", "42-1", ""},
		{"a member in another case", "workflow_dispatch", `{"inputs":{"route":"manual","Route":"second","ROUTE":"x","CORRELATION_ID":"y"},"INPUTS":{"route":"x"}}`, "manual", "42-1", ""},
		{"a number of 1,000 digits", "issues", `{"action":"labeled","issue":{"number":` + strings.Repeat("9", 1000) + `}}`, "labelled", "42-1", "the input number of engine e is"},
		{"a number beyond all", "issues", `{"action":"labeled","issue":{"number":1e999999999}}`, "labelled", "42-1", ""},
		{"a prototype", "workflow_dispatch", `{"__proto__":{"inputs":{"route":"manual"}},"inputs":{"__proto__":{"route":"manual"},"constructor":"x"}}`, "", "42-1", "the input route is empty"},
		{"a route on a push", "push", `{"inputs":{"route":"manual"},"repository":{"default_branch":"main"}}`, "pushed", "42-1", ""},
		{"an id on a push", "push", `{"inputs":{"correlation_id":"x"},"client_payload":{"correlation_id":"y"},"repository":{"default_branch":"main"}}`, "pushed", "42-1", ""},
		{"an id on an issue", "issues", `{"action":"labeled","issue":{"number":1},"client_payload":{"correlation_id":"y"}}`, "labelled", "42-1", ""},
		{"an id of a client", "repository_dispatch", `{"action":"on-demand-test","client_payload":{"correlation_id":"deploy-9"}}`, "deploy", "deploy-9", ""},
		{"the id of another run", "repository_dispatch", `{"action":"on-demand-test","client_payload":{"correlation_id":"41-1"}}`, "deploy", "42-1", "reserved for ids that runs give themselves"},
		{"an id that is a ref's lock", "repository_dispatch", `{"action":"on-demand-test","client_payload":{"correlation_id":"a.lock"}}`, "deploy", "42-1", "ends in .lock"},
		{"an id that is a list", "repository_dispatch", `{"action":"on-demand-test","client_payload":{"correlation_id":["a"]}}`, "", "42-1", "client_payload.correlation_id is no text"},
	}
	p := newPlanning(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.t = t
			got := p.plan(tt.event, "refs/heads/main", []byte(tt.payload))
			expect(t, "route and id", got["route"]+" "+got["correlation_id"], tt.route+" "+tt.id)
			if (got["problem"] == "") != (tt.problem == "") || !strings.Contains(got["problem"], tt.problem) {
				t.Errorf("problem: got %q, want one that holds %q", got["problem"], tt.problem)
			}
		})
	}
}

func FuzzPlan(f *testing.F) {
	for _, e := range readExamples(f) {
		if slices.Contains([]string{"issues", "push", "repository_dispatch", "workflow_dispatch"}, e.Event) {
			f.Add(e.Event, "refs/heads/master", []byte(e.Payload))
		}
	}
	for _, text := range hostileTexts() {
		short := text[:min(len(text), 100)]
		for _, h := range hostilePayloads(f, short) {
			f.Add(h.event, "refs/heads/"+short, []byte(h.payload))
		}
	}
	p := newPlanning(f)
	f.Fuzz(func(t *testing.T, event, ref string, payload []byte) {
		if event == "" {
			return // Actions names every event; without a name plan stops with a usage error
		}
		p.t = t
		p.plan(event, ref, payload)
	})
}
