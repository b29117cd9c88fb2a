package actlint

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rhysd/actionlint"
)

// unknownToActionlint lists what GitHub has and actionlint v1.7.12 does not know yet.
func unknownToActionlint() []string {
	return []string{
		// The job context's properties of the called workflow: docs.github.com, contexts reference; actionlint issue 647.
		`^property "workflow_(ref|sha|repository|file_path)" is not defined in object type \{check_run_id: number;`,
		// concurrency.queue: docs.github.com, workflow syntax, jobs.<job_id>.concurrency.
		`^unexpected key "queue" for "concurrency" section`,
	}
}

// actionlintFindings lints the files as they are, and then copies of them in which called workflows of other
// repositories are local files.
func actionlintFindings(t tree, files []string) ([]Finding, error) {
	findings, err := lint(t.root, files, unknownToActionlint())
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "actlint")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := localize(t, dir); err != nil {
		return nil, err
	}
	local, err := lint(dir, files, unknownToActionlint())
	return append(findings, local...), err
}

// lint lints files of the repository whose tree stands in root, and passes over messages that match a pattern.
func lint(root string, files, ignore []string) ([]Finding, error) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{IgnorePatterns: ignore})
	if err != nil {
		return nil, err
	}
	project, err := actionlint.NewProject(root)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, file := range files {
		name := filepath.Join(root, filepath.FromSlash(file))
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		found, err := linter.Lint(name, text, project)
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			message := strings.ReplaceAll(e.Message, root+string(filepath.Separator), "")
			findings = append(findings, Finding{file, e.Line, e.Column, "actionlint", message + " (" + e.Kind + ")"})
		}
	}
	return findings, nil
}

// remoteCall matches the call of a workflow in another repository; its groups are the repository and the file.
var remoteCall = regexp.MustCompile(`\b([\w.-]+/[\w.-]+)/\.github/workflows/([\w.-]+)@[\w./-]+`)

// localize writes the tree's workflow files to dir, and beside them those of the remote repositories under names of
// their own. Lines stay where they are; columns may not.
func localize(t tree, dir string) error {
	if err := t.copyLocal(t.root, "", dir); err != nil {
		return err
	}
	for repository, from := range t.remote {
		if err := t.copyLocal(from, prefixOf(repository), dir); err != nil {
			return err
		}
	}
	return nil
}

// copyLocal copies the workflow files below from, with a prefix before their names, and has their calls follow.
func (t tree) copyLocal(from, prefix, dir string) error {
	files, err := workflows(from)
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(file)))
		if err != nil {
			return err
		}
		local := strings.ReplaceAll(string(text), "./.github/workflows/", "./.github/workflows/"+prefix)
		local = remoteCall.ReplaceAllStringFunc(local, t.localName)
		to := filepath.Join(dir, filepath.FromSlash(path.Dir(file)), prefix+path.Base(file))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(to, []byte(local), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// localName returns the local form of a call of another repository's workflow, or the call itself
// where no tree of that repository was given.
func (t tree) localName(call string) string {
	m := remoteCall.FindStringSubmatch(call)
	if _, ok := t.remote[m[1]]; !ok {
		return call
	}
	return "./.github/workflows/" + prefixOf(m[1]) + m[2]
}

func prefixOf(repository string) string {
	return strings.ReplaceAll(repository, "/", "--") + "--"
}
