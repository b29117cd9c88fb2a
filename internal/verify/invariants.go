package verify

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
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
	for id, job := range pairs(get(d.root, "jobs")) {
		v.refs(d, job)
		v.secrets(d, id.Value, job)
		v.scripts(d, job)
		v.checkouts(d, id.Value, job)
		v.bounds(d, job)
	}
	switch {
	case d.file == dispatcherFile:
		v.dispatcher(d)
	case d.file == preflightFile:
		v.emits(d, "check")
	case strings.HasPrefix(d.file, enginePrefix):
		v.emits(d, "engine")
		v.refGates(d)
	}
}

// events: what is in the platform tree is called and nothing else.
func (v *verifier) events(d document) {
	for k := range pairs(get(d.root, "on")) {
		if inPlatform := strings.HasPrefix(d.file, "platform/"); inPlatform != (k.Value == "workflow_call") {
			v.report("verify-event", d.pos(k), "%s must not start this workflow", k.Value)
		}
	}
}

// permissions: every GITHUB_TOKEN of a run holds none, said for the workflow and for each job.
func (v *verifier) permissions(d document) {
	none := func(n *yaml.Node) bool { return n != nil && n.Kind == yaml.MappingNode && len(n.Content) == 0 }
	if !none(get(d.root, "permissions")) {
		v.report("verify-permission", d.pos(d.root), "the workflow's permissions are not {}")
	}
	for _, job := range pairs(get(d.root, "jobs")) {
		if !none(get(job, "permissions")) {
			v.report("verify-permission", d.pos(job), "the job's permissions are not {}")
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
		entry := strings.HasPrefix(d.file, "host/") && strings.HasPrefix(uses.Value, v.plan.Facts.Repository+"/.github/workflows/dispatcher.yml@") &&
			(commitRE.MatchString(uses.Value) || development)
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

var secretRE = regexp.MustCompile(`secrets\s*(\.|\[|\))`)

// secrets: an App key is in reach of a trusted job's verb alone, the handover
// key also of the step that unseals; no secret is anywhere else.
func (v *verifier) secrets(d document, id string, job *yaml.Node) {
	allowed := map[string]bool{}
	allow := func(path, secret string) { allowed[path+" "+secret] = true }
	s := v.plan.Secrets
	for k := range pairs(get(job, "secrets")) {
		allow("secrets."+k.Value, k.Value)
	}
	for _, step := range items(get(job, "steps")) {
		at := "steps:" + lastVerb(step) + ".env."
		switch lastVerb(step) {
		case "preflight":
			allow(at+"ENGINE_APP_KEY", s.EngineKey)
			allow(at+"TELEMETRY_APP_KEY", s.TelemetryKey)
		case "authorize":
			allow(at+"ENGINE_APP_KEY", s.EngineKey)
			allow(at+"HANDOVER_KEY", s.HandoverKey)
		case "unseal":
			allow(at+"HANDOVER_KEY", s.HandoverKey)
		case "emit", "verdict":
			allow(at+"TELEMETRY_APP_KEY", s.TelemetryKey)
		}
	}
	check := func(path string, n *yaml.Node) {
		if evaluated := strings.Contains(n.Value, "${{") || path == "if"; !evaluated || !secretRE.MatchString(n.Value) {
			return
		}
		name, ok := secretName(n.Value)
		if !ok || !allowed[path+" "+name] {
			v.report("verify-secret", d.pos(n), "%s of job %s holds %s", path, id, n.Value)
		}
	}
	for key, value := range pairs(job) {
		if key.Value != "steps" {
			flatten(value, key.Value, check)
		}
	}
	if inherit := get(job, "secrets"); inherit != nil && inherit.Kind == yaml.ScalarNode {
		v.report("verify-secret", d.pos(inherit), "job %s hands on all secrets", id)
	}
	for _, step := range items(get(job, "steps")) {
		flatten(step, "steps:"+lastVerb(step), check)
	}
	v.handedOn(d, id, job)
}

// handedOn: the engine App's key goes to preflight and to engines with a token, no further than each needs.
func (v *verifier) handedOn(d document, id string, job *yaml.Node) {
	if !strings.HasPrefix(id, "engine-") && id != "preflight" && id != "dispatch" {
		if s := get(job, "secrets"); s != nil {
			v.report("verify-secret", d.pos(s), "job %s hands on secrets", id)
		}
		return
	}
	s := v.plan.Secrets
	want := []string{s.EngineKey, s.TelemetryKey, s.HandoverKey}
	if engine, ok := v.plan.Facts.Engine(strings.TrimPrefix(id, "engine-")); ok && len(engine.Permissions) == 0 {
		want = []string{s.TelemetryKey}
	}
	if id == "preflight" {
		want = []string{s.EngineKey, s.TelemetryKey}
	}
	for k := range pairs(get(job, "secrets")) {
		if !slices.Contains(want, k.Value) {
			v.report("verify-secret", d.pos(k), "job %s hands on %s", id, k.Value)
		}
	}
}

func secretName(s string) (string, bool) {
	inner, ok := expr.Unwrap(s)
	if !ok {
		return "", false
	}
	name, ok := strings.CutPrefix(inner, "secrets.")
	return name, ok && !strings.ContainsAny(name, " .[()&|")
}

var verbRE = regexp.MustCompile(`^set -euo pipefail\n"\$RUNNER_TEMP/task-assistant-runner" ([a-z]+)\n$`)

// lastVerb returns the runner's verb that a step calls, or "" if it does anything else.
func lastVerb(step *yaml.Node) string {
	if m := verbRE.FindStringSubmatch(text(get(step, "run"))); m != nil {
		return m[1]
	}
	return ""
}

// scripts: no expression stands in a script, and no script runs in another shell.
func (v *verifier) scripts(d document, job *yaml.Node) {
	for _, step := range items(get(job, "steps")) {
		run := get(step, "run")
		if run == nil {
			continue
		}
		if strings.Contains(run.Value, "${{") {
			v.report("verify-script", d.pos(run), "an expression stands in a script")
		}
		if text(get(step, "shell")) != "bash" || !strings.HasPrefix(run.Value, "set -euo pipefail\n") {
			v.report("verify-script", d.pos(run), "the script does not run in bash with set -euo pipefail")
		}
	}
}

const (
	runningCommit = "fromJSON(toJSON(job)).workflow_sha"
	engineRef     = "inputs.engine_ref"
)

// checkouts: only the platform is checked out, at the running commit or at the engine_ref that was compared with it, and no credentials stay.
func (v *verifier) checkouts(d document, id string, job *yaml.Node) {
	want := runningCommit
	if strings.HasPrefix(d.file, enginePrefix) && (id == "authorize" || id == "engine") {
		want = engineRef
	}
	steps := items(get(job, "steps"))
	for i, step := range steps {
		// the engine's own steps may check out more; rule checkout-ref-floating has judged them
		if !strings.HasPrefix(text(get(step, "uses")), "actions/checkout@") || id == "engine" && i > 1 {
			continue
		}
		inner, _ := expr.Unwrap(text(get(step, "with", "ref")))
		if text(get(step, "with", "repository")) != v.plan.Facts.Repository || inner != want || text(get(step, "with", "persist-credentials")) != "false" {
			v.report("verify-checkout", d.pos(step), "the platform is not checked out at %s without credentials", want)
		}
	}
}

// bounds: every job that runs on a machine ends by itself.
func (v *verifier) bounds(d document, job *yaml.Node) {
	if get(job, "runs-on") != nil && get(job, "timeout-minutes") == nil {
		v.report("verify-timeout", d.pos(job), "the job has no timeout")
	}
}
