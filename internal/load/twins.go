package load

import (
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
)

// foldTwins makes one fault of those of an engine or platform that two files declare and disagree about in more
// than one value: most likely one is a copy of the other that has kept its name.
func (l *loader) foldTwins(faults []fault) []fault {
	conflicts := map[string]int{}
	for _, f := range faults {
		if f.conflict && len(f.path) > 2 {
			conflicts[f.declared()]++
		}
	}
	var out []fault
	for _, f := range faults {
		n := conflicts[f.declared()]
		if n > 1 {
			if twin, ok := l.twin(f.path[:2]); ok {
				f, conflicts[f.declared()] = twin, -1
				out = append(out, f)
				continue
			}
		}
		if n >= 0 {
			out = append(out, f)
		}
	}
	return out
}

// declared is the path of the engine or platform that a fault is in; it is empty for one that is in neither.
func (f fault) declared() string {
	if len(f.path) < 2 {
		return ""
	}
	return strings.Join(f.path[:2], "\x00")
}

// twin is the fault of a declaration that stands in two files.
func (l *loader) twin(path []string) (fault, bool) {
	at := l.placeIndex().at(path)
	i := slices.IndexFunc(at, func(p place) bool { return p.label.Filename() != at[0].label.Filename() })
	if i < 0 {
		return fault{}, false
	}
	what := strings.TrimSuffix(path[0], "s")
	return fault{path: path, Diagnostic: diag.Diagnostic{Rule: "schema", Pos: position(at[i].label),
		Message: "the " + what + " " + quote(path[1]) + " is declared in two files that disagree", Expected: "a name of its own for each " + what, Fix: "rename one of the two",
		Notes: []diag.Note{{Pos: position(at[0].label), Message: "it is declared here, too"}}}}, true
}
