package validate

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/limits"
	"github.com/task-assistant/tasc/internal/spec"
)

// payloadFields are the members that a workflow run really finds in an event's
// payload and that are one text, number or bool
// (docs.github.com/webhooks/webhook-events-and-payloads; a push has no lists of files in Actions).
var payloadFields = map[string][]string{
	"issues": {"action", "assignee.login", "issue.body", "issue.created_at", "issue.html_url", "issue.milestone.title", "issue.number",
		"issue.state", "issue.title", "issue.updated_at", "issue.user.login", "label.name", "milestone.title", "sender.login"},
	"push":                {"after", "base_ref", "before", "compare", "forced", "head_commit.id", "head_commit.message", "head_commit.timestamp", "pusher.name", "ref", "sender.login"},
	"repository_dispatch": {"action", "branch", "sender.login"},
}

// clientPayloadRE: what a repository_dispatch carries is its sender's own.
var clientPayloadRE = regexp.MustCompile(`^client_payload(\.[A-Za-z0-9_-]+)+$`)

func inputFieldUnknown(p *pass) {
	for _, e := range p.set.Engines {
		for _, in := range e.Inputs {
			for _, from := range in.From {
				event, path := from.Key.Value, from.Value.Value
				if event == "workflow_dispatch" || slices.Contains(payloadFields[event], path) || event == "repository_dispatch" && clientPayloadRE.MatchString(path) {
					continue
				}
				expected := "one of " + list(payloadFields[event])
				if event == "repository_dispatch" {
					expected += ", or a member of client_payload"
				}
				p.report(finding{pos: from.Value.Pos, message: fmt.Sprintf("the payload of %s has no field %s that a run could read", event, q(path)), expected: expected, fix: suggest(path, payloadFields[event])})
			}
		}
	}
}

func inputForm(p *pass) {
	for _, e := range p.set.Engines {
		for _, in := range e.Inputs {
			where := fmt.Sprintf("the input %s of engine %s", q(in.Name.Value), q(e.Name.Value))
			switch {
			case len(in.From) == 0:
				p.report(finding{pos: in.Name.Pos, message: where + " comes from no event", expected: "from, with at least one event", fix: "say where the value stands"})
			case in.Type.Value == "choice" && len(in.Options) == 0:
				p.report(finding{pos: in.Name.Pos, message: where + " is a choice without options", expected: "options: [\"…\"]", fix: "list them"})
			case in.Type.Value != "choice" && len(in.Options) > 0:
				p.report(finding{pos: in.Options[0].Pos, message: fmt.Sprintf("%s has options, and its type is %s", where, in.Type.Value), expected: "type: \"choice\"", fix: "change the type, or remove options"})
			case in.Default != nil && !fits(in, *in.Default):
				p.report(finding{pos: in.Default.Value.Pos, message: fmt.Sprintf("%s has the default %s", where, in.Default.Value.Value), expected: "a value of the type " + in.Type.Value, fix: "correct the default"})
			}
		}
	}
}

// fits reports whether a default is of its input's type; a text in quotes is no number and no bool.
func fits(in spec.Input, def spec.Pair) bool {
	var n json.Number
	switch in.Type.Value {
	case "number":
		return def.Literal && json.Unmarshal([]byte(def.Value.Value), &n) == nil
	case "boolean":
		return def.Literal && (def.Value.Value == "true" || def.Value.Value == "false")
	case "choice":
		return slices.ContainsFunc(in.Options, func(o spec.String) bool { return !def.Literal && o.Value == def.Value.Value })
	}
	return !def.Literal
}

// inputReserved: an input becomes an input of a workflow and a variable of its steps.
func inputReserved(p *pass) {
	for _, e := range p.set.Engines {
		var env []string
		for _, v := range e.Env {
			env = append(env, strings.ToUpper(v.Key.Value))
		}
		for _, s := range e.Steps {
			for _, v := range s.Env {
				env = append(env, strings.ToUpper(v.Key.Value))
			}
		}
		for _, in := range e.Inputs {
			name := strings.ToUpper(in.Name.Value)
			switch {
			case isReserved(name) || slices.Contains([]string{"PROBLEM", "ROUTE", "RUN_DATE"}, name):
				p.report(finding{pos: in.Name.Pos, message: fmt.Sprintf("the input %s of engine %s has a reserved name", q(in.Name.Value), q(e.Name.Value)), expected: "a name that tasc, GitHub and the runner do not use", fix: "rename it"})
			case steers(name):
				p.report(finding{pos: in.Name.Pos, message: fmt.Sprintf("the input %s of engine %s arrives as %s, which programs obey", q(in.Name.Value), q(e.Name.Value), name), expected: "a name that means something to the engine alone: the event decides the value", fix: "rename it"})
			case slices.Contains(env, name):
				p.report(finding{pos: in.Name.Pos, message: fmt.Sprintf("the input %s of engine %s arrives as %s, which env sets too", q(in.Name.Value), q(e.Name.Value), name), expected: "one of the two", fix: "rename one"})
			}
		}
	}
}

// inputUnsupplied: every event of every route carries what the route's engines require.
func inputUnsupplied(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, r := range pl.Routes {
			for _, name := range engineNames(r) {
				e, ok := p.set.Engine(name.Value)
				if !ok {
					continue
				}
				for _, in := range e.Inputs {
					for _, event := range eventNames(r) {
						if _, ok := in.Source(event); ok || in.Optional || in.Default != nil || !mayStart(e, event) {
							continue
						}
						p.report(finding{pos: name.Pos, message: fmt.Sprintf("engine %s requires %s, and route %s can start on %s, which does not carry it", q(e.Name.Value), q(in.Name.Value), q(r.Name.Value), event),
							expected: fmt.Sprintf("from.%s, a default, or required: false", event), fix: "say where the value comes from", notes: []diag.Note{{Pos: in.Name.Pos, Message: "the input"}}})
					}
				}
			}
		}
	}
}

// eventNames returns the events of a route by GitHub's names.
func eventNames(r *spec.Route) []string {
	var out []string
	for _, e := range []struct {
		name string
		ok   bool
	}{
		{"push", r.Push != nil}, {"issues", len(r.IssueTypes) > 0}, {"schedule", len(r.Schedules) > 0},
		{"workflow_dispatch", r.WorkflowDispatch != nil}, {"repository_dispatch", len(r.RepositoryDispatchTypes) > 0},
	} {
		if e.ok {
			out = append(out, e.name)
		}
	}
	return out
}

// inputDispatch: the form that starts a run by hand has each input once, and not too many.
func inputDispatch(p *pass) {
	for _, pl := range p.set.Platforms {
		first, most := map[string]spec.Input{}, limits.Of(pl).DispatchInputs
		for _, e := range p.enginesOf(pl) {
			for _, in := range e.Inputs {
				source, ok := in.Source("workflow_dispatch")
				if !ok {
					continue
				}
				other, taken := first[in.Name.Value]
				if !taken {
					first[in.Name.Value] = in
					if len(first)+limits.OwnDispatchInputs == most+1 {
						p.report(finding{pos: source.Pos, message: fmt.Sprintf("platform %s has more than %d inputs to fill in, route and correlation_id among them", q(pl.Name.Value), most), expected: fmt.Sprintf("at most %d: %s takes no more", most, limits.Of(pl).Name), fix: "share inputs between engines, or take fewer from workflow_dispatch"})
					}
					continue
				}
				if in.Type.Value != other.Type.Value || !slices.EqualFunc(in.Options, other.Options, func(a, b spec.String) bool { return a.Value == b.Value }) {
					p.report(finding{pos: in.Name.Pos, message: fmt.Sprintf("two engines take the input %s from workflow_dispatch as different types", q(in.Name.Value)), expected: "one type and one list of options", fix: "agree on one, or rename one of the two", notes: []diag.Note{{Pos: other.Name.Pos, Message: "the other input"}}})
				}
			}
		}
	}
}

// concurrencyKey: the name of a group is cut off at 400 characters (GitHub
// refuses the run), so only what is short by its type may be in it.
func concurrencyKey(p *pass) {
	for _, e := range p.set.Engines {
		names := []string{"target_repo"}
		for _, in := range e.Inputs {
			if in.Type.Value != "string" {
				names = append(names, in.Name.Value)
			}
		}
		for i, by := range e.ConcurrencyBy {
			if !slices.Contains(names, by.Value) {
				p.report(finding{pos: by.Pos, message: fmt.Sprintf("engine %s keeps runs apart by %s, which is no input of it that is short by its type", q(e.Name.Value), q(by.Value)), expected: "one of " + list(names), fix: suggest(by.Value, names)})
			}
			if slices.ContainsFunc(e.ConcurrencyBy[:i], func(o spec.String) bool { return o.Value == by.Value }) {
				p.report(finding{pos: by.Pos, message: fmt.Sprintf("engine %s names %s twice", q(e.Name.Value), q(by.Value)), expected: "each once", fix: "remove one of the two"})
			}
		}
	}
}

// envConflict: what reaches the steps under its own name is named once, and no
// engine gets a key of the platform's.
func envConflict(p *pass) {
	for _, e := range p.set.Engines {
		taken := map[string]diag.Pos{}
		for _, in := range e.Inputs {
			taken[strings.ToUpper(in.Name.Value)] = in.Name.Pos
		}
		for _, v := range e.Env {
			taken[strings.ToUpper(v.Key.Value)] = v.Key.Pos
		}
		for _, name := range slices.Concat(e.Vars, e.Secrets) {
			upper := strings.ToUpper(name.Value)
			other, twice := taken[upper]
			switch {
			case isReserved(upper):
				p.report(finding{pos: name.Pos, message: fmt.Sprintf("engine %s would find %s set, which is set for it", q(e.Name.Value), name.Value), expected: "a name that is not reserved", fix: "rename the variable or secret"})
			case steers(upper):
				p.report(finding{pos: name.Pos, message: fmt.Sprintf("engine %s would find %s set, which programs obey", q(e.Name.Value), name.Value), expected: "a name that means something to the engine alone: the monitored repository decides the value", fix: "rename the variable or secret"})
			case twice:
				p.report(finding{pos: name.Pos, message: fmt.Sprintf("engine %s gets %s twice", q(e.Name.Value), name.Value), expected: "each name once among inputs, env, vars and secrets", fix: "rename one of the two", notes: []diag.Note{{Pos: other, Message: "the other one"}}})
			}
			taken[upper] = name.Pos
		}
	}
	for _, pl := range p.set.Platforms { // a monitored repository may serve several, and has the keys of all of them
		own := []spec.String{pl.EngineApp.PrivateKeySecret, pl.TelemetryApp.PrivateKeySecret, pl.HandoverKeySecret}
		for _, e := range p.set.Engines {
			for _, name := range e.Secrets {
				if i := slices.IndexFunc(own, func(o spec.String) bool { return strings.EqualFold(o.Value, name.Value) }); i >= 0 {
					p.report(finding{pos: name.Pos, message: fmt.Sprintf("engine %s asks for %s, a key of platform %s", q(e.Name.Value), name.Value, q(pl.Name.Value)), expected: "secrets of the engine's own: no App key is ever in its reach", fix: "remove it", notes: []diag.Note{{Pos: own[i].Pos, Message: "the platform's key"}}})
				}
			}
		}
	}
}

// clientPayload: a sender of a repository_dispatch can give no more members than GitHub takes.
func clientPayload(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, r := range pl.Routes {
			if len(r.RepositoryDispatchTypes) == 0 {
				continue
			}
			if members := p.requiredMembers(r); len(members) > limits.PayloadMembers {
				p.report(finding{pos: members[limits.PayloadMembers].Pos, message: fmt.Sprintf("the engines of route %s require %d members of client_payload", q(r.Name.Value), len(members)),
					expected: fmt.Sprintf("at most %d at its top: GitHub takes no more", limits.PayloadMembers), fix: "have the sender put several below one, such as client_payload.issue.number"})
			}
		}
	}
}

// requiredMembers are the top-level members of client_payload without which a route cannot start, each once, where one is named first.
func (p *pass) requiredMembers(r *spec.Route) []spec.String {
	var out []spec.String
	for _, name := range engineNames(r) {
		e, ok := p.set.Engine(name.Value)
		if !ok {
			continue
		}
		for _, in := range e.Inputs {
			from, _ := in.Source("repository_dispatch")
			rest, ok := strings.CutPrefix(from.Value, "client_payload.")
			member, _, _ := strings.Cut(rest, ".")
			if !ok || in.Optional || in.Default != nil || slices.ContainsFunc(out, func(o spec.String) bool { return o.Value == member }) {
				continue
			}
			out = append(out, spec.String{Value: member, Pos: from.Pos})
		}
	}
	return out
}
