package cli

import (
	"path"
	"slices"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/load"
)

// findings prints ds and returns errFindings if there are any.
func (a *app) findings(ds []diag.Diagnostic) error {
	w := a.env.Stderr
	if a.format == "json" {
		w = a.env.Stdout
	}
	if err := (diag.Printer{Lines: a.allLines(), Screen: a.env.Screen}).Write(w, a.format, ds); err != nil {
		return err
	}
	switch {
	case slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Rule == load.RuleCUE }):
		return errCUE
	case len(ds) > 0:
		return errFindings
	}
	return nil
}

// allLines knows the lines of every file that a finding can name.
func (a *app) allLines() *diag.Lines {
	if a.lines == nil {
		a.lines = diag.NewLines(a.source)
	}
	return a.lines
}

// source is a diag.Source: the project's files, as the release that is being made lays them out, and those that the command line names.
func (a *app) source(name string) []byte {
	if data, ok := a.overlay[path.Clean(name)]; ok {
		return data
	}
	data, err := readRegular(a.onDisk(name))
	if err != nil {
		return nil // then the finding is shown without a line
	}
	return data
}
