package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/engines/internal/result"
	"github.com/task-assistant/tasc/engines/internal/target"
	"github.com/task-assistant/tasc/engines/standin"
)

const declared = `schema_version: "1.0"
enforcement:
  exclusivity: {phase: {mode: enforce}}
  phase_milestones: {phase-2: M2}
`

func repository(t *testing.T, labels ...string) *standin.Repository {
	t.Helper()
	repo := &standin.Repository{Config: declared, Milestones: []target.Milestone{{Number: 1, Title: "M1"}, {Number: 2, Title: "M2"}}, Issue: &target.Issue{}}
	for _, l := range labels {
		repo.Issue.Labels = append(repo.Issue.Labels, target.Label{Name: l})
	}
	repo.Start(t)
	return repo
}

var env = map[string]string{"ISSUE_NUMBER": "7"}

func TestEnforce(t *testing.T) {
	repo := repository(t, "bug", "phase-1", "Phase-1.5", "phase-2")
	got := repo.Run(t, "enforce", enforce, env)
	want := []result.Action{
		{ID: "issue.label.remove", Details: `issue 7: label "phase-1"`},
		{ID: "issue.label.remove", Details: `issue 7: label "Phase-1.5"`},
		{ID: "issue.milestone.set", Details: `issue 7: milestone "M2"`},
	}
	if got.Err != nil || !slices.Equal(got.Details.Actions, want) || got.Details.Summary != "changes to issue 7: 3" {
		t.Errorf("err %v, details %+v", got.Err, got.Details)
	}
	if labels := repo.Issue.Labels; len(labels) != 2 || labels[0].Name != "bug" || labels[1].Name != "phase-2" || repo.Issue.Milestone.Title != "M2" {
		t.Errorf("the issue became %+v", repo.Issue)
	}
	writes := len(repo.Writes())
	again := repo.Run(t, "enforce", enforce, env)
	if again.Err != nil || len(again.Details.Actions) != 0 || len(repo.Writes()) != writes {
		t.Errorf("again: err %v, details %+v, writes %q", again.Err, again.Details, repo.Writes()[writes:])
	}
}

// TestLastStateCounts: what people did between the first look and the second is what is acted upon.
func TestLastStateCounts(t *testing.T) {
	repo := repository(t, "phase-1", "phase-2")
	reads := 0
	repo.Before = func(method, path string) int {
		if method == "GET" && strings.HasPrefix(path, "/issues/") {
			if reads++; reads == 2 {
				repo.Issue.Labels = []target.Label{{Name: "phase-1"}}
			}
		}
		return 0
	}
	got := repo.Run(t, "enforce", enforce, env)
	if got.Err != nil || len(repo.Writes()) != 0 || reads != 2 {
		t.Errorf("err %v, writes %q, %d reads", got.Err, repo.Writes(), reads)
	}
}

// TestLabelGone: that somebody else has removed the label is what was wanted.
func TestLabelGone(t *testing.T) {
	repo := repository(t, "phase-1", "phase-2")
	repo.Issue.Milestone = &repo.Milestones[1]
	repo.Before = func(method, path string) int {
		if method == "DELETE" {
			return 404
		}
		return 0
	}
	if got := repo.Run(t, "enforce", enforce, env); got.Err != nil || len(repo.Writes()) != 1 {
		t.Errorf("err %v, writes %q", got.Err, repo.Writes())
	}
}

func TestNothingIsDone(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*standin.Repository)
		number  string
		failed  bool
		summary string
		check   result.Check // the last
	}{
		"no configuration": {func(r *standin.Repository) { r.Config = "" }, "7", false, ".github/task-assistant.yml is missing",
			result.Check{ID: "config", Outcome: result.Warn, Details: ".github/task-assistant.yml is not on the default branch; add it to have this repository managed"}},
		"invalid": {func(r *standin.Repository) { r.Config = "schema_version: 1\n" }, "7", true, ".github/task-assistant.yml has 1 problem",
			result.Check{ID: "config", Outcome: result.Fail, Details: `.github/task-assistant.yml:1:17: schema_version is the number 1; expected a text in quotes, such as "1.0"`}},
		"nothing declared": {func(r *standin.Repository) { r.Config = "schema_version: \"1\"\n" }, "7", false, "changes to issue 7: 0",
			result.Check{ID: "config", Outcome: result.Pass, Details: ".github/task-assistant.yml is valid"}},
		"issue gone": {func(r *standin.Repository) { r.Issue = nil }, "7", false, "the issue is gone; nothing was enforced",
			result.Check{ID: "issue", Outcome: result.Warn, Details: "the issue is gone; nothing was enforced"}},
		"no number": {func(*standin.Repository) {}, "7 # x", true, `enforce stopped: ISSUE_NUMBER is "7 # x"; expected the number of an issue`,
			result.Check{ID: "engine", Outcome: result.Fail, Details: `ISSUE_NUMBER is "7 # x"; expected the number of an issue`}},
		"no milestone": {func(r *standin.Repository) { r.Milestones = nil; r.Issue.Labels = r.Issue.Labels[1:] }, "7", true, "changes to issue 7: 0",
			result.Check{ID: "milestone", Outcome: result.Fail, Details: `the repository has no milestone "M2"; run materialize, which creates those that the configuration lists`}},
	} {
		t.Run(name, func(t *testing.T) {
			repo := repository(t, "phase-1", "phase-2")
			c.change(repo)
			got := repo.Run(t, "enforce", enforce, map[string]string{"ISSUE_NUMBER": c.number})
			checks := got.Details.Checks
			if (got.Err != nil) != c.failed || got.Details.Summary != c.summary || checks[len(checks)-1] != c.check || len(repo.Writes()) != 0 {
				t.Errorf("err %v, details %+v, writes %q", got.Err, got.Details, repo.Writes())
			}
		})
	}
}

// TestRefusedWrite: nothing is sent twice, and the result says what was done before.
func TestRefusedWrite(t *testing.T) {
	repo := repository(t, "phase-1", "phase-2")
	repo.Before = func(method, path string) int {
		if method == "PATCH" {
			return 502
		}
		return 0
	}
	got := repo.Run(t, "enforce", enforce, env)
	if got.Err == nil || len(got.Details.Actions) != 1 || len(repo.Writes()) != 2 || !strings.Contains(got.Err.Error(), `milestone "M2" was not set`) {
		t.Errorf("err %v, details %+v, writes %q", got.Err, got.Details, repo.Writes())
	}
}
