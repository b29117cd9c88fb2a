package githubtest_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

const recordsWriter = `{"repositories":["telemetry"],"permissions":{"contents":"write"}}`

// hop is do, for an answer that redirects.
func (c client) hop(t *testing.T, method, path, body string) (status int, to string) {
	t.Helper()
	request, err := http.NewRequest(method, c.s.APIURL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if c.secret != "" {
		request.Header.Set("Authorization", "Bearer "+c.secret)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var said struct{ Message, URL string }
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	if to = response.Header.Get("Location"); to != said.URL {
		t.Errorf("Location %q, url %q", to, said.URL)
	}
	return response.StatusCode, strings.TrimPrefix(to, c.s.APIURL())
}

func TestRename_RedirectsWhoMaySee(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	c := minted(t, w.Server, w.telemetry, recordsWriter)
	w.Rename("acme/telemetry", "records")
	for _, tt := range []struct {
		method, path, body string
		status             int
		to                 string
	}{
		{"GET", "/repos/acme/telemetry", "", 301, "/repositories/1002"},
		{"GET", "/repos/acme/telemetry/contents/README.md?ref=main", "", 301, "/repositories/1002/contents/README.md?ref=main"},
		{"PUT", "/repos/acme/telemetry/contents/a/b%20c", put("m", "x"), 307, "/repositories/1002/contents/a/b%20c"},
		{"GET", "/repos/acme/records/contents/none", "", 404, ""},
	} {
		if status, to := c.hop(t, tt.method, tt.path, tt.body); status != tt.status || to != tt.to {
			t.Errorf("%s %s: got %d %s, want %d %s", tt.method, tt.path, status, to, tt.status, tt.to)
		}
	}
	if got := c.do(t, "PUT", "/repositories/1002/contents/a/b%20c", put("m", "x")); got.status != 201 {
		t.Errorf("by id: %d %s", got.status, got.body)
	}
	if status, _ := (client{s: w.Server}).hop(t, "GET", "/repos/acme/telemetry", ""); status != 404 {
		t.Errorf("who may not see it is told that it moved: %d", status)
	}
	if status, _ := asApp(t, w.Server, w.telemetry.App).hop(t, "GET", "/repos/acme/telemetry/installation", ""); status != 301 {
		t.Errorf("installation: %d", status)
	}
	if got := asApp(t, w.Server, w.telemetry.App).do(t, "POST", "/app/installations/502/access_tokens", recordsWriter); got.status != 422 {
		t.Errorf("a token by the old name: %d %s", got.status, got.body)
	}
	dir := t.TempDir()
	output, err := git(t, dir, "clone", strings.Replace(w.URL, "//", "//x:"+c.secret+"@", 1)+"/acme/telemetry", "copy")
	if err != nil || !strings.Contains(output, "redirecting to") {
		t.Errorf("clone: %v\n%s", err, output)
	}
	if head := mustGit(t, filepath.Join(dir, "copy"), "rev-parse", "HEAD"); head != w.Ref("acme/records", "refs/heads/main") {
		t.Errorf("cloned %s", head)
	}
}

func TestLag_ReadsAreStaleForAWhile(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	c := minted(t, w.Server, w.telemetry, recordsWriter)
	w.Lag("acme/telemetry", 2)
	before := w.Ref("acme/telemetry", "refs/heads/main")
	status := func(path string) int { return c.do(t, "GET", "/repos/acme/telemetry/"+path, "").status }
	if got := status("contents/x"); got != 404 {
		t.Fatalf("before: %d", got)
	}
	c.do(t, "PUT", "/repos/acme/telemetry/contents/x", put("m", "x"))
	if got := c.do(t, "GET", "/repos/acme/telemetry/git/ref/heads/main", "").member(t, "object.sha"); got != before {
		t.Errorf("first read: %s, want %s", got, before)
	}
	if got := c.do(t, "PUT", "/repos/acme/telemetry/contents/x", put("m", "x")); got.status != 422 {
		t.Errorf("a write sees the write before it: %d", got.status)
	}
	if got := []int{status("contents/x"), status("contents/x")}; got[0] != 404 || got[1] != 200 {
		t.Errorf("second and third read: %d", got)
	}
	url := strings.Replace(w.URL, "//", "//x:"+c.secret+"@", 1) + "/acme/telemetry"
	dir := t.TempDir()
	mustGit(t, dir, "clone", "-q", url, "copy")
	mustGit(t, filepath.Join(dir, "copy"), "push", "-q", "origin", "HEAD:refs/heads/new")
	if got := []int{status("git/ref/heads/new"), status("git/ref/heads/new"), status("git/ref/heads/new")}; got[0] != 404 || got[1] != 404 || got[2] != 200 {
		t.Errorf("after a push: %d", got)
	}
}

func TestRuleset_RefusesWhoMayNotBypass(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	c := minted(t, w.Server, w.telemetry, recordsWriter)
	url := strings.Replace(w.URL, "//", "//x:"+c.secret+"@", 1) + "/acme/telemetry"
	dir := t.TempDir()
	mustGit(t, dir, "clone", "-q", url, "copy")
	copied := filepath.Join(dir, "copy")
	mustGit(t, copied, "commit", "-q", "--allow-empty", "-m", "more")
	rules := githubtest.Ruleset{Ref: "refs/heads/main", Says: "Changes must be made through a pull request."}
	w.AddRuleset("acme/telemetry", rules)
	w.AddRuleset("acme/telemetry", githubtest.Ruleset{Ref: "refs/tags/", Says: "Cannot create ref due to creations being restricted."})
	got := c.do(t, "PUT", "/repos/acme/telemetry/contents/x", put("m", "x"))
	if want := "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"; got.status != 409 || got.message(t) != want {
		t.Errorf("got %d %s", got.status, got.body)
	}
	for ref, refused := range map[string]bool{"refs/heads/main": true, "refs/tags/v1": true, "refs/heads/mainly": false, "refs/telemetry/x": false} {
		output, err := git(t, copied, "push", "origin", "HEAD:"+ref)
		if (err != nil) != refused || strings.Contains(output, "GH013: Repository rule violations found for "+ref) != refused {
			t.Errorf("push to %s: %v\n%s", ref, err, output)
		}
	}
	rules.Bypass = []string{"acme-telemetry"}
	w.SetRulesets("acme/telemetry", rules)
	if got := c.do(t, "PUT", "/repos/acme/telemetry/contents/x", put("m", "x")); got.status != 201 {
		t.Errorf("bypass: %d %s", got.status, got.body)
	}
}
