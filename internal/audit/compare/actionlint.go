package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/rhysd/actionlint"

	"github.com/task-assistant/tasc/internal/audit"
	"github.com/task-assistant/tasc/internal/lock"
)

// actionlintCases judges the files that actionlint tests itself with.
func actionlintCases(dir string) ([]verdict, error) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		return nil, err
	}
	var out []verdict
	for _, folder := range []string{"ok", "err", "examples"} {
		names, err := filepath.Glob(filepath.Join(dir, "testdata", folder, "*.y*ml"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			v := verdict{name: folder + "/" + filepath.Base(name), data: data, ours: judge(name, data)}
			found, err := linter.Lint(name, data, nil)
			if err != nil {
				return nil, err
			}
			for _, f := range found {
				v.theirs = append(v.theirs, finding{f.Kind, f.Message, f.Line})
			}
			out = append(out, v)
		}
	}
	return out, nil
}

// judge is audit, on one file.
func judge(name string, data []byte) []finding {
	var out []finding
	for _, d := range audit.Judge(audit.File{Name: filepath.ToSlash(name), Data: data}, &lock.Lock{}).Findings {
		out = append(out, finding{d.Rule, d.Message, d.Line})
	}
	return slices.Clip(out)
}
