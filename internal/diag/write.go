package diag

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Formats lists the names of the forms that this package writes.
var Formats = []string{"text", "json", "github"}

// Printer writes findings. The zero value knows no files and no terminal.
type Printer struct {
	// Lines are those that findings are about.
	Lines *Lines
	// Place turns the name of a file into its path from where annotations are made; nil is no change.
	Place func(file string) string
	// Screen is the terminal that text is for, nil where it is a file, a pipe or a log.
	Screen *Screen
	// Secret tells of a rule that what it finds is a secret, whose line is never shown; nil is none.
	Secret func(rule string) bool
}

// Write writes the findings as the zero Printer does.
func Write(w io.Writer, format string, ds []Diagnostic) error {
	return Printer{}.Write(w, format, ds)
}

// Write writes the findings, sorted, in one of Formats. The JSON form is one
// array, also when there are none; the others write nothing then.
func (p Printer) Write(w io.Writer, format string, ds []Diagnostic) error {
	ds = Sort(ds)
	switch format {
	case "json":
		return writeJSON(w, ds)
	case "github":
		return p.writeGitHub(w, ds)
	case "text":
		if p.Screen != nil {
			p.Lines.hide(p.secrets(ds))
		}
		return writeEach(w, ds, func(d Diagnostic) string { return p.Screen.text(d, p.Lines) })
	}
	return fmt.Errorf("unknown format %q; expected one of %s", format, strings.Join(Formats, ", "))
}

// secrets are the places of secrets among what was found: another rule may have something to say of the same line.
func (p Printer) secrets(ds []Diagnostic) map[Pos]bool {
	out := map[Pos]bool{}
	for _, d := range ds {
		if p.Secret != nil && p.Secret(d.Rule) {
			out[Pos{File: d.File, Line: d.Line}] = true
		}
	}
	return out
}

// writeEach writes what line makes of each finding, in few writes: there may be thousands.
func writeEach(w io.Writer, ds []Diagnostic, line func(Diagnostic) string) error {
	b := bufio.NewWriterSize(w, 64<<10)
	for _, d := range ds {
		if _, err := b.WriteString(line(d)); err != nil {
			return err
		}
	}
	return b.Flush()
}

func writeJSON(w io.Writer, ds []Diagnostic) error {
	if ds == nil {
		ds = []Diagnostic{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(ds)
}

// perStep is how many annotations of one kind GitHub shows of a step: those that come first. The others stand in its log
// (github.com/actions/toolkit, docs/problem-matchers.md, Limitations).
const perStep = 10

// writeGitHub writes a workflow command a finding, and says so where GitHub will not show them all.
func (p Printer) writeGitHub(w io.Writer, ds []Diagnostic) error {
	if err := writeEach(w, ds, p.githubLine); err != nil || len(ds) <= perStep {
		return err
	}
	_, err := fmt.Fprintf(w, "::notice title=tasc::%d findings; GitHub shows %d of a step as annotations, and the step's log has them all\n", len(ds), perStep)
	return err
}

// githubLine is a workflow command; its escapes are those of
// github.com/actions/toolkit, packages/core/src/command.ts. Its text names place and
// rule once more: the log of a step, and so whatever is beyond perStep, shows nothing else.
func (p Printer) githubLine(d Diagnostic) string {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	prop := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	props := []string{"title=" + prop.Replace(d.Rule)}
	if d.Pos.IsValid() {
		file := d.File
		if p.Place != nil {
			file = p.Place(file)
		}
		props = append(props, "file="+Printable(prop.Replace(file)))
	}
	if d.Line > 0 {
		props = append(props, fmt.Sprintf("line=%d", d.Line))
	}
	if d.Line > 0 && d.Column > 0 {
		props = append(props, fmt.Sprintf("col=%d", d.Column))
		if end, ok := p.Lines.End(d.Pos); ok && end-1 > d.Column {
			props = append(props, fmt.Sprintf("endLine=%d,endColumn=%d", d.Line, end-1)) // the last that belongs to it
		}
	}
	text := strings.ReplaceAll(strings.TrimSuffix((*Screen)(nil).text(d, nil), "\n"), "\n    ", "\n")
	return "::error " + strings.Join(props, ",") + "::" + data.Replace(text) + "\n"
}

// Printable keeps a finding on one line and the terminal safe from text that came out of a file.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < 0x20 || r >= 0x7f && r < 0xa0, // C0 and C1 controls
			r == '\u061c' || r == '\u200e' || r == '\u200f',                // marks that turn text around
			r >= '\u2028' && r <= '\u202e', r >= '\u2066' && r <= '\u2069': // line breaks, and more such marks
			return '\ufffd'
		}
		return r
	}, s)
}
