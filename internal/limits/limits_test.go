package limits

import "testing"

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
