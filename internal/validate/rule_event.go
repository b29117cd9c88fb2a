package validate

import (
	"fmt"
	"slices"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

func routeEvent(p *pass) {
	for _, pl := range p.set.Platforms {
		var push *spec.Route
		for _, r := range pl.Routes {
			if r.Push == nil && r.WorkflowDispatch == nil {
				p.report(finding{pos: r.Name.Pos, message: fmt.Sprintf("route %s names no event", q(r.Name.Value)), expected: "on: push or on: workflow_dispatch", fix: "add the event that starts it"})
			}
			if r.Push == nil {
				continue
			}
			if push != nil {
				p.report(finding{pos: r.Push.Pos, message: fmt.Sprintf("routes %s and %s both take a push", q(push.Name.Value), q(r.Name.Value)),
					expected: "one route: nothing in the payload tells the two apart, paths are not in it", fix: "make one route of them", notes: []diag.Note{{Pos: push.Push.Pos, Message: "the other route"}}})
				continue
			}
			push = r
		}
	}
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
					p.report(finding{pos: name.Pos, message: fmt.Sprintf("profile %s names route %s, which the platform does not have", q(pr.Name.Value), q(name.Value)),
						expected: "one of " + list(names), fix: diag.Suggest(name.Value, names)})
				}
			}
		}
		for _, r := range pl.Routes {
			if !covered[r.Name.Value] {
				p.report(finding{pos: r.Name.Pos, message: fmt.Sprintf("route %s is in no profile, so no repository can start it", q(r.Name.Value)), expected: "a profile that names it", fix: "add it to a profile, or remove it"})
			}
		}
	}
}
