package delta

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Report is a comparison as it is printed.
type Report struct {
	// Old and New say what was compared.
	Old string `json:"old"`
	New string `json:"new"`
	// Widened, Narrowed and Changed count the changes.
	Widened  int      `json:"widened"`
	Narrowed int      `json:"narrowed"`
	Changed  int      `json:"changed"`
	Changes  []Change `json:"changes"`
	// SameEffect are files whose bytes have changed, and nothing of what they may do.
	SameEffect []string `json:"same_effect"`
	// Notes say what was not compared.
	Notes []string `json:"notes"`
	// Fails tells which directions the caller fails on.
	Fails func(Direction) bool `json:"-"`
}

// NewReport compares two sides, which are called old and new.
func NewReport(oldName, newName string, old, new Surface) Report {
	changes, touched := compare(old, new)
	r := Report{Old: show(oldName), New: show(newName), Changes: changes, SameEffect: sameEffect(old, new, touched), Notes: []string{}, Fails: func(Direction) bool { return false }}
	for i, name := range r.SameEffect {
		r.SameEffect[i] = show(name)
	}
	r.Widened, r.Narrowed, r.Changed = len(r.of(Widened)), len(r.of(Narrowed)), len(r.of(Changed))
	if r.Changes == nil {
		r.Changes = []Change{}
	}
	if r.SameEffect == nil {
		r.SameEffect = []string{}
	}
	if old.declared != new.declared {
		r.Notes = append(r.Notes, "vend's targets, waivers, allow_unproven and the lock's proofs stand in no generated file, and were not compared")
	}
	return r
}

func (r Report) of(d Direction) []Change {
	return slices.DeleteFunc(slices.Clone(r.Changes), func(c Change) bool { return c.Direction != d })
}

// Formats lists the names that Write accepts.
var Formats = []string{"text", "json", "github", "markdown"}

// Write prints a report in one of Formats.
func (r Report) Write(w io.Writer, format string) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	var b strings.Builder
	switch format {
	case "github":
		r.github(&b)
	case "markdown":
		r.markdown(&b)
	default:
		r.text(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// headline says in a line what came of it.
func (r Report) headline() string {
	if len(r.Changes) == 0 {
		return "no change in what the files may do"
	}
	return fmt.Sprintf("%d widened, %d narrowed, %d changed", r.Widened, r.Narrowed, r.Changed)
}

// maxAlike is how many changes are shown one by one of groups that may have very many; the JSON form has all.
const maxAlike = 5

// isLong tells whether a group may have very many changes. What widens is always shown.
func isLong(group string, d Direction) bool {
	return d == Changed && (group == "settings" || group == "files")
}

// text is for a terminal.
func (r Report) text(b *strings.Builder) {
	fmt.Fprintf(b, "tasc diff %s → %s: %s\n", r.Old, r.New, r.headline())
	for _, d := range []Direction{Widened, Narrowed, Changed} {
		group, inGroup := "", 0
		for i, c := range r.of(d) {
			if i == 0 {
				fmt.Fprintf(b, "\n%s\n", d)
			}
			if k := kindOf(c.Kind); k.Group != group {
				b.WriteString(more(group, inGroup, d))
				group, inGroup = k.Group, 0
				fmt.Fprintf(b, "  %s\n", group)
			}
			if inGroup++; isLong(group, d) && inGroup > maxAlike {
				continue
			}
			c.text(b)
		}
		b.WriteString(more(group, inGroup, d))
	}
	for _, line := range r.tail() {
		fmt.Fprintf(b, "\n%s\n", line)
	}
}

// more says how many of a group were not shown.
func more(group string, n int, d Direction) string {
	if !isLong(group, d) || n <= maxAlike {
		return ""
	}
	return fmt.Sprintf("    and %d more %s, which --format json lists\n", n-maxAlike, group)
}

func (c Change) text(b *strings.Builder) {
	b.WriteString("    ")
	if at := c.at(); at != "" && !strings.HasPrefix(c.Message, at+": ") {
		b.WriteString(at + ": ")
	}
	b.WriteString(c.Message + "\n")
	if c.Why != "" {
		fmt.Fprintf(b, "        widened: %s\n", c.Why)
	}
	if len(c.Details) > 0 {
		fmt.Fprintf(b, "        with %s\n", listSome(c.Details, 12))
	}
}

// at is where the new side says it.
func (c Change) at() string {
	if c.Line == 0 {
		return c.File
	}
	return fmt.Sprintf("%s:%d", c.File, c.Line)
}

// listSome joins up to most texts.
func listSome(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, "; ")
	}
	return strings.Join(list[:most], "; ") + fmt.Sprintf(" and %d more", len(list)-most)
}

// tail says what there is besides changes.
func (r Report) tail() []string {
	var out []string
	if n := len(r.SameEffect); n > 0 {
		out = append(out, fmt.Sprintf("other bytes, and no other effect, in %s: %s", files(n), listSome(r.SameEffect, 3)))
	}
	return append(out, r.Notes...)
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// github are workflow commands: what fails is an error, what widens a warning, and the rest a notice. Their escapes are
// those of github.com/actions/toolkit, packages/core/src/command.ts.
func (r Report) github(b *strings.Builder) {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	prop := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, c := range r.Changes {
		level := "notice"
		switch {
		case r.Fails(c.Direction):
			level = "error"
		case c.Direction == Widened:
			level = "warning"
		}
		props := "title=" + string(c.Direction) + "%3A " + prop.Replace(c.Kind)
		if c.File != "" {
			props += ",file=" + prop.Replace(c.File)
			if c.Line > 0 {
				props += fmt.Sprintf(",line=%d", c.Line)
			}
		}
		message := c.Message
		if c.Why != "" {
			message += "\nwidened: " + c.Why
		}
		fmt.Fprintf(b, "::%s %s::%s\n", level, props, data.Replace(message))
	}
	fmt.Fprintf(b, "tasc diff %s → %s: %s\n", r.Old, r.New, r.headline())
}

// maxMarkdown is how many changes of one direction a comment shows: GitHub takes 65,536 characters.
const maxMarkdown = 60

// markdown is for a pull request's comment or a job's summary. Whatever comes from a file stands in a code span, where
// nothing is a link, a mention or markup.
func (r Report) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "### tasc diff %s → %s: %s\n", code(r.Old), code(r.New), r.headline())
	for _, d := range []Direction{Widened, Narrowed, Changed} {
		changes := r.of(d)
		if len(changes) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n**%s**\n\n", d)
		for _, c := range changes[:min(len(changes), maxMarkdown)] {
			fmt.Fprintf(b, "- %s", code(c.Message))
			if c.Why != "" {
				fmt.Fprintf(b, " %s", c.Why)
			}
			if at := c.at(); at != "" {
				fmt.Fprintf(b, " (%s)", code(at))
			}
			b.WriteByte('\n')
			if len(c.Details) > 0 {
				fmt.Fprintf(b, "  - with %s\n", code(listSome(c.Details, 12)))
			}
		}
		if n := len(changes) - maxMarkdown; n > 0 {
			fmt.Fprintf(b, "- and %d more\n", n)
		}
	}
	for _, line := range r.tail() {
		fmt.Fprintf(b, "\n%s\n", code(line))
	}
}

// code is a code span that its text cannot end: its fence is longer than any run of backticks in it.
func code(s string) string {
	longest, run := 0, 0
	for _, c := range s {
		if c != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	return fence + " " + s + " " + fence
}
