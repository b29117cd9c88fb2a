package load

import (
	"fmt"
	"testing"
)

// TestLoad_Matrix: the variables keep the order of the spec, and their values are texts.
func TestLoad_Matrix(t *testing.T) {
	set, found := load(t, edited(t, "engines/validate.cue", `timeout_minutes: 5`, `matrix: {zeta: ["1.10", 2], alpha: [true, "x y", -3]}, timeout_minutes: 5`))
	if len(found) > 0 {
		t.Fatal(text(found))
	}
	e, _ := set.Engine("validate")
	got := ""
	for _, v := range e.Matrix {
		got += fmt.Sprintf("%s@%s", v.Name.Value, v.Name.Pos)
		for _, value := range v.Values {
			got += fmt.Sprintf(" %q@%d", value.Value, value.Pos.Column)
		}
		got += "\n"
	}
	if want := "zeta@engines/validate.cue:9:11 \"1.10\"@18 \"2\"@26\nalpha@engines/validate.cue:9:30 \"true\"@38 \"x y\"@44 \"-3\"@51\n"; got != want || e.Legs() != 6 {
		t.Errorf("got %d legs\n%swant 6\n%s", e.Legs(), got, want)
	}
	if tidy, _ := set.Engine("tidy"); tidy.Legs() != 0 {
		t.Errorf("an engine without a matrix has %d legs", tidy.Legs())
	}
}
