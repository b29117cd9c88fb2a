package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Write makes the changes in folder dir. First every new text is written to a
// file of its own beside its place; only when all of them are on the disk are
// they renamed into place and the orphans removed. An error before that leaves
// the folder as it was. Changes that Refused names are an error.
func Write(dir string, changes []Change) (err error) {
	if refused := Refused(changes); len(refused) > 0 {
		return fmt.Errorf("%s is not ours to change", refused[0].Path)
	}
	s := &staging{}
	defer func() {
		if err != nil {
			s.undo()
		}
	}()
	if s.dirs, err = mkdirAll(dir); err != nil {
		return err
	}
	if s.root, err = os.OpenRoot(dir); err != nil {
		return err
	}
	defer s.root.Close()
	for _, c := range changes {
		if c.New == nil {
			continue
		}
		if err := s.add(c); err != nil {
			return err
		}
	}
	return s.commit(changes)
}

// staging holds the new texts until all of them are written.
type staging struct {
	root  *os.Root
	files []staged
	made  []string // folders made below the root, outermost first
	dirs  []string // folders made above it
}

type staged struct{ temp, path string }

func (s *staging) add(c Change) error {
	if err := s.mkdir(path.Dir(c.Path)); err != nil {
		return err
	}
	temp := path.Join(path.Dir(c.Path), ".tasc-new-"+path.Base(c.Path))
	if err := s.root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mode := fs.FileMode(0o644)
	if c.Executable {
		mode = 0o755
	}
	s.files = append(s.files, staged{temp, c.Path})
	f, err := s.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err := f.Write(c.New); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(mode); err != nil { // whatever the umask was
		f.Close()
		return err
	}
	return f.Close()
}

// mkdir makes a folder and its parents and remembers which of them are new.
func (s *staging) mkdir(name string) error {
	if name == "." {
		return nil
	}
	if info, err := s.root.Lstat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := s.mkdir(path.Dir(name)); err != nil {
		return err
	}
	if err := s.root.Mkdir(name, 0o755); err != nil {
		return err
	}
	s.made = append(s.made, name)
	return nil
}

func (s *staging) commit(changes []Change) error {
	for _, f := range s.files {
		if err := s.root.Rename(f.temp, f.path); err != nil {
			return err
		}
	}
	s.files, s.made, s.dirs = nil, nil, nil
	for _, c := range changes {
		if c.Kind != Orphan {
			continue
		}
		if err := s.root.Remove(c.Path); err != nil {
			return err
		}
		for dir := path.Dir(c.Path); dir != "."; dir = path.Dir(dir) {
			if s.root.Remove(dir) != nil {
				break // not empty
			}
		}
	}
	return nil
}

// undo removes what was staged. It is best effort: the error that led here is the one to report.
func (s *staging) undo() {
	for _, f := range s.files {
		_ = s.root.Remove(f.temp)
	}
	for i := len(s.made) - 1; i >= 0; i-- {
		_ = s.root.Remove(s.made[i])
	}
	for i := len(s.dirs) - 1; i >= 0; i-- {
		_ = os.Remove(s.dirs[i])
	}
}

// mkdirAll makes the output folder and returns the folders that are new, outermost first.
func mkdirAll(dir string) ([]string, error) {
	if _, err := os.Stat(dir); err == nil {
		return nil, nil
	}
	made, err := mkdirAll(filepath.Dir(dir))
	if err != nil {
		return made, err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return made, err
	}
	return append(made, dir), nil
}
