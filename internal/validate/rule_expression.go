package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/visible"
)

// expressionRE finds a GitHub expression, also one that does not end.
var expressionRE = regexp.MustCompile(`\$\{\{(?:\s*(.*?)\s*\}\})?`)

func expression(p *pass) {
	scripts, ofAction := map[diag.Pos]spec.Step{}, map[diag.Pos]bool{}
	for _, e := range p.set.Engines {
		for _, s := range e.Steps {
			scripts[s.Run.Pos] = s // only of a script is it known where its bytes stand
			for _, in := range s.With {
				ofAction[in.Value.Pos] = true
			}
		}
	}
	for s := range leaves(p.set) {
		for _, m := range expressionRE.FindAllStringSubmatchIndex(s.Value, -1) {
			f := finding{pos: s.Pos, message: shortened(s.Value[m[0]:m[1]]) + " stands in a spec, which has no GitHub expressions",
				expected: "plain text: inputs reach a step as environment variables", fix: "read the value from the environment"}
			if step, ok := scripts[s.Pos]; ok {
				f.pos = step.At(m[0])
			}
			switch {
			case ofAction[s.Pos]:
				f.expected, f.fix = "plain text, or the result of an earlier step", "write the value itself, or {output: \"step-id.name\"}"
			case m[2] >= 0:
				f.fix = insteadOf(s.Value[m[2]:m[3]])
			}
			p.report(f)
		}
	}
}

// textHidden: who reads a spec reads what runs.
func textHidden(p *pass) {
	scripts := map[diag.Pos]spec.Step{}
	for _, e := range p.set.Engines {
		for _, s := range e.Steps {
			scripts[s.Run.Pos] = s
		}
	}
	for s := range leaves(p.set) {
		at := visible.Hidden(s.Value)
		if at < 0 {
			continue
		}
		f := finding{pos: s.Pos, message: fmt.Sprintf("the text holds %U, which people do not see", []rune(s.Value[at:])[0]),
			expected: "characters that stand where they are read, and nothing between them", fix: "remove it; where a script has to print it, write it as an escape"}
		if step, ok := scripts[s.Pos]; ok {
			f.pos = step.At(at)
		}
		p.report(f)
	}
}

// shortened keeps an expression on a line.
func shortened(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:77]) + "…}}"
	}
	return s
}

// replacements are what a spec has in the place of GitHub's contexts; $1 and $2 are parts of the expression.
var replacements = []struct {
	expression *regexp.Regexp
	fix        string
}{
	{regexp.MustCompile(`^github\.(?:repository|event\.repository\.full_name)$`), "read $$TARGET_REPO"},
	{regexp.MustCompile(`^(?:github\.token|secrets\.GITHUB_TOKEN)$`), "ask for permissions, and read $$GH_TOKEN"},
	{regexp.MustCompile(`^(secrets|vars)\.([A-Z_][A-Z0-9_]*)$`), `add "$2" to the engine's $1, and read $$$2`},
	{regexp.MustCompile(`^env\.([A-Za-z_][A-Za-z0-9_]*)$`), "read $$$1"},
	{regexp.MustCompile(`^(?:github\.event\.)?inputs\.([A-Za-z_][A-Za-z0-9_-]*)$`), "declare the input with from: workflow_dispatch: true, and read its environment variable"},
	{regexp.MustCompile(`^steps\.([A-Za-z0-9_-]+)\.outputs\.([A-Za-z0-9_-]+)$`), `give a variable of the step's env the value {output: "$1.$2"}, and read that`},
}

// insteadOf says what to write in the place of the text of an expression.
func insteadOf(text string) string {
	if path, ok := strings.CutPrefix(text, "github.event."); ok {
		for _, event := range []string{"issues", "push", "repository_dispatch"} {
			if slices.Contains(payloadFields[event], path) || event == "repository_dispatch" && clientPayloadRE.MatchString(path) {
				return fmt.Sprintf("declare an input with from: %s: %s, and read its environment variable", event, q(path))
			}
		}
	}
	for _, r := range replacements {
		if r.expression.MatchString(text) {
			return r.expression.ReplaceAllString(text, r.fix)
		}
	}
	return "read the value from the environment"
}

// leaves yields every text of a set that its schema leaves free, but engine_ref, of which a rule of its own says what it is.
func leaves(set *spec.Set) func(func(spec.String) bool) {
	var all []spec.String
	pairs := func(ps []spec.Pair) {
		for _, p := range ps {
			all = append(all, p.Key, p.Value)
		}
	}
	for _, p := range set.Platforms {
		all = append(all, p.Title, p.Repository, p.Telemetry)
		for _, pr := range p.Profiles {
			all = append(all, pr.Template.Name, pr.Template.Description)
			all = append(append(all, pr.Template.Categories...), pr.Template.FilePatterns...)
		}
		for _, r := range p.Routes {
			if r.Push != nil {
				all = append(append(all, r.Push.Branches...), r.Push.Paths...)
			}
			for _, s := range r.Schedules {
				all = append(all, s.Cron)
			}
		}
	}
	for _, e := range set.Engines {
		all = append(all, e.Summary)
		pairs(e.Permissions)
		all = append(append(all, e.Vars...), e.Secrets...)
		for _, m := range e.Matrix {
			all = append(all, m.Values...)
		}
		for _, in := range e.Inputs {
			all = append(append(all, in.Description), in.Options...)
			pairs(in.From)
			if in.Default != nil {
				all = append(all, in.Default.Value)
			}
		}
		pairs(e.Env)
		for _, s := range e.Steps {
			all = append(all, s.Name, s.Run, s.Script, s.Uses)
			pairs(s.With)
			pairs(s.Env)
		}
	}
	return slices.Values(all)
}
