package e2e_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/webhooks"
)

// realPayload returns the first payload of GitHub's own examples for the event and the action, "" where it has none, as
// if it had happened in the host.
func realPayload(t testing.TB, event, action string) map[string]any {
	t.Helper()
	examples, err := webhooks.Examples()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		var payload map[string]any
		if err := json.Unmarshal(e.Payload, &payload); err != nil {
			t.Fatal(err)
		}
		if got, _ := payload["action"].(string); e.Event != event || got != action {
			continue
		}
		repository, _ := payload["repository"].(map[string]any)
		maps.Copy(repository, map[string]any{"full_name": hostRepo, "name": "host", "default_branch": "main", "owner": map[string]any{"login": "acme"}})
		return payload
	}
	t.Fatalf("there is no example of %s %s", event, action)
	return nil
}

// TestEveryRoute: each route of the example is started by what GitHub sends for its event, and runs its engines and no others.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	by := func(with map[string]any) func(map[string]any) {
		return func(payload map[string]any) { maps.Copy(payload, with) }
	}
	byHand := func(route string) func(map[string]any) {
		return by(map[string]any{"ref": "refs/heads/main", "inputs": map[string]any{"route": route, "correlation_id": "", "mode": ""}})
	}
	for _, c := range []struct {
		route, event, action string
		change               func(map[string]any)
		engines              []string
	}{
		{"config-push", "push", "", by(map[string]any{"ref": "refs/heads/main"}), []string{"validate"}},
		{"issue-labelled", "issues", "labeled", by(nil), []string{"enforce"}},
		{"nightly", "schedule", "", nil, []string{"validate"}},
		{"self-test", "workflow_dispatch", "", byHand("self-test"), []string{"self-test", "dashboard"}},
		{"validate", "workflow_dispatch", "", byHand("validate"), []string{"validate"}},
		{"materialize", "workflow_dispatch", "", byHand("materialize"), []string{"materialize"}},
	} {
		t.Run(c.route, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, example, map[string]string{".github/task-assistant.yml": orderly}).install()
			payload := map[string]any{"schedule": "0 3 * * *"} // GitHub sends no webhook for it
			if c.change != nil {
				payload = realPayload(t, c.event, c.action)
				c.change(payload)
			}
			if issue, ok := payload["issue"].(map[string]any); ok {
				w.github.AddIssue(w.host, githubtest.Issue{Number: int(issue["number"].(float64)), Labels: []string{"phase-1"}})
				w.github.AddMilestone(w.host, "M1")
			}
			r := w.run(c.event, payload, nil)
			w.jobs(r, exampleJobs(c.engines...))
			w.saysWhy(r.Step("dispatch/verdict", "Judge the run").Summary, "Route "+c.route+",")
			records := w.records()
			want := append([]string{"preflight"}, c.engines...)
			slices.Sort(want)
			if got := slices.Sorted(maps.Keys(records)); !slices.Equal(got, want) {
				t.Errorf("records of %q, want %q", got, want)
			}
			for name, record := range records {
				if !record.OK {
					t.Errorf("%s: %s", name, record.reason())
				}
			}
		})
	}
}
