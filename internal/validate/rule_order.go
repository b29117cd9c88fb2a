package validate

import (
	"fmt"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// engineNamesOf returns the names of all engines.
func engineNamesOf(set *spec.Set) []string {
	var out []string
	for _, e := range set.Engines {
		out = append(out, e.Name.Value)
	}
	return out
}

func routeEngineUnknown(p *pass) {
	names := engineNamesOf(p.set)
	for _, pl := range p.set.Platforms {
		for _, r := range pl.Routes {
			at := map[string]diag.Pos{}
			for _, name := range engineNames(r) {
				if _, ok := p.set.Engine(name.Value); !ok {
					p.report(finding{pos: name.Pos, message: fmt.Sprintf("route %s names engine %s, which no spec declares", q(r.Name.Value), q(name.Value)),
						expected: oneOf(names, "an engine that a spec declares"), fix: suggest(name.Value, names)})
				}
				if first, twice := at[name.Value]; twice {
					p.report(finding{pos: name.Pos, message: fmt.Sprintf("route %s runs engine %s twice", q(r.Name.Value), q(name.Value)),
						expected: "each engine once: a run has one record per engine", fix: "remove one of the two", notes: []diag.Note{{Pos: first, Message: "it stands here already"}}})
				}
				at[name.Value] = name.Pos
			}
		}
	}
}

func engineNames(r *spec.Route) []spec.String {
	var out []spec.String
	for _, s := range r.Stages {
		out = append(out, s.Engines...)
	}
	return out
}

// routeOrder: the dispatcher has one job per engine, so one order must serve
// every route. Side by side in one route and ordered in another would make an
// engine wait for one that its route does not wait for.
func routeOrder(p *pass) {
	type pair struct{ a, b string }
	type seen struct {
		relation int // -1: a before b, 0: side by side
		route    string
		pos      diag.Pos
	}
	for _, pl := range p.set.Platforms {
		first := map[pair]seen{}
		for _, r := range pl.Routes {
			for _, o := range orders(r) {
				key, relation := pair{o.a.Value, o.b.Value}, o.relation
				if o.b.Value < o.a.Value {
					key, relation = pair{o.b.Value, o.a.Value}, -o.relation
				}
				before, ok := first[key]
				if !ok {
					first[key] = seen{relation, r.Name.Value, o.b.Pos}
				} else if before.relation != relation && before.route != r.Name.Value {
					p.report(finding{pos: o.b.Pos, message: fmt.Sprintf("routes %s and %s disagree on the order of engines %s and %s", q(before.route), q(r.Name.Value), q(key.a), q(key.b)),
						expected: "one order in every route", fix: "put both in the same order, or use two engines", notes: []diag.Note{{Pos: before.pos, Message: "the other order"}}})
				}
			}
		}
	}
}

// routeCycle: pairs may agree and three routes still lead in a circle.
func routeCycle(p *pass) {
	for _, pl := range p.set.Platforms {
		before := map[string][]spec.String{} // engine → those that run before it
		for _, r := range pl.Routes {
			for _, o := range orders(r) {
				if o.relation < 0 && o.a.Value != o.b.Value { // one that stands twice has its finding
					before[o.b.Value] = append(before[o.b.Value], o.a)
				}
			}
		}
		for _, e := range p.enginesOf(pl) {
			if cycle := wayBack(before, e.Name.Value, e.Name.Value, map[string]bool{}); cycle != nil {
				var names []string
				for _, n := range cycle {
					names = append(names, n.Value)
				}
				p.report(finding{pos: cycle[0].Pos, message: "the routes make engines wait for each other: " + strings.Join(append(names, names[0]), " after "), expected: "an order without a circle", fix: "turn one of the routes round"})
				break // one finding for one circle
			}
		}
	}
}

// wayBack returns the engines on a way from one engine back to goal, nil if there is none.
func wayBack(before map[string][]spec.String, from, goal string, seen map[string]bool) []spec.String {
	for _, e := range before[from] {
		if e.Value == goal {
			return []spec.String{e}
		}
		if seen[e.Value] {
			continue
		}
		seen[e.Value] = true
		if way := wayBack(before, e.Value, goal, seen); way != nil {
			return append(way, e)
		}
	}
	return nil
}

// order says that a runs before b (relation -1) or beside it (0).
type order struct {
	a, b     spec.String
	relation int
}

func orders(r *spec.Route) []order {
	var out []order
	var earlier []spec.String
	for _, s := range r.Stages {
		for i, b := range s.Engines {
			for _, a := range earlier {
				out = append(out, order{a, b, -1})
			}
			for _, a := range s.Engines[:i] {
				out = append(out, order{a, b, 0})
			}
		}
		earlier = append(earlier, s.Engines...)
	}
	return out
}

func engineUnreachable(p *pass) {
	started, names := map[string]bool{}, engineNamesOf(p.set)
	for _, pl := range p.set.Platforms {
		for _, r := range pl.Routes {
			for _, name := range engineNames(r) {
				if _, ok := p.set.Engine(name.Value); !ok {
					started[diag.Nearest(name.Value, names)] = true // by a typo, which has its finding
				}
				started[name.Value] = true
			}
		}
	}
	for _, e := range p.set.Engines {
		if !started[e.Name.Value] {
			p.report(finding{pos: e.Name.Pos, message: fmt.Sprintf("engine %s is started by no route", q(e.Name.Value)), expected: "a route with stages: [{engines: [" + q(e.Name.Value) + "]}]", fix: "add it to a route, or remove the engine"})
		}
	}
}

func classEvent(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, r := range pl.Routes {
			for _, name := range engineNames(r) {
				if e, ok := p.set.Engine(name.Value); ok {
					p.classOnRoute(e, r, name.Pos)
				}
			}
		}
	}
}

// mayStart reports whether class-event lets an event start the engine; of one that must not there is nothing else to say.
func mayStart(e *spec.Engine, event string) bool {
	byHand := event == "workflow_dispatch"
	return e.Class.Value == "read-only" || byHand == (e.Class.Value == "materialization")
}

func (p *pass) classOnRoute(e *spec.Engine, r *spec.Route, pos diag.Pos) {
	notes := []diag.Note{{Pos: e.Class.Pos, Message: "its class"}}
	switch {
	case e.Class.Value == "materialization" && len(eventsOf(r)) > 0:
		p.report(finding{pos: pos, message: fmt.Sprintf("engine %s materializes, and route %s starts on %s", q(e.Name.Value), q(r.Name.Value), eventsOf(r)[0].name), expected: "workflow_dispatch only: what it creates must be asked for", fix: "move it to a route of its own", notes: notes})
	case e.Class.Value == "enforcement" && r.WorkflowDispatch != nil:
		p.report(finding{pos: pos, message: fmt.Sprintf("engine %s enforces, and route %s starts by hand", q(e.Name.Value), q(r.Name.Value)), expected: "event routes only", fix: "move it to a route that an event starts", notes: notes})
	}
}
