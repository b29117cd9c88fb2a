package verify

import (
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
)

var (
	stepFieldRE = regexp.MustCompile(`^jobs\.engine\.steps\[([0-9]+)\]\.(env|with)\.([^.]+)$`)
	resultRE    = regexp.MustCompile(`^steps\.([A-Za-z0-9_-]+)\.outputs\.[A-Za-z0-9_-]+$`)
)

// results: what is evaluated for a step of the spec is where its result goes,
// its token, what the monitored repository gives it (which secrets judges), and
// results of steps of the spec that stand before it. Nothing else of the run
// reaches it but by the job's environment, where the inputs are. collect reads the result where the steps write it.
func (v *verifier) results(d document, uses []use) {
	steps := items(get(d.root, "jobs", "engine", "steps"))
	for _, u := range uses {
		m := stepFieldRE.FindStringSubmatch(u.path)
		if m == nil {
			continue
		}
		at, err := strconv.Atoi(m[1])
		if err != nil || !isEngineStep(steps[at]) && lastVerb(steps[at]) != "collect" {
			continue
		}
		switch is := expr.Print(u.tree); {
		case names(u.tree, "secrets"), names(u.tree, "vars"):
		case m[2] == "env" && m[3] == "RESULT_FILE" && is == "format('{0}/result.json', runner.temp)":
		case m[2] == "env" && m[3] == "STEP_STARTED" && is == stepStarted && lastVerb(steps[at]) == "collect":
		case m[2] == "env" && m[3] == "GH_TOKEN" && is == "steps.unseal.outputs.token":
		case m[2] == "env" && m[3] == "TELEMETRY_TOKEN" && is == "steps.unseal.outputs.telemetry_token": // tokens judges whose
		case m[2] == "env" && m[3] == "JOB_STATUS" && is == "job.status" && !isEngineStep(steps[at]): // what collect hands over of a leg
		case resultOf(steps[:at], is):
		default:
			v.report("verify-result", d.pos(u.node), "%s is no result of a step before it: %s", u.path, u.node.Value)
		}
	}
}

// resultOf tells whether a folded expression is the result of one of the steps, which is one of the spec's.
func resultOf(before []*yaml.Node, expression string) bool {
	m := resultRE.FindStringSubmatch(expression)
	if m == nil {
		return false
	}
	for _, step := range before {
		if strings.EqualFold(text(get(step, "id")), m[1]) {
			return isEngineStep(step)
		}
	}
	return false
}
