package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	d, p := dispatch(run, ev)
	inputs := engineInputs(run.facts, &d, source{ev.name, p.tree})
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

// dispatch decides from the event alone, and returns what it read of it: nothing where that cannot be read.
func dispatch(run runContext, ev event) (decision, payload) {
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
	return d, p
}

// payload is what plan decides by. All of it is read by the exact names of its members: a struct of encoding/json would
// take names in any case, and the inputs of engines, which are read from the same tree, would not.
type payload struct {
	// tree is the whole, for the inputs of engines.
	tree any
	// defaultBranch is the target's.
	defaultBranch string
	// route and inputID are inputs of a workflow_dispatch, clientID is in the client_payload of a repository_dispatch.
	route, inputID, clientID string
	// action is what happened to an issue, or the event type of a repository_dispatch.
	action string
	// schedule is the cron text that started the run.
	schedule string
}

// read decodes the payload; what plan reads of it must be text, or absent.
func (ev event) read() (payload, error) {
	var p payload
	dec := json.NewDecoder(bytes.NewReader(ev.payload))
	dec.UseNumber() // an issue's number must not become 1e6
	err := dec.Decode(&p.tree)
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			err = errors.New("there is more behind its JSON value")
		}
	}
	for _, m := range []struct {
		path string
		into *string
	}{
		{"repository.default_branch", &p.defaultBranch}, {"inputs.route", &p.route}, {"inputs.correlation_id", &p.inputID},
		{"action", &p.action}, {"schedule", &p.schedule}, {"client_payload.correlation_id", &p.clientID},
	} {
		value := member(p.tree, m.path)
		text, ok := value.(string)
		if value != nil && !ok && err == nil {
			err = fmt.Errorf("%s is no text", m.path)
		}
		*m.into = text
	}
	if err != nil {
		return payload{}, fmt.Errorf("the payload of the event %s cannot be read: %w", actions.Line(ev.name, 100), err)
	}
	return p, nil
}

// id returns the correlation id that came with the event of that name, "" if none did.
func (p payload) id(event string) string {
	switch event {
	case "workflow_dispatch":
		return p.inputID
	case "repository_dispatch":
		return p.clientID
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
		return pushRoute(f, name, p.defaultBranch)
	case "issues":
		return only(f, "issues "+p.action, func(on facts.On) bool { return slices.Contains(on.Issues, p.action) })
	case "schedule":
		return only(f, "the schedule "+p.schedule, func(on facts.On) bool { return starts(on.Schedule, p.schedule) })
	case "repository_dispatch":
		return only(f, "repository_dispatch "+p.action, func(on facts.On) bool { return slices.Contains(on.RepositoryDispatch, p.action) })
	case "workflow_dispatch":
		return dispatchRoute(f, p.route)
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
