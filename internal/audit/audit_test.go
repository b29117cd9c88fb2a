package audit_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/task-assistant/tasc/internal/audit"
	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/explain"
	"github.com/task-assistant/tasc/internal/lock"
)

// Each testdata/<rule-id>.txtar says why the rule is there, and then lists cases as those of package
// validate do: "bad: what" with edits of base.txtar, "want: what" with the findings word for word, and
// "good: what", whose edits lead to none. UPDATE=1 rewrites the wants.
func TestRules(t *testing.T) {
	base := cases(t, "testdata/base.txtar").Files
	for _, rule := range audit.Rules {
		t.Run(rule.ID, func(t *testing.T) {
			name := filepath.Join("testdata", rule.ID+".txtar")
			c := cases(t, name)
			out := &txtar.Archive{Comment: []byte(c.Why + "\n")}
			good := 0
			for _, one := range c.List {
				got := judge(t, base, one.Edits)
				if one.Good {
					good++
					out.Files = append(out.Files, txtar.File{Name: "good: " + one.What, Data: []byte(one.Edits)})
				} else {
					out.Files = append(out.Files, txtar.File{Name: "bad: " + one.What, Data: []byte(one.Edits)}, txtar.File{Name: "want: " + one.What, Data: []byte(got)})
				}
				if !one.Good && !strings.Contains(got, " ["+rule.ID+"]\n") {
					t.Errorf("%s: the rule says nothing:\n%s", one.What, got)
				}
				if (one.Good || os.Getenv("UPDATE") != "1") && got != one.Want {
					t.Errorf("%s: got\n%swant\n%s", one.What, got, one.Want)
				}
			}
			if good == 0 || good == len(c.List) {
				t.Errorf("%d of %d cases are good; a rule needs one of each kind at least", good, len(c.List))
			}
			if os.Getenv("UPDATE") == "1" {
				if err := os.WriteFile(name, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func cases(t *testing.T, name string) explain.Cases {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := explain.ParseCases(data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// judge edits the base and judges the files that Find lists in it.
func judge(t *testing.T, base map[string]string, edits string) string {
	t.Helper()
	files, err := explain.Edit(base, edits)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	names, err := audit.Find(fsys)
	if err != nil {
		t.Fatal(err)
	}
	var in []audit.File
	for _, name := range names {
		in = append(in, audit.File{Name: name, Data: fsys[name].Data})
	}
	lk, found := lock.Parse("engines/tasc.lock", []byte(files["engines/tasc.lock"]))
	if len(found) > 0 {
		t.Fatal(found)
	}
	for _, r := range audit.Run(in, lk) {
		found = append(found, r.Findings...)
	}
	return printed(t, found)
}

func printed(t *testing.T, found []diag.Diagnostic) string {
	t.Helper()
	var b strings.Builder
	if err := diag.Write(&b, "text", found); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	seen := map[string]bool{"base": true}
	for _, r := range audit.Rules {
		if !regexp.MustCompile(`^audit(-[a-z]+)+$`).MatchString(r.ID) || seen[r.ID] || r.Doc == "" || strings.HasSuffix(r.Doc, ".") {
			t.Errorf("rule %q: an id that begins with audit- and is not taken, and one sentence without a full stop are needed", r.ID)
		}
		seen[r.ID] = true
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if id := strings.TrimSuffix(filepath.Base(f), ".txtar"); !seen[id] {
			t.Errorf("%s belongs to no rule", f)
		}
	}
}

func TestBaseIsClean(t *testing.T) {
	if got := judge(t, cases(t, "testdata/base.txtar").Files, ""); got != "" {
		t.Errorf("the base has findings:\n%s", got)
	}
}

// TestOwnFiles: what tasc generates, and what builds tasc, is held to what is asked of others.
func TestOwnFiles(t *testing.T) {
	n := 0
	for _, root := range []string{"../../.github", "../../generated"} {
		fsys := os.DirFS(root)
		names, err := audit.Find(fsys)
		if err != nil {
			t.Fatal(err)
		}
		var files []audit.File
		for _, name := range names {
			data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, audit.File{Name: name, Data: data})
		}
		for _, r := range audit.Run(files, &lock.Lock{}) {
			if n++; len(r.Findings) > 0 {
				t.Errorf("%s", printed(t, r.Findings))
			}
		}
	}
	if n < 8 {
		t.Errorf("%d files were judged; the test looks in the wrong place", n)
	}
}

// TestFind: what a folder holds of workflows and actions, and nothing else.
func TestFind(t *testing.T) {
	workflow := "on: push\njobs: {}\n"
	in := map[string]string{
		".github/workflows/a.yml": "", ".github/workflows/b.yaml": "", ".github/workflows/c.txt": "", ".github/dependabot.yml": workflow,
		"x/y/action.yaml": "", "action.yml": "", "plain.yml": workflow, "quoted.yml": "\"on\": push\n'jobs': {}\n", "other.yml": "jobs: {}\n",
		"x/plain.yml": workflow, "org/workflow-templates/t.yml": workflow, "nested/.github/workflows/d.yml": "", ".github/workflows/sub/e.yml": workflow,
		".git/action.yml": "", "x/node_modules/z/action.yml": "",
	}
	fsys := fstest.MapFS{}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		fsys[name] = &fstest.MapFile{Data: []byte(in[name]), Mode: 0o644}
	}
	got, err := audit.Find(fsys)
	want := []string{".github/workflows/a.yml", ".github/workflows/b.yaml", "action.yml", "nested/.github/workflows/d.yml", "org/workflow-templates/t.yml", "plain.yml", "quoted.yml", "x/y/action.yaml"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Find = %v, %v\nwant %v", got, err, want)
	}
}
