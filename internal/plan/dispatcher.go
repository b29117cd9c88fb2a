package plan

import (
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/spec"
)

const workflows = "platform/.github/workflows/"

// standardInputs are the inputs of every engine workflow, in the order of its interface.
var standardInputs = []string{"target_repo", "telemetry_repo", "correlation_id", "engine_ref", "run_date"}

// preflightInputs are what the plan job decides for the whole run, and what preflight checks.
var preflightInputs = []string{"problem", "route", "target_repo", "correlation_id", "engine_ref", "run_date"}

func envName(input string) string { return strings.ToUpper(input) }

func (b *builder) dispatcher() Workflow {
	w := Workflow{
		Path: workflows + "dispatcher.yml",
		Name: b.platform.Title.Value + " dispatcher",
		On:   On{Call: &WorkflowCall{Inputs: b.dispatcherInputs(), Secrets: b.allSecrets()}},
		Jobs: []Job{b.planJob(), b.preflightCall()},
	}
	needs := []string{"plan", "preflight"}
	for _, e := range b.inOrder() {
		w.Jobs = append(w.Jobs, b.engineCall(e))
		needs = append(needs, engineJob(e.Name.Value))
	}
	w.Jobs = append(w.Jobs, b.verdictJob(needs))
	return w
}

// dispatcherInputs are what the stub hands on: on Enterprise Server the commit that it calls, since no job can see it there.
func (b *builder) dispatcherInputs() []string {
	if b.facts.Server != "" {
		return []string{"engine_ref"}
	}
	return nil
}

func (b *builder) planJob() Job {
	run := b.trusted(b.commitGate(), b.runningCommit(), b.trustedVerb("Interpret the event", "plan", "plan"))
	run.Outputs = outputs("plan", preflightInputs...)
	for _, e := range b.engines {
		for _, in := range inputFacts(e) {
			run.Outputs = append(run.Outputs, outputs("plan", in.Output(e.Name.Value))...)
		}
	}
	return Job{ID: "plan", Name: "Plan", Comment: "One event, one route, one correlation id, one engine_ref: the commit of this file.", Run: run}
}

func (b *builder) preflightCall() Job {
	return Job{
		ID:      "preflight",
		Name:    "Preflight",
		Comment: "Nothing runs unless every check passes.",
		Needs:   []string{"plan"},
		If:      expr.All(expr.Always(), expr.Is("needs.plan.result", "success")),
		Call: &Call{
			Uses:    Pinned{Value: "./.github/workflows/preflight.yml"},
			With:    planned(preflightInputs...),
			Secrets: distinct(b.secrets.EngineKey, b.secrets.TelemetryKey),
		},
	}
}

// planned passes outputs of the plan job on under their own names.
func planned(names ...string) []Field {
	var out []Field
	for _, n := range names {
		out = append(out, path(n, "needs.plan.outputs."+n))
	}
	return out
}

func (b *builder) engineCall(e *spec.Engine) Job {
	with := planned("target_repo", "correlation_id", "engine_ref", "run_date")
	with = slices.Insert(with, 1, path("telemetry_repo", "needs.preflight.outputs.telemetry_repo"))
	for _, in := range inputFacts(e) {
		with = append(with, path(in.Name, "needs.plan.outputs."+in.Output(e.Name.Value)))
	}
	return Job{
		ID:    engineJob(e.Name.Value),
		Name:  e.Name.Value,
		Needs: append([]string{"plan", "preflight"}, b.earlierJobs(e)...),
		If:    b.gate(e),
		Call: &Call{
			Uses:    Pinned{Value: "./.github/workflows/" + engineJob(e.Name.Value) + ".yml"},
			With:    with,
			Secrets: b.engineSecrets(e),
		},
	}
}

func engineJob(name string) string { return "engine-" + name }

// engineSecrets are what an engine's workflow needs; where no token is handed to it, no key to mint one.
func (b *builder) engineSecrets(e *spec.Engine) []string {
	var names []string
	if b.engineAppMints(e) {
		names = append(names, b.secrets.EngineKey)
	}
	names = append(names, b.secrets.TelemetryKey) // emit writes with it
	if b.authorized(e) {
		names = append(names, b.secrets.HandoverKey)
	}
	return distinct(append(names, values(e.Secrets)...)...)
}

// allSecrets are what any engine needs, the platform's own first.
func (b *builder) allSecrets() []string {
	names := b.secrets.all()
	for _, e := range b.engines {
		names = append(names, values(e.Secrets)...)
	}
	return distinct(names...)
}

// gate is the condition of an engine: always() so that a cancelled run still
// records, and then every fact that must hold, since skipping does not propagate past always().
func (b *builder) gate(e *spec.Engine) expr.Expr {
	var routes []expr.Expr
	for _, r := range b.platform.Routes {
		if c, ok := selects(r, e.Name.Value); ok {
			routes = append(routes, c)
		}
	}
	return expr.All(expr.Always(),
		expr.Is("needs.preflight.result", "success"),
		expr.Is("needs.preflight.outputs.ok", "true"),
		expr.Any(routes...))
}

// selects returns when route r runs the engine: the plan chose r, and if the
// engine's stage asks for it, every engine of the stages before succeeded.
func selects(r *spec.Route, engine string) (expr.Expr, bool) {
	terms := []expr.Expr{expr.Is("needs.plan.outputs.route", r.Name.Value)}
	var earlier []string
	for _, s := range r.Stages {
		for _, e := range s.Engines {
			if e.Value != engine {
				continue
			}
			if when(s) == "all-succeeded" {
				for _, name := range earlier {
					terms = append(terms, expr.Is("needs."+engineJob(name)+".result", "success"), expr.Is("needs."+engineJob(name)+".outputs.ok", "true"))
				}
			}
			return expr.All(terms...), true
		}
		for _, e := range s.Engines {
			earlier = append(earlier, e.Value)
		}
	}
	return nil, false
}

// earlier returns the engines of the stages before the engine's, over all routes, sorted.
func (b *builder) earlier(e *spec.Engine) []string {
	before := map[string]bool{}
	for _, r := range b.platform.Routes {
		var seen []string
		for _, s := range r.Stages {
			if slices.ContainsFunc(s.Engines, func(n spec.String) bool { return n.Value == e.Name.Value }) {
				for _, name := range seen {
					before[name] = true
				}
			}
			for _, n := range s.Engines {
				seen = append(seen, n.Value)
			}
		}
	}
	var out []string
	for _, other := range b.engines {
		if before[other.Name.Value] {
			out = append(out, other.Name.Value)
		}
	}
	return out
}

func (b *builder) earlierJobs(e *spec.Engine) []string {
	var out []string
	for _, name := range b.earlier(e) {
		out = append(out, engineJob(name))
	}
	return out
}

// inOrder returns the engines so that each stands behind those it waits for, which is how people read a workflow.
func (b *builder) inOrder() []*spec.Engine {
	var out []*spec.Engine
	placed := map[string]bool{}
	for len(out) < len(b.engines) {
		before := len(out)
		for _, e := range b.engines {
			if !placed[e.Name.Value] && !slices.ContainsFunc(b.earlier(e), func(n string) bool { return !placed[n] }) {
				placed[e.Name.Value] = true
				out = append(out, e)
			}
		}
		if len(out) == before {
			panic("route-cycle: the engines wait for each other")
		}
	}
	return out
}

func (b *builder) verdictJob(needs []string) Job {
	return Job{
		ID:      "verdict",
		Name:    "Verdict",
		Comment: "Reads back that every engine that had to run left its one record.",
		Needs:   needs,
		If:      expr.Always(),
		Run: b.trusted(b.commitGate(), b.runningCommit(), b.trustedVerb("Judge the run", "", "verdict",
			Field{Name: "NEEDS", Expr: expr.Call{Func: "toJSON", Args: []expr.Expr{expr.Name("needs")}}},
			secret("TELEMETRY_APP_KEY", b.secrets.TelemetryKey))),
	}
}
