package cli

import (
	"bytes"
	"io/fs"
	"path"
	"time"
)

// overlay is a file system in which some files have other bytes, as they will have once they are written.
type overlay struct {
	fs.FS
	files map[string][]byte
}

// laidOver is the project with what a release lays over it.
func (a *app) laidOver(project fs.FS) fs.FS {
	if a.overlay == nil {
		return project
	}
	return overlay{project, a.overlay}
}

// Stat does not open what it looks at: a pipe would never be.
func (o overlay) Stat(name string) (fs.FileInfo, error) {
	if data, ok := o.files[name]; ok {
		return o.info(name, data), nil
	}
	return fs.Stat(o.FS, name)
}

func (o overlay) info(name string, data []byte) memoryInfo {
	mode := fs.FileMode(0o644)
	if info, err := fs.Stat(o.FS, name); err == nil {
		mode = info.Mode()
	}
	return memoryInfo{path.Base(name), int64(len(data)), mode}
}

// Open opens a file. One that the file system below does not have is as good as one that it has.
func (o overlay) Open(name string) (fs.File, error) {
	data, ok := o.files[name]
	if !ok {
		return o.FS.Open(name)
	}
	return &memory{o.info(name, data), bytes.NewReader(data)}, nil
}

// Lstat tells a symbolic link from a file, as the file system below does.
func (o overlay) Lstat(name string) (fs.FileInfo, error) {
	if _, ok := o.files[name]; ok {
		return fs.Stat(o, name)
	}
	return fs.Lstat(o.FS, name)
}

// ReadLink reads a symbolic link of the file system below.
func (o overlay) ReadLink(name string) (string, error) { return fs.ReadLink(o.FS, name) }

// memory is a file of an overlay.
type memory struct {
	info memoryInfo
	*bytes.Reader
}

func (m *memory) Stat() (fs.FileInfo, error) { return m.info, nil }
func (m *memory) Close() error               { return nil }

type memoryInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i memoryInfo) Name() string       { return i.name }
func (i memoryInfo) Size() int64        { return i.size }
func (i memoryInfo) Mode() fs.FileMode  { return i.mode }
func (i memoryInfo) ModTime() time.Time { return time.Time{} }
func (i memoryInfo) IsDir() bool        { return false }
func (i memoryInfo) Sys() any           { return nil }
