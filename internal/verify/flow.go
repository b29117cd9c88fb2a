package verify

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/plan"
)

// use is one expression of a workflow.
type use struct {
	path string // of the value it stands in
	node *yaml.Node
	tree expr.Expr
}

// What generated expressions name.
var (
	contexts  = []string{"github", "inputs", "job", "jobs", "matrix", "needs", "runner", "secrets", "steps", "vars"}
	functions = []string{"always", "cancelled", "format", "fromJSON", "startsWith", "toJSON"}
)

// expressions parses every expression of a workflow. One that is only a part of
// its value, does not parse, or names what no generated file names is a
// finding: the other invariants could not see through it.
func (v *verifier) expressions(d document) []use {
	var uses []use
	for _, l := range d.leaves {
		n := l.node
		if !l.isCondition() && !strings.Contains(n.Value, "${{") {
			continue
		}
		tree := v.condition(n).tree
		if tree == nil {
			v.report("verify-expression", d.pos(n), "%s is not one expression that can be read: %s", l.path, n.Value)
			continue
		}
		uses = append(uses, use{l.path, n, tree})
		expr.Walk(tree, func(e expr.Expr) {
			name, isName := e.(expr.Name)
			call, isCall := e.(expr.Call)
			if isName && !slices.Contains(contexts, string(name)) || isCall && !slices.Contains(functions, call.Func) {
				v.report("verify-expression", d.pos(n), "%s names what no generated workflow names: %s", l.path, n.Value)
			}
		})
	}
	return uses
}

var (
	secretsPathRE = regexp.MustCompile(`^jobs\.[^.]+\.secrets\.([^.]+)$`)
	stepEnvRE     = regexp.MustCompile(`^jobs\.([^.]+)\.steps\[([0-9]+)\]\.env\.([^.]+)$`)
)

// secrets: an App key is in reach of a trusted job's verb alone, the handover
// key also of the step that unseals; no secret is anywhere else.
func (v *verifier) secrets(d document, uses []use) {
	for _, u := range uses {
		v.ownToken(d, u)
		for _, context := range []string{"secrets", "vars"} {
			if !names(u.tree, context) {
				continue
			}
			name, whole := strings.CutPrefix(expr.Print(u.tree), context+".")
			if !whole || strings.ContainsAny(name, ". ()") || !v.mayHold(d, u.path, context, name) { // the name is folded
				v.report("verify-secret", d.pos(u.node), "%s holds %s", u.path, u.node.Value)
			}
		}
	}
}

// names reports whether an expression names a context.
func names(e expr.Expr, context string) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) { found = found || e == expr.Expr(expr.Name(context)) })
	return found
}

// mayHold tells whether a secret or variable may stand at a path; its name is folded.
func (v *verifier) mayHold(d document, path, context, secret string) bool {
	if m := secretsPathRE.FindStringSubmatch(path); m != nil && context == "secrets" {
		return strings.EqualFold(m[1], secret) // what is handed on to which workflow is judged by handedOn
	}
	m := stepEnvRE.FindStringSubmatch(path)
	if m == nil {
		return false
	}
	var index int
	if _, err := fmt.Sscan(m[2], &index); err != nil {
		return false
	}
	s := v.plan.Secrets
	engine := v.engineOf(d)
	allowed := map[string]string{
		"preflight ENGINE_APP_KEY":    s.EngineKey,
		"preflight TELEMETRY_APP_KEY": s.TelemetryKey,
		"authorize HANDOVER_KEY":      s.HandoverKey,
		"unseal HANDOVER_KEY":         s.HandoverKey,
		"emit TELEMETRY_APP_KEY":      s.TelemetryKey,
		"verdict TELEMETRY_APP_KEY":   s.TelemetryKey,
	}
	if v.ofEngineApp(engine) {
		allowed["authorize ENGINE_APP_KEY"] = s.EngineKey
	}
	if engine.ReadsTelemetry {
		allowed["authorize TELEMETRY_APP_KEY"] = s.TelemetryKey
	}
	step := items(get(d.root, "jobs", m[1], "steps"))[index]
	if own := v.grant(d.file); m[1] == "engine" && strings.EqualFold(m[3], secret) && isEngineStep(step) {
		return context == "secrets" && slices.Contains(own.Secrets, m[3]) || context == "vars" && slices.Contains(own.Vars, m[3])
	}
	want, ok := allowed[lastVerb(step)+" "+m[3]]
	return context == "secrets" && ok && strings.EqualFold(want, secret)
}

// isEngineStep: only the steps of the spec are told where the result goes, but for collect, which is a verb.
func isEngineStep(step *yaml.Node) bool {
	return get(step, "env", "RESULT_FILE") != nil && lastVerb(step) == ""
}

// grant returns what the engine of a workflow file gets from the monitored repository.
func (v *verifier) grant(file string) plan.Grant {
	name := strings.TrimSuffix(strings.TrimPrefix(file, enginePrefix), ".yml")
	for _, g := range v.plan.Engines {
		if g.Engine == name {
			return g
		}
	}
	return plan.Grant{}
}

// handedOn: secrets go by name, to the workflows that need them and no others.
func (v *verifier) handedOn(d document, id string, job *yaml.Node) {
	given := get(job, "secrets")
	if given == nil {
		return
	}
	s := v.plan.Secrets
	var want []string
	engine, isEngine := v.plan.Facts.Engine(strings.TrimPrefix(id, "engine-"))
	switch {
	case id == "preflight":
		want = []string{s.EngineKey, s.TelemetryKey}
	case id == "dispatch":
		want = v.allSecrets()
	case isEngine:
		want = []string{s.TelemetryKey}
		if v.ofEngineApp(engine) {
			want = append(want, s.EngineKey)
		}
		if v.authorized(engine) {
			want = append(want, s.HandoverKey)
		}
		want = append(want, v.grant(enginePrefix+engine.Name+".yml").Secrets...)
	}
	var got []string
	for k := range pairs(given) {
		got = append(got, k.Value)
	}
	if given.Kind != yaml.MappingNode || !sameSet(got, want) {
		v.report("verify-secret", d.pos(given), "job %s hands on other secrets than %s", id, strings.Join(want, ", "))
	}
}

// handsOn: every workflow that the dispatcher calls gets what plan and preflight decided, under the same names.
func (v *verifier) handsOn(d document) {
	for id, job := range pairs(get(d.root, "jobs")) {
		for k, value := range pairs(get(job, "with")) {
			want := "needs.plan.outputs." + k.Value
			if k.Value == "telemetry_repo" {
				want = "needs.preflight.outputs.telemetry_repo"
			}
			engine, _ := v.plan.Facts.Engine(strings.TrimPrefix(id.Value, "engine-"))
			for _, in := range engine.Inputs {
				if in.Name == k.Value {
					want = "needs.plan.outputs." + in.Output(engine.Name)
				}
			}
			if !v.isExpression(value, want) {
				v.report("verify-input", d.pos(value), "job %s gets %s as %s", id.Value, value.Value, k.Value)
			}
		}
	}
}

// checked: preflight judges what it was given.
func (v *verifier) checked(d document) {
	for _, step := range items(get(d.root, "jobs", "check", "steps")) {
		if lastVerb(step) == "preflight" {
			v.given(d, step, "PROBLEM", "ROUTE", "TARGET_REPO", "CORRELATION_ID", "ENGINE_REF", "RUN_DATE")
		}
	}
}

// given demands that variables of a step hold the workflow's inputs of the same names.
func (v *verifier) given(d document, step *yaml.Node, names ...string) {
	for _, name := range names {
		if value := get(step, "env", name); !v.isExpression(value, "inputs."+strings.ToLower(name)) {
			v.report("verify-input", d.pos(step), "%s is not the input of that name", name)
		}
	}
}

// emits: emit runs on every path after the job that it records, as what that
// job was; no text of that job is in its environment but in the step that
// receives it; and what the workflow says of itself is what emit recorded.
func (v *verifier) emits(d document, uses []use, engine, recorded string) {
	emit := get(d.root, "jobs", "emit")
	if !v.isAlways(get(emit, "if")) || !slices.Contains(needs(emit), recorded) {
		v.report("verify-emit", d.pos(d.root), "emit does not run whatever became of %s", recorded)
	}
	steps := items(get(emit, "steps"))
	if len(steps) == 0 || lastVerb(steps[len(steps)-1]) != "emit" || get(steps[len(steps)-1], "if") != nil {
		v.report("verify-emit", d.pos(d.root), "emit does not end with the record")
		return
	}
	last := steps[len(steps)-1]
	v.given(d, last, "TARGET_REPO", "CORRELATION_ID", "ENGINE_REF", "RUN_DATE")
	if text(get(last, "env", "ENGINE_NAME")) != engine || !v.isExpression(get(last, "env", "ENGINE_RESULT"), "needs."+recorded+".result") {
		v.report("verify-emit", d.pos(last), "the record is not of %s and its result", engine)
	}
	v.received(d, steps, uses)
	for _, name := range []string{"ok", "record"} {
		if !v.isExpression(get(d.root, "on", "workflow_call", "outputs", name, "value"), "jobs.emit.outputs."+name) {
			v.report("verify-emit", d.pos(d.root), "the output %s is not what emit recorded", name)
		}
	}
}

// toldToEmit is all that emit may take from other jobs outside of the step that receives: how they ended, which GitHub
// says, and where preflight found the telemetry, which a trusted job says.
var toldToEmit = []string{"needs.engine.result", "needs.authorize.result", "needs.check.result", "needs.check.outputs.telemetry_repo"}

// received: what a job hands over reaches emit in the one step that writes it into files.
func (v *verifier) received(d document, steps []*yaml.Node, uses []use) {
	receive := "jobs.emit.steps[" + strconv.Itoa(slices.IndexFunc(steps, func(s *yaml.Node) bool { return text(get(s, "id")) == "receive" })) + "]."
	for _, u := range uses {
		if strings.HasPrefix(u.path, "jobs.emit.") && !strings.HasPrefix(u.path, receive) && names(u.tree, "needs") && !slices.Contains(toldToEmit, expr.Print(u.tree)) {
			v.report("verify-emit", d.pos(u.node), "%s: a text of the engine is in reach of the key", u.path)
		}
	}
}

// isExpression compares a value as a folded tree.
func (v *verifier) isExpression(n *yaml.Node, want string) bool {
	e := v.expression(n)
	return e.tree != nil && e.printed == v.parse(want).printed
}

// expression reads a value that is one expression; of any other there is no tree.
func (v *verifier) expression(n *yaml.Node) parsed {
	inner, ok := expr.Unwrap(text(n))
	if !ok {
		return parsed{}
	}
	return v.parse(inner)
}
