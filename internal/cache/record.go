package cache

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/task-assistant/tasc/internal/parallel"
)

// question is one question to a file system.
type question struct {
	Kind kind   `json:"kind"`
	Name string `json:"name"`
}

// kind says what was asked.
type kind int

// The kinds in the order in which they are asked again: what a name stands for,
// and how long it is, before it is read, as the compiler does it. A pipe that
// stands where a file was would never end, a device perhaps neither.
const (
	ofLink kind = iota
	ofInfo
	ofFolder
	ofText
)

// read is a question with the digest of its answer.
type read struct {
	question
	Answer string `json:"answer"`
}

// Recorder is a file system that remembers what it was asked and what it
// answered: all that a result can depend on that was made from it alone. It is
// safe for concurrent use.
type Recorder struct {
	fsys fs.FS
	mu   sync.Mutex
	// opaque is set where something was asked that cannot be asked again.
	opaque bool
	known  map[question]string
}

// Record returns a recorder over fsys.
func Record(fsys fs.FS) *Recorder { return &Recorder{fsys: fsys, known: map[question]string{}} }

// answers returns the questions and answers so far, in the order in which they
// are asked again. whole is false where they are not all.
func (r *Recorder) answers() (reads []read, whole bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for q, answer := range r.known {
		reads = append(reads, read{q, answer})
	}
	slices.SortFunc(reads, func(a, b read) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return reads, !r.opaque
}

// note keeps an answer. Two answers to one question: the files changed meanwhile, and nothing can be said.
func (r *Recorder) note(k kind, name, answer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := question{k, name}
	if before, asked := r.known[q]; asked && before != answer {
		r.opaque = true
	}
	r.known[q] = answer
}

func (r *Recorder) hide() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opaque = true
}

// Open implements fs.FS. Nobody knows what is read from an open file.
func (r *Recorder) Open(name string) (fs.File, error) {
	r.hide()
	return r.fsys.Open(name)
}

// ReadFile implements fs.ReadFileFS.
func (r *Recorder) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(r.fsys, name)
	r.note(ofText, name, textAnswer(data, err))
	return data, err
}

// ReadDir implements fs.ReadDirFS.
func (r *Recorder) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(r.fsys, name)
	r.note(ofFolder, name, folderAnswer(entries, err))
	for i, e := range entries {
		entries[i] = dirEntry{e, r, path.Join(name, e.Name())}
	}
	return entries, err
}

// dirEntry is an entry whose Info is a question, too.
type dirEntry struct {
	fs.DirEntry
	r    *Recorder
	path string
}

func (e dirEntry) Info() (fs.FileInfo, error) { return e.r.Lstat(e.path) }

// Stat implements fs.StatFS.
func (r *Recorder) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(r.fsys, name)
	r.note(ofInfo, name, infoAnswer(info, err))
	return info, err
}

// Lstat implements fs.ReadLinkFS.
func (r *Recorder) Lstat(name string) (fs.FileInfo, error) {
	info, err := fs.Lstat(r.fsys, name)
	r.note(ofLink, name, infoAnswer(info, err))
	return info, err
}

// ReadLink implements fs.ReadLinkFS; nobody who reads specs asks where a link leads.
func (r *Recorder) ReadLink(name string) (string, error) {
	r.hide()
	return fs.ReadLink(r.fsys, name)
}

// same asks all questions again and tells whether the answers are the same.
func same(fsys fs.FS, reads []read) bool {
	firstText, _ := slices.BinarySearchFunc(reads, ofText, func(r read, k kind) int { return cmp.Compare(r.Kind, k) })
	return sameAnswers(fsys, reads[:firstText]) && sameAnswers(fsys, reads[firstText:])
}

func sameAnswers(fsys fs.FS, reads []read) bool {
	const share = 64 // of what one processor asks at a time
	var changed atomic.Bool
	shares := slices.Collect(slices.Chunk(reads, share))
	parallel.Do(len(shares), func(i int) {
		for _, r := range shares[i] {
			if changed.Load() || answer(fsys, r.question) != r.Answer {
				changed.Store(true)
				return
			}
		}
	})
	return !changed.Load()
}

func answer(fsys fs.FS, q question) string {
	switch q.Kind {
	case ofLink:
		return infoAnswer(fs.Lstat(fsys, q.Name))
	case ofInfo:
		return infoAnswer(fs.Stat(fsys, q.Name))
	case ofFolder:
		return folderAnswer(fs.ReadDir(fsys, q.Name))
	case ofText:
		return textAnswer(fs.ReadFile(fsys, q.Name))
	}
	return "" // no answer is empty
}

func textAnswer(data []byte, err error) string {
	if err != nil {
		return errorAnswer(err)
	}
	return digest(data)
}

func folderAnswer(entries []fs.DirEntry, err error) string {
	if err != nil {
		return errorAnswer(err)
	}
	var all []byte
	for _, e := range entries {
		all = fmt.Appendf(all, "%q %d\n", e.Name(), e.Type())
	}
	return digest(all)
}

// infoAnswer leaves times out: no result may depend on them.
func infoAnswer(info fs.FileInfo, err error) string {
	switch {
	case err != nil:
		return errorAnswer(err)
	case info.IsDir():
		return info.Mode().String()
	}
	return fmt.Sprint(info.Mode(), info.Size())
}

// errorAnswer leaves the path out, in which the machine's own may stand.
func errorAnswer(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return "error: " + err.Error()
}
