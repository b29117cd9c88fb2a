package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeExamples: what README shows is what the files say.
func TestReadmeExamples(t *testing.T) {
	readme := file(t, "../../README.md")
	sources := map[string]string{
		"cue":  file(t, "../../engines/validate.cue"),
		"yaml": file(t, "../../generated/task-assistant/platform/.github/workflows/dispatcher.yml"),
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$").FindAllStringSubmatch(readme, -1) {
		if source, ok := sources[m[1]]; ok {
			seen[m[1]] = true
			if !strings.Contains(source, m[2]) {
				t.Errorf("the %s example in README is not in its file any more:\n%s", m[1], m[2])
			}
		}
	}
	if len(seen) != len(sources) {
		t.Errorf("README shows %v; a spec and what comes out are expected", seen)
	}
}

// TestLockExample: the lock that docs/lock.md shows is the example's.
func TestLockExample(t *testing.T) {
	if !strings.Contains(file(t, "../../docs/lock.md"), "```json\n"+file(t, "../../engines/tasc.lock")+"```\n") {
		t.Error("docs/lock.md does not show engines/tasc.lock")
	}
}

// TestReadmeCommands: the commands that README names are targets of the Makefile, and every verb is in the table.
func TestReadmeCommands(t *testing.T) {
	readme, makefile := file(t, "../../README.md"), file(t, "../../Makefile")
	for _, m := range regexp.MustCompile(`\bmake ([a-z]+)`).FindAllStringSubmatch(readme, -1) {
		if !strings.Contains(makefile, "\n"+m[1]+":") {
			t.Errorf("README names make %s, and the Makefile has no such target", m[1])
		}
	}
	files, err := filepath.Glob("../../internal/cli/*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range files {
		for _, m := range regexp.MustCompile(`Use:\s+"([a-z]+)`).FindAllStringSubmatch(file(t, name), -1) {
			if n++; m[1] != "tasc" && !strings.Contains(readme, "| `tasc "+m[1]+"` |") {
				t.Errorf("README's table of verbs has no tasc %s", m[1])
			}
		}
	}
	if n < 5 {
		t.Errorf("%d verbs found in internal/cli; the test looks for the wrong thing", n)
	}
}

// TestReadmeLinks: every relative link leads to a file.
func TestReadmeLinks(t *testing.T) {
	for _, m := range regexp.MustCompile(`\]\(([^):]+)\)`).FindAllStringSubmatch(file(t, "../../README.md"), -1) {
		target := m[1]
		if _, err := os.Stat("../../" + target); err != nil {
			t.Errorf("README links to %s: %v", target, err)
		}
	}
}

func file(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
