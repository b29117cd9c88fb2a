package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const diffPage = "../../docs/diff.md"

// TestDiffPage does what docs/diff.md says to a copy of testdata/base: its change, its commands, whose output is compared,
// and its workflow, which tasc audit has nothing to say against. UPDATE=1 rewrites what commands print.
func TestDiffPage(t *testing.T) {
	data, err := os.ReadFile(diffPage)
	if err != nil {
		t.Fatal(err)
	}
	s := &student{T: t, dir: t.TempDir(), cache: t.TempDir()}
	for _, dir := range []string{s.dir, filepath.Join(s.dir, "before")} {
		if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "base"))); err != nil {
			t.Fatal(err)
		}
	}
	blocks := map[string]int{}
	page := part.ReplaceAllStringFunc(string(data), func(text string) string {
		m := part.FindStringSubmatch(text)
		blocks[m[1]]++
		switch language, file, body := m[1], m[2], m[3]; language {
		case "console":
			return "```console\n" + s.run(body) + "```"
		case "diff":
			s.change(file, body)
		case "yaml":
			if err := os.MkdirAll(filepath.Dir(filepath.Join(s.dir, file)), 0o755); err != nil {
				t.Fatal(err)
			}
			s.write(file, body)
			if out := s.exec("tasc audit " + file); out != "" {
				t.Errorf("the workflow of the page has findings:\n%s", out)
			}
		}
		return text
	})
	if blocks["console"] == 0 || blocks["diff"] == 0 || blocks["yaml"] == 0 {
		t.Errorf("the page has the blocks %v", blocks)
	}
	for _, want := range []string{"widened", "engines/lint.cue:8: engine lint, job call"} {
		if !strings.Contains(page, want) {
			t.Errorf("the example does not show %q", want)
		}
	}
	if os.Getenv("UPDATE") == "1" && !t.Failed() {
		if err := os.WriteFile(diffPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
