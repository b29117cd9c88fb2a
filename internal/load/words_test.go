package load

import (
	"fmt"
	"strings"
	"testing"

	"cuelang.org/go/cue/parser"
)

func TestTypeOf(t *testing.T) {
	tests := []struct{ in, want string }{
		{`string`, "text"},
		{`bool`, "true or false"},
		{`#Name`, "[Name](#name)"},
		{`[#Name, ...#Name]`, "a list of [Name](#name), at least 1"},
		{`[...=~"^a|b$"]`, "a list of text that matches `^a|b$`"},
		{`[...{a: 1}]`, "a list of structs"},
		{`int & >=1 & <=350 | error("no")`, "a whole number, at least 1, at most 350"},
		{`"a" | "b" | "c" | error("no")`, "`\"a\"`, `\"b\"` or `\"c\"`"},
		{`"only" | error("no")`, "`\"only\"`"},
		{`=~"^[A-Z]+$" & !~"^X" | error("no")`, "text that matches `^[A-Z]+$`, does not match `^X`"},
		{`*"a" | string`, "`\"a\"` or text"},
		{`{}`, "a struct, empty: `{}`"},
		{`{[#EnvName]: string}`, "any number of keys, each [EnvName](#envname); values: text"},
		{`{[string]: {a: 1}}`, "any number of keys, each a text; values: a struct"},
		{`{a!: int}`, "a struct"},
		{`(int | string) & !="x"`, "a whole number or text, not `\"x\"`"},
		{`list.MaxItems(3)`, "`list.MaxItems(3)`"},
	}
	for _, tt := range tests {
		e, err := parser.ParseExpr("", tt.in)
		if err != nil {
			t.Fatal(tt.in, err)
		}
		if got := typeOf(e); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestFieldsOf(t *testing.T) {
	f, err := parser.ParseFile("a.cue", `
// #A is a thing.
// It has two lines.
#A: {
	// one is one.
	one!: string
	// two is nested.
	two?: three!: int
	// four has keys.
	four?: [#Name]: {
		// five is inside.
		five?: bool
	}
	// six is a list.
	six?: [...{
		// seven is in it.
		seven!: bool
	}]
	// eight cannot be used.
	eight?: error("not yet")
	if true {nine: 1}
}
_hidden: 1
`, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range definitionsOf(f) {
		got = append(got, d.Name+": "+d.Doc)
		for _, f := range d.Fields {
			got = append(got, fmt.Sprintf("%s %t %t %s: %s", f.Path, f.Required, f.Reserved, f.Type, f.Doc))
		}
	}
	want := `A: #A is a thing. It has two lines.
one true false text: one is one.
two false false a struct: two is nested.
two.three true false a whole number: two is nested.
four false false any number of keys, each [Name](#name); values: a struct: four has keys.
four.<name>.five false false true or false: five is inside.
six false false a list of structs: six is a list.
six.seven true false true or false: seven is in it.
eight false true not yet: eight cannot be used.`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}
