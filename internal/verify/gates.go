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
	if preflight := get(jobs, "preflight"); !slices.Equal(needs(preflight), []string{"plan"}) || get(preflight, "if") != nil {
		v.report("verify-gate", d.pos(d.root), "preflight does not run exactly when plan succeeded")
	}
	verdict := get(jobs, "verdict")
	all := slices.DeleteFunc(ids, func(id string) bool { return id == "verdict" })
	if !isAlways(get(verdict, "if")) || !sameSet(needs(verdict), all) {
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
	and, ok := parsed(condition).(expr.And)
	if !ok || len(and) != 4 {
		return false
	}
	for i, want := range []expr.Expr{expr.Always(), expr.Is("needs.preflight.result", "success"), expr.Is("needs.preflight.outputs.ok", "true")} {
		if expr.Print(and[i]) != expr.Print(want) {
			return false
		}
	}
	alternatives, ok := and[3].(expr.Or)
	if !ok {
		alternatives = expr.Or{and[3]}
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

// emits: emit runs on every path after the job that it records, and is the only job with the telemetry key there but preflight's check.
func (v *verifier) emits(d document, recorded string) {
	emit := get(d.root, "jobs", "emit")
	if !isAlways(get(emit, "if")) || !slices.Contains(needs(emit), recorded) {
		v.report("verify-emit", d.pos(d.root), "emit does not run whatever became of %s", recorded)
	}
	steps := items(get(emit, "steps"))
	if len(steps) == 0 || lastVerb(steps[len(steps)-1]) != "emit" || get(steps[len(steps)-1], "if") != nil {
		v.report("verify-emit", d.pos(d.root), "emit does not end with the record")
	}
	for i, step := range steps {
		for k, value := range pairs(get(step, "env")) {
			if i == len(steps)-1 && strings.Contains(value.Value, "needs.engine.outputs") {
				v.report("verify-emit", d.pos(k), "a text of the engine is in the environment of the step that holds the key")
			}
		}
	}
}

// refGates: authorize and engine refuse another engine_ref before anything is checked out, and start in no cancelled run.
func (v *verifier) refGates(d document) {
	jobs := get(d.root, "jobs")
	authorize := get(jobs, "authorize")
	for _, id := range []string{"authorize", "engine"} {
		job := get(jobs, id)
		if job == nil && id == "authorize" {
			continue
		}
		steps := items(get(job, "steps"))
		if len(steps) == 0 || !isRefGate(steps[0]) {
			v.report("verify-engine-ref", d.pos(d.root), "%s does not begin by comparing engine_ref with the running commit", id)
		}
	}
	want := expr.Print(expr.NotCancelled())
	if authorize != nil {
		if got := parsed(get(authorize, "if")); got == nil || expr.Print(got) != want {
			v.report("verify-gate", d.pos(authorize), "authorize would start in a cancelled run")
		}
		want += " && needs.authorize.result == 'success'"
	}
	if got := parsed(get(jobs, "engine", "if")); got == nil || expr.Print(got) != want {
		v.report("verify-gate", d.pos(d.root), "the engine's job would start in a cancelled run, or without its token")
	}
}

func isRefGate(step *yaml.Node) bool {
	ref, _ := expr.Unwrap(text(get(step, "env", "ENGINE_REF")))
	running, _ := expr.Unwrap(text(get(step, "env", "RUNNING_COMMIT")))
	return ref == engineRef && running == runningCommit && get(step, "if") == nil && get(step, "continue-on-error") == nil &&
		strings.Contains(text(get(step, "run")), `if [[ ! $ENGINE_REF =~ ^[0-9a-f]{40}$ || $ENGINE_REF != "$RUNNING_COMMIT" ]]; then`)
}

func needs(job *yaml.Node) []string {
	var out []string
	for _, n := range items(get(job, "needs")) {
		out = append(out, n.Value)
	}
	return out
}

func isAlways(condition *yaml.Node) bool {
	e := parsed(condition)
	return e != nil && expr.Print(e) == "always()"
}

// parsed returns the tree of an if, which GitHub takes with and without ${{ }}; nil where there is none.
func parsed(condition *yaml.Node) expr.Expr {
	if condition == nil {
		return nil
	}
	inner, ok := expr.Unwrap(condition.Value)
	if !ok {
		inner = condition.Value
	}
	e, err := expr.Parse(inner)
	if err != nil {
		return nil
	}
	return e
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
