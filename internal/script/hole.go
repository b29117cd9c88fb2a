package script

import (
	"slices"
	"strings"
)

// A text is a string in which every part that is not known is one rune, a hole.
// Texts are joined, split and compared like strings, and code with holes in it
// still parses: to the parser a hole is a letter.

// firstHole is the first of the private-use runes that stand for holes. One that a script
// holds itself is at worst taken for something unknown.
const (
	firstHole = 0xF0000
	maxHoles  = 0x8000
)

// kind orders what is not known by how little can be said about it.
type kind int

const (
	ordinary kind = iota // a number, a path of the machine, the output of an ordinary command
	outside              // a variable that comes from outside the script
	download             // what came over the network
	decoded              // what was encoded or compressed
)

// reasons say what a hole is, in a finding.
var reasons = [...]string{"the output of a command", "a variable from outside", "a download", "decoded text"}

// hole is something that is not known. Two equal holes are one and the same rune.
type hole struct {
	show     string // as a person writes it: $NAME, $(…)
	vars     string // names of the variables it comes from, sorted, with a blank between
	kind     kind
	site     int  // tells two outputs apart
	many     bool // any number of words
	glob     bool // a pattern of file names
	file     bool // what a file of the platform holds
	fallback bool // the variable of ${NAME:-word} that nothing sets
	computed bool // a program has made it of its variables: their text is not in it
	split    bool // a program may have made several lines of one
}

type holes struct {
	all   []hole
	index map[hole]rune
}

// text returns the hole as a text.
func (h *holes) text(x hole) string {
	if c, ok := h.index[x]; ok {
		return string(c)
	}
	if len(h.all) == maxHoles {
		return string(rune(firstHole)) // some hole or other
	}
	c := rune(firstHole + len(h.all))
	h.all = append(h.all, x)
	h.index[x] = c
	return string(c)
}

func isHole(c rune) bool { return c >= firstHole && c < firstHole+maxHoles }

func literal(text string) bool { return strings.IndexFunc(text, isHole) < 0 }

// in returns the holes of a text.
func (h *holes) in(text string) []hole {
	var out []hole
	for _, c := range text {
		if i := int(c) - firstHole; isHole(c) && i < len(h.all) {
			out = append(out, h.all[i])
		}
	}
	return out
}

// kindOf returns the worst kind of the holes in a text; a literal is ordinary.
func (h *holes) kindOf(text string) kind {
	k := ordinary
	for _, x := range h.in(text) {
		k = max(k, x.kind)
	}
	return k
}

// varsOf returns the variables that the holes of a text come from.
func (h *holes) varsOf(texts ...string) []string {
	var out []string
	for _, t := range texts {
		for _, x := range h.in(t) {
			out = append(out, strings.Fields(x.vars)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// derived is a hole that was computed from texts.
func (h *holes) derived(show string, k kind, site int, from ...string) string {
	for _, t := range from {
		k = max(k, h.kindOf(t))
	}
	computed := len(h.carried(strings.Join(from, ""))) == 0
	return h.text(hole{show: show, kind: k, site: site, vars: strings.Join(h.varsOf(from...), " "), computed: computed, split: h.severalLines(from...)})
}

// spread marks the holes of a text as what may be any number of words.
func (h *holes) spread(text string) string {
	return h.mapHoles(text, func(x hole) hole { x.many = true; return x })
}

func (h *holes) mapHoles(text string, f func(hole) hole) string {
	if literal(text) {
		return text
	}
	var b strings.Builder
	for _, c := range text {
		if i := int(c) - firstHole; isHole(c) && i < len(h.all) {
			b.WriteString(h.text(f(h.all[i])))
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// many says that a text is a hole that may be any number of words.
func (h *holes) many(text string) bool {
	return slices.ContainsFunc(h.in(text), func(x hole) bool { return x.many })
}

// globbed says that all holes of a text are patterns of file names.
func (h *holes) globbed(text string) bool {
	in := h.in(text)
	return len(in) > 0 && !slices.ContainsFunc(in, func(x hole) bool { return !x.glob })
}

// show prints a text for a person and for the rules.
func (h *holes) print(text string) string {
	var b strings.Builder
	for _, c := range text {
		if i := int(c) - firstHole; isHole(c) && i < len(h.all) {
			b.WriteString(h.all[i].show)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func (h *holes) arg(text string) Arg {
	known := !slices.ContainsFunc(h.in(text), func(x hole) bool { return !x.glob })
	return Arg{Text: h.print(text), Literal: known, Vars: h.varsOf(text)}
}

func (h *holes) args(texts []string) []Arg {
	out := make([]Arg, len(texts))
	for i, t := range texts {
		out[i] = h.arg(t)
	}
	return out
}

// list is the words of an array, or the one word of a plain variable.
type list []string

// addAlt adds a value to the values something may have, and keeps them few.
func (h *holes) addAlt(alts []list, l list) []list {
	if slices.ContainsFunc(alts, func(o list) bool { return slices.Equal(o, l) }) {
		return alts
	}
	alts = append(slices.Clip(alts), l)
	if len(alts) <= maxAlts {
		return alts
	}
	return []list{h.widen(alts)}
}

// widen keeps what all values begin with; the rest becomes a hole.
func (h *holes) widen(alts []list) list {
	k, plain := ordinary, true
	for _, l := range alts {
		plain = plain && len(l) == 1
		for _, t := range l {
			k = max(k, h.kindOf(t))
		}
	}
	first := alts[0]
	if plain {
		n := len(first[0])
		for _, l := range alts[1:] {
			n = min(n, commonPrefix(first[0], l[0]))
		}
		return list{first[0][:n] + h.text(hole{show: "$(…)", kind: k, site: -1})}
	}
	n := len(first)
	for _, l := range alts[1:] {
		i := 0
		for i < min(n, len(l)) && l[i] == first[i] {
			i++
		}
		n = i
	}
	return append(slices.Clone(first[:n]), h.text(hole{show: "$(…)", kind: k, site: -1, many: true}))
}

// commonPrefix counts the bytes that a and b begin with, in whole runes.
func commonPrefix(a, b string) int {
	for i, c := range a {
		if !strings.HasPrefix(b[min(i, len(b)):], string(c)) {
			return i
		}
	}
	return len(a)
}
