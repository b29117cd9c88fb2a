package load

import (
	"strings"
	"testing"
)

// TestLoad_Typos: a field that is misspelt is named while something else is wrong in the same struct.
func TestLoad_Typos(t *testing.T) {
	const engine, platform = "engines/validate.cue", "engines/platform.cue"
	const unknown = "unknown field "
	tests := []struct {
		name, file string
		edits      []string // old, new
		want       []string // parts of the findings, in order
	}{
		{"beside a wrong value", engine, []string{"timeout_minutes: 5", "timeout_minuts: 5", `"read-only"`, `"readonly"`}, []string{
			`engines/validate.cue:7:11: engines.validate.class: class must be "read-only"`, `fix: did you mean "read-only"?`,
			`engines/validate.cue:9:2: unknown field "timeout_minuts" in engines.validate`, `did you mean "timeout_minutes"?`,
		}},
		{"two beside each other", engine, []string{"summary:", "sumary:", "class:", "clas:"}, []string{
			unknown + `"sumary" in engines.validate`, unknown + `"clas" in engines.validate`,
		}},
		{"in a step with a wrong value", engine, []string{`name: "Run"`, `nam: "Run"`, "run: \"\"\"", "env: 3\n\t\trun: \"\"\""}, []string{
			`18:3: unknown field "nam" in engines.validate.steps.1`, `did you mean "name"?`, "engines.validate.steps.1.env is a whole number",
		}},
		{"beside a conflict", engine, []string{"timeout_minutes: 5", "timeout_minutes: 5 & 6, premissions: {}"}, []string{
			"conflicting values 6 and 5", unknown + `"premissions" in engines.validate`, `did you mean "permissions"?`,
		}},
		{"beside an unknown reference", engine, []string{"timeout_minutes: 5", "timeout_minutes: _x, premissions: {}"}, []string{
			`reference "_x" not found`, unknown + `"premissions" in engines.validate`,
		}},
		{"a permission", engine, []string{"contents:", "content:", "timeout_minutes: 5", "timeout_minutes: 500"}, []string{
			`unknown permission "content" in engines.validate.permissions`, `did you mean "contents"?`, "timeout_minutes must be",
		}},
		{"of a platform", platform, []string{"runs_on:", "run_on:", `"marketplace"`, `"marketplce"`}, []string{
			`mode must be "marketplace"`, `did you mean "marketplace"?`, unknown + `"run_on" in platforms.task-assistant`, `did you mean "runs_on"?`,
		}},
		{"of an App", platform, []string{`slug: "acme-engine"`, `slog: "acme-engine"`, `client_id: "Iv1"`, "client_id: 3"}, []string{
			"apps.engine.client_id", unknown + `"slog" in platforms.task-assistant.apps.engine`, `did you mean "slug"?`,
		}},
		{"an event", platform, []string{"on: workflow_dispatch: {}", "on: {workflow_dispach: {}, issues: 3}"}, []string{
			unknown + `"workflow_dispach" in platforms.task-assistant.routes.hand.on`, `did you mean "workflow_dispatch"?`, "routes.hand.on.issues is a whole number",
		}},
		{"of a stage", platform, []string{`when: "all-succeeded"`, `wen: "all-succeeded", engines: 3`}, []string{
			"stages", unknown + `"wen"`, `did you mean "when"?`,
		}},
		{"a type of issues", platform, []string{"on: workflow_dispatch: {}", `on: issues: types: ["labelled"]`}, []string{
			"a type of issues is one that GitHub has", `did you mean "labeled"?`,
		}},
		{"at the top", engine, []string{"engines: validate:", "engine: x: 1\nengines: validate:", `"read-only"`, `3 & 4`}, []string{
			unknown + `"engine" [spec]`, `did you mean "engines"?`, "conflicting values",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := project(t, nil)
			f := fsys[tt.file]
			for i := 0; i < len(tt.edits); i += 2 {
				if !strings.Contains(string(f.Data), tt.edits[i]) {
					t.Fatalf("%s does not hold %q", tt.file, tt.edits[i])
				}
				f.Data = []byte(strings.Replace(string(f.Data), tt.edits[i], tt.edits[i+1], 1))
			}
			_, found := load(t, fsys)
			rest := text(found)
			for _, want := range tt.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("%q is not in, or not in this order:\n%s", want, text(found))
				}
				rest = after
			}
			for i, d := range found {
				for _, o := range found[:i] {
					if o.Pos == d.Pos && strings.HasPrefix(d.Message, "unknown") {
						t.Errorf("%s twice:\n%s", d.Pos, text(found))
					}
				}
			}
		})
	}
}

// TestLoad_TyposSparesWhatIsRight: beside a mistake, what is written in other ways than plain fields is not unknown.
func TestLoad_TyposSparesWhatIsRight(t *testing.T) {
	for _, right := range []string{
		"_own: {any: 1}", "#Own: any: 1", `"runs_on": "ubuntu-24.04"`, "env: {if true {A: \"a\"}}", "env: {for k in [\"A\"] {(k): \"a\"}}", "note?: string", "env: [string]: string",
		"let x = {any: 1}, env: A: \"\\(x.any)\"", "inputs: any_name: {type: \"string\", from: issues: \"action\"}", "inputs: a: _in, _in: {type: \"string\", from: issues: \"action\"}",
	} {
		_, found := load(t, with(t, "engines/more.cue", "package engines\n\nengines: more: {\n\tclass: 3\n\tsummary: \"s\"\n\tsteps: [{name: \"n\", run: \"true\"}]\n\t"+right+"\n}\n"))
		if len(found) != 1 || !strings.Contains(found[0].Message, "class must be") {
			t.Errorf("%s:\n%s", right, text(found))
		}
	}
}
