package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBadInput_InEachFormat: what cannot be read is one entry in every format for programs, with the exit code that it has for people.
func TestBadInput_InEachFormat(t *testing.T) {
	names := []string{"a spec nobody may read", "an empty spec folder", "a binary", "Latin-1", "UTF-16", "100 MB", "a pipe instead of a spec", "a link out of the tree",
		"a name with control characters", "a lock that is a folder", "an output folder that is a file", "no room for a file", "specs of another folder", "a project that is a file"}
	for _, in := range badInputs {
		if !slices.Contains(names, in.name) {
			continue
		}
		t.Run(in.name, func(t *testing.T) {
			dir := openFolder(t)
			if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "base"))); err != nil {
				t.Fatal(err)
			}
			in.do(t, dir)
			args := in.args
			if args == nil {
				args = []string{"generate"}
			}
			text := tasc(t, dir, in.limit, args)
			for format, entries := range entriesIn {
				out := tasc(t, dir, in.limit, append(slices.Clone(args), "--format", format))
				if out.code != text.code || entries(t, out.stdout) != 1 {
					t.Errorf("%s: exit code %d, want %d:\n%s", format, out.code, text.code, out.stdout)
				}
				if human := strings.HasPrefix(out.stderr, "tasc: "); human != (out.code == 2) || !human && out.stderr != "" {
					t.Errorf("%s: standard error says %s", format, out.stderr)
				}
				if strings.Contains(out.stdout, dir) {
					t.Errorf("%s: the machine's own path is in %s", format, out.stdout)
				}
			}
		})
	}
}

// entriesIn counts what a format says.
var entriesIn = map[string]func(t *testing.T, out string) int{
	"json": func(t *testing.T, out string) int {
		var all []json.RawMessage
		parse(t, out, &all)
		return len(all)
	},
	"github": func(t *testing.T, out string) int {
		if !strings.HasPrefix(out, "::error title=") {
			t.Errorf("%q is no annotation", out)
		}
		return strings.Count(out, "\n")
	},
	"sarif": func(t *testing.T, out string) int {
		var doc struct {
			Runs []struct {
				Results     []json.RawMessage
				Invocations []struct{ ToolConfigurationNotifications []json.RawMessage }
			}
		}
		parse(t, out, &doc)
		return len(doc.Runs[0].Results) + len(doc.Runs[0].Invocations[0].ToolConfigurationNotifications)
	},
}

func parse(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
