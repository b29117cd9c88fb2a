package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// badInputs is the table of TestBadInput. Each is done to a project without faults.
var badInputs = []badInput{
	{name: "a spec nobody may read", do: forbid("engines/lint.cue")},
	{name: "a spec folder nobody may read", do: forbid("engines")},
	{name: "an empty spec folder", do: steps(remove("engines"), folder("engines"))},
	{name: "empty specs", do: steps(put("engines/lint.cue", ""), put("engines/platform.cue", ""))},
	{name: "a binary", do: put("engines/more.cue", "\x7fELF\x02\x01\x01\x00\x00")},
	{name: "Latin-1", do: put("engines/more.cue", "package engines\n\n// caf\xe9\n")},
	{name: "UTF-16", do: put("engines/more.cue", "\xff\xfep\x00a\x00c\x00")},
	{name: "100 MB", do: large("engines/more.cue", 100<<20)},
	{name: "a pipe instead of a spec", do: pipe("engines/more.cue")},
	{name: "a folder named as a spec, and specs in it", do: steps(remove("engines/lint.cue"), put("engines/lint.cue/lint.cue", "package engines\n"))},
	{name: "deep braces", do: put("engines/more.cue", "package engines\n_x: "+strings.Repeat("{a:", 1_000_000)+"1")},
	{name: "deep brackets", do: put("engines/more.cue", "package engines\n_x: "+strings.Repeat("[", 1_000_000))},
	{name: "a deep reference", do: put("engines/more.cue", "package engines\nengines: lint: env: A: engines"+strings.Repeat(".a", 50_000)+"\n")},
	{name: "an expression without an end", do: put("engines/more.cue", "package engines\n_x: "+strings.Repeat("1+", 100_000))},
	{name: "a structure that holds itself", do: put("engines/more.cue", "package engines\n_a: {b: _a}\n")},
	{name: "a merge conflict", do: put("engines/more.cue", "package engines\n<<<<<<< HEAD\n_a: 1\n=======\n_a: 2\n>>>>>>> topic\n")},
	{name: "YAML", do: put("engines/more.cue", "engines:\n  more:\n    - a\n")},
	{name: "an unknown module", do: put("engines/more.cue", "package engines\n\nimport \"example.com/steps\"\n\n_x: steps.x\n")},
	{name: "an unknown standard package", do: put("engines/more.cue", "package engines\n\nimport \"stringz\"\n\n_x: stringz.x\n")},
	{name: "@tag", do: put("engines/more.cue", "package engines\n\n_x: string @tag(x)\n")},
	{name: "@if", do: put("engines/more.cue", "@if(x)\n\npackage engines\n")},
	{name: "@embed", do: put("engines/more.cue", "@extern(embed)\n\npackage engines\n\n_x: _ @embed(file=\"/etc/passwd\",type=text)\n")},
	{name: "a link out of the tree", do: steps(put("../secret.cue", "package engines\n_secret: \"s3cret\"\n"), link("engines/more.cue", "../../secret.cue"))},
	{name: "a link to nowhere", do: link("engines/more.cue", "nowhere.cue")},
	{name: "a link to itself", do: link("engines/more.cue", "more.cue")},
	{name: "a spec folder out of the tree", do: steps(move("engines", "../elsewhere"), link("engines", "../elsewhere"))},
	{name: "a source out of the tree", do: steps(remove("engines/lint.sh"), link("engines/lint.sh", "/etc/passwd"))},
	{name: "a source of 100 MB", do: large("engines/lint.sh", 100<<20)},
	{name: "a pipe instead of a source", do: steps(remove("engines/lint.sh"), pipe("engines/lint.sh"))},

	{name: "names that differ only in case", do: engine(`"Lint"`)},
	{name: "the name preflight", do: engine(`"preflight"`)},
	{name: "the name emit", do: engine(`"emit"`)},
	{name: "the name ..", do: engine(`".."`)},
	{name: "an empty name", do: engine(`""`)},
	{name: "a name of 2,000 characters", do: engine(`"` + strings.Repeat("a", 2000) + `"`)},
	{name: "a name with a slash", do: engine(`"../../etc/x"`)},
	{name: "a name with quotes", do: engine(`"a\"b'c"`)},
	{name: "a name with a newline", do: engine(`"a\n    runs-on: evil"`)},
	{name: "a name with an expression", do: engine(`"${{ secrets.ENGINE_KEY }}"`)},
	{name: "a name with control characters", do: engine(`"a\u001b[2J\u202eb"`)},
	{name: "a name in other letters", do: engine(`"l\u0456nt"`)},

	{name: "cron with a word", do: cron("@daily")},
	{name: "cron with six fields", do: cron("0 0 3 * * *")},
	{name: "cron every minute", do: cron("* * * * *")},
	{name: "cron that wraps round the hour", do: cron("2,58 * * * *")},
	{name: "cron out of bounds", do: cron("0 25 * * *")},
	{name: "cron that is empty", do: cron("")},
	{name: "cron with numbers that overflow", do: cron("99999999999999999999 * * * *")},
	{name: "cron with a step of nothing", do: cron("*/0 * * * *")},
	{name: "cron with a newline", do: cron(`0 3 * * *\n  push:`)},
	{name: "cron with a day that no month has", do: cron("0 3 31 2 *")},
	{name: "cron of 5,000 parts", do: cron(strings.Repeat("1,", 5000) + "1 * * * *")},

	{name: "49 engines", do: engines(48)},
	{name: "26 dispatch inputs", do: dispatchInputs(24)},

	{name: "a script of 600 KB", do: replace("engines/lint.cue", `run: "engines/lint.sh"`, `run: "echo `+strings.Repeat("x", 600<<10)+`"`)},
	{name: "a step's environment of 600 KB", do: replace("engines/lint.cue", `run: "engines/lint.sh"`, `run: "engines/lint.sh", env: TEXT: "`+strings.Repeat("x", 600<<10)+`"`)},
	{name: "a concurrency group of 411 characters", do: replace("engines/lint.cue", "class:", `inputs: {a: {type: "choice", options: ["`+strings.Repeat("x", 200)+`"], from: workflow_dispatch: true, required: false}, b: a}, concurrency: by: ["a", "b"]
	class:`)},
	{name: "an engine on 1,000 routes", do: routes(1000)},

	{name: "a lock of another version", do: replace("engines/tasc.lock", `"version": 1`, `"version": 2`)},
	{name: "a lock that is cut off", do: cut("engines/tasc.lock", 300)},
	{name: "an empty lock", do: put("engines/tasc.lock", "")},
	{name: "a lock with a key that stands twice", do: replace("engines/tasc.lock", `"version": 1,`, `"version": 1, "actions": {},`)},
	{name: "a lock with a merge conflict", do: replace("engines/tasc.lock", `  "actions"`, "<<<<<<< HEAD\n=======\n>>>>>>> topic\n  \"actions\"")},
	{name: "a lock of 100 MB", do: large("engines/tasc.lock", 100<<20)},
	{name: "a lock that is a pipe", do: steps(remove("engines/tasc.lock"), pipe("engines/tasc.lock"))},
	{name: "a lock that is a folder", do: steps(remove("engines/tasc.lock"), folder("engines/tasc.lock"))},
	{name: "a lock nobody may read", do: forbid("engines/tasc.lock")},
	{name: "a lock out of the tree", do: steps(move("engines/tasc.lock", "../tasc.lock"), link("engines/tasc.lock", "../../tasc.lock"))},

	{name: "an output folder that is a file", do: put("generated", "mine\n")},
	{name: "a platform's output folder that is a file", do: put("generated/demo", "mine\n")},
	{name: "an output folder out of the tree", do: link("generated", "/tmp")},
	{name: "an output folder that is a pipe", do: pipe("generated")},
	{name: "an output folder nobody may read", before: []string{"generate"}, do: forbid("generated/demo")},
	{name: "a generated file nobody may read", before: []string{"generate"}, do: forbid("generated/demo/manifest.json"), args: []string{"check"}},
	{name: "a folder that nobody may write to", do: lockFolder(".")},
	{name: "an output folder that nobody may write to", before: []string{"generate"}, do: steps(replace("engines/platform.cue", `"Demo"`, `"Other"`), lockFolder("generated/demo"))},
	{name: "a generated folder that nobody may write to", before: []string{"generate"}, do: steps(replace("engines/platform.cue", `"Demo"`, `"Other"`), lockFolder("generated/demo/platform/.github/workflows"))},
	{name: "no room for a file", do: nothing, limit: 1},
	{name: "no room for a file, over what was generated", before: []string{"generate"}, do: replace("engines/platform.cue", `"Demo"`, `"Other"`), limit: 1},
	{name: "a manifest that is a pipe", do: pipe("generated/demo/manifest.json")},
	{name: "a manifest of 100 MB", do: large("generated/demo/manifest.json", 100<<20)},
	{name: "a file of 1 GB among those that are generated", before: []string{"generate"}, do: large("generated/demo/platform/core", 1<<30)},
	{name: "a file of 1 GB where a workflow belongs", before: []string{"generate"}, do: large("generated/demo/platform/.github/workflows/dispatcher.yml", 1<<30)},
	{name: "a pipe among the files that are generated", before: []string{"generate"}, do: pipe("generated/demo/platform/pipe")},

	{name: "more for the schema in cue.mod/usr", do: steps(loosen("cue.mod/usr/github.com/task-assistant/tasc/schema/x.cue"), replace("engines/lint.cue", "class:", "retries: 3\n\tclass:"))},
	{name: "more for the schema in cue.mod/pkg", do: steps(loosen("cue.mod/pkg/github.com/task-assistant/tasc/schema/x.cue"), replace("engines/lint.cue", "class:", "retries: 3\n\tclass:"))},
	{name: "a module that is the schema's", do: steps(put("cue.mod/module.cue", "module: \"github.com/task-assistant/tasc@v0\"\n"), loosen("schema/x.cue"), replace("engines/lint.cue", "class:", "retries: 3\n\tclass:"))},
	{name: "a module file that is broken", do: put("cue.mod/module.cue", "module: {")},
	{name: "a module file that is a binary", do: put("cue.mod/module.cue", "\x7fELF\x00\xff")},
	{name: "a copy of the schema that is a pipe", do: pipe("cue.mod/pkg/github.com/task-assistant/tasc/schema/engine.cue"), before: []string{"generate"}, args: []string{"check"}},

	{name: "specs of another folder", do: nothing, args: []string{"vet", "--spec", "../../etc"}},
	{name: "a project that is a file", do: put("file", ""), args: []string{"vet", "-C", "file"}},
	{name: "a revision of no repository", do: nothing, args: []string{"diff", "main"}},
	{name: "a revision that is an option", do: nothing, args: []string{"diff", "--", "--output=x"}},
	{name: "a revision with a newline", do: nothing, args: []string{"diff", "main\n--output=x"}},
	{name: "a workflow of 100 MB to compare", do: steps(put("a/ci.yml", "on: push\n"), large("b/ci.yml", 100<<20)), args: []string{"diff", "a/ci.yml", "b/ci.yml"}},
	{name: "a pipe to compare", do: steps(put("a/ci.yml", "on: push\n"), pipe("b/ci.yml")), args: []string{"diff", "a/ci.yml", "b/ci.yml"}},
	{name: "a workflow out of the tree to compare", do: steps(put("a/ci.yml", "on: push\n"), link("b/ci.yml", "/etc/passwd")), args: []string{"diff", "a/ci.yml", "b/ci.yml"}},
	{name: "specs with a fault to compare", do: steps(put("before/engines/a.cue", "package engines\n")), args: []string{"diff", "before", "."}},
	{name: "a gate of no kind", do: nothing, args: []string{"diff", "main", "--fail-on", "narrowed"}},
	{name: "a format that is none", do: nothing, args: []string{"vet", "--format", "xml"}},
}

func nothing(*testing.T, string) {}

type act = func(t *testing.T, dir string)

func steps(acts ...act) act {
	return func(t *testing.T, dir string) {
		for _, a := range acts {
			a(t, dir)
		}
	}
}

// at is an act on one file; name is relative to the project.
func at(name string, do func(full string) error) act {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := do(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
}

// made is at, for a file whose folder may not be there.
func made(name string, do func(full string) error) act {
	return at(name, func(full string) error {
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		return do(full)
	})
}

func put(name, text string) act {
	return made(name, func(full string) error { return os.WriteFile(full, []byte(text), 0o644) })
}

func link(name, target string) act {
	return made(name, func(full string) error { return os.Symlink(filepath.FromSlash(target), full) })
}

func pipe(name string) act {
	return made(name, func(full string) error { return syscall.Mkfifo(full, 0o644) })
}

// large makes a file of n bytes that takes no room on the disk.
func large(name string, n int64) act {
	return made(name, func(full string) error {
		if err := os.WriteFile(full, nil, 0o644); err != nil {
			return err
		}
		return os.Truncate(full, n)
	})
}

func folder(name string) act {
	return at(name, func(full string) error { return os.Mkdir(full, 0o755) })
}
func remove(name string) act { return at(name, os.RemoveAll) }
func forbid(name string) act { return at(name, func(full string) error { return os.Chmod(full, 0) }) }
func lockFolder(name string) act {
	return at(name, func(full string) error { return os.Chmod(full, 0o555) })
}
func loosen(name string) act {
	return put(name, "package schema\n#Engine: {retries?: _, ...}\n#Step: {...}\n#Platform: {...}\n")
}

func cut(name string, n int64) act {
	return at(name, func(full string) error { return os.Truncate(full, n) })
}

func move(from, to string) act {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, filepath.FromSlash(to))); err != nil {
			t.Fatal(err)
		}
	}
}

func replace(name, old, text string) act {
	return at(name, func(full string) error {
		data, err := os.ReadFile(full)
		if err == nil && strings.Count(string(data), old) != 1 {
			err = fmt.Errorf("%s does not hold %q once", name, old)
		}
		if err != nil {
			return err
		}
		return os.WriteFile(full, []byte(strings.Replace(string(data), old, text, 1)), 0o644)
	})
}

// engine declares one more engine; name is its label in CUE.
func engine(name string) act {
	return put("engines/more.cue", "package engines\n\nengines: "+name+": {summary: \"s\", class: \"read-only\", steps: [{name: \"n\", run: \"true\"}]}\n")
}

// cron starts the platform's route at times too.
func cron(text string) act {
	return replace("engines/platform.cue", `on: push: {},`, `on: {push: {}, schedule: [{cron: "`+text+`"}]},`)
}

// engines adds n engines to the platform.
func engines(n int) act {
	var specs, names strings.Builder
	for i := range n {
		fmt.Fprintf(&specs, "engines: e%d: {summary: \"s\", class: \"read-only\", steps: [{name: \"n\", run: \"true\"}]}\n", i)
		fmt.Fprintf(&names, ", \"e%d\"", i)
	}
	return steps(put("engines/more.cue", "package engines\n\n"+specs.String()), replace("engines/platform.cue", `["lint"]`, `["lint"`+names.String()+`]`))
}

// routes gives the platform n routes more, all of one engine.
func routes(n int) act {
	var specs, names strings.Builder
	for i := range n {
		fmt.Fprintf(&specs, "r%d: {on: workflow_dispatch: {}, stages: [{engines: [\"lint\"]}]}\n", i)
		fmt.Fprintf(&names, ", \"r%d\"", i)
	}
	return steps(put("engines/more.cue", "package engines\n\nplatforms: demo: routes: {\n"+specs.String()+"}\n"), replace("engines/platform.cue", `["push"]`, `["push"`+names.String()+`]`))
}

// dispatchInputs gives the engine n inputs that people fill in.
func dispatchInputs(n int) act {
	var inputs strings.Builder
	for i := range n {
		fmt.Fprintf(&inputs, "i%d: {type: \"string\", from: workflow_dispatch: true, required: false}\n", i)
	}
	return steps(replace("engines/lint.cue", `class:`, "inputs: {\n"+inputs.String()+"}\n\tclass:"), replace("engines/platform.cue", `on: push: {}`, `on: workflow_dispatch: {}`))
}
