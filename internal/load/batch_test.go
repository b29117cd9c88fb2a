package load

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// TestBatches: whatever a package says, in batches it gives the specs, the
// positions and the findings that it gives as a whole.
func TestBatches(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	const runs = 300
	batches := 0
	for i := range runs {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		fsys := randomPackage(r)
		o := Options{batch: 1 + r.IntN(3)}
		if sameBothWays(t, o, fsys) {
			batches++
		}
		if t.Failed() {
			t.Fatalf("seed %d, package %d, batches of %d:\n%s", seed, i, o.batch, dump(fsys))
		}
	}
	t.Logf("%d of %d packages were evaluated in batches", batches, runs)
	if batches < runs/10 {
		t.Errorf("only %d of %d packages were evaluated in batches: the test says too little", batches, runs)
	}
}

// TestBatches_Doubt: one snippet at a time beside engines that are local. Each
// could make a batch say something else than the whole.
func TestBatches_Doubt(t *testing.T) {
	for _, snippet := range append(doubtful, sharing...) {
		fsys := fstest.MapFS{}
		add(fsys, "engines/platform.cue", randomPlatform("p1"))
		for i := range 5 {
			add(fsys, fmt.Sprintf("engines/e%d.cue", i), plainEngine(i))
		}
		add(fsys, "engines/more.cue", "package engines\n"+snippet)
		sameBothWays(t, Options{batch: 2}, fsys)
		if t.Failed() {
			t.Fatalf("with\n%s", snippet)
		}
	}
}

// TestBatches_Used: what is said to be local is; a layout that doubts everything would pass the other tests.
func TestBatches_Used(t *testing.T) {
	for _, snippet := range sharing {
		fsys := fstest.MapFS{}
		add(fsys, "engines/platform.cue", randomPlatform("p1"))
		for i := range 5 {
			add(fsys, fmt.Sprintf("engines/e%d.cue", i), plainEngine(i))
		}
		add(fsys, "engines/more.cue", "package engines\n"+snippet)
		if lay, ok := (Options{}).layout(newPackage(fsys, "engines")); !ok || len(lay.local) < 5 {
			t.Errorf("%d local files (%t) beside\n%s", len(lay.local), ok, snippet)
		}
	}
}

// TestBatches_TwoPackages: a batch that holds the files of one package only does not show that there are two.
func TestBatches_TwoPackages(t *testing.T) {
	fsys := fstest.MapFS{}
	add(fsys, "engines/platform.cue", strings.Replace(randomPlatform("p1"), "package engines", "package other", 1))
	for i := range 5 {
		add(fsys, fmt.Sprintf("engines/e%d.cue", i), plainEngine(i))
	}
	sameBothWays(t, Options{batch: 1}, fsys)
}

// sameBothWays reports a difference, and returns whether the package was evaluated in batches.
func sameBothWays(t *testing.T, o Options, fsys fstest.MapFS) bool {
	t.Helper()
	_, inBatches := o.batched(newPackage(fsys, "engines"))
	got, gotFound := o.Load(fsys, "engines")
	want, wantFound := Options{batch: -1}.Load(fsys, "engines")
	if !reflect.DeepEqual(gotFound, wantFound) {
		t.Errorf("findings in batches:\n%s\nas a whole:\n%s", text(gotFound), text(wantFound))
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("in batches:\n%s\nas a whole:\n%s", show(got), show(want))
	}
	return inBatches
}

func show(v any) string {
	var b strings.Builder
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch {
		case v.Kind() == reflect.Pointer && !v.IsNil():
			walk(v.Elem())
		case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
			for i := range v.Len() {
				walk(v.Index(i))
				b.WriteByte('\n')
			}
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		default:
			fmt.Fprintf(&b, "%v ", v)
		}
	}
	walk(reflect.ValueOf(v))
	return b.String()
}

func dump(fsys fstest.MapFS) string {
	var b strings.Builder
	for name, f := range fsys {
		fmt.Fprintf(&b, "-- %s --\n%s", name, f.Data)
	}
	return b.String()
}

func add(fsys fstest.MapFS, name, text string) {
	fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
}

// pick returns one of the texts.
func pick(r *rand.Rand, texts []string) string { return texts[r.IntN(len(texts))] }

func randomPackage(r *rand.Rand) fstest.MapFS {
	fsys := fstest.MapFS{}
	add(fsys, "cue.mod/module.cue", "module: \"example.com/x\"\nlanguage: version: \"v0.14.0\"\n")
	add(fsys, "part/part.cue", "package part\n\nimport \"example.com/x/deep\"\n\n#Env: {PART: deep.text}\nminutes: 6\n")
	add(fsys, "deep/deep.cue", "package deep\n\ntext: \"deep\"\n")
	for i := range 1 + r.IntN(3) {
		name := fmt.Sprintf("p%d", i)
		add(fsys, "engines/"+name+".cue", randomPlatform(name))
	}
	for i := range 3 + r.IntN(6) {
		add(fsys, fmt.Sprintf("engines/e%d.cue", i), randomEngine(r, i))
	}
	shared := "package engines\n\n#Step: {name: \"Shared\", run: \"true\"}\n_minutes: 4\n_env: {A: \"1\", B: \"2\"}\n"
	for _, from := range []struct {
		odds  float64
		texts []string
	}{{0.5, sharing}, {0.3, sharing}, {0.1, doubtful}} {
		if r.Float64() < from.odds {
			add(fsys, fmt.Sprintf("engines/%c_more%d.cue", 'a'+rune(r.IntN(26)), r.IntN(10)), "package engines\n"+pick(r, from.texts))
		}
	}
	add(fsys, "engines/shared.cue", shared)
	return fsys
}

func randomPlatform(name string) string {
	return `package engines

import "github.com/task-assistant/tasc/schema"

platforms: ` + name + `: schema.#Platform & {
	title: "T", repository: "acme/x", visibility: "public", mode: "development", engine_ref: "dev"
	apps: {
		engine: {client_id: "Iv1", slug: "a", private_key_secret: "A"}
		telemetry: {client_id: "Iv2", slug: "b", private_key_secret: "B"}
	}
	handover_key_secret: "C", telemetry: repository: "acme/t", runner: delivery: "source"
	runs_on: {trusted: "ubuntu-24.04", engines: "ubuntu-24.04"}
	routes: push: {on: push: {}, stages: [{engines: ["e0"]}]}
	profiles: standard: routes: ["push"]
}
`
}

func plainEngine(i int) string {
	return fmt.Sprintf("package engines\n\nengines: e%d: {summary: \"Engine %d\", class: \"read-only\", steps: [{name: \"Run\", run: \"true\"}]}\n", i, i)
}

func randomEngine(r *rand.Rand, i int) string {
	imports, head, body, tail := "import \"github.com/task-assistant/tasc/schema\"\n", "schema.#Engine & ", "", ""
	for r.Float64() < 0.5 {
		body += "\t" + pick(r, valid) + "\n"
	}
	if strings.Contains(body, "part.") {
		imports += "import \"example.com/x/part\"\n"
	}
	if strings.Contains(body, "strings.") {
		imports += "import \"strings\"\n"
	}
	if r.Float64() < 0.05 {
		body += "\t" + pick(r, faults) + "\n"
	}
	if r.Float64() < 0.05 {
		body += "\t" + strings.ReplaceAll(pick(r, references), "OTHER", fmt.Sprintf("e%d", r.IntN(6))) + "\n"
	}
	if r.Float64() < 0.1 {
		tail = pick(r, beside)
	}
	if r.Float64() < 0.2 {
		head, imports = "", strings.Replace(imports, "import \"github.com/task-assistant/tasc/schema\"\n", "", 1)
	}
	label := fmt.Sprintf("e%d", i)
	if r.Float64() < 0.02 {
		label = pick(r, []string{"e0", "preflight", `"Not a name"`, "e1?", "(\"e9\")", "[\"e9\"]", "E=e9"})
	}
	return fmt.Sprintf("package engines\n\n%s\nengines: %s: %s{\n\tsummary: \"Engine %d\"\n\tclass: \"read-only\"\n%s\tsteps: [%s]\n}\n%s",
		imports, label, head, i, body, pick(r, []string{"#Step", "{name: \"Run\", run: \"true\"}", "#Step, {name: \"More\", uses: \"a/b@v1.2.3\", with: {z: 1, a: true}}"}), tail)
}

var (
	// valid are fields of an engine, whatever the others say.
	valid = []string{
		"timeout_minutes: _minutes", "timeout_minutes: 4", "timeout_minutes: part.minutes", "env: _env", "env: {Z: \"z\", A: \"1\"}", "env: part.#Env",
		"env: S: strings.ToUpper(\"s\")", "let local = \"x\", env: L: local", "if true {env: IF: \"if\"}", "for k in [\"K\"] {env: (k): k}", "_hidden: {a: 1, b: a}",
		"permissions: contents: \"read\"", "env: [string]: string", "env: N: summary",
	}
	// faults make findings.
	faults = []string{
		"sumary: \"x\"", "timeout_minutes: \"x\"", "timeout_minutes: 1000", "class: \"odd\"", "env: M: _missing", "env: C: 1 & 2", "env: C: \"a\" & \"b\"", "steps: []", "summary: string",
		"_a: _b\n\t_b: _a & {c: _a}", "env: E: _|_", "env: E: error(\"no\")", "jobs: {}", "files: [\"nosuch\"]", "env: {", "env: P: part.nosuch",
	}
	// references go from one engine to others.
	references = []string{
		"timeout_minutes: engines.OTHER.timeout_minutes", "env: engines.OTHER.env", "if engines.OTHER != _|_ {env: SEEN: \"OTHER\"}", "env: COUNT: \"\\(len(engines))\"",
		"for name, _ in engines {env: (name): \"x\"}", "env: {if len(platforms) > 1 {MANY: \"x\"}}", "_all: engines", "steps: engines.OTHER.steps", "env: {for k, v in self.env {(k): v}}",
	}
	// beside stand in the file of an engine.
	beside = []string{
		"let x = 1\n_use: x\n", "_own: {a: 1}\n", "#Own: string\n", "engines: e1: timeout_minutes: 4\n", "engines: e2: summary: \"Other\"\n", "platforms: p0: title: \"T\"\n", "platforms: p0: title: \"Other\"\n",
		"unknown: 1\n", "_n: len(engines)\n", "engines: e0: {}\n", "_|_\n",
	}
	// sharing is what a file may say while others stay local.
	sharing = []string{
		"", "#Unused: {a: int}\n", "_x: {y: \"z\"}\n", "let unused = 1\n_u: unused\n",
		"engines: [string]: timeout_minutes: 4\n", "engines: [=~\"[0-3]$\"]: env: PATTERN: \"p\"\n", "engines: [N=string]: env: NAME: N\n", "engines: [string]: X={env: SUMMARY: X.summary}\n",
		"engines: {let n = 4, [string]: timeout_minutes: n}\n", "engines: [string]: {class: \"read-only\", ...}\n", "engines: [!=\"e1\"]: timeout_minutes: <100\n", "platforms: [string]: title: \"T\"\n",
		"engines: {}\n", "engines: x1: {summary: \"X\", class: \"read-only\", steps: [#S]}\n#S: {name: \"S\", run: \"true\"}\n",
		"engines: {x1: {summary: \"X\", class: \"read-only\", steps: [{name: \"S\", run: \"true\"}]}, x2: x1}\n",
		"engines: [string]: class: \"enforcement\"\n", "engines: [string]: sumary: \"x\"\n", "import \"strings\"\n", "_c: 1 & 2\n", "other: 1\n", "#T: _t\n",
	}
	// doubtful is what could tell how many specs there are, or which.
	doubtful = []string{
		"_n: len(engines)\nengines: [string]: env: COUNT: \"\\(_n)\"\n", "_n: len(engines) & <3\n", "_n: len(self.engines)\nengines: [string]: env: COUNT: \"\\(_n)\"\n",
		"import \"struct\"\nengines: struct.MaxFields(3)\n", "import \"struct\"\nengines: {struct.MaxFields(3)}\n", "import \"struct\"\n#Few: struct.MaxFields(3)\nengines: #Few\n",
		"import \"struct\"\n#Few: struct.MaxFields(3)\nengines: {#Few, [string]: _}\n", "import \"struct\"\n{engines: struct.MaxFields(3)}\n", "import \"struct\"\nengines: {} & struct.MaxFields(3)\n",
		"E=engines: {}\n_n: len(E)\nengines: [string]: env: COUNT: \"\\(_n)\"\n", "engines: E={[string]: env: COUNT: \"\\(len(E))\"}\n", "let all = engines\nengines: [string]: env: COUNT: \"\\(len(all))\"\n",
		"@experiment(aliasv2)\n_x: 1\n", "#All: {engines: [string]: env: X: \"x\", ...}\n#All\n", "engines: close({e0: _, e1: _, e2: _})\n", "engines: {e0: _, ...}\n", "#E: {e0: _, e1: _}\nengines: #E\n",
		"_dyn: \"e1\"\nengines: (_dyn): env: D: \"d\"\n", "engines: \"\\(\"e1\")\": env: D: \"d\"\n", "engines: {for n in [\"e1\", \"e2\"] {(n): env: D: \"d\"}}\n", "engines: {if true {e1: env: D: \"d\"}}\n",
		"engines: e1?: env: D: \"d\"\n", "engines: e9?: env: D: \"d\"\n", "engines: e9!: env: D: \"d\"\n", "engines?: [string]: env: O: \"o\"\n", "engines!: {}\n", "_e: engines.e1\n", "_e: engines[\"e1\"].summary\n",
		"for name, e in engines {\"_\\(name)\": 1}\n", "if len(engines) > 3 {_few: 1 & 2}\n", "_seen: {for name, _ in engines {(name): true}}\nengines: [N=string]: {if len(_seen) > 2 {env: MANY: \"x\"}}\n",
		"engines: {e1: env: A1: \"1\"} & {e2: env: A2: \"2\"}\n", "engines: matchN(1, [{e0: _}])\n", "engines: {e0: _} | {e1: _}\n", "engines: 3\n", "engines: [1]\n", "platforms: P={[string]: title: \"\\(len(P))\"}\n",
		"engines: {_count: 3, [string]: timeout_minutes: _count}\n", "engines: #hidden: 3\n", "engines: e1: E={timeout_minutes: 4}\n", "engines: {self, [string]: _}\n",
		"engines: {A=[string]: timeout_minutes: 4}\n", "engines: {A=\"e1\": timeout_minutes: 4, [string]: env: T: \"\\(A.timeout_minutes)\"}\n", "engines: {e1: timeout_minutes: 4, e2: timeout_minutes: e1.timeout_minutes}\n",
		"engines: {[X=\"e1\"]: timeout_minutes: 4}\n", "engines: {e1: _, [string]: env: C: e1.summary}\n",
	}
)
