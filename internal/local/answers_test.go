package local

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

func TestReadAnswers_refuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"no array", `{}`, "no JSON array of answers: json: cannot unmarshal object"},
		{"a member that is not known", `[{"methd": "GET"}]`, `no JSON array of answers: json: unknown field "methd"`},
		{"a method", `[{"method": "get", "path": "/x", "status": 200}]`, `answer 1: the method is "get"; expected one of DELETE, GET, HEAD, PATCH, POST, PUT`},
		{"a path", `[{"method": "GET", "path": "/x", "status": 200}, {"method": "GET", "path": "x", "status": 200}]`, `answer 2: the path is "x"; expected one below the API, such as /repos/acme/service/issues/*/comments`},
		{"a pattern", `[{"method": "GET", "path": "/[", "status": 200}]`, `answer 1: the path is "/["; expected one below the API, such as /repos/acme/service/issues/*/comments`},
		{"a status", `[{"method": "GET", "path": "/x", "status": 99}]`, "answer 1: the status is 99; expected one from 200 to 599"},
		{"times", `[{"method": "GET", "path": "/x", "status": 200, "times": -1}]`, "answer 1: times is below 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := ReadAnswers([]byte(test.in)); err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	given, err := ReadAnswers([]byte(`[
		{"method": "GET", "path": "/repos/*/*/labels", "status": 503, "times": 1},
		{"method": "GET", "path": "/repos/acme/*/labels", "status": 200, "header": {"X-A": "b"}, "body": [1, 2]}
	]`))
	if err != nil {
		t.Fatal(err)
	}
	a := &answers{given: given, count: make([]int, len(given))}
	for i, test := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/api/v3/repos/acme/x/labels", 503},
		{"GET", "/api/v3/repos/acme/x/labels", 200},
		{"GET", "/api/v3/repos/other/x/labels", 0},
		{"POST", "/api/v3/repos/acme/x/labels", 0},
		{"GET", "/api/v3/repos/acme/x/labels/bug", 0},
		{"GET", "/repos/acme/x/labels", 0},
	} {
		got := a.next(httptest.NewRequest(test.method, test.path, nil))
		if got == nil {
			got = &githubtest.Response{}
		}
		if got.Status != test.status || test.status == 200 && (got.Body != "[1, 2]" || got.Header["X-A"] != "b") {
			t.Errorf("request %d: %+v, want %d", i+1, got, test.status)
		}
	}
	if got, want := a.notes()[0], "GET /repos/*/*/labels was answered with 503 as prepared, 1 time"; got != want {
		t.Errorf("note %q, want %q", got, want)
	}
}

// TestGhSocket: requests as gh makes them, for api.github.com by the socket that its configuration names.
func TestGhSocket(t *testing.T) {
	server := githubtest.New(t)
	server.AddRepository("acme/service", githubtest.Repository{Private: true})
	token := server.AddToken("engine", "acme/service", map[string]string{"contents": "read", "metadata": "read"})
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	home, stop, err := ghSocket(server, dir)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "gh.sock")
	if want := "http_unix_socket: " + socket + "\nprompt: disabled\n"; home[".config/gh/config.yml"] != want {
		t.Errorf("home: %q", home)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	for url, want := range map[string]int{
		"http://api.github.com/repos/acme/service":                       200,
		"http://127.0.0.1:1/api/v3/repos/acme/service/contents/a%20b.md": 404,
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "token "+token)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != want {
			t.Errorf("%s: %d %s (%v)", url, resp.StatusCode, body, err)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
