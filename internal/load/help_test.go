package load

import (
	"embed"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/schema"
)

//go:embed testdata/good
var good embed.FS

// project returns the good project in memory, changed: a nil text removes the file.
func project(t *testing.T, changes map[string]*string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(good, "testdata/good", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := good.ReadFile(name)
		out[strings.TrimPrefix(name, "testdata/good/")] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	out["engines/run.sh"].Mode = 0o755
	for name, data := range changes {
		delete(out, name)
		if data != nil {
			out[name] = &fstest.MapFile{Data: []byte(*data), Mode: 0o644}
		}
	}
	return out
}

// with returns the good project with more files: name, text, name, text.
func with(t *testing.T, files ...string) fstest.MapFS {
	t.Helper()
	changes := map[string]*string{}
	for i := 0; i < len(files); i += 2 {
		changes[files[i]] = &files[i+1]
	}
	return project(t, changes)
}

// edited returns the good project with one text of a file replaced.
func edited(t *testing.T, name, old, new string) fstest.MapFS {
	t.Helper()
	p := project(t, nil)
	text := string(p[name].Data)
	if strings.Count(text, old) != 1 {
		t.Fatalf("%s holds %q %d times, want once", name, old, strings.Count(text, old))
	}
	p[name].Data = []byte(strings.Replace(text, old, new, 1))
	return p
}

// load runs Load and demands what holds for every result: a set or findings, whose places exist in the user's files.
func load(t *testing.T, fsys fs.FS) (*spec.Set, []diag.Diagnostic) {
	t.Helper()
	set, found := Load(fsys, "engines")
	if (set == nil) != (len(found) > 0) {
		t.Errorf("Load gives the set %v together with findings:\n%s", set, text(found))
	}
	for _, d := range found {
		if d.Rule == "" || d.Message == "" {
			t.Errorf("incomplete finding %s", text([]diag.Diagnostic{d}))
		}
		checkPos(t, fsys, d.Pos)
		for _, n := range d.Notes {
			checkPos(t, fsys, n.Pos)
			if n.Pos == d.Pos {
				t.Errorf("%s: a note repeats the place", d.Pos)
			}
		}
		if inSchema(d.Pos) {
			t.Errorf("%s leads with a place in the schema", d.Pos)
		}
	}
	return set, found
}

// checkPos demands that a place exists: in the schema, or in the user's files.
func checkPos(t *testing.T, fsys fs.FS, p diag.Pos) {
	t.Helper()
	data, err := fs.ReadFile(fsys, p.File)
	if name, ok := strings.CutPrefix(p.File, schema.ImportPath+"/"); ok {
		data, err = schema.Files.ReadFile(name)
	}
	if p.Line == 0 && p.Column == 0 && p.File != "" {
		return // a folder, or a file that cannot be read
	}
	lines := strings.Split(string(data), "\n")
	if err != nil || p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+2 { // CUE puts the end of the file behind its last newline
		t.Errorf("%s is no place in a file (%v)", p, err)
	}
}

func text(found []diag.Diagnostic) string {
	var b strings.Builder
	_ = diag.Write(&b, "text", found) // a builder takes everything
	return b.String()
}

// expect demands exactly these findings as text, notes about the schema left out: where it says so is the schema's affair.
func expect(t *testing.T, found []diag.Diagnostic, want string) {
	t.Helper()
	found = slices.Clone(found)
	for i := range found {
		found[i].Notes = slices.DeleteFunc(slices.Clone(found[i].Notes), func(n diag.Note) bool { return inSchema(n.Pos) })
	}
	if got := text(found); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// values flattens a part of a set into what its author wrote, for comparing.
func values(v any) []any {
	var out []any
	pairs := func(ps []spec.Pair) (out []string) {
		for _, p := range ps {
			value := strconv.Quote(p.Value.Value)
			if p.Literal {
				value = p.Value.Value
			}
			out = append(out, p.Key.Value+"="+value)
		}
		return out
	}
	switch v := v.(type) {
	case []*spec.Route:
		for _, r := range v {
			out = append(out, r.Name.Value)
			if r.Push != nil {
				out = append(out, append([]any{"push"}, anys(slices.Concat(r.Push.Branches, r.Push.Paths))...))
			}
			if r.WorkflowDispatch != nil {
				out = append(out, []any{"workflow_dispatch"})
			}
			var stages []any
			for _, s := range r.Stages {
				stage := anys(s.Engines)
				if s.When.Value != "" {
					stage = append(stage, s.When.Value)
				}
				stages = append(stages, stage)
			}
			out = append(out, stages)
		}
	case []*spec.Profile:
		for _, p := range v {
			out = append(append(out, p.Name.Value), anys(p.Routes)...)
		}
	case *spec.Engine:
		out = append(out, v.Name.Value, v.Summary.Value, v.Class.Value)
		if v.TimeoutMinutes.Pos.IsValid() {
			out = append(out, v.TimeoutMinutes.Value)
		}
		for _, s := range append(pairs(v.Permissions), pairs(v.Env)...) {
			out = append(out, s)
		}
		out = append(out, anys(v.Files)...)
		var steps []any
		for _, s := range v.Steps {
			parts := []string{s.Name.Value}
			if s.Run.Pos.IsValid() {
				parts = append(parts, s.Run.Value)
			}
			if s.Uses.Pos.IsValid() {
				parts = append(parts, "uses "+s.Uses.Value)
			}
			steps = append(steps, []any{strings.Join(slices.Concat(parts, pairs(s.With), pairs(s.Env)), "|")})
		}
		out = append(out, steps)
	}
	return out
}

func anys(ss []spec.String) []any {
	var out []any
	for _, s := range ss {
		out = append(out, s.Value)
	}
	return out
}
