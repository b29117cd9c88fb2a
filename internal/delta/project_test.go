package delta_test

import (
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/task-assistant/tasc/internal/delta"
	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/validate"
)

// project is testdata with edits: pairs of what stands in its specs or its lock and what is put there instead.
func project(t testing.TB, edits ...string) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	if err := copyInto(fsys, "testdata"); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(edits); i += 2 {
		n := 0
		for _, f := range fsys {
			if c := strings.Count(string(f.Data), edits[i]); c > 0 {
				n += c
				f.Data = []byte(strings.ReplaceAll(string(f.Data), edits[i], edits[i+1]))
			}
		}
		if n == 0 {
			t.Fatalf("testdata does not hold %q", edits[i])
		}
	}
	return fsys
}

func copyInto(fsys fstest.MapFS, dir string) error {
	for _, folder := range []string{"engines", "engines/lib"} {
		entries, err := os.ReadDir(path.Join(dir, folder))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			data, err := os.ReadFile(path.Join(dir, folder, e.Name()))
			if err != nil {
				return err
			}
			fsys[path.Join(folder, e.Name())] = &fstest.MapFile{Data: data, Mode: 0o644}
		}
	}
	return nil
}

// compiled is what a project generates.
type compiled struct {
	trees []delta.Tree
	set   *spec.Set
	lock  *lock.Lock
}

func (c compiled) surface() delta.Surface { return delta.Read(c.trees).Declare(c.set, c.lock) }

// read compiles testdata with edits.
func read(t testing.TB, edits ...string) compiled {
	t.Helper()
	fsys := project(t, edits...)
	set, found := load.Load(fsys, "engines")
	if len(found) > 0 {
		t.Fatal(found)
	}
	lk, found := lock.Parse("engines/tasc.lock", fsys["engines/tasc.lock"].Data)
	if len(found) > 0 {
		t.Fatal(found)
	}
	if found = validate.Run(set, lk, "2026-11-22"); len(found) > 0 {
		t.Fatal(found)
	}
	c := compiled{set: set, lock: lk}
	for _, p := range set.Platforms {
		tree := delta.Tree{Platform: p.Name.Value}
		l := layout.Of(layout.Root, p)
		for _, f := range render.Files(plan.Build(set, p, lk)) {
			folder, rel := l.Place(f.Path)
			tree.Files = append(tree.Files, delta.File{Path: f.Path, At: path.Join(folder, rel), Data: f.Data})
		}
		c.trees = append(c.trees, tree)
	}
	return c
}

// lines says each change on a line.
func lines(changes []delta.Change) []string {
	out := []string{}
	for _, c := range changes {
		out = append(out, string(c.Direction)+" "+c.Kind+": "+c.Message)
	}
	return out
}
