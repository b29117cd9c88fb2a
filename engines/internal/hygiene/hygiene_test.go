package hygiene

import (
	"reflect"
	"testing"

	"github.com/task-assistant/tasc/engines/internal/config"
	"github.com/task-assistant/tasc/engines/internal/result"
)

func TestDecide(t *testing.T) {
	const prefix = "schema_version: \"1\"\nlabels:\n  - {name: track/a, description: a, color: ffffff}\n  - {name: track/b, description: b, color: ffffff}\n  - {name: state/done, description: d, color: ffffff}\nenforcement:\n"
	for _, c := range []struct {
		name, rules string
		issue       Issue
		want        Decision
	}{
		{"nothing declared", "  {}", Issue{Labels: []string{"phase-1", "phase-2"}}, Decision{}},
		{"off", "  exclusivity: {phase: {mode: off}}", Issue{Labels: []string{"phase-1", "phase-2"}},
			Decision{Checks: []result.Check{{ID: "exclusivity.phase", Outcome: "PASS", Details: "the group phase is off"}}}},
		{"one label", "  exclusivity: {phase: {mode: enforce}}", Issue{Labels: []string{"phase-1", "phases-2"}},
			Decision{Checks: []result.Check{{ID: "exclusivity.phase", Outcome: "PASS", Details: "the issue has at most one label of the group phase"}}}},
		{"warn", "  exclusivity: {phase: {mode: warn}}", Issue{Labels: []string{"phase-1", "phase-2"}},
			Decision{Checks: []result.Check{{ID: "exclusivity.phase", Outcome: "WARN", Details: `the issue has "phase-1", "phase-2"; only one label of the group phase should stay`}}}},
		{"fail", "  exclusivity: {phase: {mode: fail}}", Issue{Labels: []string{"phase-1", "phase-2"}},
			Decision{Checks: []result.Check{{ID: "exclusivity.phase", Outcome: "FAIL", Details: `the issue has "phase-1", "phase-2"; only one label of the group phase may stay`}}}},
		{"highest phase by number", "  exclusivity: {phase: {mode: enforce}}", Issue{Labels: []string{"phase-3.10", "phase-3.9", "phase-x", "PHASE-3"}},
			Decision{Remove: []string{"phase-x", "PHASE-3", "phase-3.9"}, Checks: []result.Check{{ID: "exclusivity.phase", Outcome: "PASS", Details: `the issue had "phase-3.10", "phase-3.9", "phase-x", "PHASE-3"; "phase-3.10" stays, being the highest`}}}},
		{"lowest phase", "  exclusivity: {phase: {mode: enforce, strategy: lowest}}", Issue{Labels: []string{"phase-10", "phase-9"}},
			Decision{Remove: []string{"phase-10"}, Checks: []result.Check{{ID: "exclusivity.phase", Outcome: "PASS", Details: `the issue had "phase-10", "phase-9"; "phase-9" stays, being the lowest`}}}},
		{"priorities by word", "  exclusivity: {priority: {mode: enforce}}", Issue{Labels: []string{"priority/high", "priority/zzz", "Priority/Critical", "priority/low"}},
			Decision{Remove: []string{"priority/zzz", "priority/low", "priority/high"}, Checks: []result.Check{{ID: "exclusivity.priority", Outcome: "PASS", Details: `the issue had "priority/high", "priority/zzz", "Priority/Critical", "priority/low"; "Priority/Critical" stays, being the highest`}}}},
		{"tracks as listed", "  exclusivity: {track: {mode: enforce}}", Issue{Labels: []string{"track/b", "track/a", "track/c"}},
			Decision{Remove: []string{"track/c", "track/a"}, Checks: []result.Check{{ID: "exclusivity.track", Outcome: "PASS", Details: `the issue had "track/b", "track/a", "track/c"; "track/b" stays, being the highest`}}}},
		{"terminal", "  exclusivity: {state: {mode: enforce, terminal: [state/done]}}", Issue{Labels: []string{"state/open", "State/Done"}},
			Decision{Checks: []result.Check{{ID: "exclusivity.state", Outcome: "WARN", Details: `the issue has "state/open", "State/Done" and is left alone, since one of them is terminal`}}}},
		{"milestone of the phase that stays", "  exclusivity: {phase: {mode: enforce}}\n  phase_milestones: {phase-1: M1, phase-2: M2}", Issue{Labels: []string{"phase-1", "phase-2"}, Milestone: "M1"},
			Decision{Remove: []string{"phase-1"}, Milestone: "M2", Checks: []result.Check{
				{ID: "exclusivity.phase", Outcome: "PASS", Details: `the issue had "phase-1", "phase-2"; "phase-2" stays, being the highest`},
				{ID: "milestone", Outcome: "PASS", Details: `the milestone becomes "M2", because of "phase-2"`}}}},
		{"milestone fits", "  phase_milestones: {phase-1: M1}", Issue{Labels: []string{"Phase-1"}, Milestone: "M1"},
			Decision{Checks: []result.Check{{ID: "milestone", Outcome: "PASS", Details: `the milestone "M1" fits "Phase-1"`}}}},
		{"no mapping", "  phase_milestones: {phase-1: M1}", Issue{Labels: []string{"phase-2"}},
			Decision{Checks: []result.Check{{ID: "milestone", Outcome: "WARN", Details: `.github/task-assistant.yml maps "phase-2" to no milestone; add it to enforcement.phase_milestones`}}}},
		{"two phases, no rule", "  phase_milestones: {phase-1: M1}", Issue{Labels: []string{"phase-2", "phase-1"}},
			Decision{Checks: []result.Check{{ID: "milestone", Outcome: "WARN", Details: `the issue has "phase-2", "phase-1", so its milestone is not clear and stays`}}}},
		{"no phase", "  phase_milestones: {phase-1: M1}", Issue{Labels: []string{"bug"}, Milestone: "Other"},
			Decision{Checks: []result.Check{{ID: "milestone", Outcome: "PASS", Details: "the issue has no phase"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			parsed, problems := config.Parse([]byte(prefix + c.rules + "\n"))
			if problems != nil {
				t.Fatal(problems)
			}
			got := Decide(parsed, c.issue)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			again := Decide(parsed, carriedOut(c.issue, got))
			if again.Remove != nil || again.Milestone != "" {
				t.Errorf("once carried out, it decides again: %+v", again)
			}
		})
	}
}

// carriedOut is the issue after the decision.
func carriedOut(issue Issue, d Decision) Issue {
	var labels []string
	for _, l := range issue.Labels {
		if !contains(d.Remove, l) {
			labels = append(labels, l)
		}
	}
	if d.Milestone != "" {
		issue.Milestone = d.Milestone
	}
	return Issue{labels, issue.Milestone}
}
