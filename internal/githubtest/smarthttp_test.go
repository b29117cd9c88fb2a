package githubtest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// withToken is the address of a repository with a token in it.
func withToken(s *githubtest.Server, user, secret, path string) string {
	return strings.Replace(s.URL, "://", "://"+user+":"+secret+"@", 1) + path
}

func TestGit_CloneAndFetchByCommit(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	w.Commit("acme/host", "main", "second", githubtest.File{Path: "run.sh", Content: "#!/bin/sh\n", Executable: true})
	dir := t.TempDir()
	mustGit(t, dir, "clone", "-q", w.URL+"/acme/host", "clone")
	if head := mustGit(t, filepath.Join(dir, "clone"), "rev-parse", "HEAD"); head != w.Ref("acme/host", "refs/heads/main") {
		t.Errorf("cloned %s", head)
	}
	if info, err := os.Stat(filepath.Join(dir, "clone", "run.sh")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("run.sh: %v %v", info, err)
	}
	fetched := filepath.Join(dir, "fetched")
	mustGit(t, dir, "init", "-q", fetched)
	mustGit(t, fetched, "fetch", "-q", "--depth=1", w.URL+"/acme/host.git", w.head)
	mustGit(t, fetched, "checkout", "-q", "FETCH_HEAD")
	if data, err := os.ReadFile(filepath.Join(fetched, "README.md")); err != nil || string(data) != "# host\n" {
		t.Errorf("README.md: %q %v", data, err)
	}
	requests := w.Requests()
	if len(requests) == 0 || !requests[0].Git || requests[0].Who != "anonymous" || requests[0].Path != "/acme/host/info/refs" || requests[0].Status != 200 {
		t.Errorf("requests %+v", requests)
	}
}

func TestGit_AccessIsEnforced(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	read := minted(t, w.Server, w.telemetry, `{"permissions":{"contents":"read"}}`).secret
	metadata := minted(t, w.Server, w.telemetry, `{"permissions":{"metadata":"read"}}`).secret
	write := minted(t, w.Server, w.telemetry, `{}`).secret
	workflow := w.AddToken("workflow", "acme/host", map[string]string{"contents": "read"})
	clone := func(url string) []string { return []string{"ls-remote", url} }
	push := func(url string) []string { return []string{"push", "-q", url, "HEAD:refs/heads/pushed"} }
	tests := []struct {
		name string
		args []string
		want string // in the output of git; empty: it works
	}{
		{"private, anonymous", clone(w.URL + "/acme/telemetry"), "could not read Username"},
		{"nothing, anonymous", clone(w.URL + "/acme/nothing"), "could not read Username"},
		{"private, bad token", clone(withToken(w.Server, "x-access-token", "ghs_bad", "/acme/telemetry")), "Authentication failed"},
		{"private, token of another repository", clone(withToken(w.Server, "token", workflow, "/acme/telemetry")), "not found"},
		{"private, token without contents", clone(withToken(w.Server, "x-access-token", metadata, "/acme/telemetry")), "403"},
		{"private, reading token", clone(withToken(w.Server, "x-access-token", read, "/acme/telemetry.git")), ""},
		{"private, the other user name", clone(withToken(w.Server, "token", read, "/acme/telemetry")), ""},
		{"public, token of its repository", clone(withToken(w.Server, "x-access-token", workflow, "/acme/host")), ""},
		{"push, anonymous", push(w.URL + "/acme/host"), "could not read Username"},
		{"push, reading token", push(withToken(w.Server, "x-access-token", read, "/acme/telemetry")), "403"},
		{"push, reading token of a public repository", push(withToken(w.Server, "x-access-token", workflow, "/acme/host")), "403"},
		{"push, writing token", push(withToken(w.Server, "x-access-token", write, "/acme/telemetry")), ""},
	}
	work := t.TempDir()
	mustGit(t, work, "init", "-q")
	mustGit(t, work, "commit", "-q", "--allow-empty", "-m", "mine")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			output, err := git(t, work, tt.args...)
			if (err == nil) != (tt.want == "") || !strings.Contains(output, tt.want) {
				t.Errorf("%v: %s\nwant %q", err, output, tt.want)
			}
		})
	}
	if got, want := w.Ref("acme/telemetry", "refs/heads/pushed"), mustGit(t, work, "rev-parse", "HEAD"); got != want {
		t.Errorf("pushed %q, want %q", got, want)
	}
}

// A push above http.postBuffer comes in chunks, and what is pushed must be readable without git's packs.
func TestGit_LargePushIsReadableThroughTheAPI(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	secret := w.AddToken("deploy", "acme/telemetry", map[string]string{"contents": "write"})
	work := filepath.Join(t.TempDir(), "work")
	url := withToken(w.Server, "x-access-token", secret, "/acme/telemetry")
	mustGit(t, filepath.Dir(work), "clone", "-q", url, work)
	noise := bytes.Repeat([]byte(secret), 20_000)
	for i := range noise {
		noise[i] ^= byte(i * i >> 7) // so that it does not compress below the buffer
	}
	if err := os.WriteFile(filepath.Join(work, "big"), noise, 0o644); err != nil {
		t.Fatal(err)
	}
	mustGit(t, work, "add", "big")
	mustGit(t, work, "commit", "-q", "-m", "big")
	mustGit(t, work, "-c", "http.postBuffer=65536", "push", "-q", url, "HEAD:main")
	if data, ok := w.File("acme/telemetry", "main", "big"); !ok || !bytes.Equal(data, noise) {
		t.Errorf("big: %d bytes, %v", len(data), ok)
	}
	if got := (client{s: w.Server, secret: secret}).do(t, "PUT", "/repos/acme/telemetry/contents/after", put("m", "x")); got.status != 201 {
		t.Errorf("PUT after the push: %d %s", got.status, got.body)
	}
}
