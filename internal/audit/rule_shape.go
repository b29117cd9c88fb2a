package audit

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
)

// The keys that GitHub knows (docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
// and metadata-syntax). A key that is none of them is a finding only where it looks like a typo of
// one: GitHub's language grows.
var (
	workflowKeys = []string{"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"}
	actionKeys   = []string{"name", "author", "description", "inputs", "outputs", "runs", "branding"}
	jobKeys      = []string{"name", "needs", "if", "permissions", "runs-on", "environment", "concurrency", "outputs", "env", "defaults", "steps", "timeout-minutes", "strategy", "continue-on-error",
		"container", "services", "uses", "with", "secrets", "snapshot"}
	stepKeys  = []string{"id", "if", "name", "uses", "run", "working-directory", "shell", "with", "env", "continue-on-error", "timeout-minutes", "background"}
	eventKeys = []string{"types", "branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "workflows", "inputs", "outputs", "secrets", "names", "versions"}
	callKeys  = []string{"name", "needs", "if", "permissions", "uses", "with", "secrets", "strategy", "concurrency"}
	// turning are keys of steps that run nothing: they order those that run in the background.
	turning = []string{"wait", "wait-all", "cancel"}
)

const fixShape = "correct it; GitHub refuses the file as it is"

func shape(p *pass) {
	p.mergeKeys(p.root)
	if p.action {
		p.keys(p.root, actionKeys, "an action")
		p.actionShape()
		return
	}
	p.keys(p.root, workflowKeys, "a workflow")
	on, _ := get(p.root, "on")
	if on == nil || len(p.events) == 0 {
		p.report(p.keyPos(on), finding{"the workflow names no event that starts it", "on: with at least one event", fixShape})
	}
	_, events := get(p.root, "on")
	for _, f := range fields(events) {
		p.keys(f.value, eventKeys, "the event "+q(f.key.Value))
	}
	key, jobs := get(p.root, "jobs")
	if key == nil || len(jobs.Content) == 0 || jobs.Kind != yaml.MappingNode {
		p.report(p.keyPos(key), finding{"the workflow has no jobs", "jobs: with at least one job", fixShape})
		return
	}
	for _, f := range fields(jobs) {
		if f.value.Kind != yaml.MappingNode {
			p.reportAt(f.key, finding{fmt.Sprintf("the job %s is %s", q(f.key.Value), kindOf(f.value)), "a mapping", fixShape})
		}
	}
	for _, j := range p.jobs {
		p.jobShape(j)
	}
}

// keyPos is where a key stands, or where the file begins.
func (p *pass) keyPos(key *yaml.Node) diag.Pos {
	if key == nil {
		key = p.root
	}
	return p.pos(key)
}

func (p *pass) actionShape() {
	key, runs := get(p.root, "runs")
	if key == nil || runs.Kind != yaml.MappingNode {
		p.report(p.keyPos(key), finding{"the action has no runs", "runs: with using, and what it runs", fixShape})
		return
	}
	_, using := get(runs, "using")
	if text(using) == "" {
		p.reportAt(key, finding{"runs does not say what the action is written in", "using: composite, docker or a version of node", fixShape})
	}
	if text(using) == "composite" {
		p.stepsShape(p.jobs[0])
	}
}

func (p *pass) jobShape(j *job) {
	p.keys(j.node, jobKeys, "a job")
	runsOn, _ := get(j.node, "runs-on")
	if (j.uses == nil) == (runsOn == nil) {
		what := "neither runs-on nor uses"
		if j.uses != nil {
			what = "both runs-on and uses"
		}
		p.reportAt(j.key, finding{fmt.Sprintf("the job %s has %s", q(j.id), what), "runs-on with steps, or uses", fixShape})
		return
	}
	if j.uses == nil {
		p.stepsShape(j)
		p.containerShape(j)
		return
	}
	for _, f := range fields(j.node) {
		if anyOf(f.key.Value, jobKeys...) && !anyOf(f.key.Value, callKeys...) {
			p.reportAt(f.key, finding{fmt.Sprintf("the job %s calls a workflow, and has %s", q(j.id), q(f.key.Value)), "only " + strings.Join(callKeys, ", "), fixShape})
		}
	}
}

// containerShape: a container without an image is nothing that could be started.
func (p *pass) containerShape(j *job) {
	key, container := get(j.node, "container")
	if key != nil && container.Kind == yaml.MappingNode {
		p.imageGiven(key, container)
	}
	_, services := get(j.node, "services")
	for _, f := range fields(services) {
		if f.value.Kind == yaml.MappingNode {
			p.imageGiven(f.key, f.value)
		}
	}
}

func (p *pass) imageGiven(key, container *yaml.Node) {
	if image, _ := get(container, "image"); image == nil {
		p.reportAt(key, finding{fmt.Sprintf("%s has no image", q(key.Value)), "image: the name of one", fixShape})
	}
}

// mergeKeys: GitHub knows anchors and aliases, and not the key that merges mappings.
func (p *pass) mergeKeys(n *yaml.Node) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Tag == "!!merge" {
			p.reportAt(c, finding{"the key << merges mappings, which GitHub does not know", "every key written out, or an alias for the whole", fixShape})
		}
		p.mergeKeys(c)
	}
}

func (p *pass) stepsShape(j *job) {
	key, list := get(j.node, "steps")
	if key == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		at := key
		if at == nil {
			at = j.key
		}
		p.reportAt(at, finding{fmt.Sprintf("%s has no list of steps", q(j.id)), "steps: with at least one step", fixShape})
		return
	}
	for _, n := range sideBySide(list) {
		if r := resolve(n); r.Kind != yaml.MappingNode {
			p.reportAt(n, finding{"a step is " + kindOf(r), "a mapping with run or uses", fixShape})
		}
	}
	for _, s := range j.steps {
		p.stepShape(s)
	}
}

func (p *pass) stepShape(s *step) {
	if slices.ContainsFunc(fields(s.node), func(f field) bool { return anyOf(f.key.Value, turning...) }) {
		return
	}
	p.keys(s.node, stepKeys, "a step")
	for _, name := range []string{"with", "env"} {
		if key, v := get(s.node, name); key != nil && v.Kind != yaml.MappingNode && v.Tag != "!!null" && !strings.Contains(v.Value, "${{") {
			p.reportAt(key, finding{fmt.Sprintf("%s is %s", name, kindOf(v)), "a mapping", fixShape})
		}
	}
	if (s.uses == nil) == (s.runKey == nil) {
		what := "neither run nor uses"
		if s.uses != nil {
			what = "both run and uses"
		}
		p.reportAt(s.node, finding{"the step has " + what, "one of the two", fixShape})
	} else if key, _ := get(s.node, "with"); key != nil && s.uses == nil {
		p.reportAt(key, finding{"the step has with, and runs a script", "env, which a script reads", fixShape})
	} else if key, _ := get(s.node, "working-directory"); key != nil && s.run == nil {
		p.reportAt(key, finding{"the step has working-directory, and uses an action", "an input of the action", fixShape})
	} else if s.uses != nil && s.uses.Kind != yaml.ScalarNode || s.runKey != nil && s.run == nil {
		p.reportAt(s.node, finding{"run or uses is no text", "a text", fixShape})
	}
}

// keys reports keys that GitHub does not know and that are nearly one it does.
func (p *pass) keys(n *yaml.Node, known []string, where string) {
	for _, f := range fields(n) {
		if anyOf(f.key.Value, known...) || len(f.key.Value) > 40 {
			continue
		}
		if near := diag.Nearest(f.key.Value, known); near != "" {
			p.reportAt(f.key, finding{fmt.Sprintf("%s has no key %s", where, q(f.key.Value)), q(near), "correct the key; GitHub refuses the file as it is"})
		}
	}
}

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "empty"
	}
	return "a text"
}
