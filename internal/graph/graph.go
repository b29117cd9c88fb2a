// Package graph draws what happens on each route of a platform, and says what it costs.
//
// In: a plan.Plan. Out: text: Mermaid, an SVG picture, or an HTML page that
// holds the picture and the figures. Whatever comes from a spec is escaped on its
// way into each of them; none of them loads or runs anything.
package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/runner/facts"
)

// Graph is one platform.
type Graph struct {
	Platform, Title, Repository, Mode, Telemetry string
	// Routes are sorted by name.
	Routes []Route
	// Engines are those of all routes, sorted by name.
	Engines []Engine
	// Targets are where the stubs go, in the order of the spec.
	Targets []Target
}

// Target is where one stub goes, in words.
type Target struct {
	Where, What, How string
	// Times are the schedules as the one repository has them: "nightly: 17 4 * * *"; none for a selection, or for templates.
	Times []string
}

// Route is one way from events to engines.
type Route struct {
	Name string
	// Events are those that start it: "push", "issues: labeled".
	Events []string
	Stages []Stage
	// Cost is that of a run in which every engine of the route runs.
	Cost Cost
}

// Engines counts the engines of the route.
func (r Route) Engines() int {
	n := 0
	for _, s := range r.Stages {
		n += len(s.Engines)
	}
	return n
}

// Stage is a set of engines that run side by side.
type Stage struct {
	// When is "always" or "all-succeeded".
	When    string
	Engines []Engine
}

// Engine is one engine with what its workflow does.
type Engine struct {
	Name, Class string
	// Permissions of its tokens: "issues: write" on the monitored repository, sorted, and then what it may on others.
	Permissions []string
	// Jobs are the names of its workflow's jobs, in order.
	Jobs []string
	Cost Cost
}

// Cost is what a run uses of GitHub's machines.
type Cost struct {
	Jobs int
	// Max is the sum of all timeouts, in minutes. The least that is billed is one minute a job.
	Max int
}

// Min is the least that is billed, in minutes.
func (c Cost) Min() int { return c.Jobs }

func (c Cost) add(d Cost) Cost { return Cost{c.Jobs + d.Jobs, c.Max + d.Max} }

// Assumptions says what the figures take for granted.
const Assumptions = "Jobs and minutes are those of a run in which every engine of the route runs. GitHub bills each\n" +
	"job by itself, rounded up to a whole minute, to the owner of the monitored repository: the minimum\n" +
	"is one minute a job, the maximum every job at its timeout. A job that is skipped costs nothing.\n" +
	"Re-runs and the multipliers of larger, Windows and macOS runners come on top; standard runners of\n" +
	"public repositories and self-hosted runners are not billed."

const workflows = "platform/.github/workflows/"

// Of reads the graph off a plan.
func Of(p plan.Plan) Graph {
	b := &builder{files: map[string]plan.Workflow{}, engines: map[string]Engine{}}
	for _, w := range p.Workflows {
		b.files[w.Path] = w
	}
	g := Graph{Platform: p.Platform, Title: p.Facts.Title, Repository: p.Facts.Repository, Mode: p.Facts.Mode, Telemetry: p.Facts.Telemetry.Repository}
	if r := p.Facts.Telemetry.Registry; r != nil {
		g.Telemetry = "as " + r.Repository + " says"
	}
	for _, e := range p.Facts.Engines {
		b.engines[e.Name] = b.engine(e)
		g.Engines = append(g.Engines, b.engines[e.Name])
	}
	for _, r := range p.Facts.Routes {
		g.Routes = append(g.Routes, b.route(r))
	}
	for _, t := range p.Targets {
		g.Targets = append(g.Targets, target(p, t))
	}
	return g
}

type builder struct {
	files   map[string]plan.Workflow
	engines map[string]Engine
}

func (b *builder) engine(e facts.Engine) Engine {
	w := b.files[workflows+"engine-"+e.Name+".yml"]
	out := Engine{Name: e.Name, Class: e.Class, Cost: b.cost(w)}
	for _, j := range w.Jobs {
		out.Jobs = append(out.Jobs, j.ID)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Permissions)) {
		out.Permissions = append(out.Permissions, name+": "+e.Permissions[name])
	}
	if e.ReadsTelemetry {
		out.Permissions = append(out.Permissions, "contents: read on the telemetry repository")
	}
	return out
}

func (b *builder) route(r facts.Route) Route {
	out := Route{Name: r.Name, Events: events(r.On), Cost: b.always()}
	for _, s := range r.Stages {
		stage := Stage{When: s.When}
		for _, name := range s.Engines {
			e := b.engines[name]
			stage.Engines = append(stage.Engines, e)
			out.Cost = out.Cost.add(e.Cost)
		}
		out.Stages = append(out.Stages, stage)
	}
	return out
}

// always is what a run costs besides its engines: every job of the dispatcher that calls no engine.
func (b *builder) always() Cost {
	dispatcher := b.files[workflows+"dispatcher.yml"]
	dispatcher.Jobs = slices.DeleteFunc(slices.Clone(dispatcher.Jobs), func(j plan.Job) bool { return strings.HasPrefix(j.ID, "engine-") })
	return b.cost(dispatcher)
}

// cost counts the jobs of a workflow and of those that it calls in the platform.
func (b *builder) cost(w plan.Workflow) Cost {
	var c Cost
	for _, j := range w.Jobs {
		switch {
		case j.Call != nil:
			c = c.add(b.cost(b.files["platform/"+strings.TrimPrefix(j.Call.Uses.Value, "./")]))
		case j.Run != nil:
			jobs := max(1, len(j.Run.Legs))
			c = c.add(Cost{jobs, jobs * j.Run.TimeoutMinutes})
		}
	}
	return c
}

// events names what starts a route, in the terms of a workflow file.
func events(on facts.On) []string {
	var out []string
	if on.Push != nil && len(on.Push.Branches) > 0 {
		out = append(out, "push: "+strings.Join(on.Push.Branches, ", "))
	} else if on.Push != nil {
		out = append(out, "push")
	}
	if len(on.Issues) > 0 {
		out = append(out, "issues: "+strings.Join(on.Issues, ", "))
	}
	for _, s := range on.Schedule {
		text := "schedule: " + s.Cron
		if s.SpreadMinutes > 0 {
			text += fmt.Sprintf(", spread over %d minutes", s.SpreadMinutes)
		}
		out = append(out, text)
	}
	if on.WorkflowDispatch != nil {
		out = append(out, "workflow_dispatch")
	}
	if len(on.RepositoryDispatch) > 0 {
		out = append(out, "repository_dispatch: "+strings.Join(on.RepositoryDispatch, ", "))
	}
	return out
}
