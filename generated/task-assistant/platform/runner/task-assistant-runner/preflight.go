package main

import (
	"context"
	"fmt"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// preflight checks that the run may go on, changes nothing, and says all it found. It hands everything over
// before it fails, so that emit can record a failed preflight.
func preflight(ctx context.Context, j *job) error {
	i := &inspection{in: j.request(), problem: j.env.Text("PROBLEM"), route: j.env.Text("ROUTE")}
	engineKey, telemetryKey := j.env.Text("ENGINE_APP_KEY"), j.env.Text("TELEMETRY_APP_KEY")
	api := j.env.Need("GITHUB_API_URL")
	var err error
	if i.run, err = j.trusted(); err != nil {
		return err
	}
	i.client = j.github(api)
	i.inspect(ctx, engineKey, telemetryKey)
	return i.handOver(j)
}

// handOver writes the outputs and returns one failure for each failed check.
func (i *inspection) handOver(j *job) error {
	failed := i.failed()
	details, err := record.Marshal(checkReport{Summary: i.summary(len(failed)), Checks: i.checks})
	if err != nil {
		return err
	}
	p, err := pack(details, record.MaxDetails)
	if err != nil {
		return err
	}
	for _, c := range i.checks {
		if c.Outcome == outcomeWarn {
			j.out.Warning("preflight check " + c.ID + ": " + c.Details)
		}
	}
	outputs := append([]actions.Output{
		{Name: "ok", Value: fmt.Sprint(len(failed) == 0)},
		{Name: "telemetry_repo", Value: i.telemetryRepo},
	}, p.outputs(i.run.attempt)...)
	if err := j.out.Outputs(outputs...); err != nil || len(failed) == 0 {
		return err
	}
	return failed
}

// checkReport is the details object of preflight.
type checkReport struct {
	Summary string  `json:"summary"`
	Checks  []check `json:"checks"`
}

// check is the outcome of one check.
type check struct {
	ID string `json:"id"`
	// Outcome is "PASS", "WARN" or "FAIL".
	Outcome string `json:"outcome"`
	// Details is a sentence that tells an operator what was found and, on FAIL, what to do.
	Details string `json:"details"`
}

func (i *inspection) failed() failures {
	var f failures
	for _, c := range i.checks {
		if c.Outcome == outcomeFail {
			f = append(f, "preflight check "+c.ID+": "+c.Details)
		}
	}
	return f
}

func (i *inspection) summary(failed int) string {
	warned := 0
	for _, c := range i.checks {
		if c.Outcome == outcomeWarn {
			warned++
		}
	}
	if failed == 0 && warned > 0 {
		return fmt.Sprintf("%d of %d checks passed, %d with a warning", len(i.checks), len(i.checks), warned)
	}
	if failed == 0 {
		return fmt.Sprintf("all %d checks passed", len(i.checks))
	}
	return fmt.Sprintf("%d of %d checks failed", failed, len(i.checks))
}
