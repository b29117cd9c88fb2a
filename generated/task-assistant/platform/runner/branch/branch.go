// Package branch reads patterns of branch names as the filter on.push.branches
// does (docs.github.com/actions/reference/workflows-and-actions/workflow-syntax,
// filter pattern cheat sheet).
//
// In: a pattern. Out: whether a name matches it, and whether two patterns have
// a name in common. What documentation and practice leave open is refused, so
// that compiler, runner and GitHub agree: exclusions with !, escapes, and **
// anywhere but at the end.
package branch

import (
	"errors"
	"fmt"
	"strings"
)

// special are the characters that stand for others.
const special = "*?+[]"

// Pattern is a pattern that Parse has accepted.
type Pattern struct {
	text     string
	elements []element
}

// element takes characters of a set: one, or at most one, or at least one, or any number.
type element struct {
	takes    set
	optional bool // none will do
	repeats  bool
}

// set holds characters below 128, and says whether it holds all others.
type set struct {
	low  [2]uint64
	rest bool
}

func (s *set) add(c byte)      { s.low[c/64] |= 1 << (c % 64) }
func (s set) has(r rune) bool  { return r < 128 && s.low[r/64]&(1<<(r%64)) != 0 || r >= 128 && s.rest }
func (s set) meets(t set) bool { return s.low[0]&t.low[0]|s.low[1]&t.low[1] != 0 || s.rest && t.rest }

// everything returns the set of all characters but those of not.
func everything(not string) set {
	s := set{rest: true}
	for c := range byte(128) {
		if strings.IndexByte(not, c) < 0 {
			s.add(c)
		}
	}
	return s
}

// Parse reads a pattern; the error says what GitHub would not take, or not as it looks.
func Parse(text string) (Pattern, error) {
	if err := checkName(text); err != nil {
		return Pattern{}, err
	}
	p := Pattern{text: text}
	for rest := text; rest != ""; {
		n, err := p.next(rest)
		if err != nil {
			return Pattern{}, err
		}
		rest = rest[n:]
	}
	return p, nil
}

// checkName refuses what no branch can be called (git-scm.com/docs/git-check-ref-format).
func checkName(text string) error {
	switch {
	case text == "":
		return errors.New("it is empty")
	case strings.HasPrefix(text, "refs/"):
		return errors.New("it begins with refs/, and the filter takes the names of branches")
	case strings.HasPrefix(text, "!"):
		return errors.New("it excludes branches; name those that are meant")
	case strings.HasPrefix(text, "/"), strings.HasSuffix(text, "/"), strings.Contains(text, "//"):
		return errors.New("no branch has an empty part between slashes")
	case strings.Contains(text, ".."), strings.Contains("/"+text, "/."), strings.HasSuffix(text, "."), strings.Contains(text+"/", ".lock/"):
		return errors.New("no branch has two dots in a row, a part that begins with a dot or ends with .lock, or a dot at its end")
	}
	return nil
}

// next reads one element from the beginning of rest and returns how long it is.
func (p *Pattern) next(rest string) (int, error) {
	switch c := rest[0]; {
	case rest == "**":
		p.elements = append(p.elements, element{takes: everything(""), optional: true, repeats: true})
		return 2, nil
	case strings.HasPrefix(rest, "**"):
		return 0, errors.New("** stands before its end")
	case c == '*':
		p.elements = append(p.elements, element{takes: everything("/"), optional: true, repeats: true})
		return 1, nil
	case c == '?' || c == '+':
		return 1, p.repeat(c)
	case c == '[':
		takes, n, err := class(rest)
		p.elements = append(p.elements, element{takes: takes})
		return n, err
	case isAlnum(c) || strings.IndexByte("._/-@#=,", c) >= 0:
		e := element{}
		e.takes.add(c)
		p.elements = append(p.elements, e)
		return 1, nil
	}
	return 0, fmt.Errorf("it holds %q", []rune(rest)[0])
}

// repeat applies ? (none or one) or + (one or more) to the character before it.
func (p *Pattern) repeat(c byte) error {
	if len(p.elements) == 0 {
		return fmt.Errorf("%c has no character before it", c)
	}
	last := &p.elements[len(p.elements)-1]
	if last.optional || last.repeats {
		return fmt.Errorf("%c stands behind another character that repeats", c)
	}
	last.optional, last.repeats = c == '?', c == '+'
	return nil
}

// class reads [a-c0]: letters and digits, alone and as ranges.
func class(rest string) (set, int, error) {
	end := strings.IndexByte(rest, ']')
	if end < 2 {
		return set{}, 0, errors.New("[ has no ] with a character between them")
	}
	var s set
	for inner := rest[1:end]; inner != ""; {
		lo, hi, n := inner[0], inner[0], 1
		if len(inner) >= 3 && inner[1] == '-' {
			hi, n = inner[2], 3
		}
		if !isAlnum(lo) || !isAlnum(hi) || hi < lo || kind(lo) != kind(hi) {
			return set{}, 0, fmt.Errorf("[%s] is not of letters, digits and their ranges", rest[1:end])
		}
		for c := lo; c <= hi; c++ {
			s.add(c)
		}
		inner = inner[n:]
	}
	return s, end + 1, nil
}

func isAlnum(c byte) bool { return kind(c) != 0 }

// kind tells digits, upper-case and lower-case letters apart; 0 is none of them.
func kind(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return 1
	case c >= 'A' && c <= 'Z':
		return 2
	case c >= 'a' && c <= 'z':
		return 3
	}
	return 0
}

// Literal reports whether the pattern is one branch's name.
func (p Pattern) Literal() bool { return !strings.ContainsAny(p.text, special) }

// Prefix returns with what every name begins that the pattern matches.
func (p Pattern) Prefix() string {
	n := strings.IndexAny(p.text, special)
	switch {
	case n < 0:
		return p.text
	case p.text[n] == '?':
		return p.text[:n-1] // the character before it may be missing
	}
	return p.text[:n]
}

// Match reports whether a branch's name matches the pattern.
func (p Pattern) Match(name string) bool {
	at := p.after(map[int]bool{}, 0)
	for _, r := range name {
		next := map[int]bool{}
		for i := range at {
			if i < len(p.elements) && p.elements[i].takes.has(r) {
				p.step(next, i)
			}
		}
		at = next
	}
	return at[len(p.elements)]
}

// step adds the elements that may come once element i has taken a character.
func (p Pattern) step(to map[int]bool, i int) {
	if p.elements[i].repeats {
		to[i] = true
	}
	p.after(to, i+1)
}

// after adds element i, and those behind it as far as they may be left out; the number of elements stands for the end.
func (p Pattern) after(to map[int]bool, i int) map[int]bool {
	for to[i] = true; i < len(p.elements) && p.elements[i].optional; i++ {
		to[i+1] = true
	}
	return to
}

// Overlap reports whether some branch matches both patterns.
func Overlap(p, q Pattern) bool {
	type pair struct{ i, j int }
	seen := map[pair]bool{}
	var todo []pair
	reach := func(is, js map[int]bool) {
		for i := range is {
			for j := range js {
				if !seen[pair{i, j}] {
					seen[pair{i, j}] = true
					todo = append(todo, pair{i, j})
				}
			}
		}
	}
	for reach(p.after(map[int]bool{}, 0), q.after(map[int]bool{}, 0)); len(todo) > 0; {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if at.i == len(p.elements) || at.j == len(q.elements) || !p.elements[at.i].takes.meets(q.elements[at.j].takes) {
			continue
		}
		is, js := map[int]bool{}, map[int]bool{}
		p.step(is, at.i)
		q.step(js, at.j)
		if is[len(p.elements)] && js[len(q.elements)] {
			return true
		}
		reach(is, js)
	}
	return false
}
