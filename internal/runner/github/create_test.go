package github

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	put  = "PUT /repos/acme/telemetry/contents/telemetry/a%20b%23c%3Fd=e%2520f.json"
	get  = "GET /repos/acme/telemetry/contents/telemetry/a%20b%23c%3Fd=e%2520f.json"
	data = "{\n  \"a\": 1\n}\n"
	// twin differs from data in bytes, not in meaning.
	twin = `{"a": 1}`
)

func created(sha string) reply {
	return says(201, fmt.Sprintf(`{"content":{"sha":%q,"path":"x"},"commit":{"sha":"c"}}`, sha))
}

func at(status int, location string) reply {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(location, "/") {
			location = "http://" + r.Host + location
		}
		says(status, `{"message":"Moved Permanently"}`, "Location", location)(w, r)
	}
}

const (
	isAt   = "is at 0929670cdb8e2a3c1b8d3c0f7c1a2b3c4d5e6f70 but expected c45b54449f0e1d2c3b4a5968778695a4b3c2d1e0"
	noSHA  = "Invalid request.\n\n\"sha\" wasn't supplied."
	slow   = "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later."
	denied = "Resource not accessible by integration"
)

func TestCreate_DecidesByAnswer(t *testing.T) {
	ours := created(BlobSHA([]byte(data)))
	tests := []struct {
		name    string
		replies []reply
		stored  string // data whose sha is expected, "" where an error is
		err     string // part of the error
		asked   []string
		slept   []time.Duration
	}{
		{"201 with own sha", []reply{ours}, data, "", []string{put}, nil},
		{"200 with own sha", []reply{says(200, `{"content":{"sha":"`+BlobSHA([]byte(data))+`"}}`)}, data, "", []string{put}, nil},
		{"201 empty, then exists and same", []reply{says(201, ""), refuses(422, noSHA), stores(data)}, data, "", []string{put, put, get}, secs(0.5)},
		{"201 with another sha", []reply{created("f00"), ours}, data, "", []string{put, put}, secs(0.5)},
		{"201 with truncated JSON", []reply{says(201, `{"content":{"sha":"`), ours}, data, "", []string{put, put}, secs(0.5)},
		{"201 cut off by the connection", []reply{hangsUp("HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"content\":"), ours}, data, "", []string{put, put}, secs(0.5)},
		{"connection closed without an answer", []reply{hangsUp(""), ours}, data, "", []string{put, put}, secs(0.5)},
		{"5xx before the effect", []reply{refuses(502, "Server Error"), says(503, "<html>"), ours}, data, "", []string{put, put, put}, secs(0.5, 1)},
		{"5xx after the effect", []reply{refuses(500, "Server Error"), refuses(422, noSHA), stores(data)}, data, "", []string{put, put, get}, secs(0.5)},

		{"409 moved", []reply{refuses(409, isAt), refuses(409, isAt), ours}, data, "", []string{put, put, put}, secs(0.5, 1)},
		{"409 moved, old wording", []reply{refuses(409, "refs/heads/master expected to be at e765253c"), ours}, data, "", []string{put, put}, secs(0.5)},
		{"409 of unknown wording", []reply{refuses(409, "Conflict"), ours}, data, "", []string{put, put}, secs(0.5)},
		{"422 moved", []reply{refuses(422, isAt), ours}, data, "", []string{put, put}, secs(0.5)},
		{"409 rule violation", []reply{refuses(409, "Repository rule violations found")}, "", "answered 409: Repository rule violations", []string{put}, nil},
		{"409 empty repository", []reply{refuses(409, "Git Repository is empty.")}, "", "answered 409: Git Repository is empty", []string{put}, nil},

		{"422 exists, same bytes", []reply{refuses(422, noSHA), stores(data)}, data, "", []string{put, get}, nil},
		{"422 exists, same meaning", []reply{refuses(422, noSHA), stores(twin)}, twin, "", []string{put, get}, nil},
		{"422 exists, different", []reply{refuses(422, noSHA), stores(`{"a": 2}`)}, "", ErrDifferent.Error(), []string{put, get}, nil},
		{"422 exists, stale 404", []reply{refuses(422, noSHA), refuses(404, "Not Found"), refuses(404, "Not Found"), stores(data)}, data, "", []string{put, get, get, get}, secs(0.5, 1)},
		{"422 exists, stale for more than 60 s", append([]reply{refuses(422, noSHA)}, repeat(refuses(404, "Not Found"), 8)...), "", "the path is taken, and what is there cannot be read",
			append([]string{put}, times(get, 8)...), secs(0.5, 1, 2, 4, 8, 15, 15)},
		{"422 exists, 5xx, then same", []reply{refuses(422, noSHA), says(502, ""), stores(data)}, data, "", []string{put, get, get}, secs(0.5)},
		{"422 exists, no permission to read", []reply{refuses(422, noSHA), refuses(403, denied)}, "", "answered 403", []string{put, get}, nil},
		{"422 exists, not inline", []reply{refuses(422, noSHA), says(200, `{"sha":"x","encoding":"none","content":""}`)}, "", "holds no file in base64", []string{put, get}, nil},

		{"429 with retry-after", []reply{refuses(429, "Too Many Requests", "Retry-After", "20"), ours}, data, "", []string{put, put}, secs(35)},
		{"403 with retry-after wins over the reset", []reply{refuses(403, slow, "Retry-After", "7", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1900000000"), ours}, data, "", []string{put, put}, secs(22)},
		{"403 with nothing remaining", []reply{refuses(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1800000010"), ours}, data, "", []string{put, put}, secs(40)},
		{"429 with a reset that has passed", []reply{refuses(429, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1700000000"), ours}, data, "", []string{put, put}, secs(30)},
		{"403 with a reset in nine minutes", []reply{refuses(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1800000540"), says(502, ""), ours}, data, "", []string{put, put, put}, secs(570, 0.5)},
		{"403 with a reset beyond the end", []reply{refuses(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1800003000")}, "", "no time is left", []string{put}, nil},
		{"403 secondary without a time ignores the reset", []reply{refuses(403, slow, "X-RateLimit-Remaining", "4114", "X-RateLimit-Reset", "1800003000"), ours}, data, "", []string{put, put}, secs(90)},
		{"403 abuse, and again", append([]reply{refuses(403, "You have triggered an abuse detection mechanism.")}, repeat(refuses(403, slow), 8)...), "", "no time is left for a wait of 2m30s",
			times(put, 9), secs(90, 150, 150, 150, 150, 150, 150, 150)},
		{"429 with retry-after, until twenty minutes are over", repeat(refuses(429, slow, "Retry-After", "285"), 5), "", "no time is left", times(put, 5), secs(300, 300, 300, 300)},
		{"403 with nothing remaining and no reset", []reply{refuses(403, denied, "X-RateLimit-Remaining", "0"), ours}, data, "", []string{put, put}, secs(90)},
		{"429 that says nothing", []reply{says(429, ""), ours}, data, "", []string{put, put}, secs(90)},
		{"403 with a retry-after that is no number", []reply{refuses(403, denied, "Retry-After", "soon")}, "", denied, []string{put}, nil},

		{"403 permission", []reply{refuses(403, denied, "X-Accepted-GitHub-Permissions", "contents=write", "X-RateLimit-Remaining", "4000")}, "", "answered 403: " + denied + " (it accepts the permissions contents=write)", []string{put}, nil},
		{"401", []reply{refuses(401, "Bad credentials")}, "", "answered 401: Bad credentials", []string{put}, nil},
		{"404", []reply{refuses(404, "Not Found")}, "", "answered 404", []string{put}, nil},
		{"422 of another kind", []reply{refuses(422, "path contains a malformed path component")}, "", "answered 422: path contains", []string{put}, nil},
		{"422 with a body that is no JSON", []reply{says(422, "<html>")}, "", "answered 422: Unprocessable Entity", []string{put}, nil},

		{"301", []reply{at(301, "/repositories/1/contents/x")}, "", "is not followed", []string{put}, nil},
		{"302", []reply{at(302, "/repositories/1/contents/x")}, "", "is not followed", []string{put}, nil},
		{"303", []reply{at(303, "/repositories/1/contents/x")}, "", "is not followed", []string{put}, nil},
		{"307 on the same host", []reply{at(307, "/repositories/1/contents/x"), ours}, data, "", []string{put, "PUT /repositories/1/contents/x"}, nil},
		{"308 on the same host", []reply{at(308, "/repositories/1/contents/x"), ours}, data, "", []string{put, "PUT /repositories/1/contents/x"}, nil},
		{"307 twice", []reply{at(307, "/one"), at(307, "/two")}, "", "is not followed", []string{put, "PUT /one"}, nil},
		{"307 to another host", []reply{at(307, "http://127.0.0.1:1/x")}, "", "is not followed", []string{put}, nil},
		{"308 to another scheme", []reply{at(308, "https://127.0.0.1/x")}, "", "is not followed", []string{put}, nil},
		{"307 to nowhere", []reply{says(307, "")}, "", "is not followed", []string{put}, nil},

		{"5xx until the end", repeat(says(502, ""), 10), "", "no time is left", times(put, 10), secs(0.5, 1, 2, 4, 8, 15, 15, 15, 15)},
		{"an answer beyond all bounds", []reply{says(201, strings.Repeat(" ", maxBody+1)), ours}, data, "", []string{put, put}, secs(0.5)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := newScript(t, tt.replies...)
			sha, err := c.Create(context.Background(), "T", NewFile{
				Repository: "acme/telemetry", Path: "telemetry/a b#c?d=e%20f.json", Data: []byte(data), Message: "telemetry: x",
				Same: func(stored []byte) bool { return string(stored) == twin },
			})
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error: got %v, want one that holds %q", err, tt.err)
			}
			want := ""
			if tt.stored != "" {
				want = BlobSHA([]byte(tt.stored))
			}
			check(t, "sha", sha, want)
			check(t, "requests", s.requests, tt.asked)
			check(t, "sleeps", s.sleeps, tt.slept)
			s.checkWrites(t)
		})
	}
}

// TestCreate_TakesTheDetour: a file that has another way waits for no limit, but for a short one.
func TestCreate_TakesTheDetour(t *testing.T) {
	ours := created(BlobSHA([]byte(data)))
	tests := []struct {
		name    string
		replies []reply
		err     string
		slept   []time.Duration
	}{
		{"a limit that names no time", []reply{refuses(403, slow)}, "no time is left for a wait of 1m30s", nil},
		{"a minute", []reply{refuses(429, slow, "Retry-After", "60")}, "no time is left", nil},
		{"the primary limit", []reply{refuses(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1800000600")}, "no time is left", nil},
		{"ten seconds", []reply{refuses(429, slow, "Retry-After", "10"), ours}, "", secs(25)},
		{"ten seconds, and no end of it", repeat(refuses(429, slow, "Retry-After", "10"), 9), "no time is left", secs(25, 25, 25)},
		{"others' commits", []reply{refuses(409, isAt), says(502, ""), ours}, "", secs(0.5, 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := newScript(t, tt.replies...)
			_, err := c.Create(context.Background(), "T", NewFile{Repository: "acme/telemetry", Path: "x", Data: []byte(data), Detour: true})
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || !IsJammed(err)) {
				t.Errorf("error: got %v, want one that holds %q", err, tt.err)
			}
			check(t, "sleeps", s.sleeps, tt.slept)
		})
	}
}

// TestLimits_AreWaitedForOnceInAll: the waits of all requests of a client count together.
func TestLimits_AreWaitedForOnceInAll(t *testing.T) {
	entries := says(200, `[]`)
	s, c := newScript(t, refuses(429, slow, "Retry-After", "700"), entries, refuses(429, slow, "Retry-After", "400"), entries, refuses(429, slow, "Retry-After", "60"))
	for i, want := range []string{"", "", "no time is left for a wait of 1m15s"} {
		_, err := c.Dir(context.Background(), "T", "acme/telemetry", "dir")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d: got %v, want %q", i, err, want)
		}
	}
	check(t, "sleeps", s.sleeps, secs(715, 415))
}

func TestDispatch_WaitsForNoLimit(t *testing.T) {
	s, c := newScript(t, says(502, ""), refuses(403, slow))
	err := c.Dispatch(context.Background(), "T", "acme/telemetry", "x")
	if err == nil || !strings.Contains(err.Error(), "no time is left") {
		t.Errorf("got %v", err)
	}
	check(t, "sleeps", s.sleeps, secs(0.5))
}

// checkWrites demands that every PUT carried the same body, with no sha and no branch, and the token.
func (s *script) checkWrites(t *testing.T) {
	t.Helper()
	want := `{"content":"` + base64.StdEncoding.EncodeToString([]byte(data)) + `","message":"telemetry: x"}`
	for i, r := range s.requests {
		if strings.HasPrefix(r, "PUT ") {
			check(t, "body of "+r, s.bodies[i], want)
		}
		check(t, "token of "+r, s.tokens[i], "Bearer T")
	}
}

func TestCreate_StopsWithTheContext(t *testing.T) {
	s, c := newScript(t, repeat(says(502, ""), 5)...)
	ctx, cancel := context.WithCancel(context.Background())
	c.Sleep = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
	_, err := c.Create(ctx, "T", NewFile{Repository: "acme/telemetry", Path: "x", Data: []byte(data)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error: got %v, want one of the context", err)
	}
	check(t, "requests", s.requests, []string{"PUT /repos/acme/telemetry/contents/x"})
}

func TestBlobSHA_IsGits(t *testing.T) {
	check(t, "sha of nothing", BlobSHA(nil), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
	check(t, "sha of hello", BlobSHA([]byte("hello\n")), "ce013625030ba8dba906f756967f9e9ca394464a")
}

func times(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

func TestRead_DecidesByAnswer(t *testing.T) {
	const list = "GET /repos/acme/telemetry/contents/dir"
	entries := says(200, `[{"name":"a.json","type":"file","sha":"1"}]`)
	tests := []struct {
		name    string
		replies []reply
		err     string
		asked   []string
		slept   []time.Duration
	}{
		{"200", []reply{entries}, "", []string{list}, nil},
		{"200 with truncated JSON", []reply{says(200, `[{"name"`), entries}, "", []string{list, list}, secs(0.5)},
		{"5xx", []reply{says(500, ""), entries}, "", []string{list, list}, secs(0.5)},
		{"connection closed", []reply{hangsUp("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n["), entries}, "", []string{list, list}, secs(0.5)},
		{"429", []reply{says(429, "", "Retry-After", "3"), entries}, "", []string{list, list}, secs(18)},
		{"403 secondary", []reply{refuses(403, slow), refuses(403, slow), says(500, ""), entries}, "", times(list, 4), secs(90, 150, 0.5)},
		{"403 permission", []reply{refuses(403, denied)}, denied, []string{list}, nil},
		{"404", []reply{refuses(404, "Not Found")}, "answered 404", []string{list}, nil},
		{"a file where a directory is expected", repeat(says(200, `{}`), 8), "no usable answer", times(list, 8), secs(0.5, 1, 2, 4, 8, 15, 15)},
		{"three redirects", []reply{at(301, "/1"), at(302, "/2"), at(307, "/3"), entries}, "", []string{list, "GET /1", "GET /2", "GET /3"}, nil},
		{"four redirects", []reply{at(301, "/1"), at(302, "/2"), at(307, "/3"), at(308, "/4")}, "is not followed", []string{list, "GET /1", "GET /2", "GET /3"}, nil},
		{"redirect to another host", []reply{at(301, "http://127.0.0.1:1/x")}, "is not followed", []string{list}, nil},
		{"303", []reply{at(303, "/1")}, "is not followed", []string{list}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := newScript(t, tt.replies...)
			got, err := c.Dir(context.Background(), "T", "acme/telemetry", "dir")
			if tt.err == "" {
				check(t, "entries", got, []Entry{{Name: "a.json", SHA: "1"}})
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error: got %v, want one that holds %q", err, tt.err)
			}
			check(t, "requests", s.requests, tt.asked)
			check(t, "sleeps", s.sleeps, tt.slept)
			for _, token := range s.tokens {
				check(t, "token", token, "Bearer T")
			}
		})
	}
}

func TestJitter_StaysBelowItsLimit(t *testing.T) {
	c := New("http://127.0.0.1", nil)
	for range 1000 {
		if d := c.Jitter(time.Second); d < 0 || d >= time.Second {
			t.Fatalf("jitter: got %s, want 0 s to 1 s", d)
		}
	}
	if got := c.Jitter(0); !reflect.DeepEqual(got, time.Duration(0)) {
		t.Errorf("jitter without a limit: got %s, want 0 s", got)
	}
}
