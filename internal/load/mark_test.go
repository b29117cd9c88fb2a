package load

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestLoad_Marks: every byte of a script that is written as it is read has its place in the file, whatever the
// form of the literal; a script that is not one literal stands where it begins.
func TestLoad_Marks(t *testing.T) {
	const plain, none = "line X\n  more X\n\nX end", ""
	tests := []struct{ name, run, extra, text string }{
		{"on one line", `"X and X"`, "", "X and X"},
		{"escapes", `"\tX\u00e9 \"X\" \\X\/X"`, "", "\tX\u00e9 \"X\" \\X/X"},
		{"more than ASCII", `"äöX 🙂X"`, "", "äöX 🙂X"},
		{"hashes", `##"X "# \##n X \n X"##`, "", "X \"# \n X \\n X"},
		{"lines", "\"\"\"\n\t\t\tline X\n\t\t\t  more X\n\n\t\t\tX end\n\t\t\t\"\"\"", "", plain},
		{"lines without indentation", "\"\"\"\nline X\n  more X\n\nX end\n\"\"\"", "", plain},
		{"lines with escapes", "\"\"\"\n  a\\tX\\\\ X\n  \\\"\"\"X\n  \"\"\"", "", "a\tX\\ X\n\"\"\"X"},
		{"lines with hashes", "#\"\"\"\n  \\n X \\#u0041 X\n  \"\"\"#", "", "\\n X A X"},
		{"an empty last line", "\"\"\"\n\tX\n\n\t\"\"\"", "", "X\n"},
		{"a name", "_run", "_run: \"\"\"\n\ta X\n\tX\n\t\"\"\"\n", "a X\nX"},
		{"a constraint beside it", `string & "an X"`, "", none},
		{"interpolated", `"an \("X")"`, "", none},
		{"joined", `"an " + "X"`, "", none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := with(t, "engines/more.cue", "package engines\n\n"+tt.extra+"engines: more: {\n\tsummary: \"s\"\n\tclass: \"read-only\"\n\tsteps: [{name: \"n\", run: "+tt.run+"}]\n}\n")
			set, found := load(t, fsys)
			if len(found) > 0 {
				t.Fatal(text(found))
			}
			e, _ := set.Engine("more")
			step := e.Steps[0]
			if tt.text == none {
				if len(step.Marks) > 0 || step.At(3) != step.Run.Pos {
					t.Errorf("%v is marked", step.Run)
				}
				return
			}
			if step.Run.Value != tt.text || len(step.Marks) == 0 {
				t.Fatalf("got %q with the marks %v", step.Run.Value, step.Marks)
			}
			for i := range len(tt.text) {
				if p := step.At(i); tt.text[i] == 'X' && byteAt(fsys, p.File, p.Line, p.Column) != 'X' {
					t.Errorf("byte %d of %q is said to stand at %s", i, tt.text, p)
				}
			}
		})
	}
}

func byteAt(fsys fstest.MapFS, name string, line, column int) byte {
	lines := strings.Split(string(fsys[name].Data), "\n")
	if line > len(lines) || column > len(lines[line-1]) {
		return 0
	}
	return lines[line-1][column-1]
}
