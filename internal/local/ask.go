package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/runner/facts"
)

// Ask is what somebody wants to see run. At least one of Route and Payload is given.
type Ask struct {
	// Route is the route that the event has to start, "" for whatever it starts.
	Route string
	// Event is the name of the event, "" where route or payload tell.
	Event string
	// Profile names the stub that the monitored repository has, "" for the one with the most routes that has this one.
	Profile string
	// Payload is github.event, whole or in part, as JSON; what it lacks is made up. Nil for none.
	Payload []byte
	// Inputs are those of a workflow_dispatch.
	Inputs map[string]string
}

// Event is one event in the monitored repository, decided.
type Event struct {
	Name    string
	Profile string
	// Repository is the owner/name that it happens in.
	Repository string
	Payload    map[string]any
	// Notes say what was made up and might not be expected.
	Notes []string
	// Engines are those that it may start, sorted.
	Engines []string
}

// events are those that can start a route, in the order in which one is chosen for a route that has several.
var events = []string{"workflow_dispatch", "issues", "push", "schedule", "repository_dispatch"}

// Events returns the names of the events that can start a route.
func Events() []string { return slices.Clone(events) }

// has tells whether a route is started by an event.
func has(on facts.On, event string) bool {
	switch event {
	case "workflow_dispatch":
		return on.WorkflowDispatch != nil
	case "issues":
		return len(on.Issues) > 0
	case "push":
		return on.Push != nil
	case "schedule":
		return len(on.Schedule) > 0
	case "repository_dispatch":
		return len(on.RepositoryDispatch) > 0
	}
	return false
}

// Decide returns the event that a platform is asked to handle. An error says what is wrong with what was asked.
func Decide(p plan.Plan, ask Ask) (Event, error) {
	given, err := object(ask.Payload)
	if err != nil {
		return Event{}, err
	}
	if err := ask.known(p); err != nil {
		return Event{}, err
	}
	e := Event{Name: ask.Event}
	if e.Name == "" {
		if e.Name, err = ask.eventName(p, given); err != nil {
			return Event{}, err
		}
	}
	routes := ask.routes(p, e.Name)
	if len(routes) == 0 {
		return Event{}, ask.noRoute(p, e.Name)
	}
	if len(ask.Inputs) > 0 && e.Name != "workflow_dispatch" {
		return Event{}, fmt.Errorf("--input is for workflow_dispatch, and this event is %s; its payload comes from --event", e.Name)
	}
	profile, err := ask.profile(p, routes)
	if err != nil {
		return Event{}, err
	}
	e.Profile = profile.Name
	routes = slices.DeleteFunc(routes, func(r facts.Route) bool { return !slices.Contains(profile.Routes, r.Name) })
	e.Engines = enginesOf(routes)
	if err := e.fill(p, ask, routes, given); err != nil {
		return Event{}, err
	}
	return e, e.starts(stubOf(p, e.Profile))
}

// object reads a JSON object; numbers stay as they are written.
func object(data []byte) (map[string]any, error) {
	out := map[string]any{}
	if data == nil {
		return out, nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("the payload is no JSON object: %w", err)
	}
	if dec.More() {
		return nil, errors.New("the payload is more than one JSON value")
	}
	return out, nil
}

// known refuses names that the platform does not have.
func (ask Ask) known(p plan.Plan) error {
	var routes, profiles []string
	for _, r := range p.Facts.Routes {
		routes = append(routes, r.Name)
	}
	for _, pr := range p.Profiles {
		profiles = append(profiles, pr.Name)
	}
	for _, c := range []struct {
		kind, name string
		all        []string
	}{{"route", ask.Route, routes}, {"event", ask.Event, events}, {"profile", ask.Profile, profiles}} {
		if c.name != "" && !slices.Contains(c.all, c.name) {
			hint := diag.Suggest(c.name, c.all)
			if hint == "" {
				hint = "expected one of " + strings.Join(c.all, ", ")
			}
			return fmt.Errorf("unknown %s %q; %s", c.kind, c.name, hint)
		}
	}
	return nil
}

// eventName returns the event of the route, or the one that the payload shows.
func (ask Ask) eventName(p plan.Plan, given map[string]any) (string, error) {
	name := shown(given)
	if ask.Route == "" {
		if name == "" {
			return "", errors.New("the payload does not show of which event it is; name it with --event-name: " + strings.Join(events, ", "))
		}
		return name, nil
	}
	route, _ := p.Facts.Route(ask.Route)
	if has(route.On, name) {
		return name, nil
	}
	at := slices.IndexFunc(events, func(event string) bool { return has(route.On, event) })
	if name != "" {
		return "", fmt.Errorf("the payload is of the event %s, and route %s starts on %s", name, ask.Route, events[at])
	}
	return events[at], nil
}

// shown returns the event that a payload is of, as far as members tell that only one event has
// (docs.github.com/webhooks/webhook-events-and-payloads), else "".
func shown(payload map[string]any) string {
	for _, c := range []struct{ member, event string }{
		{"schedule", "schedule"}, {"client_payload", "repository_dispatch"}, {"inputs", "workflow_dispatch"},
		{"issue", "issues"}, {"pusher", "push"}, {"head_commit", "push"}, {"commits", "push"},
	} {
		if _, ok := payload[c.member]; ok {
			return c.event
		}
	}
	return ""
}

// routes returns the routes that an event of this name can start, of those asked for.
func (ask Ask) routes(p plan.Plan, event string) []facts.Route {
	return slices.DeleteFunc(slices.Clone(p.Facts.Routes), func(r facts.Route) bool {
		return !has(r.On, event) || ask.Route != "" && ask.Route != r.Name
	})
}

func (ask Ask) noRoute(p plan.Plan, event string) error {
	if ask.Route == "" {
		return fmt.Errorf("no route of platform %s starts on %s", p.Platform, event)
	}
	return fmt.Errorf("route %s does not start on %s", ask.Route, event)
}

// profile returns the profile whose stub hands the event on.
func (ask Ask) profile(p plan.Plan, routes []facts.Route) (plan.Profile, error) {
	best := -1
	for i, pr := range p.Profiles {
		serves := slices.ContainsFunc(routes, func(r facts.Route) bool { return slices.Contains(pr.Routes, r.Name) })
		if serves && (ask.Profile == "" || ask.Profile == pr.Name) && (best < 0 || len(pr.Routes) > len(p.Profiles[best].Routes)) {
			best = i
		}
	}
	switch {
	case best >= 0:
		return p.Profiles[best], nil
	case ask.Profile != "":
		return plan.Profile{}, fmt.Errorf("profile %s has not the route %s", ask.Profile, routes[0].Name)
	}
	return plan.Profile{}, fmt.Errorf("no profile has the route %s, so no repository starts it; add it to one", routes[0].Name)
}

// stubOf returns the workflow that a monitored repository of a profile has.
func stubOf(p plan.Plan, profile string) plan.Workflow {
	name := "host/" + profile + "/.github/workflows/" + p.Platform + ".yml"
	at := slices.IndexFunc(p.Workflows, func(w plan.Workflow) bool { return w.Path == name })
	return p.Workflows[at]
}

func enginesOf(routes []facts.Route) []string {
	names := map[string]bool{}
	for _, r := range routes {
		for _, s := range r.Stages {
			for _, e := range s.Engines {
				names[e] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// starts refuses an event for which GitHub would start no run: act runs a workflow that names the event, whatever its
// filters say.
func (e Event) starts(stub plan.Workflow) error {
	var have string
	var want []string
	switch e.Name {
	case "issues":
		have, want = text(e.Payload, "action"), stub.On.Issues
	case "schedule":
		have, want = text(e.Payload, "schedule"), stub.On.Schedule
	case "repository_dispatch":
		have, want = text(e.Payload, "action"), stub.On.RepositoryDispatch
	case "workflow_dispatch":
		return e.dispatchable(stub)
	default:
		return nil
	}
	if !slices.Contains(want, have) {
		return fmt.Errorf("GitHub would start no run: the stub of profile %s takes %s for %s, and the payload has %q", e.Profile, strings.Join(want, ", "), e.Name, have)
	}
	return nil
}

// dispatchable holds the inputs to what the form of the stub offers, as GitHub does.
func (e Event) dispatchable(stub plan.Workflow) error {
	inputs, _ := e.Payload["inputs"].(map[string]any)
	var names []string
	for _, in := range stub.On.Dispatch.Inputs {
		names = append(names, in.Name)
		value, given := inputs[in.Name]
		if text := fmt.Sprint(value); given && text != "" && in.Type == "choice" && !slices.Contains(in.Options, text) {
			return fmt.Errorf("GitHub would start no run: the input %s is %q; expected one of %s", in.Name, text, strings.Join(in.Options, ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		if !slices.Contains(names, name) {
			return fmt.Errorf("GitHub would start no run: the stub of profile %s has no input %q; expected one of %s", e.Profile, name, strings.Join(names, ", "))
		}
	}
	return nil
}

func text(payload map[string]any, member string) string {
	s, _ := payload[member].(string)
	return s
}
