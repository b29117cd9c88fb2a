// Package bare reads and writes a bare git repository without starting git.
//
// What comes in: a folder. What goes out: object ids (40 hex), refs and commits that git itself can read, fetch and
// push to at the same moment. Everything is a loose object and a loose ref: the configuration written by Init makes
// git unpack whatever is pushed and never collect garbage, so there is no pack and no packed-refs file to understand.
// Refs are updated under git's own lock files, hence a push and an update from here exclude each other.
//
// It exists because githubtest answers thousands of requests in a test run, and every git process costs milliseconds.
package bare

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Repository is one bare git repository on disk. It is safe for concurrent use.
type Repository struct {
	dir     string
	refs    sync.Mutex // held while a ref changes, so that lock files only ever wait for git
	recent  sync.Map   // id → object, the small ones read or written so far: they never change
	packers sync.Pool  // of *zlib.Writer: a new one allocates more than half a megabyte
}

// The limits keep pushed objects loose; any commit may be fetched by its id, as GitHub allows; who may push is
// decided before git http-backend is started, so receivepack is on.
const config = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
[gc]
	auto = 0
[receive]
	autogc = false
	unpackLimit = 1000000
[transfer]
	unpackLimit = 1000000
[http]
	receivepack = true
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
`

// Init makes an empty repository in dir, which must not hold one yet. HEAD names defaultBranch, which has no commit.
func Init(dir, defaultBranch string) (*Repository, error) {
	for _, sub := range []string{"objects/info", "objects/pack", "refs/heads", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(sub)), 0o755); err != nil {
			return nil, err
		}
	}
	files := []struct{ name, text string }{{"config", config}, {"HEAD", "ref: refs/heads/" + defaultBranch + "\n"}}
	for _, f := range files {
		if err := writeNew(filepath.Join(dir, f.name), f.text); err != nil {
			return nil, fmt.Errorf("make a bare repository: %w", err)
		}
	}
	return &Repository{dir: dir}, nil
}

// Replica returns a repository in dir that has the same objects, those to come too, and the refs of this moment.
func (r *Repository) Replica(dir string) (*Repository, error) {
	r.refs.Lock()
	defer r.refs.Unlock()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.Symlink(filepath.Join(r.dir, "objects"), filepath.Join(dir, "objects")); err != nil {
		return nil, err
	}
	head, err := os.ReadFile(filepath.Join(r.dir, "HEAD"))
	if err != nil {
		return nil, err
	}
	if err := writeNew(filepath.Join(dir, "HEAD"), string(head)); err != nil {
		return nil, err
	}
	return &Repository{dir: dir}, os.CopyFS(filepath.Join(dir, "refs"), os.DirFS(filepath.Join(r.dir, "refs")))
}

// Dir returns the folder of the repository.
func (r *Repository) Dir() string { return r.dir }

func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
