package load

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/task-assistant/tasc/schema"
)

// Definition is one definition of the schema, as its files have it.
type Definition struct {
	// Name is without the leading #.
	Name string
	// Doc is the comment above it, on one line.
	Doc string
	// Type says in words what it takes; it is empty where Fields are all there is to say.
	Type string
	// Fields are those of a struct, in the order of the schema.
	Fields []Field
}

// Field is one field of a definition. The fields of a struct that has no name of
// its own follow it, with a dotted Path.
type Field struct {
	// Path is relative to the definition: apps.engine; <name> stands for any key.
	Path     string
	Required bool
	// Reserved fields cannot be used; Type says why.
	Reserved bool
	// Type is Markdown: definitions are links to their heading.
	Type string
	Doc  string
}

// Definitions describes the embedded schema: the platform's file first, then the
// engine's, then the others by name, definitions in the order of the files.
func Definitions() []Definition {
	names, err := fs.Glob(schema.Files, "*.cue")
	if err != nil {
		panic(err)
	}
	slices.SortFunc(names, func(a, b string) int {
		order := []string{"platform.cue", "engine.cue"}
		at := func(name string) int {
			if i := slices.Index(order, name); i >= 0 {
				return i
			}
			return len(order)
		}
		if at(a) != at(b) {
			return at(a) - at(b)
		}
		return strings.Compare(a, b)
	})
	var out []Definition
	for _, name := range names {
		data, err := schema.Files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		f, err := parser.ParseFile(path.Base(name), data, parser.ParseComments)
		if err != nil {
			panic(err)
		}
		out = append(out, definitionsOf(f)...)
	}
	return out
}

func definitionsOf(f *ast.File) []Definition {
	var out []Definition
	for _, d := range f.Decls {
		field, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		name, _, err := ast.LabelName(field.Label)
		if err != nil || !strings.HasPrefix(name, "#") {
			continue
		}
		def := Definition{Name: strings.TrimPrefix(name, "#"), Doc: docOf(field)}
		if st := structOf(field.Value); st != nil {
			def.Fields = fieldsOf(st, "", def.Doc)
		} else {
			def.Type = typeOf(field.Value)
		}
		out = append(out, def)
	}
	return out
}

// docOf returns the comment above a field as one paragraph.
func docOf(n ast.Node) string {
	for _, g := range ast.Comments(n) {
		if g.Doc {
			return strings.Join(strings.Fields(g.Text()), " ")
		}
	}
	return ""
}

// fieldsOf lists the fields of a struct. One written without braces, a: b: c, has the comment of what stands around it.
func fieldsOf(st *ast.StructLit, prefix, doc string) []Field {
	var out []Field
	for _, d := range st.Elts {
		field, ok := d.(*ast.Field)
		if !ok {
			continue // a comprehension or an embedding bounds values, and says so in their comments
		}
		name, pattern := fieldName(field)
		f := Field{Path: prefix + name, Required: field.Constraint == token.NOT, Doc: docOf(field), Type: typeOf(field.Value)}
		if f.Doc == "" && !st.Lbrace.IsValid() {
			f.Doc = doc
		}
		if text, ok := errorText(field.Value); ok {
			f.Reserved, f.Type = true, text
		}
		if !pattern { // the type of the struct around it says all
			out = append(out, f)
		}
		if inner := structOf(field.Value); inner != nil {
			out = append(out, fieldsOf(inner, f.Path+".", f.Doc)...)
		}
	}
	return out
}

// fieldName returns how a field is written in a spec; a pattern is written <what its keys are>.
func fieldName(f *ast.Field) (name string, pattern bool) {
	if keys, ok := f.Label.(*ast.ListLit); ok {
		return "<" + keyOf(keys.Elts[0]) + ">", true
	}
	name, _, _ = ast.LabelName(f.Label)
	return name, false
}

// keyOf says in a word what the keys of a pattern are.
func keyOf(e ast.Expr) string {
	if id, ok := e.(*ast.Ident); ok && strings.HasPrefix(id.Name, "#") {
		return strings.ToLower(strings.TrimPrefix(id.Name, "#"))
	}
	return "key"
}

// structOf returns the struct that an expression is, or nil. A single nested
// field, a: b: c, is one; so is a struct that a constraint or a list stands around.
func structOf(e ast.Expr) *ast.StructLit {
	switch e := e.(type) {
	case *ast.StructLit:
		return e
	case *ast.ParenExpr:
		return structOf(e.X)
	case *ast.BinaryExpr:
		if e.Op == token.AND || e.Op == token.OR {
			if st := structOf(e.X); st != nil {
				return st
			}
			return structOf(e.Y)
		}
	case *ast.ListLit:
		if len(e.Elts) > 0 {
			if rest, ok := e.Elts[len(e.Elts)-1].(*ast.Ellipsis); ok && rest.Type != nil {
				return structOf(rest.Type)
			}
		}
	}
	return nil
}

// errorText returns the text of a value that is an error and nothing else.
func errorText(e ast.Expr) (string, bool) {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	id, ok := call.Fun.(*ast.Ident)
	if !ok || id.Name != "error" || len(call.Args) != 1 {
		return "", false
	}
	lit, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// source is an expression as the schema writes it, on one line.
func source(e ast.Expr) string {
	text, err := format.Node(e)
	if err != nil {
		panic(err)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}
