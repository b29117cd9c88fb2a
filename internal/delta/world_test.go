package delta_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"reflect"

	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/delta"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/spec"
)

// silent are the places of generated workflows that can be changed without a change of what they may do.
var silent = []string{
	"/on/workflow_call/secrets", // who is handed a secret says so where it is used
	"/persist-credentials=",     // whatever is not false keeps them
	"without /-/permissions",    // every job has its own
	"/permissions",              // {} once more than the whole file says it
	"/steps/-/name",             // a step runs as well without a name
}

// TestClosedWorld takes every entry out of generated workflows, one at a time, and changes every value: each has to be a change.
func TestClosedWorld(t *testing.T) {
	trees := read(t).trees
	tree := trees[0]
	for _, name := range []string{"platform/.github/workflows/engine-lint.yml", "platform/.github/workflows/dispatcher.yml", "host/all/.github/workflows/demo.yml"} {
		i := slices.IndexFunc(tree.Files, func(f delta.File) bool { return f.Path == name })
		tried, quiet := 0, 0
		for n, m := range mutants(t, tree.Files[i].Data) {
			if strings.Contains(m.place, "=") && n%3 > 0 {
				continue // of the values a third will do: there are many alike
			}
			other := delta.Tree{Platform: tree.Platform, Files: slices.Clone(tree.Files)}
			other.Files[i].Data = m.data
			old, new := delta.ReadBoth([]delta.Tree{tree}, []delta.Tree{other})
			tried++
			if len(delta.Compare(old, new)) > 0 {
				continue
			}
			quiet++
			if !slices.ContainsFunc(silent, func(s string) bool { return strings.Contains(m.place, s) }) {
				t.Errorf("%s: %s changes nothing", path.Base(name), m.place)
			}
		}
		t.Logf("%s: %d changes, %d silent", path.Base(name), tried, quiet)
		if tried < 50 {
			t.Errorf("%s: only %d changes were tried", name, tried)
		}
	}
}

type mutant struct {
	place string
	data  []byte
}

// mutants are a workflow without each of its entries, and with each of its values changed.
func mutants(t *testing.T, data []byte) []mutant {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var out []mutant
	note := func(place string) {
		var b bytes.Buffer
		enc := yaml.NewEncoder(&b)
		if err := enc.Encode(&doc); err != nil {
			t.Fatal(err)
		}
		out = append(out, mutant{place, b.Bytes()})
	}
	var walk func(n *yaml.Node, place string)
	walk = func(n *yaml.Node, place string) {
		for i, c := range n.Content {
			whole := n.Content
			at, size, from := place+"/-", 1, i
			if n.Kind == yaml.MappingNode {
				if i%2 == 0 {
					continue
				}
				at, size, from = place+"/"+n.Content[i-1].Value, 2, i-1
			}
			if n.Kind != yaml.DocumentNode {
				n.Content = slices.Delete(slices.Clone(whole), from, from+size)
				note("without " + at)
				n.Content = whole
			}
			if c.Kind == yaml.ScalarNode {
				was := c.Value
				c.Value = was + "x"
				note(at + "=" + c.Value)
				c.Value = was
			}
			walk(c, at)
		}
	}
	walk(&doc, "")
	return out
}

// TestGates: a dispatcher that does not hold back what the routes say is found, whatever else is changed with it.
func TestGates(t *testing.T) {
	trees := read(t).trees
	tree := trees[0]
	i := slices.IndexFunc(tree.Files, func(f delta.File) bool { return f.Path == "platform/.github/workflows/dispatcher.yml" })
	for _, tt := range []struct{ name, old, new, want string }{
		{"a need", "needs: [plan, preflight, engine-lint]", "needs: [plan, preflight]", "widened gate-missing: engine report, job call: the routes demand what is not there: needs: engine-lint"},
		{"when", " && needs.engine-lint.outputs.ok == 'true'", "", "widened gate-missing: engine report, job call: the routes demand what is not there: if: the routes that run the engine, and their stages"},
		{"a route", "needs.plan.outputs.route == 'push' ||", "needs.plan.outputs.route != 'push' ||", "widened gate-missing: engine lint, job call: the routes demand what is not there: if: the routes that run the engine, and their stages"},
		{"preflight", "needs.preflight.outputs.ok == 'true' &&\n", "", "widened gate: engine lint, job call; engine report, job call: no longer only if needs.preflight.outputs.ok == 'true'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := string(tree.Files[i].Data)
			if !strings.Contains(text, tt.old) {
				t.Fatalf("the dispatcher does not hold %q:\n%s", tt.old, text)
			}
			text = strings.ReplaceAll(text, tt.old, tt.new)
			other := delta.Tree{Platform: tree.Platform, Files: slices.Clone(tree.Files)}
			other.Files[i].Data = []byte(text)
			got := lines(delta.Compare(delta.Read([]delta.Tree{tree}), delta.Read([]delta.Tree{other})))
			if !slices.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), tt.want)
			}
		})
	}
}

// TestBytes: what is no workflow is told, too.
func TestBytes(t *testing.T) {
	trees := read(t).trees
	for _, tt := range []struct{ file, old, new, want string }{
		{"platform/runner/go.mod", "module", "module  ", "changed runner: file platform/runner/go.mod of the runner has changed"},
		{"platform/schema/telemetry-record.v1.schema.json", "{", "{ ", "changed file: file platform/schema/telemetry-record.v1.schema.json has changed"},
		{"org/workflow-templates/all.yml", "permissions: {}", "permissions: read-all", "widened template: new workflow template all, which is not the profile's stub"},
		{"platform/runner/facts.json", "{", "[", `widened unreadable: a file that cannot be judged: `},
		{"manifest.json", "{", "[", `widened unreadable: a file that cannot be judged: `},
		{"platform/.github/workflows/preflight.yml", "# Generated", "# Made", ""},
	} {
		tree := trees[0]
		i := slices.IndexFunc(tree.Files, func(f delta.File) bool { return f.Path == tt.file })
		other := delta.Tree{Platform: tree.Platform, Files: slices.Clone(tree.Files)}
		other.Files[i].Data = bytes.Replace(tree.Files[i].Data, []byte(tt.old), []byte(tt.new), 1)
		old, new := delta.ReadBoth([]delta.Tree{tree}, []delta.Tree{other})
		r := delta.NewReport("a", "b", old, new)
		if got := lines(r.Changes); tt.want == "" && (len(got) > 0 || !slices.Equal(r.SameEffect, []string{other.Files[i].At})) || tt.want != "" && !slices.ContainsFunc(got, func(l string) bool { return strings.HasPrefix(l, tt.want) }) {
			t.Errorf("%s: %q, same effect %q; want %q", tt.file, got, r.SameEffect, tt.want)
		}
	}
}

// TestLock: a proof that is lost, and other actions inside of an action.
func TestLock(t *testing.T) {
	of := func(proof string, uses ...string) delta.Surface {
		return delta.Read(nil).Declare(&spec.Set{}, &lock.Lock{Actions: []lock.Action{{Key: "a/b@v1.0.0", Proof: proof, Uses: uses}}})
	}
	for _, tt := range []struct {
		old, new delta.Surface
		want     []string
	}{
		{of("release"), of("unproven"), []string{"widened lock: what the lock says of a/b@v1.0.0 is unproven, and was proven"}},
		{of("unproven"), of("release"), []string{"narrowed lock: what the lock says of a/b@v1.0.0 is proven, and was unproven"}},
		{of("release"), of("release", "c/d@v1.0.0"), []string{"widened lock: what the lock says of a/b@v1.0.0 is proven, c/d@v1.0.0, and was proven"}},
		{of("release"), delta.Read(nil), []string{}},
	} {
		if got := lines(delta.Compare(tt.old, tt.new)); !slices.Equal(got, tt.want) {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestSeveralPlatforms: a second one is named where it matters, and nothing is said of the first.
func TestSeveralPlatforms(t *testing.T) {
	trees := read(t).trees
	second := delta.Tree{Platform: "second", Files: slices.Clone(trees[0].Files)}
	both := []delta.Tree{trees[0], second}
	if got := lines(delta.Compare(delta.Read(trees), delta.Read(both))); len(got) != 1 || got[0] != "widened platform: new platform second" {
		t.Errorf("%q", got)
	}
	changed := delta.Tree{Platform: "second", Files: slices.Clone(second.Files)}
	i := slices.IndexFunc(changed.Files, func(f delta.File) bool { return f.Path == "platform/runner/facts.json" })
	changed.Files[i].Data = bytes.Replace(changed.Files[i].Data, []byte(`"contents": "read"`), []byte(`"contents": "write"`), 1)
	got := lines(delta.Compare(delta.Read(both), delta.Read([]delta.Tree{trees[0], changed})))
	if !slices.Contains(got, "widened permission: platform second, engine lint: the engine's token has contents: write, and had read") {
		t.Errorf("%q", got)
	}
}

// TestWrite: the four forms of one report, and that they are the same each time.
func TestWrite(t *testing.T) {
	const evil = "jobs: {a: {steps: [{uses: \"a/`b`\\e[31m@v1\", env: {T: \"${{ secrets.T }}\"}}]}}"
	r := delta.NewReport("x\n::error::y", "new", workflow([]byte("jobs: {}")), workflow([]byte(evil)))
	r.Fails = func(d delta.Direction) bool { return d == delta.Widened }
	for _, format := range delta.Formats {
		var first bytes.Buffer
		for range 5 {
			var b bytes.Buffer
			if err := r.Write(&b, format); err != nil {
				t.Fatal(err)
			}
			if first.Len() > 0 && first.String() != b.String() {
				t.Errorf("%s is not the same each time", format)
			}
			first = b
		}
		text := first.String()
		if strings.ContainsAny(text, "\x1b\r") {
			t.Errorf("%s has a control character: %q", format, text)
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") != (format == "github" && !strings.HasPrefix(line, "tasc diff ")) {
				t.Errorf("%s has the line %q", format, line)
			}
		}
		if format == "json" {
			var back delta.Report
			if err := json.Unmarshal(first.Bytes(), &back); err != nil || !reflect.DeepEqual(back.Changes, r.Changes) {
				t.Errorf("json: %v, %v", err, back)
			}
			continue
		}
		if format == "markdown" && !strings.Contains(text, "`` workflow ci.yml: new job a ``") && !strings.Contains(text, "`` new: a/`b`<U+001B>[31m ``") {
			t.Errorf("markdown:\n%s", text)
		}
	}
}

// TestKinds: the table is whole, and docs/diff.md shows it. UPDATE=1 rewrites the page.
func TestKinds(t *testing.T) {
	var b strings.Builder
	b.WriteString("| kind | widened where | because |\n|---|---|---|\n")
	seen, groups := map[string]bool{}, []string{}
	for _, k := range delta.Kinds {
		if seen[k.ID] || k.Group == "" || (k.Widens == "") != (k.Why == "") || k.Added+k.Changed == "" {
			t.Errorf("%+v is not whole, or stands there twice", k)
		}
		seen[k.ID] = true
		if !slices.Contains(groups, k.Group) {
			groups = append(groups, k.Group)
		} else if groups[len(groups)-1] != k.Group {
			t.Errorf("%s is not beside the others of its group %s, which people would read twice", k.ID, k.Group)
		}
		widens, why := k.Widens, k.Why
		if widens == "" {
			widens = "never"
		}
		b.WriteString("| `" + k.ID + "` | " + widens + " | " + why + " |\n")
	}
	const page = "../../docs/diff.md"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- the table of internal/delta/kind.go -->\n", "<!-- end of the table -->\n"
	before, rest, ok := strings.Cut(string(data), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/diff.md has no place for the table")
	}
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(page, []byte(before+begin+b.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if table != b.String() {
		t.Errorf("docs/diff.md has\n%s\nthe table is\n%s", table, b.String())
	}
}

// FuzzRead: whatever the bytes are, they are read and compared without a panic, a file is the same as itself, and nothing
// that is said can steer a terminal.
func FuzzRead(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/workflows.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, a := range archive.Files {
		f.Add(a.Data, []byte("jobs: {}"))
	}
	f.Add([]byte(`{"platform": "x", "routes": [{"name": "a", "stages": [{"engines": ["b"]}]}]}`), []byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, x, y []byte) {
		tree := func(data []byte) []delta.Tree {
			return []delta.Tree{{Files: []delta.File{{Path: "a.yml", Data: data}}}, {Platform: "p", Files: []delta.File{
				{Path: "platform/runner/facts.json", Data: data}, {Path: "manifest.json", Data: data}, {Path: "platform/.github/workflows/dispatcher.yml", Data: data}}}}
		}
		old, new := delta.Read(tree(x)), delta.Read(tree(y))
		if same := delta.Compare(old, old); len(same) > 0 {
			t.Errorf("compared with itself: %v", same)
		}
		there, back := delta.Compare(old, new), delta.Compare(new, old)
		for _, c := range slices.Concat(there, back) {
			if strings.ContainsFunc(c.Message+c.Subject+c.File+c.Before+c.After+strings.Join(c.Details, "")+strings.Join(c.Places, ""), func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e }) {
				t.Errorf("%+v", c)
			}
		}
		a, b := delta.ReadBoth(tree(x), tree(y))
		if short := delta.Compare(a, b); !reflect.DeepEqual(lines(short), lines(there)) {
			t.Errorf("ReadBoth: %v, Read: %v", lines(short), lines(there))
		}
	})
}
