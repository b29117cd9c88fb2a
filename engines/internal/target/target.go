// Package target reads the repository that an engine works on, as data through GitHub's API: it is never checked out.
package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrNotFound says that the repository has no such file, or that the token may not see it.
var ErrNotFound = errors.New("not found")

// maxFile bounds a file that is read; GitHub serves up to 1 MB inline.
const maxFile = 1 << 20

// Repository is one repository with the token that opens it.
type Repository struct {
	Name  string // owner/name
	API   string // base URL of the REST API
	Token string
	HTTP  *http.Client
}

// FromEnv returns the repository that an engine's environment names.
func FromEnv(getenv func(string) string) (*Repository, error) {
	for _, name := range []string{"TARGET_REPO", "GITHUB_API_URL", "GH_TOKEN"} {
		if getenv(name) == "" {
			return nil, fmt.Errorf("%s is not set: an engine is started by its generated workflow", name)
		}
	}
	return &Repository{
		Name:  getenv("TARGET_REPO"),
		API:   strings.TrimSuffix(getenv("GITHUB_API_URL"), "/"),
		Token: getenv("GH_TOKEN"),
		HTTP:  &http.Client{Timeout: 30 * time.Second},
	}, nil
}

// ReadFile returns the bytes of a file on the default branch; ErrNotFound if there is none.
func (r *Repository) ReadFile(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.API+"/repos/"+escape(r.Name)+"/contents/"+escape(path), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.Token)
	req.Header.Set("Accept", "application/vnd.github.raw+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	resp, err := r.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s of %s: %w", path, r.Name, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return nil, ErrNotFound
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("cannot read %s of %s: GitHub answered %s", path, r.Name, resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read %s of %s: %w", path, r.Name, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s of %s is larger than 1 MiB", path, r.Name)
	}
	return data, nil
}

func escape(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}
