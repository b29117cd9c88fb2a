package githubtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// The members that GitHub's OpenAPI description requires of these answers.
const (
	repositoryKeys = `archive_url assignees_url blobs_url branches_url collaborators_url comments_url commits_url compare_url contents_url
		contributors_url deployments_url description downloads_url events_url fork forks_url full_name git_commits_url git_refs_url git_tags_url
		hooks_url html_url id node_id issue_comment_url issue_events_url issues_url keys_url labels_url languages_url merges_url milestones_url
		name notifications_url owner private pulls_url releases_url stargazers_url statuses_url subscribers_url subscription_url tags_url
		teams_url trees_url url clone_url default_branch forks forks_count git_url has_issues has_projects has_wiki has_pages has_discussions
		homepage language archived disabled mirror_url open_issues open_issues_count license pushed_at size ssh_url stargazers_count svn_url
		watchers watchers_count created_at updated_at network_count subscribers_count visibility is_template topics permissions`
	installationKeys = `id app_id app_slug client_id target_id target_type single_file_name repository_selection access_tokens_url html_url
		repositories_url events account permissions created_at updated_at suspended_by suspended_at`
	fileKeys   = `_links content download_url encoding git_url html_url name path sha size type url`
	commitKeys = `url sha node_id html_url comments_url commit author committer parents`
)

func TestAnswers_HaveTheMembersGitHubRequires(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	token := minted(t, w.Server, w.engine, `{}`)
	tests := []struct {
		name, path, keys string
		as               client
	}{
		{"repository", "/repos/acme/host", repositoryKeys, token},
		{"installation", "/repos/acme/host/installation", installationKeys, asApp(t, w.Server, w.engine.App)},
		{"file", "/repos/acme/host/contents/README.md", fileKeys, token},
		{"commit", "/repos/acme/host/commits/main", commitKeys, token},
		{"ref", "/repos/acme/host/git/ref/heads/main", "ref node_id url object", token},
		{"limits", "/rate_limit", "rate resources", token},
		{"repositories", "/installation/repositories", "total_count repositories", token},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.as.do(t, "GET", tt.path, "")
			var body map[string]any
			if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != 200 {
				t.Fatalf("%d %s: %v", got.status, got.body, err)
			}
			for _, key := range strings.Fields(tt.keys) {
				if _, ok := body[key]; !ok {
					t.Errorf("no %q in %s", key, got.body)
				}
			}
		})
	}
}

func TestRepository_ShowsItsSettings(t *testing.T) {
	s := githubtest.New(t)
	s.AddRepository("acme/odd", githubtest.Repository{
		Private: true, Archived: true, Disabled: true, Fork: true, IsTemplate: true, Topics: []string{"x"}, DefaultBranch: "trunk",
	})
	got := client{s: s, secret: s.AddToken("w", "acme/odd", map[string]string{"contents": "write", "metadata": "read"})}.do(t, "GET", "/repos/ACME/Odd", "")
	for path, want := range map[string]any{
		"full_name": "acme/odd", "private": true, "visibility": "private", "archived": true, "disabled": true, "fork": true, "is_template": true,
		"topics": []any{"x"}, "default_branch": "trunk", "permissions.push": true, "permissions.admin": false, "owner.login": "acme",
	} {
		if have := got.member(t, path); !reflect.DeepEqual(have, want) {
			t.Errorf("%s = %v, want %v", path, have, want)
		}
	}
}

func TestRefsAndCommits(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	w.SetRef("acme/host", "refs/tags/v1.0.0", w.head)
	w.SetRef("acme/host", "refs/telemetry/spool/2026-03-01/a", w.head)
	w.SetRef("acme/host", "refs/telemetry/spool/2026-03-01/b", w.head)
	mustGit(t, w.GitDir("acme/host"), "tag", "-a", "-m", "annotated", "v2.0.0", w.head)
	w.AddRepository("acme/empty", githubtest.Repository{})
	c := client{s: w.Server}
	tests := []struct {
		path   string
		status int
		member string
		want   any
	}{
		{"/repos/acme/host/git/matching-refs/telemetry/spool/2026-03-01/", 200, "1.ref", "refs/telemetry/spool/2026-03-01/b"},
		{"/repos/acme/host/git/matching-refs/tags/v", 200, "1.object.type", "tag"},
		{"/repos/acme/host/git/ref/tags/v1.0.0", 200, "object.sha", w.head},
		{"/repos/acme/host/git/ref/tags/v1", 404, "message", "Not Found"},
		{"/repos/acme/host/git/ref/" + w.head, 404, "message", "Not Found"},
		{"/repos/acme/host/commits/main", 200, "sha", w.head},
		{"/repos/acme/host/commits/" + w.head, 200, "commit.message", "first"},
		{"/repos/acme/host/commits/tags/v2.0.0", 200, "sha", w.head},
		{"/repos/acme/host/commits/heads%2Fmain", 200, "commit.committer.date", "2026-01-01T00:01:00Z"},
		{"/repos/acme/host/commits/nope", 422, "message", "No commit found for SHA: nope"},
		{"/repos/acme/empty/commits/main", 409, "message", "Git Repository is empty."},
		{"/repos/acme/empty/git/matching-refs/heads/", 409, "message", "Git Repository is empty."},
		{"/repos/acme/empty/contents/", 404, "message", "This repository is empty."},
	}
	for _, tt := range tests {
		got := c.do(t, "GET", tt.path, "")
		if have := got.member(t, tt.member); got.status != tt.status || have != tt.want {
			t.Errorf("%s: %d %s = %v, want %d %v", tt.path, got.status, tt.member, have, tt.status, tt.want)
		}
	}
	if got := c.do(t, "GET", "/repos/acme/host/git/matching-refs/heads/none", ""); got.body != "[]" {
		t.Errorf("no match: %s", got.body)
	}
	sha := client{s: w.Server, accept: "application/vnd.github.sha"}.do(t, "GET", "/repos/acme/host/commits/v2.0.0", "")
	if sha.body != w.head {
		t.Errorf("sha of an annotated tag: %q, want %q", sha.body, w.head)
	}
}

func TestRequests_TellWhoAskedWhat(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	token := minted(t, w.Server, w.telemetry, `{"repositories":["telemetry"]}`)
	all := minted(t, w.Server, w.Install("Iv23engine", "other"), ``)
	workflow := client{s: w.Server, secret: w.AddToken("workflow", "acme/host", nil)}
	seen := len(w.Requests())
	token.do(t, "GET", "/repos/acme/telemetry/contents/README.md?ref=main", "")
	all.do(t, "GET", "/repos/acme/host", "")
	workflow.do(t, "GET", "/rate_limit", "")
	client{s: w.Server}.do(t, "GET", "/repos/acme/host/contents/a%20b", "")
	client{s: w.Server, secret: "bad"}.do(t, "PUT", "/repos/acme/host/contents/x", put("m", "x"))
	want := []githubtest.Request{
		{Method: "GET", Path: "/repos/acme/telemetry/contents/README.md", Query: "ref=main", Who: "installation acme-telemetry on acme/telemetry {contents:write,metadata:read}", Token: 1, Status: 200},
		{Method: "GET", Path: "/repos/acme/host", Who: "installation acme-bot on other/* {contents:read,issues:write,metadata:read}", Token: 2, Status: 200},
		{Method: "GET", Path: "/rate_limit", Who: "token workflow", Token: 3, Status: 200},
		{Method: "GET", Path: "/repos/acme/host/contents/a%20b", Who: "anonymous", Status: 404},
		{Method: "PUT", Path: "/repos/acme/host/contents/x", Who: "unknown", Body: put("m", "x"), Status: 401},
	}
	got := w.Requests()[seen:]
	for i := range got {
		if since := time.Since(got[i].At); since < 0 || since > time.Minute {
			t.Errorf("request %d was at %v", i, got[i].At)
		}
		got[i].At = time.Time{}
		want[i].Agent = "Go-http-client/1.1"
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := w.Requests()[0]; got.Who != "app acme-telemetry" || got.Token != 0 || got.Minted != 1 {
		t.Errorf("mint: %+v", got)
	}
}

func TestHeaders(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	c := client{s: w.Server}
	c.do(t, "GET", "/repos/acme/host", "")
	got := c.do(t, "GET", "/repos/acme/host", "")
	want := map[string]string{
		"X-GitHub-Request-Id": "57A4:D14:000002", "X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "58", "X-RateLimit-Used": "2",
		"X-RateLimit-Reset": fmt.Sprint(start.Add(time.Hour).Unix()), "X-RateLimit-Resource": "core", "Content-Type": "application/json; charset=utf-8",
	}
	for name, value := range want {
		if have := got.header.Get(name); have != value {
			t.Errorf("%s: %q, want %q", name, have, value)
		}
	}
}

func TestProblems(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	c := minted(t, w.Server, w.telemetry, ``)
	unknown := c.do(t, "GET", "/repos/acme/telemetry/issues", "")
	misspelt := c.do(t, "PUT", "/repos/acme/telemetry/contents/x", strings.Replace(put("m", "x"), "{", `{"brnch":"main",`, 1))
	broken := c.do(t, "PUT", "/repos/acme/telemetry/contents/y", "{")
	if unknown.status != 404 || unknown.message(t) != "Not Found" || misspelt.status != 201 || broken.status != 400 {
		t.Errorf("got %d, %d, %d", unknown.status, misspelt.status, broken.status)
	}
	want := []string{
		"no route for GET /repos/acme/telemetry/issues",
		`PUT /api/v3/repos/acme/telemetry/contents/x: request body: json: unknown field "brnch"`,
		"PUT /api/v3/repos/acme/telemetry/contents/y: request body: unexpected EOF",
		`PUT /repos/acme/telemetry/contents/x (201): request: property "brnch" is unsupported [openapi]`,
		"PUT /repos/acme/telemetry/contents/y (400): request: request body has an error: failed to decode request body: unexpected EOF [openapi]",
	}
	if got := w.TakeProblems(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// recorder is a test as New sees it.
type recorder struct {
	cleanups []func()
	errors   []string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Cleanup(f func())          { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(f string, a ...any) { r.errors = append(r.errors, fmt.Sprintf(f, a...)) }
func (r *recorder) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

func TestNew_FailsTheTestWithProblems(t *testing.T) {
	var tb recorder
	s := githubtest.New(&tb)
	client{s: s}.do(t, "GET", "/nowhere", "")
	for _, f := range tb.cleanups {
		f()
	}
	if want := []string{"githubtest: no route for GET /nowhere"}; !reflect.DeepEqual(tb.errors, want) {
		t.Errorf("got %q, want %q", tb.errors, want)
	}
	if _, err := http.Get(s.APIURL() + "/rate_limit"); err == nil {
		t.Error("it still listens after the test")
	}
	defer func() {
		if got, want := recover(), `githubtest: install: no App has the client id "nobody"`; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}()
	s.Install("nobody", "acme")
}

func TestIntercept(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	c := minted(t, w.Server, w.telemetry, ``)
	var next *githubtest.Response
	w.Intercept(func(r *http.Request) *githubtest.Response {
		if r.Method != "PUT" {
			return nil
		}
		return next
	})
	next = &githubtest.Response{Status: 502, Header: map[string]string{"Retry-After": "3"}, Body: `{"message":"Server Error"}`}
	if got := c.do(t, "PUT", "/repos/acme/telemetry/contents/a", put("m", "x")); got.status != 502 || got.header.Get("Retry-After") != "3" || got.message(t) != "Server Error" {
		t.Errorf("made up: %+v", got)
	}
	next = &githubtest.Response{Apply: true, HangUp: true}
	if got, err := c.try("PUT", "/repos/acme/telemetry/contents/b", put("m", "x")); err == nil {
		t.Errorf("hung up: got %+v", got)
	}
	next = nil
	if got := c.do(t, "PUT", "/repos/acme/telemetry/contents/b", put("m", "x")); got.status != 422 {
		t.Errorf("after a lost answer: %d, want 422 for it was carried out", got.status)
	}
	if _, there := w.File("acme/telemetry", "main", "a"); there {
		t.Error("a made-up answer must not carry the request out")
	}
}

func TestBasePath(t *testing.T) {
	s := githubtest.NewWith(t, githubtest.Config{BasePath: "/"})
	s.AddRepository("acme/host", githubtest.Repository{})
	if got := (client{s: s}).do(t, "GET", "/repos/acme/host", ""); s.APIURL() != s.URL || got.status != 200 {
		t.Errorf("%s: %d", s.APIURL(), got.status)
	}
}
