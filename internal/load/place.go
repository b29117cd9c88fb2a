package load

import (
	"path"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/schema"
)

// placeIndex knows where the values of the package stand in its files. CUE itself
// does not tell for a value that is wrong, and for one that is missing it tells
// the schema's place. Values that come by reference or comprehension are not in it.
type placeIndex struct {
	places   map[string][]place         // by path
	literals map[diag.Pos]*ast.BasicLit // nil until a fault asks for them
}

type place struct {
	label, value token.Pos
	kind         cue.Kind // of a literal; else BottomKind
}

// placeIndex indexes the parsed files when it is first asked for.
func (l *loader) placeIndex() *placeIndex {
	if l.index == nil {
		l.index = &placeIndex{places: map[string][]place{}}
		for _, f := range l.syntax {
			if path.Dir(f.Filename) == l.dir { // else it is of a package that is imported
				l.index.decls(f.Decls, nil)
			}
		}
	}
	return l.index
}

// literals returns where literals stand in the files, those of imported packages too.
func (l *loader) literals() map[diag.Pos]*ast.BasicLit {
	index := l.placeIndex()
	if index.literals != nil {
		return index.literals
	}
	index.literals = map[diag.Pos]*ast.BasicLit{}
	for _, f := range l.syntax {
		ast.Walk(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				index.literals[position(lit.Pos())] = lit
			}
			return true
		}, nil)
	}
	return index.literals
}

// says returns the fields of a top-level struct whose text says that they are
// unified with a definition of the schema: name: schema.#Engine & {…}.
func (l *loader) says(group, definition string) map[string]bool {
	out := map[string]bool{}
	for _, f := range l.syntax {
		if path.Dir(f.Filename) != l.dir {
			continue
		}
		for top := range plainFields(f.Decls) {
			lit, ok := top.Value.(*ast.StructLit)
			if name, _ := plainName(top); !ok || name != group {
				continue
			}
			for field := range plainFields(lit.Elts) {
				if name, _ := plainName(field); hasOperand(field.Value, definition) {
					out[name] = true
				}
			}
		}
	}
	return out
}

// plainFields yields the regular fields among declarations.
func plainFields(decls []ast.Decl) func(func(*ast.Field) bool) {
	return func(yield func(*ast.Field) bool) {
		for _, d := range decls {
			f, ok := d.(*ast.Field)
			if !ok || f.Constraint != token.ILLEGAL {
				continue
			}
			if _, plain := plainName(f); plain && !yield(f) {
				return
			}
		}
	}
}

// hasOperand tells whether an expression, its identifiers resolved, is a definition of the schema or a conjunction with it.
func hasOperand(e ast.Expr, definition string) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return e.Op == token.AND && (hasOperand(e.X, definition) || hasOperand(e.Y, definition))
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		if !ok {
			return false
		}
		spec, ok := x.Node.(*ast.ImportSpec)
		name, _, _ := ast.LabelName(e.Sel)
		return ok && spec.Path.Value == strconv.Quote(schema.ImportPath) && name == definition
	}
	return false
}

func (t *placeIndex) decls(decls []ast.Decl, path []string) {
	for _, d := range decls {
		f, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		if name, _, err := ast.LabelName(f.Label); err == nil { // else a pattern or an interpolation
			t.value(f.Value, f.Label.Pos(), append(path, name))
		}
	}
}

func (t *placeIndex) value(e ast.Expr, label token.Pos, path []string) {
	key := strings.Join(path, "\x00")
	t.places[key] = append(t.places[key], place{label, e.Pos(), literalKind(e)})
	t.inside(e, path)
}

func (t *placeIndex) inside(e ast.Expr, path []string) {
	switch e := e.(type) {
	case *ast.StructLit:
		t.decls(e.Elts, path)
	case *ast.ListLit:
		for i, x := range e.Elts {
			t.value(x, x.Pos(), append(path, strconv.Itoa(i)))
		}
	case *ast.ParenExpr:
		t.inside(e.X, path)
	case *ast.BinaryExpr:
		if e.Op == token.AND {
			t.inside(e.X, path)
			t.inside(e.Y, path)
		}
	}
}

func literalKind(e ast.Expr) cue.Kind {
	switch e := e.(type) {
	case *ast.StructLit:
		return cue.StructKind
	case *ast.ListLit:
		return cue.ListKind
	case *ast.BasicLit:
		return map[token.Token]cue.Kind{
			token.STRING: cue.StringKind, token.INT: cue.IntKind, token.FLOAT: cue.FloatKind,
			token.TRUE: cue.BoolKind, token.FALSE: cue.BoolKind, token.NULL: cue.NullKind,
		}[e.Kind]
	}
	return cue.BottomKind
}

func (t *placeIndex) at(path []string) []place { return t.places[strings.Join(path, "\x00")] }

// kind returns the kind of the literal that stands at path.
func (t *placeIndex) kind(path []string) cue.Kind {
	if at := t.at(path); len(at) > 0 {
		return at[0].kind
	}
	return cue.BottomKind
}

// around returns the place of what stands nearest around path.
func (t *placeIndex) around(path []string) diag.Pos {
	for n := len(path); n > 0; n-- {
		if at := t.at(path[:n]); len(at) > 0 {
			return position(at[0].label)
		}
	}
	return diag.Pos{}
}
