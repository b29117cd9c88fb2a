package load

import (
	"slices"
	"strings"

	"cuelang.org/go/cue"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// decoder reads values that the schema has accepted, so a wrong type cannot
// occur here. It reads the user's own values, before unification with the
// embedded schema: that is where the positions are.
type decoder struct{ *loader }

func (d *decoder) platform(v named) *spec.Platform {
	p := &spec.Platform{
		Name:               spec.String{Value: v.name, Pos: d.pos(v.Value)},
		Title:              d.text(v.Value, "title"),
		Repository:         d.text(v.Value, "repository"),
		Visibility:         d.text(v.Value, "visibility"),
		Server:             d.text(v.Value, "server"),
		Mode:               d.text(v.Value, "mode"),
		EngineRef:          d.text(v.Value, "engine_ref"),
		EngineApp:          d.app(field(v.Value, "apps", "engine")),
		TelemetryApp:       d.app(field(v.Value, "apps", "telemetry")),
		HandoverKeySecret:  d.text(v.Value, "handover_key_secret"),
		Telemetry:          d.text(v.Value, "telemetry", "repository"),
		RegistryRepository: d.text(v.Value, "telemetry", "registry", "repository"),
		RegistryPath:       d.text(v.Value, "telemetry", "registry", "path"),
		LogFallback:        d.text(v.Value, "telemetry", "log_fallback"),
		Delivery:           d.text(v.Value, "runner", "delivery"),
		Mirror:             d.text(v.Value, "runner", "mirror"),
		TrustedRunsOn:      d.labels(field(v.Value, "runs_on", "trusted")),
		EnginesRunsOn:      d.labels(field(v.Value, "runs_on", "engines")),
		Ephemeral:          d.flag(v.Value, "runs_on", "ephemeral"),
	}
	p.AllowUnproven, _ = field(v.Value, "allow_unproven").Bool()
	for _, r := range sortedFields(field(v.Value, "routes")) {
		p.Routes = append(p.Routes, d.route(r))
	}
	for _, f := range sortedFields(field(v.Value, "profiles")) {
		p.Profiles = append(p.Profiles, &spec.Profile{
			Name:     spec.String{Value: f.name, Pos: d.pos(f.Value)},
			Routes:   d.texts(field(f.Value, "routes")),
			Template: d.template(field(f.Value, "template")),
		})
	}
	p.Outputs = d.pairs(field(v.Value, "outputs"))
	for t := range children(field(v.Value, "vend", "targets")) {
		p.Targets = append(p.Targets, d.target(t))
	}
	return p
}

func (d *decoder) template(v cue.Value) spec.Template {
	return spec.Template{
		Name:         d.text(v, "name"),
		Description:  d.text(v, "description"),
		Icon:         d.text(v, "icon"),
		Categories:   d.texts(field(v, "categories")),
		FilePatterns: d.texts(field(v, "file_patterns")),
	}
}

func (d *decoder) target(v cue.Value) spec.Target {
	t := spec.Target{
		Pos:        d.pos(v),
		As:         d.text(v, "as"),
		Repository: d.text(v, "repository"),
		Profile:    d.text(v, "profile"),
		Deliver:    d.text(v, "deliver"),
	}
	if s := field(v, "select"); s.Exists() {
		t.Select = &spec.Select{Pos: d.pos(s), Owner: d.text(s, "owner"), Topics: d.texts(field(s, "topics")), Except: d.texts(field(s, "except"))}
	}
	return t
}

func (d *decoder) app(v cue.Value) spec.App {
	return spec.App{
		ClientID:         d.text(v, "client_id"),
		Slug:             d.text(v, "slug"),
		PrivateKeySecret: d.text(v, "private_key_secret"),
		PublicKeys:       d.texts(field(v, "public_keys")),
	}
}

func (d *decoder) route(v named) *spec.Route {
	r := &spec.Route{Name: spec.String{Value: v.name, Pos: d.pos(v.Value)}}
	if push := field(v.Value, "on", "push"); push.Exists() {
		r.Push = &spec.Push{Pos: d.pos(push), Branches: d.texts(field(push, "branches")), Paths: d.texts(field(push, "paths"))}
	}
	if dispatch := field(v.Value, "on", "workflow_dispatch"); dispatch.Exists() {
		r.WorkflowDispatch = &spec.Event{Pos: d.pos(dispatch)}
	}
	r.IssueTypes = d.texts(field(v.Value, "on", "issues", "types"))
	r.RepositoryDispatchTypes = d.texts(field(v.Value, "on", "repository_dispatch", "types"))
	for at := range children(field(v.Value, "on", "schedule")) {
		r.Schedules = append(r.Schedules, spec.Schedule{Cron: d.text(at, "cron"), SpreadMinutes: d.number(at, "spread_minutes")})
	}
	for stage := range children(field(v.Value, "stages")) {
		r.Stages = append(r.Stages, spec.Stage{
			Pos:     d.pos(stage),
			Engines: d.texts(field(stage, "engines")),
			When:    d.text(stage, "when"),
		})
	}
	return r
}

func (d *decoder) engine(v named) *spec.Engine {
	e := &spec.Engine{
		Name:           spec.String{Value: v.name, Pos: d.pos(v.Value)},
		Summary:        d.text(v.Value, "summary"),
		Class:          d.text(v.Value, "class"),
		Permissions:    d.pairs(field(v.Value, "permissions")),
		ConcurrencyBy:  d.texts(field(v.Value, "concurrency", "by")),
		Queue:          d.text(v.Value, "concurrency", "queue"),
		RunsOn:         d.labels(field(v.Value, "runs_on")),
		ReadsTelemetry: d.flag(v.Value, "reads_telemetry"),
		Env:            d.pairs(field(v.Value, "env")),
		Vars:           d.texts(field(v.Value, "vars")),
		Secrets:        d.texts(field(v.Value, "secrets")),
		Files:          d.texts(field(v.Value, "files")),
	}
	for _, m := range fields(field(v.Value, "matrix")) {
		variable := spec.MatrixVariable{Name: spec.String{Value: m.name, Pos: d.label(m.Value)}}
		for value := range children(m.Value) {
			variable.Values = append(variable.Values, d.pair(named{"", value}).Value)
		}
		e.Matrix = append(e.Matrix, variable)
	}
	for _, in := range sortedFields(field(v.Value, "inputs")) {
		e.Inputs = append(e.Inputs, d.input(in))
	}
	e.TimeoutMinutes = d.number(v.Value, "timeout_minutes")
	for step := range children(field(v.Value, "steps")) {
		e.Steps = append(e.Steps, spec.Step{
			Pos:    d.pos(step),
			Name:   d.text(step, "name"),
			ID:     d.text(step, "id"),
			Run:    d.text(step, "run"),
			Script: d.text(step, "script"),
			Shell:  d.text(step, "shell"),
			Uses:   d.text(step, "uses"),
			With:   d.pairs(field(step, "with")),
			Env:    d.pairs(field(step, "env")),
		})
		last := &e.Steps[len(e.Steps)-1]
		last.Code, last.Marks = last.Run, d.marks(last.Run, field(step, "run")) // that of a file comes with the sources
	}
	for w := range children(field(v.Value, "waive")) {
		e.Waive = append(e.Waive, spec.Waiver{Pos: d.pos(w), Rule: d.text(w, "rule"), Reason: d.text(w, "reason"), Until: d.text(w, "until")})
	}
	return e
}

func (d *decoder) input(v named) spec.Input {
	in := spec.Input{
		Name:        spec.String{Value: v.name, Pos: d.label(v.Value)},
		Type:        d.text(v.Value, "type"),
		From:        d.pairs(field(v.Value, "from")),
		Options:     d.texts(field(v.Value, "options")),
		Description: d.text(v.Value, "description"),
	}
	if required := field(v.Value, "required"); required.Exists() {
		value, _ := required.Bool()
		in.Optional = !value
	}
	if def := field(v.Value, "default"); def.Exists() {
		pair := d.pair(named{"default", def})
		in.Default = &pair
	}
	return in
}

// field looks a path of plain field names up; the result does not exist where any part is absent.
func field(v cue.Value, names ...string) cue.Value {
	sels := make([]cue.Selector, len(names))
	for i, n := range names {
		sels[i] = cue.Str(n)
	}
	return v.LookupPath(cue.MakePath(sels...))
}

func (d *decoder) text(v cue.Value, names ...string) spec.String {
	f := field(v, names...)
	if !f.Exists() {
		return spec.String{}
	}
	s, _ := f.String()
	return spec.String{Value: s, Pos: d.pos(f)}
}

func (d *decoder) number(v cue.Value, name string) spec.Int {
	f := field(v, name)
	if !f.Exists() {
		return spec.Int{}
	}
	n, _ := f.Int64()
	return spec.Int{Value: int(n), Pos: d.pos(f)}
}

func (d *decoder) flag(v cue.Value, names ...string) spec.Flag {
	f := field(v, names...)
	if !f.Exists() {
		return spec.Flag{}
	}
	value, _ := f.Bool()
	return spec.Flag{Value: value, Pos: d.pos(f)}
}

// labels reads one label, or a list of them.
func (d *decoder) labels(v cue.Value) []spec.String {
	if v.Kind() == cue.StringKind {
		return []spec.String{d.text(v)}
	}
	return d.texts(v)
}

func (d *decoder) texts(list cue.Value) []spec.String {
	var out []spec.String
	for v := range children(list) {
		out = append(out, d.text(v))
	}
	return out
}

// pairs keeps the order of the spec; numbers and bools keep their CUE spelling.
func (d *decoder) pairs(v cue.Value) []spec.Pair {
	var out []spec.Pair
	for _, f := range fields(v) {
		out = append(out, d.pair(f))
	}
	return out
}

func (d *decoder) pair(f named) spec.Pair {
	p := spec.Pair{Key: spec.String{Value: f.name, Pos: d.label(f.Value)}, Value: d.text(f.Value)}
	switch f.Kind() {
	case cue.StringKind:
	case cue.StructKind:
		p.Value, p.Output = spec.String{}, d.text(f.Value, "output")
	default:
		data, _ := f.MarshalJSON()
		p.Value.Value, p.Literal = string(data), true
	}
	return p
}

// label returns where a field's name stands; where it came by reference, where its value does.
func (l *loader) label(v cue.Value) diag.Pos {
	if at := l.placeIndex().at(pathOf(v)); len(at) > 0 {
		return position(at[0].label)
	}
	return l.pos(v)
}

// pathOf returns a value's path in the package, unquoted, as the place index has it.
func pathOf(v cue.Value) []string {
	sels := v.Path().Selectors()
	names := make([]string, len(sels))
	for i, sel := range sels {
		if names[i] = sel.String(); sel.LabelType() == cue.StringLabel {
			names[i] = sel.Unquoted()
		}
	}
	return names
}

func fields(v cue.Value) []named {
	iter, err := v.Fields()
	if err != nil {
		return nil // absent
	}
	var out []named
	for iter.Next() {
		out = append(out, named{iter.Selector().Unquoted(), iter.Value()})
	}
	return out
}

func sortedFields(v cue.Value) []named {
	out := fields(v)
	slices.SortFunc(out, func(a, b named) int { return strings.Compare(a.name, b.name) })
	return out
}
