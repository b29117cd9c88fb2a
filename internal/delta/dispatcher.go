package delta

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// The dispatcher repeats in conditions what the routes say. Where it says just that, there is nothing
// to tell of it; where it does not, what is missing is a fact, and so is what is there besides.

// jobPlace is where a job's facts are: the dispatcher's call of an engine belongs to the engine.
func (w *workflow) jobPlace(id string, n *yaml.Node) []string {
	if name, ok := w.called(id, n); ok {
		return in(in(w.reader.root, "engine "+marked(name)), "job call")
	}
	return in(w.where, "job "+id)
}

// called is the engine that a job of the dispatcher calls.
func (w *workflow) called(id string, n *yaml.Node) (string, bool) {
	name, ok := strings.CutPrefix(id, "engine-")
	return name, ok && w.isDispatcher() && w.isEngine(name) && (n == nil || text(get(n, "uses")) == "./.github/workflows/engine-"+name+".yml")
}

func (w *workflow) isDispatcher() bool {
	return w.name != "" && len(w.where) == len(w.reader.root)+1 && w.where[len(w.where)-1] == "workflow dispatcher.yml"
}

// named marks an engine's name in a job's id or a file's name, where there is one.
func (w *workflow) named(s string) string {
	for _, form := range [][2]string{{"engine-", ""}, {"./.github/workflows/engine-", ".yml"}} {
		name, ok := strings.CutPrefix(s, form[0])
		name, ok2 := strings.CutSuffix(name, form[1])
		if ok && ok2 && w.isEngine(name) {
			return form[0] + marked(name) + form[1]
		}
	}
	return s
}

// engineName marks a text that is the name of the engine that it is said of, or ends with it.
func (w *workflow) engineName(where []string, s string) string {
	for _, unit := range where {
		name, ok := strings.CutPrefix(unit, "engine "+nameBegin)
		name = strings.TrimSuffix(name, nameEnd)
		if ok && (s == name || strings.HasSuffix(s, " engine "+name)) {
			return strings.TrimSuffix(s, name) + marked(name)
		}
	}
	return s
}

// expectedNeeds is what the routes say that a job of the dispatcher waits for; known is false where they say nothing of it.
func (w *workflow) expectedNeeds(id string, n *yaml.Node) (want []string, known bool) {
	engine, ok := w.called(id, n)
	if !ok {
		return nil, false
	}
	want = []string{"plan", "preflight"}
	for _, route := range w.known.Routes {
		var earlier []string
		for _, s := range route.Stages {
			if slices.Contains(s.Engines, engine) {
				want = append(want, earlier...)
			}
			for _, e := range s.Engines {
				earlier = append(earlier, "engine-"+e)
			}
		}
	}
	slices.Sort(want)
	return slices.Compact(want), true
}

// routed is what the routes say of when a job of the dispatcher runs: one of these lists has to hold. It is
// nil for any other job.
func (w *workflow) routed(id string, n *yaml.Node) [][]string {
	engine, ok := w.called(id, n)
	if !ok {
		return nil
	}
	out := [][]string{}
	for _, route := range w.known.Routes {
		terms := []string{"needs.plan.outputs.route == '" + route.Name + "'"}
		var earlier []string
		for _, s := range route.Stages {
			if slices.Contains(s.Engines, engine) {
				if s.When == "all-succeeded" {
					for _, e := range earlier {
						terms = append(terms, "needs.engine-"+e+".result == 'success'", "needs.engine-"+e+".outputs.ok == 'true'")
					}
				}
				slices.Sort(terms)
				out = append(out, terms)
			}
			earlier = append(earlier, s.Engines...)
		}
	}
	return out
}

// sameAlternatives tells whether a condition is just one of these lists, in any order.
func sameAlternatives(condition string, want [][]string) bool {
	var got []string
	for _, a := range alternatives(condition) {
		got = append(got, strings.Join(sorted(conjuncts(a)), " && "))
	}
	var wanted []string
	for _, terms := range want {
		wanted = append(wanted, strings.Join(terms, " && "))
	}
	return slices.Equal(sorted(got), sorted(wanted))
}
