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
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/validate"
)

// Each testdata/<rule-id>.txtar is a list of cases. A case is a section "bad: what" with edits of
// base.txtar, then a section "want: what" with the findings, word for word; or a section "good: what",
// whose edits must lead to none. An edit is a line
//
//	file: old => new
//	file: delete text
//
// where old must stand in the file (its first place is replaced, \n is a line
// break) and text in a line of it, which goes. UPDATE=1 rewrites the wants.
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
	fsys := fstest.MapFS{}
	for _, f := range base.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	for line := range strings.Lines(edits) {
		apply(t, fsys, strings.TrimSuffix(line, "\n"))
	}
	set, found := load.Load(fsys, "engines")
	if len(found) == 0 {
		data, err := fs.ReadFile(fsys, "engines/tasc.lock")
		if err != nil {
			t.Fatal(err)
		}
		lk, bad := lock.Parse("engines/tasc.lock", data)
		if found = bad; len(bad) == 0 {
			found = validate.Run(set, lk)
		}
	}
	var b strings.Builder
	if err := diag.Write(&b, "text", found); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	editRE   = regexp.MustCompile(`^(\S+): (.+) => (.*)$`)
	deleteRE = regexp.MustCompile(`^(\S+): delete (.+)$`)
)

func apply(t *testing.T, fsys fstest.MapFS, edit string) {
	t.Helper()
	if edit == "" {
		return
	}
	name, old, text := "", "", ""
	if m := editRE.FindStringSubmatch(edit); m != nil {
		breaks := strings.NewReplacer(`\n`, "\n", `\t`, "\t")
		name, old, text = m[1], breaks.Replace(m[2]), breaks.Replace(m[3])
	} else if m := deleteRE.FindStringSubmatch(edit); m != nil {
		name, old = m[1], m[2]
	} else {
		t.Fatalf("%q is not an edit", edit)
	}
	f, ok := fsys["engines/"+name]
	if !ok || !strings.Contains(string(f.Data), old) {
		t.Fatalf("the base has no %q in %s", old, name)
	}
	data := string(f.Data)
	if deleteRE.MatchString(edit) {
		at := strings.Index(data, old)
		start, end := strings.LastIndex(data[:at], "\n")+1, at+strings.Index(data[at:], "\n")+1
		data = data[:start] + data[end:]
	} else {
		data = strings.Replace(data, old, text, 1)
	}
	fsys["engines/"+name] = &fstest.MapFile{Data: []byte(data), Mode: 0o644}
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
