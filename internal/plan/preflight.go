package plan

import (
	"slices"

	"github.com/task-assistant/tasc/internal/expr"
)

// preflight is the workflow that must succeed before any engine starts.
func (b *builder) preflight() Workflow {
	check := b.trusted(b.commitGate(), b.runningCommit(), b.trustedVerb("Check", "check", "preflight",
		append(inputs(preflightInputs...),
			secret("ENGINE_APP_KEY", b.secrets.EngineKey),
			secret("TELEMETRY_APP_KEY", b.secrets.TelemetryKey))...))
	check.Outputs = outputs("check", append([]string{"telemetry_repo"}, handover...)...)
	return Workflow{
		Path: workflows + "preflight.yml",
		Name: b.platform.Title.Value + " preflight",
		On: On{Call: &WorkflowCall{
			Inputs:  preflightInputs,
			Secrets: distinct(b.secrets.EngineKey, b.secrets.TelemetryKey),
			Outputs: []Output{
				{"ok", "true when every check passed and the record says so", expr.Path("jobs.emit.outputs.ok")},
				{"telemetry_repo", "owner/name that takes the telemetry", expr.Path("jobs.check.outputs.telemetry_repo")},
				{"record", "git blob of the record", expr.Path("jobs.emit.outputs.record")},
			},
		}},
		Jobs: []Job{
			{ID: "check", Name: "Check", Comment: "Reads, never writes; its verdict gates every engine.", If: expr.NotCancelled(), Run: check},
			b.emitJob(emission{engine: "preflight", job: "check", handover: handover, telemetryRepo: "needs.check.outputs.telemetry_repo"}),
		},
	}
}

// handover is what a job hands to emit: its details packed, and what it says of them.
var handover = []string{"details", "details_sha256", "details_state", "run_attempt"}

// engineHandover also says whether the last of an engine's steps was stopped when its time was over.
var engineHandover = append(slices.Clone(handover), "timed_out")

// emission says whose record an emit job writes.
type emission struct {
	engine        string
	job           string // the job whose result is recorded
	handover      []string
	authorized    bool
	telemetryRepo string // where the name of the telemetry repository comes from
	legs          int    // of the job; 0 where it is one job
}

// outputs are the outputs of the job that emit receives.
func (e emission) outputs() []string {
	if e.legs == 0 {
		return e.handover
	}
	var out []string
	for i := range e.legs {
		for _, name := range legHandover {
			out = append(out, legOutput(name, i))
		}
	}
	return out
}

// emitJob is the only author of records. What the engine handed over reaches it
// through files that a step of its own writes, so that no text of the engine is
// in the environment of the step that holds the key: a value that is too long
// for an environment fails the first step, not the second.
func (b *builder) emitJob(e emission) Job {
	dir := temp("HANDOVER_DIR", "handover")
	receive := Step{
		Name:            "Receive what was handed over",
		ID:              "receive",
		ContinueOnError: true,
		Env:             []Field{dir},
		Script:          "set -euo pipefail\nmkdir -p \"$HANDOVER_DIR\"\n",
	}
	for _, name := range e.outputs() {
		receive.Env = append(receive.Env, path(envName(name), "needs."+e.job+".outputs."+name))
		receive.Script += "printf '%s' \"$" + envName(name) + "\" > \"$HANDOVER_DIR/" + name + "\"\n"
	}
	env := []Field{text("ENGINE_NAME", e.engine), path("ENGINE_RESULT", "needs."+e.job+".result")}
	needs := []string{e.job}
	if e.authorized {
		needs = []string{"authorize", e.job}
		env = append(env, path("AUTHORIZE_RESULT", "needs.authorize.result"))
	}
	env = append(env, inputs("target_repo")...)
	env = append(env, path("TELEMETRY_REPO", e.telemetryRepo))
	env = append(env, inputs("correlation_id", "engine_ref", "run_date")...)
	env = append(env, dir, path("HANDOVER_RECEIVED", "steps.receive.outcome"), secret("TELEMETRY_APP_KEY", b.secrets.TelemetryKey))
	run := b.trusted(b.commitGate(), b.runningCommit(), receive, b.trustedVerb("Emit the record", "emit", "emit", env...))
	run.Outputs = outputs("emit", "ok", "record")
	return Job{
		ID:      "emit",
		Name:    "Emit",
		Comment: "Runs whatever happened before it: one record, written once, by this job alone.",
		Needs:   needs,
		If:      expr.Always(),
		Run:     run,
	}
}

// temp is a path below the runner's folder for temporary files.
func temp(name, file string) Field {
	return Field{Name: name, Expr: expr.Call{Func: "format", Args: []expr.Expr{expr.String("{0}/" + file), expr.Path("runner.temp")}}}
}
