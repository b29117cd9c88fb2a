// Package archtest holds the architecture as data and compares it with the code:
// who may import whom, which packages are pure, which modules the product needs.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/task-assistant/tasc"

// layer is what one package may import besides the standard library.
type layer struct {
	own     []string // packages of this module
	foreign []string // prefixes of import paths of other modules
	// pure packages have no effects: they import none of impure.
	pure bool
}

// impure are the ways to the world. The core gets an fs.FS and gives bytes.
var impure = []string{"os", "os/exec", "net", "net/http", "time", "math/rand", "math/rand/v2", "path/filepath"}

// layers is the table. A new package or a new arrow is added here on purpose or not at all.
var layers = map[string]layer{
	"schema":            {pure: true},
	"internal/version":  {pure: true},
	"internal/diag":     {pure: true},
	"internal/expr":     {pure: true},
	"internal/ref":      {pure: true},
	"internal/parallel": {pure: true},
	"internal/visible":  {pure: true},
	"internal/spec":     {own: []string{"internal/diag"}, pure: true},
	"internal/layout":   {own: []string{"internal/diag", "internal/spec"}, pure: true},
	"internal/lock":     {own: []string{"internal/diag", "internal/ref"}, pure: true},
	"internal/load":     {own: []string{"internal/diag", "internal/parallel", "internal/spec", "schema"}, foreign: []string{"cuelang.org/go/"}, pure: true},
	"internal/shell":    {pure: true},
	// limits are GitHub's numbers, for the rules, the planner and the check of what was rendered.
	"internal/limits":   {own: []string{"internal/spec"}, pure: true},
	"internal/fit":      {own: []string{"internal/diag", "internal/expr", "internal/limits", "internal/plan", "internal/spec"}, pure: true},
	"internal/script":   {foreign: []string{"mvdan.cc/sh/v3/syntax"}, pure: true},
	"internal/validate": {own: []string{"internal/diag", "internal/layout", "internal/limits", "internal/lock", "internal/parallel", "internal/ref", "internal/runner/branch", "internal/runner/cron", "internal/runner/signed", "internal/script", "internal/shell", "internal/spec", "internal/version", "internal/visible"}, pure: true},
	"internal/plan":     {own: []string{"internal/diag", "internal/expr", "internal/layout", "internal/limits", "internal/lock", "internal/ref", "internal/runner/branch", "internal/runner/facts", "internal/shell", "internal/spec"}, pure: true},
	"internal/render":   {own: []string{"internal/expr", "internal/plan", "internal/runner", "internal/runner/facts", "internal/runner/signed", "internal/version", "schema"}, pure: true},
	// audit judges files of anybody's with what the compiler knows of refs, expressions and scripts; it never sees a plan or the renderer.
	"internal/audit": {own: []string{"internal/diag", "internal/expr", "internal/limits", "internal/lock", "internal/parallel", "internal/ref", "internal/script"}, foreign: []string{"gopkg.in/yaml.v3"}, pure: true},
	// compare runs by hand, and holds audit beside others.
	"internal/audit/compare": {own: []string{"internal/audit", "internal/lock"}, foreign: []string{"github.com/rhysd/actionlint"}},
	// explain shows the cases that the tests of the rules run.
	"internal/explain": {own: []string{"internal/audit", "internal/fit", "internal/validate"}, foreign: []string{"github.com/rogpeppe/go-internal/txtar"}, pure: true},
	// sarif is told the rules' texts by its caller: it prints what any stage finds, and knows none of them.
	"internal/sarif": {own: []string{"internal/diag"}, pure: true},
	// reference prints docs/spec.md from the schema's comments and the planner's defaults.
	"internal/reference": {own: []string{"internal/load", "internal/plan"}, pure: true},
	"internal/scaffold":  {own: []string{"internal/load", "internal/lock", "schema"}, pure: true},
	"internal/graph":     {own: []string{"internal/plan", "internal/runner/cron", "internal/runner/facts"}, pure: true},
	// verify never imports render: a judge that asks the accused proves nothing.
	"internal/verify": {own: []string{"internal/diag", "internal/expr", "internal/limits", "internal/plan", "internal/runner", "internal/runner/facts", "internal/version", "internal/visible", "schema"}, foreign: []string{"gopkg.in/yaml.v3"}, pure: true},
	"internal/tree":   {own: []string{"internal/layout", "internal/parallel", "internal/render"}},
	"internal/cache":  {own: []string{"internal/parallel"}},
	// delta reads files that anybody may have written; the specs only tell it where they say so, and what no file says.
	"internal/delta": {own: []string{"internal/diag", "internal/lock", "internal/parallel", "internal/ref", "internal/runner/facts", "internal/runner/signed", "internal/spec"}, foreign: []string{"gopkg.in/yaml.v3"}, pure: true},
	// release calls git as its user has set it up, to make a commit; revision calls it so that nothing runs, to read one. Nothing else calls it.
	"internal/release":  {},
	"internal/revision": {},
	"internal/cli": {
		own: []string{"internal/act", "internal/audit", "internal/cache", "internal/delta", "internal/diag", "internal/explain", "internal/fit", "internal/graph", "internal/layout", "internal/load", "internal/local", "internal/lock", "internal/parallel", "internal/plan", "internal/ref", "internal/release", "internal/render", "internal/revision", "internal/sarif", "internal/scaffold", "internal/spec",
			"internal/tree", "internal/validate", "internal/verify", "internal/version"},
		foreign: []string{"github.com/spf13/cobra", "github.com/rogpeppe/go-internal/diff"},
	},
	"cmd/tasc": {own: []string{"internal/cache", "internal/cli", "internal/diag"}},

	// The runner is emitted verbatim as a module of its own: the standard library and itself, nothing else.
	"internal/runner":                       {pure: true},
	"internal/runner/cron":                  {pure: true},
	"internal/runner/facts":                 {},
	"internal/runner/actions":               {},
	"internal/runner/branch":                {pure: true},
	"internal/runner/record":                {},
	"internal/runner/git":                   {},
	"internal/runner/github":                {},
	"internal/runner/handover":              {},
	"internal/runner/signed":                {own: []string{"internal/runner/handover", "internal/runner/record"}},
	"internal/runner/task-assistant-runner": {own: []string{"internal/runner/actions", "internal/runner/branch", "internal/runner/cron", "internal/runner/facts", "internal/runner/git", "internal/runner/github", "internal/runner/handover", "internal/runner/record", "internal/runner/signed"}},

	// act executes workflows on this machine.
	"internal/act": {},
	// local executes a platform on this machine, for people.
	"internal/local": {own: []string{"internal/act", "internal/diag", "internal/githubtest", "internal/lock", "internal/plan", "internal/ref", "internal/render", "internal/runner/facts", "internal/runner/record", "internal/spec"}},

	// Test support, and what measures.
	"internal/bench":            {own: []string{"schema"}},
	"internal/testseed":         {},
	"internal/webhooks":         {pure: true},
	"internal/githubtest":       {own: []string{"internal/githubtest/bare"}},
	"internal/githubtest/bare":  {},
	"internal/e2e":              {own: []string{"internal/act"}},
	"internal/actlint":          {foreign: []string{"github.com/rhysd/actionlint", "gopkg.in/yaml.v3"}},
	"internal/githubtest/clock": {},
}

// modules are the direct requirements of go.mod.
var modules = []string{
	"cuelang.org/go",
	"github.com/rhysd/actionlint",
	"github.com/rogpeppe/go-internal",
	"github.com/santhosh-tekuri/jsonschema/v6",
	"github.com/spf13/cobra",
	"gopkg.in/yaml.v3",
	"mvdan.cc/sh/v3",
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func list(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if name == "internal/archtest" {
			continue
		}
		l, ok := layers[name]
		if !ok {
			t.Errorf("package %s is not in the table: add it with what it may import", name)
			continue
		}
		seen[name] = true
		for _, imp := range p.Imports {
			if msg := l.refuses(imp); msg != "" {
				t.Errorf("%s imports %s: %s", name, imp, msg)
			}
		}
	}
	for name := range layers {
		if !seen[name] {
			t.Errorf("the table has %s, and there is no such package", name)
		}
	}
}

func (l layer) refuses(imp string) string {
	if own, ok := strings.CutPrefix(imp, module+"/"); ok {
		if slices.Contains(l.own, own) {
			return ""
		}
		return "this arrow is not in the table"
	}
	first, _, _ := strings.Cut(imp, "/")
	if !strings.Contains(first, ".") { // the standard library
		if l.pure && slices.Contains(impure, imp) {
			return "the package is pure"
		}
		return ""
	}
	for _, f := range l.foreign {
		if strings.HasPrefix(imp, f) {
			return ""
		}
	}
	return "this module is not for this package"
}

func TestModules(t *testing.T) {
	data, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(fields) == 2 && strings.Contains(fields[0], ".") && strings.HasPrefix(fields[1], "v") {
			got = append(got, fields[0])
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, modules) {
		t.Errorf("go.mod requires\n%s\nthe table has\n%s\na dependency is added on purpose or not at all", strings.Join(got, "\n"), strings.Join(modules, "\n"))
	}
}
