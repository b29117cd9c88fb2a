package expr

import (
	"reflect"
	"testing"

	"github.com/task-assistant/tasc/internal/testseed"
)

func TestFold(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"names", "GitHub.Event.issue.Number", "github.event.issue.number"},
		{"an index", "GitHub['Event']['x-y'].z", "github.event.x-y.z"},
		{"functions", "ALWAYS() && fromjson(ToJson(job)).X", "always() && fromJSON(toJSON(job)).x"},
		{"a function that GitHub does not have", "Foo(A)", "foo(a)"},
		{"texts stay", "A == 'Success' && B != 'It''s'", "a == 'Success' && b != 'It''s'"},
		{"parentheses in a chain of and", "(a && b) && (c && (d && e))", "a && b && c && d && e"},
		{"parentheses in a chain of or", "a || ((b || c) || d)", "a || b || c || d"},
		{"parentheses that mean something", "a && (b || c) && !(d && e)", "a && (b || c) && !(d && e)"},
		{"chains in other chains", "a || (b && (C && d))", "a || b && c && d"},
		{"in arguments", "format('{0}', (A && b) && c)", "format('{0}', a && b && c)"},
		{"a double negation stays", "!!A", "!!a"},
		{"a comparison of comparisons stays", "(A == b) != (c == d)", "(a == b) != (c == d)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Parse(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := Print(Fold(e)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestFold_Once: what is folded stays as it is.
func TestFold_Once(t *testing.T) {
	g := &generator{testseed.New(t)}
	for range 2000 {
		e := g.expr(4)
		once := Fold(e)
		if twice := Fold(once); !reflect.DeepEqual(once, twice) {
			t.Fatalf("%s is folded to %s, and that to %s", Print(e), Print(once), Print(twice))
		}
	}
}
