package plan

import (
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
			Comment: "Not from forks or templates, not for what the Apps themselves did, pushes only on the default branch.",
			If:      b.hostGate(),
			Call:    &Call{Uses: entry, Secrets: b.secrets.all()},
		}},
	}
	var choices []string
	for _, name := range pr.Routes {
		r, ok := b.platform.Route(name.Value)
		if !ok {
			panic("profile-route-unknown: " + name.Value)
		}
		if r.Push != nil {
			w.On.Push = &Push{Branches: []string{"**"}, Paths: values(r.Push.Paths)}
		}
		if r.WorkflowDispatch != nil {
			choices = append(choices, r.Name.Value)
		}
		w.On.Issues = append(w.On.Issues, values(r.IssueTypes)...)
		w.On.Schedule = append(w.On.Schedule, values(r.Crons)...)
		w.On.RepositoryDispatch = append(w.On.RepositoryDispatch, values(r.RepositoryDispatchTypes)...)
	}
	if len(choices) > 0 {
		w.On.Dispatch = &WorkflowDispatch{Inputs: []DispatchInput{
			{Name: "route", Description: "What to run", Type: "choice", Options: choices},
			{Name: "correlation_id", Description: "Correlation id of the caller; empty for one of the run's own", Type: "string"},
		}}
	}
	return w
}

// hostGate keeps runs from starting where they must not. A missing member of the event is empty, which passes.
func (b *builder) hostGate() expr.Expr {
	sender := func(slug string) expr.Expr {
		return expr.NotEqual{X: expr.Path("github.event.sender.login"), Y: expr.String(slug + "[bot]")}
	}
	defaultBranch := expr.Call{Func: "format", Args: []expr.Expr{expr.String("refs/heads/{0}"), expr.Path("github.event.repository.default_branch")}}
	return expr.All(
		expr.Not{X: expr.Path("github.event.repository.fork")},
		expr.Not{X: expr.Path("github.event.repository.is_template")},
		sender(b.platform.EngineApp.Slug.Value),
		sender(b.platform.TelemetryApp.Slug.Value),
		expr.Any(
			expr.NotEqual{X: expr.Path("github.event_name"), Y: expr.String("push")},
			expr.Equal{X: expr.Path("github.ref"), Y: defaultBranch},
		),
	)
}
