package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/task-assistant/tasc/internal/render"
)

// Matches tells whether Compare would find nothing, from the digests of the
// files alone: whether folder dir, relative to project, holds these files, byte
// for byte, and no others. It says no where it cannot read.
func Matches(project, dir string, files []render.File) bool {
	root, err := openOutput(project, dir)
	if err != nil {
		return false
	}
	defer root.Close()
	m := match{files: map[string]render.File{}, buf: make([]byte, 64<<10)}
	for _, f := range files {
		m.files[f.Path] = f
	}
	return m.folder(root, ".") && m.seen == len(files)
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
