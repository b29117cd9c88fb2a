package delta

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// The files of a platform that say what it is, and where its parts are.
const (
	factsPath     = "platform/runner/facts.json"
	manifestPath  = "manifest.json"
	workflowsPath = "platform/.github/workflows/"
	templatesPath = "org/workflow-templates/"
)

// Names of engines are marked where they stand in facts, so that one that was renamed can be told from another.
const nameBegin, nameEnd = "\x02", "\x03"

func marked(engine string) string { return nameBegin + engine + nameEnd }

// platform is what the files of one say of it; the zero value is that of files that belong to none.
type platform struct {
	name   string
	known  *facts.Facts
	text   string            // facts.json as it is
	digest string            // its sha256
	stubs  map[string]string // digests of the profiles' stubs
}

// manifest is what is read of manifest.json; the rest of it is in the files that it lists.
type manifest struct {
	Compiler  string            `json:"compiler"`
	Downloads []string          `json:"downloads"`
	Outputs   map[string]string `json:"outputs"`
}

// newReader reads what is true of the whole tree.
func newReader(t Tree) *reader {
	r := &reader{}
	if t.Platform == "" {
		return r
	}
	r.root = []string{"platform " + t.Platform}
	r.name, r.stubs = t.Platform, map[string]string{}
	for _, f := range t.Files {
		if strings.HasPrefix(f.Path, "host/") {
			r.stubs[profileOf(f.Path)] = digest(f.Data)
		}
	}
	r.facts = append(r.facts, fact{place: place{"platform", nil, t.Platform}})
	for _, f := range t.Files {
		r.begin(f)
		switch f.Path {
		case factsPath:
			r.text, r.digest = string(f.Data), digest(f.Data)
			known, err := facts.Decode(f.Data)
			if err == nil && bytes.Contains(f.Data, []byte(`\u000`)) {
				err = errors.New("it holds a control character")
			}
			if err != nil {
				r.add(fact{place: place{"unreadable", r.root, f.Path}, value: err.Error()})
				continue
			}
			r.known = known
			r.platformFacts()
		case manifestPath:
			r.manifest(f)
		}
	}
	return r
}

func profileOf(name string) string {
	profile, _, _ := strings.Cut(strings.TrimPrefix(name, "host/"), "/")
	return profile
}

// manifest adds what no other file says in one place.
func (r *reader) manifest(f File) {
	var m manifest
	if err := json.Unmarshal(f.Data, &m); err != nil {
		r.add(fact{place: place{"unreadable", r.root, f.Path}, value: "it is no manifest (sha256 " + digest(f.Data)[:12] + ")"})
		return
	}
	r.add(fact{place: place{"setting", r.root, "compiler"}, value: m.Compiler})
	for _, d := range m.Downloads {
		from, sum, _ := strings.Cut(d, " sha256:")
		r.add(fact{place: place{"download", r.root, from}, value: "sha256:" + sum})
	}
	for _, tree := range slices.Sorted(maps.Keys(m.Outputs)) {
		r.add(fact{place: place{"output", r.root, tree}, value: m.Outputs[tree]})
	}
}

// platformFacts adds what facts.json says.
func (r *reader) platformFacts() {
	k := r.known
	one := func(kind, what, value string) {
		if value != "" {
			r.add(fact{place: place{kind, r.root, what}, value: value})
		}
	}
	one("title", "", k.Title)
	one("repository", "", k.Repository)
	one("visibility", "", k.Visibility)
	one("server", "", k.Server)
	one("mode", "", k.Mode)
	one("app", "engine", k.Apps.Engine.ClientID)
	one("app", "telemetry", k.Apps.Telemetry.ClientID)
	one("app-slug", "engine", k.Apps.Engine.Slug)
	one("app-slug", "telemetry", k.Apps.Telemetry.Slug)
	for _, pem := range k.Apps.Telemetry.PublicKeys {
		r.add(fact{place: place{"public-key", r.root, fingerprint(pem)}})
	}
	telemetry := k.Telemetry.Repository
	if t := k.Telemetry.Registry; t != nil {
		telemetry = "what the registry " + t.Repository + "/" + t.Path + " says"
	}
	one("telemetry", "", telemetry)
	one("log-fallback", "", k.Telemetry.LogFallback)
	for _, e := range k.Engines {
		r.engine(e)
	}
	for _, route := range k.Routes {
		r.route(route)
	}
}

func fingerprint(pem string) string {
	k, err := signed.PublicKey(pem)
	if err != nil {
		return "sha256 " + digest([]byte(pem))
	}
	return signed.Fingerprint(k)
}

// engine adds what an engine's token may do and what it takes from the event.
func (r *reader) engine(e facts.Engine) {
	r.add(fact{place: place{"engine", r.root, marked(e.Name)}})
	where := in(r.root, "engine "+marked(e.Name))
	r.add(fact{place: place{"class", where, ""}, value: e.Class})
	for _, scope := range slices.Sorted(maps.Keys(e.Permissions)) {
		r.add(fact{place: place{"permission", where, scope}, value: e.Permissions[scope]})
	}
	if e.ReadsTelemetry {
		r.add(fact{place: place{"reads-telemetry", where, ""}})
	}
	for _, input := range e.Inputs {
		r.add(fact{place: place{"input", where, input.Name}, value: inputText(input)})
	}
	var legs []string
	for _, leg := range e.Legs {
		var values []string
		for _, name := range slices.Sorted(maps.Keys(leg)) {
			values = append(values, name+" "+leg[name])
		}
		legs = append(legs, listed(values))
	}
	if len(legs) > 0 {
		r.add(fact{place: place{"matrix", where, ""}, value: strings.Join(legs, "; ")})
	}
}

// inputText says on one line what an input is.
func inputText(i facts.Input) string {
	parts := []string{i.Type}
	if len(i.Options) > 0 {
		parts = append(parts, "one of "+strings.Join(i.Options, "|"))
	}
	for _, event := range slices.Sorted(maps.Keys(i.From)) {
		parts = append(parts, "from "+event+" "+i.From[event])
	}
	if !i.Required {
		parts = append(parts, "not required")
	}
	if i.Default != nil {
		parts = append(parts, "default "+*i.Default)
	}
	return strings.Join(parts, ", ")
}

// route adds a route: its events, its engines, and their order.
func (r *reader) route(route facts.Route) {
	r.add(fact{place: place{"route", r.root, route.Name}})
	where := in(r.root, "route "+route.Name)
	event := func(what string, of []string) {
		r.add(fact{place: place{"route-event", where, what}, value: listed(of)})
	}
	if p := route.On.Push; p != nil {
		branches := slices.Clone(p.Branches)
		if len(branches) == 0 {
			branches = []string{"the default branch"}
		}
		event("push", branches)
	}
	if len(route.On.Issues) > 0 {
		event("issues", sorted(route.On.Issues))
	}
	if route.On.WorkflowDispatch != nil {
		event("workflow_dispatch", nil)
	}
	if len(route.On.RepositoryDispatch) > 0 {
		event("repository_dispatch", sorted(route.On.RepositoryDispatch))
	}
	var times []string
	for _, s := range route.On.Schedule {
		time := s.Cron
		if s.SpreadMinutes > 0 {
			time += " (spread over " + strconv.Itoa(s.SpreadMinutes) + " minutes)"
		}
		times = append(times, time)
	}
	if len(times) > 0 {
		r.add(fact{place: place{"route-schedule", where, ""}, value: strings.Join(sorted(times), "; ")})
	}
	r.stages(where, route.Stages)
}

// stages adds the engines of a route, and for each pair which waits for which.
func (r *reader) stages(where []string, stages []facts.Stage) {
	runs := func(engine string) place { return place{"route-engine", where, marked(engine)} }
	var earlier []string
	for _, s := range stages {
		for _, e := range s.Engines {
			r.add(fact{place: place{"route-engine", where, marked(e)}})
			for _, before := range earlier {
				pair := []place{runs(e), runs(before)}
				r.add(fact{place: place{"order", where, marked(e) + " wait for " + marked(before)}, given: pair})
				if s.When == "all-succeeded" {
					r.add(fact{place: place{"when", where, marked(e) + " only if " + marked(before) + " succeeded"}, given: pair})
				}
			}
		}
		earlier = append(earlier, s.Engines...)
	}
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// read adds the facts of one file.
func (r *reader) read(f File) {
	r.begin(f)
	if r.name == "" {
		r.add(fact{place: place{"workflow", nil, f.Path}})
		r.workflow([]string{"workflow " + f.Path}, f.Data)
		return
	}
	dir, base := path.Split(f.Path)
	yml := path.Ext(base) == ".yml" || path.Ext(base) == ".yaml"
	switch {
	case f.Path == factsPath, f.Path == manifestPath:
	case dir == workflowsPath && yml && r.isEngine(strings.TrimSuffix(strings.TrimPrefix(base, "engine-"), ".yml")) && strings.HasPrefix(base, "engine-"):
		r.workflow(in(r.root, "engine "+marked(strings.TrimSuffix(strings.TrimPrefix(base, "engine-"), ".yml"))), f.Data)
	case strings.HasPrefix(f.Path, "host/") && yml:
		r.unit("profile", profileOf(f.Path), f)
	case dir == templatesPath && yml:
		if name := strings.TrimSuffix(base, path.Ext(base)); r.stubs[name] != digest(f.Data) {
			r.unit("template", name, f)
		}
	case yml && (strings.Contains(dir, ".github/") || base == "action.yml" || base == "action.yaml"):
		r.unit("workflow", base, f)
	default:
		kind := "file"
		switch {
		case strings.HasPrefix(f.Path, "platform/engines/"):
			kind = "source"
		case strings.HasPrefix(f.Path, "platform/runner/"):
			kind = "runner"
		}
		r.add(fact{place: place{kind, r.root, f.Path}, value: digest(f.Data)})
	}
}

func (r *reader) unit(kind, name string, f File) {
	if kind == "workflow" && !strings.HasPrefix(f.Path, workflowsPath) && path.Base(f.Path) != "telemetry.yml" {
		name = f.Path
	}
	r.add(fact{place: place{kind, r.root, name}})
	r.workflow(in(r.root, kind+" "+name), f.Data)
}

// isEngine tells whether the platform has an engine of that name.
func (p *platform) isEngine(name string) bool {
	if p.known == nil {
		return false
	}
	_, ok := p.known.Engine(name)
	return ok
}

// withoutFacts takes the platform's facts and their digest out of a text: what they say is told, and so nothing else is said by them.
func (p *platform) withoutFacts(s string) string {
	if p.digest == "" {
		return s
	}
	s = strings.ReplaceAll(s, p.digest, "the digest of the facts")
	if strings.Contains(s, p.text) {
		s = strings.ReplaceAll(s, p.text, "the facts\n")
	}
	return s
}
