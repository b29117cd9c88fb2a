package load

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// typos looks in the text for fields that the schema does not have. CUE says
// nothing of them while anything else is wrong in the same struct, so that
// mending one mistake would only show the next. Fields that come from elsewhere
// than the text (by reference, by comprehension) are left to CUE.
type typos struct {
	*loader
	structs map[string]cue.Value // what the schema says at a path, the same for all elements of a list
	found   []unknown
}

// unknown is a finding, and where the value of the unknown field stands.
type unknown struct {
	diag.Diagnostic
	from, to diag.Pos
}

func (t *typos) report(d diag.Diagnostic, f *ast.Field) {
	d.Pos = position(f.Label.Pos())
	t.found = append(t.found, unknown{d, position(f.Value.Pos()), position(f.Value.End())})
}

// addTypos adds to the findings the unknown fields that are not among them. It
// is for packages that have other findings: in all others CUE finds every one.
func (l *loader) addTypos() {
	t := &typos{loader: l, structs: map[string]cue.Value{}}
	for _, f := range l.syntax {
		if path.Dir(f.Filename) == l.dir {
			t.topLevel(f.Decls)
		}
	}
	for _, u := range t.found {
		l.found = slices.DeleteFunc(l.found, func(o diag.Diagnostic) bool {
			inside := u.from.Compare(o.Pos) <= 0 && o.Pos.Compare(u.to) < 0
			return o.Pos == u.Pos || inside && strings.HasSuffix(o.Message, ": field not allowed")
		})
		l.found = append(l.found, u.Diagnostic)
	}
}

func (t *typos) topLevel(decls []ast.Decl) {
	for name, f := range publicFields(decls) {
		switch _, group := definitions[name]; {
		case !group:
			t.report(unknownTop(name, diag.Pos{}), f)
		default:
			for _, members := range structLiterals(f.Value) {
				for each, m := range publicFields(members) {
					t.value(m.Value, []string{name, each})
				}
			}
		}
	}
}

// value looks at what the text says of the value at path, where that is a struct or a list.
func (t *typos) value(e ast.Expr, path []string) {
	for _, members := range structLiterals(e) {
		def := t.schemaAt(path)
		if def.IncompleteKind() != cue.StructKind {
			return
		}
		for name, f := range publicFields(members) {
			at := append(slices.Clone(path), name)
			if !def.Allows(cue.Str(name)) {
				u := fault{path: at, Diagnostic: diag.Diagnostic{Rule: "schema"}}
				t.explainUnknown(&u, def, name)
				t.report(u.Diagnostic, f)
				continue
			}
			t.scope(path, name, f)
			t.value(f.Value, at)
		}
	}
	if list, ok := e.(*ast.ListLit); ok {
		for i, x := range list.Elts {
			t.value(x, append(slices.Clone(path), strconv.Itoa(i)))
		}
	}
}

// scope looks at one permission: that GitHub has none of its name is a rule, which is not asked while the schema has findings.
func (t *typos) scope(path []string, name string, f *ast.Field) {
	if len(path) != 3 || path[0] != "engines" || path[2] != "permissions" || slices.Contains(spec.PermissionScopes, name) {
		return
	}
	t.report(diag.Diagnostic{Rule: "schema", Message: "unknown permission " + quote(name) + " in " + strings.Join(path, "."),
		Expected: "one of " + strings.Join(spec.PermissionScopes, ", "), Fix: otherwise(diag.Suggest(name, spec.PermissionScopes), "correct the name")}, f)
}

// schemaAt is allowed, each path asked for once; what the engine or platform is called makes no difference.
func (t *typos) schemaAt(path []string) cue.Value {
	key := path[0]
	for _, name := range path[2:] {
		if _, err := strconv.Atoi(name); err == nil {
			name = "0" // of a list
		}
		key += "\x00" + name
	}
	v, ok := t.structs[key]
	if !ok {
		v = t.allowed(path)
		t.structs[key] = v
	}
	return v
}

// publicFields yields the fields among declarations that say what a value is: not
// hidden ones, definitions, constraints on a field that may be absent, patterns.
func publicFields(decls []ast.Decl) func(func(string, *ast.Field) bool) {
	return func(yield func(string, *ast.Field) bool) {
		for _, d := range decls {
			f, ok := d.(*ast.Field)
			if !ok || f.Constraint != token.ILLEGAL {
				continue
			}
			word, _ := f.Label.(*ast.Ident)
			if word != nil && (strings.HasPrefix(word.Name, "_") || strings.HasPrefix(word.Name, "#")) {
				continue
			}
			if name, plain := plainName(f); plain && !yield(name, f) {
				return
			}
		}
	}
}

// structLiterals returns the members of the structs that an expression writes down and unifies.
func structLiterals(e ast.Expr) [][]ast.Decl {
	switch e := e.(type) {
	case *ast.StructLit:
		return [][]ast.Decl{e.Elts}
	case *ast.ParenExpr:
		return structLiterals(e.X)
	case *ast.BinaryExpr:
		if e.Op == token.AND {
			return append(structLiterals(e.X), structLiterals(e.Y)...)
		}
	}
	return nil
}

// otherwise returns the first text, or the second where there is none.
func otherwise(text, or string) string {
	if text == "" {
		return or
	}
	return text
}
