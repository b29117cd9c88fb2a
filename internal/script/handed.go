package script

import (
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Handed is what a script gives to later steps by a file of the runner's
// (docs.github.com/actions/reference/workflows-and-actions/workflow-commands, environment files).
type Handed struct {
	Place
	// File is the variable that names the file: GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH or GITHUB_STATE.
	File string
	// Name is that of the output or the variable, "" where the text does not tell, or the file knows no names.
	Name string
	// Value is what it is given.
	Value Arg
	// Lines says that a program may have made several lines of one in the value.
	Lines bool
	// From are the variables whose own text can be in the value, sorted. Value.Vars has those besides
	// from which a program has made something else, such as a digest.
	From []string
}

// runnerFiles are the variables that name such files.
var runnerFiles = []string{"GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE"}

// maxHanded bounds what is kept of one script.
const maxHanded = 256

// hands notes a text that is written to a file, if the file is one of the runner's.
func (r *reader) hands(name, content string, at int) {
	in := r.in(name)
	if len(in) != 1 || !slices.Contains(runnerFiles, in[0].vars) {
		return
	}
	file := in[0].vars
	for lines := strings.Split(strings.TrimSuffix(content, "\n"), "\n"); len(lines) > 0 && len(r.facts.handed) < maxHanded; {
		name, value, rest := handed(file, lines)
		if !literal(name) {
			name, value = "", name+value
		}
		r.facts.handed = append(r.facts.handed, Handed{Place: Place{Offset: at}, File: file, Name: name, Value: r.arg(value), From: r.carried(value), Lines: r.severalLines(value)})
		lines = rest
	}
}

// handed reads the first entry of such a file: NAME=VALUE, or NAME<<END and lines up to END.
func handed(file string, lines []string) (name, value string, rest []string) {
	first, rest := lines[0], lines[1:]
	equals, here := strings.IndexByte(first, '='), strings.Index(first, "<<")
	switch {
	case file == "GITHUB_PATH":
		return "", first, rest
	case here >= 0 && (equals < 0 || here < equals):
		end := slices.Index(rest, first[here+2:])
		if end < 0 {
			return first[:here], strings.Join(rest, "\n"), nil
		}
		return first[:here], strings.Join(rest[:end], "\n"), rest[end+1:]
	case equals >= 0:
		return first[:equals], first[equals+1:], rest
	}
	return "", first, rest
}

// carried returns the variables whose own text can be in a text.
func (h *holes) carried(text string) []string {
	var out []string
	for _, x := range h.in(text) {
		if !x.computed {
			out = append(out, strings.Fields(x.vars)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// filters are programs that print text that they were given.
var filters = []string{"awk", "gawk", "basename", "column", "cut", "dirname", "envsubst", "expand", "fmt", "fold", "grep", "egrep", "head", "iconv", "jq", "nl", "paste", "sed", "sort", "tac", "tail", "tr", "uniq", "xargs", "yq"}

// allowsRE is a class that names what may stay, as those do that clean a text of all else.
var allowsRE = regexp.MustCompile(`\[[\^!][^\]]*(a-z|A-Z|0-9|:alnum:|:alpha:|\\w)`)

// carries tells whether the text that a program is given can come out of it as it is.
func carries(name string, args []string) bool {
	all := strings.Join(args, " ")
	switch {
	case !slices.Contains(filters, name), allowsRE.MatchString(all):
		return false
	case name == "tr": // -cd keeps the characters that it names
		return !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "-") && strings.ContainsAny(a, "cC") })
	case strings.HasSuffix(name, "grep"):
		return strings.ContainsAny(all, ".^") // [0-9]+ lets nothing else through
	}
	return true
}

// computed marks a text as what a program has made.
func (h *holes) computed(text string) string {
	return h.mapHoles(text, func(x hole) hole { x.computed = true; return x })
}

// matched notes variables that [[ =~ ]] compares with a pattern.
func (r *reader) matched(sc *scope, n syntax.Node) {
	test, ok := n.(*syntax.TestClause)
	if !ok || r.silent > 0 {
		return
	}
	syntax.Walk(test, func(n syntax.Node) bool {
		if b, ok := n.(*syntax.BinaryTest); ok && b.Op == syntax.TsReMatch {
			if w, ok := b.X.(*syntax.Word); ok {
				r.facts.matched = append(r.facts.matched, r.varsOf(r.word(sc, w)...)...)
			}
		}
		return true
	})
}

// severalLines tells whether a program may have made several lines of one in a text.
func (h *holes) severalLines(texts ...string) bool {
	return slices.ContainsFunc(texts, func(t string) bool {
		return slices.ContainsFunc(h.in(t), func(x hole) bool { return x.split && !x.computed })
	})
}

// splits tells whether a filter may print several lines for one that it gets.
func splits(name string, args []string) bool {
	all := strings.Join(args, " ")
	switch name {
	case "grep", "egrep":
		return slices.ContainsFunc(args, func(a string) bool {
			return a == "--only-matching" || len(a) > 1 && a[0] == '-' && a[1] != '-' && strings.Contains(a, "o")
		})
	case "tr", "sed", "awk", "gawk":
		return strings.Contains(all, `\n`) || strings.Contains(all, `\012`)
	case "fold", "fmt", "xargs", "jq", "yq":
		return true
	}
	return false
}
