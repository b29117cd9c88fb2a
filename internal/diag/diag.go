// Package diag holds what tasc says to its users: findings with positions.
//
// Every stage of the compiler reports through these types. Sorting and
// de-duplication happen once, in Sort; printing once, in Printer. What stands in
// the files comes through a Source.
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Pos is a place in a file the user can open. Line and Column count from 1;
// both are 0 where only the file is known. In what is printed columns count
// characters (code points); stages that read CUE and JSON count bytes, and
// Lines.Characters makes the one of the other. File is relative to the project,
// with forward slashes.
type Pos struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// IsValid reports whether p names a file.
func (p Pos) IsValid() bool { return p.File != "" }

// String returns file:line:column, or the file alone where no line is known.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Compare orders positions by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Note points at a second place that a finding is about.
type Note struct {
	Pos
	Message string `json:"message"`
}

// Diagnostic is one finding. Its JSON form is that of `--format json`.
type Diagnostic struct {
	// Rule is the stable id of what was broken.
	Rule string `json:"rule"`
	Pos
	// Message says what was found; lower case, no full stop.
	Message string `json:"message"`
	// Expected says what would have been right.
	Expected string `json:"expected,omitempty"`
	// Fix says what to do.
	Fix   string `json:"fix,omitempty"`
	Notes []Note `json:"notes,omitempty"`
}

// Sort returns the findings by position, rule and message, each once.
func Sort(ds []Diagnostic) []Diagnostic {
	out := slices.Clone(ds)
	slices.SortStableFunc(out, compare)
	return slices.CompactFunc(out, func(a, b Diagnostic) bool { return compare(a, b) == 0 })
}

func compare(a, b Diagnostic) int {
	return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
}
