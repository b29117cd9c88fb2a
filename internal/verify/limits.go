package verify

import (
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/limits"
)

// idRE is what GitHub takes as the id of a job or step, but for two underscores in front
// (IdBuilder.cs in github.com/actions/runner, src/Sdk/WorkflowParser).
var idRE = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,` + strconv.Itoa(limits.IDChars-1) + `}$`)

// limits: GitHub would take the file. What specs can make too large they have been told of; here nothing of it is left.
func (v *verifier) limits(d document, size int) {
	if size > limits.FileBytes {
		v.report("verify-limit", d.pos(d.root), "the file has %d bytes", size)
	}
	jobs := get(d.root, "jobs")
	v.ids(d, keys(jobs))
	for _, job := range pairs(jobs) {
		var ids []*yaml.Node
		for _, step := range items(get(job, "steps")) {
			if id := get(step, "id"); id != nil {
				ids = append(ids, id)
			}
		}
		v.ids(d, ids)
		if t := get(job, "timeout-minutes"); t != nil {
			if minutes, err := strconv.Atoi(t.Value); err != nil || minutes < 1 || minutes > v.plan.Limits.JobMinutes {
				v.report("verify-limit", d.pos(t), "the job may take %s minutes", t.Value)
			}
		}
	}
	if inputs := keys(get(d.root, "on", "workflow_dispatch", "inputs")); len(inputs) > v.plan.Limits.DispatchInputs {
		v.report("verify-limit", d.pos(d.root), "people are asked for %d inputs", len(inputs))
	}
}

// ids: each is one that GitHub takes, and they differ in more than case.
func (v *verifier) ids(d document, ids []*yaml.Node) {
	seen := map[string]bool{}
	for _, id := range ids {
		lower := strings.ToLower(id.Value)
		if !idRE.MatchString(id.Value) || strings.HasPrefix(id.Value, "__") || seen[lower] {
			v.report("verify-limit", d.pos(id), "%q is no id, or stands there twice", id.Value)
		}
		seen[lower] = true
	}
}

func keys(n *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for k := range pairs(n) {
		out = append(out, k)
	}
	return out
}
