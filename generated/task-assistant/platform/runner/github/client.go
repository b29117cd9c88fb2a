// Package github is the runner's client of GitHub's REST API: the few requests the runner makes, and
// for each of GitHub's answers what it means.
//
// Paths and bodies go in, decoded answers come out, or an [Error]. The rules that general clients get wrong
// and that this one keeps: a redirect of a write is never turned into a GET, a lost answer of a write is
// "unknown" and not "failed", waiting time never comes from the reset time of another limit, a path is
// escaped segment by segment, and an installation token is used only if it is exactly what was asked for.
// Time, sleep and chance are fields of [Client], so that tests need not wait.
package github

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// requestTimeout bounds one exchange; GitHub itself gives up after 10 s.
	requestTimeout = 30 * time.Second
	// maxBody bounds an answer. Files come as base64 in JSON, and GitHub sends at most 1 MB of them inline.
	maxBody = 2 << 20
	// maxHops bounds the redirects of one read; a write follows one.
	maxHops = 3
)

// Client speaks to one GitHub API. Make it with [New]. It is not safe for concurrent use.
type Client struct {
	base string
	http *http.Client

	// Now, Sleep and Jitter stand for the world. Jitter returns a random duration below limit.
	Now    func() time.Time
	Sleep  func(ctx context.Context, d time.Duration) error
	Jitter func(limit time.Duration) time.Duration
	// Mask is called with every token as soon as it is known.
	Mask func(secret string)
	// Agent is the User-Agent, by which the owner of a repository finds the client in the audit log.
	Agent string

	// minted are the tokens that are neither handed on nor revoked.
	minted []string
	// limited is true once GitHub limited a request: it asks for fewer from then on.
	limited bool
	// waited is how long limits kept this client waiting so far.
	waited time.Duration
}

// New returns a client of the API at base ($GITHUB_API_URL), which hands every token it gets to mask.
func New(base string, mask func(secret string)) *Client {
	return &Client{
		base: strings.TrimSuffix(base, "/"),
		http: &http.Client{
			Timeout:       requestTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		Now:    time.Now,
		Sleep:  Sleep,
		Jitter: func(limit time.Duration) time.Duration { return rand.N(max(limit, 1)) },
		Mask:   mask,
		Agent:  "task-assistant-runner",
	}
}

// Sleep waits for d, or until ctx ends, and returns why it ended.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// request is one call of the API. Its body is nil for a read.
type request struct {
	method string
	path   string // escaped
	token  string
	// app asks as itself, in place of a token: what it signs is good for minutes, so every try gets its own.
	app  *App
	body []byte
}

// answer is what GitHub said to a request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// exchange makes one call and follows redirects on the same host as far as the method allows. Its error is
// an [Error] if GitHub's answer is final, else the connection failed and the effect is unknown.
func (c *Client) exchange(ctx context.Context, r request) (answer, error) {
	target := c.base + r.path
	for hops := 0; ; hops++ {
		a, err := c.roundTrip(ctx, r, target)
		if err != nil || a.status/100 != 3 {
			return a, err
		}
		next, ok := redirect(r.method, target, a, hops)
		if !ok {
			return answer{}, newError(r, a, "redirects to "+a.header.Get("Location")+", which is not followed: was the repository renamed or moved?")
		}
		target = next
	}
}

// redirect returns where to send the request again. Only the codes that keep the method are followed
// for a write, once; anything that leaves the host would hand the token to a stranger.
func redirect(method, from string, a answer, hops int) (string, bool) {
	keepsMethod := a.status == http.StatusTemporaryRedirect || a.status == http.StatusPermanentRedirect
	moved := a.status == http.StatusMovedPermanently || a.status == http.StatusFound
	if method == http.MethodGet {
		if !keepsMethod && !moved || hops >= maxHops {
			return "", false
		}
	} else if !keepsMethod || hops >= 1 {
		return "", false
	}
	old, errOld := url.Parse(from)
	to, errTo := url.Parse(a.header.Get("Location"))
	if errOld != nil || errTo != nil || a.header.Get("Location") == "" {
		return "", false
	}
	to = old.ResolveReference(to)
	return to.String(), to.Scheme == old.Scheme && to.Host == old.Host
}

func (c *Client) roundTrip(ctx context.Context, r request, target string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("User-Agent", c.Agent)
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = fmt.Errorf("the answer is larger than %d bytes", maxBody)
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: body}, err
}

// call makes a request that may be repeated without harm until it is answered, and decodes the
// answer, unless into is nil.
func (c *Client) call(ctx context.Context, p *patience, r request, into any) error {
	for {
		if r.app != nil {
			jwt, err := r.app.jwt()
			if err != nil {
				return err
			}
			r.token = jwt
		}
		a, err := c.exchange(ctx, r)
		m := c.classify(a, err)
		if m.kind == done && into == nil {
			return nil
		}
		if m.kind == done {
			if err = json.Unmarshal(a.body, into); err == nil {
				return nil
			}
			m = meaning{kind: unknown}
		}
		err = failure(r, a, err)
		if m.kind == fatal || m.kind == exists {
			return err
		}
		if err := p.pause(ctx, m, err); err != nil {
			return err
		}
	}
}

// get reads path with a patience of its own.
func (c *Client) get(ctx context.Context, token, path string, into any) error {
	return c.call(ctx, c.patience(readBudget), request{method: http.MethodGet, path: path, token: token}, into)
}

// escape returns the segments of path escaped, so that none can add a segment, a query or a fragment.
func escape(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return strings.Join(segments, "/")
}
