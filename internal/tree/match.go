package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/render"
)

// Matches tells whether Folders and Compare would find nothing, from the digests
// of the files alone: whether their folders hold these files, byte for byte, and
// where a folder is not shared no others. Orphans in a shared one would be those of
// another manifest, and the manifest is one of the files. It says no where it
// cannot read.
func Matches(project string, at layout.Layout, files []render.File) bool {
	for _, f := range placed(at, files) {
		if !f.matches(project) {
			return false
		}
	}
	return true
}

func (f Folder) matches(project string) bool {
	root, err := openOutput(project, f.Dir)
	if err != nil {
		return false
	}
	defer root.Close()
	m := match{files: map[string]render.File{}, buf: make([]byte, 64<<10)}
	for _, f := range f.Files {
		m.files[f.Path] = f
	}
	if f.shared {
		return m.beside(root, f) && m.seen == len(f.Files)
	}
	return m.folder(root, ".") && m.seen == len(f.Files)
}

// beside looks at the files of a folder that holds others too.
func (m *match) beside(root *os.Root, f Folder) bool {
	if left, err := fs.Glob(root.FS(), stagingPrefix+"*"); err != nil || len(left) > 0 {
		return false
	}
	for _, dir := range layout.Exclusive {
		if f.holds(dir) && !m.below(root, dir, dir) {
			return false
		}
	}
	for _, file := range f.Files {
		if slices.ContainsFunc(layout.Exclusive, func(dir string) bool { return strings.HasPrefix(file.Path, dir+"/") }) {
			continue
		}
		if info, err := root.Lstat(file.Path); err != nil || !info.Mode().IsRegular() || !m.file(root, file.Path, file.Path) {
			return false
		}
	}
	return true
}

type match struct {
	files map[string]render.File
	seen  int
	buf   []byte
}

// folder looks at one folder, opened as root, and at all below it. Every file is
// opened from its own folder, which is a third of the calls to the system.
func (m *match) folder(root *os.Root, dir string) bool {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return false
	}
	for _, e := range entries {
		ok, name := false, path.Join(dir, e.Name())
		switch {
		case e.IsDir():
			ok = m.below(root, e.Name(), name)
		case e.Type().IsRegular():
			ok = m.file(root, e.Name(), name)
		}
		if !ok {
			return false
		}
	}
	return true
}

func (m *match) below(root *os.Root, base, name string) bool {
	sub, err := root.OpenRoot(base)
	if err != nil {
		return false
	}
	defer sub.Close()
	return m.folder(sub, name)
}

func (m *match) file(root *os.Root, base, name string) bool {
	want, ok := m.files[name]
	if !ok {
		return false
	}
	m.seen++
	f, err := root.Open(base)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() > maxFile || (info.Mode()&0o111 != 0) != want.Executable {
		return false
	}
	sum := sha256.New()
	_, err = io.CopyBuffer(sum, struct{ io.Reader }{f}, m.buf) // without the file's own WriteTo, which has no use for buf
	return err == nil && hex.EncodeToString(sum.Sum(nil)) == want.SHA256
}
