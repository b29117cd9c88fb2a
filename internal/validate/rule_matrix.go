package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/limits"
	"github.com/task-assistant/tasc/internal/spec"
)

func matrixForm(p *pass) {
	for _, e := range p.set.Engines {
		for i, v := range e.Matrix {
			p.matrixName(e, v.Name)
			for k, value := range v.Values {
				if slices.ContainsFunc(v.Values[:k], func(o spec.String) bool { return o.Value == value.Value }) {
					p.report(finding{pos: value.Pos, message: fmt.Sprintf("the matrix of engine %s has %s twice in %s", q(e.Name.Value), q(value.Value), v.Name.Value), expected: "each value once: to the steps all are texts", fix: "remove one of the two"})
				}
			}
			if n := e.Legs(); i == 0 && n > limits.Legs {
				p.report(finding{pos: v.Name.Pos, message: fmt.Sprintf("the matrix of engine %s has %d legs", q(e.Name.Value), n), expected: fmt.Sprintf("at most %d: their results share one record", limits.Legs), fix: "take fewer values, or make two engines of it"})
			}
		}
	}
	for _, pl := range p.set.Platforms {
		p.matrixJobs(pl)
	}
}

// matrixJobs: GitHub bounds the jobs that matrices make of a run. An engine that does not run is counted all the same:
// which route an event leads to is known in the run only.
func (p *pass) matrixJobs(pl *spec.Platform) {
	jobs := limits.OwnJobs
	var most *spec.Engine
	for _, e := range p.enginesOf(pl) {
		jobs += limits.EngineJobs - 1 + max(1, e.Legs())
		if most == nil || e.Legs() > most.Legs() {
			most = e
		}
	}
	if jobs > limits.Jobs && most.Legs() > 0 {
		p.report(finding{pos: most.Matrix[0].Name.Pos, message: fmt.Sprintf("a run of platform %s can have %d jobs, of which this matrix makes %d", q(pl.Name.Value), jobs, most.Legs()),
			expected: fmt.Sprintf("at most %d: %s takes no more from matrices in a run", limits.Jobs, limits.Of(pl).Name), fix: "take fewer values, or make two platforms of it", notes: []diag.Note{{Pos: pl.Name.Pos, Message: "the platform"}}})
	}
}

// matrixName: a variable of a matrix is a variable of the steps, too.
func (p *pass) matrixName(e *spec.Engine, name spec.String) {
	upper := strings.ToUpper(name.Value)
	f := finding{pos: name.Pos, fix: "rename it"}
	other, taken := environmentNames(e)[upper]
	switch {
	case isReserved(upper) || upper == "LEG":
		f.message, f.expected = fmt.Sprintf("the matrix of engine %s has a variable %s, which is set for it", q(e.Name.Value), q(name.Value)), "a name that tasc, GitHub and the runner do not use"
	case steers(upper):
		f.message, f.expected = fmt.Sprintf("the variable %s of the matrix of engine %s arrives as %s, which programs obey", q(name.Value), q(e.Name.Value), upper), "a name that means something to the engine alone"
	case taken:
		f.message, f.expected = fmt.Sprintf("the variable %s of the matrix of engine %s arrives as %s, which is there already", q(name.Value), q(e.Name.Value), upper), "a name of its own among inputs, env, vars and secrets"
		f.notes = []diag.Note{{Pos: other, Message: "the other one"}}
	default:
		return
	}
	p.report(f)
}

// environmentNames are the variables that an engine's steps get by their spec besides a matrix, in upper case, each
// with a place where it is named.
func environmentNames(e *spec.Engine) map[string]diag.Pos {
	out := map[string]diag.Pos{}
	for _, in := range e.Inputs {
		out[strings.ToUpper(in.Name.Value)] = in.Name.Pos
	}
	env := e.Env
	for _, s := range e.Steps {
		env = slices.Concat(env, s.Env)
	}
	for _, v := range env {
		out[strings.ToUpper(v.Key.Value)] = v.Key.Pos
	}
	for _, name := range slices.Concat(e.Vars, e.Secrets) {
		out[strings.ToUpper(name.Value)] = name.Pos
	}
	return out
}
