package local

import (
	"reflect"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/act"
	"github.com/task-assistant/tasc/internal/githubtest"
)

// TestOwners: two engines side by side, one of them a matrix, and requests that say more or less of who made them.
func TestOwners(t *testing.T) {
	second := func(n int) time.Time { return time.Unix(int64(n), 0) }
	jobs := []struct {
		path       string
		start, end int
		steps      bool
	}{
		{"dispatch", 0, 90, false},
		{"dispatch/plan", 0, 10, true},
		{"dispatch/engine-a", 10, 50, false},
		{"dispatch/engine-a/authorize", 10, 20, true},
		{"dispatch/engine-a/engine", 20, 40, true},
		{"dispatch/engine-b", 10, 60, false},
		{"dispatch/engine-b/authorize", 10, 20, true},
		{"dispatch/engine-b/engine (x)", 20, 40, true},
		{"dispatch/engine-b/engine (y)", 30, 50, true},
	}
	o := &owners{stub: "dispatch", result: act.Result{Spans: map[string]act.Span{}}, mintedBy: map[int]string{
		1: "dispatch/engine-a/authorize", 2: "dispatch/engine-b/authorize", 3: "dispatch/preflight/check",
	}}
	for _, j := range jobs {
		o.paths = append(o.paths, j.path)
		o.result.Spans[j.path] = act.Span{Start: second(j.start), End: second(j.end)}
		if j.steps {
			o.result.Steps = append(o.result.Steps, act.Step{Job: j.path})
		}
	}
	tests := []struct {
		name  string
		agent string
		token int
		at    int
		want  string
	}{
		{"the runner names its verb and the engine", "task-assistant-runner (authorize; b)", 0, 15, "dispatch/engine-b/authorize"},
		{"preflight checks", "task-assistant-runner (preflight)", 0, 15, "dispatch/preflight/check"},
		{"preflight's record", "task-assistant-runner (emit; preflight)", 3, 15, "dispatch/preflight/emit"},
		{"the verdict", "task-assistant-runner (verdict)", 0, 80, "dispatch/verdict"},
		{"a verb among the engine's steps", "task-assistant-runner (revoke; a)", 1, 39, "dispatch/engine-a/engine"},
		{"an engine's token", "curl/8.5.0", 1, 25, "dispatch/engine-a/engine"},
		{"that of a matrix, while one leg runs", "curl/8.5.0", 2, 25, "dispatch/engine-b/engine (x)"},
		{"that of a matrix, while two do", "curl/8.5.0", 2, 35, "dispatch/engine-b/engine"},
		{"who says so and is not", "task-assistant-runner (emit; a) ", 0, 5, "dispatch/plan"},
		{"nobody's, while one job runs", "git/2.39", 0, 5, "dispatch/plan"},
		{"nobody's, while several do", "git/2.39", 0, 25, ""},
		{"nobody's, when nothing runs", "git/2.39", 0, 95, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := o.of(githubtest.Request{Agent: test.agent, Token: test.token, At: second(test.at)}); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	o.requests = []githubtest.Request{
		{Git: true, Path: "/acme/p.git/info/refs", Query: "service=git-upload-pack", Who: "token GITHUB_TOKEN", Status: 200},
		{Git: true, Path: "/acme/p.git/git-upload-pack", Who: "token GITHUB_TOKEN", Status: 200},
		{Git: true, Path: "/acme/p/info/refs", Query: "service=git-upload-pack", Who: "token GITHUB_TOKEN", Status: 200},
		{Git: true, Path: "/acme/p/info/refs", Query: "service=git-upload-pack", Who: "anonymous", Status: 401},
		{Git: true, Path: "/acme/t/info/refs", Query: "service=git-receive-pack", Token: 3, Status: 200},
	}
	o.ids = map[int]int{3: 1}
	want := []Git{{Repository: "acme/p", As: "GITHUB_TOKEN", Fetches: 2}, {Repository: "acme/t", As: "token 1", Pushes: 1}}
	if got := o.git(); !reflect.DeepEqual(got, want) {
		t.Errorf("git: %+v, want %+v", got, want)
	}
}
