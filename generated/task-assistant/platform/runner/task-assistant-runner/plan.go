package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/branch"
	"github.com/task-assistant/tasc/internal/runner/cron"
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
	inputs := engineInputs(run.facts, &d, ev)
	if d.route == "" && d.problem == "" {
		j.out.Notice("no route of this platform starts on " + actions.Line(ev.name+" "+ev.ref, 300) + ": no engine runs")
	}
	return j.out.Outputs(append(inputs,
		actions.Output{Name: "problem", Value: d.problem},
		actions.Output{Name: "route", Value: d.route},
		actions.Output{Name: "target_repo", Value: run.repository},
		actions.Output{Name: "correlation_id", Value: d.correlationID},
		actions.Output{Name: "run_date", Value: j.now().UTC().Format(time.DateOnly)},
		actions.Output{Name: "engine_ref", Value: d.engineRef},
	)...)
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
	d := decision{correlationID: record.DefaultCorrelationID(run.runID, run.attempt), engineRef: run.commit}
	p, err := ev.read()
	if err == nil {
		var errRoute, errID error
		d.route, errRoute = chooseRoute(run.facts, ev, p)
		d.correlationID, errID = correlationID(run, p.id(ev.name))
		err = errors.Join(errRoute, errID)
	}
	if !record.IsCommit(run.commit) {
		err = errors.Join(err, fmt.Errorf("the job context names %s as the one that runs, expected a full commit id in workflow_sha", orNothing(run.commit)))
		d.engineRef = ""
	}
	if err != nil {
		d.problem = actions.Line(oneLine(err), 300)
	}
	return d
}

// payload is what plan reads of an event.
type payload struct {
	Repository struct {
		DefaultBranch string `json:"default_branch"`
	} `json:"repository"`
	Inputs struct {
		Route         string `json:"route"`
		CorrelationID string `json:"correlation_id"`
	} `json:"inputs"`
	// Action is what happened to an issue, or the event type of a repository_dispatch.
	Action string `json:"action"`
	// Schedule is the cron text that started the run.
	Schedule      string `json:"schedule"`
	ClientPayload struct {
		CorrelationID string `json:"correlation_id"`
	} `json:"client_payload"`
}

// read decodes the payload; what plan reads of it must have the types that GitHub documents.
func (ev event) read() (payload, error) {
	var p payload
	if err := json.Unmarshal(ev.payload, &p); err != nil {
		return payload{}, fmt.Errorf("the payload of the event %s cannot be read: %w", actions.Line(ev.name, 100), err)
	}
	return p, nil
}

// id returns the correlation id that came with the event of that name, "" if none did.
func (p payload) id(event string) string {
	switch event {
	case "workflow_dispatch":
		return p.Inputs.CorrelationID
	case "repository_dispatch":
		return p.ClientPayload.CorrelationID
	}
	return ""
}

// chooseRoute returns the one route that the event starts, or "" if none does.
func chooseRoute(f *facts.Facts, ev event, p payload) (string, error) {
	switch ev.name {
	case "push":
		name, ok := strings.CutPrefix(ev.ref, "refs/heads/")
		if !ok {
			return "", nil // a tag
		}
		return pushRoute(f, name, p.Repository.DefaultBranch)
	case "issues":
		return only(f, "issues "+p.Action, func(on facts.On) bool { return slices.Contains(on.Issues, p.Action) })
	case "schedule":
		return only(f, "the schedule "+p.Schedule, func(on facts.On) bool { return starts(on.Schedule, p.Schedule) })
	case "repository_dispatch":
		return only(f, "repository_dispatch "+p.Action, func(on facts.On) bool { return slices.Contains(on.RepositoryDispatch, p.Action) })
	case "workflow_dispatch":
		return dispatchRoute(f, p.Inputs.Route)
	}
	return "", nil
}

// starts reports whether a cron text is one of the schedules, at its own time or as much later as some target has it.
func starts(schedules []facts.Schedule, text string) bool {
	return slices.ContainsFunc(schedules, func(s facts.Schedule) bool {
		if s.Cron == text {
			return true
		}
		parsed, err := cron.Parse(s.Cron) // it parses: rule cron-invalid
		return err == nil && slices.Contains(parsed.Texts(s.SpreadMinutes), text)
	})
}

// pushRoute returns the route of a push to a branch. The default branch goes to the route that names no branches, if there is one.
func pushRoute(f *facts.Facts, name, defaultBranch string) (string, error) {
	if defaultBranch != "" && name == defaultBranch {
		route, err := only(f, "a push", func(on facts.On) bool { return on.Push != nil && len(on.Push.Branches) == 0 })
		if route != "" || err != nil {
			return route, err
		}
	}
	return only(f, "a push to "+name, func(on facts.On) bool {
		return on.Push != nil && slices.ContainsFunc(on.Push.Branches, func(pattern string) bool {
			p, err := branch.Parse(pattern) // it parses: rule branch-pattern
			return err == nil && p.Match(name)
		})
	})
}

// only returns the one route that an event starts, "" if none does.
func only(f *facts.Facts, event string, starts func(facts.On) bool) (string, error) {
	names := routes(f, starts)
	if len(names) > 1 {
		return "", fmt.Errorf("%s starts %s, expected one route", actions.Line(event, 100), strings.Join(names, " and "))
	}
	return first(names), nil
}

// dispatchRoute returns the route that the input asks for; where it asks for none, the only one there is.
func dispatchRoute(f *facts.Facts, input string) (string, error) {
	names := routes(f, func(on facts.On) bool { return on.WorkflowDispatch != nil })
	switch {
	case slices.Contains(names, input):
		return input, nil
	case input != "":
		return "", fmt.Errorf("the input route is %q, expected one of %s", actions.Line(input, 100), strings.Join(names, ", "))
	case len(names) > 1:
		return "", fmt.Errorf("the input route is empty, expected one of %s", strings.Join(names, ", "))
	}
	return first(names), nil
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

// correlationID returns the run's correlation id: external, which came with the event, else the run's own.
// With an error it returns the run's own, under which the error can be recorded.
func correlationID(run runContext, external string) (string, error) {
	own := record.DefaultCorrelationID(run.runID, run.attempt)
	if external == "" {
		return own, nil
	}
	if err := record.CheckExternalCorrelationID(external); err != nil {
		return own, err
	}
	id := external
	if run.attempt > 1 {
		id += "." + strconv.Itoa(run.attempt)
	}
	if err := record.CheckCorrelationID(id); err != nil {
		return own, err
	}
	return id, nil
}
