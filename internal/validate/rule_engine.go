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
			switch {
			case run == uses:
				p.report(finding{pos: s.Pos, message: fmt.Sprintf("step %s of engine %s has %s", q(s.Name.Value), q(e.Name.Value), map[bool]string{true: "both run and uses", false: "neither run nor uses"}[run]), expected: "one of run and uses", fix: "make two steps of it, or remove one"})
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

// Reserved are the variables that engine steps find set (contract of an engine), and the prefixes of GitHub's own.
var (
	reservedEnv      = []string{"BASH_ENV", "CI", "CORRELATION_ID", "ENGINE_JOB", "ENGINE_NAME", "ENGINE_REF", "ENV", "GH_TOKEN", "LD_PRELOAD", "NODE_OPTIONS", "PATH", "RESULT_FILE", "TARGET_REPO", "TELEMETRY_REPO"}
	reservedPrefixes = []string{"ACTIONS_", "GITHUB_", "INPUT_", "RUNNER_"}
)

func envReserved(p *pass) {
	for _, e := range p.set.Engines {
		env := e.Env
		for _, s := range e.Steps {
			env = slices.Concat(env, s.Env)
		}
		for _, v := range env {
			name := strings.ToUpper(v.Key.Value)
			if slices.Contains(reservedEnv, name) || slices.ContainsFunc(reservedPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
				p.report(finding{pos: v.Key.Pos, message: fmt.Sprintf("engine %s sets %s, which is set for it", q(e.Name.Value), v.Key.Value), expected: "a name that is not reserved", fix: "rename the variable"})
			}
		}
	}
}
