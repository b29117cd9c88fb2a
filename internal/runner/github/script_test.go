package github

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"
	"time"
)

// start is when every test begins.
var start = time.Unix(1_800_000_000, 0).UTC()

// reply answers one request of a script.
type reply func(w http.ResponseWriter, r *http.Request)

// script is a server that gives its replies in order, and a clock that moves only by sleeping.
type script struct {
	mu       sync.Mutex
	replies  []reply
	requests []string
	bodies   []string
	tokens   []string
	sleeps   []time.Duration
	masked   []string
	server   *httptest.Server
}

// newScript starts a server; the client's jitter is always half of its limit.
func newScript(t *testing.T, replies ...reply) (*script, *Client) {
	t.Helper()
	s := &script{replies: replies}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	c := New(s.server.URL+"/", func(secret string) { s.masked = append(s.masked, secret) })
	c.Now = func() time.Time {
		now := start
		for _, d := range s.sleeps {
			now = now.Add(d)
		}
		return now
	}
	c.Sleep = func(ctx context.Context, d time.Duration) error {
		s.sleeps = append(s.sleeps, d)
		return ctx.Err()
	}
	c.Jitter = func(limit time.Duration) time.Duration { return limit / 2 }
	return s, c
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	s.bodies = append(s.bodies, string(body))
	s.tokens = append(s.tokens, r.Header.Get("Authorization"))
	n := len(s.requests) - 1
	if n >= len(s.replies) {
		http.Error(w, `{"message":"the script has ended"}`, http.StatusTeapot)
		return
	}
	s.replies[n](w, r)
}

// says answers with status, body and pairs of header names and values.
func says(status int, body string, header ...string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// refuses answers with status and a body of GitHub's error form.
func refuses(status int, message string, header ...string) reply {
	return says(status, fmt.Sprintf(`{"message":%q,"documentation_url":"https://docs.github.com/rest"}`, message), header...)
}

// hangsUp closes the connection after writing raw.
func hangsUp(raw string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		fmt.Fprint(conn, raw)
		conn.Close()
	}
}

// stores answers with a file's content.
func stores(data string) reply {
	return says(200, fmt.Sprintf(`{"sha":%q,"encoding":"base64","content":%q}`,
		BlobSHA([]byte(data)), base64.StdEncoding.EncodeToString([]byte(data))+"\n"))
}

func repeat(r reply, n int) []reply {
	all := make([]reply, n)
	for i := range all {
		all[i] = r
	}
	return all
}

func secs(s ...float64) []time.Duration {
	var all []time.Duration
	for _, x := range s {
		all = append(all, time.Duration(x*float64(time.Second)))
	}
	return all
}

func check(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// testKey is one RSA key for all tests, in PEM.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func pkcs1(key *rsa.PrivateKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}
