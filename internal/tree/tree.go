// Package tree compares a platform's rendered files with its output folders, and writes them.
//
// Only files that tasc owns are ever overwritten or removed: a YAML file by its
// header, everything else because the platform's manifest.json lists it. Compare
// has no effects; Write makes all changes or, where anything fails before the
// first of them, none.
package tree

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/render"
)

// Kind says in which way a file differs from what the specs say.
type Kind string

// The kinds of drift. Write refuses to touch edited orphans, foreign and unknown files.
const (
	Missing      Kind = "missing"       // the file is not there
	Stale        Kind = "stale"         // it is as it was generated, from other specs
	HandEdit     Kind = "hand edit"     // it was changed after it was generated
	Mode         Kind = "mode"          // its text is right, whether it can be executed is not
	Orphan       Kind = "orphan"        // no spec generates it any more
	EditedOrphan Kind = "edited orphan" // the same, and it was changed after it was generated
	Foreign      Kind = "foreign"       // what is not ours stands where a generated file belongs
	Unknown      Kind = "unknown"       // a file that was never generated stands among those that were
)

// Change is one file that differs.
type Change struct {
	Kind Kind
	// Path is relative to the output folder.
	Path string
	// Old and New are the bytes that are there and that belong there; nil where there is no file.
	Old, New                  []byte
	WasExecutable, Executable bool
}

// Output is one output folder, relative to the project, with how it differs.
type Output struct {
	Dir string
	// Files is how many files belong there.
	Files   int
	Changes []Change
	// Causes are what has changed since the folder was generated, as its manifest says; none where it says nothing.
	Causes []Cause
}

// Compare returns how a folder of the project differs from its files, by path;
// one that does not exist is empty. Nothing is followed out of the project. The
// error says why the folder cannot be read.
func (f Folder) Compare(project string) (Output, error) {
	out := Output{Dir: f.Dir, Files: len(f.Files), Causes: f.causes}
	root, err := openOutput(project, f.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		for _, f := range f.Files {
			out.Changes = append(out.Changes, Change{Kind: Missing, Path: f.Path, New: f.Data, Executable: f.Executable})
		}
		return out, nil
	}
	if err != nil {
		return out, err
	}
	defer root.Close()
	c := &comparison{root: root, owned: f.owned, wanted: map[string]bool{}, seen: map[string]bool{}}
	for _, f := range f.Files {
		c.wanted[f.Path] = true
	}
	for _, f := range f.Files {
		if err := c.file(f); err != nil {
			return out, err
		}
	}
	if err := c.others(f); err != nil {
		return out, err
	}
	slices.SortFunc(c.changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	out.Changes = c.changes
	return out, nil
}

func openOutput(project, dir string) (*os.Root, error) {
	root, err := os.OpenRoot(project)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	switch info, err := root.Stat(dir); { // a pipe would never be opened
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, &fs.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR}
	}
	return root.OpenRoot(dir)
}

// maxFile bounds what is read of an output folder: nothing that tasc generates comes near it, so that a larger file is not ours.
const maxFile = 16 << 20

// ErrNoFile says that something other than a file of bearable size stands at a name.
var ErrNoFile = errors.New("it is not a regular file of at most 16 MiB")

// ReadFile reads a file that tasc may have generated.
func ReadFile(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxFile: // a pipe would never be read
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrNoFile}
	}
	return root.ReadFile(name)
}

type comparison struct {
	root    *os.Root
	owned   map[string]string // digests of the files that the manifest lists
	wanted  map[string]bool
	seen    map[string]bool // others that are noted
	changes []Change
}

// file notes how one file differs from what it has to be, if it does.
func (c *comparison) file(f render.File) error {
	change := Change{Kind: Missing, Path: f.Path, New: f.Data, Executable: f.Executable}
	info, err := c.root.Lstat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		// A file where a folder belongs is an orphan or unknown: rest says which.
	case err != nil:
		return err
	case info.IsDir() && c.allOurs(f.Path):
		// A folder of orphans, which go first, where a file belongs.
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		change.Kind = Foreign
	default:
		change.WasExecutable = info.Mode()&0o111 != 0
		if change.Old, err = ReadFile(c.root, f.Path); err != nil {
			return err
		}
		if change.Kind = c.kind(change); change.Kind == "" {
			return nil
		}
	}
	c.changes = append(c.changes, change)
	return nil
}

// kind tells how a regular file differs, "" if it does not.
func (c *comparison) kind(change Change) Kind {
	ours, intact := c.ownership(change.Path, change.Old)
	switch {
	case bytes.Equal(change.Old, change.New) && change.WasExecutable == change.Executable:
		return ""
	case bytes.Equal(change.Old, change.New):
		return Mode
	case !ours:
		return Foreign
	case intact:
		return Stale
	}
	return HandEdit
}

// ownership tells whether a file is ours, and whether it still is as it was generated.
func (c *comparison) ownership(name string, data []byte) (ours, intact bool) {
	if ours, intact := render.Header(data); ours {
		return ours, intact
	}
	sum, listed := c.owned[name]
	return listed, listed && (sum == "" || sum == render.Digest(data))
}

// allOurs reports whether there are files below a folder and the manifest lists every one.
func (c *comparison) allOurs(dir string) bool {
	files := 0
	err := fs.WalkDir(c.root.FS(), dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if _, listed := c.owned[name]; !listed {
			return fs.ErrExist
		}
		files++
		return nil
	})
	return err == nil && files > 0
}

// others looks at the files that are not wanted: ours that nothing generates any
// more, and where all of a folder is ours those that nobody generated, which would
// be released with the rest.
func (c *comparison) others(f Folder) error {
	if !f.shared {
		return c.below(".")
	}
	left, err := fs.Glob(c.root.FS(), stagingPrefix+"*")
	if err != nil {
		return err
	}
	for _, dir := range slices.Concat(layout.Exclusive, left) {
		if info, err := c.root.Lstat(dir); err == nil && info.IsDir() && (slices.Contains(left, dir) || f.holds(dir)) {
			if err := c.below(dir); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.owned)) {
		info, err := c.root.Lstat(name)
		if err != nil || info.IsDir() || c.wanted[name] || c.seen[name] {
			continue
		}
		if err := c.other(name); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparison) below(dir string) error {
	return fs.WalkDir(c.root.FS(), dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || c.wanted[name] {
			return err
		}
		return c.other(name)
	})
}

// other notes a file that is not wanted.
func (c *comparison) other(name string) error {
	change := Change{Kind: Unknown, Path: name}
	info, err := c.root.Lstat(name)
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() && info.Size() <= maxFile {
		change.WasExecutable = info.Mode()&0o111 != 0 // for putting it back
		if change.Old, err = ReadFile(c.root, name); err != nil {
			return err
		}
		switch ours, intact := c.ownership(name, change.Old); {
		case isStaging(name), ours && intact:
			change.Kind = Orphan
		case ours:
			change.Kind = EditedOrphan
		}
	}
	c.seen[name] = true
	c.changes = append(c.changes, change)
	return nil
}

// Abandoned returns the folders below parent, relative to project, that a
// manifest of ours says are outputs and that are not among known.
func Abandoned(project, parent string, known []string) ([]string, error) {
	root, err := openOutput(project, parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		dir := path.Join(parent, e.Name())
		if !e.IsDir() || slices.Contains(known, dir) {
			continue
		}
		sub, err := root.OpenRoot(e.Name())
		if err != nil {
			return nil, err
		}
		if _, ok := manifestOf(sub); ok {
			out = append(out, dir)
		}
		sub.Close()
	}
	return out, nil
}

// Refused returns the changes that Write will not make.
func Refused(changes []Change) []Change {
	var out []Change
	for _, c := range changes {
		if c.Kind == Foreign || c.Kind == EditedOrphan || c.Kind == Unknown {
			out = append(out, c)
		}
	}
	return out
}

// FirstLine returns the first line, from 1, in which the two texts of a change
// differ, the digest in a header aside, which always does.
func (c Change) FirstLine() int {
	want := strings.SplitAfter(string(c.New), "\n")
	line := 0
	for text := range strings.Lines(string(c.Old)) {
		if line >= len(want) || text != want[line] && !render.IsDigestLine(text) {
			break
		}
		line++
	}
	return line + 1
}
