package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/explain"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/sarif"
	"github.com/task-assistant/tasc/internal/version"
)

// formats are the names that --format takes.
var formats = append(slices.Clone(diag.Formats), "sarif")

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
	a.printed = true
	if err := errors.Join(a.print(ds), a.summarize(ds)); err != nil {
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

func (a *app) print(ds []diag.Diagnostic) error {
	switch a.format {
	case "text":
		return diag.Printer{Lines: a.allLines(), Screen: a.env.Screen, Secret: explain.Secret}.Write(a.env.Stderr, a.format, ds)
	case "sarif":
		left, err := sarif.Write(a.env.Stdout, a.report(ds))
		if left > 0 {
			fmt.Fprintf(a.env.Stderr, "tasc: %s\n", sarif.LeftOut(left))
		}
		return err
	}
	return diag.Printer{Lines: a.allLines(), Place: a.fromHere}.Write(a.env.Stdout, a.format, ds)
}

// summarize adds the findings to the file that --summary names, and to what others have written there.
func (a *app) summarize(ds []diag.Diagnostic) (err error) {
	if a.summaryFile == "" {
		return nil
	}
	f, err := os.OpenFile(a.summaryFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.WriteString(diag.Summary("tasc "+a.verb, ds, func(rule string) string {
		if !slices.Contains(explain.IDs(), rule) {
			return ""
		}
		return rulePages + rule + ".md"
	}))
	return err
}

// stop ends a verb that comes no further: with what went wrong, or else with what was found.
func (a *app) stop(found []diag.Diagnostic, err error) error {
	if err != nil {
		return err
	}
	return a.findings(found)
}

// failed tells programs why there is no judgement. People have been told on standard error. Where that cannot be
// written there is no second way to say so.
func (a *app) failed(d diag.Diagnostic, code int) {
	switch a.format = formatOf(a.args); {
	case a.printed || a.format == "text" || !slices.Contains(formats, a.format):
	case a.format == "sarif":
		_ = sarif.Fail(a.env.Stdout, a.report(nil), d, code)
	default:
		_ = a.print([]diag.Diagnostic{d})
	}
}

// report is a SARIF document of findings.
func (a *app) report(ds []diag.Diagnostic) sarif.Report {
	return sarif.Report{
		Version: version.Tasc, Category: strings.Trim("tasc-"+a.verb, "-"), Rules: sarifRules(), Findings: ds,
		Source: a.source, Base: path.Clean(a.spec), Place: a.fromHere,
	}
}

// sarifRules are all rules, in the words of `tasc explain`.
func sarifRules() []sarif.Rule {
	var out []sarif.Rule
	for _, id := range explain.IDs() {
		r, _ := explain.Find(id)
		tags := []string{"github-actions", "correctness"}
		if r.Score() != "" {
			tags[1] = "security"
		}
		out = append(out, sarif.Rule{
			ID: id, Short: r.Sentence(), Full: r.Why, Help: r.Text(), Markdown: r.Markdown(),
			URI: rulePages + id + ".md", Tags: tags, Score: r.Score(),
		})
	}
	return out
}

// rulePages is where the pages of this tasc's rules are.
const rulePages = "https://github.com/task-assistant/tasc/blob/" + version.Tasc + "/docs/rules/"

// fromHere is how a file of the project is seen from the folder that tasc was called in: in a workflow that is the
// top of the repository, below which GitHub looks for what it is told of.
func (a *app) fromHere(file string) string {
	here, err := filepath.Abs(a.env.Dir)
	dir, err2 := filepath.Abs(a.dir)
	rel, err3 := filepath.Rel(here, dir)
	if filepath.IsAbs(filepath.FromSlash(file)) || errors.Join(err, err2, err3) != nil {
		return file
	}
	return path.Join(filepath.ToSlash(rel), file)
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
