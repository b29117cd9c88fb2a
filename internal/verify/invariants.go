package verify

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// The kinds of generated workflow, told by path.
const (
	dispatcherFile = "platform/.github/workflows/dispatcher.yml"
	preflightFile  = "platform/.github/workflows/preflight.yml"
	enginePrefix   = "platform/.github/workflows/engine-"
)

// invariants states the runtime model on one workflow, from the platform's facts alone.
func (v *verifier) invariants(d document) {
	v.events(d)
	v.permissions(d)
	uses := v.expressions(d)
	v.secrets(d, uses)
	v.matrixUses(d, uses)
	if strings.HasPrefix(d.file, enginePrefix) {
		v.results(d, uses)
	}
	v.tokens(d, uses)
	for id, job := range pairs(get(d.root, "jobs")) {
		v.refs(d, job)
		v.handedOn(d, id.Value, job)
		v.scripts(d, id.Value, job)
		if _, isOwn := own[d.file]; !isOwn {
			v.commitGates(d, id.Value, job)
			v.checkouts(d, id.Value, job)
		}
		v.runner(d, id.Value, job)
		v.factsWritten(d, id.Value, job)
		v.commitTold(d, id.Value, job)
		v.features(d, id.Value, job)
		v.isolation(d, id.Value, job)
	}
	_, isOwn := own[d.file]
	switch {
	case isOwn:
		v.own(d)
	case d.file == dispatcherFile:
		v.dispatcher(d)
	case d.file == preflightFile:
		v.emits(d, uses, "preflight", "check")
		v.checked(d)
	case strings.HasPrefix(d.file, enginePrefix):
		name := strings.TrimSuffix(strings.TrimPrefix(d.file, enginePrefix), ".yml")
		v.emits(d, uses, name, "engine")
		v.matrix(d, name)
		v.engineGates(d)
		v.timed(d)
	case d.file == telemetryFile:
		v.telemetry(d)
	default:
		v.host(d)
	}
}

// events: what is in the platform tree is called and nothing else, but for the workflows of the platform's own repository.
func (v *verifier) events(d document) {
	if _, isOwn := own[d.file]; isOwn {
		return // own looks at them
	}
	for k := range pairs(get(d.root, "on")) {
		if inPlatform := strings.HasPrefix(d.file, "platform/"); inPlatform != (k.Value == "workflow_call") {
			v.report("verify-event", d.pos(k), "%s must not start this workflow", k.Value)
		}
	}
}

// permissions: every GITHUB_TOKEN of a run holds none, said for the workflow and for each job. That of the sweep may
// write to its own repository, and nothing else.
func (v *verifier) permissions(d document) {
	none := func(n *yaml.Node) bool { return n != nil && n.Kind == yaml.MappingNode && len(n.Content) == 0 }
	if !none(get(d.root, "permissions")) {
		v.report("verify-permission", d.pos(d.root), "the workflow's permissions are not {}")
	}
	for id, job := range pairs(get(d.root, "jobs")) {
		p := get(job, "permissions")
		good := none(p)
		if d.file == telemetryFile && id.Value == "sweep" {
			good = p != nil && len(p.Content) == 2 && text(get(p, "contents")) == "write"
		}
		if _, isOwn := own[d.file]; !good && !isOwn { // own looks at those
			v.report("verify-permission", d.pos(job), "the job's permissions are not {}, or those of a sweep")
		}
	}
}

var (
	commitRE  = regexp.MustCompile(`@[0-9a-f]{40}$`)
	digestRE  = regexp.MustCompile(`^docker://[^@]+@sha256:[0-9a-f]{64}$`)
	versionRE = regexp.MustCompile(`@v[0-9]+\.[0-9]+\.[0-9]+`)
	ownRE     = regexp.MustCompile(`^\./\.github/workflows/(preflight|engine-[a-z0-9-]+)\.yml$`)
)

// refs: everything that is used is at a commit; in development mode a version or a branch of the platform will do.
func (v *verifier) refs(d document, job *yaml.Node) {
	development := v.plan.Facts.Mode == "development"
	if uses := get(job, "uses"); uses != nil {
		own := strings.HasPrefix(d.file, "platform/") && ownRE.MatchString(uses.Value)
		entry := !strings.HasPrefix(d.file, "platform/") && strings.HasPrefix(uses.Value, v.plan.Facts.Repository+"/.github/workflows/dispatcher.yml@") &&
			(commitRE.MatchString(uses.Value) || development)
		if _, commit, ok := strings.Cut(uses.Value, "@"); entry && ok {
			v.release(d, uses, "verify-ref", commit)
		}
		if !own && !entry {
			v.report("verify-ref", d.pos(uses), "the job calls %s", uses.Value)
		}
	}
	for _, step := range items(get(job, "steps")) {
		uses := get(step, "uses")
		if uses == nil || commitRE.MatchString(uses.Value) || digestRE.MatchString(uses.Value) ||
			strings.HasPrefix(uses.Value, "./") || strings.HasPrefix(uses.Value, "$/") || development && versionRE.MatchString(uses.Value) {
			continue
		}
		v.report("verify-ref", d.pos(uses), "the step uses %s, which can move", uses.Value)
	}
}

var verbRE = regexp.MustCompile(`^set -euo pipefail\n"\$RUNNER_TEMP/task-assistant-runner" ([a-z]+)\n$`)

// lastVerb returns the runner's verb that a step calls, or "" if it does anything else.
func lastVerb(step *yaml.Node) string {
	if m := verbRE.FindStringSubmatch(text(get(step, "run"))); m != nil {
		return m[1]
	}
	return ""
}

// scripts: no expression stands in a script, and every script runs in bash that stops at the first error. Only a step
// of the spec may have another shell, python or pwsh.
func (v *verifier) scripts(d document, id string, job *yaml.Node) {
	for _, step := range items(get(job, "steps")) {
		run := get(step, "run")
		if run == nil {
			continue
		}
		if strings.Contains(run.Value, "${{") {
			v.report("verify-script", d.pos(run), "an expression stands in a script")
		}
		shell := text(get(step, "shell"))
		own := strings.HasPrefix(d.file, enginePrefix) && id == "engine" && isEngineStep(step)
		strict := shell == "bash" && strings.HasPrefix(run.Value, "set -euo pipefail\n")
		if !strict && !(own && (shell == "python" || shell == "pwsh")) {
			v.report("verify-script", d.pos(run), "the script does not run in bash with set -euo pipefail")
		}
	}
}

const (
	runningCommit = "fromJSON(toJSON(job)).workflow_sha"
	engineRef     = "inputs.engine_ref"
)

// checkouts: only the platform is checked out, at the running commit or at the engine_ref that was compared with it, and
// no credentials stay. Of a platform that is not public only an engine's job sees files, with the token that was handed to it.
func (v *verifier) checkouts(d document, id string, job *yaml.Node) {
	want := v.runningCommit()
	if strings.HasPrefix(d.file, enginePrefix) && (id == "authorize" || id == "engine") {
		want = engineRef
	}
	if d.file == telemetryFile {
		return // sweepCheckout
	}
	found, wanted := 0, 1
	if get(job, "runs-on") == nil || v.closed() && id != "engine" {
		wanted = 0
	}
	for _, step := range items(get(job, "steps")) {
		// the engine's own steps may check out more; rule checkout-ref-floating has judged them
		if !strings.HasPrefix(text(get(step, "uses")), "actions/checkout@") || id == "engine" && isEngineStep(step) {
			continue
		}
		found++
		if text(get(step, "with", "repository")) != v.plan.Facts.Repository || !v.isExpression(get(step, "with", "ref"), want) || text(get(step, "with", "persist-credentials")) != "false" {
			v.report("verify-checkout", d.pos(step), "the platform is not checked out at %s without credentials", want)
		}
		if token := get(step, "with", "token"); v.closed() != (token != nil) {
			v.report("verify-checkout", d.pos(step), "the checkout has a token where none is needed, or none where one is")
		}
	}
	if found != wanted {
		v.report("verify-checkout", d.pos(job), "job %s checks the platform out %d times, expected %d", id, found, wanted)
	}
}

// commitGates: a job that runs on a machine begins by making sure which commit
// it runs, where it is given an engine_ref by comparing the two.
func (v *verifier) commitGates(d document, id string, job *yaml.Node) {
	if get(job, "runs-on") == nil || d.file == telemetryFile { // which names the commit itself
		return
	}
	want := []string{`if [[ ! $RUNNING_COMMIT =~ ^[0-9a-f]{40}$ ]]; then`, "", v.runningCommit()}
	if v.plan.Facts.Server == "" && strings.HasPrefix(d.file, enginePrefix) && (id == "authorize" || id == "engine") {
		want = []string{`if [[ ! $ENGINE_REF =~ ^[0-9a-f]{40}$ || $ENGINE_REF != "$RUNNING_COMMIT" ]]; then`, engineRef, runningCommit}
	}
	var gate *yaml.Node
	if steps := items(get(job, "steps")); len(steps) > 0 {
		gate = steps[0]
	}
	ref := get(gate, "env", "ENGINE_REF")
	compared := ref == nil && want[1] == "" || v.isExpression(ref, want[1])
	if !strings.Contains(text(get(gate, "run")), want[0]) || !compared || !v.isExpression(get(gate, "env", "RUNNING_COMMIT"), want[2]) ||
		!strings.Contains(text(get(gate, "run")), "exit 1") || get(gate, "if") != nil || get(gate, "continue-on-error") != nil {
		v.report("verify-engine-ref", d.pos(job), "job %s does not begin by making sure which commit it runs", id)
	}
}

// isolation: every job that runs on a machine ends by itself. Only the engine's
// job has an environment of its own, since what stands there reaches every
// process of the job, and a concurrency group, since a record must not wait.
func (v *verifier) isolation(d document, id string, job *yaml.Node) {
	if get(job, "runs-on") != nil && get(job, "timeout-minutes") == nil {
		v.report("verify-timeout", d.pos(job), "the job has no timeout")
	}
	if strings.HasPrefix(d.file, enginePrefix) && id == "engine" {
		return
	}
	if env := get(job, "env"); env != nil {
		v.report("verify-isolation", d.pos(env), "job %s has an environment for all its steps", id)
	}
	if group := get(job, "concurrency"); group != nil && d.file != telemetryFile && own[d.file].group == "" {
		v.report("verify-isolation", d.pos(group), "job %s waits for other runs, or is dropped for one", id)
	}
}
