package audit

import (
	"cmp"
	"path"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/script"
)

// workflow is what a file says, as far as it has the right shape; what has not is left out here, and
// a finding of audit-shape. An action has jobs, too: one, which stands for whatever job uses it.
type workflow struct {
	events []event
	jobs   []*job
	// env and shell are those of the whole file, nil and "" where it has none.
	env   *yaml.Node
	shell string
	// inputs are the declared inputs, by name in lower case, with their types ("" where none is given).
	inputs map[string]string
	// freeRefs says that whoever may push chooses the name of the branch or tag that is run.
	freeRefs bool
}

// event is one entry of on.
type event struct {
	name string
	at   *yaml.Node
}

// job is one job of a workflow, or the runs of an action.
type job struct {
	id        string
	key, node *yaml.Node
	uses      *yaml.Node
	env       *yaml.Node
	// shell is what the job, its file or its machine says of scripts, "" where it depends on something else.
	shell string
	steps []*step
	// byID are the steps that have an id, by that in lower case.
	byID map[string]*step
	// sets are the steps that set a variable for those behind them, by its name in lower case; nil until they are asked for.
	sets map[string][]*step
}

// step is one step. Its scalars are nil where they are missing.
type step struct {
	node      *yaml.Node
	runKey    *yaml.Node
	usesKey   *yaml.Node
	run, uses *yaml.Node
	with, env *yaml.Node
	action    ref.Uses      // what uses names, the zero value where it names nothing
	refused   error         // why it names nothing
	shell     string        // of its script, that of the job where the step names none
	does      *script.Facts // nil until facts is asked
	job       *job
	document  *document
	index     int // in the steps of the job
}

func (d *document) outline() workflow {
	w := workflow{events: d.eventsOf(), shell: shellIn(defaults(d.root)), inputs: map[string]string{}}
	_, w.env = get(d.root, "env")
	if d.action {
		key, runs := get(d.root, "runs")
		_, inputs := get(d.root, "inputs")
		declare(w.inputs, inputs)
		if key != nil && runs.Kind == yaml.MappingNode {
			j := &job{id: "runs", key: key, node: runs, byID: map[string]*step{}}
			j.steps = d.stepsOf(j, map[*yaml.Node]bool{})
			w.jobs = []*job{j}
		}
		return w
	}
	_, on := get(d.root, "on")
	for _, name := range []string{"workflow_call", "workflow_dispatch"} {
		_, e := get(on, name)
		_, inputs := get(e, "inputs")
		declare(w.inputs, inputs)
	}
	_, jobs := get(d.root, "jobs")
	seen := map[*yaml.Node]bool{}
	for _, f := range fields(jobs) {
		if f.value.Kind == yaml.MappingNode {
			j := &job{id: f.key.Value, key: f.key, node: f.value, byID: map[string]*step{}}
			_, j.uses = get(f.value, "uses")
			_, j.env = get(f.value, "env")
			j.shell = cmp.Or(shellIn(defaults(f.value)), w.shell, shellOf(f.value))
			j.steps = d.stepsOf(j, seen)
			w.jobs = append(w.jobs, j)
		}
	}
	return w
}

func declare(into map[string]string, inputs *yaml.Node) {
	for _, f := range fields(inputs) {
		_, kind := get(f.value, "type")
		into[strings.ToLower(f.key.Value)] = text(kind)
	}
}

// eventsOf reads on, which is a name, a list of names or a mapping.
func (d *document) eventsOf() []event {
	_, on := get(d.root, "on")
	var out []event
	for _, n := range scalars(on) {
		out = append(out, event{n.Value, n})
	}
	for _, f := range fields(on) {
		out = append(out, event{f.key.Value, f.key})
	}
	return out
}

// stepsOf lists a job's steps. Steps that several jobs share by an alias are judged once: they stand in one place.
func (d *document) stepsOf(j *job, seen map[*yaml.Node]bool) []*step {
	_, list := get(j.node, "steps")
	if list == nil || list.Kind != yaml.SequenceNode || seen[list] {
		return nil
	}
	seen[list] = true
	var out []*step
	for _, n := range sideBySide(list) {
		if n = resolve(n); n.Kind != yaml.MappingNode || seen[n] {
			continue
		}
		seen[n] = true
		s := &step{node: n, job: j, document: d, index: len(out), shell: cmp.Or(shellIn(n), j.shell)}
		s.runKey, s.run = get(n, "run")
		s.usesKey, s.uses = get(n, "uses")
		_, s.with = get(n, "with")
		_, s.env = get(n, "env")
		if s.uses != nil {
			s.action, s.refused = ref.ParseUses(strings.TrimSpace(text(s.uses)))
		}
		if s.run != nil && s.run.Kind != yaml.ScalarNode {
			s.run = nil
		}
		if _, id := get(n, "id"); text(id) != "" {
			j.byID[strings.ToLower(id.Value)] = s
		}
		out = append(out, s)
	}
	return out
}

// sideBySide lists steps with those of every parallel in its place.
func sideBySide(list *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, n := range list.Content {
		if _, inner := get(n, "parallel"); inner != nil && inner.Kind == yaml.SequenceNode {
			out = append(out, inner.Content...)
			continue
		}
		out = append(out, n)
	}
	return out
}

// steps lists all steps of the file.
func (d *document) steps() []*step {
	var out []*step
	for _, j := range d.jobs {
		out = append(out, j.steps...)
	}
	return out
}

// isA tells whether a step uses an action of that owner/name.
func (s *step) isA(repository string) bool {
	return s.action.Form == "action" && strings.EqualFold(s.action.Repository, repository) && s.action.Path == ""
}

// checkout tells whether a step is actions/checkout.
func (s *step) checkout() bool { return s.isA("actions/checkout") }

// input is a value of with.
func (s *step) input(name string) *yaml.Node {
	_, v := getFold(s.with, name)
	return v
}

// shellIn is the program of the shell that a mapping names, "" where it names none.
func shellIn(n *yaml.Node) string {
	_, sh := get(n, "shell")
	name, _, _ := strings.Cut(strings.TrimSpace(text(sh)), " ")
	if name == "" {
		return ""
	}
	return strings.ToLower(path.Base(name))
}

// shellOf is the shell of a job's machine (docs.github.com/actions/reference/workflows-and-actions/workflow-syntax).
func shellOf(job *yaml.Node) string {
	_, on := get(job, "runs-on")
	for _, label := range scalars(on) {
		switch system, _, _ := strings.Cut(strings.ToLower(label.Value), "-"); system {
		case "ubuntu", "macos":
			return "bash"
		case "windows":
			return "pwsh"
		}
	}
	return ""
}

func defaults(n *yaml.Node) *yaml.Node {
	_, all := get(n, "defaults")
	_, run := get(all, "run")
	return run
}
