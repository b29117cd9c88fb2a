package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/render"
)

func TestWrite_MakesTheFolderWhatTheFilesSay(t *testing.T) {
	project, dir := generated(t, usual())
	if changes := mustCompare(t, project, usual()).Changes; len(changes) > 0 {
		t.Errorf("after writing:\n%s", kinds(changes))
	}
	for _, f := range usual() {
		data, err := os.ReadFile(filepath.Join(dir, f.Path))
		info, err2 := os.Stat(filepath.Join(dir, f.Path))
		mode := fs.FileMode(0o644)
		if f.Executable {
			mode = 0o755
		}
		if err := errors.Join(err, err2); err != nil || string(data) != string(f.Data) || info.Mode() != mode {
			t.Errorf("%s: %q, %v, %v", f.Path, data, info.Mode(), err)
		}
	}
}

func TestWrite_FileWithoutBytes(t *testing.T) {
	project := t.TempDir()
	empty := []render.File{{Path: "empty"}}
	mustWrite(t, project, empty)
	if changes := mustCompare(t, project, empty).Changes; len(changes) > 0 {
		t.Errorf("a file whose Data is nil is not written: %s", kinds(changes))
	}
}

func TestWrite_UpdatesAndRemoves(t *testing.T) {
	project, dir := generated(t, files("platform/a/b/one.yml", "1\n", "platform/a/b/two.txt", "2\n", "platform/a/three.txt", "3\n", "platform/run.sh", "x\n",
		"host/x.yml", "4\n", "was/folder", "5\n", "was-file", "6\n"))
	put(t, dir, "platform/a/b/two.txt", "2 by hand\n")
	later := files("platform/a/b/two.txt", "2 again\n", "platform/run.sh!", "x\n", "new/deep/n.yml", "5\n", "was", "a file now", "was-file/x", "a folder now")
	mustWrite(t, project, later)
	if changes := mustCompare(t, project, later).Changes; len(changes) > 0 {
		t.Errorf("after writing:\n%s", kinds(changes))
	}
	got := snapshot(t, dir)
	for _, gone := range []string{"one.yml", "three.txt", " host", ".tasc-new"} {
		if strings.Contains(got, gone) {
			t.Errorf("%s is still there:\n%s", gone, got)
		}
	}
	for _, kept := range []string{"-rwxr-xr-x platform/run.sh", `"2 again\n"`, "new/deep/n.yml", `was "a file now"`, `was-file/x "a folder now"`} {
		if !strings.Contains(got, kept) {
			t.Errorf("%s is missing:\n%s", kept, got)
		}
	}
}

func TestWrite_RemovesOnlyFoldersThatAreEmpty(t *testing.T) {
	project, dir := generated(t, files("a/b/c/x.txt", "x", "d/e/y.txt", "y", "d/kept.txt", "k", "f/z.txt", "z"))
	if err := os.Mkdir(filepath.Join(dir, "f", "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, project, files("d/kept.txt", "k"))
	for name, want := range map[string]bool{"a": false, "d/e": false, "d": true, "f/empty": true, ".": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", name, err == nil, want)
		}
	}
}

func TestWrite_TwiceChangesNothing(t *testing.T) {
	project, dir := generated(t, usual())
	long := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, f := range usual() {
		if err := os.Chtimes(filepath.Join(dir, f.Path), long, long); err != nil {
			t.Fatal(err)
		}
	}
	mustWrite(t, project, usual())
	changed := files(workflow, "name: b\n", "platform/runner/main.go", "package main\n", "platform/engines/run.sh!", "#!/bin/sh\n", "platform/engines/empty", "")
	mustWrite(t, project, changed)
	for _, f := range changed {
		info, err := os.Stat(filepath.Join(dir, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		if touched := !info.ModTime().Equal(long); touched != (f.Path == workflow || f.Path == render.ManifestFile) {
			t.Errorf("%s was written: %t", f.Path, touched)
		}
	}
}

func TestWrite_OverwritesHandEditsInFull(t *testing.T) {
	project, dir := generated(t, usual())
	put(t, dir, workflow, strings.Repeat("mine\n", 1000))
	put(t, dir, ".tasc-new-x/0", "left by a run that was killed")
	mustWrite(t, project, usual())
	if changes := mustCompare(t, project, usual()).Changes; len(changes) > 0 {
		t.Errorf("after writing:\n%s", kinds(changes))
	}
	if strings.Contains(snapshot(t, dir), ".tasc-new") {
		t.Error("the old temporary folder is still there")
	}
}

// TestWrite_NothingIfAnythingFails: whatever stands in the way, the folder stays as it was.
func TestWrite_NothingIfAnythingFails(t *testing.T) {
	outside := t.TempDir()
	put(t, outside, "mine", "mine")
	put(t, outside, "workflows/mine.yml", "mine")
	before := snapshot(t, outside)
	later := files(workflow, "name: b\n", "aaa/new.txt", "new", "platform/runner/main.go", "package b\n", "zzz/new.txt", "new")
	tests := []struct {
		name  string
		block func(t *testing.T, dir string)
	}{
		{"foreign file", func(t *testing.T, dir string) { put(t, dir, "zzz/new.txt", "mine") }},
		{"foreign folder", func(t *testing.T, dir string) { put(t, dir, "zzz/new.txt/x", "mine") }},
		{"foreign link", func(t *testing.T, dir string) {
			put(t, dir, "zzz/x", "mine")
			relink(t, dir, "zzz/new.txt", filepath.Join(outside, "mine"))
		}},
		{"dangling link", func(t *testing.T, dir string) {
			put(t, dir, "zzz/x", "mine")
			relink(t, dir, "zzz/new.txt", filepath.Join(outside, "new"))
		}},
		{"edited orphan", func(t *testing.T, dir string) { put(t, dir, "platform/engines/run.sh", "mine") }},
		{"file where a folder belongs", func(t *testing.T, dir string) { put(t, dir, "zzz", "mine") }},
		{"link to a folder outside", func(t *testing.T, dir string) { relink(t, dir, "zzz", outside) }},
		{"relative link to a folder outside", func(t *testing.T, dir string) {
			rel, err := filepath.Rel(dir, outside)
			if err != nil {
				t.Fatal(err)
			}
			relink(t, dir, "zzz", rel)
		}},
		{"link outside in the middle of a path", func(t *testing.T, dir string) { relink(t, dir, "platform/.github", outside) }},
		{"link to nowhere", func(t *testing.T, dir string) { relink(t, dir, "zzz", "nowhere") }},
		{"link to itself", func(t *testing.T, dir string) { relink(t, dir, "zzz", "zzz") }},
		{"file that nobody generated", func(t *testing.T, dir string) { put(t, dir, "platform/runner/mine.go", "mine") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			project, dir := generated(t, usual())
			tt.block(t, dir)
			want := snapshot(t, project)
			out, err := compare(project, output, later)
			if err == nil {
				err = Write(project, []Output{out})
			}
			if err == nil {
				t.Errorf("it was written:\n%s", kinds(out.Changes))
			}
			if got := snapshot(t, project); got != want {
				t.Errorf("after %v the folder differs:\n%s", err, difference(want, got))
			}
			if got := snapshot(t, outside); got != before {
				t.Errorf("after %v the folder outside differs:\n%s", err, difference(before, got))
			}
		})
	}
}

// difference lists the lines of two snapshots that only one of them has.
func difference(want, got string) string {
	var out []string
	for l := range strings.Lines(want) {
		if !strings.Contains(got, l) {
			out = append(out, "- "+l)
		}
	}
	for l := range strings.Lines(got) {
		if !strings.Contains(want, l) {
			out = append(out, "+ "+l)
		}
	}
	return strings.Join(out, "")
}

// TestWrite_UndoesWhatItHasDone: the folder changes after it was compared, and the last rename fails.
func TestWrite_UndoesWhatItHasDone(t *testing.T) {
	project, dir := generated(t, files(workflow, "name: a\n", "old/orphan.txt", "o", "old/run.sh!", "x"))
	first := mustCompare(t, project, files(workflow, "name: b\n", "new/deep/n.txt", "n"))
	second := Output{Dir: "generated/q", Changes: []Change{{Kind: Missing, Path: "q", New: []byte("q")}, {Kind: Missing, Path: render.ManifestFile, New: []byte("{}")}}}
	remove(t, dir, render.ManifestFile)
	put(t, dir, render.ManifestFile+"/in the way", "mine")
	want := snapshot(t, project)
	if err := Write(project, []Output{first, second}); err == nil {
		t.Error("a folder where a file belongs was no error")
	}
	if got := snapshot(t, project); got != want {
		t.Errorf("the project differs:\n%s", difference(want, got))
	}
}

func TestWrite_FileWhereAFolderBelongs(t *testing.T) {
	for _, name := range []string{"generated", "generated/p", "generated/p/platform"} {
		project := t.TempDir()
		out := mustCompare(t, project, usual())
		put(t, project, name, "mine")
		want := snapshot(t, project)
		if err := Write(project, []Output{out}); err == nil {
			t.Errorf("%s is a file, and it was written", name)
		}
		if got := snapshot(t, project); got != want {
			t.Errorf("%s is a file; the project differs:\n%s", name, difference(want, got))
		}
	}
}

// TestWrite_AllOutputsOrNone: what is wrong with the last output keeps the first from being written.
func TestWrite_AllOutputsOrNone(t *testing.T) {
	project := t.TempDir()
	put(t, project, "generated/q/platform/runner/main.go", "package mine\n")
	q, err := compare(project, "generated/q", usual())
	if err != nil {
		t.Fatal(err)
	}
	want := snapshot(t, project)
	if err := Write(project, []Output{mustCompare(t, project, usual()), q}); err == nil || err.Error() != "generated/q/platform/runner/main.go is not ours to change" {
		t.Errorf("Write = %v", err)
	}
	if got := snapshot(t, project); got != want {
		t.Errorf("the project differs:\n%s", difference(want, got))
	}
}

// TestWrite_OutputFolderIsALink: neither generated/ nor generated/<platform> is a way out of the project.
func TestWrite_OutputFolderIsALink(t *testing.T) {
	for _, link := range []string{"generated", "generated/p"} {
		for _, target := range []string{"outside", "outside/nowhere"} {
			base := t.TempDir()
			put(t, base, "outside/p/mine", "mine")
			put(t, base, "project/generated/other/x", "x")
			relink(t, base, "project/"+link, filepath.Join(base, target))
			project, want := filepath.Join(base, "project"), snapshot(t, base)
			if out, err := compare(project, output, usual()); err == nil {
				t.Errorf("%s leads to %s: compared as\n%s", link, target, kinds(out.Changes))
			}
			if err := Write(project, []Output{{Dir: output, Changes: []Change{{Kind: Missing, Path: "a", New: []byte("a")}}}}); err == nil {
				t.Errorf("%s leads to %s: written", link, target)
			}
			if got := snapshot(t, base); got != want {
				t.Errorf("%s leads to %s:\n%s", link, target, difference(want, got))
			}
		}
	}
}

func TestWrite_RemovesFoldersThatItMadeInVain(t *testing.T) {
	project := t.TempDir()
	changes := []Change{
		{Kind: Missing, Path: "a/b/new.txt", New: []byte("new")},
		{Kind: Missing, Path: "../../../outside.txt", New: []byte("new")},
	}
	if err := Write(project, []Output{{Dir: output, Changes: changes}}); err == nil {
		t.Error("a path that leaves the project was no error")
	}
	if got, want := snapshot(t, project), snapshot(t, t.TempDir()); got != want {
		t.Errorf("left behind:\n%s", got)
	}
}

func TestWrite_RefusedChangesAreAnError(t *testing.T) {
	project := t.TempDir()
	for _, kind := range []Kind{Foreign, EditedOrphan, Unknown} {
		changes := []Change{{Kind: Missing, Path: "a", New: []byte("a")}, {Kind: kind, Path: "b", New: []byte("b")}}
		if refused := Refused(changes); len(refused) != 1 || refused[0].Path != "b" {
			t.Errorf("Refused = %v", refused)
		}
		if err := Write(project, []Output{{Dir: output, Changes: changes}}); err == nil || err.Error() != "generated/p/b is not ours to change" {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if names, err := os.ReadDir(project); err != nil || len(names) > 0 {
		t.Errorf("written: %v, %v", names, err)
	}
}

// TestWrite_OrphanVanishes: a file that has to go and is gone already is no reason to stop.
func TestWrite_OrphanVanishes(t *testing.T) {
	project, dir := generated(t, usual())
	later := files(workflow, "name: a\n")
	out := mustCompare(t, project, later)
	remove(t, dir, "platform/engines/run.sh")
	if err := Write(project, []Output{out}); err != nil {
		t.Fatal(err)
	}
	if changes := mustCompare(t, project, later).Changes; len(changes) > 0 {
		t.Errorf("after writing:\n%s", kinds(changes))
	}
}

// TestWrite_PutsBackTheSameFiles: what is undone is not written again, which a full disk would not allow.
func TestWrite_PutsBackTheSameFiles(t *testing.T) {
	project, dir := generated(t, usual())
	before, err := os.Stat(filepath.Join(dir, filepath.FromSlash(workflow)))
	if err != nil {
		t.Fatal(err)
	}
	later := files(workflow, "name: b\n", "platform/runner/main.go", "package b\n")
	out := mustCompare(t, project, later)
	want := snapshot(t, project)
	remove(t, dir, render.ManifestFile)
	put(t, dir, render.ManifestFile+"/in the way", "mine")
	if err := Write(project, []Output{out}); err == nil {
		t.Error("a folder where a file belongs was no error")
	}
	after, err := os.Stat(filepath.Join(dir, filepath.FromSlash(workflow)))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was written anew (%v)", err)
	}
	remove(t, dir, render.ManifestFile)
	for _, f := range usual() {
		if f.Path == render.ManifestFile {
			put(t, dir, f.Path, string(f.Data))
		}
	}
	if got := snapshot(t, project); got != want {
		t.Errorf("the project differs:\n%s", difference(want, got))
	}
}

func TestCompare_Causes(t *testing.T) {
	manifest := func(spec, lock, compiler string) []render.File {
		return []render.File{{Path: render.ManifestFile, Data: fmt.Appendf(nil, `{"platform": "p", "spec_sha256": %q, "lock_sha256": %q, "compiler": %q}`, spec, lock, compiler)}}
	}
	project, _ := generated(t, manifest("s", "l", "v1"))
	for _, tt := range []struct {
		is   []render.File
		want []Cause
	}{
		{manifest("s", "l", "v1"), nil},
		{manifest("s2", "l", "v1"), []Cause{{What: "specs"}}},
		{manifest("s", "l2", "v2"), []Cause{{What: "lock"}, {"compiler", "v1", "v2"}}},
		{nil, nil},
	} {
		if got := mustCompare(t, project, tt.is).Causes; !slices.Equal(got, tt.want) {
			t.Errorf("%v: got %v, want %v", tt.is, got, tt.want)
		}
	}
}
