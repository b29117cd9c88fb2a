package verify

import (
	"path"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/facts"
)

// profileOf returns the routes of the profile that a stub is for, told by its path.
func (v *verifier) profileOf(file string) []facts.Route {
	name := strings.TrimSuffix(path.Base(file), ".yml") // of a template
	if rest, ok := strings.CutPrefix(file, "host/"); ok {
		name, _, _ = strings.Cut(rest, "/")
	}
	var out []facts.Route
	for _, p := range v.plan.Profiles {
		for _, route := range p.Routes {
			if r, ok := v.plan.Facts.Route(route); ok && p.Name == name {
				out = append(out, r)
			}
		}
	}
	return out
}

// stubEvents: a stub starts on pushes to its routes' branches and at their times, which no spread has moved.
func (v *verifier) stubEvents(d document) {
	routes := v.profileOf(d.file)
	filter, _ := v.pushes(routes)
	var branches, crons, times []string
	for _, n := range items(get(d.root, "on", "push", "branches")) {
		branches = append(branches, n.Value)
	}
	if get(d.root, "on", "push") != nil && !slices.Equal(branches, filter) {
		v.report("verify-event", d.pos(d.root), "the stub starts on pushes to %s, its routes on %s", strings.Join(branches, ", "), strings.Join(filter, ", "))
	}
	for _, r := range routes {
		for _, s := range r.On.Schedule {
			times = append(times, s.Cron)
		}
	}
	for _, n := range items(get(d.root, "on", "schedule")) {
		crons = append(crons, text(get(n, "cron")))
	}
	if !slices.Equal(crons, times) {
		v.report("verify-event", d.pos(d.root), "the stub starts at %s, its routes at %s", strings.Join(crons, ", "), strings.Join(times, ", "))
	}
}

// pushes returns what the filter of a stub with these routes must be, and what its
// condition must say of pushes, "" for nothing: a push reaches the platform only
// for a route of the stub, as far as a filter and a condition can tell.
func (v *verifier) pushes(routes []facts.Route) (filter []string, gate string) {
	toDefault := func(r facts.Route) bool { return r.On.Push != nil && len(r.On.Push.Branches) == 0 }
	const (
		lead          = "github.event_name != 'push' || "
		defaultBranch = "format('refs/heads/{0}', github.event.repository.default_branch)"
	)
	var named []string
	for _, r := range routes {
		if r.On.Push != nil {
			named = append(named, r.On.Push.Branches...)
		}
	}
	if len(named) > 0 && !slices.ContainsFunc(routes, toDefault) {
		if slices.ContainsFunc(v.plan.Facts.Routes, toDefault) {
			gate = lead + "github.ref != " + defaultBranch
		}
		return named, gate
	}
	gate = lead + "github.ref == " + defaultBranch
	for _, pattern := range named {
		end := strings.IndexAny(pattern, "*?+[")
		switch {
		case end < 0:
			gate += " || github.ref == 'refs/heads/" + pattern + "'"
			continue
		case pattern[end] == '?':
			end--
		}
		gate += " || startsWith(github.ref, 'refs/heads/" + pattern[:end] + "')"
	}
	return []string{"**"}, gate
}
