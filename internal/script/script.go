// Package script reads the bash scripts of engine steps. It parses them, walks
// the syntax tree and says what they start; it never searches their text. Code
// of another language, be it inside a script or a script itself, is not parsed
// but searched for words (suspect.go), and what it does is opaque at most.
//
// In: a script and the variables that its spec sets. Out: Facts with exact
// places: the commands (with words, quoting, variables, functions, aliases and
// wrappers such as env or xargs resolved as far as the text tells), the HTTP
// requests, the paths that are written, and what is opaque: code that cannot be
// read, such as eval of a variable or a download piped into a shell; and what later
// steps get by the runner's files.
//
// The reader follows every branch and keeps every value that a variable is ever
// given, in whatever order: it overestimates. What it does not know stands in a
// text as a hole (hole.go). It is bounded: a script that takes too many steps
// to follow is opaque. It judges nothing; the rules in validate do.
//
// It is the only importer of mvdan.cc/sh.
package script

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Place is where something stands in a script: Offset in bytes from 0, Line and
// Column (in bytes) from 1. What stands in code inside a string has its own
// place where the string is written as it is read (single quotes, a quoted
// here-document); else that of the command that reads it.
type Place struct{ Offset, Line, Column int }

// Arg is one word as a program gets it.
type Arg struct {
	// Text has what is not known as $NAME, or $(…) for the output of a command.
	Text string
	// Literal says that all of Text is known.
	Literal bool
	// Vars are the names of the variables that what is not known comes from, sorted.
	Vars []string
}

// Command is a program that is started. git and gh have the options before
// their subcommand removed and their aliases resolved.
type Command struct {
	Place
	Name string // without its folder
	Args []Arg
	// Branch says that it depends on a condition of the script whether it starts.
	Branch bool
}

// Request is an HTTP request by curl, wget, gh api and their kin.
type Request struct {
	Place
	// Method is in capitals, and empty where it is not known.
	Method string
	URL    Arg
	// Body is all that is sent, as far as the command line holds it.
	Body Arg
}

// Write is a path that is written, created or removed, by a redirection (Tool is ">") or by a command.
type Write struct {
	Place
	Tool string
	Path Arg
}

// Opaque is code that cannot be judged.
type Opaque struct {
	Place
	// What says what it is: "a download is run by sh".
	What string
}

// Facts is what a script does, in the order of its text.
type Facts struct {
	Commands []Command
	Requests []Request
	Writes   []Write
	Opaque   []Opaque
	// Handed is what later steps get.
	Handed []Handed
	// Matched are the variables that the script compares with a pattern, sorted.
	Matched []string
}

// SyntaxError says that a script is not bash.
type SyntaxError struct {
	Place
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Text) }

// The bounds of what is followed.
const (
	MaxScript = 128 << 10 // bytes; GitHub's own limit for a step is far below
	maxSteps  = 40_000    // commands and words per pass
	maxDepth  = 24        // code in code, functions in functions
	maxAlts   = 16        // values of one variable or word
	maxText   = 64 << 10  // bytes of one value
	maxPasses = 4
)

// Environment is what a script finds in its environment besides what every step does.
type Environment struct {
	// Known are variables with the values that the spec gives them.
	Known map[string]string
	// Given are names of variables whose values the run brings: inputs, repository variables, secrets.
	Given []string
}

// Read parses src and returns what it does. The error is a *SyntaxError.
func Read(src string, env Environment) (*Facts, error) {
	if len(src) > MaxScript {
		return tooLong(), nil
	}
	if i := strings.Index(src, "\r\n"); i >= 0 {
		return nil, &SyntaxError{Place: newPlaces(src).at(i), Text: "the line ends in CR LF, and bash takes the CR for a part of it"}
	}
	file, err := parse(src)
	if err != nil {
		return nil, syntaxError(src, err)
	}
	r := newReader(env)
	for pass := range maxPasses {
		r.begin()
		r.stmts(&scope{args: &params{alts: []list{{}}}, caller: -1, at: func(offset int) int { return offset }}, file.Stmts)
		r.uncalled()
		if len(r.functions) == 0 && r.now.nothing() || pass > 0 && r.settled() {
			break
		}
	}
	return r.finish(src), nil
}

// TooLong is what is opaque in a script of more than MaxScript bytes.
const TooLong = "the script is too long to be read"

func tooLong() *Facts {
	return &Facts{Opaque: []Opaque{{Place: Place{0, 1, 1}, What: TooLong}}}
}

func parse(src string) (*syntax.File, error) {
	return syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(src), "")
}

func syntaxError(src string, err error) error {
	out := &SyntaxError{Place: Place{0, 1, 1}, Text: err.Error()}
	var pe syntax.ParseError
	var le syntax.LangError
	switch {
	case errors.As(err, &pe):
		out.Offset, out.Text = int(pe.Pos.Offset()), pe.Text
	case errors.As(err, &le):
		out.Offset, out.Text = int(le.Pos.Offset()), le.Feature+" is not bash"
	}
	out.Place = newPlaces(src).at(out.Offset)
	return out
}

// places turns offsets into lines and columns.
type places struct {
	starts []int // of the lines
	end    int
}

func newPlaces(src string) places {
	p := places{starts: []int{0}, end: len(src)}
	for i := range len(src) {
		if src[i] == '\n' {
			p.starts = append(p.starts, i+1)
		}
	}
	return p
}

func (p places) at(offset int) Place {
	offset = max(0, min(offset, p.end))
	line := sort.SearchInts(p.starts, offset+1)
	return Place{Offset: offset, Line: line, Column: offset - p.starts[line-1] + 1}
}
