package graph

import (
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/runner/cron"
)

// target says in words what a target gets.
func target(p plan.Plan, t plan.Target) Target {
	out := Target{Where: t.Repository, What: "stub of profile " + t.Profile, How: "commit"}
	if t.Deliver == "pull-request" {
		out.How = "pull request"
	}
	if t.As == "org-templates" {
		out.What = "workflow template of profile " + t.Profile
		return out
	}
	if t.Repository == "" {
		out.Where = "repositories of " + t.Owner
		if len(t.Topics) > 0 {
			out.Where += " with topic " + strings.Join(t.Topics, " and ")
		}
		if len(t.Except) > 0 {
			out.Where += " but " + strings.Join(t.Except, ", ")
		}
		return out
	}
	out.Times = times(p, t)
	return out
}

// times are the schedules of a target's routes, moved as its name says.
func times(p plan.Plan, t plan.Target) []string {
	var out []string
	for _, pr := range p.Profiles {
		for _, r := range p.Facts.Routes {
			if pr.Name != t.Profile || !slices.Contains(pr.Routes, r.Name) {
				continue
			}
			for _, s := range r.On.Schedule {
				if parsed, err := cron.Parse(s.Cron); err == nil { // rule cron-invalid
					out = append(out, r.Name+": "+parsed.For(t.Repository, s.SpreadMinutes))
				}
			}
		}
	}
	return out
}
