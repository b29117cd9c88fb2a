package tree

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/render"
)

// TestMatches: it says yes exactly where Compare finds nothing.
func TestMatches(t *testing.T) {
	changes := map[string]func(dir string) error{
		"nothing":         func(string) error { return nil },
		"an empty folder": func(dir string) error { return os.Mkdir(filepath.Join(dir, "empty"), 0o755) },
		"a text":          func(dir string) error { return os.WriteFile(filepath.Join(dir, workflow), []byte("x"), 0o644) },
		"a byte more":     func(dir string) error { return appendTo(filepath.Join(dir, "platform/runner/main.go"), "\n") },
		"a byte less":     func(dir string) error { return os.Truncate(filepath.Join(dir, "platform/runner/main.go"), 3) },
		"an empty file":   func(dir string) error { return appendTo(filepath.Join(dir, "platform/engines/empty"), "x") },
		"a mode less":     func(dir string) error { return os.Chmod(filepath.Join(dir, "platform/engines/run.sh"), 0o644) },
		"a mode more":     func(dir string) error { return os.Chmod(filepath.Join(dir, workflow), 0o755) },
		"a file less":     func(dir string) error { return os.Remove(filepath.Join(dir, workflow)) },
		"a file more":     func(dir string) error { return os.WriteFile(filepath.Join(dir, "platform/x"), nil, 0o644) },
		"no manifest":     func(dir string) error { return os.Remove(filepath.Join(dir, render.ManifestFile)) },
		"no folder":       os.RemoveAll,
		"a file as a folder": func(dir string) error {
			return replace(filepath.Join(dir, workflow), func(n string) error { return os.Mkdir(n, 0o755) })
		},
		"a link": func(dir string) error {
			return replace(filepath.Join(dir, "platform/engines/run.sh"), func(n string) error { return os.Symlink("empty", n) })
		},
		"a link to the same text": func(dir string) error {
			name := filepath.Join(dir, "platform/engines/run.sh")
			if err := os.Rename(name, filepath.Join(dir, "../run.sh")); err != nil {
				return err
			}
			return os.Symlink("../../../run.sh", name)
		},
		"a link to a folder": func(dir string) error { return os.Symlink("platform", filepath.Join(dir, "more")) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			project, dir := generated(t, usual())
			if err := change(dir); err != nil {
				t.Fatal(err)
			}
			want := len(mustCompare(t, project, usual()).Changes) == 0
			var digests []render.File
			for _, f := range usual() {
				digests = append(digests, render.File{Path: f.Path, Executable: f.Executable, SHA256: render.Digest(f.Data)})
			}
			if got := Matches(project, layout.Layout{Dir: output}, digests); got != want {
				t.Errorf("Matches says %t, Compare %t", got, want)
			}
		})
	}
}

func appendTo(name, text string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text)
	return err
}

func replace(name string, with func(string) error) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return with(name)
}
