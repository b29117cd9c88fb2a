package verify

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/runner/facts"
)

// dispatcher: preflight gates every engine, every engine waits for the stages
// before it, verdict waits for all, and there is a job for nothing else.
func (v *verifier) dispatcher(d document) {
	jobs := get(d.root, "jobs")
	ids := []string{"plan", "preflight", "verdict"}
	for _, e := range v.plan.Facts.Engines {
		ids = append(ids, "engine-"+e.Name)
		v.engineGate(d, e.Name, get(jobs, "engine-"+e.Name))
	}
	for k := range pairs(jobs) {
		if !slices.Contains(ids, k.Value) {
			v.report("verify-gate", d.pos(k), "the dispatcher has a job %s", k.Value)
		}
	}
	if preflight := get(jobs, "preflight"); !slices.Equal(needs(preflight), []string{"plan"}) || !v.isCondition(get(preflight, "if"), "always() && needs.plan.result == 'success'") {
		v.report("verify-gate", d.pos(d.root), "preflight does not run exactly when plan succeeded")
	}
	v.handsOn(d)
	verdict := get(jobs, "verdict")
	all := slices.DeleteFunc(ids, func(id string) bool { return id == "verdict" })
	if !v.isAlways(get(verdict, "if")) || !sameSet(needs(verdict), all) {
		v.report("verify-gate", d.pos(d.root), "verdict does not always run, after every other job")
	}
}

func (v *verifier) engineGate(d document, engine string, job *yaml.Node) {
	if job == nil {
		v.report("verify-gate", d.pos(d.root), "engine %s has no job", engine)
		return
	}
	wantNeeds := []string{"plan", "preflight"}
	var routes []string
	for _, r := range v.plan.Facts.Routes {
		stage := stageOf(r, engine)
		if stage < 0 {
			continue
		}
		routes = append(routes, r.Name)
		for _, s := range r.Stages[:stage] {
			for _, e := range s.Engines {
				wantNeeds = append(wantNeeds, "engine-"+e)
			}
		}
	}
	if !sameSet(needs(job), wantNeeds) {
		v.report("verify-gate", d.pos(job), "engine %s waits for %s", engine, strings.Join(needs(job), ", "))
	}
	if !v.gateHolds(engine, routes, get(job, "if")) {
		v.report("verify-gate", d.pos(job), "engine %s is not gated by preflight, its routes and their stages", engine)
	}
}

// gateHolds parses the condition and demands exactly: always(), preflight
// succeeded and said ok, and one alternative per route that names the engine.
func (v *verifier) gateHolds(engine string, routes []string, condition *yaml.Node) bool {
	and, ok := v.condition(condition).tree.(expr.And)
	if !ok || len(and) < 4 {
		return false
	}
	for i, want := range []expr.Expr{expr.Always(), expr.Is("needs.preflight.result", "success"), expr.Is("needs.preflight.outputs.ok", "true")} {
		if expr.Print(and[i]) != expr.Print(want) {
			return false
		}
	}
	alternatives, ok := expr.All(and[3:]...).(expr.Or)
	if !ok { // a single route, whose terms stand in the one chain
		alternatives = expr.Or{expr.All(and[3:]...)}
	}
	if len(alternatives) != len(routes) {
		return false
	}
	for i, alt := range alternatives {
		if !v.routeHolds(engine, routes[i], alt) {
			return false
		}
	}
	return true
}

// routeHolds: the plan chose the route, and a stage that says so waits for the success of every engine before it.
func (v *verifier) routeHolds(engine, route string, alt expr.Expr) bool {
	r, _ := v.plan.Facts.Route(route)
	stage := stageOf(r, engine)
	want := []string{expr.Print(expr.Is("needs.plan.outputs.route", route))}
	if r.Stages[stage].When == "all-succeeded" {
		for _, s := range r.Stages[:stage] {
			for _, e := range s.Engines {
				want = append(want, "needs.engine-"+e+".result == 'success'", "needs.engine-"+e+".outputs.ok == 'true'")
			}
		}
	}
	terms, ok := alt.(expr.And)
	if !ok {
		terms = expr.And{alt}
	}
	var got []string
	for _, t := range terms {
		got = append(got, expr.Print(t))
	}
	return sameSet(got, want)
}

func stageOf(r facts.Route, engine string) int {
	return slices.IndexFunc(r.Stages, func(s facts.Stage) bool { return slices.Contains(s.Engines, engine) })
}

const (
	stepStarted = "format('{0}/step-started', runner.temp)"
	noteStart   = "set -euo pipefail\ntouch \"$STEP_STARTED\"\n"
)

// timed: the start of every step of the engine is noted right before it, and collect knows where, and how long a step may take.
func (v *verifier) timed(d document) {
	steps := items(get(d.root, "jobs", "engine", "steps"))
	limit := ""
	for i, step := range steps {
		if isEngineStep(step) {
			limit = text(get(step, "timeout-minutes"))
			if before := steps[max(0, i-1)]; text(get(before, "run")) != noteStart || !v.isExpression(get(before, "env", "STEP_STARTED"), stepStarted) || get(before, "if") != nil {
				v.report("verify-timeout", d.pos(step), "nobody notes when this step starts")
			}
		}
		if lastVerb(step) == "collect" && (!v.isExpression(get(step, "env", "STEP_STARTED"), stepStarted) || text(get(step, "env", "STEP_TIMEOUT_MINUTES")) != limit) {
			v.report("verify-timeout", d.pos(step), "collect cannot tell whether the step before it was stopped after %s minutes", limit)
		}
	}
}

// engineGates: nothing of an engine starts in a cancelled run, or without the token that it is promised.
func (v *verifier) engineGates(d document) {
	jobs := get(d.root, "jobs")
	want := "!cancelled()"
	authorize := get(jobs, "authorize")
	if v.authorized(v.engineOf(d)) != (authorize != nil) {
		v.report("verify-gate", d.pos(jobs), "authorize is there for no token, or missing for one")
	}
	if authorize != nil {
		if !v.isCondition(get(authorize, "if"), want) {
			v.report("verify-gate", d.pos(authorize), "authorize would start in a cancelled run")
		}
		want += " && needs.authorize.result == 'success'"
	}
	if !v.isCondition(get(jobs, "engine", "if"), want) {
		v.report("verify-gate", d.pos(d.root), "the engine's job would start in a cancelled run, or without its token")
	}
}

// host: the stub starts nothing from forks or templates, for what the Apps did, or for a push to a branch of no route of its own.
func (v *verifier) host(d document) {
	apps := v.plan.Facts.Apps
	want := []string{
		"!github.event.repository.fork",
		"!github.event.repository.is_template",
		"github.event.sender.login != '" + apps.Engine.Slug + "[bot]'",
		"github.event.sender.login != '" + apps.Telemetry.Slug + "[bot]'",
	}
	if _, gate := v.pushes(v.profileOf(d.file)); gate != "" {
		want = append(want, gate)
	}
	v.stubEvents(d)
	v.commitHandedOn(d)
	and, _ := v.condition(get(d.root, "jobs", "dispatch", "if")).tree.(expr.And)
	var got []string
	for _, e := range and {
		got = append(got, expr.Print(e))
	}
	if !sameSet(got, want) {
		v.report("verify-gate", d.pos(d.root), "the stub is not gated against forks, templates, the Apps' own events and other branches")
	}
}

func needs(job *yaml.Node) []string {
	var out []string
	for _, n := range items(get(job, "needs")) {
		out = append(out, n.Value)
	}
	return out
}

func (v *verifier) isAlways(condition *yaml.Node) bool { return v.isCondition(condition, "always()") }

// isCondition compares a condition as a folded tree.
func (v *verifier) isCondition(condition *yaml.Node, want string) bool {
	e := v.condition(condition)
	return e.tree != nil && e.printed == v.parse(want).printed
}

// condition reads an if, which GitHub takes with and without ${{ }}.
func (v *verifier) condition(condition *yaml.Node) parsed {
	if condition == nil {
		return parsed{}
	}
	inner, ok := expr.Unwrap(condition.Value)
	if !ok {
		inner = condition.Value
	}
	return v.parse(inner)
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
