package revision

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxFile bounds what is read of one file; what reads specs and workflows asks for far less.
const maxFile = 128 << 20

// maxLinks is how many symbolic links one path may lead through.
const maxLinks = 40

var (
	errSubmodule = errors.New("it is a submodule, whose files this repository does not hold")
	errEscapes   = errors.New("path escapes from parent") // as the work tree has it (os.Root)
	errLoop      = errors.New("too many levels of symbolic links")
)

// Files returns the folder of the project as it is at a commit. Symbolic links are followed inside the
// folder, as in a work tree; a submodule is a folder that cannot be read. A folder that is not there has no files.
func (r *Repository) Files(c Commit) (fs.FS, error) {
	t := &tree{objects: r.objects, root: entry{name: ".", mode: fs.ModeDir, id: c.tree}, folders: map[string][]entry{}}
	if r.prefix == "" {
		return t, nil
	}
	for part := range strings.SplitSeq(r.prefix, "/") {
		e, err := t.child(t.root, part)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !e.IsDir() {
			return &tree{root: entry{name: ".", mode: fs.ModeDir}, folders: map[string][]entry{"": nil}}, nil
		}
		if err != nil {
			return nil, err
		}
		t.root = e
	}
	t.root.name = "."
	return t, nil
}

// tree is a folder of a commit. It reads a folder when it is asked for, and once.
type tree struct {
	objects *objects
	root    entry

	mu      sync.Mutex
	folders map[string][]entry // by the folder's object
}

// entry is one name in a folder; it is the fs.DirEntry and, once its size is known, the fs.FileInfo of it.
type entry struct {
	name string
	mode fs.FileMode
	id   string
	size int64
	// sizes asks for the size.
	sizes *objects
}

func (e entry) Name() string       { return e.name }
func (e entry) IsDir() bool        { return e.mode.IsDir() }
func (e entry) Type() fs.FileMode  { return e.mode.Type() }
func (e entry) Mode() fs.FileMode  { return e.mode }
func (e entry) Size() int64        { return e.size }
func (e entry) ModTime() time.Time { return time.Time{} }
func (e entry) Sys() any           { return nil }

// Info asks for the size of a file.
func (e entry) Info() (fs.FileInfo, error) {
	if e.IsDir() || e.mode&fs.ModeIrregular != 0 {
		return e, nil
	}
	size, err := e.sizes.size(e.id)
	e.size = size
	return e, err
}

// list reads a folder.
func (t *tree) list(dir entry) ([]entry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if out, ok := t.folders[dir.id]; ok {
		return out, nil
	}
	kind, data, err := t.objects.read(dir.id, maxTree)
	if err == nil && kind != "tree" {
		err = fmt.Errorf("it is a %s, and no folder", kind)
	}
	if err != nil {
		return nil, err
	}
	out, err := parse(data, len(dir.id)/2)
	for i := range out {
		out[i].sizes = t.objects
	}
	if err == nil {
		slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.name, b.name) })
		t.folders[dir.id] = out
	}
	return out, err
}

// parse reads a tree object: for each entry its mode in octal digits, a blank, its name, a NUL and the
// object's name of so many bytes.
func parse(data []byte, idBytes int) ([]entry, error) {
	var out []entry
	for len(data) > 0 {
		head, rest, ok := bytes.Cut(data, []byte{0})
		mode, name, ok2 := strings.Cut(string(head), " ")
		if !ok || !ok2 || len(rest) < idBytes || !fs.ValidPath(name) || name == "." || strings.Contains(name, "/") {
			return nil, errors.New("the folder is damaged, or git did not make it")
		}
		out = append(out, entry{name: name, mode: modeOf(mode), id: hex.EncodeToString(rest[:idBytes])})
		data = rest[idBytes:]
	}
	return out, nil
}

// modeOf translates git's modes.
func modeOf(mode string) fs.FileMode {
	switch mode {
	case "40000", "040000":
		return fs.ModeDir | 0o755
	case "100755":
		return 0o755
	case "120000":
		return fs.ModeSymlink | 0o777
	case "160000":
		return fs.ModeDir | fs.ModeIrregular | 0o755
	}
	return 0o644
}

// child finds a name in a folder.
func (t *tree) child(dir entry, name string) (entry, error) {
	switch {
	case dir.mode&fs.ModeIrregular != 0:
		return entry{}, errSubmodule
	case !dir.IsDir():
		return entry{}, fs.ErrNotExist
	}
	entries, err := t.list(dir)
	if err != nil {
		return entry{}, err
	}
	i, ok := slices.BinarySearchFunc(entries, name, func(e entry, name string) int { return strings.Compare(e.name, name) })
	if !ok {
		return entry{}, fs.ErrNotExist
	}
	return entries[i], nil
}

// find walks a path from the root. Symbolic links are followed, the last name's only if follow says so.
func (t *tree) find(op, name string, follow bool) (entry, error) {
	fail := func(err error) (entry, error) { return entry{}, &fs.PathError{Op: op, Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	todo, way := strings.Split(name, "/"), []entry{t.root} // way is where the walk is, from the root on
	for links := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		switch part {
		case ".", "":
			continue
		case "..":
			if len(way) == 1 {
				return fail(errEscapes)
			}
			way = way[:len(way)-1]
			continue
		}
		e, err := t.child(way[len(way)-1], part)
		if err != nil {
			return fail(err)
		}
		if e.mode&fs.ModeSymlink == 0 || len(todo) == 0 && !follow {
			way = append(way, e)
			continue
		}
		target, err := t.target(e)
		if err != nil {
			return fail(err)
		}
		if links++; links > maxLinks {
			return fail(errLoop)
		}
		if path.IsAbs(target) {
			return fail(errEscapes)
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return way[len(way)-1], nil
}

// target reads a symbolic link.
func (t *tree) target(e entry) (string, error) {
	_, data, err := t.objects.read(e.id, 4096)
	return string(data), err
}

// Open opens a file or folder.
func (t *tree) Open(name string) (fs.File, error) {
	e, err := t.find("open", name, true)
	if err != nil {
		return nil, err
	}
	if e.IsDir() {
		entries, err := t.ReadDir(name)
		return &folder{e, entries}, err
	}
	_, data, err := t.objects.read(e.id, maxFile)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	e.size = int64(len(data))
	return &file{e, bytes.NewReader(data)}, nil
}

// ReadDir lists a folder, sorted by name.
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := t.find("readdir", name, true)
	if err == nil && e.mode&fs.ModeIrregular != 0 {
		err = errSubmodule
	}
	if err == nil && !e.IsDir() {
		err = errors.New("not a directory")
	}
	var entries []entry
	if err == nil {
		entries, err = t.list(e)
	}
	if err != nil {
		if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
			return nil, err
		}
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	out := make([]fs.DirEntry, len(entries))
	for i := range entries {
		out[i] = entries[i]
	}
	return out, nil
}

// Stat tells what a path is, without reading it.
func (t *tree) Stat(name string) (fs.FileInfo, error) { return t.stat("stat", name, true) }

// Lstat tells a symbolic link from what it leads to.
func (t *tree) Lstat(name string) (fs.FileInfo, error) { return t.stat("lstat", name, false) }

func (t *tree) stat(op, name string, follow bool) (fs.FileInfo, error) {
	e, err := t.find(op, name, follow)
	if err != nil {
		return nil, err
	}
	info, err := e.Info()
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return info, nil
}

// ReadLink reads a symbolic link.
func (t *tree) ReadLink(name string) (string, error) {
	e, err := t.find("readlink", name, false)
	if err != nil {
		return "", err
	}
	if e.mode&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return t.target(e)
}

// file is an open file.
type file struct {
	entry
	*bytes.Reader
}

func (f *file) Size() int64                { return f.size }
func (f *file) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *file) Close() error               { return nil }

// folder is an open folder.
type folder struct {
	entry
	rest []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: errors.New("is a directory")}
}
func (f *folder) Close() error { return nil }

// ReadDir returns the next n entries, or all that are left.
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.rest) {
		n = len(f.rest)
	}
	out := f.rest[:n]
	f.rest = f.rest[n:]
	return out, nil
}
