package verify_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
)

// site is one place in the verifier's source at which a finding is reported.
type site struct {
	at     string // verify.go:12
	rule   string // empty where the caller says it
	format string
}

var patterns = map[string]*regexp.Regexp{}

// reportSites reads the verifier's own source, so that no check can be added that the suite does not know of.
func reportSites(t *testing.T) []site {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var sites []site
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "report" {
				return true
			}
			sites = append(sites, site{fmt.Sprintf("%s:%d", name, set.Position(call.Pos()).Line), literal(call.Args[0]), literal(call.Args[2])})
			return true
		})
	}
	for _, s := range sites {
		patterns[s.format] = pattern(s.format)
	}
	return sites
}

func literal(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok {
		if s, err := strconv.Unquote(lit.Value); err == nil {
			return s
		}
	}
	return ""
}

var verb = regexp.MustCompile(`%[sdqv]`)

// pattern matches what a format prints.
func pattern(format string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)^` + verb.ReplaceAllString(regexp.QuoteMeta(format), ".*") + `$`)
}

// siteOf returns where a finding was reported: of two formats that fit, the one that says more itself.
func siteOf(t *testing.T, sites []site, d diag.Diagnostic) site {
	t.Helper()
	var at site
	for _, s := range sites {
		if (s.rule == "" || s.rule == d.Rule) && len(s.format) > len(at.format) && patterns[s.format].MatchString(d.Message) {
			at = s
		}
	}
	if at.at == "" {
		t.Fatalf("nothing in the verifier's source reports %s: %q", d.Rule, d.Message)
	}
	return at
}
