package local

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// Target is what plays the monitored repository.
type Target struct {
	// Folder is what somebody named, "" where the files are made up.
	Folder     string
	Files      []githubtest.File
	Milestones []string
}

// config is a configuration that the example's engines find nothing wrong with, and that gives each of them something to do.
const config = `schema_version: "1.0"
tracks:
  - {id: core, label: track/core, description: The core}
labels:
  - {name: phase-1, description: First phase, color: 0e8a16}
  - {name: phase-2, description: Second phase, color: 1d76db}
milestones:
  - {title: Phase 1}
  - {title: Phase 2}
enforcement:
  exclusivity:
    phase: {mode: enforce, strategy: highest}
  phase_milestones: {phase-1: Phase 1, phase-2: Phase 2}
`

// MadeUp is a small repository for where nobody names a folder.
func MadeUp() Target {
	return Target{
		Files: githubtest.Files(map[string]string{
			"README.md": "# Example\n\nA repository that tasc run has made up.\n", ".github/task-assistant.yml": config,
		}),
		Milestones: []string{"Phase 1", "Phase 2"},
	}
}

// The most that a folder may hold: a run copies it several times.
const (
	maxFiles = 20_000
	maxBytes = 200 << 20
)

// ReadTarget takes a folder as the monitored repository: what git knows of it, where it is a work tree, without what is
// ignored, else every file. Links are left out.
func ReadTarget(ctx context.Context, dir string) (Target, error) {
	names, err := listed(ctx, dir)
	if err != nil {
		return Target{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Target{}, err
	}
	defer root.Close()
	t := Target{Folder: dir}
	size := 0
	for _, name := range names {
		info, err := root.Lstat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue // deleted since git saw it, or a link
		}
		data, err := root.ReadFile(name)
		if err != nil {
			return Target{}, err
		}
		if size += len(data); size > maxBytes || len(t.Files) == maxFiles {
			return Target{}, fmt.Errorf("%s holds more than %d MB or %d files; name a smaller folder, or one that git ignores less of", dir, maxBytes>>20, maxFiles)
		}
		t.Files = append(t.Files, githubtest.File{Path: filepath.ToSlash(name), Content: string(data), Executable: info.Mode()&0o111 != 0})
	}
	return t, nil
}

// listed returns the names of the files, relative to the folder.
func listed(ctx context.Context, dir string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(dir, ".git")); err != nil {
		var names []string
		err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				names = append(names, name)
			}
			return err
		})
		return names, err
	}
	out, err := git(ctx, "-C", dir, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	var names []string
	for name := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		if len(name) > 0 {
			names = append(names, string(name))
		}
	}
	return names, err
}
