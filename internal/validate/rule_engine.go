package validate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/task-assistant/tasc/internal/limits"
	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/shell"
	"github.com/task-assistant/tasc/internal/spec"
)

func stepForm(p *pass) {
	for _, e := range p.set.Engines {
		for _, s := range e.Steps {
			step := "step " + q(s.Name.Value)
			switch ways := waysOf(s); {
			case len(ways) == 0:
				p.report(finding{pos: s.Pos, message: fmt.Sprintf("%s of engine %s has neither run, script nor uses", step, q(e.Name.Value)), expected: "one of run, script and uses", fix: "say what it does, or remove it"})
			case len(ways) > 1:
				p.report(finding{pos: s.Pos, message: fmt.Sprintf("%s of engine %s has %s", step, q(e.Name.Value), strings.Join(ways, " and ")), expected: "one of run, script and uses", fix: "make a step of each, or remove what is too much"})
			case ways[0] == "uses" && s.Shell.Pos.IsValid():
				p.report(finding{pos: s.Shell.Pos, message: step + " has shell beside uses", expected: "shell belongs to run and script", fix: "remove it"})
			case ways[0] == "uses":
				p.usesForm(s)
			case len(s.With) > 0:
				p.report(finding{pos: s.With[0].Key.Pos, message: step + " has with beside " + ways[0], expected: "with belongs to uses", fix: "use env"})
			default:
				p.scriptForm(s)
			}
		}
	}
}

// waysOf returns the fields that say what a step does: there should be one.
func waysOf(s spec.Step) []string {
	var out []string
	for _, f := range []struct {
		name  string
		value spec.String
	}{{"run", s.Run}, {"script", s.Script}, {"uses", s.Uses}} {
		if f.value.Pos.IsValid() {
			out = append(out, f.name)
		}
	}
	return out
}

func (p *pass) scriptForm(s spec.Step) {
	at := s.Run.Pos
	if s.Script.Pos.IsValid() {
		at = s.Script.Pos
	}
	_, err := shell.Of(s.Shell.Value, s.Script.Value)
	switch {
	case err != nil:
		p.report(finding{pos: at, message: err.Error(), expected: "a file .sh or .bash for bash, .py for python or .ps1 for pwsh, and shell the same where it is given", fix: "rename the file, or correct shell"})
	case strings.TrimSpace(s.Code.Value) == "":
		p.report(finding{pos: at, message: fmt.Sprintf("step %s has an empty script", q(s.Name.Value)), expected: "a script", fix: "write it, or remove the step"})
	}
}

func (p *pass) usesForm(s spec.Step) {
	u, err := ref.ParseUses(s.Uses.Value)
	switch {
	case err != nil:
		p.report(finding{pos: s.Uses.Pos, message: err.Error(), expected: "owner/name@version, or ./path in the platform repository", fix: "correct uses"})
	case strings.HasPrefix(u.Path, ".github/workflows/"):
		p.report(finding{pos: s.Uses.Pos, message: fmt.Sprintf("%s is a workflow", q(s.Uses.Value)), expected: "an action: no engine calls a workflow", fix: "put the logic into steps"})
	}
}

func envReserved(p *pass) {
	for _, e := range p.set.Engines {
		env := e.Env
		for _, s := range e.Steps {
			env = slices.Concat(env, s.Env)
		}
		for _, v := range env {
			if isReserved(strings.ToUpper(v.Key.Value)) {
				p.report(finding{pos: v.Key.Pos, message: fmt.Sprintf("engine %s sets %s, which is set for it", q(e.Name.Value), v.Key.Value), expected: "a name that is not reserved", fix: "rename the variable"})
			}
		}
	}
}

// envDuplicate: the names of variables differ in more than case, since GitHub and Windows runners take them for one.
func envDuplicate(p *pass) {
	for _, e := range p.set.Engines {
		groups := [][]spec.Pair{e.Env}
		for _, s := range e.Steps {
			groups = append(groups, s.Env, s.With)
		}
		for _, g := range groups {
			for i, v := range g {
				if slices.ContainsFunc(g[:i], func(o spec.Pair) bool { return strings.EqualFold(o.Key.Value, v.Key.Value) }) {
					p.report(finding{pos: v.Key.Pos, message: fmt.Sprintf("%s stands there already in other letters", v.Key.Value), expected: "names that differ in more than case", fix: "rename one of the two"})
				}
			}
		}
	}
}

// engineTimeout: the steps' own timeouts must end them before the job's does, or a timeout looks like a cancel.
func engineTimeout(p *pass) {
	judged := map[*spec.Engine]bool{}
	for _, pl := range p.set.Platforms {
		for _, e := range p.enginesOf(pl) {
			minutes, pos := e.TimeoutMinutes.Value, e.TimeoutMinutes.Pos
			if !pos.IsValid() {
				minutes, pos = limits.StepMinutes, e.Name.Pos
			}
			most := jobMinutes(pl, e) - limits.JobOverheadMinutes
			if sum := minutes * len(e.Steps); sum > most && !judged[e] {
				judged[e] = true
				p.report(finding{pos: pos, message: fmt.Sprintf("engine %s has %d steps of %d minutes, %d in all", q(e.Name.Value), len(e.Steps), minutes, sum), expected: fmt.Sprintf("at most %d minutes in all", most), fix: "lower timeout_minutes, or make one step of several"})
			}
		}
	}
}

// jobMinutes is how long an engine's job may take on the machine that its label names.
func jobMinutes(pl *spec.Platform, e *spec.Engine) int {
	labels := e.RunsOn
	if len(labels) == 0 {
		labels = pl.EnginesRunsOn
	}
	if len(labels) == 1 && labels[0].Value == "ubuntu-slim" {
		return limits.SlimMinutes
	}
	return limits.Of(pl).JobMinutes
}

// platformSize: the dispatcher calls one workflow per engine, and GitHub bounds how many a run may call.
func platformSize(p *pass) {
	for _, pl := range p.set.Platforms {
		l := limits.Of(pl)
		if engines := p.enginesOf(pl); len(engines) > l.Engines() {
			p.report(finding{pos: pl.Name.Pos, message: fmt.Sprintf("platform %s has %d engines", q(pl.Name.Value), len(engines)), expected: fmt.Sprintf("at most %d: %s allows %d called workflows in a run", l.Engines(), l.Name, l.CalledWorkflows), fix: "make two platforms of it"})
		}
	}
}

// concurrencyLength: where the name of a group is too long GitHub ends the run before any job starts.
func concurrencyLength(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, e := range p.enginesOf(pl) {
			if len(e.ConcurrencyBy) == 0 {
				continue
			}
			length := len(pl.Name.Value) + 1 + len(e.Name.Value)
			for _, by := range e.ConcurrencyBy {
				length += 1 + longest(e, by.Value)
			}
			if n := e.Legs(); n > 0 {
				length += 1 + len(strconv.Itoa(n-1)) // the number of the leg
			}
			if length > limits.GroupChars {
				p.report(finding{pos: e.ConcurrencyBy[0].Pos, message: fmt.Sprintf("the concurrency group of engine %s may have %d characters", q(e.Name.Value), length),
					expected: fmt.Sprintf("at most %d, whatever the inputs are: GitHub refuses a longer one", limits.GroupChars), fix: "keep runs apart by fewer inputs, or shorten their options"})
			}
		}
	}
}

// longest returns how many characters an input may have, by its type; rule concurrency-key knows those that have no bound.
func longest(e *spec.Engine, by string) int {
	if by == "target_repo" {
		return limits.TargetChars
	}
	n := len("false")
	for _, in := range e.Inputs {
		if in.Name.Value != by {
			continue
		}
		for _, o := range in.Options {
			n = max(n, len(utf16.Encode([]rune(o.Value))))
		}
		if in.Type.Value == "number" {
			n = limits.NumberChars
		}
	}
	return n
}
