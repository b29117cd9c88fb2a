package bare

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Ref is a full ref name ("refs/heads/main") and the object it points to.
type Ref struct{ Name, ID string }

// MovedError says that a ref was not where the update expected it. At or Expected is empty for "does not exist".
type MovedError struct{ Name, At, Expected string }

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s is at %s but expected %s", e.Name, e.At, e.Expected)
}

// Ref returns the object that the full ref name points to, empty when there is no such ref.
func (r *Repository) Ref(name string) (string, error) {
	if !validRefName(name) {
		return "", nil
	}
	data, err := os.ReadFile(r.refPath(name))
	if err == nil {
		return strings.TrimSpace(string(data)), nil
	}
	if info, statErr := os.Stat(r.refPath(name)); errors.Is(err, fs.ErrNotExist) || statErr != nil || info.IsDir() {
		return "", nil // absent, below a file, or a folder of refs
	}
	return "", err
}

// Refs returns every ref whose full name starts with prefix ("refs/heads/rel"), sorted by name.
func (r *Repository) Refs(prefix string) ([]Ref, error) {
	var found []Ref
	err := filepath.WalkDir(filepath.Join(r.dir, "refs"), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // git removes a folder of refs when its last ref goes
		}
		if err != nil || entry.IsDir() || strings.HasSuffix(path, ".lock") {
			return err
		}
		relative, err := filepath.Rel(r.dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		if !strings.HasPrefix(name, prefix) {
			return nil
		}
		id, err := r.Ref(name)
		if id != "" {
			found = append(found, Ref{Name: name, ID: id})
		}
		return err
	})
	slices.SortFunc(found, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	return found, err
}

// UpdateRef moves a ref from one object to another as a single step; the empty id means "does not exist" as from and
// "delete" as to. A ref that is elsewhere stays there, and the error is a *MovedError.
func (r *Repository) UpdateRef(name, from, to string) error {
	if !validRefName(name) {
		return fmt.Errorf("ref %q: expected a full name such as refs/heads/main", name)
	}
	r.refs.Lock()
	defer r.refs.Unlock()
	path := r.refPath(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	lock := path + ".lock"
	if err := takeLock(lock, to); err != nil {
		return err
	}
	at, err := r.Ref(name)
	if err == nil && at != from {
		err = &MovedError{Name: name, At: at, Expected: from}
	}
	switch {
	case err != nil:
		return errors.Join(err, os.Remove(lock))
	case to == "":
		return errors.Join(removeIfThere(path), os.Remove(lock))
	}
	return os.Rename(lock, path)
}

// takeLock makes git's lock file with the new id in it, and waits a moment when a git process holds it.
func takeLock(lock, id string) error {
	const tries, pause = 500, 2 * time.Millisecond
	for range tries {
		err := writeNew(lock, id+"\n")
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		time.Sleep(pause)
	}
	return fmt.Errorf("%s is still there after %s: a git process holds it or died", filepath.Base(lock), tries*pause)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Resolve returns the commit that a revision means: a full id, a branch, a tag, or a ref without or with "refs/".
// Annotated tags are peeled. It is empty when nothing has that name.
func (r *Repository) Resolve(revision string) (string, error) {
	if IsID(revision) {
		return r.Peel(revision)
	}
	for _, prefix := range []string{"refs/heads/", "refs/tags/", "refs/", ""} {
		id, err := r.Ref(prefix + revision)
		if err != nil {
			return "", err
		}
		if id != "" {
			return r.Peel(id)
		}
	}
	return "", nil
}

// Peel follows annotated tags to a commit; empty when the object is absent or leads to something else.
func (r *Repository) Peel(id string) (string, error) {
	for {
		kind, data, err := r.ReadObject(id)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", nil
		case err != nil:
			return "", err
		case kind == "commit":
			return id, nil
		case kind != "tag":
			return "", nil
		}
		line, _, _ := strings.Cut(string(data), "\n")
		id = strings.TrimPrefix(line, "object ")
	}
}

// validRefName keeps names inside the refs folder; git's own grammar is wider and is checked by git.
func validRefName(name string) bool {
	return strings.HasPrefix(name, "refs/") && filepath.IsLocal(filepath.FromSlash(name)) &&
		!strings.Contains(name, "..") && !strings.HasSuffix(name, ".lock") && !strings.HasSuffix(name, "/") &&
		!strings.ContainsAny(name, "\x00 ~^:?*[\\")
}

func (r *Repository) refPath(name string) string {
	return filepath.Join(r.dir, filepath.FromSlash(name))
}
