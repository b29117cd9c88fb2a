package load

import (
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// typeOf says in words, as Markdown, what an expression of the schema takes.
// What it has no words for it shows as it is written.
func typeOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return identType(e.Name)
	case *ast.StructLit:
		return structType(e)
	case *ast.ListLit:
		return listType(e)
	case *ast.BasicLit, *ast.UnaryExpr:
		return constraint(e)
	case *ast.ParenExpr:
		return typeOf(e.X)
	case *ast.BinaryExpr:
		switch e.Op {
		case token.OR:
			return choice(e)
		case token.AND:
			return bounded(e)
		}
	}
	return code(source(e))
}

var kindWords = map[string]string{
	"string": "text", "int": "a whole number", "number": "a number", "bool": "true or false", "null": "null", "bytes": "bytes", "_": "anything",
}

func identType(name string) string {
	if def, ok := strings.CutPrefix(name, "#"); ok {
		return link(def)
	}
	if word, ok := kindWords[name]; ok {
		return word
	}
	return code(name)
}

// link leads to the heading of a definition on the same page.
func link(def string) string { return "[" + def + "](#" + strings.ToLower(def) + ")" }

func code(s string) string {
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

// structType tells a map from a struct with named fields, which are listed by themselves.
func structType(st *ast.StructLit) string {
	if len(st.Elts) == 0 {
		return "a struct, empty: `{}`"
	}
	if f, ok := st.Elts[0].(*ast.Field); ok && len(st.Elts) == 1 {
		if pattern, ok := f.Label.(*ast.ListLit); ok {
			values := typeOf(f.Value)
			if structOf(f.Value) != nil {
				values = "a struct"
			}
			return "any number of keys, each " + keyType(pattern.Elts[0]) + "; values: " + values
		}
	}
	return "a struct"
}

func keyType(e ast.Expr) string {
	if id, ok := e.(*ast.Ident); ok && id.Name == "string" {
		return "a text"
	}
	return typeOf(e)
}

func listType(l *ast.ListLit) string {
	if len(l.Elts) == 0 {
		return "an empty list"
	}
	rest, open := l.Elts[len(l.Elts)-1].(*ast.Ellipsis)
	if !open || rest.Type == nil {
		return code(source(l))
	}
	element := typeOf(rest.Type)
	if structOf(rest.Type) != nil {
		element = "structs"
	}
	if n := len(l.Elts) - 1; n > 0 {
		return "a list of " + element + ", at least " + strconv.Itoa(n)
	}
	return "a list of " + element
}

// constraint is a literal or an operator with one.
func constraint(e ast.Expr) string {
	u, ok := e.(*ast.UnaryExpr)
	if !ok {
		return code(source(e))
	}
	operand := u.X
	switch lit, _ := operand.(*ast.BasicLit); {
	case u.Op == token.MAT && lit != nil:
		return "text that matches " + code(pattern(lit))
	case u.Op == token.NMAT && lit != nil:
		return "not text that matches " + code(pattern(lit))
	case u.Op == token.GEQ:
		return "at least " + source(operand)
	case u.Op == token.LEQ:
		return "at most " + source(operand)
	case u.Op == token.GTR:
		return "more than " + source(operand)
	case u.Op == token.LSS:
		return "less than " + source(operand)
	case u.Op == token.NEQ:
		return "not " + code(source(operand))
	case u.Op == token.MUL:
		return typeOf(operand)
	}
	return code(source(e))
}

func pattern(lit *ast.BasicLit) string {
	if s, err := strconv.Unquote(lit.Value); err == nil {
		return s
	}
	return lit.Value
}

// choice joins the arms of a disjunction; an error() arm is only there for its message.
func choice(e ast.Expr) string {
	var arms []string
	for _, arm := range operands(e, token.OR) {
		if _, ok := errorText(arm); !ok {
			arms = append(arms, typeOf(arm))
		}
	}
	if len(arms) < 2 {
		return strings.Join(arms, "")
	}
	return strings.Join(arms[:len(arms)-1], ", ") + " or " + arms[len(arms)-1]
}

// bounded joins the operands of a conjunction: a whole number, at least 1, at most 350.
func bounded(e ast.Expr) string {
	var parts []string
	for _, o := range operands(e, token.AND) {
		if w := typeOf(o); !slices.Contains(parts, w) {
			parts = append(parts, w)
		}
	}
	for i, p := range parts[1:] {
		p = strings.TrimPrefix(p, "text that ")
		parts[i+1] = strings.Replace(p, "not text that matches", "does not match", 1)
	}
	return strings.Join(parts, ", ")
}

// operands flattens a chain of one operator.
func operands(e ast.Expr, op token.Token) []ast.Expr {
	switch x := e.(type) {
	case *ast.ParenExpr:
		if b, ok := x.X.(*ast.BinaryExpr); ok && b.Op == op {
			return operands(b, op)
		}
	case *ast.BinaryExpr:
		if x.Op == op {
			return append(operands(x.X, op), operands(x.Y, op)...)
		}
	}
	return []ast.Expr{e}
}
