package verify

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
)

// ownWorkflow is a workflow of the platform's own repository.
type ownWorkflow struct {
	job    string
	events []string
	// token is all that its GITHUB_TOKEN may do.
	scope, level string
	// scripts are those behind the download of tasc, in order.
	scripts []string
}

// own are all of them, by path: no other workflow of ours runs for what people do in that repository.
var own = map[string]ownWorkflow{
	"platform/.github/workflows/tasc-check.yml": {"check", []string{"pull_request", "push"}, "contents", "read", []string{
		"set -euo pipefail\n\"$RUNNER_TEMP/tasc\" check --format github --spec \"$SPECS\"\n",
	}},
}

// own: such a workflow starts on its events alone, with its permission alone, holds no secret, and does nothing but
// to check the repository out at the commit that it runs for, fetch the tasc that is locked, and call it.
func (v *verifier) own(d document) {
	want := own[d.file]
	var events, jobs []string
	for k := range pairs(get(d.root, "on")) {
		events = append(events, k.Value)
	}
	if !sameSet(events, want.events) {
		v.report("verify-event", d.pos(d.root), "the workflow starts on %s", strings.Join(events, ", "))
	}
	for k := range pairs(get(d.root, "jobs")) {
		jobs = append(jobs, k.Value)
	}
	job := get(d.root, "jobs", want.job)
	if !slices.Equal(jobs, []string{want.job}) {
		v.report("verify-closed", d.pos(d.root), "the workflow has the jobs %s", strings.Join(jobs, ", "))
		return
	}
	if token := get(job, "permissions"); token == nil || len(token.Content) != 2 || text(get(token, want.scope)) != want.level {
		v.report("verify-permission", d.pos(job), "the job's permissions are not %s: %s alone", want.scope, want.level)
	}
	steps := items(get(job, "steps"))
	if len(steps) != 2+len(want.scripts) || v.plan.Compiler == nil {
		v.report("verify-closed", d.pos(job), "the job has %d steps", len(steps))
		return
	}
	v.ownCheckout(d, steps[0])
	if !fetches(steps[1], v.plan.Compiler, "tasc") || get(steps[1], "if") != nil || get(steps[1], "continue-on-error") != nil {
		v.report("verify-runner", d.pos(steps[1]), "the job does not get the tasc that is locked")
	}
	for i, script := range want.scripts {
		step := steps[i+2]
		if text(get(step, "run")) != script || get(step, "if") != nil || get(step, "continue-on-error") != nil {
			v.report("verify-script", d.pos(step), "the job does something else than to call tasc")
		}
	}
}

func (v *verifier) ownCheckout(d document, step *yaml.Node) {
	at, _ := expr.Unwrap(text(get(step, "with", "ref")))
	if !strings.HasPrefix(text(get(step, "uses")), "actions/checkout@") || at != "github.sha" || get(step, "with", "repository") != nil || text(get(step, "with", "persist-credentials")) != "false" {
		v.report("verify-checkout", d.pos(step), "the repository is not checked out at the commit that runs, without credentials")
	}
}
