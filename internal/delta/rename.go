package delta

import (
	"cmp"
	"slices"
	"strings"
)

// renameable are the kinds of units whose new name is looked for, from the outside in.
var renameable = []string{"platform", "engine", "route", "profile", "workflow", "job", "step"}

// maxPairs bounds the comparison of units that went with units that came, in one place.
const maxPairs = 2500

// renamed gives units of the old side, which are gone, the names of units of the new side that are much the same.
// What still differs between the two remains a difference, so that a new name hides nothing.
func (s Surface) renamed(new Surface) (Surface, []difference) {
	var found []difference
	out := s
	out.facts = slices.Clone(s.facts)
	for _, kind := range renameable {
		for _, p := range pairs(kind, out.facts, new.facts) {
			out.facts = once(apply(out.facts, p))
			if kind == "step" && (strings.HasPrefix(p.from.what, unnamed) || strings.HasPrefix(p.to.what, unnamed)) {
				continue // it had no name to lose
			}
			found = append(found, difference{fact: p.to, before: p.from.what, after: p.to.what, state: isRenamed, direction: Changed})
		}
	}
	return out, found
}

// pair is a unit under its old and its new name.
type pair struct {
	from, to fact
	likeness int // of 1000
}

// pairs finds the units of a kind that have new names.
func pairs(kind string, old, new []fact) []pair {
	a, b := unitsOf(kind, old), unitsOf(kind, new)
	gone, came := missing(a, b), missing(b, a)
	if len(gone) == 0 || len(came) == 0 {
		return nil
	}
	inOld, inNew := contents(gone, old), contents(came, new)
	siblings := map[string]int{}
	for _, f := range slices.Concat(gone, came) {
		siblings[strings.Join(f.where, separator)]++
	}
	var all []pair
	for _, f := range gone {
		for _, t := range came {
			if n := siblings[strings.Join(f.where, separator)]; slices.Equal(f.where, t.where) && n*n/4 <= maxPairs {
				if l := likeness(inOld[f.path()], inNew[t.path()]); l >= 600 {
					all = append(all, pair{f, t, l})
				}
			}
		}
	}
	slices.SortFunc(all, func(p, q pair) int { // the same whichever side is old
		return cmp.Or(cmp.Compare(q.likeness, p.likeness), strings.Compare(min(p.from.key(), p.to.key()), min(q.from.key(), q.to.key())), strings.Compare(max(p.from.key(), p.to.key()), max(q.from.key(), q.to.key())))
	})
	taken := map[string]bool{}
	var out []pair
	for _, p := range all {
		from, to := "<"+p.from.key(), ">"+p.to.key()
		if !taken[from] && !taken[to] {
			taken[from], taken[to] = true, true
			out = append(out, p)
		}
	}
	return out
}

// unitsOf are the units of a kind, in the order of their keys.
func unitsOf(kind string, facts []fact) []fact {
	var out []fact
	for i := range facts {
		if facts[i].kind == kind {
			facts[i].key()
			out = append(out, facts[i])
		}
	}
	return out
}

// missing are the units that the other side has not.
func missing(units, other []fact) []fact {
	there := index(other)
	return slices.DeleteFunc(slices.Clone(units), func(f fact) bool { _, ok := there[f.key()]; return ok })
}

// contents are what units hold, each fact as a text that does not name the unit.
func contents(units, facts []fact) map[string]map[string]bool {
	out := make(map[string]map[string]bool, len(units))
	name := make(map[string]string, len(units))
	for _, u := range units {
		out[u.path()], name[u.path()] = map[string]bool{}, u.what
	}
	for _, f := range facts {
		for n := 1; n <= len(f.where); n++ {
			path := strings.Join(f.where[:n], separator)
			if in, ok := out[path]; ok {
				text := place{f.kind, f.where[n:], f.what}.key() + separator + f.value
				if strings.HasPrefix(name[path], nameBegin) {
					text = strings.ReplaceAll(text, name[path], nameBegin)
				}
				in[text] = true
			}
		}
	}
	return out
}

// likeness is how much two sets have in common, of 1000.
func likeness(a, b map[string]bool) int {
	both := 0
	for t := range a {
		if b[t] {
			both++
		}
	}
	if len(a)+len(b) == 0 {
		return 0
	}
	return 2000 * both / (len(a) + len(b))
}

// apply gives one unit its new name, wherever facts name it.
func apply(facts []fact, p pair) []fact {
	for i, f := range facts {
		if !p.holds(f.where) {
			continue
		}
		f.place, f.id = p.move(f.place), ""
		if p.from.kind == "engine" {
			f.value = strings.ReplaceAll(f.value, p.from.what, p.to.what)
		}
		if f.kind == "step-order" && p.from.kind == "step" && slices.Equal(f.where, p.from.where) {
			names := strings.Split(f.value, separator)
			if at := slices.Index(names, p.from.what); at >= 0 {
				names[at] = p.to.what
			}
			f.value = strings.Join(names, separator)
		}
		f.given = slices.Clone(f.given)
		for j := range f.given {
			f.given[j] = p.move(f.given[j])
		}
		facts[i] = f
	}
	return facts
}

// holds tells whether units are within that in which the name was changed.
func (p pair) holds(where []string) bool {
	depth := len(p.from.where)
	return len(where) >= depth && slices.Equal(where[:depth], p.from.where)
}

// move is a place under the new name.
func (p pair) move(at place) place {
	if !p.holds(at.where) {
		return at
	}
	depth := len(p.from.where)
	switch {
	case len(at.where) == depth && at.kind == p.from.kind && at.what == p.from.what,
		at.kind == "needs" && p.from.kind == "job" && at.what == p.from.what:
		at.what = p.to.what
	case len(at.where) > depth && at.where[depth] == p.from.kind+" "+p.from.what:
		at.where = slices.Clone(at.where)
		at.where[depth] = p.to.kind + " " + p.to.what
	}
	if p.from.kind == "engine" { // its name is marked wherever it stands
		at.what = strings.ReplaceAll(at.what, p.from.what, p.to.what)
	}
	return at
}
