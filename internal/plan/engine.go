package plan

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/shell"
	"github.com/task-assistant/tasc/internal/spec"
)

// authorized reports whether an engine's job is handed any token.
func (b *builder) authorized(e *spec.Engine) bool {
	return b.engineAppMints(e) || e.ReadsTelemetry.Value
}

// engineAppMints reports whether the engine App has a token to mint; that for telemetry is minted by the App that is installed there.
func (b *builder) engineAppMints(e *spec.Engine) bool { return b.facts.Closed() || ownToken(e) }

// ownToken reports whether an engine gets a token for the monitored repository.
func ownToken(e *spec.Engine) bool { return len(e.Permissions) > 0 }

// sealed are the outputs in which the tokens of an engine's job travel.
func (b *builder) sealed(e *spec.Engine) []string {
	var out []string
	if ownToken(e) {
		out = append(out, "sealed")
	}
	if b.facts.Closed() {
		out = append(out, "sealed_platform")
	}
	if e.ReadsTelemetry.Value {
		out = append(out, "sealed_telemetry")
	}
	return out
}

// engine is the workflow of one engine: authorize (if it has a token), engine, emit, each on a machine of its own.
func (b *builder) engine(e *spec.Engine) Workflow {
	name := e.Name.Value
	w := Workflow{
		Path: workflows + engineJob(name) + ".yml",
		Name: b.platform.Title.Value + " engine " + name,
		On: On{Call: &WorkflowCall{
			Inputs:  append(slices.Clone(standardInputs), inputNames(e)...),
			Secrets: b.engineSecrets(e),
			Outputs: []Output{
				{"ok", "true when the engine succeeded and its details were accepted", expr.Path("jobs.emit.outputs.ok")},
				{"record", "git blob of the record", expr.Path("jobs.emit.outputs.record")},
			},
		}},
	}
	if b.authorized(e) {
		w.Jobs = append(w.Jobs, b.authorizeJob(e))
	}
	w.Jobs = append(w.Jobs, b.engineRun(e), b.emitJob(emission{
		engine: name, job: "engine", handover: engineHandover, authorized: b.authorized(e), telemetryRepo: "inputs.telemetry_repo", legs: e.Legs(),
	}))
	return w
}

// authorizeJob mints the engine's tokens and hands them over sealed: no App's key reaches the machine that runs engine
// code, and only the keys of the Apps that mint for this engine reach this one.
func (b *builder) authorizeJob(e *spec.Engine) Job {
	run := b.trusted(b.refGate(), expr.Path("inputs.engine_ref"), b.trustedVerb("Mint and seal the engine's tokens", "authorize", "authorize",
		append(b.mintingEnv(e), secret("HANDOVER_KEY", b.secrets.HandoverKey))...))
	run.Outputs = outputs("authorize", b.sealed(e)...)
	return Job{
		ID:      "authorize",
		Name:    "Authorize",
		Comment: "Mints what the engine needs and no more, and seals it for the engine's job.",
		If:      expr.NotCancelled(),
		Run:     run,
	}
}

// mintingEnv is what authorize mints for, and with.
func (b *builder) mintingEnv(e *spec.Engine) []Field {
	env := append(inputs("target_repo", "engine_ref"), text("ENGINE_NAME", e.Name.Value))
	if b.engineAppMints(e) {
		env = append(env, secret("ENGINE_APP_KEY", b.secrets.EngineKey))
	}
	if e.ReadsTelemetry.Value {
		env = append(append(env, inputs("telemetry_repo")...), secret("TELEMETRY_APP_KEY", b.secrets.TelemetryKey))
	}
	return env
}

// engineRun is the job that runs engine code.
func (b *builder) engineRun(e *spec.Engine) Job {
	job := Job{
		ID:      "engine",
		Name:    e.Name.Value,
		Comment: e.Summary.Value + ".\nNo App key is in reach of this job.",
		If:      expr.NotCancelled(),
		Run: &Run{
			RunsOn:         b.engineLabels(e),
			Concurrency:    b.concurrency(e),
			TimeoutMinutes: len(e.Steps)*timeout(e) + engineOverhead,
			Outputs:        outputs("collect", engineHandover...),
			Env: slices.Concat(
				inputs("target_repo", "telemetry_repo", "correlation_id", "engine_ref"),
				[]Field{text("ENGINE_NAME", e.Name.Value), text("ENGINE_JOB", "engine")},
				inputs(inputNames(e)...),
				matrixEnv(e)),
			Steps: b.engineGround(e),
		},
	}
	if job.Run.Legs = legs(e); job.Run.Legs != nil {
		job.Run.Outputs = legOutputs(e.Legs())
	}
	if b.authorized(e) {
		job.Needs = []string{"authorize"}
		job.If = expr.All(expr.NotCancelled(), expr.Is("needs.authorize.result", "success"))
	}
	for _, s := range e.Steps {
		job.Run.Steps = append(job.Run.Steps, noteStart(), b.engineStep(e, s))
	}
	collect := verb("Collect the result", "collect", "collect", temp("RESULT_FILE", "result.json"),
		stepStarted(), text("STEP_TIMEOUT_MINUTES", strconv.Itoa(timeout(e))))
	collect.If = expr.Always()
	if n := e.Legs(); n > 0 {
		collect.Env = append(collect.Env, text("LEGS", strconv.Itoa(n)), path("JOB_STATUS", "job.status"))
	}
	job.Run.Steps = append(job.Run.Steps, collect)
	if tokens := stepTokens(e); len(tokens) > 0 {
		job.Run.Steps = append(job.Run.Steps, revoke("Revoke the engine's tokens", tokens...))
	}
	return job
}

// revoke ends tokens that no later step needs, whatever became of those that did.
func revoke(name string, tokens ...Field) Step {
	step := verb(name, "", "revoke", tokens...)
	step.If = expr.Always()
	return step
}

// stepTokens are the tokens in the environment of each of the engine's own steps.
func stepTokens(e *spec.Engine) []Field {
	var out []Field
	if ownToken(e) {
		out = append(out, path("GH_TOKEN", "steps.unseal.outputs.token"))
	}
	if e.ReadsTelemetry.Value {
		out = append(out, path("TELEMETRY_TOKEN", "steps.unseal.outputs.telemetry_token"))
	}
	return out
}

// noteStart stands before every step of an engine. GitHub says of a step only that it failed, not that its time was
// over (github.com/actions/runner, StepsRunner.cs), so collect looks how long ago the last one began.
func noteStart() Step {
	return Step{Name: "Note when the next step starts", Env: []Field{stepStarted()}, Script: "set -euo pipefail\ntouch \"$STEP_STARTED\"\n"}
}

func stepStarted() Field { return temp("STEP_STARTED", "step-started") }

// engineGround is what an engine's own steps stand on: the runner, the platform's files, and the tokens. The files of a
// platform that is not public come last, since they take one of the tokens.
func (b *builder) engineGround(e *spec.Engine) []Step {
	at := expr.Path("inputs.engine_ref")
	if b.facts.Closed() {
		checkout := b.checkout(Field{Name: "ref", Expr: at})
		checkout.With = append(checkout.With, path("token", "steps.unseal.outputs.platform_token"))
		// The engine's own steps come behind: none of them is on the machine as long as this token is good for anything.
		return []Step{b.refGate(), downloadRunner(b.download()), b.unseal(e), checkout,
			revoke("Revoke the token that read the platform", path("PLATFORM_TOKEN", "steps.unseal.outputs.platform_token"))}
	}
	steps := append([]Step{b.refGate()}, b.ground(at)...)
	if b.authorized(e) {
		steps = append(steps, b.unseal(e))
	}
	return steps
}

// unseal opens the tokens in the one step of the engine's job that knows the handover key.
func (b *builder) unseal(e *spec.Engine) Step {
	var env []Field
	for _, name := range b.sealed(e) {
		env = append(env, path(envName(name), "needs.authorize.outputs."+name))
	}
	if b.facts.Closed() {
		env = append(env, text("PLATFORM_REPO", b.facts.Repository))
	}
	return verb("Unseal the engine's tokens", "unseal", "unseal", append(env, secret("HANDOVER_KEY", b.secrets.HandoverKey))...)
}

func (b *builder) engineLabels(e *spec.Engine) []string {
	if len(e.RunsOn) > 0 {
		return values(e.RunsOn)
	}
	return values(b.platform.EnginesRunsOn)
}

// concurrency is the group of the engine's own job, nil where it has none. Emit
// is never in one: a record must not wait for another run, nor be dropped for it.
func (b *builder) concurrency(e *spec.Engine) *Concurrency {
	if len(e.ConcurrencyBy) == 0 {
		return nil
	}
	format := b.platform.Name.Value + "-" + e.Name.Value
	args := []expr.Expr{nil}
	for i, name := range e.ConcurrencyBy {
		format += fmt.Sprintf("-{%d}", i)
		args = append(args, expr.Path("inputs."+name.Value))
	}
	if len(e.Matrix) > 0 { // the legs of one run do not wait for each other
		format += fmt.Sprintf("-{%d}", len(e.ConcurrencyBy))
		args = append(args, expr.Path("matrix."+legVariable))
	}
	args[0] = expr.String(format)
	c := &Concurrency{Group: expr.Call{Func: "format", Args: args}, Queue: b.queue()}
	if e.Queue.Pos.IsValid() && c.Queue != "" {
		c.Queue = e.Queue.Value
	}
	return c
}

// queue is the queue of a group that names none. Enterprise Server has no such key, and does what "single" says.
func (b *builder) queue() string {
	if b.facts.Server != "" {
		return ""
	}
	return "single"
}

func inputNames(e *spec.Engine) []string {
	var out []string
	for _, in := range e.Inputs {
		out = append(out, in.Name.Value)
	}
	return out
}

func timeout(e *spec.Engine) int {
	if e.TimeoutMinutes.Pos.IsValid() {
		return e.TimeoutMinutes.Value
	}
	return defaultTimeout
}

// engineStep is one step of the spec with the environment that an engine may rely on.
func (b *builder) engineStep(e *spec.Engine, s spec.Step) Step {
	step := Step{
		Name:           s.Name.Value,
		ID:             s.ID.Value,
		TimeoutMinutes: timeout(e),
		Env:            append([]Field{temp("RESULT_FILE", "result.json")}, stepTokens(e)...),
	}
	for _, v := range e.Vars {
		step.Env = append(step.Env, path(v.Value, "vars."+v.Value))
	}
	for _, s := range e.Secrets {
		step.Env = append(step.Env, secret(s.Value, s.Value))
	}
	for _, v := range e.Env {
		if !slices.ContainsFunc(s.Env, func(o spec.Pair) bool { return o.Key.Value == v.Key.Value }) {
			step.Env = append(step.Env, value(v))
		}
	}
	for _, v := range s.Env {
		step.Env = append(step.Env, value(v))
	}
	if s.Uses.Pos.IsValid() {
		step.Uses = b.action(s.Uses.Value)
		for _, w := range s.With {
			step.With = append(step.With, value(w))
		}
		return step
	}
	step.Shell, step.Script, step.File = engineScript(s)
	return step
}

// engineScript returns the shell of a step's script (empty for bash), what it reads, and the source that it runs, if it
// is one. A python or bash file runs in a process of its own, so that it finds what stands beside it and its own name;
// pwsh runs one inside of the shell that GitHub starts, which is told to stop at the first error.
func engineScript(s spec.Step) (sh, script, file string) {
	sh, err := shell.Of(s.Shell.Value, s.Script.Value)
	if err != nil {
		panic("step-form: " + err.Error())
	}
	file = s.Script.Value
	switch {
	case sh == shell.Bash && file == "":
		return "", strict + ending(s.Run.Value), ""
	case file == "":
		return sh, ending(s.Run.Value), ""
	case sh == shell.Bash:
		return "", strict + "bash -euo pipefail " + sources + file + "\n", file
	case sh == shell.Python:
		return "", strict + "python " + sources + file + "\n", file
	}
	return sh, "& ./" + sources + file + "\n", file
}

const (
	strict  = "set -euo pipefail\n"
	sources = "engines/" // where the platform checkout has the engines' sources
)

// value is a field of env or with: a literal, or the result of an earlier step.
func value(p spec.Pair) Field {
	if p.Output.Pos.IsValid() {
		id, name := p.Result()
		return path(p.Key.Value, "steps."+id+".outputs."+name)
	}
	if p.Literal {
		return bare(p.Key.Value, p.Value.Value)
	}
	return text(p.Key.Value, p.Value.Value)
}

// ending returns a script that ends with exactly one newline.
func ending(script string) string {
	for len(script) > 0 && script[len(script)-1] == '\n' {
		script = script[:len(script)-1]
	}
	return script + "\n"
}
