package verify

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// runningCommit is where a job finds the commit that it runs. Enterprise Server does not tell: there it is the one that
// the stub calls and hands on, and that every job hands on unchanged.
func (v *verifier) runningCommit() string {
	if v.plan.Facts.Server != "" {
		return engineRef
	}
	return runningCommit
}

// commitTold: the runner learns of its commit in the one way that the platform's GitHub has.
func (v *verifier) commitTold(d document, id string, job *yaml.Node) {
	told, other, want := "JOB_CONTEXT", "RUNNING_COMMIT", "toJSON(job)"
	if v.plan.Facts.Server != "" {
		told, other, want = other, told, engineRef
	}
	for _, step := range items(get(job, "steps")) {
		if get(step, "env", "FACTS_SHA256") == nil { // no trusted verb; a sweep has the facts of the release that its file names
			continue
		}
		if !v.isExpression(get(step, "env", told), want) || get(step, "env", other) != nil {
			v.report("verify-engine-ref", d.pos(step), "job %s is not told which commit it runs", id)
		}
	}
}

// commitHandedOn: on Enterprise Server the stub hands on the commit that it calls, the same 40 digits; elsewhere it hands on nothing.
func (v *verifier) commitHandedOn(d document) {
	job := get(d.root, "jobs", "dispatch")
	_, called, _ := strings.Cut(text(get(job, "uses")), "@")
	handed := get(job, "with")
	switch {
	case v.plan.Facts.Server == "" && handed == nil:
	case v.plan.Facts.Server != "" && commitRE.MatchString("@"+called) && text(get(handed, "engine_ref")) == called:
	default:
		v.report("verify-engine-ref", d.pos(d.root), "the stub calls %s and hands on %s", called, text(get(handed, "engine_ref")))
	}
}

// features: no key that the platform's GitHub does not know.
func (v *verifier) features(d document, id string, job *yaml.Node) {
	if queue := get(job, "concurrency", "queue"); queue != nil && v.plan.Facts.Server != "" {
		v.report("verify-server", d.pos(queue), "job %s has a queue, which Enterprise Server does not know", id)
	}
	for _, step := range items(get(job, "steps")) {
		if uses := get(step, "uses"); v.plan.Facts.Server != "" && strings.HasPrefix(text(uses), "$/") {
			v.report("verify-server", d.pos(uses), "%s: Enterprise Server does not know $/", text(uses))
		}
	}
}
