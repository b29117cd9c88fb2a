package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/diag"
)

// project is a copy of a project without faults.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "cmd", "tasc", "testdata", "base"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestRun_BugInEachFormat: where tasc fails itself people read so on standard error, and programs in their format.
func TestRun_BugInEachFormat(t *testing.T) {
	want := map[string]func(string) bool{
		"text": func(s string) bool { return s == "" },
		"github": func(s string) bool {
			return strings.HasPrefix(s, "::error title=bug::internal error: no clock [bug]%0A")
		},
		"json": func(s string) bool {
			var got []diag.Diagnostic
			return json.Unmarshal([]byte(s), &got) == nil && len(got) == 1 && got[0].Rule == "bug"
		},
	}
	for _, format := range formats {
		var stdout, stderr bytes.Buffer
		env := Env{Dir: project(t), Stdout: &stdout, Stderr: &stderr, Now: func() time.Time { panic("no clock") }}
		code := Run(context.Background(), env, []string{"vet", "--format", format})
		if code != ExitBug || !strings.HasPrefix(stderr.String(), "tasc: internal error: no clock\n") {
			t.Errorf("%s: exit code %d, standard error %q", format, code, stderr.String())
		}
		if !want[format](stdout.String()) {
			t.Errorf("%s: standard output %q", format, stdout.String())
		}
	}
}

func TestFormatOf(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"none", "vet", "text"},
		{"behind", "vet --format json", "json"},
		{"with a sign", "--format=github vet", "github"},
		{"the last one counts", "vet --format json --format=text", "text"},
		{"cut off", "vet --format", "text"},
		{"an argument", "release -- --format json", "text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := formatOf(strings.Fields(tt.in)); got != tt.want {
				t.Errorf("formatOf(%s) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}
