package revision

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// repo is a new repository with these files committed; a text that begins with "-> " is a symbolic link.
func repo(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	run(t, dir, "init", "-q", "-b", "main")
	commit(t, dir, files)
	return dir
}

func commit(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, link := strings.CutPrefix(text, "-> "); link {
			err = os.Symlink(target, name)
		} else {
			err = os.WriteFile(name, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, "add", "-A")
	run(t, dir, "commit", "-q", "--allow-empty", "-m", "x")
}

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "core.hooksPath=" + os.DevNull}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_COMMITTER_DATE=2026-11-20T23:30:00+0000", "GIT_AUTHOR_DATE=2026-11-20T23:30:00+0000", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func open(t *testing.T, dir string) *Repository {
	t.Helper()
	r, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func files(t *testing.T, dir, name string) fs.FS {
	t.Helper()
	r := open(t, dir)
	c, err := r.Resolve(name)
	if err != nil {
		t.Fatal(err)
	}
	fsys, err := r.Files(c)
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func TestFiles_IsAFileSystem(t *testing.T) {
	dir := repo(t, map[string]string{"a.txt": "a", "empty": "", "sub/b": "b\x00\n", "sub/deep/c": strings.Repeat("c\n", 99999)})
	if err := fstest.TestFS(files(t, dir, "HEAD"), "a.txt", "empty", "sub/b", "sub/deep/c"); err != nil {
		t.Fatal(err)
	}
}

// TestFiles_AsInTheWorkTree: what os.Root says of a path in the work tree is what is said of it at the commit.
func TestFiles_AsInTheWorkTree(t *testing.T) {
	dir := repo(t, map[string]string{
		"a": "a", "run.sh": "x", "sub/b": "b", "link": "-> sub/b", "folder": "-> sub", "up": "-> ../x", "sub/back": "-> ../a",
		"abs": "-> /etc/hostname", "loop": "-> loop", "chain": "-> folder/back", "dangling": "-> nothing",
	})
	if err := os.Chmod(filepath.Join(dir, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	commit(t, dir, nil)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	want, got := root.FS(), files(t, dir, "HEAD")
	for _, name := range []string{"a", "run.sh", "sub", "sub/b", "link", "folder", "folder/b", "up", "sub/back", "abs", "loop", "chain", "dangling", "a/b", "nothing", "../a", "sub/", ""} {
		w, errW := fs.Stat(want, name)
		g, errG := fs.Stat(got, name)
		if (errW == nil) != (errG == nil) || errW == nil && (w.Mode().Type() != g.Mode().Type() || w.Mode()&0o100 != g.Mode()&0o100 && !w.IsDir() || !w.IsDir() && w.Size() != g.Size()) {
			t.Errorf("Stat(%q) = %v, %v; the work tree has %v, %v", name, g, errG, w, errW)
		}
		wl, errW := fs.Lstat(want, name)
		gl, errG := fs.Lstat(got, name)
		if (errW == nil) != (errG == nil) || errW == nil && wl.Mode().Type() != gl.Mode().Type() {
			t.Errorf("Lstat(%q) = %v, %v; the work tree has %v, %v", name, gl, errG, wl, errW)
		}
		wd, errW := fs.ReadFile(want, name)
		gd, errG := fs.ReadFile(got, name)
		if (errW == nil) != (errG == nil) || string(wd) != string(gd) {
			t.Errorf("ReadFile(%q) = %q, %v; the work tree has %q, %v", name, gd, errG, wd, errW)
		}
	}
}

func TestFiles_OfAFolder(t *testing.T) {
	dir := repo(t, map[string]string{"project/engines/a.cue": "x", "outside": "y", "project/out": "-> ../outside"})
	before := open(t, dir)
	first, err := before.Resolve("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	commit(t, dir, map[string]string{"later/a": "a"})
	fsys := files(t, filepath.Join(dir, "project"), "HEAD")
	if data, err := fs.ReadFile(fsys, "engines/a.cue"); err != nil || string(data) != "x" {
		t.Errorf("engines/a.cue: %q, %v", data, err)
	}
	if _, err := fs.ReadFile(fsys, "out"); err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("a link out of the project: %v", err)
	}
	later := open(t, filepath.Join(dir, "later"))
	none, err := later.Files(first)
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := fs.ReadDir(none, "."); err != nil || len(entries) != 0 {
		t.Errorf("a folder that was not there yet: %v, %v", entries, err)
	}
}

func TestFiles_Submodule(t *testing.T) {
	inner := repo(t, map[string]string{"x": "x"})
	dir := repo(t, map[string]string{"a": "a"})
	run(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+run(t, inner, "rev-parse", "HEAD")+",sub")
	run(t, dir, "commit", "-q", "-m", "x")
	fsys := files(t, dir, "HEAD")
	info, err := fs.Stat(fsys, "sub")
	if err != nil || !info.IsDir() {
		t.Errorf("Stat: %v, %v", info, err)
	}
	for _, name := range []string{"sub", "sub/x"} {
		if _, err := fs.ReadFile(fsys, name); err == nil || !strings.Contains(err.Error(), "submodule") {
			t.Errorf("ReadFile(%s): %v", name, err)
		}
	}
}

func TestResolve(t *testing.T) {
	dir := repo(t, map[string]string{"a": "1"})
	run(t, dir, "tag", "-a", "-m", "x", "v1.0.0")
	commit(t, dir, map[string]string{"a": "2"})
	head := run(t, dir, "rev-parse", "HEAD")
	r := open(t, dir)
	for name, want := range map[string]string{"HEAD": head, "main": head, head[:10]: head, "v1.0.0": run(t, dir, "rev-parse", "v1.0.0^{}"), "HEAD~1": run(t, dir, "rev-parse", "HEAD~1")} {
		if c, err := r.Resolve(name); err != nil || c.ID != want || c.Time.Format("2006-01-02") != "2026-11-20" {
			t.Errorf("Resolve(%s) = %v, %v", name, c, err)
		}
	}
	for _, name := range []string{"", "-h", "--git-dir", "--all", "nothing", "HEAD:a", "HEAD^{tree}", "a\nb", "v1.0.0 main", strings.Repeat("0", 40), "HEAD\x00"} {
		if c, err := r.Resolve(name); err == nil {
			t.Errorf("Resolve(%q) = %v", name, c)
		}
	}
}

func TestMergeBase(t *testing.T) {
	dir := repo(t, map[string]string{"a": "1"})
	base := run(t, dir, "rev-parse", "HEAD")
	run(t, dir, "switch", "-q", "-c", "topic")
	commit(t, dir, map[string]string{"a": "2"})
	run(t, dir, "switch", "-q", "main")
	commit(t, dir, map[string]string{"b": "3"})
	run(t, dir, "switch", "-q", "--orphan", "alone")
	commit(t, dir, map[string]string{"c": "3"})
	r := open(t, dir)
	get := func(name string) Commit {
		c, err := r.Resolve(name)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c, err := r.MergeBase(get("main"), get("topic")); err != nil || c.ID != base {
		t.Errorf("MergeBase = %v, %v, want %s", c, err, base)
	}
	if c, err := r.MergeBase(get("main"), get("alone")); err == nil || !strings.Contains(err.Error(), "in common") {
		t.Errorf("of histories that never met: %v, %v", c, err)
	}
}

func TestOpen_NoRepository(t *testing.T) {
	if _, err := Open(context.Background(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "in no git repository; name two folders") {
		t.Error(err)
	}
}

// TestNothingRuns: whatever the repository or the environment would have git run, it is not run.
func TestNothingRuns(t *testing.T) {
	dir := repo(t, map[string]string{".gitattributes": "* diff=evil filter=evil\n", "a": "a"})
	trap := filepath.Join(t.TempDir(), "ran")
	evil := filepath.Join(t.TempDir(), "evil.sh")
	if err := os.WriteFile(evil, []byte("#!/bin/sh\ntouch '"+trap+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "diff.evil.textconv", "diff.evil.command", "diff.external", "filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "credential.helper", "alias.cat-file", "alias.rev-parse", "uploadpack.packObjectsHook", "core.alternateRefsCommand"} {
		value := evil
		if strings.HasPrefix(key, "alias.") {
			value = "!" + evil
		}
		run(t, dir, "config", key, value)
	}
	// a clone that fetches what it has not got from a remote that is a command
	run(t, dir, "config", "remote.origin.url", "ext::"+evil)
	run(t, dir, "config", "remote.origin.promisor", "true")
	run(t, dir, "config", "protocol.ext.allow", "always")
	run(t, dir, "config", "extensions.partialClone", "origin")
	run(t, dir, "config", "core.repositoryFormatVersion", "1")
	t.Setenv("GIT_DIR", "/nowhere")
	t.Setenv("GIT_EXTERNAL_DIFF", evil)
	t.Setenv("GIT_PAGER", evil)
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
	t.Setenv("GIT_CONFIG_VALUE_0", evil)
	fsys := files(t, dir, "HEAD")
	if data, err := fs.ReadFile(fsys, "a"); err != nil || string(data) != "a" {
		t.Errorf("%q, %v", data, err)
	}
	r := open(t, dir)
	if _, _, err := r.objects.read(strings.Repeat("1", 40), maxFile); err == nil {
		t.Error("an object that is not there was read")
	}
	if _, err := os.Stat(trap); err == nil {
		t.Error("something ran that the repository named")
	}
}

func TestParse_Damaged(t *testing.T) {
	id := strings.Repeat("x", 20)
	for _, data := range []string{"x", "100644 a", "100644 a\x00short", "100644 ..\x00" + id, "100644 .\x00" + id, "100644 a/b\x00" + id, "100644 \x00" + id, "100644\x00" + id} {
		if entries, err := parse([]byte(data), 20); err == nil {
			t.Errorf("parse(%q) = %v", data, entries)
		}
	}
}
