package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// plan turns the event into what all jobs of the run share. What it finds wrong with the event does not fail
// it: it hands the problem on, and preflight fails and records it.
func plan(_ context.Context, j *job) error {
	file := j.env.Need("GITHUB_EVENT_PATH")
	ev := event{name: j.env.Need("GITHUB_EVENT_NAME"), ref: j.env.Text("GITHUB_REF")}
	run, err := j.trusted()
	if err != nil {
		return err
	}
	if ev.payload, err = os.ReadFile(file); err != nil {
		return fmt.Errorf("cannot read the event: %w", err)
	}
	d := dispatch(run, ev)
	if d.route == "" && d.problem == "" {
		j.out.Notice("no route of this platform starts on " + actions.Line(ev.name+" "+ev.ref, 300) + ": no engine runs")
	}
	return j.out.Outputs(
		actions.Output{Name: "problem", Value: d.problem},
		actions.Output{Name: "route", Value: d.route},
		actions.Output{Name: "target_repo", Value: run.repository},
		actions.Output{Name: "correlation_id", Value: d.correlationID},
		actions.Output{Name: "run_date", Value: j.now().UTC().Format(time.DateOnly)},
		actions.Output{Name: "engine_ref", Value: d.engineRef},
	)
}

// event is what started the run.
type event struct {
	name, ref string
	payload   []byte
}

// decision is what plan decides from the event.
type decision struct {
	// problem is "" or a sentence on one line that names everything wrong with the event.
	problem       string
	route         string
	correlationID string
	engineRef     string
}

// dispatch decides from the event alone.
func dispatch(run runContext, ev event) decision {
	route, errRoute := chooseRoute(run.facts, ev)
	id, errID := correlationID(run, ev)
	d := decision{route: route, correlationID: id, engineRef: run.commit}
	var errRef error
	if !record.IsCommit(run.commit) {
		errRef = fmt.Errorf("the job context names %s as the one that runs, expected a full commit id in workflow_sha", orNothing(run.commit))
		d.engineRef = ""
	}
	if err := errors.Join(errRoute, errID, errRef); err != nil {
		d.problem = actions.Line(oneLine(err), 300)
	}
	return d
}

// chooseRoute returns the one route that the event starts, or "" if none does.
func chooseRoute(f *facts.Facts, ev event) (string, error) {
	switch ev.name {
	case "push":
		return pushRoute(f, ev)
	case "workflow_dispatch":
		return dispatchRoute(f, ev)
	}
	return "", nil
}

func pushRoute(f *facts.Facts, ev event) (string, error) {
	var payload struct {
		Repository struct {
			DefaultBranch string `json:"default_branch"`
		} `json:"repository"`
	}
	if err := ev.decode(&payload); err != nil {
		return "", err
	}
	if branch := payload.Repository.DefaultBranch; branch == "" || ev.ref != "refs/heads/"+branch {
		return "", nil
	}
	names := routes(f, func(on facts.On) bool { return on.Push != nil })
	if len(names) > 1 {
		return "", fmt.Errorf("a push starts %s, expected one route", strings.Join(names, " and "))
	}
	return first(names), nil
}

func dispatchRoute(f *facts.Facts, ev event) (string, error) {
	inputs, err := ev.inputs()
	if err != nil {
		return "", err
	}
	names := routes(f, func(on facts.On) bool { return on.WorkflowDispatch != nil })
	if inputs.Route == "" {
		if len(names) > 1 {
			return "", fmt.Errorf("the input route is empty, expected one of %s", strings.Join(names, ", "))
		}
		return first(names), nil
	}
	for _, name := range names {
		if name == inputs.Route {
			return name, nil
		}
	}
	return "", fmt.Errorf("the input route is %q, expected one of %s", actions.Line(inputs.Route, 100), strings.Join(names, ", "))
}

// routes returns the names of the routes that some event starts, sorted.
func routes(f *facts.Facts, starts func(facts.On) bool) []string {
	var names []string
	for _, r := range f.Routes {
		if starts(r.On) {
			names = append(names, r.Name)
		}
	}
	return names
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// correlationID returns the run's correlation id: the one that came with the event, else the run's own.
// With an error it returns the run's own, under which the error can be recorded.
func correlationID(run runContext, ev event) (string, error) {
	own := record.DefaultCorrelationID(run.runID, run.attempt)
	id, err := ev.correlationID()
	if id == "" || err != nil {
		return own, err
	}
	if err := record.CheckExternalCorrelationID(id); err != nil {
		return own, err
	}
	if run.attempt > 1 {
		id += "." + strconv.Itoa(run.attempt)
	}
	if err := record.CheckCorrelationID(id); err != nil {
		return own, err
	}
	return id, nil
}

// correlationID returns the id that came with the event, "" if none did.
func (ev event) correlationID() (string, error) {
	switch ev.name {
	case "workflow_dispatch":
		inputs, err := ev.inputs()
		return inputs.CorrelationID, err
	case "repository_dispatch":
		var payload struct {
			ClientPayload struct {
				CorrelationID string `json:"correlation_id"`
			} `json:"client_payload"`
		}
		err := ev.decode(&payload)
		return payload.ClientPayload.CorrelationID, err
	}
	return "", nil
}

type inputs struct {
	Route         string `json:"route"`
	CorrelationID string `json:"correlation_id"`
}

func (ev event) inputs() (inputs, error) {
	var payload struct {
		Inputs inputs `json:"inputs"`
	}
	err := ev.decode(&payload)
	return payload.Inputs, err
}

// decode reads the parts of the payload that into names; they must have the types that GitHub documents.
func (ev event) decode(into any) error {
	if err := json.Unmarshal(ev.payload, into); err != nil {
		return fmt.Errorf("the payload of the event %s cannot be read: %w", actions.Line(ev.name, 100), err)
	}
	return nil
}
