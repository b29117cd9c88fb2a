package script

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// scope is what surrounds a command.
type scope struct {
	args  *params
	zero  string // $0; "" where it is not known
	stdin input
	// at gives the offset in the script for one in the code that is read.
	at func(int) int
	// origins are the offsets in the code of texts that stand there as they are read.
	origins map[string]int
	here    int      // the offset in the script of the command or assignment that is followed
	calls   []string // the functions that are followed
	caller  int      // where the innermost of them is called; -1 outside of functions
	depth   int
	reading string // the code that is followed; "" for the script itself
	// external says that another program starts the command: functions and aliases do not count.
	external bool
	quiet    bool // nothing calls this: it is judged for what it says, not for what it hides
	maybe    bool // in a branch
	loop     bool
	apart    bool // what it changes in the shell may not hold behind it: a subshell, a function that is called in a branch
}

// params are the positional parameters: every list that they may be.
type params struct{ alts []list }

// input is what a command finds on its standard input; nil is the step's own, which is empty.
type input func() []string

func (s *scope) with(change func(*scope)) *scope {
	c := *s
	change(&c)
	return &c
}

// reader follows one script, several times: in the first pass it learns in the order of the text, and in those that
// follow it knows all that the pass before has learned, wherever it stands.
type reader struct {
	holes
	env         Environment
	now, before *learned
	functions   map[string][]function
	called      map[string]bool
	ran         map[string]bool // files that the script writes and runs
	kept        map[string]int  // where it writes them
	certain     map[string]bool // functions that stand for their name by what this pass has followed, whatever happens
	silent      int             // above 0 only outputs are computed
	steps       int
	facts       facts
}

// learned is what a pass learns of a script.
type learned struct {
	vars       map[string][]list
	files      map[string][]string // what is written to them
	named      map[string][]string // the paths of those with that last part
	refs       map[string][]string // the variables that a declare -n stands for
	aliases    map[string][]string
	gitAliases map[string][]string
	ghAliases  map[string][]string
	copies     map[string]string // programs under another name
	dirs       []string          // that cd went to
}

type function struct {
	body *syntax.Stmt
	at   func(int) int
}

// facts are what one pass finds, by offset.
type facts struct {
	commands []Command
	requests []Request
	writes   []Write
	opaque   []Opaque
	handed   []Handed
	matched  []string
}

func newReader(env Environment) *reader {
	return &reader{holes: holes{index: map[hole]rune{}}, env: env, functions: map[string][]function{}, called: map[string]bool{}, ran: map[string]bool{}, kept: map[string]int{}}
}

func (r *reader) begin() {
	r.before = r.now
	r.now = &learned{
		vars: map[string][]list{}, refs: map[string][]string{}, files: map[string][]string{}, named: map[string][]string{}, copies: map[string]string{},
		aliases: map[string][]string{}, gitAliases: map[string][]string{}, ghAliases: map[string][]string{},
	}
	r.steps, r.facts, r.certain = 0, facts{}, map[string]bool{}
}

// nothing says that a pass had nothing to learn, so that another would see no more.
func (l *learned) nothing() bool {
	return len(l.vars)+len(l.files)+len(l.named)+len(l.refs)+len(l.aliases)+len(l.gitAliases)+len(l.ghAliases)+len(l.copies)+len(l.dirs) == 0
}

// known is what this pass may use.
func (r *reader) known() *learned {
	if r.before != nil {
		return r.before
	}
	return r.now
}

// settled says that another pass would see what this one saw.
func (r *reader) settled() bool { return reflect.DeepEqual(r.now, r.before) }

// step counts; false means that the bound is reached and nothing more is followed.
func (r *reader) step() bool {
	r.steps++
	return r.steps <= maxSteps
}

// uncalled reads functions that nothing calls: by all that the text tells they do nothing.
func (r *reader) uncalled() {
	for _, name := range slices.Sorted(maps.Keys(r.functions)) {
		if r.called[name] {
			continue
		}
		any := r.text(hole{show: "$@", kind: outside, many: true})
		for _, f := range r.functions[name] {
			r.stmt(&scope{args: &params{alts: []list{{any}}}, at: f.at, calls: []string{name}, caller: -1, quiet: true}, f.body)
		}
	}
	r.unstarted()
}

// unstarted reads scripts that are written and that nothing starts: a later step may.
func (r *reader) unstarted() {
	for _, name := range slices.Sorted(maps.Keys(r.now.files)) {
		if r.ran[name] {
			continue
		}
		at := r.kept[name]
		for _, text := range r.now.files[name] {
			if !r.only(text) && (strings.HasPrefix(text, "#!") || strings.HasSuffix(name, ".sh") || strings.HasSuffix(name, ".bash")) {
				r.runKept(&scope{args: &params{alts: []list{{}}}, at: func(int) int { return at }, caller: -1, quiet: true}, base(name), []string{text}, nil, at)
			}
		}
	}
}

func (r *reader) finish(src string) *Facts {
	p := newPlaces(src)
	if r.steps > maxSteps {
		r.facts.opaque = append(r.facts.opaque, Opaque{What: "the script takes too many steps to be followed"})
	}
	f := &Facts{Commands: r.facts.commands, Requests: r.facts.requests, Writes: r.facts.writes, Opaque: r.facts.opaque, Handed: r.facts.handed, Matched: r.facts.matched}
	for i := range f.Commands {
		f.Commands[i].Place = p.at(f.Commands[i].Offset)
	}
	for i := range f.Requests {
		f.Requests[i].Place = p.at(f.Requests[i].Offset)
	}
	for i := range f.Writes {
		f.Writes[i].Place = p.at(f.Writes[i].Offset)
	}
	for i := range f.Opaque {
		f.Opaque[i].Place = p.at(f.Opaque[i].Offset)
	}
	for i := range f.Handed {
		f.Handed[i].Place = p.at(f.Handed[i].Offset)
	}
	slices.Sort(f.Matched)
	f.Matched = slices.Compact(f.Matched)
	f.Handed = once(f.Handed, func(h Handed) int { return h.Offset })
	f.Commands = once(f.Commands, func(c Command) int { return c.Offset })
	f.Requests = once(f.Requests, func(c Request) int { return c.Offset })
	f.Writes = once(f.Writes, func(c Write) int { return c.Offset })
	f.Opaque = once(f.Opaque, func(c Opaque) int { return c.Offset })
	return f
}

// once sorts by offset and removes what was seen in several ways.
func once[T any](in []T, offset func(T) int) []T {
	slices.SortStableFunc(in, func(a, b T) int { return cmp.Compare(offset(a), offset(b)) })
	shared := map[int]int{}
	for _, x := range in {
		shared[offset(x)]++
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(in, func(x T) bool {
		if shared[offset(x)] == 1 {
			return false
		}
		key := fmt.Sprintf("%v", x)
		twice := seen[key]
		seen[key] = true
		return twice
	})
}

func (r *reader) opaque(sc *scope, at int, what string) {
	if r.silent == 0 && !sc.quiet {
		r.facts.opaque = append(r.facts.opaque, Opaque{Place: Place{Offset: at}, What: what})
	}
}

func (r *reader) wrote(tool, path string, at int) {
	if r.silent > 0 || path == "" {
		return
	}
	paths := []string{path}
	if !strings.HasPrefix(path, "/") {
		for _, d := range r.known().dirs { // wherever cd went, in whatever order
			paths = append(paths, d+"/"+path)
		}
	}
	for _, p := range paths {
		r.facts.writes = append(r.facts.writes, Write{Place: Place{Offset: at}, Tool: tool, Path: r.arg(p)})
	}
}
