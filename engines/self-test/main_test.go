package main

import (
	"slices"
	"testing"

	"github.com/task-assistant/tasc/engines/internal/result"
	"github.com/task-assistant/tasc/engines/standin"
)

func TestSelfTest(t *testing.T) {
	valid := result.Check{ID: "config", Outcome: result.Pass, Details: ".github/task-assistant.yml is valid"}
	for _, c := range []struct {
		name, config string
		failed       bool
		summary      string
		checks       []result.Check
	}{
		{"differs", "schema_version: \"1.0\"\nlabels: [{name: bug, description: Broken, color: d73a4a}]\nmilestones: [{title: M1}]\n", false,
			"the configuration is valid; 2 of 2 labels and milestones differ from it", []result.Check{valid,
				{ID: "label.create", Outcome: result.Warn, Details: `materialize would do this: label "bug"`},
				{ID: "milestone.create", Outcome: result.Warn, Details: `materialize would do this: milestone "M1"`},
				{ID: "repository", Outcome: result.Pass, Details: "the configuration is valid; 2 of 2 labels and milestones differ from it"},
			}},
		{"invalid", "schema_version: 2\n", true, ".github/task-assistant.yml has 1 problem",
			[]result.Check{{ID: "config", Outcome: result.Fail, Details: `.github/task-assistant.yml:1:17: schema_version is the number 2; expected a text in quotes, such as "1.0"`}}},
		{"missing", "", true, ".github/task-assistant.yml is missing",
			[]result.Check{{ID: "config", Outcome: result.Fail, Details: ".github/task-assistant.yml is not on the default branch; add it to have this repository managed"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := &standin.Repository{Config: c.config}
			repo.Start(t)
			got := repo.Run(t, "self-test", selfTest, nil)
			if (got.Err != nil) != c.failed || got.Details.Summary != c.summary || !slices.Equal(got.Details.Checks, c.checks) || len(repo.Writes()) != 0 {
				t.Errorf("err %v, details %+v, writes %q", got.Err, got.Details, repo.Writes())
			}
		})
	}
}
