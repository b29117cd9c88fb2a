package limits

import (
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// TestByConstruction: what no spec can exceed, since the rules that are there keep it far below.
func TestByConstruction(t *testing.T) {
	for _, l := range []Limits{GitHub(), EnterpriseServer()} {
		if l.Levels < OwnLevels {
			t.Errorf("%s: a run is %d levels deep, %d are allowed", l.Name, OwnLevels, l.Levels)
		}
		if jobs := OwnJobs + l.Engines()*EngineJobs; jobs > Jobs {
			t.Errorf("%s: %d engines make %d jobs, %d are allowed", l.Name, l.Engines(), jobs, Jobs)
		}
		if l.Engines() < 1 || l.DispatchInputs <= OwnDispatchInputs || l.JobMinutes <= JobOverheadMinutes {
			t.Errorf("%s leaves nothing to the specs: %+v", l.Name, l)
		}
	}
}

func TestOf(t *testing.T) {
	if got := Of(&spec.Platform{}); got != GitHub() {
		t.Errorf("got %+v for github.com", got)
	}
	if got := Of(&spec.Platform{Server: spec.String{Value: "https://github.acme.example", Pos: diag.Pos{File: "x.cue", Line: 1, Column: 1}}}); got != EnterpriseServer() || got.Engines() != 18 {
		t.Errorf("got %+v for a server", got)
	}
}
