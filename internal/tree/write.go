package tree

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/task-assistant/tasc/internal/parallel"
	"github.com/task-assistant/tasc/internal/render"
)

// Write makes the changes of all outputs below project. First every new text is
// written to a folder of its own in its output; only when all of them are on the
// disk are orphans removed and the texts renamed into place, each manifest last,
// so that a file of ours is never one that no manifest knows. An error leaves
// the outputs as they were, as far as the file system lets them be put back.
// Changes that Refused names are an error.
func Write(project string, outputs []Output) (err error) {
	root, err := os.OpenRoot(project)
	if err != nil {
		return err
	}
	defer root.Close()
	w := &writer{root: root, there: map[string]bool{}}
	defer func() { // before the root is closed
		if err != nil {
			w.undo()
		}
		w.clean()
	}()
	for _, o := range outputs {
		if refused := Refused(o.Changes); len(refused) > 0 {
			return fmt.Errorf("%s is not ours to change", path.Join(o.Dir, refused[0].Path))
		}
		if err := w.begin(o); err != nil {
			return err
		}
	}
	if err := w.stage(); err != nil {
		return err
	}
	return w.commit()
}

// writer knows what it has done, so that it can be undone.
type writer struct {
	root    *os.Root
	targets []*target
	staged  []staged
	there   map[string]bool // folders that are known to be there
	made    []string        // folders that were not there, outermost first
	done    []staged        // what is in place
}

// target is an output folder that is written to, with the folder for new texts in it.
type target struct {
	Output
	root    *os.Root // of the output folder
	staging string
}

// staged is a change on its way; temp is empty where a file is only removed.
type staged struct {
	Change
	target *target
	// temp and backup are relative to the output folder, path to the project. At
	// backup the file that was there has a second name, where the file system has such.
	temp, backup, path string
}

// begin makes the folder for the new texts of one output.
func (w *writer) begin(o Output) error {
	if len(o.Changes) == 0 {
		return nil
	}
	if err := w.mkdir(o.Dir); err != nil {
		return err
	}
	root, err := w.root.OpenRoot(o.Dir)
	if err != nil {
		return err
	}
	out := &target{Output: o, root: root, staging: stagingPrefix + rand.Text()}
	w.targets = append(w.targets, out)
	if err := root.Mkdir(out.staging, 0o700); err != nil {
		return &fs.PathError{Op: "mkdir", Path: o.Dir, Err: cause(err)} // the folder's random name tells nobody anything
	}
	return nil
}

// stage writes the new texts of all outputs, side by side.
func (w *writer) stage() error {
	errs := make([]error, len(w.targets))
	parallel.Do(len(w.targets), func(i int) { errs[i] = w.targets[i].stage() })
	for _, o := range w.targets {
		for i, c := range o.Changes {
			s := staged{Change: c, target: o, path: path.Join(o.Dir, c.Path), backup: path.Join(o.staging, strconv.Itoa(i)+".old")}
			if c.Kind != Orphan {
				s.temp = path.Join(o.staging, strconv.Itoa(i))
			}
			w.staged = append(w.staged, s)
		}
	}
	return errors.Join(errs...)
}

func (t *target) stage() error {
	dir, err := t.root.OpenRoot(t.staging)
	if err != nil {
		return err
	}
	defer dir.Close()
	for i, c := range t.Changes {
		if c.Old != nil { // so that putting it back needs no room on the disk; undo does without where that is no help
			_ = t.root.Link(c.Path, path.Join(t.staging, strconv.Itoa(i)+".old"))
		}
		if c.Kind == Orphan {
			continue
		}
		if err := write(dir, strconv.Itoa(i), c.New, c.Executable); err != nil {
			return &fs.PathError{Op: "write", Path: path.Join(t.Dir, c.Path), Err: cause(err)} // not the name that it has on its way
		}
	}
	return nil
}

// cause is an error of the file system without the name of the file.
func cause(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func write(root *os.Root, name string, data []byte, executable bool) error {
	mode := fs.FileMode(0o644)
	if executable {
		mode = 0o755
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Chmod(mode), f.Close()) // whatever the umask is
}

// mkdir makes a folder and its parents and remembers which of them are new.
func (w *writer) mkdir(name string) error {
	if w.there[name] || name == "." {
		return nil
	}
	if info, err := w.root.Stat(name); err != nil || !info.IsDir() {
		if err := w.mkdir(path.Dir(name)); err != nil {
			return err
		}
		if err := w.root.Mkdir(name, 0o755); err != nil {
			return err
		}
		w.made = append(w.made, name)
	}
	w.there[name] = true
	return nil
}

// commit puts everything in its place: what goes first, so that a folder can
// stand where a file was, and manifests last.
func (w *writer) commit() error {
	order := func(s staged) int {
		switch {
		case s.temp == "":
			return 0
		case path.Base(s.path) != render.ManifestFile:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(w.staged, func(a, b staged) int { return order(a) - order(b) })
	for _, s := range w.staged {
		if err := w.place(s); err != nil {
			return err
		}
		w.done = append(w.done, s)
	}
	return nil
}

func (w *writer) place(s staged) error {
	if s.temp == "" {
		if err := w.root.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) { // somebody else was quicker
			return err
		}
		for dir := path.Dir(s.path); dir != "." && w.root.Remove(dir) == nil; dir = path.Dir(dir) {
			delete(w.there, dir)
		}
		return nil
	}
	if err := w.mkdir(path.Dir(s.path)); err != nil {
		return err
	}
	return s.target.root.Rename(s.temp, s.Path)
}

// undo puts back what was there. It is best effort: the error that led here is the one to report.
func (w *writer) undo() {
	for _, s := range slices.Backward(w.done) {
		if s.Old == nil {
			_ = w.root.Remove(s.path)
			continue
		}
		_ = w.root.MkdirAll(path.Dir(s.path), 0o755)
		if s.target.root.Rename(s.backup, s.Path) != nil {
			_ = w.root.Remove(s.path)
			_ = write(w.root, s.path, s.Old, s.WasExecutable)
		}
	}
}

// clean removes the staging folders, and the folders that were made for nothing.
func (w *writer) clean() {
	for _, o := range w.targets {
		_ = o.root.RemoveAll(o.staging)
		_ = o.root.Close()
		_ = w.root.Remove(o.Dir) // if all of it was orphans
	}
	for _, dir := range slices.Backward(w.made) {
		_ = w.root.Remove(dir) // fails where something is in it, as it should
	}
}

// stagingPrefix begins the name of a folder that a run of tasc that was killed may leave behind.
const stagingPrefix = ".tasc-new-"

func isStaging(name string) bool {
	return strings.HasPrefix(name, stagingPrefix) || strings.Contains(name, "/"+stagingPrefix)
}
