package plan

import (
	"slices"
	"strconv"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/spec"
)

// legVariable is what a matrix calls the number of a leg. It is a variable of the matrix and not strategy.job-index,
// so that the number belongs to its values by what is written, and not by the order in which GitHub combines them.
const legVariable = "leg"

// legs returns the combinations of an engine's matrix in the order of the spec, the last variable changing fastest;
// nil where it has none.
func legs(e *spec.Engine) [][]Field {
	if len(e.Matrix) == 0 {
		return nil
	}
	out := [][]Field{nil}
	for _, v := range e.Matrix {
		var more [][]Field
		for _, leg := range out {
			for _, value := range v.Values {
				more = append(more, append(slices.Clone(leg), text(v.Name.Value, value.Value)))
			}
		}
		out = more
	}
	for i := range out {
		out[i] = append([]Field{text(legVariable, strconv.Itoa(i))}, out[i]...)
	}
	return out
}

// legFacts are the values of each leg, as emit records them.
func legFacts(e *spec.Engine) []map[string]string {
	var out []map[string]string
	for _, leg := range legs(e) {
		values := map[string]string{}
		for _, f := range leg[1:] {
			values[f.Name] = f.Text
		}
		out = append(out, values)
	}
	return out
}

// matrixEnv hands the values of a leg on to its steps.
func matrixEnv(e *spec.Engine) []Field {
	var out []Field
	for _, v := range e.Matrix {
		out = append(out, path(envName(v.Name.Value), "matrix."+v.Name.Value))
	}
	return out
}

// legHandover is what each leg hands to emit: what every engine's job does, and how it ended.
var legHandover = append(slices.Clone(engineHandover), "job_status")

// legOutput names an output of one leg.
func legOutput(name string, leg int) string { return name + "_" + strconv.Itoa(leg) }

// legOutputs has outputs of its own for every leg. Legs share the outputs of their job, and of several that set one
// the last wins; an output that is empty is not set
// (docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/pass-job-outputs, outputs in a matrix;
// actions/runner, JobExtension.cs). Which of them a leg sets is decided by what GitHub says it is, not by its steps.
func legOutputs(n int) []Field {
	var out []Field
	for i := range n {
		own := expr.Is("matrix."+legVariable, strconv.Itoa(i))
		for _, name := range legHandover {
			value := expr.Or{expr.And{own, expr.Path("steps.collect.outputs." + name)}, expr.String("")}
			out = append(out, Field{Name: legOutput(name, i), Expr: value})
		}
	}
	return out
}
