// Package target reads and writes the repository that an engine works on, through GitHub's REST API: it is never checked out.
//
// Nothing is sent twice: an answer that is not a success is an error, and the next run sees the repository as it is then.
package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrNotFound says that there is no such thing, or that the token may not see it.
var ErrNotFound = errors.New("not found")

// What is read at most, in bytes: of an answer, and of a file, which GitHub serves inline up to 1 MB.
const (
	maxAnswer = 4 << 20
	maxFile   = 1 << 20
)

// Repository is one repository with the token that opens it.
type Repository struct {
	Name  string // owner/name
	API   string // base URL of the REST API
	Token string
	HTTP  *http.Client
}

// New returns the repository that one variable names, opened by the token in another.
func New(getenv func(string) string, repo, token string) (*Repository, error) {
	for _, name := range []string{repo, "GITHUB_API_URL", token} {
		if getenv(name) == "" {
			return nil, fmt.Errorf("%s is not set: an engine is started by its generated workflow", name)
		}
	}
	return &Repository{
		Name:  getenv(repo),
		API:   strings.TrimSuffix(getenv("GITHUB_API_URL"), "/"),
		Token: getenv(token),
		HTTP: &http.Client{
			Timeout: 30 * time.Second,
			// A repository that has moved is another target than the one this run was checked for.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// ReadFile returns the bytes of a file on the default branch; ErrNotFound if there is none.
func (r *Repository) ReadFile(ctx context.Context, path string) ([]byte, error) {
	req, err := r.request(ctx, http.MethodGet, "/contents/"+escape(path), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/vnd.github.raw+json")
	data, err := r.do(req)
	if err == nil && len(data) > maxFile {
		return nil, fmt.Errorf("%s of %s is larger than 1 MiB", path, r.Name)
	}
	return data, err
}

// get decodes the answer of a GET into out.
func (r *Repository) get(ctx context.Context, path string, out any) error {
	return r.call(ctx, http.MethodGet, path, nil, out)
}

// call sends in as JSON, if it is not nil, and decodes the answer into out, if it is not nil.
func (r *Repository) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := r.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	data, err := r.do(req)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("%s %s: the answer is not what GitHub's API documents: %w", method, req.URL.Path, err)
	}
	return nil
}

func (r *Repository) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.API+"/repos/"+escape(r.Name)+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.Token)
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// do sends the request and returns the body of a success.
func (r *Repository) do(req *http.Request) ([]byte, error) {
	resp, err := r.HTTP.Do(req)
	if err != nil {
		return nil, withoutAddress(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, err)
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, ErrNotFound)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, &statusError{req.Method + " " + req.URL.Path, resp.StatusCode, resp.Status + reason(data)}
	case len(data) > maxAnswer:
		return nil, fmt.Errorf("%s %s: the answer is larger than 4 MiB", req.Method, req.URL.Path)
	}
	return data, nil
}

// statusError is an answer that is not a success.
type statusError struct {
	request string
	code    int
	answer  string
}

func (e *statusError) Error() string { return e.request + ": GitHub answered " + e.answer }

// withoutAddress leaves the query of an address out of a failed request: the one of a download opens the file.
func withoutAddress(err error) error {
	var failed *url.Error
	if !errors.As(err, &failed) {
		return err
	}
	if u, parseErr := url.Parse(failed.URL); parseErr == nil {
		return fmt.Errorf("%s %s: %w", failed.Op, u.Path, failed.Err)
	}
	return failed.Err
}

// reason returns what GitHub says about a refusal, short and in one line.
func reason(data []byte) string {
	var answer struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(data, &answer) != nil || answer.Message == "" {
		return ""
	}
	if len(answer.Message) > 200 {
		answer.Message = strings.ToValidUTF8(answer.Message[:200], "") + "…"
	}
	return fmt.Sprintf(" (%q)", answer.Message)
}

func escape(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}
