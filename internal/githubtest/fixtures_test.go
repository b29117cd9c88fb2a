package githubtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// recorded is an exchange of a scenario of @octokit/fixtures.
type recorded struct {
	Method, Path string
	Body         any
	Status       int
	Response     any
	ReqHeaders   map[string]any
	Headers      map[string]any
}

// scenes are the scenarios that have requests of ours, and the world each was recorded in.
var scenes = []struct {
	name string
	make func(s *githubtest.Server, repo string)
	// ours are the numbers of its exchanges that are requests of operations we have, from 1; before tells what happens before one.
	ours   []int
	before map[int]func(s *githubtest.Server, repo string)
}{
	{"create-file", committed, []int{1}, nil},
	{"get-content", committed, []int{1, 2}, nil},
	{"get-repository", committed, []int{1}, nil},
	{"errors", committed, []int{1}, nil},
	{"labels", labelled, []int{1, 2, 4}, nil}, // 3 reads and 5 deletes one label, which no client of ours does
	{"rename-repository", committed, []int{2, 3}, map[int]func(*githubtest.Server, string){ // 1, 4 and 5 change the repository itself
		2: func(s *githubtest.Server, repo string) { s.Rename(repo, "rename-repository-newname") },
	}},
	{"get-archive", committed, []int{1}, nil}, // 2 is another host
}

func committed(s *githubtest.Server, repo string) {
	s.Commit(repo, "main", "first", githubtest.File{Path: "README.md", Content: "# hello-world"})
}

func labelled(s *githubtest.Server, repo string) {
	s.AddLabel(repo, githubtest.Label{Name: "bug", Description: "Something isn't working", Color: "d73a4a"})
}

// differences are what the stand-in does otherwise on purpose, and why. One that is not found any more is an error.
var differences = map[string]string{
	"+ has_discussions":                 "added after the recording; the description requires it",
	"+ status":                          "added after the recording (jhu-bids/TermHub#935 shows it)",
	"+ commit.verification.verified_at": "added after the recording; the description requires it",
	"- header etag":                     "no client of ours asks conditionally",
	"- header last-modified":            "no client of ours asks conditionally",
	// recorded for an administrator; no public source says which Apps see how a repository is merged
	"- allow_auto_merge": "how it is merged", "- allow_merge_commit": "how it is merged", "- allow_rebase_merge": "how it is merged", "- allow_squash_merge": "how it is merged",
	"- allow_update_branch": "how it is merged", "- delete_branch_on_merge": "how it is merged", "- use_squash_pr_title_as_default": "how it is merged",
	"- header x-oauth-scopes":          "of personal tokens; ours are of Apps",
	"- header x-accepted-oauth-scopes": "of personal tokens; ours are of Apps",
}

// fixed are headers that GitHub adds to everything and that say nothing of the request.
var fixed = []string{
	"access-control-allow-origin", "access-control-expose-headers", "connection", "content-length", "content-security-policy", "date", "expires",
	"referrer-policy", "strict-transport-security", "x-content-type-options", "x-frame-options", "x-xss-protection", "x-github-api-version-selected",
}

func TestFixtures(t *testing.T) {
	found := map[string]bool{}
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			var all []recorded
			data, err := os.ReadFile(filepath.Join("testdata", "fixtures", scene.name+".json"))
			if err == nil {
				err = json.Unmarshal(data, &all)
			}
			if err != nil {
				t.Fatal(err)
			}
			s := githubtest.NewWith(t, githubtest.Config{BasePath: "/"})
			repo := strings.Join(strings.Split(all[0].Path, "/")[2:4], "/")
			s.AddRepository(repo, githubtest.Repository{})
			scene.make(s, repo)
			token := s.AddToken("mona", repo, map[string]string{"contents": "write", "issues": "write"})
			for _, n := range scene.ours {
				if change := scene.before[n]; change != nil {
					change(s, repo)
				}
				for _, difference := range replay(t, s, token, all[n-1]) {
					found[difference] = true
					if differences[difference] == "" {
						t.Errorf("%d %s %s: %s", n, all[n-1].Method, all[n-1].Path, difference)
					}
				}
			}
		})
	}
	for difference := range differences {
		if !found[difference] {
			t.Errorf("%q is no difference any more", difference)
		}
	}
}

// replay sends a recorded request and returns how the answer differs from the recorded one.
func replay(t *testing.T, s *githubtest.Server, token string, want recorded) []string {
	t.Helper()
	body := ""
	if text, isText := want.Body.(string); want.Body != nil && !(isText && text == "") {
		data, err := json.Marshal(want.Body)
		if err != nil {
			t.Fatal(err)
		}
		body = string(data)
	}
	path := strings.Replace(want.Path, "/repositories/1000", "/repositories/1001", 1)
	request, err := http.NewRequest(strings.ToUpper(want.Method), s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "token "+token)
	for _, name := range []string{"accept", "content-type"} {
		if value, ok := want.ReqHeaders[name].(string); ok {
			request.Header.Set(name, value)
		}
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var got any = string(data)
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
	}
	var all []string
	if response.StatusCode != want.Status {
		all = append(all, fmt.Sprintf("status %d, recorded %d", response.StatusCode, want.Status))
	}
	all = append(all, compareHeaders(s, response.Header, want.Headers)...)
	return append(all, compareShapes("", got, want.Response)...)
}

// compareHeaders holds the headers that say something of the request: that they are there, and what the stable ones say.
func compareHeaders(s *githubtest.Server, got http.Header, want map[string]any) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if slices.Contains(fixed, name) {
			continue
		}
		value := got.Get(name)
		if value == "" && fmt.Sprint(want[name]) != "" {
			all = append(all, "- header "+name)
			continue
		}
		recorded := fmt.Sprint(want[name])
		switch name {
		case "location":
			value = strings.NewReplacer(s.URL+"/_codeload", "https://codeload.github.com", s.URL, "https://api.github.com", "/repositories/1001", "/repositories/1000").Replace(value)
			value, _, _ = strings.Cut(value, "?token=")
		case "content-type", "cache-control", "x-github-media-type", "x-ratelimit-resource":
		default:
			continue
		}
		if value != recorded {
			all = append(all, fmt.Sprintf("header %s is %q, recorded %q", name, value, recorded))
		}
	}
	return all
}

// compareShapes compares members and types; null goes with everything, and of a list the first item is looked at.
func compareShapes(at string, got, want any) []string {
	if got == nil || want == nil {
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, recorded an object", at, got)}
		}
		var all []string
		for _, key := range slices.Sorted(maps.Keys(want)) {
			if _, ok := have[key]; !ok {
				all = append(all, "- "+strings.TrimPrefix(at+"."+key, "."))
				continue
			}
			all = append(all, compareShapes(at+"."+key, have[key], want[key])...)
		}
		for _, key := range slices.Sorted(maps.Keys(have)) {
			if _, ok := want[key]; !ok {
				all = append(all, "+ "+strings.TrimPrefix(at+"."+key, "."))
			}
		}
		return all
	case []any:
		have, ok := got.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, recorded a list", at, got)}
		}
		if len(have) > 0 && len(want) > 0 {
			return compareShapes(at+"[]", have[0], want[0])
		}
		return nil
	}
	if fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) {
		return []string{fmt.Sprintf("%s is %T, recorded %T", at, got, want)}
	}
	return nil
}
