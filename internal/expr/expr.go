// Package expr is the part of GitHub's expression language that generated
// workflows use: a typed tree, one printer and one parser.
//
// The grammar is that of docs.github.com/actions/reference/workflows-and-actions/expressions.
// Numbers, indexing with [ ] by anything but a name in quotes, and object filters
// are not part of it: a generated file has none, and one that has does not parse here.
package expr

import "strings"

// Expr is a node: Name, Prop, String, Call, Not, And, Or, Equal or NotEqual.
type Expr interface {
	// text prints the node for a parent that binds as tightly as level.
	text(level int) string
}

// How tightly the operators bind; a child that binds less gets parentheses.
const (
	levelOr = iota
	levelAnd
	levelEqual
	levelNot
	levelAtom
)

type (
	// Name is a context such as github or needs.
	Name string
	// Prop is X.Name.
	Prop struct {
		X    Expr
		Name string
	}
	// String is a literal.
	String string
	// Call is a function call.
	Call struct {
		Func string
		Args []Expr
	}
	// Not is !X.
	Not struct{ X Expr }
	// And holds if all of its operands do; it has at least two.
	And []Expr
	// Or holds if one of its operands does; it has at least two.
	Or []Expr
	// Equal is X == Y.
	Equal struct{ X, Y Expr }
	// NotEqual is X != Y.
	NotEqual struct{ X, Y Expr }
)

// Path returns the chain of properties that dotted names: needs.plan.result.
func Path(dotted string) Expr {
	first, rest, more := strings.Cut(dotted, ".")
	var e Expr = Name(first)
	for more {
		first, rest, more = strings.Cut(rest, ".")
		e = Prop{e, first}
	}
	return e
}

// Is returns dotted == 'value'.
func Is(dotted, value string) Expr { return Equal{Path(dotted), String(value)} }

// Always is always(), which also holds when the run is cancelled.
func Always() Expr { return Call{Func: "always"} }

// NotCancelled is !cancelled().
func NotCancelled() Expr { return Not{Call{Func: "cancelled"}} }

// All returns the conjunction of es, and the single one where there is just one.
func All(es ...Expr) Expr {
	if len(es) == 1 {
		return es[0]
	}
	return And(es)
}

// Any returns the disjunction of es, and the single one where there is just one.
func Any(es ...Expr) Expr {
	if len(es) == 1 {
		return es[0]
	}
	return Or(es)
}

// Print returns the expression without ${{ }}.
func Print(e Expr) string { return e.text(levelOr) }

// Lines returns the expression with one operand of the outermost && a line, each but the last ending in &&.
func Lines(e Expr) []string {
	and, ok := e.(And)
	if !ok {
		return []string{Print(e)}
	}
	lines := make([]string, len(and))
	for i, x := range and {
		lines[i] = x.text(levelAnd + 1)
		if i < len(and)-1 {
			lines[i] += " &&"
		}
	}
	return lines
}

func (n Name) text(int) string   { return string(n) }
func (p Prop) text(int) string   { return p.X.text(levelAtom) + "." + p.Name }
func (s String) text(int) string { return "'" + strings.ReplaceAll(string(s), "'", "''") + "'" }
func (c Call) text(int) string   { return c.Func + "(" + join(c.Args, levelOr, ", ") + ")" }
func (n Not) text(level int) string {
	return parens("!"+n.X.text(levelNot), levelNot, level)
}
func (a And) text(level int) string { return parens(join(a, levelAnd+1, " && "), levelAnd, level) }
func (o Or) text(level int) string  { return parens(join(o, levelOr+1, " || "), levelOr, level) }
func (e Equal) text(level int) string {
	return parens(e.X.text(levelEqual+1)+" == "+e.Y.text(levelEqual+1), levelEqual, level)
}
func (e NotEqual) text(level int) string {
	return parens(e.X.text(levelEqual+1)+" != "+e.Y.text(levelEqual+1), levelEqual, level)
}

func join(es []Expr, level int, sep string) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.text(level)
	}
	return strings.Join(parts, sep)
}

func parens(s string, own, level int) string {
	if own < level {
		return "(" + s + ")"
	}
	return s
}

// Walk calls visit for e and everything in it.
func Walk(e Expr, visit func(Expr)) {
	visit(e)
	switch e := e.(type) {
	case Prop:
		Walk(e.X, visit)
	case Call:
		walkAll(e.Args, visit)
	case Not:
		Walk(e.X, visit)
	case And:
		walkAll(e, visit)
	case Or:
		walkAll(e, visit)
	case Equal:
		walkAll([]Expr{e.X, e.Y}, visit)
	case NotEqual:
		walkAll([]Expr{e.X, e.Y}, visit)
	}
}

func walkAll(es []Expr, visit func(Expr)) {
	for _, e := range es {
		Walk(e, visit)
	}
}
