package tree

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/render"
)

// moved renders files for a layout: a manifest that says where trees went, and sources in place where they begin with "=".
func moved(outputs map[string]string, pairs ...string) []render.File {
	var list, dirs []string
	var out []render.File
	for i := 0; i < len(pairs); i += 2 {
		f := render.File{Path: strings.TrimPrefix(pairs[i], "="), InPlace: strings.HasPrefix(pairs[i], "="), Data: []byte(pairs[i+1])}
		out = append(out, f)
		list = append(list, fmt.Sprintf(`{"path": %q, "sha256": %q, "in_place": %t}`, f.Path, render.Digest(f.Data), f.InPlace))
	}
	for tree, dir := range outputs {
		dirs = append(dirs, fmt.Sprintf("%q: %q", tree, dir))
	}
	slices.Sort(dirs)
	manifest := fmt.Sprintf(`{"version": 1, "platform": "p", "outputs": {%s}, "files": [%s]}`, strings.Join(dirs, ", "), strings.Join(list, ", "))
	return append(out, render.File{Path: render.ManifestFile, Data: []byte(manifest)})
}

// differ returns what Folders and Compare say of a layout, and the outputs.
func differ(t *testing.T, project string, outputs map[string]string, files []render.File) (string, []Output) {
	t.Helper()
	folders, err := Folders(project, layout.Layout{Dir: output, Moved: outputs}, files)
	if err != nil {
		t.Fatal(err)
	}
	var all []Output
	var lines []string
	for _, f := range folders {
		out, err := f.Compare(project)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out)
		for _, c := range out.Changes {
			lines = append(lines, out.Dir+" "+c.Path+": "+string(c.Kind))
		}
	}
	return strings.Join(lines, "\n"), all
}

func place(t *testing.T, project string, outputs map[string]string, files []render.File) {
	t.Helper()
	_, all := differ(t, project, outputs, files)
	if err := Write(project, all); err != nil {
		t.Fatal(err)
	}
}

var (
	atTop   = map[string]string{"platform": "."}
	usually = []string{"platform/runner/main.go", "package main\n", "platform/w.txt", "w", "=platform/engines/a.sh", "a", "host/x.txt", "x"}
)

// TestFolders_AtTheTop: the platform tree stands beside files of others, which nobody touches.
func TestFolders_AtTheTop(t *testing.T) {
	project := t.TempDir()
	put(t, project, "README.md", "mine")
	put(t, project, "engines/a.sh", "a")
	place(t, project, atTop, moved(atTop, usually...))
	for name, want := range map[string]string{"README.md": "mine", "runner/main.go": "package main\n", "w.txt": "w", output + "/host/x.txt": "x"} {
		if data, err := os.ReadFile(filepath.Join(project, name)); err != nil || string(data) != want {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if got, _ := differ(t, project, atTop, moved(atTop, usually...)); got != "" {
		t.Errorf("after writing:\n%s", got)
	}
	put(t, project, "runner/more.go", "mine")
	put(t, project, "w.txt", "by hand")
	put(t, project, ".tasc-new-x/0", "half")
	put(t, project, "other.txt", "mine")
	want := ". .tasc-new-x/0: orphan\n. runner/more.go: unknown\n. w.txt: hand edit"
	if got, _ := differ(t, project, atTop, moved(atTop, usually...)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestFolders_InPlace: a source of the specs is never written, and never removed once no engine names it.
func TestFolders_InPlace(t *testing.T) {
	project := t.TempDir()
	put(t, project, "engines/a.sh", "a")
	place(t, project, atTop, moved(atTop, usually...))
	put(t, project, "engines/a.sh", "changed")
	later := moved(atTop, "platform/runner/main.go", "package main\n")
	got, _ := differ(t, project, atTop, later)
	if want := ". w.txt: orphan\n" + output + " host/x.txt: orphan\n" + output + " manifest.json: stale"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	place(t, project, atTop, later)
	if data, err := os.ReadFile(filepath.Join(project, "engines/a.sh")); err != nil || string(data) != "changed" {
		t.Errorf("the source of an engine: %q, %v", data, err)
	}
}

// TestFolders_Moved: a tree that goes elsewhere leaves nothing behind, and takes nothing of others with it.
func TestFolders_Moved(t *testing.T) {
	project := t.TempDir()
	place(t, project, nil, moved(nil, "platform/w.txt", "w", "host/x.txt", "x"))
	put(t, project, "dist/host/mine.txt", "mine")
	there := map[string]string{"host": "dist/host"}
	got, _ := differ(t, project, there, moved(there, "platform/w.txt", "w", "host/x.txt", "x"))
	if want := "dist/host mine.txt: unknown\ndist/host x.txt: missing\n" + output + " host/x.txt: orphan\n" + output + " manifest.json: stale"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	remove(t, project, "dist/host/mine.txt")
	place(t, project, there, moved(there, "platform/w.txt", "w", "host/x.txt", "x"))
	put(t, project, "dist/host/mine.txt", "mine")
	place(t, project, nil, moved(nil, "platform/w.txt", "w", "host/x.txt", "x"))
	if _, err := os.Stat(filepath.Join(project, "dist/host/x.txt")); err == nil {
		t.Error("dist/host/x.txt is still there")
	}
	if data, err := os.ReadFile(filepath.Join(project, "dist/host/mine.txt")); err != nil || string(data) != "mine" {
		t.Errorf("dist/host/mine.txt: %q, %v", data, err)
	}
}

// TestFolders_ForeignFile: a file that stands where a generated one belongs is not ours, at the top neither.
func TestFolders_ForeignFile(t *testing.T) {
	project := t.TempDir()
	put(t, project, "w.txt", "mine")
	got, all := differ(t, project, atTop, moved(atTop, usually...))
	if !strings.Contains(got, ". w.txt: foreign") {
		t.Errorf("got:\n%s", got)
	}
	want := snapshot(t, project)
	if err := Write(project, all); err == nil || err.Error() != "w.txt is not ours to change" {
		t.Errorf("Write = %v", err)
	}
	if got := snapshot(t, project); got != want {
		t.Errorf("the project differs:\n%s", difference(want, got))
	}
}

// TestFolders_ManifestThatClaims: a manifest owns nothing outside of the project, of git or of CUE.
func TestFolders_ManifestThatClaims(t *testing.T) {
	base := t.TempDir()
	project := filepath.Join(base, "project")
	for _, name := range []string{"victim", "project/.git/config", "project/cue.mod/module.cue"} {
		put(t, base, name, "mine")
	}
	for _, outputs := range []string{`"platform": ".."`, `"platform": "."`, `"platform": ".git"`, `"platform": ".GIT"`, `"platform": "/"`} {
		var list []string
		for _, name := range []string{"victim", "../victim", ".git/config", "config", "cue.mod/module.cue", "../project/.git/config"} {
			list = append(list, fmt.Sprintf(`{"path": "platform/%s", "sha256": %q}`, name, render.Digest([]byte("mine"))))
		}
		put(t, project, output+"/manifest.json", fmt.Sprintf(`{"platform": "p", "outputs": {%s}, "files": [%s]}`, outputs, strings.Join(list, ", ")))
		if got, _ := differ(t, project, nil, moved(nil, "host/x.txt", "x")); strings.Contains(got, "orphan") {
			t.Errorf("%s:\n%s", outputs, got)
		}
	}
}

// TestWrite_UndoesAllFolders: what fails in the last folder leaves the top of the project as it was.
func TestWrite_UndoesAllFolders(t *testing.T) {
	project := t.TempDir()
	put(t, project, "README.md", "mine")
	place(t, project, atTop, moved(atTop, usually...))
	_, all := differ(t, project, atTop, moved(atTop, "platform/w.txt", "later", "platform/new/x", "x"))
	remove(t, project, output+"/"+render.ManifestFile)
	put(t, project, output+"/"+render.ManifestFile+"/in the way", "mine")
	want := snapshot(t, project)
	if err := Write(project, all); err == nil {
		t.Error("a folder where a file belongs was no error")
	}
	if got := snapshot(t, project); got != want {
		t.Errorf("the project differs:\n%s", difference(want, got))
	}
}

// TestFolders_Matches: at the top of the project too, the digests alone tell what a comparison does.
func TestFolders_Matches(t *testing.T) {
	changes := map[string]func(project string){
		"nothing":                     func(string) {},
		"a file of others":            func(p string) { put(t, p, "other.txt", "mine") },
		"another text":                func(p string) { put(t, p, "w.txt", "by hand") },
		"a file less":                 func(p string) { remove(t, p, "w.txt") },
		"a file more in runner":       func(p string) { put(t, p, "runner/more.go", "mine") },
		"a file less in runner":       func(p string) { remove(t, p, "runner/main.go") },
		"no runner":                   func(p string) { remove(t, p, "runner") },
		"a link":                      func(p string) { remove(t, p, "w.txt"); put(t, p, "v.txt", "w"); relink(t, p, "w.txt", "v.txt") },
		"a mode":                      func(p string) { chmod(t, filepath.Join(p, "w.txt"), 0o755) },
		"what a killed run left":      func(p string) { put(t, p, ".tasc-new-x/0", "half") },
		"a source of the specs":       func(p string) { put(t, p, "engines/a.sh", "changed") },
		"a file of another tree":      func(p string) { put(t, p, output+"/host/x.txt", "by hand") },
		"a file more in that tree":    func(p string) { put(t, p, output+"/host/y.txt", "mine") },
		"a manifest that claims more": func(p string) { put(t, p, output+"/manifest.json", `{"platform": "p"}`) },
		"no manifest":                 func(p string) { remove(t, p, output+"/manifest.json") },
		"nothing but the top":         func(p string) { remove(t, p, "generated") },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			project := t.TempDir()
			put(t, project, "engines/a.sh", "a")
			files := moved(atTop, usually...)
			place(t, project, atTop, files)
			change(project)
			differs, _ := differ(t, project, atTop, files)
			var digests []render.File
			for _, f := range files {
				digests = append(digests, render.File{Path: f.Path, InPlace: f.InPlace, SHA256: render.Digest(f.Data)})
			}
			if got := Matches(project, layout.Layout{Dir: output, Moved: atTop}, digests); got != (differs == "") {
				t.Errorf("Matches says %t, Compare:\n%s", got, differs)
			}
		})
	}
}
