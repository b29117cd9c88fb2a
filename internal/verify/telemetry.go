package verify

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/runner/facts"
)

const telemetryFile = "telemetry/.github/workflows/telemetry.yml"

// telemetry: the telemetry repository runs one job, and that job does nothing but sweep: at the release's commit,
// with nothing of the platform's secrets, and never beside itself.
func (v *verifier) telemetry(d document) {
	var events []string
	for k := range pairs(get(d.root, "on")) {
		events = append(events, k.Value)
	}
	types := items(get(d.root, "on", "repository_dispatch", "types"))
	if !sameSet(events, []string{"schedule", "workflow_dispatch", "repository_dispatch"}) || len(types) != 1 || types[0].Value != facts.SweepEvent {
		v.report("verify-event", d.pos(d.root), "a sweep starts by the clock, by hand and by verdict, and not by %s", strings.Join(events, ", "))
	}
	for id := range pairs(get(d.root, "jobs")) {
		if id.Value != "sweep" {
			v.report("verify-telemetry", d.pos(id), "the telemetry repository has a job %s", id.Value)
		}
	}
	job := get(d.root, "jobs", "sweep")
	if group := get(job, "concurrency"); text(get(group, "group")) != v.plan.Platform+"-sweep" || text(get(group, "cancel-in-progress")) != "false" {
		v.report("verify-telemetry", d.pos(d.root), "two sweeps may run at once, or one be cancelled for the next")
	}
	steps := items(get(job, "steps"))
	if len(steps) != 3 || lastVerb(steps[len(steps)-1]) != "sweep" || get(job, "if") != nil {
		v.report("verify-telemetry", d.pos(d.root), "the job does more or less than to get the runner and to sweep")
	}
	v.sweepCheckout(d, steps)
}

// sweepCheckout: the platform is there at the commit at which the stubs enter it, without credentials.
func (v *verifier) sweepCheckout(d document, steps []*yaml.Node) {
	at := slices.IndexFunc(steps, func(s *yaml.Node) bool { return strings.HasPrefix(text(get(s, "uses")), "actions/checkout@") })
	if (at < 0) != v.closed() {
		v.report("verify-checkout", d.pos(d.root), "the platform is not checked out, or is where it is not public")
	}
	if at < 0 {
		return
	}
	with := get(steps[at], "with")
	ref := text(get(with, "ref"))
	fixed := commitRE.MatchString("@"+ref) || v.plan.Facts.Mode == "development" && ref != "" && !strings.Contains(ref, "${{")
	if text(get(with, "repository")) != v.plan.Facts.Repository || !fixed || text(get(with, "persist-credentials")) != "false" {
		v.report("verify-checkout", d.pos(steps[at]), "the platform is not checked out at its release without credentials")
	}
	v.release(d, get(with, "ref"), "verify-checkout", ref)
}

// release: all files that enter the platform do so at one commit.
func (v *verifier) release(d document, n *yaml.Node, rule, commit string) {
	if v.entered == "" {
		v.entered = commit
	}
	if n != nil && v.entered != commit {
		v.report(rule, d.pos(n), "%s enters the platform at %s, and another file at %s", d.file, commit, v.entered)
	}
}

// ownToken: the token of the repository that a workflow runs in is in reach of the sweep alone, and of the step of a
// release that sends it.
func (v *verifier) ownToken(d document, u use) {
	printed := expr.Print(u.tree)
	if !strings.Contains(printed, "github.token") && !strings.Contains(printed, "(github)") {
		return
	}
	for i, step := range items(get(d.root, "jobs", "sweep", "steps")) {
		if d.file == telemetryFile && lastVerb(step) == "sweep" && printed == "github.token" && u.path == index("jobs.sweep.steps", i)+".env.GITHUB_TOKEN" {
			return
		}
	}
	if own[d.file].holds(u.path, printed) {
		return
	}
	v.report("verify-secret", d.pos(u.node), "%s holds the repository's own token", u.path)
}
