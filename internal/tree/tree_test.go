package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/render"
)

const workflow = "platform/.github/workflows/a.yml"

// files renders a small platform of the given texts: path, text, path, text. YAML gets
// the header, a path that ends in ! is executable, and a manifest lists them all.
func files(pairs ...string) []render.File {
	var out []render.File
	var list []string
	for i := 0; i < len(pairs); i += 2 {
		f := render.File{Path: strings.TrimSuffix(pairs[i], "!"), Executable: strings.HasSuffix(pairs[i], "!"), Data: []byte(pairs[i+1])}
		if strings.HasSuffix(f.Path, ".yml") {
			f.Data = render.WithHeader(f.Data)
		}
		out = append(out, f)
		list = append(list, fmt.Sprintf(`{"path": %q, "sha256": %q}`, f.Path, render.Digest(f.Data)))
	}
	manifest := fmt.Sprintf(`{"version": 1, "platform": "p", "files": [%s]}`, strings.Join(list, ", "))
	out = append(out, render.File{Path: render.ManifestFile, Data: []byte(manifest)})
	slices.SortFunc(out, func(a, b render.File) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func usual() []render.File {
	return files(workflow, "name: a\n", "platform/runner/main.go", "package main\n", "platform/engines/run.sh!", "#!/bin/sh\n", "platform/engines/empty", "")
}

// output is where the tests generate, below a project of their own.
const output = "generated/p"

// generated writes the files into a new project and returns the project and the output folder.
func generated(t *testing.T, files []render.File) (project, dir string) {
	t.Helper()
	project = t.TempDir()
	mustWrite(t, project, files)
	return project, filepath.Join(project, output)
}

// compare is for a platform whose trees are all beside its manifest.
func compare(project, dir string, files []render.File) (Output, error) {
	folders, err := Folders(project, layout.Layout{Dir: dir}, files)
	if err != nil {
		return Output{}, err
	}
	return folders[0].Compare(project)
}

func mustCompare(t *testing.T, project string, files []render.File) Output {
	t.Helper()
	out, err := compare(project, output, files)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func mustWrite(t *testing.T, project string, files []render.File) {
	t.Helper()
	if err := Write(project, []Output{mustCompare(t, project, files)}); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, dir, name, data string) {
	t.Helper()
	full := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
		t.Fatal(err)
	}
}

// snapshot lists everything below dir: mode, path and content, or where a link leads.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		content := ""
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			content = string(data)
		case info.Mode()&fs.ModeSymlink != 0:
			if content, err = os.Readlink(name); err != nil {
				return err
			}
		}
		rel, err := filepath.Rel(dir, name)
		fmt.Fprintf(&b, "%s %s %q\n", info.Mode(), filepath.ToSlash(rel), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func kinds(changes []Change) string {
	var out []string
	for _, c := range changes {
		out = append(out, c.Path+": "+string(c.Kind))
	}
	return strings.Join(out, "\n")
}

func TestCompare(t *testing.T) {
	later := files(workflow, "name: b\n", "platform/runner/main.go", "package main // b\n")
	all := workflow + ": missing\nmanifest.json: missing\nplatform/engines/empty: missing\nplatform/engines/run.sh: missing\nplatform/runner/main.go: missing"
	lines := strings.Split(all, "\n")
	slices.Sort(lines)
	tests := []struct {
		name   string
		change func(t *testing.T, dir string)
		files  []render.File
		want   string
	}{
		{"nothing changed", func(*testing.T, string) {}, usual(), ""},
		{"no folder", func(t *testing.T, dir string) { remove(t, dir, ".") }, usual(), strings.Join(lines, "\n")},
		{"missing", func(t *testing.T, dir string) { remove(t, dir, workflow) }, usual(), workflow + ": missing"},
		{"missing folder", func(t *testing.T, dir string) { remove(t, dir, "platform/runner") }, usual(), "platform/runner/main.go: missing"},
		{"stale, and orphans", func(*testing.T, string) {}, later,
			"manifest.json: stale\n" + workflow + ": stale\nplatform/engines/empty: orphan\nplatform/engines/run.sh: orphan\nplatform/runner/main.go: stale"},
		{"hand edit of YAML", func(t *testing.T, dir string) {
			put(t, dir, workflow, string(render.WithHeader([]byte("name: a\n")))+"# mine\n")
		}, usual(), workflow + ": hand edit"},
		{"hand edit of the header's digest", func(t *testing.T, dir string) {
			put(t, dir, workflow, strings.Replace(string(render.WithHeader([]byte("name: a\n"))), "sha256", "sha255", 1))
		}, usual(), workflow + ": hand edit"},
		{"header cut off", func(t *testing.T, dir string) { put(t, dir, workflow, "name: a\n") }, usual(), workflow + ": hand edit"},
		{"hand edit of a source", func(t *testing.T, dir string) { put(t, dir, "platform/runner/main.go", "package mine\n") }, usual(), "platform/runner/main.go: hand edit"},
		{"hand edit of an empty file", func(t *testing.T, dir string) { put(t, dir, "platform/engines/empty", "x") }, usual(), "platform/engines/empty: hand edit"},
		{"file cut to nothing", func(t *testing.T, dir string) { put(t, dir, workflow, "") }, usual(), workflow + ": hand edit"},
		{"executable bit lost", func(t *testing.T, dir string) {
			chmod(t, filepath.Join(dir, "platform/engines/run.sh"), 0o644)
		}, usual(), "platform/engines/run.sh: mode"},
		{"executable bit gained", func(t *testing.T, dir string) {
			chmod(t, filepath.Join(dir, "platform/runner/main.go"), 0o755)
		}, usual(), "platform/runner/main.go: mode"},
		{"edited orphan", func(t *testing.T, dir string) { put(t, dir, "platform/engines/run.sh", "#!/bin/sh\n# mine\n") }, later,
			"manifest.json: stale\n" + workflow + ": stale\nplatform/engines/empty: orphan\nplatform/engines/run.sh: edited orphan\nplatform/runner/main.go: stale"},
		{"orphan that only its header names", func(t *testing.T, dir string) {
			put(t, dir, "platform/.github/workflows/old.yml", string(render.WithHeader([]byte("name: old\n"))))
		}, usual(), "platform/.github/workflows/old.yml: orphan"},
		{"edited orphan that only its header names", func(t *testing.T, dir string) {
			put(t, dir, "platform/.github/workflows/old.yml", string(render.WithHeader([]byte("name: old\n")))+"#\n")
		}, usual(), "platform/.github/workflows/old.yml: edited orphan"},
		{"files that are not ours", func(t *testing.T, dir string) {
			put(t, dir, "README.md", "mine")
			put(t, dir, "platform/.github/workflows/mine.yml", "name: mine\n")
			relink(t, dir, "link", "nowhere")
		}, usual(), "README.md: unknown\nlink: unknown\nplatform/.github/workflows/mine.yml: unknown"},
		{"left by a run that was killed", func(t *testing.T, dir string) { put(t, dir, ".tasc-new-x/0", "half") }, usual(), ".tasc-new-x/0: orphan"},
		{"file where a folder belongs", func(t *testing.T, dir string) {
			remove(t, dir, "platform/runner")
			put(t, dir, "platform/runner", "mine")
		}, usual(), "platform/runner: unknown\nplatform/runner/main.go: missing"},
		{"folder of ours where a file belongs", func(*testing.T, string) {}, files("platform/runner", "now a file"),
			"manifest.json: stale\n" + workflow + ": orphan\nplatform/engines/empty: orphan\nplatform/engines/run.sh: orphan\nplatform/runner: missing\nplatform/runner/main.go: orphan"},
		{"manifest lost", func(t *testing.T, dir string) { remove(t, dir, "manifest.json") }, usual(), "manifest.json: missing"},
		{"manifest lost, specs changed", func(t *testing.T, dir string) { remove(t, dir, "manifest.json") }, later,
			"manifest.json: missing\n" + workflow + ": stale\nplatform/engines/empty: unknown\nplatform/engines/run.sh: unknown\nplatform/runner/main.go: foreign"},
		{"manifest of somebody else", func(t *testing.T, dir string) { put(t, dir, "manifest.json", `{"name": "app"}`) }, usual(), "manifest.json: foreign"},
		{"manifest with a merge conflict", func(t *testing.T, dir string) { put(t, dir, "manifest.json", "<<<<<<< HEAD\n") }, usual(), "manifest.json: foreign"},
		{"manifest that claims what is outside", func(t *testing.T, dir string) {
			put(t, dir, "../victim", "mine")
			put(t, dir, "manifest.json", `{"platform": "p", "files": [{"path": "../victim", "sha256": "`+render.Digest([]byte("mine"))+`"}]}`)
		}, usual(), "manifest.json: stale"},
		{"foreign YAML", func(t *testing.T, dir string) {
			remove(t, dir, "manifest.json")
			put(t, dir, workflow, "name: mine\n")
		}, usual(), "manifest.json: missing\n" + workflow + ": foreign"},
		{"foreign folder", func(t *testing.T, dir string) {
			remove(t, dir, workflow)
			put(t, dir, workflow+"/x", "mine")
		}, usual(), workflow + ": foreign\n" + workflow + "/x: unknown"},
		{"foreign empty folder", func(t *testing.T, dir string) {
			remove(t, dir, workflow)
			if err := os.Mkdir(filepath.Join(dir, workflow), 0o755); err != nil {
				t.Fatal(err)
			}
		}, usual(), workflow + ": foreign"},
		{"foreign link", func(t *testing.T, dir string) { relink(t, dir, workflow, "b.yml") }, usual(), workflow + ": foreign"},
		{"foreign link to the right text", func(t *testing.T, dir string) {
			put(t, dir, "copy", string(render.WithHeader([]byte("name: a\n"))))
			relink(t, dir, workflow, "../../../copy")
		}, usual(), "copy: orphan\n" + workflow + ": foreign"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			project, dir := generated(t, usual())
			tt.change(t, dir)
			changes := mustCompare(t, project, tt.files).Changes
			if got := kinds(changes); got != tt.want {
				t.Fatalf("got:\n%s\nwant:\n%s", got, tt.want)
			}
			for _, c := range changes {
				if gone := c.Kind == Orphan || c.Kind == EditedOrphan || c.Kind == Unknown; gone != (c.New == nil) {
					t.Errorf("%s is %s: New is %q", c.Path, c.Kind, c.New)
				}
			}
		})
	}
}

func chmod(t *testing.T, name string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

func relink(t *testing.T, dir, name, target string) {
	t.Helper()
	remove(t, dir, name)
	if err := os.Symlink(target, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
		t.Fatal(err)
	}
}

func TestCompare_IsAFile(t *testing.T) {
	project := t.TempDir()
	put(t, project, output, "mine")
	if out, err := compare(project, output, usual()); err == nil {
		t.Errorf("a file where the folder belongs gives\n%s", kinds(out.Changes))
	}
}

func TestAbandoned(t *testing.T) {
	project, _ := generated(t, usual())
	put(t, project, "generated/old/manifest.json", `{"platform": "old", "files": []}`)
	put(t, project, "generated/mine/manifest.json", `{"name": "mine"}`)
	put(t, project, "generated/more/README.md", "mine")
	put(t, project, "generated/README.md", "mine")
	for _, tt := range []struct {
		known []string
		want  string
	}{
		{[]string{output}, "generated/old"},
		{[]string{output, "generated/old"}, ""},
		{nil, "generated/old generated/p"},
	} {
		got, err := Abandoned(project, "generated", tt.known)
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%v known: got %v, %v, want %s", tt.known, got, err, tt.want)
		}
	}
	if got, err := Abandoned(project, "nowhere", nil); err != nil || len(got) > 0 {
		t.Errorf("without a folder: %v, %v", got, err)
	}
}

func TestChange_FirstLine(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           int
	}{
		{"first byte", "a", "b", 1},
		{"third line", "a\nb\nc\n", "a\nb\nd\n", 3},
		{"text added behind", "a\n", "a\nb\n", 2},
		{"text cut off", "a\nb\n", "a\n", 2},
		{"all of it", "a\n", "", 1},
		{"the newline alone", "a", "a\n", 1},
		{"below the header", string(render.WithHeader([]byte("a\nb\n"))), string(render.WithHeader([]byte("a\nc\n"))), 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Change{Old: []byte(tt.old), New: []byte(tt.new)}).FirstLine(); got != tt.want {
				t.Errorf("FirstLine of %q and %q = %d, want %d", tt.old, tt.new, got, tt.want)
			}
		})
	}
}

// TestCompare_NoFile: a pipe is never opened, which would wait for ever, and what is too large is never read.
func TestCompare_NoFile(t *testing.T) {
	const pipe, large = "pipe", "large"
	for _, tt := range []struct{ name, what, want string }{
		{workflow, pipe, workflow + ": foreign"},
		{workflow, large, workflow + ": foreign"},
		{"platform/more", pipe, "platform/more: unknown"},
		{"platform/more", large, "platform/more: unknown"},
	} {
		project, dir := generated(t, usual())
		remove(t, dir, tt.name)
		standIn(t, filepath.Join(dir, filepath.FromSlash(tt.name)), tt.what == pipe)
		if got := kinds(mustCompare(t, project, usual()).Changes); got != tt.want {
			t.Errorf("%s is a %s file: got\n%s\nwant\n%s", tt.name, tt.what, got, tt.want)
		}
	}
	for _, isPipe := range []bool{true, false} {
		project, dir := generated(t, usual())
		remove(t, dir, render.ManifestFile)
		standIn(t, filepath.Join(dir, render.ManifestFile), isPipe)
		if c := mustCompare(t, project, usual()).Changes; len(Refused(c)) == 0 {
			t.Errorf("a manifest that is no file is overwritten: %s", kinds(c))
		}
		remove(t, project, output)
		standIn(t, dir, isPipe)
		if _, err := compare(project, output, usual()); err == nil {
			t.Error("an output folder that is no folder is no error")
		}
	}
}

// standIn makes a pipe, or a file that is too large.
func standIn(t *testing.T, name string, isPipe bool) {
	t.Helper()
	err := os.WriteFile(name, nil, 0o644)
	if isPipe {
		err = errors.Join(os.Remove(name), syscall.Mkfifo(name, 0o644))
	} else if err == nil {
		err = os.Truncate(name, maxFile+1)
	}
	if err != nil {
		t.Fatal(err)
	}
}
