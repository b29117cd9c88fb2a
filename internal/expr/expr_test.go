package expr

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

var (
	a, b, c = Name("a"), Name("b"), Name("c")
)

func TestPrint(t *testing.T) {
	tests := []struct {
		name string
		in   Expr
		want string
	}{
		{"name", a, "a"},
		{"property", Path("needs.plan.result"), "needs.plan.result"},
		{"dash in a property", Path("steps.x.outputs.exit-code"), "steps.x.outputs.exit-code"},
		{"text", String("x"), "'x'"},
		{"empty text", String(""), "''"},
		{"quotes in a text", String("it's '' ' "), "'it''s '''' '' '"},
		{"operators in a text", String("a && !b"), "'a && !b'"},
		{"call without arguments", Always(), "always()"},
		{"call", Call{"contains", []Expr{a, String("x")}}, "contains(a, 'x')"},
		{"arguments need no parentheses", Call{"f", []Expr{Or{a, b}, And{a, b}}}, "f(a || b, a && b)"},
		{"property of a call", Prop{Call{"fromJSON", []Expr{a}}, "x"}, "fromJSON(a).x"},
		{"property of a comparison", Prop{Equal{a, b}, "x"}, "(a == b).x"},
		{"property of a negation", Prop{Not{a}, "x"}, "(!a).x"},
		{"negation of a property", Not{Prop{a, "x"}}, "!a.x"},
		{"negated call", NotCancelled(), "!cancelled()"},
		{"negated twice", Not{Not{a}}, "!!a"},
		{"negated comparison", Not{Equal{a, b}}, "!(a == b)"},
		{"negated conjunction", Not{And{a, b}}, "!(a && b)"},
		{"negated disjunction", Not{Or{a, b}}, "!(a || b)"},
		{"comparison of a negation", Equal{Not{a}, b}, "!a == b"},
		{"comparison of a comparison, left", Equal{Equal{a, b}, c}, "(a == b) == c"},
		{"comparison of a comparison, right", NotEqual{a, Equal{b, c}}, "a != (b == c)"},
		{"comparison of a conjunction", Equal{And{a, b}, c}, "(a && b) == c"},
		{"conjunction", And{a, b, c}, "a && b && c"},
		{"conjunction of comparisons", And{Is("x.y", "1"), NotEqual{a, b}}, "x.y == '1' && a != b"},
		{"conjunction of a disjunction", And{Or{a, b}, c}, "(a || b) && c"},
		{"conjunction of a conjunction", And{And{a, b}, c}, "(a && b) && c"},
		{"disjunction of a conjunction", Or{And{a, b}, c}, "a && b || c"},
		{"disjunction of a disjunction", Or{a, Or{b, c}}, "a || (b || c)"},
		{"all of one", All(a), "a"},
		{"all of two", All(a, b), "a && b"},
		{"any of one", Any(a), "a"},
		{"any of two", Any(a, b), "a || b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Print(tt.in)
			if got != tt.want {
				t.Errorf("Print(%#v) = %s, want %s", tt.in, got, tt.want)
			}
			if back, err := Parse(got); err != nil || !reflect.DeepEqual(back, tt.in) {
				t.Errorf("Parse(%s) = %#v, %v, want %#v", got, back, err, tt.in)
			}
		})
	}
}

func TestLines(t *testing.T) {
	tests := []struct {
		name string
		in   Expr
		want []string
	}{
		{"name", a, []string{"a"}},
		{"disjunction", Or{a, And{b, c}}, []string{"a || b && c"}},
		{"conjunction", And{a, b, c}, []string{"a &&", "b &&", "c"}},
		{"operands keep their parentheses", And{Or{a, b}, And{b, c}, Not{Or{a, b}}}, []string{"(a || b) &&", "(b && c) &&", "!(a || b)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Lines(tt.in)
			if !slices.Equal(got, tt.want) {
				t.Errorf("Lines(%#v) = %q, want %q", tt.in, got, tt.want)
			}
			if joined := strings.Join(got, " "); joined != Print(tt.in) {
				t.Errorf("the lines read %s, Print gives %s", joined, Print(tt.in))
			}
		})
	}
}
