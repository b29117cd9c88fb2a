package e2e_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var testNameRE = regexp.MustCompile(`\bTest\w+`)

// TestNotExecutedNamesTests: the page that says what no run shows names the tests that stand in, and they exist.
func TestNotExecutedNamesTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/not-executed.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("git", "-C", "../..", "grep", "-hoE", `^func Test\w+`, "--", "internal", "cmd").Output()
	if err != nil {
		t.Fatalf("git grep: %v", err)
	}
	have := strings.Fields(strings.ReplaceAll(string(out), "func ", ""))
	named := testNameRE.FindAllString(string(page), -1)
	if len(named) < 10 {
		t.Fatalf("the page names %d tests", len(named))
	}
	for _, name := range named {
		if !slices.Contains(have, name) {
			t.Errorf("the page names %s, and there is no such test", name)
		}
	}
}
