package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// Service is the name of the monitored repository where nobody names one.
const Service = "example-service"

// fill completes the payload: what was given stands, the rest is as GitHub sends it
// (docs.github.com/webhooks/webhook-events-and-payloads).
func (e *Event) fill(p plan.Plan, ask Ask, routes []facts.Route, given map[string]any) error {
	owner, _, _ := strings.Cut(p.Facts.Repository, "/")
	e.Repository = owner + "/" + Service
	if r, ok := given["repository"].(map[string]any); ok && text(r, "full_name") != "" {
		e.Repository = text(r, "full_name")
	}
	if err := record.CheckRepository(e.Repository); err != nil {
		return fmt.Errorf("the payload's repository.full_name: %w", err)
	}
	if _, ok := given["issue"]; e.Name == "issues" && ok && given["action"] == nil {
		return errors.New(`the payload has an issue and no "action", such as "labeled"`)
	}
	base := repositoryPayload(e.Repository)
	maps.Copy(base, e.basis(routes))
	e.Payload = merge(base, given)
	if ref, ok := strings.CutPrefix(text(e.Payload, "ref"), "refs/"); e.Name == "push" && (!ok || ref == "heads/") {
		return fmt.Errorf("the payload's ref is %q; expected one such as refs/heads/main", text(e.Payload, "ref"))
	}
	if e.Name == "workflow_dispatch" {
		e.dispatch(ask)
	}
	e.makeUp(p, routes)
	return nil
}

// repositoryPayload is what every event has.
func repositoryPayload(fullName string) map[string]any {
	owner, name, _ := strings.Cut(fullName, "/")
	return map[string]any{
		"repository": map[string]any{
			"id": 1001, "name": name, "full_name": fullName, "private": true, "visibility": "private", "default_branch": "main",
			"fork": false, "is_template": false, "archived": false, "disabled": false,
			"owner": map[string]any{"login": owner, "id": 9001, "type": "Organization"},
		},
		"organization": map[string]any{"login": owner, "id": 9001},
		"sender":       map[string]any{"login": "octocat", "id": 583231, "type": "User"},
	}
}

// basis is what this event has besides.
func (e *Event) basis(routes []facts.Route) map[string]any {
	on := routes[0].On
	switch e.Name {
	case "push":
		commit := map[string]any{"id": zero, "message": "Change the configuration", "author": map[string]any{"name": "Mona Lisa", "email": "mona@example.com", "username": "octocat"}}
		return map[string]any{
			"ref": "refs/heads/" + branchFor(on.Push.Branches), "before": zero, "after": zero, "created": false, "deleted": false, "forced": false,
			"pusher": map[string]any{"name": "octocat", "email": "mona@example.com"}, "commits": []any{commit}, "head_commit": commit,
		}
	case "issues":
		label := map[string]any{"id": 208045947, "name": "phase-2", "color": "1d76db", "description": "Second phase", "default": false}
		before := map[string]any{"id": 208045946, "name": "phase-1", "color": "0e8a16", "description": "First phase", "default": false}
		return map[string]any{"action": on.Issues[0], "label": label, "issue": map[string]any{
			"id": 73464126, "number": 1, "title": "Spelling error in the README", "state": "open", "locked": false, "comments": 0,
			"body": "It says teh.", "labels": []any{before, label}, "milestone": nil, "assignees": []any{},
			"user": map[string]any{"login": "octocat", "id": 583231, "type": "User"}, "author_association": "MEMBER",
		}}
	case "schedule":
		return map[string]any{"schedule": on.Schedule[0].Cron, "workflow": ".github/workflows/task-assistant.yml"}
	case "repository_dispatch":
		return map[string]any{"action": on.RepositoryDispatch[0], "branch": "main", "client_payload": map[string]any{}}
	}
	return map[string]any{"ref": "refs/heads/main", "inputs": map[string]any{}}
}

// branchFor returns a branch that patterns take, main where there are none.
func branchFor(patterns []string) string {
	if len(patterns) == 0 {
		return "main"
	}
	return strings.NewReplacer("**", "1", "*", "1").Replace(patterns[0])
}

// zero stands where a commit is not known before it is made.
const zero = "0000000000000000000000000000000000000000"

// merge lays what was given over what is made up. Objects are merged, everything else is replaced.
func merge(base, given map[string]any) map[string]any {
	out := maps.Clone(base)
	for name, value := range given {
		below, isObject := base[name].(map[string]any)
		above, replaces := value.(map[string]any)
		if isObject && replaces {
			value = merge(below, above)
		}
		out[name] = value
	}
	return out
}

// dispatch puts the inputs in: the route, and what --input says.
func (e *Event) dispatch(ask Ask) {
	inputs, ok := e.Payload["inputs"].(map[string]any)
	if !ok {
		inputs = map[string]any{}
	}
	inputs = maps.Clone(inputs)
	if ask.Route != "" && inputs["route"] == nil {
		inputs["route"] = ask.Route
	}
	for name, value := range ask.Inputs {
		inputs[name] = value
	}
	e.Payload["inputs"] = inputs
}

// makeUp gives required inputs that the event does not carry a value, so that a route can be tried at once.
func (e *Event) makeUp(p plan.Plan, routes []facts.Route) {
	for _, name := range enginesOf(routes) {
		engine, _ := p.Facts.Engine(name)
		for _, in := range engine.Inputs {
			path, ok := in.From[e.Name]
			if !ok || !in.Required || in.Default != nil {
				continue
			}
			value := sample(in)
			if e.Name == "workflow_dispatch" { // dispatch inputs arrive as texts
				value = fmt.Sprint(value)
			}
			if set(e.Payload, strings.Split(path, "."), value) {
				e.Notes = append(e.Notes, fmt.Sprintf("made up for engine %s: %s = %v", name, path, value))
			}
		}
	}
	slices.Sort(e.Notes)
	e.Notes = slices.Compact(e.Notes)
}

// sample is a value of an input's type.
func sample(in facts.Input) any {
	switch in.Type {
	case "choice":
		return in.Options[0]
	case "number":
		return json.Number("1")
	case "boolean":
		return false
	}
	return "example"
}

// set puts a value at a path, unless there is one or something else is in the way.
func set(in map[string]any, path []string, value any) bool {
	for _, name := range path[:len(path)-1] {
		next, ok := in[name].(map[string]any)
		if in[name] != nil && !ok {
			return false
		}
		if !ok {
			next = map[string]any{}
			in[name] = next
		}
		in = next
	}
	last := path[len(path)-1]
	if in[last] != nil && in[last] != "" {
		return false
	}
	in[last] = value
	return true
}
