// Package layout says to which folder of the project each generated tree goes.
//
// In: what a platform's spec says of its outputs. Out: folders relative to the
// project, and which of them are in each other's way. Nothing is read or written.
package layout

import (
	"path"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// Root is the folder that holds every platform's trees, unless somebody says otherwise.
const Root = "generated"

// PlatformTree is the tree that a platform's repository holds. It alone can be at the top of the project.
const PlatformTree = "platform"

// own are the folders of the platform tree. At the top of the project, other files may stand beside them.
var own = []string{".github/workflows", "engines", "runner", "schema"}

// Exclusive are those of them in which nothing else may be: whatever is there would be built into the runner.
var Exclusive = []string{"runner"}

// Layout is where the trees of one platform go. Folders are relative to the project, with forward slashes.
type Layout struct {
	// Dir holds the manifest, and every tree that Moved does not name under the tree's own name.
	Dir string
	// Moved are the folders of trees that go elsewhere, by tree.
	Moved map[string]string
}

// Of returns the layout of a platform below root.
func Of(root string, p *spec.Platform) Layout {
	l := Layout{Dir: path.Join(root, p.Name.Value), Moved: map[string]string{}}
	for _, o := range p.Outputs {
		if o.Value.Value != path.Join(l.Dir, o.Key.Value) {
			l.Moved[o.Key.Value] = o.Value.Value
		}
	}
	return l
}

// Place returns the folder that a generated file (platform/runner/go.mod, manifest.json) goes to, and its path in there.
func (l Layout) Place(name string) (folder, rel string) {
	tree, rest, ok := strings.Cut(name, "/")
	if dir, moved := l.Moved[tree]; ok && moved {
		return dir, rest
	}
	return l.Dir, name
}

// InPlace reports whether the platform tree has its engines where the specs, in
// the folder specs, have their sources: these then are where they belong.
func InPlace(p *spec.Platform, specs string) bool {
	for _, o := range p.Outputs {
		if o.Key.Value == PlatformTree {
			return path.Join(o.Value.Value, "engines") == specs
		}
	}
	return false
}

// Problem is a folder that cannot be what a spec makes of it.
type Problem struct {
	Pos     diag.Pos
	Message string
	Other   diag.Pos // what it collides with, if a spec names that
}

// claim is one folder with who wants it.
type claim struct {
	dir, what string
	pos       diag.Pos
}

// Problems returns what is wrong with the outputs of platforms below root, whose specs are in the folder specs.
func Problems(root, specs string, platforms []*spec.Platform) []Problem {
	var out []Problem
	taken := []claim{{dir: specs, what: "the specs"}, {dir: "cue.mod", what: "the CUE module"}, {dir: ".git", what: "git"}}
	for _, p := range platforms {
		taken = append(taken, claim{path.Join(root, p.Name.Value), "platform " + p.Name.Value, p.Name.Pos})
	}
	for _, p := range platforms {
		l := Of(root, p)
		for _, o := range p.Outputs {
			if _, moved := l.Moved[o.Key.Value]; !moved {
				continue
			}
			c := claim{o.Value.Value, "the " + o.Key.Value + " tree of platform " + p.Name.Value, o.Value.Pos}
			if message := wrong(o.Key.Value, c.dir); message != "" {
				out = append(out, Problem{Pos: c.pos, Message: message})
				continue
			}
			for _, other := range taken {
				if collide(c, other, specs) {
					out = append(out, Problem{c.pos, "the folder " + quote(c.dir) + " is in the way of " + other.what, other.pos})
				}
			}
			taken = append(taken, c)
		}
	}
	return out
}

// wrong tells why a folder can be no output at all.
func wrong(tree, dir string) string {
	switch {
	case dir == "." && tree != PlatformTree:
		return "the " + tree + " tree would go to the top of the project, where only the platform tree can be"
	case dir != path.Clean(dir) || path.IsAbs(dir) || dir == ".." || strings.HasPrefix(dir, "../"):
		return quote(dir) + " is no folder of the project"
	}
	return ""
}

// collide reports whether two folders are in each other's way: they are the same,
// or one is in the other. The top of the project holds what is beside the
// platform tree; only that tree's own folders are in the way there.
func collide(a, b claim, specs string) bool {
	if a.dir != "." && b.dir != "." {
		return within(a.dir, b.dir) || within(b.dir, a.dir)
	}
	if a.dir == b.dir {
		return true
	}
	other := a.dir
	if other == "." {
		other = b.dir
	}
	return slices.ContainsFunc(own, func(dir string) bool {
		if dir == "engines" && other == specs {
			return false // specs in the folder engines: their sources are in place there
		}
		return within(other, dir) || within(dir, other)
	})
}

// within reports whether a folder is another or in it. Some file systems take upper and lower case for the same.
func within(dir, of string) bool {
	dir, of = strings.ToLower(dir), strings.ToLower(of)
	return dir == of || strings.HasPrefix(dir, of+"/")
}

func quote(s string) string { return "\"" + s + "\"" }
