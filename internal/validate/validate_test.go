package validate_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/explain"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/validate"
)

// Each testdata/<rule-id>.txtar says why the rule is there, and then lists cases. A case is a section
// "bad: what" with edits of base.txtar (explain.Edit says how they are written), then a section "want:
// what" with the findings, word for word; or a section "good: what", whose edits must lead to none. The
// first case of each kind is what `tasc explain` shows. UPDATE=1 rewrites the wants.
func TestRules(t *testing.T) {
	base := read(t, "testdata/base.txtar")
	for _, rule := range validate.Rules {
		t.Run(rule.ID, func(t *testing.T) {
			name := filepath.Join("testdata", rule.ID+".txtar")
			cases := read(t, name)
			if strings.TrimSpace(string(cases.Comment)) == "" {
				t.Error("the file does not begin with a sentence about the rule")
			}
			counts := map[string]int{}
			for i := 0; i < len(cases.Files); i++ { // update inserts sections
				f := cases.Files[i]
				kind, _, ok := strings.Cut(f.Name, ": ")
				if !ok {
					t.Fatalf("section %q is not \"bad: …\", \"want: …\" or \"good: …\"", f.Name)
				}
				counts[kind]++
				if kind == "want" {
					continue
				}
				got := run(t, base, string(f.Data))
				if kind == "good" && got != "" {
					t.Errorf("%s: unexpected findings:\n%s", f.Name, got)
				}
				if kind == "bad" {
					want(t, cases, i, rule.ID, got)
				}
			}
			if counts["bad"] == 0 || counts["good"] == 0 {
				t.Errorf("%d bad and %d good cases; a rule needs one of each at least", counts["bad"], counts["good"])
			}
			if os.Getenv("UPDATE") == "1" {
				if err := os.WriteFile(name, txtar.Format(cases), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// want compares got with the section that follows section i.
func want(t *testing.T, cases *txtar.Archive, i int, rule, got string) {
	t.Helper()
	if !strings.Contains(got, " ["+rule+"]\n") {
		t.Errorf("%s: rule %s says nothing:\n%s", cases.Files[i].Name, rule, got)
	}
	title := "want: " + strings.TrimPrefix(cases.Files[i].Name, "bad: ")
	if os.Getenv("UPDATE") == "1" {
		if i+1 == len(cases.Files) || cases.Files[i+1].Name != title {
			cases.Files = slices.Insert(cases.Files, i+1, txtar.File{Name: title})
		}
		cases.Files[i+1].Data = []byte(got)
		return
	}
	if i+1 == len(cases.Files) || cases.Files[i+1].Name != title {
		t.Fatalf("section %q is not followed by %q", cases.Files[i].Name, title)
	}
	if w := string(cases.Files[i+1].Data); got != w {
		t.Errorf("%s: got\n%swant\n%s", cases.Files[i].Name, got, w)
	}
}

func read(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// run applies the edits to the base, loads and validates.
func run(t *testing.T, base *txtar.Archive, edits string) string {
	t.Helper()
	files := map[string]string{}
	for _, f := range base.Files {
		files[f.Name] = string(f.Data)
	}
	files, err := explain.Edit(files, edits)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	set, found := load.Load(fsys, "engines")
	if len(found) == 0 {
		data, err := fs.ReadFile(fsys, "engines/tasc.lock")
		if err != nil {
			t.Fatal(err)
		}
		lk, bad := lock.Parse("engines/tasc.lock", data)
		if found = bad; len(bad) == 0 {
			found = validate.Run(set, lk, "2026-06-15")
		}
	}
	var b strings.Builder
	if err := diag.Write(&b, "text", found); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range validate.Rules {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(r.ID) || seen[r.ID] || r.Doc == "" || strings.HasSuffix(r.Doc, ".") {
			t.Errorf("rule %q: an id in kebab-case that is not taken and one sentence without a full stop are needed", r.ID)
		}
		seen[r.ID] = true
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if id := strings.TrimSuffix(filepath.Base(f), ".txtar"); id != "base" && !seen[id] {
			t.Errorf("%s belongs to no rule", f)
		}
	}
}

func TestBaseIsValid(t *testing.T) {
	if got := run(t, read(t, "testdata/base.txtar"), ""); got != "" {
		t.Error(fmt.Errorf("the base has findings:\n%s", got))
	}
}
