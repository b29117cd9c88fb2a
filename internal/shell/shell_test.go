package shell_test

import (
	"testing"

	"github.com/task-assistant/tasc/internal/shell"
)

func TestOf(t *testing.T) {
	for _, tt := range []struct{ name, given, file, want, err string }{
		{"nothing", "", "", "bash", ""},
		{"a text in the spec", "python", "", "python", ""},
		{"pwsh in the spec", "pwsh", "", "pwsh", ""},
		{"sh", "", "lib/x.sh", "bash", ""},
		{"bash", "bash", "x.bash", "bash", ""},
		{"python by its extension", "", "x.py", "python", ""},
		{"pwsh by its extension", "", "x.ps1", "pwsh", ""},
		{"no extension", "", "bin/x", "bash", ""},
		{"a folder with a dot", "", "lib.d/x", "bash", ""},
		{"no extension, python", "python", "bin/x", "python", ""},
		{"no extension, pwsh", "pwsh", "bin/x", "", `pwsh takes no file without an extension for a script, and "bin/x" has none`},
		{"the two differ", "bash", "x.py", "", `"x.py" is a script for python by its extension, and shell says bash`},
		{"another language", "", "x.rb", "", `"x.rb" has the extension .rb, which belongs to no shell of a step`},
		{"another language, with a shell", "bash", "x.rb", "", `"x.rb" has the extension .rb, which belongs to no shell of a step`},
		{"capitals", "", "x.SH", "", `"x.SH" has the extension .SH, which belongs to no shell of a step`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := shell.Of(tt.given, tt.file)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if got != tt.want || text != tt.err {
				t.Errorf("got %q, %q", got, text)
			}
		})
	}
}
