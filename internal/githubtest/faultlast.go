package githubtest

import (
	"net/http"
	"strings"
	"time"
)

// last makes a lasting fault happen, and remembers how to undo it.
func (s *Server) last(f Fault, r *http.Request) {
	switch f.Do {
	case Expired:
		s.ExpireTokens()
		return
	case SkewBehind:
		s.setSkew(-2 * time.Minute)
		return
	case SkewAhead:
		s.setSkew(20 * time.Minute)
		return
	case Suspended:
		s.suspendAll()
		return
	}
	repo := s.ofFault(f, r)
	if repo == nil {
		return
	}
	switch f.Do {
	case Renamed:
		old := repo.fullName()
		s.Rename(old, repo.name+"-renamed")
		s.later(func() { s.unname(repo, old) })
	case BranchMissing:
		s.loseBranches(repo, true)
	case Emptied:
		s.loseBranches(repo, false)
	case Ruled:
		before := repo.rulesets
		s.AddRuleset(repo.fullName(), Ruleset{Ref: "refs/heads/" + repo.DefaultBranch, Says: "Changes must be made through a pull request."})
		s.later(func() { s.SetRulesets(repo.fullName(), before...) })
	case Archived:
		s.setArchived(repo, true)
	}
}

// ofFault is the repository that a fault is about, nil if neither it nor the request names one.
func (s *Server) ofFault(f Fault, r *http.Request) *repository {
	name := f.Repository
	if name == "" {
		path, _ := s.apiPath(r)
		parts := strings.Split(strings.TrimPrefix(path, "/repos"), "/")
		if len(parts) > 2 {
			name = parts[1] + "/" + strings.TrimSuffix(parts[2], ".git")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(name)
}

// later adds to what Mend undoes.
func (s *Server) later(undo func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undo = append(s.undo, undo)
}

// ExpireTokens ends every token that there is now.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		t.ExpiresAt = s.config.Now()
	}
}

// setSkew sets the clock by which the JWTs of Apps are judged off.
func (s *Server) setSkew(by time.Duration) {
	s.mu.Lock()
	s.skew = by
	s.mu.Unlock()
	s.later(func() { s.mu.Lock(); defer s.mu.Unlock(); s.skew = 0 })
}

func (s *Server) suspendAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range s.installations {
		if in != nil && in.suspendedAt.IsZero() {
			in.suspendedAt = s.config.Now()
			s.undo = append(s.undo, func() { s.mu.Lock(); defer s.mu.Unlock(); in.suspendedAt = time.Time{} })
		}
	}
}

func (s *Server) unname(r *repository, old string) {
	s.mu.Lock()
	r.formerly = nil // the old name is its own again, and GitHub keeps no redirect from a name to itself
	s.mu.Unlock()
	_, name, _ := strings.Cut(old, "/")
	s.Rename(r.fullName(), name)
}

func (s *Server) setArchived(r *repository, archived bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Archived = archived
	if archived {
		s.undo = append(s.undo, func() { s.setArchived(r, false) })
	}
}

// loseBranches deletes the default branch; another one stays if the repository is not to be empty.
func (s *Server) loseBranches(r *repository, another bool) {
	ref := "refs/heads/" + r.DefaultBranch
	at, err := r.git.Ref(ref)
	s.check(err)
	if at == "" {
		return
	}
	if another {
		s.check(r.git.UpdateRef("refs/heads/other", "", at))
	}
	s.check(r.git.UpdateRef(ref, at, ""))
	s.later(func() {
		s.check(r.git.UpdateRef(ref, "", at))
		if another {
			s.check(r.git.UpdateRef("refs/heads/other", at, ""))
		}
	})
}
