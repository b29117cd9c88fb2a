// Package cache remembers what came of a project in which nothing was wrong, so
// that a run over the same files is over at once.
//
// An entry holds every question that the compiler asked the file system, each
// with the digest of the answer (record.go). It counts only while all questions
// have the same answers, for the very program that wrote it, by the digest of
// its file, and on the same day, since a waiver ends with one. What the output
// folders hold is no part of it: the caller compares them each time.
//
// There is one file per project, in a folder that nobody else may write to. It
// may be damaged, removed or written by several processes at any time: a file
// that is not whole is no entry, and what cannot be written is not remembered.
package cache

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
)

// Key is what an entry is about: a project by its folder, the folder of its
// specs and that of what is generated in it, and the day (YYYY-MM-DD) that the rules went by.
type Key struct {
	Project string `json:"project"`
	Spec    string `json:"spec"`
	Out     string `json:"out"`
	Day     string `json:"day"`
}

type entry struct {
	Key     Key             `json:"key"`
	Program string          `json:"program"`
	Reads   []read          `json:"reads"`
	Result  json.RawMessage `json:"result"`
}

// Cache is a folder of entries; nil remembers nothing.
type Cache struct {
	dir     string
	program func() string
}

// New returns the cache in folder dir of the program whose file is named. On
// Linux that is best /proc/self/exe, which stays what runs when its place is
// taken by another.
func New(dir, program string) *Cache {
	return &Cache{dir, sync.OnceValue(func() string { return fileDigest(program) })}
}

// Get sets result to what Put was given, if all that it was made from is still
// the same. fsys is the project's.
func (c *Cache) Get(fsys fs.FS, k Key, result any) bool {
	if c == nil {
		return false
	}
	data, err := c.read(k.file())
	if err != nil {
		return false
	}
	go c.program() // which takes as long as all other questions together
	sum, body, _ := bytes.Cut(data, []byte("\n"))
	var e entry
	if string(sum) != digest(body) || json.Unmarshal(body, &e) != nil || e.Key != k {
		return false
	}
	return same(fsys, e.Reads) && e.Program == c.program() && json.Unmarshal(e.Result, result) == nil
}

// Put remembers what came of what was read. A cache that cannot be written is slow, not wrong: there is no error.
func (c *Cache) Put(r *Recorder, k Key, result any) {
	if c == nil {
		return
	}
	reads, whole := r.answers()
	made, err := json.Marshal(result)
	if !whole || err != nil || c.program() == "" {
		return
	}
	body, err := json.Marshal(entry{k, c.program(), reads, made})
	if err != nil || os.MkdirAll(c.dir, 0o700) != nil {
		return
	}
	c.write(k.file(), slices.Concat([]byte(digest(body)+"\n"), body))
}

// open opens the folder, if nobody else can have put anything there.
func (c *Cache) open() (*os.Root, error) {
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return nil, err
	}
	if info, err := root.Stat("."); err != nil || !private(info) {
		root.Close()
		return nil, fs.ErrPermission
	}
	return root, nil
}

func (c *Cache) read(name string) ([]byte, error) {
	root, err := c.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if info, err := root.Lstat(name); err != nil || !info.Mode().IsRegular() || !private(info) {
		return nil, fs.ErrNotExist
	}
	return root.ReadFile(name)
}

func (c *Cache) write(name string, data []byte) {
	root, err := c.open()
	if err != nil {
		return
	}
	defer root.Close()
	temp := name + "." + rand.Text()
	if root.WriteFile(temp, data, 0o600) != nil || root.Rename(temp, name) != nil {
		_ = root.Remove(temp)
		return
	}
	forget(root)
}

// maxEntries bounds the folder; an entry of 1,000 engines is 0.4 MB.
const maxEntries = 64

const prefix = "project-"

// forget removes the oldest files, those that a killed process left behind among them.
func forget(root *os.Root) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return
	}
	var infos []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), prefix) {
			infos = append(infos, info)
		}
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, info := range infos[min(maxEntries, len(infos)):] {
		_ = root.Remove(info.Name())
	}
}

// file returns the name of a project's entry. A new day's takes the place of the last one's.
func (k Key) file() string {
	return prefix + digest(fmt.Appendf(nil, "%q %q %q", k.Project, k.Spec, k.Out))
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// fileDigest returns "" for a file that cannot be read.
func fileDigest(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}
