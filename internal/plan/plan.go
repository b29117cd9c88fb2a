// Package plan decides everything that a platform's generated files say.
//
// In: a spec.Set that validate has accepted, one of its platforms, the lock.
// Out: a Plan, plain data that render prints and verify proves. Defaults are
// applied here and nowhere else. Build cannot fail: what could was refused by a
// rule, and if it does not hold all the same, Build panics with the rule's id.
package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/limits"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/spec"
)

// Plan is one platform, decided.
type Plan struct {
	// Platform is its name; Pos is where the spec declares it.
	Platform string
	Pos      diag.Pos `json:"-"`
	// Limits are those of the GitHub that the platform runs on.
	Limits limits.Limits `json:"-"`
	// SpecDigest is the sha256 of the spec's sources.
	SpecDigest string
	// LockDigest is the sha256 of tasc.lock, empty where there is none.
	LockDigest string
	// Facts are what the runner knows; FactsDigest is the sha256 of their encoding.
	Facts       facts.Facts
	FactsDigest string
	// Download is where jobs get the runner; nil where they build it from the checkout.
	Download *Download
	// Compiler is the tasc that the workflows of the platform's repository download, nil where there are none.
	Compiler *Download
	// Secrets are the Actions secrets that every monitored repository must have.
	Secrets Secrets
	// Engines are what engines get from the monitored repository beside their token, sorted by name.
	Engines []Grant
	// Profiles are the routes that a kind of monitored repository has, sorted by name.
	Profiles []Profile
	// Workflows are all YAML files, sorted by path.
	Workflows []Workflow
	// Templates say what the organisation's list shows of its workflow templates, sorted by path.
	Templates []Template
	// Outputs are the folders of the project that trees go to, where they do not go below the manifest's, sorted by tree.
	Outputs []Folder
	// InPlace says that the engines' sources are where the platform tree has them: nobody writes or removes them.
	InPlace bool
	// Targets say where the stubs go, in the order of the spec. No generated file depends on them.
	Targets []Target `json:"-"`
	// Sources are the engine sources that the platform tree carries, sorted by path.
	Sources []spec.File `json:"-"`
	// Pending says, for people, why trees were left out and what to do; empty if none was.
	Pending []string
}

// Download is the runner as it was released.
type Download struct {
	// From is the folder of the release, https://…/v0.1.0.
	From string
	// Digests are the sha256 of the runner (hex) by platform, such as linux/amd64.
	Digests []lock.Digest
}

// releases is where the runners of tasc's releases are; a mirror has the same folders.
const releases = "https://github.com/task-assistant/tasc/releases/download"

// download returns where the jobs get the runner, nil where they build it.
func (b *builder) download() *Download {
	if b.platform.Delivery.Value != "release" {
		return nil
	}
	if b.lock.Runner == nil {
		panic("runner-unlocked: " + b.platform.Name.Value)
	}
	from := releases
	if b.platform.Mirror.Pos.IsValid() {
		from = b.platform.Mirror.Value
	}
	return &Download{From: from + "/" + b.lock.Runner.Version, Digests: b.lock.Runner.Digests}
}

// Folder is where one tree goes, relative to the project.
type Folder struct{ Tree, Dir string }

func outputFolders(p *spec.Platform) []Folder {
	var out []Folder
	for _, o := range p.Outputs {
		out = append(out, Folder{o.Key.Value, o.Value.Value})
	}
	slices.SortFunc(out, func(a, b Folder) int { return strings.Compare(a.Tree, b.Tree) })
	return out
}

// Grant names what the steps of one engine find in their environment: variables and secrets of the monitored repository.
type Grant struct {
	Engine  string
	Vars    []string
	Secrets []string
}

// Profile is a set of routes, in the order of the spec.
type Profile struct {
	Name   string
	Routes []string
}

// Secrets are names of Actions secrets.
type Secrets struct {
	EngineKey    string
	TelemetryKey string
	HandoverKey  string
}

// all returns the names, each once: in development mode both Apps may be one.
func (s Secrets) all() []string { return distinct(s.EngineKey, s.TelemetryKey, s.HandoverKey) }

func distinct(names ...string) []string {
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// Build plans one platform of set.
func Build(set *spec.Set, p *spec.Platform, lk *lock.Lock) Plan {
	b := &builder{set: set, platform: p, lock: lk}
	b.engines = b.enginesOfRoutes()
	pl := Plan{
		Platform:   p.Name.Value,
		Pos:        p.Name.Pos,
		Limits:     limits.Of(p),
		SpecDigest: set.Digest,
		LockDigest: lk.Digest,
		Facts:      b.platformFacts(),
		Download:   b.download(),
		Secrets: Secrets{
			EngineKey:    p.EngineApp.PrivateKeySecret.Value,
			TelemetryKey: p.TelemetryApp.PrivateKeySecret.Value,
			HandoverKey:  p.HandoverKeySecret.Value,
		},
		Outputs: outputFolders(p),
		InPlace: layout.InPlace(p, set.Dir),
		Targets: targets(p),
		Sources: b.sources(),
	}
	encoded := facts.Encode(pl.Facts)
	pl.FactsDigest = facts.Digest(encoded)
	b.facts, b.factsText, b.factsDigest, b.secrets = pl.Facts, string(encoded), pl.FactsDigest, pl.Secrets
	pl.Workflows = append(pl.Workflows, b.dispatcher(), b.preflight())
	for _, e := range b.engines {
		pl.Engines = append(pl.Engines, Grant{e.Name.Value, values(e.Vars), values(e.Secrets)})
		pl.Workflows = append(pl.Workflows, b.engine(e))
	}
	for _, pr := range p.Profiles {
		pl.Profiles = append(pl.Profiles, Profile{pr.Name.Value, values(pr.Routes)})
	}
	if entry, ok := b.entry(); ok {
		for _, pr := range p.Profiles {
			stub := b.host(pr, entry)
			pl.Workflows = append(pl.Workflows, stub, inTemplates(stub, pr))
			pl.Templates = append(pl.Templates, b.template(pr))
		}
		if release, _ := b.release(); len(p.TelemetryApp.PublicKeys) > 0 {
			pl.Workflows = append(pl.Workflows, b.telemetry(release))
		} else if p.Mode.Value == "marketplace" {
			pl.Pending = append(pl.Pending, fmt.Sprintf("platform %s: apps.telemetry names no public_keys, so telemetry/ is left out, and records have one lane only; name the public half of the telemetry App's key", p.Name.Value))
		}
	} else {
		next := "release the platform tree, then lock the release's commit"
		if b.atTop() {
			next = "commit everything and run `tasc release " + p.EngineRef.Value + "`"
		}
		pl.Pending = append(pl.Pending, fmt.Sprintf("platform %s: tasc.lock holds no commit for engine_ref %s yet, so host/, org/ and telemetry/ are left out; %s", p.Name.Value, p.EngineRef.Value, next))
	}
	own, pending := b.own()
	pl.Workflows, pl.Compiler = append(pl.Workflows, own...), b.compiler()
	if pending != "" {
		pl.Pending = append(pl.Pending, pending)
	}
	slices.SortFunc(pl.Workflows, func(a, b Workflow) int { return strings.Compare(a.Path, b.Path) })
	return pl
}

// builder holds what the parts of one plan share.
type builder struct {
	set         *spec.Set
	platform    *spec.Platform
	lock        *lock.Lock
	engines     []*spec.Engine
	facts       facts.Facts
	factsText   string // facts.json
	factsDigest string
	secrets     Secrets
}

// enginesOfRoutes returns the engines that the platform's routes name, sorted by name.
func (b *builder) enginesOfRoutes() []*spec.Engine {
	named := map[string]bool{}
	for _, r := range b.platform.Routes {
		for _, s := range r.Stages {
			for _, e := range s.Engines {
				named[e.Value] = true
			}
		}
	}
	var out []*spec.Engine
	for _, e := range b.set.Engines { // sorted
		if named[e.Name.Value] {
			out = append(out, e)
		}
	}
	return out
}

// sources returns the files that one of the platform's engines names.
func (b *builder) sources() []spec.File {
	entries := map[string]bool{}
	for _, e := range b.engines {
		for _, f := range e.Files {
			entries[f.Value] = true
		}
	}
	var out []spec.File
	for _, f := range b.set.Files {
		if spec.Carried(f.Path, entries) {
			out = append(out, f)
		}
	}
	return out
}

// Pinned is a reference that cannot move, with the version it stands for.
type Pinned struct {
	Value string
	// Version is the tag that the commit belongs to, written as a comment; empty where there is none.
	Version string
}

// entry returns where host stubs enter the platform.
func (b *builder) entry() (Pinned, bool) {
	release, ok := b.release()
	release.Value = b.platform.Repository.Value + "/.github/workflows/dispatcher.yml@" + release.Value
	return release, ok
}

// release returns where other repositories enter the platform: the commit of its release, or in development mode the ref itself.
func (b *builder) release() (Pinned, bool) {
	release := b.platform.EngineRef.Value
	if ref.Classify(release) == ref.Commit {
		return Pinned{Value: release}, true
	}
	if e, ok := b.lock.EngineRef(b.platform.Name.Value, release); ok {
		return Pinned{Value: e.Commit, Version: release}, true
	}
	return Pinned{Value: release}, b.platform.Mode.Value == "development"
}

// action returns an action at the commit that the lock holds for it; without
// one (development mode only, rule action-ref-unlocked) as it is written.
func (b *builder) action(uses string) Pinned {
	u, err := ref.ParseUses(uses)
	if err != nil {
		panic("step-form: " + err.Error())
	}
	if u.Form != "action" || ref.Classify(u.Ref) == ref.Commit {
		return Pinned{Value: uses}
	}
	if a, ok := b.lock.Action(u.Repository + "@" + u.Ref); ok {
		return Pinned{Value: u.Pinned(a.Commit), Version: u.Ref}
	}
	if b.platform.Mode.Value == "marketplace" {
		panic("action-ref-unlocked: " + uses)
	}
	return Pinned{Value: uses}
}

func (b *builder) platformFacts() facts.Facts {
	p := b.platform
	f := facts.Facts{
		Platform:   p.Name.Value,
		Title:      p.Title.Value,
		Repository: p.Repository.Value,
		Visibility: p.Visibility.Value,
		Server:     p.Server.Value,
		Mode:       p.Mode.Value,
		Apps: facts.Apps{
			Engine:    facts.App{ClientID: p.EngineApp.ClientID.Value, Slug: p.EngineApp.Slug.Value},
			Telemetry: facts.App{ClientID: p.TelemetryApp.ClientID.Value, Slug: p.TelemetryApp.Slug.Value, PublicKeys: publicKeys(p)},
		},
		Telemetry: facts.Telemetry{Repository: p.Telemetry.Value, LogFallback: cmp.Or(p.LogFallback.Value, defaultLogFallback)},
	}
	if p.RegistryRepository.Pos.IsValid() {
		f.Telemetry.Registry = &facts.Registry{Repository: p.RegistryRepository.Value, Path: p.RegistryPath.Value}
	}
	for _, r := range p.Routes {
		f.Routes = append(f.Routes, routeFacts(r))
	}
	for _, e := range b.engines {
		f.Engines = append(f.Engines, facts.Engine{Name: e.Name.Value, Class: e.Class.Value, Permissions: apiPermissions(e), ReadsTelemetry: e.ReadsTelemetry.Value, Inputs: inputFacts(e), Legs: legFacts(e)})
	}
	return f
}

// publicKeys ends every key with one line break, however the spec quotes it.
func publicKeys(p *spec.Platform) []string {
	var out []string
	for _, key := range p.TelemetryApp.PublicKeys {
		out = append(out, strings.TrimSuffix(key.Value, "\n")+"\n")
	}
	return out
}

func inputFacts(e *spec.Engine) []facts.Input {
	var out []facts.Input
	for _, in := range e.Inputs {
		f := facts.Input{Name: in.Name.Value, Type: in.Type.Value, Options: values(in.Options), From: map[string]string{}, Required: !in.Optional}
		for _, from := range in.From {
			f.From[from.Key.Value] = from.Value.Value
			if from.Key.Value == "workflow_dispatch" {
				f.From[from.Key.Value] = "inputs." + in.Name.Value
			}
		}
		if in.Default != nil {
			value := in.Default.Value.Value
			f.Default = &value
		}
		out = append(out, f)
	}
	return out
}

func routeFacts(r *spec.Route) facts.Route {
	out := facts.Route{Name: r.Name.Value}
	if r.Push != nil {
		out.On.Push = &facts.Push{Branches: values(r.Push.Branches)}
	}
	if r.WorkflowDispatch != nil {
		out.On.WorkflowDispatch = &facts.WorkflowDispatch{}
	}
	out.On.Issues, out.On.RepositoryDispatch = values(r.IssueTypes), values(r.RepositoryDispatchTypes)
	for _, s := range r.Schedules {
		out.On.Schedule = append(out.On.Schedule, facts.Schedule{Cron: s.Cron.Value, SpreadMinutes: s.SpreadMinutes.Value})
	}
	for _, s := range r.Stages {
		out.Stages = append(out.Stages, facts.Stage{When: when(s), Engines: values(s.Engines)})
	}
	return out
}

func values(texts []spec.String) []string {
	var out []string
	for _, t := range texts {
		out = append(out, t.Value)
	}
	return out
}

func when(s spec.Stage) string {
	if s.When.Value == "" {
		return defaultWhen
	}
	return s.When.Value
}

// apiPermissions names an engine's permissions as the API that mints tokens does: pull_requests, not pull-requests.
func apiPermissions(e *spec.Engine) map[string]string {
	if len(e.Permissions) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, p := range e.Permissions {
		out[strings.ReplaceAll(p.Key.Value, "-", "_")] = p.Value.Value
	}
	return out
}
