package verify

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
)

// handedOver are the outputs in which a job hands its result to emit; a leg of a matrix says besides how it ended.
var handedOver = []string{"details", "details_sha256", "details_state", "run_attempt", "timed_out", "job_status"}

// matrix: an engine has exactly the legs that the facts name, by number, so that emit knows which of them handed over
// what. A leg that fails leaves the others alone, sets outputs of its own alone, and waits for no other leg of its run.
func (v *verifier) matrix(d document, engine string) {
	job := get(d.root, "jobs", "engine")
	facts, _ := v.plan.Facts.Engine(engine)
	strategy := get(job, "strategy")
	if len(facts.Legs) == 0 {
		if strategy != nil {
			v.report("verify-matrix", d.pos(strategy), "the engine has a matrix, and the facts have none")
		}
		return
	}
	if text(get(strategy, "fail-fast")) != "false" || !sameLegs(items(get(strategy, "matrix", "include")), facts.Legs) {
		v.report("verify-matrix", d.pos(d.root), "the legs are not those of the facts, or a leg that fails ends the others")
	}
	for name := range facts.Legs[0] {
		if !v.isExpression(get(job, "env", strings.ToUpper(name)), "matrix."+name) {
			v.report("verify-matrix", d.pos(d.root), "the steps do not get %s of their leg", name)
		}
	}
	if group := get(job, "concurrency", "group"); group != nil && !names(v.expression(group).tree, "matrix") {
		v.report("verify-matrix", d.pos(group), "the legs of one run wait for each other")
	}
	v.legOutputs(d, get(job, "outputs"), len(facts.Legs))
}

// sameLegs compares what GitHub makes jobs of with the legs that emit knows.
func sameLegs(include []*yaml.Node, legs []map[string]string) bool {
	return slices.EqualFunc(include, legs, func(n *yaml.Node, leg map[string]string) bool {
		count := 0
		for k, value := range pairs(n) {
			want, ok := leg[k.Value]
			if k.Value == "leg" {
				want, ok = strconv.Itoa(slices.Index(include, n)), true
			}
			if !ok || value.Tag != "!!str" || value.Value != want {
				return false
			}
			count++
		}
		return count == len(leg)+1
	})
}

// legOutputs: a leg sets the outputs with its number and no others, and emit receives each under its own name.
func (v *verifier) legOutputs(d document, outputs *yaml.Node, legs int) {
	var receive *yaml.Node
	for _, step := range items(get(d.root, "jobs", "emit", "steps")) {
		if text(get(step, "id")) == "receive" {
			receive = step
		}
	}
	for i := range legs {
		for _, name := range handedOver {
			output := name + "_" + strconv.Itoa(i)
			own := "matrix.leg == '" + strconv.Itoa(i) + "' && steps.collect.outputs." + name + " || ''"
			if !v.isExpression(get(outputs, output), own) {
				v.report("verify-matrix", d.pos(d.root), "the output %s is not that of leg %d alone", output, i)
			}
			variable := strings.ToUpper(output)
			if !v.isExpression(get(receive, "env", variable), "needs.engine.outputs."+output) ||
				!strings.Contains(text(get(receive, "run")), "printf '%s' \"$"+variable+"\" > \"$HANDOVER_DIR/"+output+"\"\n") {
				v.report("verify-matrix", d.pos(d.root), "emit does not receive %s", output)
			}
		}
	}
}

// matrixUses: only the job of an engine with a matrix has legs to speak of.
func (v *verifier) matrixUses(d document, uses []use) {
	for _, u := range uses {
		if names(u.tree, "matrix") && !(strings.HasPrefix(d.file, enginePrefix) && strings.HasPrefix(u.path, "jobs.engine.")) {
			v.report("verify-matrix", d.pos(u.node), "%s names a matrix: %s", u.path, expr.Print(u.tree))
		}
	}
}
