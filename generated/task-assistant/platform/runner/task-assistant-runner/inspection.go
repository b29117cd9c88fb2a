package main

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

const (
	outcomePass = "PASS"
	outcomeWarn = "WARN"
	outcomeFail = "FAIL"
)

// The ids of the checks, in the order of the report.
const (
	checkRequest      = "request"
	checkInstallation = "installation"
	checkTarget       = "target"
	checkTelemetry    = "telemetry"
	checkPermissions  = "permissions"
	checkEngineRef    = "engine-ref"
	checkRecord       = "record"
	checkRegistry     = "registry"
	checkRelease      = "release"
)

// inspection makes the checks of one preflight. Every check is always listed: one that cannot be made since
// another failed is a FAIL that names the other one, so that each cause is said once.
type inspection struct {
	run runContext
	in  request
	// problem and route are what plan made of the event.
	problem, route string
	client         *github.Client
	// telemetryRepo takes the run's records, "" where it is not known.
	telemetryRepo string
	checks        []check
}

// inspect makes all checks, with at most three requests besides minting and revoking, five where there is a registry.
func (i *inspection) inspect(ctx context.Context, engineKey, telemetryKey string) {
	registry := i.readRegistry(ctx, engineKey)
	engine, telemetry := i.enterTarget(ctx, engineKey), i.enterTelemetry(ctx, telemetryKey, registry)
	platform := i.enterPlatform(ctx, engineKey)
	i.add(checkRequest, "the request is well formed", i.request())
	i.add(checkInstallation, "both GitHub Apps are installed where they must be", installations(engine, telemetry, platform))
	i.add(checkTarget, "the target can be read and is active", errors.Join(i.run.checkOwner(), i.target(ctx, engine)))
	i.add(checkTelemetry, "the telemetry repository can be written and is active", i.telemetry(telemetry))
	i.warn(i.signature(telemetryKey))
	i.add(checkPermissions, "the installation grants what the engines of the route need", i.permissions(engine))
	i.add(checkEngineRef, "engine_ref is the commit that runs", i.engineRef())
	i.add(checkRecord, "the run has no preflight record yet", i.record(ctx, telemetry))
	if i.run.facts.Telemetry.Registry != nil {
		i.addRegistry(registry)
		i.add(checkRelease, "the release may run", i.release(ctx, registry, platform))
	}
}

// writeScope is what a token needs to write records.
func writeScope() map[string]string {
	return map[string]string{"contents": "write", "metadata": "read"}
}

// readScope is what a token needs to read records back.
func readScope() map[string]string { return map[string]string{"contents": "read", "metadata": "read"} }

func (i *inspection) add(id, pass string, err error) {
	c := check{ID: id, Outcome: outcomePass, Details: pass}
	if err != nil {
		c.Outcome, c.Details = outcomeFail, actions.Line(oneLine(err), 1024)
		c.unmade = errors.As(err, new(errNotChecked))
	}
	i.checks = append(i.checks, c)
}

// warn turns the last check from PASS to WARN if err is there.
func (i *inspection) warn(err error) {
	if last := &i.checks[len(i.checks)-1]; err != nil && last.Outcome == outcomePass {
		last.Outcome, last.Details = outcomeWarn, actions.Line(err.Error(), 1024)
	}
}

// signature checks that readers can tell what the telemetry App signs: where they cannot, its records can take
// no other way than GitHub's contents API. That is no reason to stop the run.
func (i *inspection) signature(key string) error {
	a := i.run.facts.Apps.Telemetry
	app, err := i.client.App(appOf(a, key))
	if err != nil || !spools(i.run.facts) {
		return nil // without a key there is no token, which is reported
	}
	keys, err := signed.PublicKeys(a.PublicKeys)
	if err == nil && !slices.ContainsFunc(keys, func(k *rsa.PublicKey) bool { return k.Equal(app.PublicKey()) }) {
		err = fmt.Errorf("the private key of the GitHub App %s belongs to none of the platform's public_keys, so no record can go by the spool: name its public half there", a.Slug)
	}
	return err
}

// request checks everything that needs no one to be asked.
func (i *inspection) request() error {
	var problem, route error
	if i.problem != "" {
		problem = errors.New(i.problem)
	}
	if _, ok := i.run.facts.Route(i.route); !ok && i.route != "" {
		route = fmt.Errorf("the route %q is not one of this platform", actions.Line(i.route, 100))
	}
	if err := errors.Join(route, i.in.check(i.run)); err != nil {
		return errors.Join(problem, fmt.Errorf("%s: plan hands on nothing like it, so look for a workflow that was edited with `tasc check`", oneLine(err)))
	}
	return problem
}

// engineRef checks that all of the run is one commit.
func (i *inspection) engineRef() error {
	err := i.run.checkRef(i.in.engineRef)
	switch {
	case err == nil:
		return nil
	case i.run.commit == "" && i.run.facts.Server == "":
		return fmt.Errorf("%w: update GitHub's runner on the trusted machines", err)
	}
	return fmt.Errorf("%w: vend the stub again, and start a new run", err)
}

// permissions checks that the installation grants all that the route's engines may ask for.
func (i *inspection) permissions(engine access) error {
	if engine.installation == nil {
		return notChecked(engine.by)
	}
	route, _ := i.run.facts.Route(i.route) // an unknown route has no engines, and fails the request check
	var missing []string
	for _, stage := range route.Stages {
		for _, name := range stage.Engines {
			e, _ := i.run.facts.Engine(name)
			missing = append(missing, lacking(e, engine.installation.Permissions)...)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the installation of the GitHub App %s on %s does not grant %s: ask for these in the App's settings, and an owner must accept them",
			i.run.facts.Apps.Engine.Slug, engine.place, strings.Join(missing, ", "))
	}
	return nil
}

// lacking returns what e asks for and granted does not hold, sorted.
func lacking(e facts.Engine, granted map[string]string) []string {
	level := map[string]int{"read": 1, "write": 2, "admin": 3}
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(e.Permissions)) {
		if level[granted[name]] < level[e.Permissions[name]] {
			missing = append(missing, fmt.Sprintf("%s: %s (engine %s)", name, e.Permissions[name], e.Name))
		}
	}
	return missing
}

// record checks that the run's directory has no preflight record, which would mean that another run or
// attempt owns the correlation id.
func (i *inspection) record(ctx context.Context, telemetry access) error {
	if telemetry.token == "" {
		return notChecked(telemetry.by)
	}
	if i.in.check(i.run) != nil {
		return notChecked(checkRequest)
	}
	entries, err := i.client.Dir(ctx, telemetry.token, telemetry.place, i.in.dir())
	if err != nil && !github.IsNotFound(err) {
		return fmt.Errorf("the records of the run cannot be listed: %w: try again, and if it stays, see what the GitHub App %s may read there", err, i.run.facts.Apps.Telemetry.Slug)
	}
	file := record.FileName(record.Preflight)
	path := i.in.dir() + "/" + file
	if !slices.ContainsFunc(entries, func(e github.Entry) bool { return e.Name == file }) {
		return i.spooled(ctx, telemetry, path)
	}
	blob, err := i.client.File(ctx, telemetry.token, telemetry.place, path)
	return i.taken(owner(blob, err))
}

// spooled checks that no preflight record of the run waits in the spool.
func (i *inspection) spooled(ctx context.Context, telemetry access, path string) error {
	if !spools(i.run.facts) {
		return nil
	}
	ref := signed.SpoolRef(path)
	refs, err := i.client.Refs(ctx, telemetry.token, telemetry.place, ref)
	if err != nil {
		return fmt.Errorf("the spool cannot be listed: %w: try again, and if it stays, see what the GitHub App %s may read there", err, i.run.facts.Apps.Telemetry.Slug)
	}
	at := slices.IndexFunc(refs, func(r github.Ref) bool { return r.Name == ref })
	if at < 0 {
		return nil
	}
	blob, err := i.client.FileAt(ctx, telemetry.token, telemetry.place, path, refs[at].Object.SHA)
	return i.taken(owner(blob, err))
}

func (i *inspection) taken(owner string) error {
	return fmt.Errorf("the correlation id %s belongs to %s: use Re-run all jobs, or start a new run without this id", i.in.correlationID, owner)
}

// owner names the run that wrote a record.
func owner(blob github.Blob, err error) string {
	var r struct{ Source record.Source }
	switch kind, _ := record.Classify(blob.Data); {
	case err == nil && kind == record.Legacy:
		return "a run from before records named theirs"
	case err != nil || json.Unmarshal(blob.Data, &r) != nil:
		return "a run whose record cannot be read"
	}
	return fmt.Sprintf("run %d, attempt %d", r.Source.RunID, r.Source.RunAttempt)
}
