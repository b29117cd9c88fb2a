// Package standin answers as GitHub's REST API does for one repository: enough for the tests of the engines.
// It is not among the files that a platform carries.
package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/engines/internal/target"
)

// Name is the repository, and Token opens it.
const (
	Name  = "acme/host"
	Token = "ghs_standin"
)

// Repository is what the stand-in knows.
type Repository struct {
	Config     string // of .github/task-assistant.yml; "" for none
	Labels     []target.Label
	Milestones []target.Milestone
	Issue      *target.Issue // number 7; nil for none
	// Before is called before each answer; a status other than 0 is the answer.
	Before func(method, path string) (status int)

	URL      string
	Requests []string // method and path, in order
	t        *testing.T
}

// Start serves the repository until the test ends.
func (s *Repository) Start(t *testing.T) {
	t.Helper()
	s.t = t
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.URL = server.URL
}

// Writes returns the requests that change something.
func (s *Repository) Writes() []string {
	return slices.DeleteFunc(slices.Clone(s.Requests), func(r string) bool { return strings.HasPrefix(r, http.MethodGet) })
}

func (s *Repository) serve(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/repos/"+Name)
	if r.Header.Get("Authorization") != "Bearer "+Token || !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.Requests = append(s.Requests, r.Method+" "+path)
	if s.Before != nil {
		if status := s.Before(r.Method, path); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, `{"message":"refused by the test"}`)
			return
		}
	}
	collection, name, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch collection {
	case "contents":
		s.contents(w)
	case "labels":
		s.labels(w, r, unescape(name))
	case "milestones":
		s.milestones(w, r)
	case "issues":
		s.issue(w, r, name)
	default:
		s.t.Errorf("the stand-in has no %s %s", r.Method, path)
		w.WriteHeader(http.StatusNotImplemented)
	}
}

func (s *Repository) contents(w http.ResponseWriter) {
	if s.Config == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	io.WriteString(w, s.Config)
}

func (s *Repository) labels(w http.ResponseWriter, r *http.Request, name string) {
	at := slices.IndexFunc(s.Labels, func(l target.Label) bool { return strings.EqualFold(l.Name, name) })
	switch r.Method {
	case http.MethodGet:
		page(w, r, s.Labels)
	case http.MethodPost:
		l := decode[target.Label](s.t, r)
		if slices.ContainsFunc(s.Labels, func(h target.Label) bool { return strings.EqualFold(h.Name, l.Name) }) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		s.Labels = append(s.Labels, l)
		w.WriteHeader(http.StatusCreated)
	case http.MethodPatch:
		if at < 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		l := decode[target.Label](s.t, r)
		s.Labels[at].Color, s.Labels[at].Description = l.Color, l.Description
	}
}

func (s *Repository) milestones(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		if r.URL.Query().Get("state") != "all" {
			s.t.Errorf("milestones were read with %q; closed ones exist too", r.URL.RawQuery)
		}
		page(w, r, s.Milestones)
		return
	}
	m := decode[target.Milestone](s.t, r)
	m.Number = len(s.Milestones) + 1
	s.Milestones = append(s.Milestones, m)
	w.WriteHeader(http.StatusCreated)
}

func (s *Repository) issue(w http.ResponseWriter, r *http.Request, name string) {
	number, label, _ := strings.Cut(name, "/labels/")
	if s.Issue == nil || number != "7" {
		w.WriteHeader(http.StatusGone)
		return
	}
	switch r.Method {
	case http.MethodGet:
		json.NewEncoder(w).Encode(s.Issue)
	case http.MethodDelete:
		n := len(s.Issue.Labels)
		s.Issue.Labels = slices.DeleteFunc(s.Issue.Labels, func(l target.Label) bool { return l.Name == unescape(label) })
		if len(s.Issue.Labels) == n {
			w.WriteHeader(http.StatusNotFound)
		}
	case http.MethodPatch:
		in := decode[struct{ Milestone int }](s.t, r)
		i := slices.IndexFunc(s.Milestones, func(m target.Milestone) bool { return m.Number == in.Milestone })
		s.Issue.Milestone = &s.Milestones[i]
	}
}

// page answers with the part of a list that the query asks for.
func page[T any](w http.ResponseWriter, r *http.Request, list []T) {
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	from := min((number-1)*size, len(list))
	json.NewEncoder(w).Encode(append([]T{}, list[from:min(from+size, len(list))]...))
}

func decode[T any](t *testing.T, r *http.Request) T {
	var v T
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		t.Error(err)
	}
	return v
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
