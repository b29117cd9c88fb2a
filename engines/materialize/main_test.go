package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/engines/internal/result"
	"github.com/task-assistant/tasc/engines/internal/target"
	"github.com/task-assistant/tasc/engines/standin"
)

const config = `schema_version: "1.0"
tracks: [{id: ops, label: track/ops, description: Operations}]
labels:
  - {name: bug, description: Broken, color: D73A4A}
  - {name: "a/b ?ü", description: Odd, color: "#000000"}
milestones: [{title: M1}, {title: M2}]
`

// repository lacks track/ops and M2, has bug in another case with an old description, and a label of its own.
func repository(t *testing.T) *standin.Repository {
	t.Helper()
	repo := &standin.Repository{
		Config:     config,
		Labels:     []target.Label{{Name: "Bug", Description: "old", Color: "d73a4a"}, {Name: "mine", Color: "ffffff"}, {Name: "a/b ?ü", Description: "Odd", Color: "ededed"}},
		Milestones: []target.Milestone{{Number: 1, Title: "M1"}},
	}
	repo.Start(t)
	return repo
}

var actions = []result.Action{
	{ID: "label.update", Details: `label "Bug": description "old" → "Broken"`},
	{ID: "label.update", Details: `label "a/b ?ü": color ededed → 000000`},
	{ID: "label.create", Details: `label "track/ops"`},
	{ID: "milestone.create", Details: `milestone "M2"`},
}

func TestApply(t *testing.T) {
	repo := repository(t)
	got := repo.Run(t, "materialize", materialize, map[string]string{"MODE": "apply"})
	if got.Err != nil || !slices.Equal(got.Details.Actions, actions) || got.Details.Mode != "apply" || got.Details.Summary != "4 of 5 labels and milestones were created or corrected" {
		t.Errorf("err %v, details %+v", got.Err, got.Details)
	}
	wantLabels := []target.Label{{Name: "Bug", Description: "Broken", Color: "d73a4a"}, {Name: "mine", Color: "ffffff"}, {Name: "a/b ?ü", Description: "Odd", Color: "000000"}, {Name: "track/ops", Description: "Operations", Color: "c5def5"}}
	if !reflect.DeepEqual(repo.Labels, wantLabels) || len(repo.Milestones) != 2 || repo.Milestones[1].Title != "M2" {
		t.Errorf("labels %+v, milestones %+v", repo.Labels, repo.Milestones)
	}
	writes := len(repo.Writes())
	again := repo.Run(t, "materialize", materialize, map[string]string{"MODE": "apply"})
	if again.Err != nil || len(again.Details.Actions) != 0 || len(repo.Writes()) != writes || again.Details.Summary != "all 5 labels and milestones are as declared" {
		t.Errorf("again: err %v, details %+v, writes %q", again.Err, again.Details, repo.Writes()[writes:])
	}
}

func TestDryRun(t *testing.T) {
	repo := repository(t)
	got := repo.Run(t, "materialize", materialize, map[string]string{"MODE": "dry-run"})
	if got.Err != nil || !slices.Equal(got.Details.Actions, actions) || len(repo.Writes()) != 0 || got.Details.Summary != "4 of 5 labels and milestones would be created or corrected" {
		t.Errorf("err %v, details %+v, writes %q", got.Err, got.Details, repo.Writes())
	}
}

// TestRefusedWrite: nothing is sent twice, and the result says what was done before.
func TestRefusedWrite(t *testing.T) {
	repo := repository(t)
	repo.Before = func(method, path string) int {
		if method == "POST" {
			return 403
		}
		return 0
	}
	got := repo.Run(t, "materialize", materialize, map[string]string{"MODE": "apply"})
	if got.Err == nil || !slices.Equal(got.Details.Actions, actions[:2]) || len(repo.Writes()) != 3 ||
		!strings.Contains(got.Details.Summary, `label.create of label "track/ops" failed after 2 of 4 changes`) {
		t.Errorf("err %v, details %+v, writes %q", got.Err, got.Details, repo.Writes())
	}
}

func TestNothingIsDone(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		mode   string
		want   string
	}{
		"invalid": {"schema_version: 2\n", "apply", ".github/task-assistant.yml has 1 problem"},
		"missing": {"", "apply", ".github/task-assistant.yml is missing"},
		"mode":    {config, "force", `materialize stopped: MODE is "force"; expected apply or dry-run`},
	} {
		repo := &standin.Repository{Config: c.config}
		repo.Start(t)
		got := repo.Run(t, "materialize", materialize, map[string]string{"MODE": c.mode})
		if got.Err == nil || got.Details.Summary != c.want || len(repo.Writes()) != 0 {
			t.Errorf("%s: err %v, details %+v, writes %q", name, got.Err, got.Details, repo.Writes())
		}
	}
}

// TestManyLabels: a repository may have more labels than fit on a page.
func TestManyLabels(t *testing.T) {
	repo := &standin.Repository{Config: config}
	for i := range 250 {
		repo.Labels = append(repo.Labels, target.Label{Name: strings.Repeat("x", i%40+1) + string(rune('a'+i/40)), Color: "ffffff"})
	}
	repo.Labels = append(repo.Labels, target.Label{Name: "track/ops", Description: "Operations", Color: "C5DEF5"})
	repo.Config = "schema_version: \"1\"\ntracks: [{id: ops, label: track/ops, description: Operations}]\n"
	repo.Start(t)
	got := repo.Run(t, "materialize", materialize, map[string]string{"MODE": "apply"})
	if got.Err != nil || len(got.Details.Actions) != 0 {
		t.Errorf("err %v, details %+v", got.Err, got.Details)
	}
}
