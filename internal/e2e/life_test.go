package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// TestNoJobStarts: events that the stub keeps out, among them what the platform's own Apps did: an engine that writes
// must not feed itself.
func TestNoJobStarts(t *testing.T) {
	t.Parallel()
	repository := func(with map[string]any) map[string]any {
		r := map[string]any{"full_name": hostRepo, "name": "host", "default_branch": "main", "fork": false, "is_template": false, "owner": map[string]any{"login": "acme"}}
		maps.Copy(r, with)
		return r
	}
	labelled := func(with map[string]any) map[string]any {
		p := map[string]any{"action": "labeled", "issue": map[string]any{"number": 7}}
		maps.Copy(p, with)
		return p
	}
	for _, c := range []struct {
		name, event string
		payload     map[string]any
	}{
		{"what enforce wrote itself", "issues", labelled(map[string]any{"sender": map[string]any{"login": "acme-task-assistant[bot]"}})},
		{"what the telemetry App did", "issues", labelled(map[string]any{"sender": map[string]any{"login": "acme-telemetry[bot]"}})},
		{"a fork", "issues", labelled(map[string]any{"repository": repository(map[string]any{"fork": true})})},
		{"a template", "workflow_dispatch", map[string]any{"inputs": map[string]any{"route": "validate"}, "repository": repository(map[string]any{"is_template": true})}},
		{"a push to another branch", "push", map[string]any{"ref": "refs/heads/topic", "repository": repository(map[string]any{"default_branch": "trunk"})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, example, map[string]string{".github/task-assistant.yml": orderly}).install()
			r := w.run(c.event, c.payload, nil)
			w.jobs(r, map[string]string{"dispatch": "skipped"})
			if r.Code != 0 || len(w.api()) != 0 {
				t.Errorf("exit code %d, requests %q", r.Code, w.api())
			}
		})
	}
}

// TestRunAgain: all jobs are run again. The second attempt has an id and records of its own; the first ones stay.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}).install()
	w.jobs(w.run("push", push(), nil), allJobs())
	before := w.git("ls-tree", "-r", "main", "telemetry")
	w.attempt = 2
	w.jobs(w.run("push", push(), nil), allJobs())
	after := w.git("ls-tree", "-r", "main", "telemetry")
	for line := range strings.Lines(before) {
		if !strings.Contains(after, strings.TrimSpace(line)) {
			t.Errorf("a record of the first attempt is gone or changed: %s", line)
		}
	}
	if n := strings.Count(after, "/1000-2/"); n != 2 || strings.Count(after, "/1000-1/") != 2 {
		t.Errorf("records:\n%s", after)
	}
	if got := w.records()["validate"]; got.CorrelationID != "1000-2" || got.Source.RunAttempt != 2 {
		t.Errorf("validate: %+v", got)
	}
}

// TestCalledAgain: somebody starts a second run under a correlation id that has its records. Preflight refuses it.
func TestCalledAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}).install()
	twice := dispatch(map[string]any{"route": "validate", "correlation_id": "deploy-7"})
	w.jobs(w.run("workflow_dispatch", twice, nil), allJobs())
	before := w.git("rev-parse", "main")
	w.runID = 1001
	r := w.run("workflow_dispatch", twice, nil)
	if r.Code == 0 || r.Jobs["dispatch/engine-validate"] != "skipped" || r.Jobs["dispatch/preflight/check"] != "failure" {
		t.Errorf("jobs:\n%s", lines(r.Jobs))
	}
	w.saysWhy(r.Step("dispatch/preflight/check", "check").Log, "the correlation id deploy-7 belongs to run 1000")
	if after := w.git("rev-parse", "main"); after != before {
		t.Error("the second run changed telemetry")
	}
}

// TestEmitIsKilled: emit of an engine is killed as it writes, before GitHub took the record or after. Where the record is
// missing the verdict says so; where it arrived, no second one is made of it.
func TestEmitIsKilled(t *testing.T) {
	t.Parallel()
	for _, applied := range []bool{false, true} {
		t.Run(fmt.Sprintf("applied %t", applied), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}).install()
			w.github.Intercept(func(r *http.Request) *githubtest.Response {
				if r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, "/validate.json") {
					return nil
				}
				if n := w.kill("emit"); n != 1 {
					t.Errorf("%d processes were killed, want emit alone", n)
				}
				return &githubtest.Response{HangUp: true, Apply: applied}
			})
			r := w.run("push", push(), nil)
			want := allJobs()
			for _, job := range []string{"dispatch", "dispatch/engine-validate", "dispatch/engine-validate/emit", "dispatch/verdict"} {
				want[job] = "failure"
			}
			w.jobs(r, want)
			_, stored := w.records()["validate"]
			if stored != applied {
				t.Errorf("the record is there: %t", stored)
			}
			summary := r.Step("dispatch/verdict", "Judge the run").Summary
			w.saysWhy(summary, "- validate ended as failure")
			if missing := strings.Contains(summary, "- validate has no record"); missing == applied {
				t.Errorf("the summary:\n%s", summary)
			}
		})
	}
}

// TestCancelled: somebody cancels a run. An engine that is at work is stopped and has its record, one that had not begun
// does not start, and the verdict is given.
func TestCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "testdata/specs/results", nil).install()
	w.cancelAt = "waiting for the end"
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "wait"}), nil)
	if r.Code == 0 || r.Jobs["dispatch/engine-wait/engine"] != "cancelled" || r.Jobs["dispatch/engine-wait/emit"] != "success" || r.Jobs["dispatch/verdict"] != "failure" {
		t.Errorf("jobs:\n%s", lines(r.Jobs))
	}
	if got := r.Jobs["dispatch/engine-later/engine"]; got != "skipped" {
		t.Errorf("an engine that had not begun ended as %q", got)
	}
	records := w.records()
	for name, want := range map[string]string{"preflight": "", "wait": "cancelled: the engine's job was cancelled", "later": "cancelled: the run was cancelled before the engine started"} {
		if got := records[name]; got.OK != (want == "") || got.reason() != want {
			t.Errorf("%s: ok %v, reason %q, want %q", name, got.OK, got.reason(), want)
		}
	}
	if got := records["wait"].Details.Summary; got != "half done" {
		t.Errorf("what the engine had to say before it was stopped: %q", got)
	}
}

// kill ends the runner's processes of this world that do verb, as a machine that is lost does.
func (w *world) kill(verb string) int {
	w.t.Helper()
	killed := 0
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, dir := range processes {
		command, _ := os.ReadFile(filepath.Join(dir, "cmdline")) // a process may end at any time
		env, _ := os.ReadFile(filepath.Join(dir, "environ"))
		words := strings.Split(string(command), "\x00")
		if len(words) < 2 || filepath.Base(words[0]) != "task-assistant-runner" || words[1] != verb || !slices.Contains(strings.Split(string(env), "\x00"), "GITHUB_API_URL="+w.github.APIURL()) {
			continue
		}
		var pid int
		if _, err := fmt.Sscan(filepath.Base(dir), &pid); err != nil {
			w.t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			w.t.Fatal(err)
		}
		killed++
	}
	return killed
}

// TestHostileNames: names of the default branch, of labels and of people reach nothing but data.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	const name = "x';touch${IFS}pwned;'$(touch${IFS}pwned)`touch${IFS}pwned`"
	w := newWorld(t, "testdata/specs/hostile", nil).install()
	r := w.run("issues", map[string]any{
		"action": "labeled",
		"label":  map[string]any{"name": name + "\n::error::forged\n${{ secrets.API_TOKEN }}"},
		"issue":  map[string]any{"number": 7, "title": name, "user": map[string]any{"login": name}},
		"sender": map[string]any{"login": name},
		"repository": map[string]any{
			"full_name": hostRepo, "name": "host", "default_branch": name, "fork": false, "is_template": false, "owner": map[string]any{"login": "acme"}, "description": name,
		},
	}, nil)
	if r.Code != 0 {
		t.Error("the run is red")
	}
	if records := w.records(); len(records) != 2 || !records["after"].OK {
		t.Errorf("records: %+v", records)
	}
	if forged := regexp.MustCompile(`(?m)^.*(::error::forged|pwned: not found).*$`).FindString(r.Log); forged != "" {
		t.Errorf("the log says %q", forged)
	}
}
