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
	details, err := record.Marshal(checkReport{Summary: i.summary(), Checks: i.checks})
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
	// unmade is true for a FAIL that says which other check is in the way of this one.
	unmade bool
}

// failed returns the causes of the checks that failed. Those that could not be made have their cause among them.
func (i *inspection) failed() failures {
	var f failures
	for _, c := range i.checks {
		if c.Outcome == outcomeFail && !c.unmade {
			f = append(f, "preflight check "+c.ID+": "+c.Details)
		}
	}
	return f
}

func (i *inspection) summary() string {
	var passed, warned, unmade int
	for _, c := range i.checks {
		switch {
		case c.unmade:
			unmade++
		case c.Outcome == outcomeWarn:
			warned++
		case c.Outcome == outcomePass:
			passed++
		}
	}
	all := len(i.checks)
	var s string
	switch failed := all - passed - warned - unmade; {
	case failed > 0:
		s = fmt.Sprintf("%d of %d checks failed", failed, all)
	case warned == 0:
		s = fmt.Sprintf("all %d checks passed", all)
	default:
		s = fmt.Sprintf("%d of %d checks passed, %d with a warning", all, all, warned)
	}
	if unmade > 0 {
		s += fmt.Sprintf(", and %d could not be made", unmade)
	}
	return s
}
