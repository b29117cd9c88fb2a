package delta

import (
	"cmp"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
)

// Change is one thing that was gained or lost, or is otherwise. All of its texts can be printed as they are.
type Change struct {
	Direction Direction `json:"direction"`
	// Kind is one of Kinds.
	Kind string `json:"kind"`
	// Subject is a stable path of words, such as "platform demo / engine lint / permission issues".
	Subject string `json:"subject"`
	// Before and After are what was and is said of it, "" where it was or is not there.
	Before string `json:"before"`
	After  string `json:"after"`
	// Message says it in a sentence.
	Message string `json:"message"`
	// Why is set where it widens, and says why that matters.
	Why string `json:"why,omitempty"`
	// File and Line are where the new side says it, or has what it is gone from; "" and 0 where that is gone, too.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	// Places are all where the same holds, in order; of some kinds there is but one.
	Places []string `json:"places"`
	// Details are what comes or goes with it.
	Details []string `json:"details,omitempty"`
}

// difference is a fact that only one side has, or of which they say different things.
type difference struct {
	fact                 // of the new side, where it has one
	before, after string // values
	state         state  // which of the sentences
	direction     Direction
	parts         []difference // of a unit
}

type state int

const (
	isAdded state = iota
	isRemoved
	isChanged
	isRenamed
)

// Compare tells what a change from old to new gains and loses, widened first, in the order of Kinds.
func Compare(old, new Surface) []Change {
	changes, _ := compare(old, new)
	return changes
}

// compare returns the changes, and the keys of the files that say something else.
func compare(old, new Surface) ([]Change, map[string]bool) {
	old, renamed := old.renamed(new)
	ds := differences(old, new)
	touched := map[string]bool{}
	for _, d := range slices.Concat(ds, renamed) {
		touched[d.file] = true
	}
	ds = append(fold(ds), renamed...)
	ds = explained(ds)
	groups := group(ds)
	platforms := map[string]bool{}
	for _, f := range slices.Concat(old.facts, new.facts) {
		if f.kind == "platform" {
			platforms[f.what] = true
		}
	}
	out := make([]Change, len(groups))
	for i, g := range groups {
		out[i] = g.change(len(platforms) > 1)
	}
	rank := func(c Change) int { return slices.Index([]Direction{Widened, Narrowed, Changed}, c.Direction) }
	slices.SortStableFunc(out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(byID[a.Kind], byID[b.Kind]), strings.Compare(a.Subject, b.Subject), strings.Compare(a.Message, b.Message))
	})
	return out, touched
}

// sameEffect lists the files of the new side, as their user finds them, whose bytes have changed and what they may do has not, sorted.
func sameEffect(old, new Surface, touched map[string]bool) []string {
	var out []string
	for key, f := range new.files {
		was, ok := old.files[key]
		if platform, path, _ := strings.Cut(key, separator); strings.HasPrefix(path, templatesPath) && new.isStub(platform, f.digest) {
			continue // what the profile does is what the template does
		}
		if ok && was.digest != f.digest && !touched[key] && !strings.HasSuffix(key, separator+manifestPath) {
			out = append(out, f.at)
		}
	}
	slices.Sort(out)
	return out
}

// isStub tells whether a digest is that of a profile's stub.
func (s Surface) isStub(platform, digest string) bool {
	for key, f := range s.files {
		if f.digest == digest && strings.HasPrefix(key, fileKey(platform, "host/")) {
			return true
		}
	}
	return false
}

func index(facts []fact) map[string]fact {
	out := make(map[string]fact, len(facts))
	for i := range facts {
		out[facts[i].key()] = facts[i]
	}
	return out
}

// differences compares fact by fact, in the order of their keys.
func differences(old, new Surface) []difference {
	a, b := index(old.facts), index(new.facts)
	declared := old.declared && new.declared
	counts := func(f fact, other map[string]fact) bool {
		if _, all := other[place{f.kind, f.where, everything}.key()]; all && slices.Contains([]string{"secret", "secret-name", "variable", "variable-name"}, f.kind) {
			return false // it is among them
		}
		return (declared || !f.declared()) && !slices.ContainsFunc(f.given, func(p place) bool { _, ok := other[p.key()]; return !ok })
	}
	var out []difference
	for _, f := range new.facts {
		was, ok := a[f.key()]
		k := kindOf(f.kind)
		switch {
		case !ok && counts(f, a):
			out = append(out, difference{fact: f, after: f.value, state: isAdded, direction: k.added()})
		case ok && was.value != f.value && (declared || !f.declared()):
			if d, differs := changed(k, f, was.value); differs {
				out = append(out, d)
			}
		}
	}
	for _, f := range old.facts {
		if _, ok := b[f.key()]; !ok && counts(f, b) {
			f.pos = nearest(f, b)
			out = append(out, difference{fact: f, before: f.value, state: isRemoved, direction: kindOf(f.kind).removed()})
		}
	}
	return out
}

// nearest is where the other side has the innermost unit that a fact was in.
func nearest(f fact, other map[string]fact) diag.Pos {
	for n := len(f.where); n > 0; n-- {
		if u, ok := other[unitOf(f.where[:n]).key()]; ok {
			return u.pos
		}
	}
	return diag.Pos{}
}

// changed is a fact with another value. Of the order of steps only those count that both sides have.
func changed(k *Kind, f fact, before string) (difference, bool) {
	d := difference{fact: f, before: before, after: f.value, state: isChanged}
	if f.kind == "step-order" {
		was, is := strings.Split(before, separator), strings.Split(f.value, separator)
		was, is = common(was, is), common(is, was)
		if slices.Equal(was, is) {
			return d, false
		}
		for was[0] == is[0] { // what is not elsewhere need not be said
			was, is = was[1:], is[1:]
		}
		for was[len(was)-1] == is[len(is)-1] {
			was, is = was[:len(was)-1], is[:len(is)-1]
		}
		d.before, d.after = strings.Join(was, ", "), strings.Join(is, ", ")
	}
	d.direction = k.changed(d.before, d.after)
	return d, true
}

// common are the items of a that b has, too.
func common(a, b []string) []string {
	in := make(map[string]bool, len(b))
	for _, s := range b {
		in[s] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !in[s] })
}

// fold puts what comes and goes with a unit into it: of a new engine it is said once that it is new.
func fold(ds []difference) []difference {
	units := map[string]int{}
	for i, d := range ds {
		if kindOf(d.kind).unit && d.state != isChanged {
			units[d.path()] = i
		}
	}
	var whole []int
	for i, d := range ds {
		if at, ok := unitAbove(d, units); ok && ds[at].state == d.state {
			ds[at].parts = append(ds[at].parts, d)
		} else {
			whole = append(whole, i)
		}
	}
	out := make([]difference, 0, len(whole))
	for _, i := range whole {
		d := ds[i]
		if d.direction == Changed && slices.ContainsFunc(d.parts, func(p difference) bool { return p.tells() && kindOf(p.kind).added() == Widened }) {
			if d.direction = Widened; d.state == isRemoved {
				d.direction = Narrowed
			}
		}
		out = append(out, d)
	}
	return out
}

// unitAbove is the outermost unit that a difference is inside of.
func unitAbove(d difference, units map[string]int) (int, bool) {
	for n := 1; n <= len(d.where); n++ {
		if at, ok := units[strings.Join(d.where[:n], separator)]; ok {
			return at, true
		}
	}
	return 0, false
}

// explained leaves out what says again what another difference says.
func explained(ds []difference) []difference {
	type name struct {
		kind, what string
		state      state
	}
	there := map[name]bool{}
	for _, d := range ds {
		there[name{d.kind, d.what, d.state}] = true
	}
	says := func(d difference, by string) bool { return there[name{by, d.what, d.state}] }
	return slices.DeleteFunc(ds, func(d difference) bool {
		switch k := kindOf(d.kind); {
		case d.state == isAdded && k.Added == "", d.state == isRemoved && k.Removed == "":
			return true // it comes and goes with its unit
		}
		switch d.kind {
		case "secret-name":
			return says(d, "secret")
		case "variable-name":
			return says(d, "variable")
		case "ref":
			return d.state != isChanged && says(d, "action")
		case "image-ref":
			return d.state != isChanged && says(d, "image")
		}
		return false
	})
}

// group puts what happened alike in several places together.
func group(ds []difference) []bundle {
	at := map[string]int{}
	var out []bundle
	for _, d := range wholeTokens(ds) {
		key := strings.Join([]string{d.kind, d.what, d.before, d.after, string(d.direction), string(rune('0' + d.state))}, separator)
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, bundle{difference: d})
		}
		out[i].places = append(out[i].places, d.where)
		if ok {
			out[i].parts = append(out[i].parts, d.parts...)
		}
	}
	return out
}

// wholeTokens says once what happened to every scope of a job's GITHUB_TOKEN: those that come or go are one, where
// all then have, or had, the same.
func wholeTokens(ds []difference) []difference {
	of := func(d difference, state state, value string) string {
		return strings.Join(append(slices.Clone(d.where), string(rune('0'+state)), value), separator)
	}
	all, other := map[string]int{}, map[string]bool{}
	for _, d := range ds {
		if d.kind != "token" || !slices.Contains(scopes, d.what) {
			continue
		}
		if d.state != isRemoved {
			all[of(d, isAdded, d.after)]++
			other[of(d, isAdded, d.after)] = other[of(d, isAdded, d.after)] || d.state == isChanged
		}
		if d.state != isAdded {
			all[of(d, isRemoved, d.before)]++
			other[of(d, isRemoved, d.before)] = other[of(d, isRemoved, d.before)] || d.state == isChanged
		}
	}
	said := map[string]bool{}
	var out []difference
	for _, d := range ds {
		key := of(d, d.state, d.after+d.before)
		if d.kind == "token" && d.state != isChanged && slices.Contains(scopes, d.what) && all[key] == len(scopes) {
			if said[key] {
				continue
			}
			said[key] = true
			if d.what = "every scope"; other[key] {
				d.what = "every other scope"
			}
		}
		out = append(out, d)
	}
	return out
}

// bundle is a difference with all the places where it is the same.
type bundle struct {
	difference
	places [][]string
}
