package expr

import (
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/testseed"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, in string
		want     Expr
	}{
		{"flat conjunction", "a && b && c", And{a, b, c}},
		{"flat disjunction", "a || b || c", Or{a, b, c}},
		{"and binds tighter than or", "a || b && c || a", Or{a, And{b, c}, a}},
		{"comparison binds tighter than and", "a == b && c != a", And{Equal{a, b}, NotEqual{c, a}}},
		{"not binds tighter than comparison", "!a != !b", NotEqual{Not{a}, Not{b}}},
		{"no blanks", "!a!=b&&(c||'x'=='y')", And{NotEqual{Not{a}, b}, Or{c, Equal{String("x"), String("y")}}}},
		{"blanks of all kinds", " \ta\r\n .\u00a0b\v", Prop{a, "b"}},
		{"needless parentheses", "((a))", a},
		{"dash in a name", "a-b.c-d", Prop{Name("a-b"), "c-d"}},
		{"a quote alone", "''''", String("'")},
		{"braces in a text", "'}} ${{ '", String("}} ${{ ")},
		{"property of parentheses", "(a || b).c", Prop{Or{a, b}, "c"}},
		{"a name in brackets", "a['b-c'][ 'd' ].e", Prop{Prop{Prop{a, "b-c"}, "d"}, "e"}},
		{"brackets behind a call", "f(a)['b']", Prop{Call{"f", []Expr{a}}, "b"}},
		{"nested calls", "f(g(), h(a, 'x').y)", Call{"f", []Expr{Call{Func: "g"}, Prop{Call{"h", []Expr{a, String("x")}}, "y"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := Parse(tt.in); err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Parse(%q) = %#v, %v, want %#v", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestParse_Refuses(t *testing.T) {
	tests := map[string][]string{
		"nothing":             {"", " ", "\t\n"},
		"numbers":             {"1", "-1", "a == 1", "0x1f", "1e3", ".5", "f(1)", "NaN", "Infinity", "a == -Infinity"},
		"indexing":            {"a[b]", "a[0]", "[a]", "a[", "a['b'", "a[']", "a['']", "a['b c']", "a['0']", "a['b''c']", "a['b'].", "a['b']c", "['a']", "'a'['b']", "a['b', 'c']", "a[['b']]", "a[('b')]", "a['b' ]]", "a['-b']", "a[b'']", "a['\u0430']"},
		"object filters":      {"a.*", "a.*.b", "*"},
		"other operators":     {"a < b", "a >= b", "a + b", "a & b", "a | b", "a = b", "a ? b : c", "a === b"},
		"operands missing":    {"a &&", "&& a", "a ||", "|| a", "a ==", "!= a", "!", "!!", "a && && b", "()", "a && ()"},
		"properties missing":  {"a.", ".a", "a..b", "a.'b'", "a.(b)", "a.!b", "a. && b"},
		"parentheses":         {"(", ")", "(a", "a)", "((a)", "f(", "f(a", "f(a))", "f a)", "(a))("},
		"commas":              {",", "a, b", "f(,)", "f(a,)", "f(,a)", "f(a,,b)", "(a, b)"},
		"two values":          {"a b", "'a' 'b'", "'a'b", "f() g()", "a !b", "(a) (b)"},
		"chained comparison":  {"a == b == c", "a == b != c"},
		"a property of texts": {"'a'.b"},
		"calls of no name":    {"'f'(a)", "a.f(b)", "(f)(a)", "f()()"},
		"texts without end":   {"'", "'a", "'''", "a == 'b", `"a"`, "`a`", `'a\'b'`},
		"wrappers":            {"${{ a }}", "{a}", "a }}"},
		"comments":            {"a # b", "a // b", "a /* b */"},
		"homoglyphs": {"\u0430", "a \uff06\uff06 b", "a \u2225 b", "\u01c3a", "a \ua789 b", "\u2018a\u2019", "a\u200b", "\u202ea",
			"a \uff1d\uff1d b", "a\uff0eb", "\uff08a\uff09", "git\u04bbub.sha", "a\u0301"},
		"no text at all": {"\x00", "a\x00", "\xff", "a\xffb", "\x1b[31ma"},
	}
	for name, texts := range tests {
		for _, in := range texts {
			if got, err := Parse(in); err == nil {
				t.Errorf("%s: Parse(%q) = %#v, want an error", name, in, got)
			}
		}
	}
}

// TestParse_LongTexts: what is longer than GitHub reads must be refused before the recursion goes as deep as the text is long.
func TestParse_LongTexts(t *testing.T) {
	const limit = 21_000
	fits := "'" + strings.Repeat("x", limit-2) + "'"
	if _, err := Parse(fits); err != nil {
		t.Errorf("%d characters are refused: %v", len(fits), err)
	}
	for _, in := range []string{fits + " ", strings.Repeat("(", 10_000_000), strings.Repeat("!", 1_000_000) + "a", strings.Repeat("f(", 1_000_000)} {
		if _, err := Parse(in); err == nil || len(err.Error()) > 200 {
			t.Errorf("Parse of %d characters (%.5s…) gives %.200v, want a short error", len(in), in, err)
		}
	}
}

func TestUnwrap(t *testing.T) {
	tests := []struct {
		name, in, want string
		ok             bool
	}{
		{"expression", "${{ a }}", "a", true},
		{"no blanks", "${{a}}", "a", true},
		{"blanks around", " ${{ a }}\n", "a", true},
		{"empty", "${{}}", "", true},
		{"text", "a", "", false},
		{"text before", "x ${{ a }}", "", false},
		{"text behind", "${{ a }} x", "", false},
		{"two", "${{ a }}${{ b }}", "", false},
		{"no end", "${{ a }", "", false},
		{"no start", "{{ a }}", "", false},
		{"shorter than its wrapper", "${{}", "", false},
		{"nothing", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := Unwrap(tt.in); got != tt.want || ok != tt.ok {
				t.Errorf("Unwrap(%q) = %q, %t, want %q, %t", tt.in, got, ok, tt.want, tt.ok)
			}
		})
	}
}

// TestUnwrap_TwoExpressionsDoNotParse: what GitHub reads as an expression, text and a stray }} must not be one expression here.
func TestUnwrap_TwoExpressionsDoNotParse(t *testing.T) {
	for _, in := range []string{"${{ a }} || b }}", "${{ 'a' }} '}}", "${{ a }}}}", "${{ '' }}' == '' }}"} {
		inner, ok := Unwrap(in)
		if e, err := Parse(inner); ok && err == nil {
			t.Errorf("%s is read as %s", in, Print(e))
		}
	}
}

func TestParse_ReadsWhatPrintWrites(t *testing.T) {
	g := &generator{testseed.New(t)}
	for range 5000 {
		want := g.expr(4)
		text := Print(want)
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("Parse(%s) = %#v, %v\nwant %#v", text, got, err, want)
		}
		lines := strings.Join(Lines(want), "\n  ")
		if got, err := Parse(lines); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("Parse(%q) = %#v, %v\nwant %#v", lines, got, err, want)
		}
	}
}

type generator struct{ *rand.Rand }

func (g *generator) expr(depth int) Expr {
	if depth == 0 {
		return g.leaf()
	}
	switch g.IntN(8) {
	case 0:
		return Not{g.expr(depth - 1)}
	case 1:
		return And(g.list(2, depth))
	case 2:
		return Or(g.list(2, depth))
	case 3:
		return Equal{g.expr(depth - 1), g.expr(depth - 1)}
	case 4:
		return NotEqual{g.expr(depth - 1), g.expr(depth - 1)}
	case 5:
		if x := g.expr(depth - 1); reflect.TypeOf(x) != reflect.TypeFor[String]() { // a text has no properties
			return Prop{x, g.name()}
		}
	case 6:
		return Call{g.name(), g.list(0, depth)}
	}
	return g.leaf()
}

func (g *generator) list(least, depth int) []Expr {
	var es []Expr
	for range least + g.IntN(3) {
		es = append(es, g.expr(depth-1))
	}
	return es
}

func (g *generator) leaf() Expr {
	if g.IntN(2) == 0 {
		return Name(g.name())
	}
	s := make([]rune, g.IntN(5))
	for i := range s {
		s[i] = []rune("'&|=!().,{}$ \n\tab\u202e🙂")[g.IntN(19)]
	}
	return String(s)
}

func (g *generator) name() string {
	return []string{"github", "needs", "_x", "a-b", "A1", "true", "is-not", "x-"}[g.IntN(8)]
}

// TestToken: the tokens are those of the grammar, written as an expression.
func TestToken(t *testing.T) {
	grammar := regexp.MustCompile(`^(?:&&|\|\||==|!=|[!().,\[\]]|'(?:[^']|'')*'|[A-Za-z_][A-Za-z0-9_-]*)`)
	lex := func(s string, token func(string) string) []string {
		var out []string
		for s != "" {
			tok := token(s)
			if tok == "" {
				return nil
			}
			out, s = append(out, tok), s[len(tok):]
		}
		return out
	}
	r := testseed.New(t)
	for range 50_000 {
		s := make([]byte, 1+r.IntN(8))
		for i := range s {
			s[i] = "&|=!().,'''aZ_-9@[]`{ \xff"[r.IntN(23)]
		}
		got, want := lex(string(s), token), lex(string(s), grammar.FindString)
		if !slices.Equal(got, want) {
			t.Fatalf("%q: tokens %q, want %q", s, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a", "!a.b == 'it''s' && (f(x, y) || g())", "needs.plan.result != 'failure'", "a.", "((", "'", "!!!", "f(,)", "\xff", "${{ a }}", "a['b'].c", "a['", "a[]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = Unwrap(s)
		e, err := Parse(s)
		if err != nil || len(Print(e)) > maxLength { // blanks around operators make it longer
			return
		}
		again, err := Parse(Print(e))
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Errorf("%q is %#v, printed %s, read back %#v, %v", s, e, Print(e), again, err)
		}
	})
}
