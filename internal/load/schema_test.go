package load

import (
	"strings"
	"testing"
)

// TestLoad_Schema: one mistake, one finding, at the place in the user's file, in words that say what to do.
func TestLoad_Schema(t *testing.T) {
	const engine, platform = "engines/validate.cue", "engines/platform.cue"
	tests := []struct{ name, file, old, new, want string }{
		{"wrong type", engine, `"read-only"`, `3`, `
engines/validate.cue:7:11: engines.validate.class: class must be "read-only", "enforcement" or "materialization" [schema]`},
		{"wrong type without a sentence in the schema", engine, `ZETA: "z"`, `ZETA: ["x"]`, `
engines/validate.cue:10:14: engines.validate.env.ZETA is a list [schema]
    expected: a string
    fix: correct the value`},
		{"null", engine, `ZETA: "z"`, `ZETA: null`, `
engines/validate.cue:10:14: engines.validate.env.ZETA is null [schema]
    expected: a string
    fix: correct the value`},
		{"number", engine, `ZETA: "z"`, `ZETA: 3`, `
engines/validate.cue:10:14: engines.validate.env.ZETA is a whole number [schema]
    expected: a string
    fix: correct the value`},
		{"a struct where a scalar belongs", engine, `cache: true`, `cache: {}`, `
engines/validate.cue:15:30: engines.validate.steps.0.with.cache.output is missing [schema]
    expected: output names the id of the step, a dot, and the output of it
    fix: add it`},
		{"a fraction", engine, `cache: true`, `cache: 1.5`, `
engines/validate.cue:15:37: engines.validate.steps.0.with.cache: an input is a text, a bool, a whole number or {output: "step-id.name"} [schema]`},
		{"a string where a list belongs", platform, `["a.yml", "b/**"]`, `"a.yml"`, `
engines/platform.cue:22:21: platforms.task-assistant.routes.push.on.push.paths is a string [schema]
    expected: a list
    fix: correct the value`},
		{"value out of bounds", engine, `timeout_minutes: 5`, `timeout_minutes: 400`, `
engines/validate.cue:9:19: engines.validate.timeout_minutes: timeout_minutes must be a whole number from 1 to 350 [schema]`},
		{"pattern", engine, `["run.sh", `, `["run it", `, `
engines/validate.cue:11:10: engines.validate.files.0: invalid value "run it" [schema]
    expected: a string; it matches ^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$
    fix: correct the value`},
		{"two lines", engine, `Checks the`, `Checks\nthe`, `
engines/validate.cue:6:11: engines.validate.summary: a text on one line of at most 200 characters is expected, without control characters [schema]`},
		{"two lines for some readers", engine, `Checks the`, `Checks\u2028the`, `
engines/validate.cue:6:11: engines.validate.summary: a text on one line of at most 200 characters is expected, without control characters [schema]`},
		{"enumeration", platform, `"marketplace"`, `"market"`, `
engines/platform.cue:9:18: platforms.task-assistant.mode: mode must be "marketplace" or "development" [schema]`},
		{"repository", platform, `"acme/task-assistant"`, `"acme"`, `
engines/platform.cue:7:18: platforms.task-assistant.repository: a repository is written "owner/name" [schema]`},
		{"missing field", engine, `	class:   "read-only"` + "\n", ``, `
engines/validate.cue:5:10: engines.validate.class is missing [schema]
    expected: class bounds what the engine may write and how it may be started
    fix: add it`},
		{"missing field of a platform", platform, `	telemetry: repository: "{owner}/telemetry"` + "\n", ``, `
engines/platform.cue:5:12: platforms.task-assistant.telemetry is missing [schema]
    expected: telemetry says where the records go
    fix: add it`},
		{"missing field in a list", engine, "name: \"Run\"\n", "", `
engines/validate.cue:17:5: engines.validate.steps.1.name is missing [schema]
    expected: name says in the log what the step does
    fix: add it`},
		{"missing field in a pattern", platform, `on: workflow_dispatch: {}, `, ``, `
engines/platform.cue:25:3: platforms.task-assistant.routes.hand.on is missing [schema]
    expected: on names the events, in the terms of a workflow file
    fix: add it`},
		{"typo", engine, `summary:`, `sumary:`, `
engines/validate.cue:6:2: unknown field "sumary" in engines.validate [schema]
    expected: one of class, concurrency, env, files, inputs, matrix, permissions, reads_telemetry, runs_on, secrets, steps, summary, timeout_minutes, vars, waive
    fix: did you mean "summary"?`},
		{"typo in a list", engine, "run: \"\"\"", "runs: \"\"\"", `
engines/validate.cue:19:3: unknown field "runs" in engines.validate.steps.1 [schema]
    expected: one of env, id, name, run, script, shell, uses, with
    fix: did you mean "run"?`},
		{"typo in a pattern", platform, `on: workflow_dispatch: {}`, `on: workflow_dispach: {}`, `
engines/platform.cue:25:14: unknown field "workflow_dispach" in platforms.task-assistant.routes.hand.on [schema]
    expected: one of issues, push, repository_dispatch, schedule, workflow_dispatch
    fix: did you mean "workflow_dispatch"?`},
		{"unknown field", engine, "\tclass:", "\tretries: {group: \"x\"}\n\tclass:", `
engines/validate.cue:7:2: unknown field "retries" in engines.validate [schema]
    expected: one of class, concurrency, env, files, inputs, matrix, permissions, reads_telemetry, runs_on, secrets, steps, summary, timeout_minutes, vars, waive
    fix: remove it`},
		{"reserved field", engine, "\tclass:", "\tjobs: build: {}\n\tclass:", `
engines/validate.cue:7:8: engines.validate.jobs: an engine has steps, not jobs: its one job runs between preflight and emit [schema]`},
		{"a day that is none", engine, "\tclass:", "\twaive: [{rule: \"script-push\", reason: \"x\", until: \"2026-13-01\"}]\n\tclass:", `
engines/validate.cue:7:52: engines.validate.waive.0.until: until must be a day, written YYYY-MM-DD [schema]`},
		{"a waiver without a reason", engine, "\tclass:", "\twaive: [{rule: \"script-push\", until: \"2026-12-01\"}]\n\tclass:", `
engines/validate.cue:7:10: engines.validate.waive.0.reason is missing [schema]
    expected: reason says why the script is right as it is
    fix: add it`},
		{"key that is no variable", engine, `ZETA:`, `"ZE-TA":`, `
engines/validate.cue:10:8: engines.validate.env cannot have the key "ZE-TA" [schema]
    expected: env is added to the environment of every step
    fix: rename it`},
		{"a matrix of nothing", engine, `timeout_minutes: 5`, `matrix: go: [], timeout_minutes: 5`, `
engines/validate.cue:9:14: engines.validate.matrix.go is an empty list [schema]
    expected: at least one element
    fix: add one, or remove the field if it is optional`},
		{"a value of a matrix that is a list", engine, `timeout_minutes: 5`, `matrix: go: [[1]], timeout_minutes: 5`, `
engines/validate.cue:9:15: engines.validate.matrix.go.0: a value of a matrix is a text on one line, a bool or a whole number [schema]`},
		{"a variable of a matrix that is no name", engine, `timeout_minutes: 5`, `matrix: "go-version": [1], timeout_minutes: 5`, `
engines/validate.cue:9:10: engines.validate.matrix cannot have the key "go-version" [schema]
    expected: matrix runs the engine once for each combination of these values, side by side, each on a machine of its own; they arrive in the steps as environment variables, their names in upper case
    fix: rename it`},
		{"a variable that is a number", engine, `LEVEL: "info"`, `LEVEL: 3`, `
engines/validate.cue:16:15: engines.validate.steps.0.env.LEVEL: a variable is a text or {output: "step-id.name"} [schema]`},
		{"a result without a step", engine, `LEVEL: "info"`, `LEVEL: output: "version"`, `
engines/validate.cue:16:15: engines.validate.steps.0.env.LEVEL: a variable is a text or {output: "step-id.name"} [schema]`},
		{"a result of an empty name", engine, `cache: true`, `cache: {output: "node."}`, `
engines/validate.cue:15:37: engines.validate.steps.0.with.cache: an input is a text, a bool, a whole number or {output: "step-id.name"} [schema]`},
		{"a result of nothing", engine, `LEVEL: "info"`, `LEVEL: {}`, `
engines/validate.cue:16:8: engines.validate.steps.0.env.LEVEL.output is missing [schema]
    expected: output names the id of the step, a dot, and the output of it
    fix: add it`},
		{"a result with a typo", engine, `LEVEL: "info"`, `LEVEL: ouptut: "node.version"`, `
engines/validate.cue:16:15: engines.validate.steps.0.env.LEVEL: a variable is a text or {output: "step-id.name"} [schema]`},
		{"a result in the engine's environment", engine, `ZETA: "z"`, `ZETA: output: "node.version"`, `
engines/validate.cue:10:14: engines.validate.env.ZETA is a struct [schema]
    expected: a string
    fix: correct the value`},
		{"an id with a dot", engine, `name: "Set up"`, `name: "Set up", id: "set.up"`, `
engines/validate.cue:13:23: engines.validate.steps.0.id: an id is letters, digits, dashes and underscores, begins with a letter or one underscore, and is shorter than 100 characters [schema]`},
		{"an id of GitHub's own", engine, `name: "Set up"`, `name: "Set up", id: "__up"`, `
engines/validate.cue:13:23: engines.validate.steps.0.id: an id is letters, digits, dashes and underscores, begins with a letter or one underscore, and is shorter than 100 characters [schema]`},
		{"key of a route", platform, `hand: {`, `"By hand": {`, `
engines/platform.cue:25:3: platforms.task-assistant.routes cannot have the key "By hand" [schema]
    expected: routes lead from events to engines, by name
    fix: rename it`},
		{"empty list", engine, `[{` + "\n\t\tname: \"Set up\"", "[]\n\t_steps: [{\n\t\tname: \"Set up\"", `
engines/validate.cue:12:9: engines.validate.steps is an empty list [schema]
    expected: at least one element
    fix: add one, or remove the field if it is optional`},
		{"no value", engine, `"read-only"`, `string`, `
engines/validate.cue:7:11: engines.validate.class has no value, only a constraint [schema]
    expected: a string
    fix: write the value`},
		{"a choice", engine, `"z"`, `"y" | "z"`, `
engines/validate.cue:10:14: engines.validate.env.ZETA has no value, only a constraint [schema]
    expected: a string
    fix: write the value`},
		{"conflict in one file", engine, "\tclass:", "\tsummary: \"Other\"\n\tclass:", `
engines/validate.cue:6:11: engines.validate.summary: conflicting values "Other" and "Checks the configuration: \"all\" of it" [schema]
    engines/validate.cue:7:11: and here
    expected: one value
    fix: keep one of them`},
		{"unknown name", engine, `"read-only"`, `_clas`, `
engines/validate.cue:7:11: engines.validate.class: reference "_clas" not found [schema]
    expected: a name that the package declares
    fix: declare it, or put it in quotes if it is a text`},
		{"unknown definition", engine, `schema.#Engine`, `schema.#Engin`, `
engines/validate.cue:5:20: engines.validate: undefined field: #Engin [schema]
    expected: a name that is declared there
    fix: did you mean "#Engine"?`},
		{"value that came by reference", "engines/tidy.cue", `"enforcement"`, `"enforce"`, `
engines/tidy.cue:10:11: engines.tidy.class: class must be "read-only", "enforcement" or "materialization" [schema]
    engines/tidy.cue:14:9: and here`},
		{"field that came by reference", "engines/tidy.cue", `name: "Tidy up"`, `name: 7`, `
engines/tidy.cue:6:14: engines.tidy.steps.0.name: a text on one line of at most 200 characters is expected, without control characters [schema]`},
		{"engine that is no struct", "engines/tidy.cue", "schema.#Engine & {\n", "3\n_tidy: {\n", `
engines/tidy.cue:3:8: imported and not used: "github.com/task-assistant/tasc/schema" [schema]
    expected: imports that the file uses
    fix: use it, or remove the import`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := load(t, edited(t, tt.file, tt.old, tt.new))
			expect(t, found, tt.want)
		})
	}
}

// TestLoad_MoreFiles: what a file beside the good ones does to them.
func TestLoad_MoreFiles(t *testing.T) {
	tests := []struct{ name, add, want string }{
		{"nothing", "package engines\n", ""},
		{"definitions and hidden fields", "package engines\n#x: 1\n_y: 2\n", ""},
		{"a value spread over two files", "package engines\nengines: tidy: timeout_minutes: 5\n", ""},
		{"the same value again", "package engines\nengines: tidy: summary: \"Tidies\"\n", ""},
		{"another value", "package engines\nengines: tidy: summary: \"Other\"\n", `
engines/more.cue:2:25: engines.tidy.summary: conflicting values "Tidies" and "Other" [schema]
    engines/tidy.cue:9:11: and here
    expected: one value
    fix: keep one of them`},
		{"a copy that kept its name", "package engines\nengines: tidy: {\n\tsummary: \"Other\"\n\tclass: \"read-only\"\n\tsteps: [{name: \"a\", run: \"true\"}]\n\tsumary: \"x\"\n}\n", `
engines/more.cue:6:2: unknown field "sumary" in engines.tidy [schema]
    expected: one of class, concurrency, env, files, inputs, matrix, permissions, reads_telemetry, runs_on, secrets, steps, summary, timeout_minutes, vars, waive
    fix: did you mean "summary"?
engines/tidy.cue:8:10: the engine "tidy" is declared in two files that disagree [schema]
    engines/more.cue:2:10: it is declared here, too
    expected: a name of its own for each engine
    fix: rename one of the two`},
		{"engine without the schema", "package engines\nengines: x: {}\n", `
engines/more.cue:2:10: engines.x.class is missing [schema]
    expected: class bounds what the engine may write and how it may be started
    fix: add it
engines/more.cue:2:10: engines.x.steps is missing [schema]
    expected: steps are the engine's logic
    fix: add it
engines/more.cue:2:10: engines.x.summary is missing [schema]
    expected: summary says in one line what the engine does
    fix: add it`},
		{"engine that is a number", "package engines\nengines: x: 3\n", `
engines/more.cue:2:13: engines.x is a whole number [schema]
    expected: a struct
    fix: correct the value`},
		{"two wrong engines", "package engines\nengines: x: 3\nengines: y: \"a\"\n", `
engines/more.cue:2:13: engines.x is a whole number [schema]
    expected: a struct
    fix: correct the value
engines/more.cue:3:13: engines.y is a string [schema]
    expected: a struct
    fix: correct the value`},
		{"a pattern that breaks all", "package engines\nengines: [string]: class: \"x\"\n", `
engines/tidy.cue:10:11: engines.tidy.class: conflicting values "enforcement" and "x" [schema]
    engines/more.cue:2:27: and here
    engines/tidy.cue:14:9: and here
    expected: one value
    fix: keep one of them
engines/validate.cue:7:11: engines.validate.class: conflicting values "x" and "read-only" [schema]
    engines/more.cue:2:27: and here
    expected: one value
    fix: keep one of them`},
		{"a comprehension", "package engines\nengines: {for n in [\"x\"] {(n): {summary: n, class: \"odd\", steps: [{name: n}]}}}\n", `
engines/more.cue:2:52: engines.x.class: class must be "read-only", "enforcement" or "materialization" [schema]`},
		{"unknown field", "package engines\nengine: x: 1\n", `
engines/more.cue:2:1: unknown field "engine" [spec]
    expected: platforms or engines; shared values are definitions (#Name) or hidden fields (_name)
    fix: did you mean "engines"?`},
		{"unknown field, nothing like it", "package engines\nowner: \"acme\"\n", `
engines/more.cue:2:1: unknown field "owner" [spec]
    expected: platforms or engines; shared values are definitions (#Name) or hidden fields (_name)
    fix: rename it to _owner if specs share it, or remove it`},
		{"reference cycle", "package engines\n_a: _b + 1\n_b: _a + 1\nengines: tidy: timeout_minutes: _a\n", `
engines/more.cue:2:5: _a: cycle with field: _b [schema]
engines/more.cue:3:5: _b: cycle with field: _a [schema]
engines/more.cue:4:33: engines.tidy.timeout_minutes: timeout_minutes must be a whole number from 1 to 350 [schema]`},
		{"struct cycle", "package engines\n_a: {b: _a}\n", `
engines/more.cue:2:9: _a.b: structural cycle [schema]`},
		{"conflict in a hidden field", "package engines\n_x: 1 & 2\n", `
engines/more.cue:2:5: _x: conflicting values 2 and 1 [schema]
    engines/more.cue:2:9: and here
    expected: one value
    fix: keep one of them`},
		{"bottom", "package engines\n_x: _|_\n", `
engines/more.cue:2:5: explicit error (_|_ literal) in source [schema]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := load(t, with(t, "engines/more.cue", tt.add))
			expect(t, found, tt.want)
		})
	}
}

func TestLoad_Names(t *testing.T) {
	good := []string{"a", "a1", "a-b", "a-1", strings.Repeat("a", 60)}
	bad := []string{"", "..", ".", "Upper", "a--b", "-a", "a-", "1a", "a/b", `a\"b`, `a\nb`, "${{ x }}", "a b", " a", "a_b", "#a", "__a", "\u00fc", "\u0430",
		strings.Repeat("a", 61), strings.Repeat("a", 2000)}
	for _, name := range good {
		if _, found := load(t, edited(t, "engines/tidy.cue", "engines: tidy:", `engines: "`+name+`":`)); len(found) > 0 {
			t.Errorf("%q is refused:\n%s", name, text(found))
		}
	}
	for _, kind := range []string{"engines/tidy.cue engines: tidy:", `engines/platform.cue platforms: "task-assistant":`} {
		file, old, _ := strings.Cut(kind, " ")
		group, _, _ := strings.Cut(old, ":")
		for _, name := range bad {
			_, found := load(t, edited(t, file, old, group+`: "`+name+`":`))
			if len(found) != 1 || !strings.HasPrefix(found[0].Message, "the name ") || found[0].Line != 8 && found[0].Line != 5 || len(found[0].Message) > 400 {
				t.Errorf("%s %.40q: got\n%s", group, name, text(found))
			}
		}
	}
}

// TestLoad_ReservedNames: preflight writes a record of that name itself.
func TestLoad_ReservedNames(t *testing.T) {
	for _, name := range []string{"preflight", "emit"} {
		_, found := load(t, edited(t, "engines/tidy.cue", "engines: tidy:", "engines: "+name+":"))
		expect(t, found, `engines/tidy.cue:8:10: the engine name "`+name+`" is reserved: the records of the platform's own jobs have it [spec]
    expected: another name
    fix: rename it`)
	}
}
