package actlint

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"
)

// A Finding is one thing wrong with one workflow file.
type Finding struct {
	File         string // path below the root that was checked, with slashes
	Line, Column int    // both from 1
	Checker      string // actionlint, parser, shellcheck, permissions or literals
	Message      string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s [%s]", f.File, f.Line, f.Column, f.Message, f.Checker)
}

// Check fails the test with every finding in the workflow files below root: those in .github/workflows and
// workflow-templates. remote maps the repositories, "owner/name", whose workflows and actions they use to folders with
// a tree of each; a use of any other repository is a finding.
func Check(t testing.TB, root string, remote map[string]string) {
	t.Helper()
	findings, err := Findings(root, remote)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
}

// Findings returns what Check reports, sorted by place. Its error means that a check could not be made.
func Findings(root string, remote map[string]string) ([]Finding, error) {
	files, err := workflows(root)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no workflow files, expected some in .github/workflows or workflow-templates", root)
	}
	t := tree{root: root, remote: remote}
	var findings []Finding
	for _, check := range []func(tree, []string) ([]Finding, error){actionlintFindings, parserFindings, shellcheckFindings, ownFindings} {
		found, err := check(t, files)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Checker, b.Checker), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(findings), nil
}

// A tree is a repository's tree and those of the repositories that it uses.
type tree struct {
	root   string
	remote map[string]string // "owner/name" to folder
}

// workflows returns the workflow files below root as sorted paths with slashes.
func workflows(root string) ([]string, error) {
	var files []string
	for _, dir := range []string{".github/workflows", "workflow-templates"} {
		entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(dir)))
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		for _, e := range entries {
			if ext := path.Ext(e.Name()); ext == ".yml" || ext == ".yaml" {
				files = append(files, path.Join(dir, e.Name()))
			}
		}
	}
	return files, nil
}
