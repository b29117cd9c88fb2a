package githubtest

import (
	"net/http"
	"os"
	"path/filepath"

	"github.com/task-assistant/tasc/internal/githubtest/bare"
)

// GitHub does not promise that a read sees the write before it: a ref that was just made was 404 (PyGithub#2759), an
// old file was read for ten seconds and more (PyGithub#2709).

// Lag makes the next reads of the REST API after each write to the repository see it as it was before that write, by
// the API or by a push: so many of them, which makes it the same every time. 0 ends it.
func (s *Server) Lag(fullName string, reads int) {
	r := s.repository(fullName)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.lag, r.stale.left = reads, 0
}

// replica is a repository as it was before a write.
type replica struct {
	git  *bare.Repository
	left int // reads that still see it
}

// fallBehind keeps the state before a write, unless an older one is still being read.
func (s *Server) fallBehind(r *repository) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.lag == 0 {
		return nil
	}
	if r.stale.left == 0 {
		dir, err := os.MkdirTemp(s.root, "stale-")
		if err != nil {
			return err
		}
		if r.stale.git, err = r.git.Replica(filepath.Join(dir, "at")); err != nil {
			return err
		}
	}
	r.stale.left = r.lag
	return nil
}

// view is the repository as this request sees it.
func (c *call) view() *bare.Repository {
	if c.seen != nil {
		return c.seen
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.seen = c.repo.git
	if c.r.Method == http.MethodGet && c.repo.stale.left > 0 {
		c.repo.stale.left--
		c.seen = c.repo.stale.git
	}
	return c.seen
}
