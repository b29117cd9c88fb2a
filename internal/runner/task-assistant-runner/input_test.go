package main

import (
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/runner/facts"
)

func TestEngineInputs(t *testing.T) {
	def := "fallback"
	input := func(kind string, required bool, def *string, options ...string) facts.Input {
		return facts.Input{Name: "x", Type: kind, Options: options, Required: required, Default: def,
			From: map[string]string{"issues": "issue.number", "workflow_dispatch": "inputs.x"}}
	}
	long := strings.Repeat("é", 1000)
	for _, tt := range []struct {
		name, event, payload string
		in                   facts.Input
		want, problem        string
	}{
		{"a number", "issues", `{"issue":{"number":7}}`, input("number", true, nil), "7", ""},
		{"a large number", "issues", `{"issue":{"number":123456789012345678}}`, input("number", true, nil), "123456789012345678", ""},
		{"a number as text", "workflow_dispatch", `{"inputs":{"x":"-7.5"}}`, input("number", true, nil), "-7.5", ""},
		{"a word as number", "workflow_dispatch", `{"inputs":{"x":"seven"}}`, input("number", true, nil), "", `is "seven", expected a number`},
		{"a number in quotes", "workflow_dispatch", `{"inputs":{"x":"\"7\""}}`, input("number", true, nil), "", `is "\"7\"", expected a number`},
		{"a number with a blank", "workflow_dispatch", `{"inputs":{"x":"7 "}}`, input("number", true, nil), "", `is "7 ", expected a number`},
		{"two numbers", "workflow_dispatch", `{"inputs":{"x":"7\n8"}}`, input("number", true, nil), "", `is "7 8", expected a number`},
		{"too many digits", "workflow_dispatch", `{"inputs":{"x":"` + strings.Repeat("1", 41) + `"}}`, input("number", true, nil), "", `is "` + strings.Repeat("1", 41) + `", expected a number`},
		{"hexadecimal", "workflow_dispatch", `{"inputs":{"x":"0x7"}}`, input("number", true, nil), "", `is "0x7", expected a number`},
		{"a bool", "workflow_dispatch", `{"inputs":{"x":true}}`, input("boolean", true, nil), "true", ""},
		{"a bool as text", "workflow_dispatch", `{"inputs":{"x":"false"}}`, input("boolean", true, nil), "false", ""},
		{"a word as bool", "workflow_dispatch", `{"inputs":{"x":"yes"}}`, input("boolean", true, nil), "", `is "yes", expected true or false`},
		{"a choice", "workflow_dispatch", `{"inputs":{"x":"b"}}`, input("choice", true, nil, "a", "b"), "b", ""},
		{"no option", "workflow_dispatch", `{"inputs":{"x":"c\u0007"}}`, input("choice", true, nil, "a", "b"), "", `is "c ", expected one of a, b`},
		{"a text with everything", "workflow_dispatch", `{"inputs":{"x":"a\n::add-mask::b%0A\u0000"}}`, input("string", true, nil), "a\n::add-mask::b%0A", ""},
		{"a long text", "workflow_dispatch", `{"inputs":{"x":"` + long + `"}}`, input("string", true, nil), long[:1024], ""},
		{"an object", "issues", `{"issue":{"number":{}}}`, input("string", true, nil), "", "is no text, number or bool in the event"},
		{"a list", "issues", `{"issue":{"number":[7]}}`, input("string", true, nil), "", "is no text, number or bool in the event"},
		{"missing", "issues", `{"issue":{}}`, input("string", true, nil), "", "is required, and the event issues does not carry it"},
		{"null", "issues", `{"issue":{"number":null}}`, input("string", true, nil), "", "is required, and the event issues does not carry it"},
		{"empty", "workflow_dispatch", `{"inputs":{"x":""}}`, input("string", true, nil), "", "is required, and the event workflow_dispatch does not carry it"},
		{"a path through a text", "issues", `{"issue":"x"}`, input("string", true, nil), "", "is required, and the event issues does not carry it"},
		{"no payload", "issues", `null`, input("string", true, nil), "", "is required, and the event issues does not carry it"},
		{"missing with a default", "issues", `{}`, input("string", true, &def), "fallback", ""},
		{"missing and not required", "issues", `{}`, input("number", false, nil), "", ""},
		{"another event", "push", `{"issue":{"number":7}}`, input("number", false, nil), "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &facts.Facts{
				Engines: []facts.Engine{{Name: "other", Inputs: []facts.Input{tt.in}}, {Name: "own", Inputs: []facts.Input{tt.in}}},
				Routes:  []facts.Route{{Name: "r", Stages: []facts.Stage{{Engines: []string{"own"}}}}},
			}
			p, err := event{name: tt.event, payload: []byte(tt.payload)}.read()
			checkError(t, err, "")
			d := decision{route: "r"}
			out := engineInputs(f, &d, source{tt.event, p.tree})
			if len(out) != 2 || out[0].Name != "other__x" || out[1].Name != "own__x" || out[0].Value != "" {
				t.Fatalf("outputs: %+v; one of each engine, and nothing for the one that the route does not name", out)
			}
			want := ""
			if tt.problem != "" {
				want = "the input x of engine own " + tt.problem
			}
			if d.problem != want || out[1].Value != tt.want {
				t.Errorf("got %q, problem %q; want %q, problem %q", out[1].Value, d.problem, tt.want, want)
			}
		})
	}
}

// TestEngineInputs_KeepsTheFirstProblem: what was wrong with the event before is not overwritten.
func TestEngineInputs_KeepsTheFirstProblem(t *testing.T) {
	f := &facts.Facts{
		Engines: []facts.Engine{{Name: "own", Inputs: []facts.Input{{Name: "x", Type: "string", Required: true}}}},
		Routes:  []facts.Route{{Name: "r", Stages: []facts.Stage{{Engines: []string{"own"}}}}},
	}
	d := decision{route: "r", problem: "first"}
	engineInputs(f, &d, source{event: "push"})
	if d.problem != "first" {
		t.Errorf("problem %q", d.problem)
	}
}
