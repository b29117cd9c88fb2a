package cli

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHelp_Fits: no line of what a verb says about itself is broken by a terminal of 100 columns.
func TestHelp_Fits(t *testing.T) {
	root := (&app{}).root()
	for _, cmd := range append(root.Commands(), root) {
		if cmd.Short == "" || cmd.Short[0] < 'A' || cmd.Short[0] > 'Z' {
			t.Errorf("tasc %s has the summary %q", cmd.Name(), cmd.Short)
		}
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 100 {
				t.Errorf("the help of %s has a line of %d columns: %s", cmd.Name(), n, line)
			}
		}
	}
}
