package audit

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Find lists the workflow and action files of a folder, sorted: those of every .github/workflows
// below, every action.yml, and of the folder's own files those that look like workflows. What Git and
// package managers keep for themselves is not looked into.
func Find(fsys fs.FS) ([]string, error) {
	var out []string
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			if anyOf(e.Name(), ".git", "node_modules") {
				return fs.SkipDir
			}
			return nil
		case !e.Type().IsRegular() || !anyOf(path.Ext(name), ".yml", ".yaml"):
			return nil
		}
		if isWanted(fsys, name) {
			out = append(out, name)
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}

func isWanted(fsys fs.FS, name string) bool {
	dir, base := path.Split(name)
	if strings.HasSuffix("/"+dir, "/.github/workflows/") || base == "action.yml" || base == "action.yaml" {
		return true
	}
	if dir != "" && path.Base(dir) != "workflow-templates" {
		return false
	}
	data, err := fs.ReadFile(fsys, name)
	return err != nil || looksLikeWorkflow(data)
}

var onRE, jobsRE = regexp.MustCompile(`(?m)^["']?on["']?[ \t]*:`), regexp.MustCompile(`(?m)^["']?jobs["']?[ \t]*:`)

func looksLikeWorkflow(data []byte) bool { return onRE.Match(data) && jobsRE.Match(data) }
