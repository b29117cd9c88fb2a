package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/task-assistant/tasc/internal/audit"
	"github.com/task-assistant/tasc/internal/cache"
	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/fit"
	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/parallel"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/validate"
	"github.com/task-assistant/tasc/internal/verify"
)

// output is what one platform's folders have to hold, rendered and proven.
type output struct {
	layout layout.Layout
	// files have no Data where they are remembered: then the folders hold them.
	files   []render.File
	pending []string
}

// specs runs the line up to validate: what the specs and the lock say, or why they cannot be used.
func (a *app) specs() (*spec.Set, *lock.Lock, []diag.Diagnostic, error) {
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("cannot open the folder %s", reason(err))
	}
	defer root.Close()
	dir, err := a.specDir()
	if err != nil {
		return nil, nil, nil, err
	}
	a.inputs = cache.Record(a.laidOver(root.FS()))
	set, lk, found := a.specsIn(a.inputs, dir, a.today())
	return set, lk, found, nil
}

// specsIn reads the specs in a folder of a project, as they are judged on a day.
func (a *app) specsIn(project fs.FS, dir, day string) (*spec.Set, *lock.Lock, []diag.Diagnostic) {
	set, found := load.Options{Guard: a.env.Limits.guard}.Load(project, dir)
	if len(found) > 0 && found[0].Pos == (diag.Pos{File: dir}) {
		return nil, nil, found // the folder itself is the fault: of the lock in it there is nothing to add
	}
	lk, more := readLock(project, path.Join(dir, lock.File))
	if found = append(found, more...); len(found) > 0 {
		return nil, nil, a.allLines().Characters(found)
	}
	if found := validate.Run(set, lk, day); len(found) > 0 {
		return set, lk, a.allLines().Characters(found)
	}
	return set, lk, judgeActions(set, lk)
}

// judgeActions holds the actions among the engines' sources to the rules of audit: what such a file uses and runs, the
// rules on specs do not see.
func judgeActions(set *spec.Set, lk *lock.Lock) []diag.Diagnostic {
	var files []audit.File
	for _, f := range set.Files {
		if name := path.Base(f.Path); name == "action.yml" || name == "action.yaml" {
			files = append(files, audit.File{Name: path.Join(set.Dir, f.Path), Data: f.Data})
		}
	}
	var found []diag.Diagnostic
	for _, r := range audit.Run(files, lk) {
		found = append(found, r.Findings...)
	}
	return found
}

// today is the day (UTC) of the whole run, even if it ends on the next.
func (a *app) today() string {
	if a.day == "" {
		a.day = a.env.Now().UTC().Format(time.DateOnly)
	}
	return a.day
}

// specDir returns the folder of the specs, relative to the project.
func (a *app) specDir() (string, error) {
	dir := path.Clean(a.spec)
	if !fs.ValidPath(dir) {
		return "", fmt.Errorf("--spec %s does not name a folder of the project, relative to it and with forward slashes", a.spec)
	}
	return dir, nil
}

// maxLock bounds the lock; one of a thousand actions is a tenth of it.
const maxLock = 4 << 20

// readLock reads the lock; none at all is an empty one.
func readLock(fsys fs.FS, name string) (*lock.Lock, []diag.Diagnostic) {
	refuse := func(why string) (*lock.Lock, []diag.Diagnostic) {
		return nil, []diag.Diagnostic{{Rule: "lock", Pos: diag.Pos{File: name}, Message: "cannot read the lock: " + why,
			Expected: "a readable file of at most 4 MiB inside the project", Fix: "put such a file there, or restore it from version control"}}
	}
	info, err := fs.Stat(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return &lock.Lock{Name: name}, nil
	case err != nil:
		return refuse(cause(err))
	case !info.Mode().IsRegular():
		return refuse("it is not a regular file")
	case info.Size() > maxLock:
		return refuse("it is too large")
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return refuse(cause(err))
	}
	return lock.Parse(name, data)
}

// compile runs the line up to verify; root is the folder of the trees that the specs do not put elsewhere. A verify finding is a bug of ours.
func (a *app) compile(root string) ([]output, []diag.Diagnostic, error) {
	set, lk, found, err := a.specs()
	if err != nil || len(found) > 0 {
		return nil, found, err
	}
	if problems := layout.Problems(root, set.Dir, set.Platforms); len(problems) > 0 {
		return nil, nil, fmt.Errorf("--out %s: %s", root, problems[0].Message) // of generated/ itself a rule has spoken
	}
	outputs, found, err := a.build(root, set, lk)
	if err == nil && len(found) == 0 && a.overlay == nil { // what is laid over is not there yet
		a.remember(root, outputs)
	}
	return outputs, found, err
}

// build runs the line from plan to verify over specs without faults.
func (a *app) build(root string, set *spec.Set, lk *lock.Lock) ([]output, []diag.Diagnostic, error) {
	outputs := make([]output, len(set.Platforms))
	large, bad := make([][]diag.Diagnostic, len(set.Platforms)), make([][]diag.Diagnostic, len(set.Platforms))
	parallel.Do(len(set.Platforms), func(i int) {
		p := set.Platforms[i]
		planned := plan.Build(set, p, lk)
		files := render.Files(planned)
		if large[i] = fit.Check(set, p, planned, forFit(files)); len(large[i]) > 0 {
			return
		}
		bad[i] = verify.Files(planned, forVerify(files))
		outputs[i] = output{layout: layout.Of(root, p), files: files, pending: planned.Pending}
	})
	if found := slices.Concat(large...); len(found) > 0 {
		return nil, a.allLines().Characters(found), nil
	}
	for _, found := range bad {
		if len(found) > 0 {
			return nil, nil, unproven(found)
		}
	}
	return outputs, nil, nil
}

// forFit hands the sizes over.
func forFit(files []render.File) []fit.File {
	out := make([]fit.File, len(files))
	for i, f := range files {
		out[i] = fit.File{Path: f.Path, Size: len(f.Data)}
	}
	return out
}

// forVerify hands the bytes over without render's type, which verify must not know.
func forVerify(files []render.File) []verify.File {
	out := make([]verify.File, len(files))
	for i, f := range files {
		out[i] = verify.File{Path: f.Path, Executable: f.Executable, Data: f.Data}
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

// cause is a file error's cause alone, for a message that names the file already.
func cause(err error) string {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// reason is a file error's cause and the file's name, without the machine's own path in front.
func reason(err error) string {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return path.Base(pe.Path) + ": " + pe.Err.Error()
	case errors.As(err, &le):
		return path.Base(le.New) + ": " + le.Err.Error()
	}
	return err.Error()
}
