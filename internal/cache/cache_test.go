package cache

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

// project is a small file system, and what is asked of it.
func project() fstest.MapFS {
	return fstest.MapFS{
		"engines/a.cue":     {Data: []byte("a"), Mode: 0o644},
		"engines/run.sh":    {Data: []byte("run"), Mode: 0o755},
		"engines/lib/x.txt": {Data: []byte("x"), Mode: 0o644},
	}
}

// ask asks what the compiler asks, of each file what it is before it is read.
func ask(fsys fs.FS) *Recorder {
	r := Record(fsys)
	entries, _ := fs.ReadDir(r, "engines")
	for _, e := range entries {
		_, _ = e.Info()
	}
	_, _ = fs.ReadDir(r, "nosuch")
	_, _ = fs.Stat(r, "engines/run.sh")
	_, _ = fs.Lstat(r, "engines/lib")
	_, _ = fs.ReadFile(r, "engines/a.cue")
	_, _ = fs.ReadFile(r, "cue.mod/module.cue")
	_ = fs.WalkDir(r, "engines/lib", func(string, fs.DirEntry, error) error { return nil })
	return r
}

// newCache returns an empty cache, its folder, and the file of its program.
func newCache(t *testing.T) (c *Cache, dir, program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "tasc")
	if err := os.WriteFile(program, []byte("program"), 0o700); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "sub", "tasc")
	return New(dir, program), dir, program
}

var key = Key{"/dir", "engines", "generated", "2026-11-22"}

type result struct{ Files []string }

var made = result{[]string{"a.yml", "run.sh"}}

func has(c *Cache, k Key) bool {
	var got result
	return c.Get(project(), k, &got) && reflect.DeepEqual(got, made)
}

func TestCache_RemembersWhileNothingChanges(t *testing.T) {
	c, dir, program := newCache(t)
	if has(c, key) {
		t.Error("an empty cache has an entry")
	}
	c.Put(ask(project()), key, made)
	if !has(c, key) {
		t.Error("the entry does not count")
	}
	if !has(New(dir, program), key) {
		t.Error("the entry does not count in the next run")
	}
}

func TestCache_ForgetsWhateverChanges(t *testing.T) {
	file := func(fsys fstest.MapFS, name, data string, mode fs.FileMode) {
		fsys[name] = &fstest.MapFile{Data: []byte(data), Mode: mode}
	}
	changes := map[string]func(fstest.MapFS){
		"a text":                       func(p fstest.MapFS) { file(p, "engines/a.cue", "b", 0o644) },
		"a file goes":                  func(p fstest.MapFS) { delete(p, "engines/a.cue") },
		"a file comes":                 func(p fstest.MapFS) { file(p, "engines/b.cue", "", 0o644) },
		"a mode":                       func(p fstest.MapFS) { file(p, "engines/run.sh", "run", 0o644) },
		"a size":                       func(p fstest.MapFS) { file(p, "engines/run.sh", "runs", 0o755) },
		"a folder becomes a file":      func(p fstest.MapFS) { delete(p, "engines/lib/x.txt"); file(p, "engines/lib", "", 0o644) },
		"a file comes deeper":          func(p fstest.MapFS) { file(p, "engines/lib/y.txt", "", 0o644) },
		"a file becomes a folder":      func(p fstest.MapFS) { delete(p, "engines/lib/x.txt"); file(p, "engines/lib/x.txt/y", "", 0o644) },
		"what was not there is now":    func(p fstest.MapFS) { file(p, "cue.mod/module.cue", "", 0o644) },
		"a folder that was not is now": func(p fstest.MapFS) { file(p, "nosuch/x", "", 0o644) },
		"a file becomes a link":        func(p fstest.MapFS) { file(p, "engines/a.cue", "lib/x.txt", fs.ModeSymlink) },
		"a file that nobody looked at": nil,
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			c, _, _ := newCache(t)
			c.Put(ask(project()), key, made)
			fsys := project()
			want := change == nil
			if want {
				file(fsys, "elsewhere/x", "x", 0o644)
			} else {
				change(fsys)
			}
			if ok := c.Get(fsys, key, &result{}); ok != want {
				t.Errorf("the entry holds: %t, want %t", ok, want)
			}
		})
	}
}

func TestCache_IsOfOneProjectAndDay(t *testing.T) {
	c, _, _ := newCache(t)
	c.Put(ask(project()), key, made)
	for name, k := range map[string]Key{
		"another folder":   {"/other", "engines", "generated", "2026-11-22"},
		"another option":   {"/dir", "specs", "generated", "2026-11-22"},
		"another output":   {"/dir", "engines", "dist", "2026-11-22"},
		"joined otherwise": {"/direngines", "", "generated", "2026-11-22"},
		"the next day":     {"/dir", "engines", "generated", "2026-11-23"},
		"the day before":   {"/dir", "engines", "generated", "2026-11-21"},
	} {
		if has(c, k) {
			t.Errorf("%s: the entry counts", name)
		}
	}
	if !has(c, key) {
		t.Error("it does not count for its own")
	}
}

// TestCache_IsOfOneProgram: same name, same size, same times, another program.
func TestCache_IsOfOneProgram(t *testing.T) {
	c, dir, program := newCache(t)
	c.Put(ask(project()), key, made)
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("PROGRAM"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(program, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if has(New(dir, program), key) {
		t.Error("the entry of another program counts")
	}
	none := New(dir, "/nosuch")
	none.Put(ask(project()), key, made)
	if has(none, key) {
		t.Error("the entry of an unknown program counts")
	}
}

// TestCache_OthersMayWrite: nothing is taken from, and nothing put into, what others can write to.
func TestCache_OthersMayWrite(t *testing.T) {
	c, dir, _ := newCache(t)
	c.Put(ask(project()), key, made)
	for _, name := range []string{dir, filepath.Join(dir, key.file())} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, others := range []fs.FileMode{0o020, 0o002} {
			mustChmod(t, name, info.Mode()|others)
			if has(c, key) {
				t.Errorf("%s is open to %s, and the entry counts", filepath.Base(name), others)
			}
		}
		mustChmod(t, name, info.Mode())
	}
	if !has(c, key) {
		t.Error("the entry does not count when all is well again")
	}
	name := filepath.Join(dir, key.file())
	if err := os.Rename(name, filepath.Join(dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("elsewhere", name); err != nil {
		t.Fatal(err)
	}
	if has(c, key) {
		t.Error("a link to an entry counts")
	}
}

func mustChmod(t *testing.T, name string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// TestCache_WaitsForNobody: what stands where a file was is looked at before it is read.
func TestCache_WaitsForNobody(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, project()); err != nil {
		t.Fatal(err)
	}
	root := must(os.OpenRoot(dir))
	defer root.Close()
	c, _, _ := newCache(t)
	c.Put(ask(root.FS()), key, made)
	name := filepath.Join(dir, "engines", "a.cue")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(name, 0o644); err != nil {
		t.Fatal(err)
	}
	counts := make(chan bool)
	go func() { counts <- c.Get(root.FS(), key, &result{}) }()
	select {
	case ok := <-counts:
		if ok {
			t.Error("the entry counts")
		}
	case <-time.After(20 * time.Second):
		t.Error("a pipe is waited for")
	}
}

// TestCache_Damaged: an entry that is not whole is none, and is written anew.
func TestCache_Damaged(t *testing.T) {
	c, dir, _ := newCache(t)
	c.Put(ask(project()), key, made)
	name := filepath.Join(dir, key.file())
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string][]byte{"empty": nil, "zeroes": make([]byte, len(whole)), "json of nothing": []byte("{}"), "twice": append(append([]byte{}, whole...), whole...)}
	for i := 0; i < len(whole); i += 7 {
		damage[fmt.Sprint("cut at ", i)] = whole[:i]
		flipped := append([]byte{}, whole...)
		flipped[i] ^= 1
		damage[fmt.Sprint("flipped at ", i)] = flipped
	}
	for what, data := range damage {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if has(c, key) {
			t.Errorf("%s: the entry counts", what)
		}
	}
	c.Put(ask(project()), key, made)
	if !has(c, key) {
		t.Error("the damaged entry was not replaced")
	}
}

func TestCache_Off(t *testing.T) {
	var c *Cache
	c.Put(ask(project()), key, made)
	if has(c, key) {
		t.Error("nil remembers")
	}
}

// TestCache_CannotBeWritten: without a folder there is no entry, and no error.
func TestCache_CannotBeWritten(t *testing.T) {
	_, _, program := newCache(t)
	c := New(program, program)
	c.Put(ask(project()), key, made)
	if has(c, key) {
		t.Error("a file holds entries")
	}
}

func TestCache_IsBounded(t *testing.T) {
	c, dir, _ := newCache(t)
	of := func(i int) Key { return Key{Project: fmt.Sprint(i)} }
	for i := range maxEntries + 10 {
		c.Put(ask(project()), of(i), made)
		old := time.Unix(int64(i), 0)
		if err := os.Chtimes(filepath.Join(dir, of(i).file()), old, old); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != maxEntries {
		t.Errorf("%d entries, want %d (%v)", len(entries), maxEntries, err)
	}
	if has(c, of(0)) || !has(c, of(maxEntries+9)) {
		t.Error("not the oldest entries are gone")
	}
}

// TestCache_SideBySide: processes that write the same entry leave one that is whole.
func TestCache_SideBySide(t *testing.T) {
	c, dir, _ := newCache(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				c.Put(ask(project()), key, made)
				if !has(c, key) {
					t.Error("there is no whole entry")
				}
			}
		})
	}
	wg.Wait()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files are left, want 1 (%v)", len(entries), err)
	}
}

// TestRecorder_Opaque: a result that was made from what cannot be asked again is not remembered.
func TestRecorder_Opaque(t *testing.T) {
	ways := map[string]func(r *Recorder, fsys fstest.MapFS){
		"an open file": func(r *Recorder, _ fstest.MapFS) { _, _ = r.Open("engines/a.cue") },
		"a link":       func(r *Recorder, _ fstest.MapFS) { _, _ = r.ReadLink("engines/a.cue") },
		"a file that changed": func(r *Recorder, p fstest.MapFS) {
			p["engines/a.cue"].Data = []byte("b")
			_, _ = r.ReadFile("engines/a.cue")
		},
		"a folder that changed":  func(r *Recorder, p fstest.MapFS) { delete(p, "engines/a.cue"); _, _ = r.ReadDir("engines") },
		"a file that is no more": func(r *Recorder, p fstest.MapFS) { delete(p, "engines/run.sh"); _, _ = r.Stat("engines/run.sh") },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			fsys := project()
			r := ask(fsys)
			if _, ok := r.answers(); !ok {
				t.Fatal("what was read before cannot be asked again")
			}
			way(r, fsys)
			if _, ok := r.answers(); ok {
				t.Error("the result would be remembered")
			}
		})
	}
}

// TestRecorder_NamesNoPathOfTheMachine: what is remembered holds for a project, not for where it is.
func TestRecorder_NamesNoPathOfTheMachine(t *testing.T) {
	dir := t.TempDir()
	reads, _ := ask(must(os.OpenRoot(dir)).FS()).answers()
	for _, r := range reads {
		if strings.Contains(r.Answer, dir) || !strings.HasPrefix(r.Answer, "error: ") {
			t.Errorf("%d %s: %s", r.Kind, r.Name, r.Answer)
		}
	}
}

func must(root *os.Root, err error) *os.Root {
	if err != nil {
		panic(err)
	}
	return root
}
