package expr

import "strings"

// functions are those that GitHub has in expressions
// (docs.github.com/actions/reference/workflows-and-actions/expressions).
var functions = []string{"always", "cancelled", "contains", "endsWith", "failure", "format", "fromJSON", "hashFiles", "join", "startsWith", "success", "toJSON"}

// Fold writes what GitHub takes for the same in one way: it looks names up in any case, and a chain of && or of || means
// the same with any parentheses. Two expressions that differ after it need not differ in meaning.
func Fold(e Expr) Expr {
	switch e := e.(type) {
	case Name:
		return Name(strings.ToLower(string(e)))
	case Prop:
		return Prop{Fold(e.X), strings.ToLower(e.Name)}
	case Call:
		return Call{function(e.Func), foldAll(e.Args)}
	case Not:
		return Not{Fold(e.X)}
	case Equal:
		return Equal{Fold(e.X), Fold(e.Y)}
	case NotEqual:
		return NotEqual{Fold(e.X), Fold(e.Y)}
	case And:
		return And(flatten(e, func(x Expr) ([]Expr, bool) { inner, ok := x.(And); return inner, ok }))
	case Or:
		return Or(flatten(e, func(x Expr) ([]Expr, bool) { inner, ok := x.(Or); return inner, ok }))
	}
	return e
}

// flatten folds operands, and puts those of an inner chain in its place.
func flatten(es []Expr, chain func(Expr) ([]Expr, bool)) []Expr {
	var out []Expr
	for _, x := range es {
		x = Fold(x)
		if inner, ok := chain(x); ok {
			out = append(out, inner...)
			continue
		}
		out = append(out, x)
	}
	return out
}

func foldAll(es []Expr) []Expr {
	var out []Expr
	for _, x := range es {
		out = append(out, Fold(x))
	}
	return out
}

// function returns a function's name as GitHub's pages write it.
func function(name string) string {
	for _, f := range functions {
		if strings.EqualFold(f, name) {
			return f
		}
	}
	return strings.ToLower(name)
}
