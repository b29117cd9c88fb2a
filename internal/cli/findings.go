package cli

import (
	"io"
	"path"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/load"
)

// formats are the names that --format takes.
var formats = diag.Formats

// forPrograms tells whether findings are read by programs. They stand on standard output then, where a redirection
// or a pipe finds them.
func (a *app) forPrograms() bool { return a.format != "text" }

// progress is where a verb says what it has done.
func (a *app) progress() io.Writer {
	if a.forPrograms() {
		return a.env.Stderr
	}
	return a.env.Stdout
}

// findings prints ds, all that a command finds, and returns errFindings if there are any.
func (a *app) findings(ds []diag.Diagnostic) error {
	w := a.env.Stderr
	if a.forPrograms() {
		w = a.env.Stdout
	}
	a.printed = true
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

// stop ends a verb that comes no further: with what went wrong, or else with what was found.
func (a *app) stop(found []diag.Diagnostic, err error) error {
	if err != nil {
		return err
	}
	return a.findings(found)
}

// failed tells programs why there is no judgement. People have been told on standard error.
func (a *app) failed(d diag.Diagnostic) {
	a.format = formatOf(a.args)
	if !slices.Contains(formats, a.format) || !a.forPrograms() || a.printed {
		return
	}
	_ = a.findings([]diag.Diagnostic{d}) // there is no second way to say that it cannot be written
}

// formatOf is the format that a command line asks for last, as far as it can be read: the call itself may be what is wrong.
func formatOf(args []string) string {
	format := "text"
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--format="); ok {
			format = value
		} else if arg == "--format" && i+1 < len(args) {
			format = args[i+1]
		} else if arg == "--" {
			break
		}
	}
	return format
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
