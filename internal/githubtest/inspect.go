package githubtest

import (
	"maps"
	"slices"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest/bare"
)

// File is one change in a commit.
type File struct {
	Path       string // with slashes, relative
	Content    string
	Executable bool
	Deleted    bool
}

// Files turns path → content into the files of a commit, sorted by path.
func Files(contents map[string]string) []File {
	files := make([]File, 0, len(contents))
	for _, path := range slices.Sorted(maps.Keys(contents)) {
		files = append(files, File{Path: path, Content: contents[path]})
	}
	return files
}

// LogEntry is one commit of a branch.
type LogEntry struct {
	SHA, Message string
	Author       string // name <email>
	When         time.Time
}

// GitDir returns the folder of a bare repository, for a test that wants to run git on it.
func (s *Server) GitDir(fullName string) string { return s.repository(fullName).git.Dir() }

// Commit puts the files on top of a branch, which it makes if need be, and returns the commit's id. Author and date
// are fixed (the n-th commit of a repository is n minutes into 2026), so the same calls give the same ids anywhere.
func (s *Server) Commit(fullName, branch, message string, files ...File) string {
	r := s.repository(fullName)
	changes := make([]bare.Change, 0, len(files))
	for _, f := range files {
		c := bare.Change{Path: f.Path, Mode: bare.ModeFile}
		if f.Executable {
			c.Mode = bare.ModeExecutable
		}
		if !f.Deleted {
			id, err := r.git.WriteObject("blob", []byte(f.Content))
			s.check(err)
			c.ID = id
		}
		changes = append(changes, c)
	}
	s.mu.Lock()
	r.commits++
	when := time.Date(2026, 1, 1, 0, r.commits, 0, 0, time.UTC)
	s.mu.Unlock()
	mona := bare.Signature{Name: "Mona Lisa", Email: "mona@example.com", When: when}
	ref := "refs/heads/" + branch
	head, err := r.git.Ref(ref)
	s.check(err)
	id, err := r.commit(head, bare.Commit{Author: mona, Committer: mona, Message: message}, changes)
	s.check(err)
	s.check(r.git.UpdateRef(ref, head, id))
	return id
}

// commit stores a commit on top of parent (none when empty); no ref moves.
func (r *repository) commit(parent string, c bare.Commit, changes []bare.Change) (string, error) {
	tree := ""
	if parent != "" {
		before, err := r.git.ReadCommit(parent)
		if err != nil {
			return "", err
		}
		tree, c.Parents = before.Tree, []string{parent}
	}
	var err error
	if c.Tree, err = r.git.Apply(tree, changes); err != nil {
		return "", err
	}
	return r.git.WriteCommit(c)
}

// SetRef points a full ref name ("refs/tags/v1.0.0") to an object, wherever it was before; an empty id deletes it.
func (s *Server) SetRef(fullName, ref, id string) {
	git := s.repository(fullName).git
	at, err := git.Ref(ref)
	s.check(err)
	s.check(git.UpdateRef(ref, at, id))
}

// Ref returns the object a full ref name points to, empty when there is no such ref.
func (s *Server) Ref(fullName, ref string) string {
	id, err := s.repository(fullName).git.Ref(ref)
	s.check(err)
	return id
}

// File returns the bytes of a file at a branch, tag or commit, and whether it is there.
func (s *Server) File(fullName, ref, path string) ([]byte, bool) {
	git := s.repository(fullName).git
	commit, err := git.Resolve(ref)
	s.check(err)
	if commit == "" {
		return nil, false
	}
	c, err := git.ReadCommit(commit)
	s.check(err)
	entry, found, err := git.Find(c.Tree, path)
	s.check(err)
	if !found || entry.Mode == bare.ModeTree {
		return nil, false
	}
	_, data, err := git.ReadObject(entry.ID)
	s.check(err)
	return data, true
}

// Log returns the commits of a branch, newest first, following first parents; nil when there is no such branch.
func (s *Server) Log(fullName, branch string) []LogEntry {
	git := s.repository(fullName).git
	id, err := git.Ref("refs/heads/" + branch)
	s.check(err)
	var log []LogEntry
	for id != "" {
		c, err := git.ReadCommit(id)
		s.check(err)
		log = append(log, LogEntry{SHA: id, Message: c.Message, Author: c.Author.Name + " <" + c.Author.Email + ">", When: c.Committer.When})
		id = ""
		if len(c.Parents) > 0 {
			id = c.Parents[0]
		}
	}
	return log
}
