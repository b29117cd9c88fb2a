package local

import (
	"encoding/json"
	"os"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/spec"
)

// example returns this repository's own platform.
func example(t *testing.T) (*spec.Set, *lock.Lock) {
	t.Helper()
	root := os.DirFS("../..")
	set, found := load.Options{}.Load(root, "engines")
	data, err := os.ReadFile("../../engines/" + lock.File)
	if err != nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	lk, found := lock.Parse(path.Join("engines", lock.File), data)
	if len(found) > 0 {
		t.Fatal(found)
	}
	return set, lk
}

func planned(t *testing.T) plan.Plan {
	t.Helper()
	set, lk := example(t)
	return plan.Build(set, set.Platforms[0], lk)
}

func TestDecide(t *testing.T) {
	p := planned(t)
	tests := []struct {
		name    string
		ask     Ask
		event   string
		profile string
		engines []string
		payload map[string]any // by path: what it has to hold
	}{
		{"a route that is started by hand", Ask{Route: "self-test"}, "workflow_dispatch", "full", []string{"dashboard", "self-test"},
			map[string]any{"inputs.route": "self-test", "repository.full_name": "acme/example-service", "sender.login": "octocat"}},
		{"a default that the engine has is not made up", Ask{Route: "materialize"}, "workflow_dispatch", "full", []string{"materialize"}, map[string]any{"inputs.mode": nil}},
		{"inputs", Ask{Route: "materialize", Inputs: map[string]string{"mode": "apply"}}, "workflow_dispatch", "full", []string{"materialize"},
			map[string]any{"inputs.mode": "apply", "inputs.route": "materialize"}},
		{"a profile of its own", Ask{Route: "validate", Profile: "standard"}, "workflow_dispatch", "standard", []string{"validate"}, nil},
		{"a label", Ask{Route: "issue-labelled"}, "issues", "full", []string{"enforce"},
			map[string]any{"action": "labeled", "issue.number": float64(1), "label.name": "phase-2"}},
		{"a time", Ask{Route: "nightly"}, "schedule", "full", []string{"validate"}, map[string]any{"schedule": "0 3 * * *"}},
		{"a push", Ask{Route: "config-push"}, "push", "full", []string{"validate"}, map[string]any{"ref": "refs/heads/main"}},
		{"an event alone", Ask{Event: "workflow_dispatch", Payload: []byte(`{"inputs": {"route": "validate"}}`)}, "workflow_dispatch", "full",
			[]string{"dashboard", "materialize", "self-test", "validate"}, map[string]any{"inputs.route": "validate"}},
		{"a payload in part", Ask{Payload: []byte(`{"action": "labeled", "issue": {"number": 12345678901}, "repository": {"full_name": "other/thing", "private": false}}`)}, "issues", "full",
			[]string{"enforce"}, map[string]any{
				"issue.number": float64(12345678901), "issue.title": "Spelling error in the README", "repository.private": false, "repository.owner.login": "other", "repository.default_branch": "main",
			}},
		{"a payload that tells its event", Ask{Route: "config-push", Payload: []byte(`{"ref": "refs/heads/trunk", "pusher": {"name": "x"}, "repository": {"default_branch": "trunk"}}`)}, "push", "full",
			[]string{"validate"}, map[string]any{"ref": "refs/heads/trunk", "repository.default_branch": "trunk"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Decide(p, test.ask)
			if err != nil {
				t.Fatal(err)
			}
			if got.Name != test.event || got.Profile != test.profile || !reflect.DeepEqual(got.Engines, test.engines) || len(got.Notes) > 0 {
				t.Errorf("%s, profile %s, engines %q, notes %q; want %s, %s, %q and none", got.Name, got.Profile, got.Engines, got.Notes, test.event, test.profile, test.engines)
			}
			for path, want := range test.payload {
				if have := at(t, got.Payload, path); !reflect.DeepEqual(have, want) {
					t.Errorf("%s is %v, want %v", path, have, want)
				}
			}
		})
	}
}

// at returns what an encoded payload holds at a path.
func at(t *testing.T, payload map[string]any, path string) any {
	t.Helper()
	data, err := json.Marshal(payload)
	var v any
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// TestDecide_MakesUp: what a required input takes from the event, and the event does not carry, is made up and said.
func TestDecide_MakesUp(t *testing.T) {
	p := planned(t)
	no := "" // a default takes the place of a made-up value
	for i, e := range p.Facts.Engines {
		for k := range e.Inputs {
			in := &p.Facts.Engines[i].Inputs[k]
			in.Default = nil
			if e.Name == "enforce" {
				in.From = map[string]string{"issues": "changes.depth.to"}
			}
		}
	}
	for _, test := range []struct{ route, path, note string }{
		{"materialize", "inputs.mode", "made up for engine materialize: inputs.mode = dry-run"},
		{"issue-labelled", "changes.depth.to", "made up for engine enforce: changes.depth.to = 1"},
	} {
		got, err := Decide(p, Ask{Route: test.route})
		if err != nil || len(got.Notes) != 1 || got.Notes[0] != test.note {
			t.Errorf("%s: notes %q (%v), want %q", test.route, got.Notes, err, test.note)
		}
		if at(t, got.Payload, test.path) == nil {
			t.Errorf("%s: nothing at %s", test.route, test.path)
		}
	}
	p.Facts.Engines[2].Inputs = append(p.Facts.Engines[2].Inputs, p.Facts.Engines[1].Inputs...)
	p.Facts.Engines[2].Inputs[0].Default = &no
	if got, err := Decide(p, Ask{Route: "materialize"}); err != nil || len(got.Notes) > 0 {
		t.Errorf("with a default: notes %q (%v)", got.Notes, err)
	}
}

func TestBranchFor(t *testing.T) {
	for _, test := range []struct {
		patterns []string
		want     string
	}{{nil, "main"}, {[]string{"release/**", "x"}, "release/1"}, {[]string{"v*"}, "v1"}, {[]string{"develop"}, "develop"}} {
		if got := branchFor(test.patterns); got != test.want {
			t.Errorf("%q: %q, want %q", test.patterns, got, test.want)
		}
	}
}
