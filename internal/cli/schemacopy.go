package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/scaffold"
	"github.com/task-assistant/tasc/internal/tree"
)

// schemaCopy says how the copy of the schema differs from the schema that is
// part of tasc. A project need not have one.
func (a *app) schemaCopy() (tree.Output, error) {
	out := tree.Output{Dir: scaffold.SchemaDir}
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return out, err
	}
	defer root.Close()
	var belongs []string
	for _, f := range scaffold.Schema() {
		belongs = append(belongs, f.Path)
		c := tree.Change{Kind: tree.Missing, Path: path.Base(f.Path), New: f.Data}
		old, err := tree.ReadFile(root, f.Path)
		switch {
		case err == nil && bytes.Equal(old, f.Data):
			continue
		case err == nil:
			c.Kind, c.Old = tree.Stale, old
		case !errors.Is(err, fs.ErrNotExist):
			return out, err
		}
		out.Changes = append(out.Changes, c)
	}
	there, err := fs.Glob(root.FS(), path.Join(scaffold.SchemaDir, "*.cue"))
	for _, name := range there {
		if !slices.Contains(belongs, name) {
			out.Changes = append(out.Changes, tree.Change{Kind: tree.Orphan, Path: path.Base(name)})
		}
	}
	return out, err
}

// schemaDrift is the finding of check about the copy of the schema, if there is one: a new tasc changes many files of it at once.
func (a *app) schemaDrift() ([]diag.Diagnostic, error) {
	if info, err := os.Stat(path.Join(a.dir, scaffold.SchemaDir)); err != nil || !info.IsDir() {
		return nil, nil
	}
	drift, err := a.schemaCopy()
	if err != nil {
		return []diag.Diagnostic{{Rule: "output", Pos: diag.Pos{File: scaffold.SchemaDir}, Message: "cannot read the copy of the schema: " + reason(err),
			Expected: "files of the project", Fix: "move away what stands there and run `tasc init --schema`"}}, nil
	}
	if len(drift.Changes) == 0 {
		return nil, nil
	}
	found := diag.Diagnostic{Rule: "drift", Pos: diag.Pos{File: drift.Dir}, Message: "schema copy: what editors and cue read here is not the schema of this tasc",
		Expected: "the schema that is part of tasc", Fix: "run `tasc init --schema` and commit the result"}
	for _, c := range drift.Changes {
		n := diag.Note{Pos: diag.Pos{File: path.Join(drift.Dir, c.Path)}, Message: "it differs from here on"}
		switch c.Kind {
		case tree.Stale:
			n.Line, n.Column = c.FirstLine(), 1
		case tree.Missing:
			n.Message = "it is not there"
		case tree.Orphan:
			n.Message = "it is no part of the schema, and editors and cue read it as if it were"
		}
		found.Notes = append(found.Notes, n)
	}
	return []diag.Diagnostic{found}, nil
}

// refreshSchema makes the copy of the schema what it should be.
func (a *app) refreshSchema() error {
	drift, err := a.schemaCopy()
	if err == nil {
		err = tree.Write(a.dir, []tree.Output{drift})
	}
	if err != nil {
		return a.findings([]diag.Diagnostic{cannotWrite(scaffold.SchemaDir, "tasc init --schema", err)})
	}
	for _, c := range drift.Changes {
		fmt.Fprintf(a.progress(), "%s\n", path.Join(drift.Dir, c.Path))
	}
	return a.findings(nil)
}
