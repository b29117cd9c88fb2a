package githubtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Request is one exchange as the stand-in saw it. No secret is in it.
type Request struct {
	Method string
	Path   string // below the API's base path for a REST request ("/repos/acme/host"), else the whole path; escaped
	Query  string // as sent, without the question mark
	Who    string // "anonymous", "unknown", "app <slug>", "installation <slug> on acme/host {contents:write,metadata:read}" or "token <name>"
	Token  int    // ID of the Token that was used, 0 when none was
	Body   string // empty for git
	Status int    // 0 when the stand-in hung up
	Git    bool
	Agent  string    // the client's User-Agent
	At     time.Time // of the answer (git: of the request), by the clock of this machine
	Minted int       // ID of the Token that the answer hands out, 0 when it hands out none
}

// Token describes an installation token that was minted, or one made by AddToken, without its secret.
type Token struct {
	ID           int               // 1, 2, … in the order they were made
	Name         string            // given to AddToken, empty for a minted one
	App          string            // slug of the App that minted it
	Owner        string            // account of the installation or of the repository
	Repositories []string          // full names, in the order asked for; nil: every repository of the owner
	Permissions  map[string]string // what the token may do
	ExpiresAt    time.Time
	Revoked      bool
}

// Requests returns every exchange so far, in the order the answers were decided (git: in the order they came in).
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Tokens returns every token so far, in the order they were made.
func (s *Server) Tokens() []Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Token, len(s.tokens))
	for i, t := range s.tokens {
		all[i] = t.Token
		all[i].Repositories = slices.Clone(t.Repositories)
		all[i].Permissions = maps.Clone(t.Permissions)
	}
	return all
}

// Whose says whose a token is or was, in the form of [Request.Who]: "unknown" where none has this secret.
func (s *Server) Whose(secret string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		if t.secret == secret {
			return identity{token: t}.String()
		}
	}
	return identity{refused: true}.String()
}

// record keeps an exchange before its answer is sent, so that a client that has the answer finds it in Requests.
// The number returned is unique.
func (s *Server) record(r Request, who identity) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Who, r.At = who.String(), time.Now()
	if who.token != nil {
		r.Token = who.token.ID
	}
	s.requests = append(s.requests, r)
	return len(s.requests)
}

func (s *Server) setStatus(n, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[n-1].Status = status
}

// String tells whose credential a request carried, in the words of Request.Who.
func (id identity) String() string {
	switch {
	case id.refused:
		return "unknown"
	case id.app != nil:
		return "app " + id.app.Slug
	case id.token == nil:
		return "anonymous"
	case id.token.Name != "":
		return "token " + id.token.Name
	}
	reach := strings.Join(id.token.Repositories, ",")
	if id.token.Repositories == nil {
		reach = id.token.Owner + "/*"
	}
	return fmt.Sprintf("installation %s on %s %s", id.token.App, reach, formatPermissions(id.token.Permissions))
}

func formatPermissions(permissions map[string]string) string {
	parts := make([]string, 0, len(permissions))
	for _, name := range slices.Sorted(maps.Keys(permissions)) {
		parts = append(parts, name+":"+permissions[name])
	}
	return "{" + strings.Join(parts, ",") + "}"
}
