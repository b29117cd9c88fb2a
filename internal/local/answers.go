package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// Answer is what GitHub is to say to a request, whoever makes it: what the stand-in does not know, or a failure to try.
type Answer struct {
	Method string `json:"method"`
	// Path is below the API, such as /repos/acme/service/issues/*/comments; a * stands for one segment, or a part of one.
	Path   string            `json:"path"`
	Status int               `json:"status"`
	Header map[string]string `json:"header,omitempty"`
	Body   json.RawMessage   `json:"body,omitempty"`
	// Times is how often; 0 for always.
	Times int `json:"times,omitempty"`
}

// ReadAnswers reads a JSON array of them.
func ReadAnswers(data []byte) ([]Answer, error) {
	var out []Answer
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("no JSON array of answers: %w", err)
	}
	for i, a := range out {
		if err := a.check(); err != nil {
			return nil, fmt.Errorf("answer %d: %w", i+1, err)
		}
	}
	return out, nil
}

func (a Answer) check() error {
	methods := []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut}
	_, err := path.Match(a.Path, "/")
	switch {
	case !slices.Contains(methods, a.Method):
		return fmt.Errorf("the method is %q; expected one of %s", a.Method, strings.Join(methods, ", "))
	case err != nil || !strings.HasPrefix(a.Path, "/"):
		return fmt.Errorf("the path is %q; expected one below the API, such as /repos/acme/service/issues/*/comments", a.Path)
	case a.Status < 200 || a.Status > 599:
		return fmt.Errorf("the status is %d; expected one from 200 to 599", a.Status)
	case a.Times < 0:
		return errors.New("times is below 0")
	}
	return nil
}

// answers hands out what was prepared.
type answers struct {
	mu    sync.Mutex
	given []Answer
	count []int
}

// next returns the prepared answer to a request, nil where the stand-in has to answer itself.
func (a *answers) next(r *http.Request) *githubtest.Response {
	name, ok := strings.CutPrefix(r.URL.Path, apiPath)
	if !ok {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, g := range a.given {
		if matched, _ := path.Match(g.Path, name); !matched || g.Method != r.Method || g.Times > 0 && a.count[i] == g.Times {
			continue
		}
		a.count[i]++
		return &githubtest.Response{Status: g.Status, Header: g.Header, Body: string(g.Body)}
	}
	return nil
}

// notes say how often each was given.
func (a *answers) notes() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for i, g := range a.given {
		out = append(out, fmt.Sprintf("%s %s was answered with %d as prepared, %s", g.Method, g.Path, g.Status, count(a.count[i], "time")))
	}
	return out
}
