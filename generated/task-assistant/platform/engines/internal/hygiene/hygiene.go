// Package hygiene decides what an issue needs so that its label groups are exclusive and its milestone fits its phase.
//
// It is a function of the configuration and the issue alone, so deciding again about an issue on which the decision
// was carried out finds nothing to do.
package hygiene

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/task-assistant/tasc/engines/internal/config"
	"github.com/task-assistant/tasc/engines/internal/result"
)

// Issue is what counts of an issue.
type Issue struct {
	Labels    []string
	Milestone string // title; "" for none
}

// Decision is what is to be done with an issue, and why.
type Decision struct {
	Remove    []string // labels
	Milestone string   // title of the milestone to set; "" for none
	Checks    []result.Check
}

// Decide applies the rules that the configuration declares; a group with no rule is left alone.
func Decide(c *config.Config, issue Issue) Decision {
	var d Decision
	for _, g := range c.Groups {
		d.exclusive(c, g, issue.Labels)
	}
	if c.PhaseMilestones != nil {
		d.milestone(c, issue)
	}
	return d
}

func (d *Decision) check(id, outcome, format string, args ...any) {
	d.Checks = append(d.Checks, result.Check{ID: id, Outcome: outcome, Details: fmt.Sprintf(format, args...)})
}

// exclusive keeps one label of a group.
func (d *Decision) exclusive(c *config.Config, g config.Group, labels []string) {
	members := group(g, labels)
	id, listed := "exclusivity."+g.Name, quoted(members)
	terminal := slices.ContainsFunc(members, func(l string) bool { return contains(g.Terminal, l) })
	switch {
	case g.Mode == "off":
		d.check(id, result.Pass, "the group %s is off", g.Name)
	case len(members) <= 1:
		d.check(id, result.Pass, "the issue has at most one label of the group %s", g.Name)
	case terminal:
		d.check(id, result.Warn, "the issue has %s and is left alone, since one of them is terminal", listed)
	case g.Mode == "fail":
		d.check(id, result.Fail, "the issue has %s; only one label of the group %s may stay", listed, g.Name)
	case g.Mode == "warn":
		d.check(id, result.Warn, "the issue has %s; only one label of the group %s should stay", listed, g.Name)
	default:
		slices.SortFunc(members, func(a, b string) int { return cmp.Or(compare(c, g, a, b), strings.Compare(a, b)) })
		if g.Strategy == "lowest" {
			slices.Reverse(members)
		}
		keep := members[len(members)-1]
		d.Remove = append(d.Remove, members[:len(members)-1]...)
		d.check(id, result.Pass, "the issue had %s; %q stays, being the %s", listed, keep, g.Strategy)
	}
}

// group returns those of an issue's labels that belong to a group.
func group(g config.Group, labels []string) []string {
	var members []string
	for _, l := range labels {
		if g.Has(l) {
			members = append(members, l)
		}
	}
	return members
}

// milestone sets the milestone that the issue's one phase means.
func (d *Decision) milestone(c *config.Config, issue Issue) {
	const id = "milestone"
	var phases []string
	for _, l := range group(config.Group{Name: "phase"}, issue.Labels) {
		if !slices.Contains(d.Remove, l) {
			phases = append(phases, l)
		}
	}
	if len(phases) == 0 {
		d.check(id, result.Pass, "the issue has no phase")
		return
	}
	if len(phases) > 1 {
		d.check(id, result.Warn, "the issue has %s, so its milestone is not clear and stays", quoted(phases))
		return
	}
	title, ok := c.PhaseMilestones[config.Fold(phases[0])]
	switch {
	case !ok:
		d.check(id, result.Warn, "%s maps %q to no milestone; add it to enforcement.phase_milestones", config.File, phases[0])
	case title == issue.Milestone:
		d.check(id, result.Pass, "the milestone %q fits %q", title, phases[0])
	default:
		d.Milestone = title
		d.check(id, result.Pass, "the milestone becomes %q, because of %q", title, phases[0])
	}
}

// priorities are the words that everybody orders alike, lowest first.
var priorities = []string{"priority/low", "priority/medium", "priority/high", "priority/critical"}

// compare orders two labels of a group, lowest first: phases by number, priorities by their usual words,
// and the rest as the configuration lists its labels; what it does not list is lowest.
func compare(c *config.Config, g config.Group, a, b string) int {
	switch g.Name {
	case "phase":
		return slices.Compare(numbers(a), numbers(b))
	case "priority":
		if order := cmp.Compare(index(priorities, a), index(priorities, b)); order != 0 {
			return order
		}
	}
	listed := func(label string) int {
		return slices.IndexFunc(c.Labels, func(l config.Label) bool { return config.Fold(l.Name) == config.Fold(label) })
	}
	return cmp.Compare(listed(a), listed(b))
}

// numbers returns the numbers of phase-3.10 as {3, 10}; a part that is no number counts as -1, below all.
func numbers(phase string) []int {
	var ns []int
	for part := range strings.SplitSeq(phase[len("phase-"):], ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			n = -1
		}
		ns = append(ns, n)
	}
	return ns
}

func index(list []string, label string) int {
	return slices.IndexFunc(list, func(l string) bool { return config.Fold(l) == config.Fold(label) })
}

func contains(list []string, label string) bool { return index(list, label) >= 0 }

func quoted(labels []string) string {
	parts := make([]string, len(labels))
	for i, l := range labels {
		parts[i] = strconv.Quote(l)
	}
	return strings.Join(parts, ", ")
}
