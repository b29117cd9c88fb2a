package delta

import (
	"fmt"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/spec"
)

// Declare adds what no generated file says, vend's targets, waivers, what the lock says of its proofs, and leads
// facts to where the specs say them. Two surfaces are compared in that only if both have it.
func (s Surface) Declare(set *spec.Set, lk *lock.Lock) Surface {
	d := declarer{}
	for _, p := range set.Platforms {
		d.platform(set, p)
	}
	for _, a := range lk.Actions {
		proof := a.Proof
		if proof != lock.Unproven {
			proof = "proven"
		}
		d.add("lock", nil, a.Key, listed(append([]string{proof}, a.Uses...)), a.Pos)
	}
	out := Surface{files: s.files, declared: true, facts: slices.Clone(s.facts)}
	index := newSpecIndex(set)
	for i, f := range out.facts {
		if at := index.find(f); at.IsValid() {
			out.facts[i].pos = at
		}
	}
	out.facts = once(append(out.facts, d.facts...))
	return out
}

// declarer collects what only specs say.
type declarer struct{ facts []fact }

func (d *declarer) add(kind string, where []string, what, value string, pos diag.Pos) {
	d.facts = append(d.facts, fact{place: place{kind, where, what}, value: value, pos: pos})
}

func (d *declarer) platform(set *spec.Set, p *spec.Platform) {
	where := []string{"platform " + p.Name.Value}
	if p.AllowUnproven {
		d.add("unproven", where, "", "", p.Name.Pos)
	}
	if p.Ephemeral.Value {
		d.add("ephemeral", where, "", "", p.Ephemeral.Pos)
	}
	seen := map[string]int{}
	for _, t := range p.Targets {
		d.target(where, t, seen)
	}
	for _, e := range set.Engines {
		if !runs(p, e.Name.Value) {
			continue
		}
		for _, w := range e.Waive {
			d.add("waiver", in(where, "engine "+marked(e.Name.Value)), w.Rule.Value, w.Until.Value, w.Pos)
		}
	}
}

// runs tells whether any route of the platform runs the engine.
func runs(p *spec.Platform, engine string) bool {
	return slices.ContainsFunc(p.Routes, func(r *spec.Route) bool {
		return slices.ContainsFunc(r.Stages, func(s spec.Stage) bool {
			return slices.ContainsFunc(s.Engines, func(n spec.String) bool { return n.Value == engine })
		})
	})
}

// target adds where a stub goes. Its name is all that it may not change without being another.
func (d *declarer) target(where []string, t spec.Target, seen map[string]int) {
	name := t.Repository.Value
	if t.Select != nil {
		name = "repositories of " + t.Select.Owner.Value
	}
	name = fmt.Sprintf("%s %s, profile %s", t.As.Value, name, t.Profile.Value)
	if seen[name]++; seen[name] > 1 {
		name = fmt.Sprintf("%s (%d)", name, seen[name])
	}
	d.add("target", where, name, "", t.Pos)
	inside := in(where, "target "+name)
	deliver := t.Deliver
	if deliver.Value == "" {
		deliver = spec.String{Value: "pull-request", Pos: t.Pos}
	}
	d.add("target-deliver", inside, "", deliver.Value, deliver.Pos)
	if s := t.Select; s != nil {
		d.list("target-topics", inside, s.Topics)
		d.list("target-except", inside, s.Except)
	}
}

func (d *declarer) list(kind string, where []string, list []spec.String) {
	var out []string
	for _, s := range list {
		out = append(out, s.Value)
	}
	if len(out) > 0 {
		d.add(kind, where, "", listed(sorted(out)), list[0].Pos)
	}
}

// specIndex finds where the specs say what a fact says.
type specIndex struct {
	set       *spec.Set
	platforms map[string]*spec.Platform
	// secrets, variables and uses are found by what they name.
	secrets, variables, uses map[string]diag.Pos
}

func newSpecIndex(set *spec.Set) specIndex {
	x := specIndex{set, map[string]*spec.Platform{}, map[string]diag.Pos{}, map[string]diag.Pos{}, map[string]diag.Pos{}}
	note := func(in map[string]diag.Pos, s spec.String) {
		if _, ok := in[s.Value]; !ok {
			in[s.Value] = s.Pos
		}
	}
	for _, p := range set.Platforms {
		x.platforms["platform "+p.Name.Value] = p
		for _, s := range []spec.String{p.HandoverKeySecret, p.EngineApp.PrivateKeySecret, p.TelemetryApp.PrivateKeySecret} {
			note(x.secrets, s)
		}
	}
	for _, e := range set.Engines {
		for _, s := range e.Secrets {
			note(x.secrets, s)
		}
		for _, v := range e.Vars {
			note(x.variables, v)
		}
		for _, s := range e.Steps {
			name, _, _ := strings.Cut(s.Uses.Value, "@")
			note(x.uses, spec.String{Value: name, Pos: s.Uses.Pos})
		}
	}
	return x
}

// find returns the place in the specs, or none.
func (x specIndex) find(f fact) diag.Pos {
	path := append(slices.Clip(f.where), f.kind+" "+f.what)
	p, ok := x.platforms[path[0]]
	switch {
	case !ok:
		return diag.Pos{}
	case len(path) == 1:
		return p.Name.Pos
	}
	kind, name, _ := strings.Cut(path[1], " ")
	switch kind {
	case "engine":
		if e, ok := x.set.Engine(strings.Trim(name, nameBegin+nameEnd)); ok {
			return x.engine(e, p, f)
		}
	case "route":
		if r, ok := p.Route(name); ok {
			return route(r, f)
		}
	case "profile":
		if pr, ok := p.Profile(name); ok {
			return x.profile(p, pr, f)
		}
	}
	return x.platform(p, f)
}

// platform finds what a fact of the whole platform says.
func (x specIndex) platform(p *spec.Platform, f fact) diag.Pos {
	app := p.EngineApp
	if f.what == "telemetry" {
		app = p.TelemetryApp
	}
	switch f.kind {
	case "title":
		return p.Title.Pos
	case "repository":
		return p.Repository.Pos
	case "visibility":
		return p.Visibility.Pos
	case "server":
		return p.Server.Pos
	case "mode":
		return p.Mode.Pos
	case "app":
		return app.ClientID.Pos
	case "app-slug":
		return app.Slug.Pos
	case "log-fallback":
		return p.LogFallback.Pos
	case "telemetry":
		if p.RegistryRepository.Pos.IsValid() {
			return p.RegistryRepository.Pos
		}
		return p.Telemetry.Pos
	case "public-key":
		for _, k := range p.TelemetryApp.PublicKeys {
			if fingerprint(k.Value) == f.what {
				return k.Pos
			}
		}
	case "download":
		return p.Delivery.Pos
	case "secret-name", "secret":
		return x.secrets[f.what]
	case "variable-name", "variable":
		return x.variables[f.what]
	case "action", "ref":
		return x.uses[f.what]
	case "machine":
		return first(p.TrustedRunsOn)
	}
	return diag.Pos{}
}

func first(list []spec.String) diag.Pos {
	if len(list) == 0 {
		return diag.Pos{}
	}
	return list[0].Pos
}

// engine finds what a fact of an engine says.
func (x specIndex) engine(e *spec.Engine, p *spec.Platform, f fact) diag.Pos {
	switch f.kind {
	case "engine":
		return e.Name.Pos
	case "class":
		return e.Class.Pos
	case "permission":
		for _, s := range e.Permissions {
			if s.Key.Value == f.what {
				return s.Key.Pos
			}
		}
	case "reads-telemetry":
		return e.ReadsTelemetry.Pos
	case "input":
		for _, i := range e.Inputs {
			if i.Name.Value == f.what {
				return i.Name.Pos
			}
		}
	case "matrix":
		if len(e.Matrix) > 0 {
			return e.Matrix[0].Name.Pos
		}
	case "secret":
		return x.secrets[f.what]
	case "variable":
		return x.variables[f.what]
	case "timeout":
		return e.TimeoutMinutes.Pos
	case "concurrency":
		return first(e.ConcurrencyBy)
	case "machine":
		if at := first(e.RunsOn); at.IsValid() {
			return at
		}
		return first(p.EnginesRunsOn)
	}
	return step(e, f)
}

// step finds the step of an engine that a fact is of.
func step(e *spec.Engine, f fact) diag.Pos {
	unit := f.kind + " " + f.what
	if len(f.where) > 0 && f.kind != "step" {
		unit = f.where[len(f.where)-1]
	}
	for _, s := range e.Steps {
		switch {
		case unit != "step "+s.Name.Value:
		case f.kind == "script" && s.Code.Pos.IsValid():
			return s.Code.Pos
		case f.kind == "ref":
			return s.Uses.Pos
		default:
			return s.Pos
		}
	}
	return diag.Pos{}
}

// route finds what a fact of a route says.
func route(r *spec.Route, f fact) diag.Pos {
	switch {
	case f.kind == "route-event" && f.what == "push" && r.Push != nil:
		return r.Push.Pos
	case f.kind == "route-event" && f.what == "issues":
		return first(r.IssueTypes)
	case f.kind == "route-event" && f.what == "workflow_dispatch" && r.WorkflowDispatch != nil:
		return r.WorkflowDispatch.Pos
	case f.kind == "route-event" && f.what == "repository_dispatch":
		return first(r.RepositoryDispatchTypes)
	case f.kind == "route-schedule" && len(r.Schedules) > 0:
		return r.Schedules[0].Cron.Pos
	}
	for _, s := range r.Stages {
		for _, e := range s.Engines {
			if f.kind == "route-engine" && f.what == marked(e.Value) || (f.kind == "order" || f.kind == "when") && strings.HasPrefix(f.what, marked(e.Value)) {
				if f.kind == "when" {
					return s.When.Pos
				}
				return e.Pos
			}
		}
	}
	return r.Name.Pos
}

// profile finds what a fact of a stub says.
func (x specIndex) profile(p *spec.Platform, pr *spec.Profile, f fact) diag.Pos {
	switch f.kind {
	case "ref":
		return p.EngineRef.Pos
	case "profile", "trigger", "filter", "schedule":
		return pr.Name.Pos
	case "secret":
		return x.secrets[f.what]
	}
	return diag.Pos{}
}
