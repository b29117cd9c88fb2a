package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/validate"
	"github.com/task-assistant/tasc/internal/verify"
)

// output is one platform's output folder, rendered and proven.
type output struct {
	// dir is relative to the project, with forward slashes.
	dir     string
	files   []render.File
	pending []string
}

// specs runs the line up to validate: what the specs and the lock say, or why they cannot be used.
func (a *app) specs() (*spec.Set, *lock.Lock, []diag.Diagnostic, error) {
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("cannot open the folder %s: %w", a.dir, cause(err))
	}
	defer root.Close()
	dir := path.Clean(a.spec)
	if !fs.ValidPath(dir) {
		return nil, nil, nil, fmt.Errorf("--spec %s does not name a folder of the project, relative to it and with forward slashes", a.spec)
	}
	lk, found := readLock(root.FS(), path.Join(dir, lock.File))
	set, more := load.Load(root.FS(), dir)
	if found = append(found, more...); len(found) > 0 {
		return nil, nil, found, nil
	}
	return set, lk, validate.Run(set, lk), nil
}

// readLock reads the lock; none at all is an empty one.
func readLock(fsys fs.FS, name string) (*lock.Lock, []diag.Diagnostic) {
	data, err := fs.ReadFile(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &lock.Lock{Name: name}, nil
	case err != nil:
		return nil, []diag.Diagnostic{{Rule: "lock", Pos: diag.Pos{File: name}, Message: "cannot read the lock: " + cause(err).Error(), Expected: "a readable file"}}
	}
	return lock.Parse(name, data)
}

// compile runs the line up to verify. A verify finding is a bug of ours.
func (a *app) compile() ([]output, []diag.Diagnostic, error) {
	set, lk, found, err := a.specs()
	if err != nil || len(found) > 0 {
		return nil, found, err
	}
	var outputs []output
	for _, p := range set.Platforms {
		planned := plan.Build(set, p, lk)
		files := render.Files(planned)
		if bad := verify.Files(planned, forVerify(files)); len(bad) > 0 {
			return nil, nil, unproven(bad)
		}
		outputs = append(outputs, output{dir: path.Join("generated", p.Name.Value), files: files, pending: planned.Pending})
	}
	return outputs, nil, nil
}

// forVerify hands the bytes over without render's type, which verify must not know.
func forVerify(files []render.File) []verify.File {
	out := make([]verify.File, len(files))
	for i, f := range files {
		out[i] = verify.File{Path: f.Path, Data: f.Data}
	}
	return out
}

func unproven(bad []diag.Diagnostic) error {
	var b strings.Builder
	b.WriteString("the generated files do not say what was planned:\n")
	if err := diag.Write(&b, "text", bad); err != nil {
		return err
	}
	return &bugError{strings.TrimSuffix(b.String(), "\n")}
}

// cause is a file error's reason without the operation and the path, which the message names already.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
