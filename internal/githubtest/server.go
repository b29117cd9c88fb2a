package githubtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a Server may be told before it starts. The zero value serves the API under /api/v3 with the real clock.
type Config struct {
	BasePath     string           // of the REST API on the listener, "/api/v3" when empty, "/" for none
	Dir          string           // existing folder for the repositories, the system's temporary one when empty; in memory writes are ten times faster
	CommitWindow time.Duration    // pause between reading the branch head and committing in PUT contents
	CommitSpread time.Duration    // up to how much longer that pause is at random
	Now          func() time.Time // the clock of expiry, of limits and of commits made through the API
	Limits       Limits           // none when zero

	// Sleep waits for that long on the clock of Now; the machine's when nil.
	Sleep func(time.Duration)
}

// TB is the part of testing.TB that New uses; this package is also linked into programs that are not tests.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Server is a running stand-in. All methods are safe for concurrent use.
type Server struct {
	// URL is the root of the listener, without a trailing slash: what Actions calls GITHUB_SERVER_URL.
	URL string

	config  Config
	http    *http.Server
	root    string      // folder of the bare repositories
	backend string      // path of git http-backend
	fail    func(error) // ends the test, or the program, when the stand-in is set up wrongly

	running atomic.Int64 // requests being handled

	mu            sync.Mutex
	apps          []*App
	repositories  []*repository
	installations []*Installation
	tokens        []*token
	requests      []Request
	problems      []string
	intercepts    []func(*http.Request) *Response
	accounts      []string // owners in the order they were first seen; the index is the account id
	used          map[string]*bucket
	archives      map[string][]byte // promised downloads by their secret

	faults []*breakage
	undo   []func()      // what Mend does, the last first
	skew   time.Duration // of the clock by which JWTs are judged

	judged   bool        // every REST exchange is held against GitHub's OpenAPI description
	unjudged []described // those that wait for it
}

// Start runs a stand-in on a free port of 127.0.0.1 until Close. A mistake in setting it up panics.
func Start(config Config) (*Server, error) {
	output, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return nil, fmt.Errorf("git is needed to serve repositories (apt-get install git): %w", err)
	}
	root, err := os.MkdirTemp(config.Dir, "githubtest-")
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(root))
	}
	if config.BasePath == "" {
		config.BasePath = "/api/v3"
	}
	config.BasePath = "/" + strings.Trim(config.BasePath, "/")
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Sleep == nil {
		config.Sleep = time.Sleep
	}
	s := &Server{
		URL: "http://" + listener.Addr().String(), config: config, root: root, used: map[string]*bucket{}, archives: map[string][]byte{},
		backend: filepath.Join(strings.TrimSpace(string(output)), "git-http-backend"),
		fail:    func(err error) { panic(fmt.Errorf("githubtest: %w", err)) },
	}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ErrorLog: log.New(problemWriter{s}, "", 0), ReadHeaderTimeout: time.Minute}
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.problem("the listener ended: %v", err)
		}
	}()
	return s, nil
}

// New is Start for a test: it stops with the test, fails it with every problem seen, among them whatever does not agree
// with GitHub's OpenAPI description, and a mistake in setting up the stand-in ends the test.
func New(t TB) *Server {
	t.Helper()
	return NewWith(t, Config{})
}

// NewWith is New with a configuration.
func NewWith(t TB, config Config) *Server {
	t.Helper()
	s, err := Start(config)
	if err != nil {
		t.Fatalf("githubtest: %v", err)
		return nil
	}
	s.judged = true
	s.fail = func(err error) { t.Helper(); t.Fatalf("githubtest: %v", err) }
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("githubtest: %v", err)
		}
		for _, p := range s.Problems() {
			t.Errorf("githubtest: %s", p)
		}
	})
	return s
}

// Close drops all connections, lets handlers end for two seconds and removes the repositories.
func (s *Server) Close() error {
	err := s.http.Close()
	for range 200 { // http.Server.Shutdown would wait for clients instead, and for connections they never used
		if s.running.Load() == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.Join(err, os.RemoveAll(s.root))
}

// APIURL is the root of the REST API without a trailing slash: what Actions calls GITHUB_API_URL.
func (s *Server) APIURL() string { return s.URL + strings.TrimSuffix(s.config.BasePath, "/") }

// Problems returns what no client of ours should have done, and no answer should have been, one sentence each.
func (s *Server) Problems() []string {
	s.judge()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}

// TakeProblems is Problems for a test that provokes them: they are forgotten and do not fail it.
func (s *Server) TakeProblems() []string {
	s.judge()
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.problems
	s.problems = nil
	return taken
}

func (s *Server) problem(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// problemWriter turns what net/http would log, such as a panic in a handler, into problems.
type problemWriter struct{ s *Server }

func (w problemWriter) Write(text []byte) (int, error) {
	w.s.problem("%s", bytes.TrimSpace(text))
	return len(text), nil
}

// Response is an answer made up by a test instead of the stand-in's own.
type Response struct {
	Status int
	Header map[string]string
	Body   string
	Apply  bool // carry the request out, then answer with this, as when an answer gets lost on its way; of git only with HangUp
	HangUp bool // close the connection without an answer
	Broken bool // it is no answer of GitHub's API by purpose, and is held to be none: empty, cut, or a page of a proxy
}

// Intercept lets answer see every request before it is handled; the first answer that is not nil is sent. The request
// has its body. answer runs on many goroutines at once.
func (s *Server) Intercept(answer func(*http.Request) *Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercepts = append(s.intercepts, answer)
}

func (s *Server) intercept(r *http.Request, body []byte) *Response {
	s.mu.Lock()
	intercepts := slices.Clone(s.intercepts)
	s.mu.Unlock()
	for _, answer := range intercepts {
		r.Body = io.NopCloser(bytes.NewReader(body))
		if response := answer(r); response != nil {
			return response
		}
	}
	return nil
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1)
	defer s.running.Add(-1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	if f := s.strike(r); f != nil {
		s.serveFaulty(w, r, body, *f)
		return
	}
	s.handle(w, r, body)
}

// handle answers a request as a test makes it up, or as GitHub would.
func (s *Server) handle(w http.ResponseWriter, r *http.Request, body []byte) {
	made := s.intercept(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	path, onAPI := s.apiPath(r)
	service, onGit := gitService(r)
	var reply answer
	var who identity
	switch {
	case made != nil && !made.Apply:
		who, _ = s.authenticate(r)
	case onGit && made != nil:
		s.serveGit(lost{http.Header{}}, r, service, body)
		panic(http.ErrAbortHandler)
	case onGit:
		s.serveGit(w, r, service, body)
		return
	case onAPI:
		who, reply = s.answerAPI(r, path, body)
	default:
		if made, ok := s.download(r); ok {
			reply = made
			break
		}
		s.problem("%s %s is neither an API path nor a git path", r.Method, r.URL.Path)
		reply = refusal(http.StatusNotFound, "Not Found", "")
	}
	if made != nil {
		reply = made.answer()
	}
	request := Request{Method: r.Method, Path: path, Query: r.URL.RawQuery, Body: string(body), Status: reply.status, Git: onGit, Agent: r.UserAgent(), Minted: reply.minted}
	if onGit {
		request.Body = ""
	}
	n := s.record(request, who)
	if reply.hangUp {
		if onAPI {
			s.keep(described{Method: r.Method, Path: path, Query: r.URL.RawQuery, RequestHeader: r.Header, RequestBody: body})
		}
		panic(http.ErrAbortHandler)
	}
	s.send(w, exchange{r: r, who: who, n: n, body: body}, reply)
}

func (m *Response) answer() answer {
	return answer{status: m.Status, header: m.Header, raw: []byte(m.Body), contentType: jsonType, hangUp: m.HangUp, broken: m.Broken}
}
