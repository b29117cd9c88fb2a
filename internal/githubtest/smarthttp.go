package githubtest

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/cgi"
	"path/filepath"
	"strings"
)

// gitRequest is a request of git's smart HTTP protocol.
type gitRequest struct {
	owner, name string
	file        string // below the repository: "info/refs" or the service
	writes      bool   // git-receive-pack, that is a push
}

// gitService recognises /{owner}/{repo}[.git]/info/refs?service=…, …/git-upload-pack and …/git-receive-pack.
func gitService(r *http.Request) (gitRequest, bool) {
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 3)
	if len(parts) < 3 {
		return gitRequest{}, false
	}
	g := gitRequest{owner: parts[0], name: strings.TrimSuffix(parts[1], ".git"), file: parts[2]}
	service := g.file
	if service == "info/refs" {
		service = r.URL.Query().Get("service")
	}
	g.writes = service == "git-receive-pack"
	return g, g.writes || service == "git-upload-pack"
}

// serveGit decides on the push or fetch and lets git http-backend do it.
func (s *Server) serveGit(w http.ResponseWriter, r *http.Request, g gitRequest, body []byte) {
	who, no := s.authenticate(r)
	s.mu.Lock()
	repo := s.find(g.owner + "/" + g.name)
	moved := s.formerly(g.owner + "/" + g.name)
	rules := ""
	if repo != nil {
		rules = repo.hookRules(who)
	}
	s.mu.Unlock()
	if no == nil && repo == nil && moved != nil && r.Method == http.MethodGet {
		if no = s.refuseGit(who, moved, g.writes); no == nil {
			place := s.URL + "/" + moved.fullName() + ".git/" + g.file + "?" + r.URL.RawQuery
			no = &answer{status: http.StatusMovedPermanently, header: map[string]string{"Location": place}}
		}
	}
	if no == nil {
		no = s.refuseGit(who, repo, g.writes)
	}
	request := Request{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Git: true, Agent: r.UserAgent()}
	if no != nil {
		request.Status = no.status
		s.send(w, exchange{r: r, who: who, n: s.record(request, who)}, *no)
		return
	}
	n := s.record(request, who)
	if g.writes && r.Method == http.MethodPost {
		if err := s.fallBehind(repo); err != nil {
			s.problem("%s: %v", r.URL.Path, err)
		}
	}
	// git sends large requests in chunks, which CGI cannot express: the body is here already, so its length is known
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	folder, err := filepath.Rel(s.root, repo.git.Dir()) // the name that it had first
	if err != nil {
		s.problem("%s: %v", r.URL.Path, err)
	}
	r.URL.Path = "/" + filepath.ToSlash(folder) + "/" + g.file
	backend := cgi.Handler{
		Path: s.backend, InheritEnv: []string{"PATH"}, Logger: log.New(io.Discard, "", 0), Stderr: io.Discard,
		Env: []string{
			"GIT_PROJECT_ROOT=" + s.root, "GIT_HTTP_EXPORT_ALL=1", "GIT_PROTOCOL=" + r.Header.Get("Git-Protocol"),
			"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "HOME=/nonexistent", "RULED_REFS=" + rules,
		},
	}
	backend.ServeHTTP(&statusWriter{ResponseWriter: w, s: s, n: n}, r)
}

// refuseGit is authorize in the words of git over HTTP; nil means yes. Without a credential GitHub asks for one even
// where there is no repository, so that git shows its prompt.
func (s *Server) refuseGit(who identity, repo *repository, writes bool) *answer {
	need := permission{"contents", "read"}
	if writes {
		need.level = "write"
	}
	no := s.authorize(who, repo, need)
	if no == nil && writes && (repo.Archived || repo.Disabled) {
		no = &answer{status: http.StatusForbidden, raw: []byte("This repository was archived so it is read-only.\n")}
	}
	if no == nil {
		return nil
	}
	plain := answer{status: no.status, raw: []byte("Repository not found.\n"), contentType: "text/plain; charset=utf-8", header: map[string]string{}}
	switch {
	case who.token == nil && who.app == nil:
		plain.status, plain.raw = http.StatusUnauthorized, []byte("No anonymous write access.\n")
		plain.header["WWW-Authenticate"] = `Basic realm="GitHub"`
	case no.raw != nil:
		plain.raw = no.raw
	case no.status == http.StatusForbidden:
		plain.raw = []byte("Permission denied.\n")
	}
	return &plain
}

// lost takes an answer that nobody gets.
type lost struct{ header http.Header }

func (l lost) Header() http.Header       { return l.header }
func (lost) Write(p []byte) (int, error) { return len(p), nil }
func (lost) WriteHeader(int)             {}

// statusWriter tells the record which status git http-backend gave, before the client can know it.
type statusWriter struct {
	http.ResponseWriter
	s *Server
	n int
}

func (w *statusWriter) WriteHeader(status int) {
	w.s.setStatus(w.n, status)
	w.ResponseWriter.WriteHeader(status)
}
