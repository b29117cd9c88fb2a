package audit

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/script"
)

// taint is a context whose text others write and that reaches some place of the file. Text that came as
// an output, or as a variable that a script has set, was handed over in a script: that of by, at offset.
type taint struct {
	context string
	by      *step
	offset  int
}

// flow follows texts from a kind of contexts through the file, and remembers what it has followed.
type flow struct {
	*document
	// from tells whether a context, which is a path in lower case, is of the kind.
	from func(path string) bool
	// variables are those of mappings of env: many steps share one.
	variables map[*yaml.Node]map[string][]taint
	handed    map[handedKey]handedValue
	// matrices are being followed.
	matrices map[*job]bool
}

func (d *document) follow(from func(string) bool) *flow {
	return &flow{document: d, from: from, variables: map[*yaml.Node]map[string][]taint{}, handed: map[handedKey]handedValue{}, matrices: map[*job]bool{}}
}

// taints lists what others write in the result of an expression that stands in a step.
func (f *flow) taints(s *step, e expression) []taint {
	var out []taint
	for _, path := range contexts(e) {
		out = addTaints(out, f.taintsOf(s, path))
	}
	return out
}

// taintsOf follows one context to where its text comes from, within the file: variables, outputs of
// steps and jobs, and the matrix.
func (f *flow) taintsOf(s *step, path string) []taint {
	if f.from(path) {
		return []taint{{context: path}}
	}
	parts := strings.Split(strings.TrimSuffix(path, ".*"), ".")
	switch {
	case len(parts) == 2 && parts[0] == "env":
		return f.taintsOfVariable(s, parts[1])
	case len(parts) >= 4 && parts[0] == "steps" && parts[2] == "outputs":
		return f.taintsOfOutput(s.job, parts[1], parts[3])
	case len(parts) >= 4 && anyOf(parts[0], "needs", "jobs") && parts[2] == "outputs":
		return f.taintsOfJob(parts[1], parts[3])
	case len(parts) >= 2 && parts[0] == "matrix":
		return f.taintsOfMatrix(s.job, parts[1])
	}
	return nil
}

// taintsOfVariable follows a variable as the step sees it: its own, or what a step before it has set, or
// that of the job or the file.
func (f *flow) taintsOfVariable(s *step, name string) []taint {
	if v, ok := f.variablesOf(s, s.env)[strings.ToLower(name)]; ok {
		return v
	}
	for _, before := range s.job.setters(s, name) {
		if v, ok := f.handedBy(before, "GITHUB_ENV", name); ok {
			return v
		}
	}
	for _, env := range []*yaml.Node{s.job.env, f.env} {
		if v, ok := f.variablesOf(s, env)[strings.ToLower(name)]; ok {
			return v
		}
	}
	return nil
}

// variablesOf reads a mapping of env once: the taints of every variable, by its name in lower case.
// What a variable holds may name no other of its own level.
func (f *flow) variablesOf(s *step, env *yaml.Node) map[string][]taint {
	if env == nil {
		return nil
	}
	if known, ok := f.variables[env]; ok {
		return known
	}
	f.variables[env] = nil // what leads back here has nothing to add
	out := map[string][]taint{}
	for _, v := range fields(env) {
		out[strings.ToLower(v.key.Value)] = f.taintsIn(s, text(v.value))
	}
	f.variables[env] = out
	return out
}

// taintsIn are those of all expressions of a text.
func (f *flow) taintsIn(s *step, text string) []taint {
	var out []taint
	for _, e := range expressions(text) {
		out = addTaints(out, f.taints(s, e))
	}
	return out
}

// setters are the last step before s that sets a variable for all behind it, and the last that sets what is not known.
func (j *job) setters(s *step, name string) []*step {
	if j.sets == nil {
		j.sets = map[string][]*step{}
		for _, x := range j.steps {
			if !strings.Contains(text(x.run), "GITHUB_ENV") {
				continue
			}
			for _, h := range x.facts().Handed {
				if h.File == "GITHUB_ENV" {
					key := strings.ToLower(h.Name)
					j.sets[key] = append(j.sets[key], x)
				}
			}
		}
	}
	var out []*step
	for _, key := range []string{strings.ToLower(name), ""} {
		list := j.sets[key]
		if n, _ := slices.BinarySearchFunc(list, s.index, func(x *step, index int) int { return x.index - index }); n > 0 {
			out = append(out, list[n-1])
		}
	}
	return out
}

// taintsOfOutput follows an output of a step of the job.
func (f *flow) taintsOfOutput(j *job, id, name string) []taint {
	s := j.byID[id]
	if s == nil {
		return nil
	}
	v, _ := f.handedBy(s, "GITHUB_OUTPUT", name)
	return v
}

// handedBy lists what others write in a value that a step hands over, once for each file and name.
// An entry whose name is not known may be any. ok is false where the step hands nothing over by that name.
func (f *flow) handedBy(s *step, file, name string) (out []taint, ok bool) {
	key := handedKey{s, file, strings.ToLower(name)}
	if known, done := f.handed[key]; done {
		return known.taints, known.ok
	}
	f.handed[key] = handedValue{} // what leads back here has nothing to add
	for _, h := range s.facts().Handed {
		if h.File != file || h.Name != "" && !strings.EqualFold(h.Name, name) {
			continue
		}
		found := f.taintsOfText(s, h)
		if ok = ok || h.Name != "" || len(found) > 0; len(found) > 0 {
			out = addTaints(out, found)
		}
	}
	if file == "GITHUB_OUTPUT" {
		out = addTaints(out, f.setOutput(s, name))
	}
	f.handed[key] = handedValue{out, ok}
	return out, ok
}

type handedKey struct {
	step       *step
	file, name string
}

type handedValue struct {
	taints []taint
	ok     bool
}

// maxTaints are kept of one value: a finding names the first, and more would grow from step to step.
const maxTaints = 16

func addTaints(list, more []taint) []taint {
	for _, t := range more {
		list = addTaint(list, t)
	}
	return list
}

func addTaint(list []taint, t taint) []taint {
	if len(list) >= maxTaints || slices.Contains(list, t) {
		return list
	}
	return append(list, t)
}

// taintsOfText follows the variables of a value that a script hands over; those that it compares with a pattern are
// taken for checked.
func (f *flow) taintsOfText(s *step, h script.Handed) []taint {
	var out []taint
	for _, name := range h.From {
		if slices.Contains(s.facts().Matched, name) {
			continue
		}
		for _, t := range f.taintsInShell(s, name) {
			out = addTaint(out, taint{t.context, s, h.Offset})
		}
	}
	return out
}

// setOutput is the old way to hand an output over, a line that the runner reads.
func (f *flow) setOutput(s *step, name string) []taint {
	var out []taint
	for _, c := range s.facts().Commands {
		if c.Name != "echo" || len(c.Args) == 0 || !strings.HasPrefix(strings.ToLower(c.Args[0].Text), "::set-output name="+name+"::") {
			continue
		}
		for _, a := range c.Args {
			for _, v := range a.Vars {
				for _, t := range f.taintsInShell(s, v) {
					out = addTaint(out, taint{t.context, s, c.Offset})
				}
			}
		}
	}
	return out
}

// taintsInShell are those of a variable of the script: an expression that the runner has put there, one of env,
// or one that the runner sets.
func (f *flow) taintsInShell(s *step, name string) []taint {
	if strings.HasPrefix(name, "__") || strings.HasPrefix(name, "_") {
		for _, e := range expressions(text(s.run)) {
			if maskedName(s.run.Value, e) == name {
				return f.taints(s, e)
			}
		}
	}
	if path, ok := setByRunner[name]; ok && f.from(path) {
		return []taint{{context: path}}
	}
	return f.taintsOfVariable(s, name)
}

// setByRunner are variables that hold what a context does.
var setByRunner = map[string]string{"GITHUB_HEAD_REF": "github.head_ref", "GITHUB_REF_NAME": "github.ref_name", "GITHUB_REF": "github.ref"}

// taintsOfJob follows an output of a job of this file; that of a called workflow is not known.
func (f *flow) taintsOfJob(id, name string) []taint {
	i := slices.IndexFunc(f.jobs, func(j *job) bool { return strings.EqualFold(j.id, id) })
	if i < 0 {
		return nil
	}
	j := f.jobs[i]
	_, outputs := get(j.node, "outputs")
	return f.variablesOf(j.end(), outputs)[strings.ToLower(name)]
}

// taintsOfMatrix follows a dimension of the job's matrix, or the whole of it where an expression makes it.
func (f *flow) taintsOfMatrix(j *job, name string) []taint {
	_, strategy := get(j.node, "strategy")
	_, matrix := get(strategy, "matrix")
	if matrix == nil || f.matrices[j] {
		return nil
	}
	f.matrices[j] = true
	defer delete(f.matrices, j)
	if matrix.Kind == yaml.ScalarNode {
		return f.taintsIn(j.end(), matrix.Value)
	}
	_, include := get(matrix, "include")
	out := f.taintsIn(j.end(), text(include))
	for _, n := range dimension(j, name) {
		out = addTaints(out, f.taintsIn(j.end(), n.Value))
	}
	return out
}

// end stands for what the job itself says: it sees every step.
func (j *job) end() *step { return &step{job: j, index: len(j.steps), does: &script.Facts{}} }

// notes say where text was handed over on its way, each place once.
func (p *pass) notes(taints []taint) []diag.Note {
	var out []diag.Note
	for _, t := range taints {
		if t.by == nil {
			continue
		}
		n := diag.Note{Pos: p.posIn(t.by.run, t.offset), Message: "here it gets the text of " + q(t.context)}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
