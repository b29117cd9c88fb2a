package load

import (
	"slices"
	"sync/atomic"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/task-assistant/tasc/internal/parallel"
)

// A package may be cut into batches where what one file declares cannot depend on whether another is there:
//
//   - every file belongs to one package and holds nothing at its top but fields
//     with plain names, lets and imports;
//   - platforms and engines are struct literals, and stand in them are only
//     fields with plain names, lets and patterns: no embedding, comprehension or
//     validator could count or choose among the specs;
//   - nothing refers to platforms, to engines or to the package as a whole.
//
// Then a file that declares one spec and no more, which no other file declares,
// is local: no other file can see it. All others are shared, and go into every
// batch. TestBatches compares both ways on random packages.

// layout is a package that is cut so.
type layout struct {
	local  []localFile
	shared []*file
	owned  map[declared]bool // by local files
}

type localFile struct {
	*file
	declared
}

// declared is one spec: engines and its name.
type declared struct{ group, name string }

// outline is what a file says at the levels that batches cut through.
type outline struct {
	pkg      string
	declares []declared
	more     bool // it says something else as well
	doubt    bool // it says something that could reach other files' specs
}

// layout parses the files and cuts the package; ok is false where that cannot be done.
func (o Options) layout(p *pkg) (lay layout, ok bool) {
	outlines := make([]outline, len(p.files))
	var doubt atomic.Bool
	chunks := slices.Collect(slices.Chunk(p.files, batchFiles))
	parallel.Do(len(chunks), func(c int) {
		out := o.Guard.run(1, names(chunks[c]), func() outcome {
			l := p.loader()
			for i, file := range chunks[c] {
				if f := l.parse(file); f != nil {
					outlines[c*batchFiles+i] = outlineOf(f)
					file.syntax.Store(f)
				}
			}
			return outcome{found: l.found}
		})
		if len(out.found) > 0 {
			doubt.Store(true)
		}
	})
	if doubt.Load() {
		return layout{}, false
	}
	return cut(p.files, outlines)
}

func cut(files []*file, outlines []outline) (lay layout, ok bool) {
	times := map[declared]int{}
	for _, o := range outlines {
		if o.doubt || o.pkg != outlines[0].pkg {
			return layout{}, false
		}
		for _, d := range o.declares {
			times[d]++
		}
	}
	lay.owned = map[declared]bool{}
	for i, o := range outlines {
		if len(o.declares) == 1 && !o.more && times[o.declares[0]] == 1 {
			lay.local = append(lay.local, localFile{files[i], o.declares[0]})
			lay.owned[o.declares[0]] = true
		} else {
			lay.shared = append(lay.shared, files[i])
		}
	}
	return lay, true
}

func outlineOf(f *ast.File) outline {
	o := outline{pkg: f.PackageName()}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.Package, *ast.ImportDecl, *ast.CommentGroup:
			continue
		case *ast.LetClause:
			o.more = true
		case *ast.Field:
			o.top(d)
		default:
			o.doubt = true
		}
		o.doubt = o.doubt || refers(d)
	}
	return o
}

// top notes a field of the package.
func (o *outline) top(f *ast.Field) {
	name, plain := plainName(f)
	switch {
	case !plain:
		o.doubt = true
	case name != "platforms" && name != "engines":
		o.more = true
	default:
		group, ok := f.Value.(*ast.StructLit)
		if o.doubt = o.doubt || !ok || f.Constraint != token.ILLEGAL; !o.doubt {
			o.specs(name, group)
		}
	}
}

// specs notes what stands in platforms or engines.
func (o *outline) specs(group string, lit *ast.StructLit) {
	for _, d := range lit.Elts {
		f, ok := d.(*ast.Field)
		if !ok {
			_, comment := d.(*ast.CommentGroup)
			_, let := d.(*ast.LetClause)
			o.more, o.doubt = true, o.doubt || !comment && !let
			continue
		}
		name, plain := plainName(f)
		_, pattern := f.Label.(*ast.ListLit)
		switch {
		case plain:
			o.declares = append(o.declares, declared{group, name})
			o.more = o.more || f.Constraint != token.ILLEGAL
		case pattern && f.Alias == nil:
			o.more = true
		default:
			o.doubt = true
		}
	}
}

// plainName returns the name of a field whose label is a word or a text, and has no alias.
func plainName(f *ast.Field) (string, bool) {
	switch f.Label.(type) {
	case *ast.Ident, *ast.BasicLit:
		name, _, err := ast.LabelName(f.Label)
		return name, err == nil && f.Alias == nil
	}
	return "", false
}

// refers tells whether a declaration names platforms, engines or self other than as the label of a field.
func refers(d ast.Decl) bool {
	found := false
	var label ast.Node
	ast.Walk(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			label = n.Label // which is walked next
		case *ast.Ident:
			switch n.Name {
			case "platforms", "engines", "self", "__self":
				found = found || ast.Node(n) != label
			}
		}
		return !found
	}, nil)
	return found
}
