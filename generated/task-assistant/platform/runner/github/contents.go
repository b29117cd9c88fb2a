package github

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Repository is what the runner asks of a repository.
type Repository struct {
	Archived bool `json:"archived"`
	Disabled bool `json:"disabled"`
}

// Repository reads owner/name.
func (c *Client) Repository(ctx context.Context, token, repository string) (Repository, error) {
	var r Repository
	err := c.get(ctx, token, "/repos/"+escape(repository), &r)
	return r, err
}

// Entry is one entry of a directory.
type Entry struct {
	Name string `json:"name"`
	SHA  string `json:"sha"`
}

// Dir lists a directory on the default branch; see [IsNotFound].
func (c *Client) Dir(ctx context.Context, token, repository, path string) ([]Entry, error) {
	var entries []Entry
	err := c.get(ctx, token, contents(repository, path), &entries)
	return entries, err
}

// Blob is a file as it is stored.
type Blob struct {
	SHA  string
	Data []byte
}

// File reads a file on the default branch; see [IsNotFound].
func (c *Client) File(ctx context.Context, token, repository, path string) (Blob, error) {
	return c.file(ctx, c.patience(readBudget), token, contents(repository, path))
}

// FileAt reads a file at a commit; see [IsNotFound].
func (c *Client) FileAt(ctx context.Context, token, repository, path, commit string) (Blob, error) {
	return c.file(ctx, c.patience(readBudget), token, contents(repository, path)+"?ref="+escape(commit))
}

// Ref is a full name and the object that it points to.
type Ref struct {
	Name   string `json:"ref"`
	Object struct {
		SHA string `json:"sha"`
	} `json:"object"`
}

// Refs lists the refs whose full name starts with prefix, which starts with refs/.
func (c *Client) Refs(ctx context.Context, token, repository, prefix string) ([]Ref, error) {
	var refs []Ref
	err := c.get(ctx, token, "/repos/"+escape(repository)+"/git/matching-refs/"+escape(strings.TrimPrefix(prefix, "refs/")), &refs)
	if IsNotFound(err) {
		return nil, nil // documented is an empty list; a folder that does not exist is answered like this too
	}
	return refs, err
}

// Dispatch starts the workflows of a repository that wait for a repository_dispatch of this type. A limit is not waited
// for: where there are so many that one is reached, others have started them.
func (c *Client) Dispatch(ctx context.Context, token, repository, eventType string) error {
	body, err := json.Marshal(map[string]string{"event_type": eventType})
	if err != nil {
		return fmt.Errorf("cannot encode the event: %w", err)
	}
	r := request{method: http.MethodPost, path: "/repos/" + escape(repository) + "/dispatches", token: token, body: body}
	p := c.patience(readBudget)
	p.hasty = true
	return c.call(ctx, p, r, nil)
}

func (c *Client) file(ctx context.Context, p *patience, token, path string) (Blob, error) {
	var f struct {
		SHA      string `json:"sha"`
		Encoding string `json:"encoding"`
		Content  string `json:"content"`
	}
	if err := c.call(ctx, p, request{method: http.MethodGet, path: path, token: token}, &f); err != nil {
		return Blob{}, err
	}
	data, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(f.Content, "\n", ""))
	if err != nil || f.Encoding != "base64" {
		return Blob{}, fmt.Errorf("GET %s: the answer holds no file in base64", path)
	}
	return Blob{SHA: f.SHA, Data: data}, nil
}

// Contains reports whether a commit is, or comes after, the one that base names. It asks for a page behind the first,
// since only that one lists every changed file (docs.github.com/rest/commits/commits, compare two commits).
func (c *Client) Contains(ctx context.Context, token, repository, base, commit string) (bool, error) {
	var compared struct {
		Status string `json:"status"`
	}
	path := "/repos/" + escape(repository) + "/compare/" + escape(base) + "..." + escape(commit) + "?per_page=1&page=2"
	err := c.get(ctx, token, path, &compared)
	return compared.Status == "ahead" || compared.Status == "identical", err
}

// NewFile is a file to create.
type NewFile struct {
	Repository, Path string
	Data             []byte
	// Message is the commit's message.
	Message string
	// Same reports whether what is stored at the path already means the same as Data.
	Same func(stored []byte) bool
	// Detour is true if the file has another way, so that it need not wait for a limit.
	Detour bool
}

// ErrDifferent says that another file is already stored at the path.
var ErrDifferent = errors.New("another file is already there")

// Create creates a file on the default branch with one create-only PUT, repeated for at most 90 s where an
// answer is lost or another job wrote at the same moment, and after the waits that limits ask for. Without a sha in the request GitHub can neither
// overwrite nor duplicate, so the path is the request's own idempotency key. It returns the sha of the blob
// that is stored then: that of f, or that of what was there before if it means the same. Otherwise the error is [ErrDifferent].
func (c *Client) Create(ctx context.Context, token string, f NewFile) (string, error) {
	body, err := json.Marshal(map[string]string{"message": f.Message, "content": base64.StdEncoding.EncodeToString(f.Data)})
	if err != nil {
		return "", fmt.Errorf("cannot encode the file: %w", err)
	}
	r := request{method: http.MethodPut, path: contents(f.Repository, f.Path), token: token, body: body}
	sha, p := BlobSHA(f.Data), c.patience(writeBudget)
	p.hasty = f.Detour
	for {
		a, err := c.exchange(ctx, r)
		m := c.classify(a, err)
		switch m.kind {
		case done:
			if createdSHA(a) == sha {
				return sha, nil
			}
			m, err = meaning{kind: unknown}, errors.New("it does not name the file that was sent")
		case exists:
			return c.compare(ctx, p, r, f)
		}
		err = failure(r, a, err)
		if m.kind == fatal {
			return "", err
		}
		if err := p.pause(ctx, m, err); err != nil {
			return "", err
		}
	}
}

func createdSHA(a answer) string {
	var body struct{ Content struct{ SHA string } }
	if json.Unmarshal(a.body, &body) != nil {
		return ""
	}
	return body.Content.SHA
}

// compare reads what is stored where the file should go. A 404 right after "exists" is a stale read:
// GitHub does not promise to read what it has just written (PyGithub#2759).
func (c *Client) compare(ctx context.Context, write *patience, r request, f NewFile) (string, error) {
	p := c.patience(min(readBudget, write.end.Sub(c.Now())))
	for {
		stored, err := c.file(ctx, p, r.token, r.path)
		switch {
		case err == nil && (bytes.Equal(stored.Data, f.Data) || f.Same(stored.Data)):
			return BlobSHA(stored.Data), nil
		case err == nil:
			return "", ErrDifferent
		case !IsNotFound(err):
			return "", fmt.Errorf("the path is taken, and what is there cannot be read: %w", err)
		}
		if err := p.pause(ctx, meaning{kind: unknown}, err); err != nil {
			return "", fmt.Errorf("the path is taken, and what is there cannot be read: %w", err)
		}
	}
}

// BlobSHA returns the id that git gives to a file of these bytes.
func BlobSHA(data []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

func contents(repository, path string) string {
	return "/repos/" + escape(repository) + "/contents/" + escape(path)
}
