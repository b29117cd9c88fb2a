package validate

import (
	"fmt"
	"slices"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// event is one thing that GitHub's payload tells apart from every other; workflow_dispatch is told by the route's name.
type event struct {
	name string // as a message has it
	pos  diag.Pos
}

func eventsOf(r *spec.Route) []event {
	var out []event
	if r.Push != nil && len(r.Push.Branches) == 0 {
		out = append(out, event{"a push", r.Push.Pos})
	}
	if r.Push != nil {
		for _, name := range r.Push.Branches {
			out = append(out, event{"a push to " + name.Value, name.Pos})
		}
	}
	for _, t := range r.IssueTypes {
		out = append(out, event{"issues " + t.Value, t.Pos})
	}
	for _, s := range r.Schedules {
		out = append(out, event{"the schedule " + q(s.Cron.Value), s.Cron.Pos})
	}
	for _, t := range r.RepositoryDispatchTypes {
		out = append(out, event{"repository_dispatch " + t.Value, t.Pos})
	}
	return out
}

func routeEvent(p *pass) {
	for _, pl := range p.set.Platforms {
		type taken struct {
			route string
			pos   diag.Pos
		}
		first := map[string]taken{}
		for _, r := range pl.Routes {
			if len(eventsOf(r)) == 0 && r.WorkflowDispatch == nil {
				p.report(finding{pos: r.Name.Pos, message: fmt.Sprintf("route %s names no event", q(r.Name.Value)), expected: "on: push, issues, schedule, workflow_dispatch or repository_dispatch", fix: "add the event that starts it"})
			}
			for _, e := range eventsOf(r) {
				other, ok := first[e.name]
				if !ok {
					first[e.name] = taken{r.Name.Value, e.pos}
					continue
				}
				message := fmt.Sprintf("routes %s and %s both take %s", q(other.route), q(r.Name.Value), e.name)
				if other.route == r.Name.Value {
					message = fmt.Sprintf("route %s takes %s twice", q(other.route), e.name)
				}
				p.report(finding{pos: e.pos, message: message,
					expected: "one route for what the payload does not tell apart; paths are not in it", fix: "make one route of them", notes: []diag.Note{{Pos: other.pos, Message: "it is taken here"}}})
			}
		}
		p.branchesApart(pl)
		p.schedulesApart(pl)
	}
}

func profileNames(pl *spec.Platform) []string {
	var out []string
	for _, pr := range pl.Profiles {
		out = append(out, pr.Name.Value)
	}
	return out
}

func profileRouteUnknown(p *pass) {
	for _, pl := range p.set.Platforms {
		var names []string
		for _, r := range pl.Routes {
			names = append(names, r.Name.Value)
		}
		covered := map[string]bool{}
		for _, pr := range pl.Profiles {
			for i, name := range pr.Routes {
				covered[name.Value] = true
				if slices.ContainsFunc(pr.Routes[:i], func(o spec.String) bool { return o.Value == name.Value }) {
					p.report(finding{pos: name.Pos, message: fmt.Sprintf("profile %s names route %s twice", q(pr.Name.Value), q(name.Value)), expected: "each route once", fix: "remove one of the two"})
				}
				if _, ok := pl.Route(name.Value); !ok {
					covered[diag.Nearest(name.Value, names)] = true // by a typo, which has its finding
					p.report(finding{pos: name.Pos, message: fmt.Sprintf("profile %s names route %s, which the platform does not have", q(pr.Name.Value), q(name.Value)),
						expected: "one of " + list(names), fix: suggest(name.Value, names)})
				}
			}
		}
		fix := "add it to the routes of a profile (" + list(profileNames(pl)) + "), or remove it"
		if len(pl.Profiles) == 0 {
			fix = "add a profile with it, such as profiles: standard: routes: [\"…\"]"
		}
		for _, r := range pl.Routes {
			if !covered[r.Name.Value] {
				p.report(finding{pos: r.Name.Pos, message: fmt.Sprintf("route %s is in no profile, so no repository can start it", q(r.Name.Value)), expected: "a profile that names it", fix: fix})
			}
		}
	}
}
