// Package delta says in words what a change of generated or hand-written workflows
// gains and loses: permissions, secrets, triggers, refs, engines, routes, order, targets.
//
// In: the files of two sides as bytes, and what their specs declare beside them.
// Out: the changes, each with a direction: widened, narrowed, or changed. Read
// turns files into a Surface, a set of facts; Compare takes two. Facts are read
// from the files, because they are what runs, and the files may be anybody's: what
// cannot be read is a fact of its own, and widens. Kinds is the one table that
// says what there is and what counts as widened; docs/diff.md shows it. Whatever a
// Change says can be printed: no control character of a file reaches it. The
// package knows neither plan nor renderer.
package delta

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/parallel"
)

// File is one file of a side.
type File struct {
	// Path is the file's place in its tree (platform/.github/workflows/dispatcher.yml), or of a file of nobody's its name.
	Path string
	// At is how its user finds it, Path where it is "".
	At   string
	Data []byte
}

// Tree is what is generated for one platform, or files that belong to none: then Platform is "".
type Tree struct {
	Platform string
	Files    []File
}

// Surface is what a set of files can do.
type Surface struct {
	facts []fact
	// files by platform and path.
	files map[string]known
	// declared tells that the specs were there, too, with what no file says.
	declared bool
}

// place is what a fact is about: a kind, the units that it belongs to, and its name among those of its kind there.
type place struct {
	kind string
	// where are the units from the outside in: "platform demo", "engine lint", "job engine".
	where []string
	what  string
}

// separator parts what is joined where any text may stand; no file's text holds it, since neither YAML nor names do.
const separator = "\x00"

// key is the place's, remembered.
func (f *fact) key() string {
	if f.id == "" {
		f.id = f.place.key()
	}
	return f.id
}

func (p place) key() string {
	return p.kind + separator + strings.Join(p.where, separator) + separator + separator + p.what
}

// path is the place as a unit that others belong to.
func (p place) path() string {
	return strings.Join(append(slices.Clip(p.where), p.kind+" "+p.what), separator)
}

// unitOf is the unit that a path leads to.
func unitOf(path []string) place {
	kind, what, _ := strings.Cut(path[len(path)-1], " ")
	return place{kind, path[:len(path)-1], what}
}

// fact is one thing that can be gained or lost.
type fact struct {
	place
	// value is what is said of it, "" where it only is there.
	value string
	pos   diag.Pos
	// file is the key of the file that says it, "" for what the specs alone declare.
	file string
	// id is the place's key, once it is asked for.
	id string
	// given are other facts: where the other side lacks one of them, that this one is new or gone says nothing more.
	given []place
}

// Read finds out what files can do. It never fails: a file that cannot be read is a fact.
func Read(trees []Tree) Surface { return read(trees, nil) }

// read leaves out the files whose keys are in same.
func read(trees []Tree, same map[string]bool) Surface {
	s := Surface{files: map[string]known{}}
	for _, t := range trees {
		r := newReader(t)
		parts := make([]reader, len(t.Files))
		parallel.Do(len(t.Files), func(i int) {
			parts[i] = reader{context: r.context}
			if !same[fileKey(t.Platform, t.Files[i].Path)] {
				parts[i].read(t.Files[i])
			}
		})
		facts := r.facts
		for i, f := range t.Files {
			facts = append(facts, parts[i].facts...)
			s.files[fileKey(t.Platform, f.Path)] = known{cmp.Or(f.At, f.Path), digest(f.Data)}
		}
		s.facts = append(append(s.facts, facts...), totals(r.root, facts)...)
	}
	s.facts = once(s.facts)
	return s
}

// ReadBoth reads two sides that are compared, and of what is the same in both no more than the comparison needs: it
// finds what it would find between what Read gives.
func ReadBoth(old, new []Tree) (Surface, Surface) {
	same := sameFiles(old, new)
	a, b := read(old, same), read(new, same)
	if whole := differentTotals(a, b); len(whole) > 0 { // whether an action is new, a file may tell that is the same
		for key := range same {
			if platform, _, _ := strings.Cut(key, separator); whole[platform] {
				delete(same, key)
			}
		}
		a, b = read(old, same), read(new, same)
	}
	return a, b
}

// sameFiles are the keys of files that say the same on both sides: their bytes do, and what is known of the whole tree.
func sameFiles(old, new []Tree) map[string]bool {
	contexts := map[string]string{}
	digests := map[string]string{}
	for _, t := range old {
		contexts[t.Platform] = contextOf(t)
		for _, f := range t.Files {
			digests[fileKey(t.Platform, f.Path)] = digest(f.Data)
		}
	}
	out := map[string]bool{}
	for _, t := range new {
		if c, ok := contexts[t.Platform]; !ok || c != contextOf(t) {
			continue
		}
		for _, f := range t.Files {
			if key := fileKey(t.Platform, f.Path); digests[key] == digest(f.Data) {
				out[key] = true
			}
		}
	}
	return out
}

// contextOf is all of a tree that the reading of its other files depends on.
func contextOf(t Tree) string {
	var parts []string
	for _, f := range t.Files {
		if f.Path == factsPath || strings.HasPrefix(f.Path, "host/") {
			parts = append(parts, f.Path, digest(f.Data))
		}
	}
	return strings.Join(parts, separator)
}

// totalOf are the kinds of facts that are told once of a whole tree.
var totalOf = map[string]string{"ref": "action", "image-ref": "image", "secret": "secret-name", "variable": "variable-name"}

// differentTotals are the platforms whose totals differ as far as they were read.
func differentTotals(a, b Surface) map[string]bool {
	all := func(s Surface) map[string]bool {
		out := map[string]bool{}
		for i, f := range s.facts {
			switch f.kind {
			case "action", "image", "secret-name", "variable-name":
				out[s.facts[i].key()] = true
			}
		}
		return out
	}
	x, y := all(a), all(b)
	out := map[string]bool{}
	for _, s := range []Surface{a, b} {
		for i, f := range s.facts {
			if key := s.facts[i].key(); x[key] != y[key] {
				platform := ""
				if len(f.where) > 0 {
					platform = strings.TrimPrefix(f.where[0], "platform ")
				}
				out[platform] = true
			}
		}
	}
	return out
}

// known is a file that was read.
type known struct{ at, digest string }

func fileKey(platform, path string) string { return platform + separator + path }

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// once sorts facts and keeps the first of those with one key; where they say different things, that is part of the value.
func once(facts []fact) []fact {
	order := make([]*fact, len(facts))
	for i := range facts {
		facts[i].key()
		order[i] = &facts[i]
	}
	slices.SortStableFunc(order, func(a, b *fact) int { return strings.Compare(a.id, b.id) })
	out := make([]fact, 0, len(facts))
	for _, f := range order {
		if last := len(out) - 1; last < 0 || out[last].id != f.id {
			out = append(out, *f)
		} else if !slices.Contains(strings.Split(out[last].value, " and "), f.value) {
			out[last].value += " and " + f.value
		}
	}
	return out
}

// totals are facts of a whole tree: each action, secret and variable that is used anywhere in it.
func totals(root []string, facts []fact) []fact {
	var out []fact
	for _, f := range facts {
		total, ok := totalOf[f.kind]
		if !ok || len(f.where) < len(root) || !slices.Equal(f.where[:len(root)], root) || strings.HasPrefix(f.what, "./") || strings.HasPrefix(f.what, "$/") {
			continue
		}
		out = append(out, fact{place: place{total, root, f.what}, pos: f.pos, file: f.file})
	}
	return out
}

// context is what a reader must know of the whole tree.
type context struct {
	// root is where the tree's units are: none for files of nobody's.
	root []string
	platform
}

// reader collects the facts of one file.
type reader struct {
	context
	facts []fact
	// file is the key of the file, at how its user finds it.
	file, at string
}

// begin says which file the facts are of that are added.
func (r *reader) begin(f File) { r.file, r.at = fileKey(r.name, f.Path), cmp.Or(f.At, f.Path) }

func (r *reader) add(f fact) {
	f.file = r.file
	if f.pos.File == "" {
		f.pos.File = r.at
	}
	r.facts = append(r.facts, f)
}

// Direction is what a change means.
type Direction string

// The directions.
const (
	Widened  Direction = "widened"
	Narrowed Direction = "narrowed"
	Changed  Direction = "changed"
)

// Mirror is the direction of the way back.
func (d Direction) Mirror() Direction {
	switch d {
	case Widened:
		return Narrowed
	case Narrowed:
		return Widened
	}
	return Changed
}

// declared tells what no file says, but only specs do.
func (f fact) declared() bool { return f.file == "" && f.kind != "platform" }
