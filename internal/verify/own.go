package verify

import (
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ownWorkflow is a workflow of the platform's own repository.
type ownWorkflow struct {
	job    string
	events []string
	// inputs are texts that whoever starts it must give.
	inputs []string
	// token is all that its GITHUB_TOKEN may do.
	scope, level string
	// group is what its runs wait for each other in; none where it is empty.
	group string
	// before and after are the steps around those that check the repository out and fetch tasc.
	before, after []ownStep
}

// ownStep is a step with a script.
type ownStep struct {
	script string
	// env holds each of its variables with the expression that it is, "" for a text.
	env map[string]string
}

const defaultBranch = "github.event.repository.default_branch"

// own are all of them, by path: no other workflow of ours runs for what people do in that repository.
var own = map[string]ownWorkflow{
	"platform/.github/workflows/tasc-check.yml": {
		job: "check", events: []string{"pull_request", "push"}, scope: "contents", level: "read",
		after: []ownStep{{"set -euo pipefail\n\"$RUNNER_TEMP/tasc\" check --format github --summary \"$GITHUB_STEP_SUMMARY\" --spec \"$SPECS\"\n", map[string]string{"SPECS": ""}}},
	},
	"platform/.github/workflows/tasc-release.yml": {
		job: "release", events: []string{"workflow_dispatch"}, inputs: []string{"version"}, scope: "contents", level: "write", group: "tasc-release",
		before: []ownStep{{`set -euo pipefail
if [[ $REF != "refs/heads/$BRANCH" ]]; then
  echo "::error title=release-branch::a release is made of the default branch; run this workflow from there"
  exit 1
fi
`, map[string]string{"REF": "github.ref", "BRANCH": defaultBranch}}},
		after: []ownStep{{`set -euo pipefail
git checkout --quiet -B "$BRANCH"
"$RUNNER_TEMP/tasc" release --format github --spec "$SPECS" -- "$VERSION"
`, map[string]string{
			"GIT_AUTHOR_NAME": "", "GIT_AUTHOR_EMAIL": "", "GIT_COMMITTER_NAME": "", "GIT_COMMITTER_EMAIL": "",
			"BRANCH": defaultBranch, "SPECS": "", "VERSION": "inputs.version",
		}}, {`set -euo pipefail
basic=$(printf 'x-access-token:%s' "$GITHUB_TOKEN" | base64 --wrap=0)
echo "::add-mask::$basic"
export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_COUNT=4
export GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraHeader" GIT_CONFIG_VALUE_0="Authorization: Basic $basic"
export GIT_CONFIG_KEY_1=http.followRedirects GIT_CONFIG_VALUE_1=false
export GIT_CONFIG_KEY_2=credential.helper GIT_CONFIG_VALUE_2=
export GIT_CONFIG_KEY_3=core.hooksPath GIT_CONFIG_VALUE_3=/dev/null
git push --atomic "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git" "HEAD:refs/heads/$BRANCH" "refs/tags/$VERSION"
`, map[string]string{"BRANCH": defaultBranch, "GITHUB_TOKEN": "github.token", "VERSION": "inputs.version"}}},
	},
}

// holds reports whether an expression is what a step of the workflow has at a path.
func (o ownWorkflow) holds(path, printed string) bool {
	for i, step := range o.after {
		at := index("jobs."+o.job+".steps", len(o.before)+2+i) + ".env."
		if name, ok := strings.CutPrefix(path, at); ok {
			return step.env[name] == printed
		}
	}
	return false
}

// own: such a workflow starts on its events alone, with its permission alone, holds no secret, and does nothing but
// to check the repository out at the commit that it runs for, fetch the tasc that is locked, and call it.
func (v *verifier) own(d document) {
	want := own[d.file]
	v.ownStart(d, want)
	var jobs []string
	for k := range pairs(get(d.root, "jobs")) {
		jobs = append(jobs, k.Value)
	}
	job := get(d.root, "jobs", want.job)
	if !slices.Equal(jobs, []string{want.job}) {
		v.report("verify-gate", d.pos(d.root), "the workflow has the jobs %s", strings.Join(jobs, ", "))
		return
	}
	if token := get(job, "permissions"); token == nil || len(token.Content) != 2 || text(get(token, want.scope)) != want.level {
		v.report("verify-permission", d.pos(job), "the job's permissions are not %s: %s alone", want.scope, want.level)
	}
	if get(job, "if") != nil {
		v.report("verify-gate", d.pos(job), "the job runs on a condition")
	}
	if group := get(job, "concurrency"); text(get(group, "group")) != want.group || group != nil && text(get(group, "cancel-in-progress")) != "false" {
		v.report("verify-isolation", d.pos(job), "two of its runs may be at work at once, or one be cancelled for the next")
	}
	v.ownSteps(d, job, want)
}

// ownStart: its events, and what people must say when they start it.
func (v *verifier) ownStart(d document, want ownWorkflow) {
	var events, inputs []string
	for k := range pairs(get(d.root, "on")) {
		events = append(events, k.Value)
	}
	if !sameSet(events, want.events) {
		v.report("verify-event", d.pos(d.root), "the workflow starts on %s", strings.Join(events, ", "))
	}
	for k, in := range pairs(get(d.root, "on", "workflow_dispatch", "inputs")) {
		inputs = append(inputs, k.Value)
		if text(get(in, "type")) != "string" || text(get(in, "required")) != "true" || get(in, "default") != nil {
			v.report("verify-input", d.pos(k), "the input %s may be left out, or is no text", k.Value)
		}
	}
	if !sameSet(inputs, want.inputs) {
		v.report("verify-input", d.pos(d.root), "people are asked for %s", strings.Join(inputs, ", "))
	}
}

func (v *verifier) ownSteps(d document, job *yaml.Node, want ownWorkflow) {
	steps, first := items(get(job, "steps")), len(want.before)
	if len(steps) != first+2+len(want.after) || v.plan.Compiler == nil {
		v.report("verify-script", d.pos(job), "the job has %d steps", len(steps))
		return
	}
	for i, step := range want.before {
		v.ownScript(d, steps[i], step)
	}
	v.ownCheckout(d, steps[first])
	if fetch := steps[first+1]; !fetches(fetch, v.plan.Compiler, "tasc") || get(fetch, "if") != nil || get(fetch, "continue-on-error") != nil {
		v.report("verify-runner", d.pos(fetch), "the job does not get the tasc that is locked")
	}
	for i, step := range want.after {
		v.ownScript(d, steps[first+2+i], step)
	}
}

// ownScript: a step runs its script whenever it is its turn, with its own variables.
func (v *verifier) ownScript(d document, step *yaml.Node, want ownStep) {
	script := text(get(step, "run"))
	if script != want.script || get(step, "if") != nil || get(step, "continue-on-error") != nil {
		v.report("verify-script", d.pos(step), "the job does something else than to call tasc")
	}
	if strings.Contains(script, "curl") {
		v.report("verify-runner", d.pos(step), "the job gets a program in a second way")
	}
	got := map[string]string{}
	for name, value := range pairs(get(step, "env")) {
		got[name.Value] = ""
		if c := v.canonical(value); c.kind != str {
			got[name.Value] = c.text
		}
	}
	if !maps.Equal(got, want.env) {
		v.report("verify-input", d.pos(step), "the step has other variables than its own")
	}
}

func (v *verifier) ownCheckout(d document, step *yaml.Node) {
	if !strings.HasPrefix(text(get(step, "uses")), "actions/checkout@") || !v.isExpression(get(step, "with", "ref"), "github.sha") || get(step, "with", "repository") != nil || text(get(step, "with", "persist-credentials")) != "false" {
		v.report("verify-checkout", d.pos(step), "the repository is not checked out at the commit that runs, without credentials")
	}
}
