package diag

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestPos_String(t *testing.T) {
	tests := []struct {
		name  string
		in    Pos
		want  string
		valid bool
	}{
		{"file, line and column", Pos{"engines/a.cue", 3, 7}, "engines/a.cue:3:7", true},
		{"the file alone", Pos{File: "engines"}, "engines", true},
		{"nowhere", Pos{}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.String(); got != tt.want {
				t.Errorf("String() = %q, want %q", got, tt.want)
			}
			if got := tt.in.IsValid(); got != tt.valid {
				t.Errorf("IsValid() = %t, want %t", got, tt.valid)
			}
		})
	}
}

func at(file string, line, column int, rule, message string) Diagnostic {
	return Diagnostic{Rule: rule, Pos: Pos{file, line, column}, Message: message}
}

func TestSort(t *testing.T) {
	sorted := []Diagnostic{
		at("", 0, 0, "z", "m"),
		at("a.cue", 0, 0, "z", "m"),
		at("a.cue", 2, 9, "z", "m"),
		at("a.cue", 10, 1, "a", "m"),
		at("a.cue", 10, 2, "a", "m"),
		at("a.cue", 10, 2, "b", "a"),
		at("a.cue", 10, 2, "b", "b"),
		at("b.cue", 1, 1, "a", "a"),
	}
	backwards := slices.Clone(sorted)
	slices.Reverse(backwards)
	before := slices.Clone(backwards)
	got := Sort(append(backwards, sorted...))
	if !slices.EqualFunc(got, sorted, func(a, b Diagnostic) bool { return compare(a, b) == 0 }) {
		t.Errorf("Sort gives\n%v\nwant each once:\n%v", got, sorted)
	}
	if !slices.EqualFunc(backwards, before, func(a, b Diagnostic) bool { return compare(a, b) == 0 }) {
		t.Errorf("Sort changed its input to %v", backwards)
	}
	if got := Sort(nil); len(got) != 0 {
		t.Errorf("Sort(nil) = %v", got)
	}
}

func TestSort_KeepsTheFirstOfTwoThatSayTheSame(t *testing.T) {
	a, b := at("a.cue", 1, 1, "r", "m"), at("a.cue", 1, 1, "r", "m")
	a.Fix, b.Fix = "first", "second"
	if got := Sort([]Diagnostic{a, b}); len(got) != 1 || got[0].Fix != "first" {
		t.Errorf("Sort keeps %v, want the first alone", got)
	}
}

func TestSuggest(t *testing.T) {
	fields := []string{"summary", "class", "permissions", "timeout_minutes", "env", "files", "steps"}
	tests := []struct{ name, in, want string }{
		{"a letter is missing", "sumary", `did you mean "summary"?`},
		{"two letters changed place", "calss", `did you mean "class"?`},
		{"singular", "step", `did you mean "steps"?`},
		{"GitHub's own spelling", "timeout-minutes", `did you mean "timeout_minutes"?`},
		{"nothing like it", "concurrency", ""},
		{"a short word that is none of them", "if", ""},
		{"one letter", "x", ""},
		{"nothing", "", ""},
		{"another alphabet", "ßtüps", ""},
		{"very long", strings.Repeat("steps", 400), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Suggest(tt.in, fields); got != tt.want {
				t.Errorf("Suggest(%.20q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
	if got := Suggest("steps", nil); got != "" {
		t.Errorf("Suggest without candidates = %q, want none", got)
	}
}

func TestDiagnostic_JSONIsReadBack(t *testing.T) {
	want := full()
	want.Message = "control \x1b[31m and bidi \u202e reach a program as they are"
	var b strings.Builder
	if err := Write(&b, "json", []Diagnostic{want}); err != nil {
		t.Fatal(err)
	}
	var got []Diagnostic
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if len(got) != 1 || got[0].Message != want.Message || got[0].Pos != want.Pos || !slices.Equal(got[0].Notes, want.Notes) {
		t.Errorf("read back: %+v\nwant: %+v", got, want)
	}
}
