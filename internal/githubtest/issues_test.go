package githubtest_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// planned is a private repository with labels, milestones and an issue, and a client that may write them.
func planned(t *testing.T) (*githubtest.Server, client) {
	t.Helper()
	s := githubtest.New(t)
	s.AddRepository("acme/w", githubtest.Repository{Private: true})
	s.AddLabel("acme/w", githubtest.Label{Name: "bug", Description: "Broken", Color: "d73a4a"})
	s.AddMilestone("acme/w", "M1")
	s.AddIssue("acme/w", githubtest.Issue{Number: 7, Labels: []string{"bug", "new"}})
	return s, client{s: s, secret: s.AddToken("w", "acme/w", map[string]string{"issues": "write"})}
}

func TestIssues_Answers(t *testing.T) {
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		has                      string // of the answer
	}{
		{"labels", "GET", "/labels", "", 200, "[bug new]"},
		{"second page", "GET", "/labels?per_page=1&page=2", "", 200, "[new]"},
		{"beyond", "GET", "/labels?page=9", "", 200, "[]"},
		{"create label", "POST", "/labels", `{"name":"x","color":"ffffff"}`, 201, `"name":"x"`},
		{"label exists", "POST", "/labels", `{"name":"BUG","color":"ffffff"}`, 422, `"code":"already_exists"`},
		{"update label", "PATCH", "/labels/Bug", `{"color":"ffffff"}`, 200, `"color":"ffffff","default":false,"description":"Broken"`},
		{"update no label", "PATCH", "/labels/x", `{}`, 404, `"Not Found"`},
		{"milestones", "GET", "/milestones?state=all", "", 200, `"title":"M1"`},
		{"create milestone", "POST", "/milestones", `{"title":"M2"}`, 201, `"number":2`},
		{"milestone exists", "POST", "/milestones", `{"title":"M1"}`, 422, `"code":"already_exists"`},
		{"issue", "GET", "/issues/7", "", 200, `"milestone":null`},
		{"no issue", "GET", "/issues/8", "", 404, `"Not Found"`},
		{"set milestone", "PATCH", "/issues/7", `{"milestone":1}`, 200, `"title":"M1"`},
		{"no such milestone", "PATCH", "/issues/7", `{"milestone":2}`, 422, `"field":"milestone"`},
		{"remove label", "DELETE", "/issues/7/labels/NEW", "", 200, "[bug]"},
		{"remove no label", "DELETE", "/issues/7/labels/x", "", 404, `"Label does not exist"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, c := planned(t)
			got := c.do(t, tt.method, "/repos/acme/w"+tt.path, tt.body)
			text := got.body
			if strings.Contains(tt.path, "labels") && got.status == 200 && tt.method != "PATCH" {
				text = names(t, got.body)
			}
			if got.status != tt.status || !strings.Contains(text, tt.has) {
				t.Errorf("got %d %s, want %d with %s", got.status, got.body, tt.status, tt.has)
			}
		})
	}
}

// names are those of a list of labels.
func names(t *testing.T, list string) string {
	t.Helper()
	var labels []githubtest.Label
	if err := json.Unmarshal([]byte(list), &labels); err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, l := range labels {
		names = append(names, l.Name)
	}
	return fmt.Sprint(names)
}

func TestIssues_KeepWhatWasWritten(t *testing.T) {
	s, c := planned(t)
	c.do(t, "POST", "/repos/acme/w/milestones", `{"title":"M2"}`)
	c.do(t, "PATCH", "/repos/acme/w/issues/7", `{"milestone":2}`)
	c.do(t, "DELETE", "/repos/acme/w/issues/7/labels/new", "")
	if got, want := s.Milestones("acme/w"), []string{"M1", "M2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("milestones %q, want %q", got, want)
	}
	if got, ok := s.Issue("acme/w", 7); !ok || !reflect.DeepEqual(got, githubtest.Issue{Number: 7, Labels: []string{"bug"}, Milestone: "M2"}) {
		t.Errorf("issue %+v", got)
	}
}

func TestIssues_NeedTheirPermission(t *testing.T) {
	s, _ := planned(t)
	c := client{s: s, secret: s.AddToken("r", "acme/w", map[string]string{"issues": "read", "contents": "write"})}
	for _, tt := range []struct{ method, path, body string }{
		{"POST", "/labels", `{"name":"x"}`}, {"POST", "/milestones", `{"title":"x"}`}, {"PATCH", "/issues/7", "{}"}, {"DELETE", "/issues/7/labels/bug", ""},
	} {
		if got := c.do(t, tt.method, "/repos/acme/w"+tt.path, tt.body); got.status != 403 {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, got.status, got.body)
		}
	}
}

func TestTarball(t *testing.T) {
	s, c := planned(t)
	reader := client{s: s, secret: s.AddToken("contents", "acme/w", map[string]string{"contents": "read"})}
	if got := reader.do(t, "GET", "/repos/acme/w/tarball", ""); got.status != 404 {
		t.Errorf("an empty repository: %d %s", got.status, got.body)
	}
	commit := s.Commit("acme/w", "main", "first", githubtest.Files(map[string]string{"README.md": "a\n", "docs/x": "b"})...)
	got := reader.do(t, "GET", "/repos/acme/w/tarball", "") // follows the redirect
	if got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	zipped, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(zipped); ; {
		header, err := r.Next()
		if err == io.EOF {
			break
		}
		var data bytes.Buffer
		if err == nil {
			_, err = data.ReadFrom(r)
		}
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = data.String()
	}
	folder := "acme-w-" + commit[:7] + "/"
	if want := map[string]string{folder + "README.md": "a\n", folder + "docs/x": "b"}; !reflect.DeepEqual(files, want) {
		t.Errorf("got %q, want %q", files, want)
	}
	if got := c.do(t, "GET", "/repos/acme/w/tarball", ""); got.status != 403 {
		t.Errorf("without contents: %d", got.status)
	}
	response, err := http.Get(s.URL + "/_codeload/acme/w/legacy.tar.gz/refs/heads/main?token=guessed")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 404 {
		t.Errorf("a guessed download: %d", response.StatusCode)
	}
}
