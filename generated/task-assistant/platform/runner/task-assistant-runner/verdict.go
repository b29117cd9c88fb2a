package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// verdict judges the whole run: whether every engine that had to run did, no other one did, and each left the
// record that it says it left.
func verdict(ctx context.Context, j *job) error {
	needsText, key := j.env.Need("NEEDS"), j.env.Text("TELEMETRY_APP_KEY")
	api, server := j.env.Need("GITHUB_API_URL"), j.env.Need("GITHUB_SERVER_URL")
	run, err := j.trusted()
	if err != nil {
		return err
	}
	var n needs
	if err := json.Unmarshal([]byte(needsText), &n); err != nil {
		return &actions.UsageError{Text: "NEEDS is not the JSON of the needs context: " + err.Error()}
	}
	c := trial{server: server, plan: n["plan"], resolved: n["preflight"].Outputs["telemetry_repo"], in: n["plan"].request(), rows: rows(run.facts, n), spools: spools(run.facts)}
	c.telemetry, err = c.place(run)
	if err == nil {
		err = errors.Join(run.checkRef(c.in.engineRef), c.readBack(ctx, j.github(api), appOf(run.facts.Apps.Telemetry, key)))
	}
	failed := c.failures(err)
	if err := j.out.Summary(c.summary(run.facts.Title, failed)); err != nil {
		return err
	}
	if len(failed) > 0 {
		return failed
	}
	if c.plan.Outputs["route"] == "" {
		j.out.Notice("no route of this platform starts on this event: preflight passed, and no engine ran")
	}
	return nil
}

// needs is the needs context of the verdict job, by job id.
type needs map[string]need

// need is one job that came before; a skipped job has no outputs.
type need struct {
	Result  string            `json:"result"`
	Outputs map[string]string `json:"outputs"`
}

// ok reports whether the job succeeded and recorded a success.
func (n need) ok() bool { return n.Result == "success" && n.Outputs["ok"] == "true" }

// request returns what plan handed to every job.
func (n need) request() request {
	return request{
		target:        n.Outputs["target_repo"],
		correlationID: n.Outputs["correlation_id"],
		engineRef:     n.Outputs["engine_ref"],
		date:          n.Outputs["run_date"],
	}
}

// row is one engine, or preflight, in the verdict.
type row struct {
	engine string
	need   need
	// expected is true if the engine had to run.
	expected bool
	// stored is the id of the record's blob in the telemetry repository, "" if there is none.
	stored string
	// spooled is true if the record waits in the spool.
	spooled bool
}

// rows returns preflight and all engines of the platform, with what was expected of each.
func rows(f *facts.Facts, n needs) []row {
	expected := expectedEngines(f, n)
	all := []row{{engine: record.Preflight, need: n["preflight"], expected: n["plan"].Result == "success"}}
	for _, e := range f.Engines {
		all = append(all, row{engine: e.Name, need: n["engine-"+e.Name], expected: expected[e.Name]})
	}
	return all
}

// expectedEngines returns which engines had to run: none after a failed preflight, else those of the route,
// without those of a stage that waits for success and did not get it.
func expectedEngines(f *facts.Facts, n needs) map[string]bool {
	expected := map[string]bool{}
	if n["plan"].Result != "success" || !n["preflight"].ok() {
		return expected
	}
	route, _ := f.Route(n["plan"].Outputs["route"])
	soFar := true
	for _, stage := range route.Stages {
		if stage.When == "all-succeeded" && !soFar {
			continue // skipped, so what came before did not all succeed for later stages either
		}
		for _, name := range stage.Engines {
			expected[name] = true
			soFar = soFar && n["engine-"+name].ok()
		}
	}
	return expected
}

// trial is everything the verdict is about.
type trial struct {
	server string
	plan   need
	in     request
	rows   []row
	// resolved is the telemetry repository that preflight names, "" where it names none.
	resolved, telemetry string
	// spools is true if the platform has a spool.
	spools bool
	// read is true once the records were read back.
	read bool
}

// place returns the telemetry repository if the run's records have a place that may be read.
func (c *trial) place(run runContext) (string, error) {
	if c.plan.Result != "success" {
		return "", fmt.Errorf("plan ended as %q, so no engine was started and nothing recorded", actions.Line(c.plan.Result, 100))
	}
	route := c.plan.Outputs["route"]
	if _, known := run.facts.Route(route); route != "" && !known {
		return "", fmt.Errorf("the route %q is not one of this platform", actions.Line(route, 100))
	}
	telemetry, err := run.telemetryRepository(c.resolved)
	return telemetry, errors.Join(err, c.in.check(run))
}

// readBack lists the run's records. Where one is missing it looks into the spool, and at the branch once more:
// GitHub does not promise to read at once what was just written.
func (c *trial) readBack(ctx context.Context, client *github.Client, app github.Credentials) error {
	token, err := client.Mint(ctx, app, github.Scope{Repository: c.telemetry, Permissions: readScope()})
	if err != nil {
		return fmt.Errorf("the records cannot be read back: %w", err)
	}
	branch := func() error { return c.readBranch(ctx, client, token.Value) }
	second := branch
	if c.spools {
		second = func() error { return c.readSpool(ctx, client, token.Value) }
	}
	for _, look := range []struct {
		at    func() error
		pause time.Duration
	}{{branch, 2 * time.Second}, {second, 5 * time.Second}, {branch, 0}} {
		if err := look.at(); err != nil {
			return fmt.Errorf("the records cannot be read back: %w", err)
		}
		if c.complete() || look.pause == 0 {
			break
		}
		if err := client.Sleep(ctx, look.pause); err != nil {
			return err
		}
	}
	c.read = true
	return nil
}

// readBranch notes which records are on the branch.
func (c *trial) readBranch(ctx context.Context, client *github.Client, token string) error {
	entries, err := client.Dir(ctx, token, c.telemetry, c.in.dir())
	if err != nil && !github.IsNotFound(err) {
		return err
	}
	for _, e := range entries {
		for i := range c.rows {
			if record.FileName(c.rows[i].engine) == e.Name {
				c.rows[i].stored = e.SHA
			}
		}
	}
	return nil
}

// readSpool notes which records wait in the spool. One that is swept meanwhile is on the branch when that is read again.
func (c *trial) readSpool(ctx context.Context, client *github.Client, token string) error {
	dir := signed.SpoolDir(c.in.dir())
	refs, err := client.Refs(ctx, token, c.telemetry, dir)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		for i := range c.rows {
			if dir+c.rows[i].engine == ref.Name {
				c.rows[i].spooled = true
			}
		}
	}
	return nil
}

// complete reports whether every expected record is stored or waits to be.
func (c *trial) complete() bool {
	return !slices.ContainsFunc(c.rows, func(r row) bool { return r.expected && r.stored == "" && !r.spooled })
}

// failures returns everything that makes the run red; err is why the records were not read back.
func (c *trial) failures(err error) failures {
	var f failures
	if err != nil {
		f = append(f, oneLine(err))
	}
	for _, r := range c.rows {
		f = append(f, r.problems()...)
		if c.read {
			f = append(f, r.recordProblems()...)
		}
	}
	return f
}

// problems judges how the job ended.
func (r row) problems() failures {
	result := actions.Line(r.need.Result, 100)
	switch {
	case !r.expected && (result == "success" || result == "failure"):
		return failures{fmt.Sprintf("%s ran (%s), though neither route nor preflight allowed it", r.engine, result)}
	case !r.expected || r.need.ok():
		return nil
	case result == "skipped" || result == "":
		return failures{r.engine + " was skipped, though it had to run"}
	case result != "success":
		return failures{fmt.Sprintf("%s ended as %s", r.engine, result)}
	}
	return failures{r.engine + " recorded a failure"}
}

// recordProblems judges the record.
func (r row) recordProblems() failures {
	claimed := actions.Line(r.need.Outputs["record"], 100)
	switch {
	case r.expected && r.stored == "" && !r.spooled:
		return failures{r.engine + " has no record"}
	case !r.expected && (r.stored != "" || r.spooled):
		return failures{r.engine + " has a record, though it must not have run"}
	case r.stored == "" && r.spooled:
		return nil // the sweep compares it with its signature
	case claimed != "" && claimed != r.stored:
		return failures{fmt.Sprintf("%s wrote the record %s, and %s is stored", r.engine, claimed, actions.Line(r.stored, 100))}
	}
	return nil
}
