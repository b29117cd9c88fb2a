package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/spec"
)

func stepForm(p *pass) {
	for _, e := range p.set.Engines {
		for _, s := range e.Steps {
			run, uses := s.Run.Pos.IsValid(), s.Uses.Pos.IsValid()
			what := "neither run nor uses"
			if run {
				what = "both run and uses"
			}
			switch {
			case run == uses:
				p.report(finding{pos: s.Pos, message: fmt.Sprintf("step %s of engine %s has %s", q(s.Name.Value), q(e.Name.Value), what), expected: "one of run and uses", fix: "make two steps of it, or remove one"})
			case run && len(s.With) > 0:
				p.report(finding{pos: s.With[0].Key.Pos, message: fmt.Sprintf("step %s has with beside run", q(s.Name.Value)), expected: "with belongs to uses", fix: "use env"})
			case run && strings.TrimSpace(s.Run.Value) == "":
				p.report(finding{pos: s.Run.Pos, message: fmt.Sprintf("step %s has an empty script", q(s.Name.Value)), expected: "a bash script", fix: "write it, or remove the step"})
			case uses:
				p.usesForm(s)
			}
		}
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

var (
	// reservedEnv are the variables that engine steps find set, and those that change how a shell or a program starts.
	reservedEnv = []string{"BASH_ENV", "CI", "CORRELATION_ID", "ENGINE_JOB", "ENGINE_NAME", "ENGINE_REF", "ENV", "GH_TOKEN", "LD_PRELOAD", "NODE_OPTIONS", "PATH", "RESULT_FILE", "TARGET_REPO", "TELEMETRY_REPO"}
	// reservedPrefixes are GitHub's own.
	reservedPrefixes = []string{"ACTIONS_", "GITHUB_", "INPUT_", "RUNNER_"}
)

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

func isReserved(name string) bool {
	return slices.Contains(reservedEnv, name) || slices.ContainsFunc(reservedPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
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

// maxJobMinutes is how long a job may run on a GitHub-hosted runner
// (docs.github.com/actions/reference/limits), less what the job does beside the engine's steps.
const maxJobMinutes = 360 - 5

// engineTimeout: the steps' own timeouts must end them before the job's does, or a timeout looks like a cancel.
func engineTimeout(p *pass) {
	for _, e := range p.set.Engines {
		if sum := e.TimeoutMinutes.Value * len(e.Steps); sum > maxJobMinutes {
			p.report(finding{pos: e.TimeoutMinutes.Pos, message: fmt.Sprintf("engine %s has %d steps of %d minutes, %d in all", q(e.Name.Value), len(e.Steps), e.TimeoutMinutes.Value, sum), expected: fmt.Sprintf("at most %d minutes in all", maxJobMinutes), fix: "lower timeout_minutes, or make one step of several"})
		}
	}
}

// maxEngines of a platform: GitHub allows 50 reusable workflows per run (docs.github.com/actions/reference/workflows-and-actions/reusing-workflow-configurations), and dispatcher and preflight are two.
const maxEngines = 48

func platformSize(p *pass) {
	for _, pl := range p.set.Platforms {
		if engines := p.enginesOf(pl); len(engines) > maxEngines {
			p.report(finding{pos: pl.Name.Pos, message: fmt.Sprintf("platform %s has %d engines", q(pl.Name.Value), len(engines)), expected: fmt.Sprintf("at most %d: GitHub allows 50 called workflows in a run", maxEngines), fix: "make two platforms of it"})
		}
	}
}
