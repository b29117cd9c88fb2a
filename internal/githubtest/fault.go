package githubtest

import (
	"net/http"
	"strings"
	"time"
)

// Fault is one thing that goes wrong: to which requests, how often, and what. Faults are plain values, so that a plan
// of them can be kept in a file.
type Fault struct {
	On    On
	Times int           `json:",omitempty"` // that many requests in a row, 1 when 0, all that follow when negative
	Do    Kind          // what happens
	Wait  time.Duration `json:",omitempty"` // of Slow: how long the answer takes
	// Repository is the one that a lasting fault is about; it may be left out where the request names it.
	Repository string `json:",omitempty"`
}

// On chooses requests; what is left out does not matter.
type On struct {
	Nth    int    `json:",omitempty"` // from this one on of those that the rest chooses, from 1; 0 is 1
	Lane   string `json:",omitempty"` // "api" or "git"
	Method string `json:",omitempty"`
	Path   string `json:",omitempty"` // a part of the path
}

// Kind is what goes wrong. Texts and headers are those that GitHub was seen to give; faultanswer.go has the sources.
type Kind string

// The kinds that make up an answer, and let the request have no effect.
const (
	Conflict     Kind = "conflict"          // 409, the branch moved
	ConflictOld  Kind = "conflict-old"      // 409 in the words of 2014
	Conflict422  Kind = "conflict-422"      // the same as a 422
	ErrorBefore  Kind = "error-before"      // 500
	Unavailable  Kind = "unavailable"       // 503
	HTMLBefore   Kind = "html-before"       // 502, a page of a proxy
	LimitAfter   Kind = "limit-retry-after" // 403, secondary limit with retry-after
	Limit429     Kind = "limit-429"         // 429 with retry-after
	LimitReset   Kind = "limit-reset"       // 403, primary limit used up until a moment
	LimitBare    Kind = "limit-bare"        // 403, secondary limit with no time, and the reset of another limit
	Limit429Bare Kind = "limit-429-bare"    // 429 that says nothing
	Forbidden    Kind = "forbidden"         // 403, a missing permission
	SSO          Kind = "sso"               // 403, single sign-on
	NotFound     Kind = "not-found"         // 404
	Unauthorized Kind = "unauthorized"      // 401
	Cut          Kind = "cut"               // the connection is closed
	BadTLS       Kind = "tls"               // the TLS connection breaks; without TLS the same as Cut
)

// The kinds that let the request have its effect, and spoil the answer.
const (
	ErrorAfter  Kind = "error-after"    // 500 in place of the answer
	CutAnswer   Kind = "cut-answer"     // no answer
	CutHeaders  Kind = "cut-headers"    // the headers, and no body
	CutBody     Kind = "cut-body"       // half of the body
	CutAfter    Kind = "cut-after"      // all of the answer, then the connection is closed
	Truncated   Kind = "truncated-json" // a whole answer with half of the JSON
	EmptyAnswer Kind = "empty-answer"   // a whole answer with an empty body
	Slow        Kind = "slow"           // the answer, late
)

// The kinds that last until Mend. The request is the first to see them.
const (
	Expired       Kind = "expired"        // every token there is ends
	SkewBehind    Kind = "skew-behind"    // GitHub's clock is two minutes behind ours
	SkewAhead     Kind = "skew-ahead"     // GitHub's clock is twenty minutes ahead of ours
	Renamed       Kind = "renamed"        // the repository has another name
	BranchMissing Kind = "branch-missing" // its default branch is gone, and another one is there
	Emptied       Kind = "emptied"        // it has no branch at all
	Ruled         Kind = "ruled"          // a ruleset refuses writes of the default branch
	Archived      Kind = "archived"       // it is archived
	Suspended     Kind = "suspended"      // every installation is suspended
)

// Kinds are all of them, in the order above.
func Kinds() []Kind {
	return []Kind{
		Conflict, ConflictOld, Conflict422, ErrorBefore, Unavailable, HTMLBefore, LimitAfter, Limit429, LimitReset, LimitBare, Limit429Bare,
		Forbidden, SSO, NotFound, Unauthorized, Cut, BadTLS,
		ErrorAfter, CutAnswer, CutHeaders, CutBody, CutAfter, Truncated, EmptyAnswer, Slow,
		Expired, SkewBehind, SkewAhead, Renamed, BranchMissing, Emptied, Ruled, Archived, Suspended,
	}
}

// breakage is a Fault at work.
type breakage struct {
	Fault
	seen, done int // requests that On chose, and those that it happened to
}

// Break makes these faults happen, in place of those before; requests are counted from now.
func (s *Server) Break(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	for _, f := range faults {
		s.faults = append(s.faults, &breakage{Fault: f})
	}
}

// Broke returns to how many requests the faults happened.
func (s *Server) Broke() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, f := range s.faults {
		n += f.done
	}
	return n
}

// Mend ends the faults and undoes what lasts.
func (s *Server) Mend() {
	s.mu.Lock()
	undo := s.undo
	s.faults, s.undo = nil, nil
	s.mu.Unlock()
	for i := range undo {
		undo[len(undo)-1-i]()
	}
}

// strike returns the fault that happens to a request, nil if none does; of several it is the first.
func (s *Server) strike(r *http.Request) *Fault {
	lane := "api"
	if _, onGit := gitService(r); onGit {
		lane = "git"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var struck *breakage
	for _, f := range s.faults {
		if !f.On.chooses(r, lane) {
			continue
		}
		f.seen++
		if struck == nil && f.happens() {
			struck = f
		}
	}
	if struck == nil {
		return nil
	}
	struck.done++
	return &struck.Fault
}

func (on On) chooses(r *http.Request, lane string) bool {
	return (on.Lane == "" || on.Lane == lane) && (on.Method == "" || on.Method == r.Method) && strings.Contains(r.URL.Path, on.Path)
}

// happens reports whether the request that was just counted is one of those.
func (b *breakage) happens() bool {
	first, times := max(b.On.Nth, 1), b.Times
	if times == 0 {
		times = 1
	}
	return b.seen >= first && (times < 0 || b.seen < first+times)
}
