package e2e_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// orderly is a configuration for all engines of the example.
const orderly = `schema_version: "1.0"
tracks: [{id: core, label: track/core, description: The core}]
labels:
  - {name: phase-1, description: One, color: 0e8a16}
  - {name: phase-2, description: Two, color: 1d76db}
milestones: [{title: M1}, {title: M2}]
enforcement:
  exclusivity: {phase: {mode: enforce}}
  phase_milestones: {phase-1: M1, phase-2: M2}
`

// written returns the requests that changed the host, with whose token.
func (w *world) written() []string {
	var out []string
	for _, r := range w.github.Requests() {
		onHost := strings.HasPrefix(r.Path, "/repos/"+w.host+"/")
		if onHost && !r.Git && r.Method != "GET" && r.Status < 300 {
			out = append(out, r.Method+" "+r.Path+" "+r.Who)
		}
	}
	return out
}

// TestEnforce: a label is set, so the issue ends with one phase and its milestone, written by the engine's own token.
func TestEnforce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": orderly}).install()
	for _, title := range []string{"M1", "M2"} {
		w.github.AddMilestone(w.host, title)
	}
	w.github.AddIssue(w.host, githubtest.Issue{Number: 7, Title: "hostile \"; $(id) ${{ github.token }}", Labels: []string{"bug", "phase-1", "phase-2"}})
	r := w.run("issues", map[string]any{"action": "labeled", "issue": map[string]any{"number": 7, "title": "hostile \"; $(id) ${{ github.token }}"}, "label": map[string]any{"name": "phase-2"}}, nil)
	if r.Code != 0 {
		t.Errorf("the run is red")
	}
	w.jobs(r, exampleJobs("enforce"))
	want := githubtest.Issue{Number: 7, Title: "hostile \"; $(id) ${{ github.token }}", Labels: []string{"bug", "phase-2"}, Milestone: "M2"}
	if got, _ := w.github.Issue(w.host, 7); !reflect.DeepEqual(got, want) {
		t.Errorf("the issue is %+v, want %+v", got, want)
	}
	who := " installation acme-task-assistant on acme/host {contents:read,issues:write,metadata:read}"
	if got, want := w.written(), []string{"DELETE /repos/acme/host/issues/7/labels/phase-1" + who, "PATCH /repos/acme/host/issues/7" + who}; !slices.Equal(got, want) {
		t.Errorf("written: %q, want %q", got, want)
	}
	if got := w.records()["enforce"]; !got.OK || got.Details.Summary != "changes to issue 7: 2" {
		t.Errorf("record: %+v", got)
	}
}

// TestMaterialize: a dry run by default, then apply, then nothing more to do.
func TestMaterialize(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": orderly}).install()
	for i, c := range []struct {
		mode, summary string
		labels        int
	}{
		{"", "5 of 5 labels and milestones would be created or corrected", 0},
		{"apply", "5 of 5 labels and milestones were created or corrected", 3},
		{"apply", "all 5 labels and milestones are as declared", 3},
	} {
		inputs := map[string]any{"route": "materialize", "correlation_id": []string{"one", "two", "three"}[i]}
		if c.mode != "" {
			inputs["mode"] = c.mode
		}
		r := w.run("workflow_dispatch", dispatch(inputs), nil)
		if r.Code != 0 {
			t.Errorf("%q: the run is red", c.mode)
		}
		w.jobs(r, exampleJobs("materialize"))
		if got := w.github.Labels(w.host); len(got) != c.labels {
			t.Errorf("%q: labels %+v", c.mode, got)
		}
		if got := w.records()["materialize"]; !got.OK || got.Details.Summary != c.summary {
			t.Errorf("%q: record %+v", c.mode, got)
		}
	}
	if got := len(w.written()); got != 5 {
		t.Errorf("%d writes in three runs, want 5: %q", got, w.written())
	}
}

// TestSelfTest: what the others would say, then the figures of what was recorded so far, and no write.
func TestSelfTest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": orderly}).install()
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "self-test"}), nil)
	if r.Code != 0 {
		t.Errorf("the run is red")
	}
	w.jobs(r, exampleJobs("self-test", "dashboard"))
	records := w.records()
	if got := records["self-test"]; !got.OK || got.Details.Summary != "the configuration is valid; 5 of 5 labels and milestones differ from it" || len(w.written()) != 0 {
		t.Errorf("record %+v, writes %q", got, w.written())
	}
	day := time.Now().UTC().Format(time.DateOnly)
	if got, want := records["dashboard"], "records: 2, runs: 1, from "+day+" to "+day+", 100.0 % ok"; !got.OK || got.Details.Summary != want {
		t.Errorf("record %+v, want %q", got, want)
	}
	for _, request := range w.github.Requests() {
		if request.Path == "/repos/"+telemetryRepo+"/tarball" && request.Who != "installation acme-telemetry on "+telemetryRepo+" {contents:read,metadata:read}" {
			t.Errorf("the telemetry was read by %s", request.Who)
		}
	}
}
