package explain_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/task-assistant/tasc/internal/cli"
	"github.com/task-assistant/tasc/internal/explain"
	"github.com/task-assistant/tasc/internal/fit"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/validate"
)

// commands says which command lines lead to the findings of a rule that is not
// of package validate: before and after the edits of a case.
var commands = map[string]struct{ before, after []string }{
	"spec":         {after: []string{"vet"}},
	"schema":       {after: []string{"vet"}},
	"engine-files": {after: []string{"vet"}},
	"lock":         {after: []string{"vet"}},
	"format":       {before: []string{"fmt"}, after: []string{"fmt", "--check"}},
	"output":       {after: []string{"generate"}},
	"drift":        {before: []string{"generate"}, after: []string{"check"}},
}

// TestCases runs the cases of testdata through the command line; those of
// package validate are run there. UPDATE=1 rewrites the wants.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(commands) {
		t.Errorf("%d files of cases and %d rules to run them for", len(files), len(commands))
	}
	for _, name := range files {
		id := strings.TrimSuffix(filepath.Base(name), ".txtar")
		t.Run(id, func(t *testing.T) {
			cases, err := explain.ParseCases(read(t, name))
			if err != nil {
				t.Fatal(err)
			}
			out := &txtar.Archive{Comment: []byte(cases.Why + "\n")}
			for _, c := range cases.List {
				got := run(t, id, c.Edits)
				out.Files = append(out.Files, section(c, got)...)
				if c.Want != got && os.Getenv("UPDATE") != "1" {
					t.Errorf("%s: got\n%swant\n%s", c.What, got, c.Want)
				}
				if !c.Good && !strings.Contains(got, " ["+id+"]\n") {
					t.Errorf("%s: rule %s says nothing:\n%s", c.What, id, got)
				}
			}
			if os.Getenv("UPDATE") == "1" {
				write(t, name, string(txtar.Format(out)))
			}
		})
	}
}

func section(c explain.Case, got string) []txtar.File {
	if c.Good {
		return []txtar.File{{Name: "good: " + c.What, Data: []byte(c.Edits)}}
	}
	return []txtar.File{{Name: "bad: " + c.What, Data: []byte(c.Edits)}, {Name: "want: " + c.What, Data: []byte(got)}}
}

// run makes a project of the base, edits it and returns the findings.
func run(t *testing.T, id, edits string) string {
	t.Helper()
	base, err := explain.ParseCases(read(t, "../validate/testdata/base.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	store(t, dir, base.Files)
	c := commands[id]
	if c.before != nil {
		if found := tasc(t, dir, c.before); found != "" {
			t.Fatalf("tasc %v: %s", c.before, found)
		}
	}
	edited, err := explain.Edit(snapshot(t, dir), edits)
	if err != nil {
		t.Fatal(err)
	}
	store(t, dir, edited)
	return tasc(t, dir, c.after)
}

func tasc(t *testing.T, dir string, args []string) string {
	t.Helper()
	var stdout, stderr strings.Builder
	code := cli.Run(context.Background(), cli.Env{Dir: dir, Stdout: &stdout, Stderr: &stderr, Now: time.Now}, args)
	if code != cli.ExitOK && code != cli.ExitFindings {
		t.Fatalf("tasc %v: exit code %d\n%s", args, code, stderr.String())
	}
	return findings(stderr.String())
}

// findings leaves out what tasc says of trees that wait for something, which is no finding: the base has no public keys.
func findings(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "tasc: platform ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func store(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		name, text := filepath.Join(dir, filepath.FromSlash(name)), files[name]
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, name, text)
	}
}

func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out[name] = string(read(t, filepath.Join(dir, name)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPages: docs/rules has one page for every rule and nothing else. UPDATE=1 rewrites it.
func TestPages(t *testing.T) {
	const dir = "../../docs/rules"
	want := map[string]string{"README.md": explain.Index()}
	for _, id := range explain.IDs() {
		r, _ := explain.Find(id)
		want[id+".md"] = r.Page()
	}
	if os.Getenv("UPDATE") == "1" {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		store(t, dir, want)
	}
	got := snapshot(t, dir)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("docs/rules/%s is not what the rules say: run UPDATE=1 go test ./internal/explain", name)
		}
		delete(got, name)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		t.Errorf("docs/rules/%s belongs to no rule", name)
	}
}

// TestEntries: every entry has all of its parts, and what fails names its own rule.
func TestEntries(t *testing.T) {
	seen := map[string]bool{}
	for _, id := range explain.IDs() {
		r, ok := explain.Find(id)
		if !ok || seen[id] || !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(id) || r.Doc == "" || strings.HasSuffix(r.Doc, ".") {
			t.Errorf("rule %q: an id in kebab-case that is not taken and one sentence without a full stop are needed", id)
		}
		seen[id] = true
		if len(r.Why) < 60 || !strings.HasSuffix(r.Why, ".") {
			t.Errorf("rule %s: %q does not say why", id, r.Why)
		}
		if slices.Contains([]string{"usage", "bug", load.RuleEndless, load.RuleCUE, fit.RuleFile, fit.RuleExpression, "release", "run"}, id) {
			continue // a wrong call, a bug, and what ends no evaluation, breaks CUE, is too large, or needs a repository or an executor cannot be shown in a few lines
		}
		if !strings.Contains(r.Fails.Findings, "["+id+"]\n") || r.Passes.Findings != "" || len(r.Fails.Excerpts) == 0 {
			t.Errorf("rule %s: the examples do not show it:\n%s", id, r.Text())
		}
		for _, x := range slices.Concat(r.Fails.Excerpts, r.Passes.Excerpts) {
			if x.Text == "" || len(x.Text) > 2000 {
				t.Errorf("rule %s: excerpt %s:%d has %d bytes", id, x.File, x.Line, len(x.Text))
			}
		}
	}
	for _, r := range validate.Rules {
		if !seen[r.ID] {
			t.Errorf("rule %s has no entry", r.ID)
		}
	}
	if _, ok := explain.Find("no-such-rule"); ok {
		t.Error("a rule that is not there was found")
	}
}

// TestScores: a score is one that GitHub knows, and every score that is written down is of a rule that there is.
func TestScores(t *testing.T) {
	for id, score := range explain.Scores {
		r, ok := explain.Find(id)
		if n, err := strconv.ParseFloat(score, 64); !ok || score != "" && (err != nil || n <= 0 || n > 10 || len(score) != 3) {
			t.Errorf("the score %q of rule %q", score, id)
		}
		if r.Score() != score {
			t.Errorf("rule %s has the score %q, and %q is written down", id, r.Score(), score)
		}
	}
	for id, want := range map[string]string{"audit-injection": "9.3", "audit-yaml": "", "audit-permissions": "5.0", "format": "", "no-such-rule": ""} {
		if got := (explain.Rule{ID: id}).Score(); got != want {
			t.Errorf("rule %s has the score %q, want %q", id, got, want)
		}
	}
}

// TestSecret: the rules whose findings are secrets are there.
func TestSecret(t *testing.T) {
	n := 0
	for _, id := range explain.IDs() {
		if explain.Secret(id) {
			n++
		}
	}
	if n != 2 || explain.Secret("drift") {
		t.Errorf("%d rules find secrets", n)
	}
}

// TestEveryPrintedRule: a rule id that stands in the sources has an entry. The
// findings of package verify are bugs of ours, and no user can mend them.
func TestEveryPrintedRule(t *testing.T) {
	known, n := explain.IDs(), 0
	err := filepath.WalkDir("..", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, filepath.Join("..", "verify")) {
			return err
		}
		for _, id := range rulesIn(t, name) {
			if n++; !slices.Contains(known, id) {
				t.Errorf("%s reports rule %q, which tasc explain does not know: add it to internal/explain", name, id)
			}
		}
		return nil
	})
	if err != nil || n < 5 {
		t.Errorf("%d rule ids found; the test looks for the wrong thing (%v)", n, err)
	}
}

// rulesIn returns the literals that a Go file gives a field Rule.
func rulesIn(t *testing.T, name string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			key, _ := kv.Key.(*ast.Ident)
			if lit, ok := kv.Value.(*ast.BasicLit); ok && key != nil && key.Name == "Rule" {
				id, _ := strconv.Unquote(lit.Value)
				out = append(out, id)
			}
		}
		return true
	})
	return out
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
