package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/spec"
)

// givenIDs are the ids of the steps that tasc puts around an engine's own.
var givenIDs = []string{"collect", "unseal"}

// stepID: GitHub takes ids that differ in case alone for one.
func stepID(p *pass) {
	for _, e := range p.set.Engines {
		first := map[string]diag.Pos{}
		for _, s := range e.Steps {
			if !s.ID.Pos.IsValid() {
				continue
			}
			lower := strings.ToLower(s.ID.Value)
			f := finding{pos: s.ID.Pos, fix: "rename it"}
			other, twice := first[lower]
			switch {
			case slices.Contains(givenIDs, lower):
				f.message, f.expected = fmt.Sprintf("the id %s of a step of engine %s is that of a step that tasc adds", q(s.ID.Value), q(e.Name.Value)), "none of "+list(givenIDs)
			case twice:
				f.message, f.expected = fmt.Sprintf("two steps of engine %s have the id %s", q(e.Name.Value), q(s.ID.Value)), "ids that differ in more than case"
				f.notes = []diag.Note{{Pos: other, Message: "the other step's"}}
			default:
				first[lower] = s.ID.Pos
				continue
			}
			p.report(f)
		}
	}
}

func stepOutput(p *pass) {
	for _, e := range p.set.Engines {
		var all, before []string
		for _, s := range e.Steps {
			all = append(all, s.ID.Value)
		}
		for _, s := range e.Steps {
			for _, v := range slices.Concat(s.Env, s.With) {
				if v.Output.Pos.IsValid() {
					p.result(e, v, all, before)
				}
			}
			for _, w := range s.With {
				p.codeInput(s, w)
			}
			if s.ID.Pos.IsValid() {
				before = append(before, s.ID.Value)
			}
		}
	}
}

// result judges one result that a step of e takes: all are the ids of its steps, before those of the steps before it.
func (p *pass) result(e *spec.Engine, v spec.Pair, all, before []string) {
	id, _ := v.Result()
	f := finding{pos: v.Output.Pos, expected: "the id of a step before this one"}
	switch {
	case slices.Contains(before, id):
		return
	case slices.Contains(all, id):
		f.message, f.fix = fmt.Sprintf("%s takes a result of the step %s, which does not stand before it", v.Key.Value, q(id)), "change their order"
	default:
		f.message, f.fix = fmt.Sprintf("%s takes a result of the step %s, and engine %s has none of that id", v.Key.Value, q(id), q(e.Name.Value)), diag.Suggest(id, before)
		if f.fix == "" {
			f.fix = "give the step that it means this id"
		}
	}
	p.report(f)
}

// codeInputs are inputs of actions that are run as code, by action.
var codeInputs = map[string]string{"actions/github-script": "script"}

// codeInput: what a step found somewhere must not become what another one runs.
func (p *pass) codeInput(s spec.Step, w spec.Pair) {
	u, err := ref.ParseUses(s.Uses.Value)
	if err != nil || !w.Output.Pos.IsValid() {
		return
	}
	name := codeInputs[strings.ToLower(u.Repository)]
	if u.Form == "docker" {
		name = "entrypoint"
	}
	if name != "" && strings.EqualFold(w.Key.Value, name) {
		p.report(finding{pos: w.Output.Pos, message: fmt.Sprintf("%s of %s is run as code, and a result of a step is a text that nobody has read", w.Key.Value, s.Uses.Value), expected: "a text in the spec", fix: "hand the result over in env, and read it there"})
	}
}
