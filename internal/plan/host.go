package plan

import (
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/spec"
)

// host is the stub that a monitored repository carries: triggers, gates, and one call into the platform.
func (b *builder) host(pr *spec.Profile, entry Pinned) Workflow {
	w := Workflow{
		Path: "host/" + pr.Name.Value + "/.github/workflows/" + b.platform.Name.Value + ".yml",
		Name: b.platform.Title.Value,
		Jobs: []Job{{
			ID:      "dispatch",
			Name:    "Dispatch",
			Comment: "Not from forks or templates, not for what the Apps themselves did, pushes only on " + b.pushComment(pr) + ".",
			If:      b.hostGate(pr),
			Call:    &Call{Uses: entry, With: b.entryInputs(entry), Secrets: b.allSecrets()},
		}},
	}
	var choices []string
	w.On.Push = pushTrigger(b.routesOf(pr))
	for _, r := range b.routesOf(pr) {
		if r.WorkflowDispatch != nil {
			choices = append(choices, r.Name.Value)
		}
		w.On.Issues = append(w.On.Issues, values(r.IssueTypes)...)
		for _, s := range r.Schedules { // as if there were no spread: vend moves the time for the repository it delivers to
			w.On.Schedule = append(w.On.Schedule, s.Cron.Value)
		}
		w.On.RepositoryDispatch = append(w.On.RepositoryDispatch, values(r.RepositoryDispatchTypes)...)
	}
	if len(choices) > 0 {
		w.On.Dispatch = &WorkflowDispatch{Inputs: append([]DispatchInput{
			{Name: "route", Description: "What to run", Type: "choice", Options: choices},
			{Name: "correlation_id", Description: "Correlation id of the caller; empty for one of the run's own", Type: "string"},
		}, b.dispatchInputs(choices)...)}
	}
	return w
}

// entryInputs hand the commit that is called on to it, where no job could see it otherwise.
func (b *builder) entryInputs(entry Pinned) []Field {
	_, commit, _ := strings.Cut(entry.Value, "@")
	if b.facts.Server == "" {
		return nil
	}
	return []Field{text("engine_ref", commit)}
}

// dispatchInputs are what people give the engines of routes that they start,
// each once (rule input-dispatch). None is required of the form, since it may
// belong to another route: plan demands what the chosen route needs.
func (b *builder) dispatchInputs(routes []string) []DispatchInput {
	var out []DispatchInput
	for _, e := range b.engines {
		if !slices.ContainsFunc(routes, func(name string) bool { return b.runs(name, e.Name.Value) }) {
			continue
		}
		for _, in := range e.Inputs {
			known := func(d DispatchInput) bool { return d.Name == in.Name.Value }
			if _, ok := in.Source("workflow_dispatch"); !ok || slices.ContainsFunc(out, known) {
				continue
			}
			d := DispatchInput{Name: in.Name.Value, Description: in.Description.Value, Type: in.Type.Value, Options: values(in.Options)}
			if d.Description == "" {
				d.Description = e.Summary.Value
			}
			out = append(out, d)
		}
	}
	return out
}

// runs reports whether a route names an engine.
func (b *builder) runs(route, engine string) bool {
	r, _ := b.platform.Route(route)
	return slices.ContainsFunc(r.Stages, func(s spec.Stage) bool {
		return slices.ContainsFunc(s.Engines, func(e spec.String) bool { return e.Value == engine })
	})
}

// hostGate keeps runs from starting where they must not. A missing member of the event is empty, which passes.
func (b *builder) hostGate(pr *spec.Profile) expr.Expr {
	sender := func(slug string) expr.Expr {
		return expr.NotEqual{X: expr.Path("github.event.sender.login"), Y: expr.String(slug + "[bot]")}
	}
	terms := []expr.Expr{
		expr.Not{X: expr.Path("github.event.repository.fork")},
		expr.Not{X: expr.Path("github.event.repository.is_template")},
		sender(b.platform.EngineApp.Slug.Value),
		sender(b.platform.TelemetryApp.Slug.Value),
	}
	if gate := b.pushGate(pr); gate != nil {
		terms = append(terms, gate)
	}
	return expr.All(terms...)
}

// routesOf returns the routes of a profile, in its order.
func (b *builder) routesOf(pr *spec.Profile) []*spec.Route {
	var out []*spec.Route
	for _, name := range pr.Routes {
		r, ok := b.platform.Route(name.Value)
		if !ok {
			panic("profile-route-unknown: " + name.Value)
		}
		out = append(out, r)
	}
	return out
}
