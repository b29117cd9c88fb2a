package github

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// oneAnswer is a network on which every request is answered alike.
type oneAnswer struct {
	status int
	header http.Header
	body   func() io.Reader
	asked  int
	read   int64
}

func (o *oneAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	o.asked++
	if o.status < 100 { // no answer at all
		return nil, errors.New("connection refused")
	}
	return &http.Response{
		StatusCode: o.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: o.header.Clone(), Request: r,
		Body: io.NopCloser(io.TeeReader(o.body(), counter{&o.read})),
	}, nil
}

// counter counts what is read of answers.
type counter struct{ n *int64 }

func (c counter) Write(p []byte) (int, error) { *c.n += int64(len(p)); return len(p), nil }

// clientOf returns a client on that network. Its clock moves by sleeping alone.
func clientOf(o *oneAnswer) (c *Client, slept *time.Duration) {
	slept = new(time.Duration)
	c = New("http://api.test", func(string) {})
	c.http.Transport = o
	c.Now = func() time.Time { return start.Add(*slept) }
	c.Sleep = func(ctx context.Context, d time.Duration) error { *slept += d; return ctx.Err() }
	c.Jitter = func(limit time.Duration) time.Duration { return limit / 2 }
	return c, slept
}

// appOn returns an App whose key is not read from PEM, which takes longer than all requests.
func appOn(c *Client) *App {
	return &App{client: c, of: Credentials{ClientID: "Iv1", Slug: "acme-app"}, key: testKey()}
}

var answeredFile = NewFile{Repository: "acme/telemetry", Path: "a b/c.json", Data: []byte("{}\n"), Message: "m",
	Same: func(stored []byte) bool { return bytes.HasPrefix(stored, []byte("same")) }}

// askAll makes every request that a client makes, and holds what it makes of the answers to what may follow from them.
func askAll(t *testing.T, o *oneAnswer) {
	t.Helper()
	ctx := context.Background()
	scope := Scope{Repository: "acme/telemetry", Permissions: map[string]string{"contents": "write", "metadata": "read"}}
	requests := []struct {
		name string
		make func(*Client) error
	}{
		{"mint", func(c *Client) error {
			token, err := appOn(c).MintAt(ctx, Installation{ID: 7}, scope)
			if (err == nil) != (token.Value != "" && !token.Expires.IsZero()) {
				t.Errorf("mint: %+v, %v", token, err)
			}
			return errors.Join(err, c.RevokeMinted(ctx))
		}},
		{"create", func(c *Client) error {
			sha, err := c.Create(ctx, "x", answeredFile)
			if (err == nil) != (len(sha) == 40) {
				t.Errorf("create: %q, %v", sha, err)
			}
			return err
		}},
		{"installation", func(c *Client) error {
			_, err := appOn(c).Installation(ctx, "acme/telemetry")
			return err
		}},
		{"repository", func(c *Client) error { _, err := c.Repository(ctx, "x", "acme/a"); return err }},
		{"dir", func(c *Client) error { _, err := c.Dir(ctx, "x", "acme/a", "b"); return err }},
		{"file", func(c *Client) error { _, err := c.File(ctx, "x", "acme/a", "b"); return err }},
		{"refs", func(c *Client) error { _, err := c.Refs(ctx, "x", "acme/a", "refs/x"); return err }},
		{"contains", func(c *Client) error { _, err := c.Contains(ctx, "x", "acme/a", "v1.0.0", "b"); return err }},
		{"dispatch", func(c *Client) error { return c.Dispatch(ctx, "x", "acme/a", "e") }},
	}
	for _, r := range requests {
		c, slept := clientOf(o)
		o.asked, o.read = 0, 0
		if err := r.make(c); err != nil && strings.Contains(err.Error(), "PRIVATE KEY") {
			t.Errorf("%s: the error shows a key: %v", r.name, err)
		}
		if *slept > writeBudget+limitBudget || o.asked > 1000 || o.read > int64(o.asked)*(maxBody+1<<10) {
			t.Errorf("%s: %d requests in %s, %d bytes read", r.name, o.asked, *slept, o.read)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	const mint = `{"token":"ghs_minted","expires_at":"2027-01-15T09:00:00Z","permissions":{"contents":"write","metadata":"read"},"repository_selection":"selected","repositories":[{"full_name":"acme/telemetry"}]}`
	same := base64.StdEncoding.EncodeToString([]byte("same"))
	for _, body := range []string{
		mint, `{"content":{"sha":"` + BlobSHA(answeredFile.Data) + `"}}`, `{"sha":"x","encoding":"base64","content":"` + same + `"}`, `{"id":7,"suspended_at":null,"permissions":{}}`,
		`[{"name":"a","sha":"b"}]`, `[{"ref":"refs/x","object":{"sha":"y"}}]`, `{"status":"ahead"}`, `{`, ``, `null`, `[]`, `{"message":"You have exceeded a secondary rate limit"}`,
		`{"message":"Invalid request.\n\n\"sha\" wasn't supplied."}`, `{"message":"is at a but expected b"}`, `{"message":"Repository rule violations found"}`, `{"token":1}`,
		strings.Repeat(`{"a":`, 20_000), `{"content":"` + strings.Repeat("A", 1000) + `\n"}`,
	} {
		for _, status := range []int{200, 201, 422} {
			f.Add(status, "60", "/repositories/7", []byte(body))
		}
	}
	for _, status := range []int{0, 204, 301, 307, 401, 403, 404, 409, 429, 502} {
		f.Add(status, "60", "/repositories/7", []byte(mint))
	}
	f.Add(403, "-1", "http://elsewhere.test/", []byte(mint))
	f.Add(429, "99999999999999999999", "::::", []byte{0xff, 0})
	f.Fuzz(func(t *testing.T, status int, wait, location string, body []byte) {
		if len(body) > 4<<10 && len(body) < 100<<10 {
			return // only the deep seeds are larger: they are decoded some hundred times
		}
		o := &oneAnswer{status: status % 1000, body: func() io.Reader { return bytes.NewReader(body) }, header: http.Header{}}
		for name, value := range map[string]string{"Retry-After": wait, "X-Ratelimit-Reset": wait, "X-Ratelimit-Remaining": wait, "Location": location, "X-Accepted-Github-Permissions": location} {
			o.header[name] = []string{value}
		}
		askAll(t, o)
	})
}

// endless is a body that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '['
	}
	return len(p), nil
}

// TestAnswers_WithoutEnd: of an answer that never ends no more is read than an answer may have.
func TestAnswers_WithoutEnd(t *testing.T) {
	for _, status := range []int{200, 403, 500} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			askAll(t, &oneAnswer{status: status, body: func() io.Reader { return endless{} }, header: http.Header{}})
		})
	}
}
