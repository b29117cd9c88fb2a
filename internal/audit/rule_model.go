package audit

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/script"
)

// What a file is in the runtime model, by its name or by what it takes. A file that is none of them is
// not held to the model.
var (
	// modelWords are words of the model: a file that is called engine and has none of them is another kind of engine.
	modelWords      = []string{"correlation_id", "engine_ref", "telemetry_repo"}
	engineNameRE    = regexp.MustCompile(`^(engine[-_].+|.+[-_]engine)\.ya?ml$`)
	preflightNameRE = regexp.MustCompile(`(^|[-_])preflight([-_.]|$)`)
	emitNameRE      = regexp.MustCompile(`(^|[-_/.])emit([-_./@]|$)`)
)

// speaksModel tells whether a file has a word of the model.
func speaksModel(data []byte) bool {
	return slices.ContainsFunc(modelWords, func(word string) bool { return hasWord(data, word) })
}

// hasWord looks for a word with no other letter or digit at either end.
func hasWord(data []byte, word string) bool {
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte(word))
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(word)
		if (start == 0 || !isLetter(data[start-1])) && (end == len(data) || !isLetter(data[end])) {
			return true
		}
		at = end
	}
}

func isLetter(c byte) bool { return c == '_' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

// isEmit tells whether the file is the shared mechanism that writes records.
func (d *document) isEmit() bool {
	base := path.Base(d.name)
	if d.action { // every action is called action.yml: its folder says what it is
		base = path.Base(path.Dir(d.name))
	}
	return emitNameRE.MatchString(base)
}

// isEngine tells whether the file is an engine: a workflow that is called with the correlation id and
// the engine_ref of a run, or says so in its name. Preflight is one in all but its class.
func (d *document) isEngine() bool {
	if d.action || !d.ofModel || d.isEmit() {
		return false
	}
	_, correlated := d.inputs["correlation_id"]
	_, pinned := d.inputs["engine_ref"]
	return correlated && pinned && d.calls("workflow_call") || engineNameRE.MatchString(path.Base(d.name))
}

func (d *document) calls(name string) bool {
	return slices.ContainsFunc(d.events, func(e event) bool { return e.name == name })
}

// engineTrigger: sequencing belongs to the dispatcher, and a record to the engine that it is about.
func engineTrigger(p *pass) {
	what := "an engine"
	if p.ofModel && p.isEmit() {
		what = "emit"
	} else if !p.isEngine() {
		return
	}
	for _, e := range p.events {
		if e.name != "workflow_call" {
			p.reportAt(e.at, finding{fmt.Sprintf("%s starts on %s by itself", what, q(e.name)), "on: workflow_call alone", "let the dispatcher call it, where preflight stands before it"})
		}
	}
}

// running are the contexts that hold the commit that is running.
var running = []string{"inputs.engine_ref", "job.workflow_sha", "github.job_workflow_sha"}

func engineRefDrift(p *pass) {
	p.defaultRef()
	p.handedRefs()
	if !p.isEngine() {
		return
	}
	for _, s := range p.steps() {
		if at := s.input("ref"); s.checkout() && s.input("repository") != nil && at != nil && !anyOf(sole(at), running...) {
			p.reportAt(at, finding{fmt.Sprintf("the engine checks out %s, whatever engine_ref it was given", q(text(at))), "ref: ${{ inputs.engine_ref }}", "take the ref from the input"})
		}
		p.ownRef(s.env)
	}
	for _, j := range p.jobs {
		p.ownRef(j.env)
	}
	p.ownRef(p.env)
}

// defaultRef: an input that has a default is a second place that chooses the version.
func (p *pass) defaultRef() {
	_, on := get(p.root, "on")
	_, call := get(on, "workflow_call")
	_, inputs := get(call, "inputs")
	_, input := get(inputs, "engine_ref")
	if key, v := get(input, "default"); key != nil {
		p.reportAt(v, finding{fmt.Sprintf("engine_ref has the default %s, so a caller that forgets it runs another version", q(text(v))), "required: true, and no default", "remove the default"})
	}
}

// ownRef: a variable of that name must hold what was handed over.
func (p *pass) ownRef(env *yaml.Node) {
	if _, v := getFold(env, "ENGINE_REF"); v != nil && !anyOf(sole(v), running...) {
		p.reportAt(v, finding{fmt.Sprintf("the engine says that its engine_ref is %s", q(text(v))), "ENGINE_REF: ${{ inputs.engine_ref }}", "take it from the input"})
	}
}

// handedRefs: every call of a run is of one commit and hands over the same engine_ref, and none is typed
// unless it is the very commit that is called.
func (p *pass) handedRefs() {
	first, called := "", map[string]string{}
	for _, j := range p.jobs {
		_, with := get(j.node, "with")
		_, n := get(with, "engine_ref")
		if n == nil || j.uses == nil {
			continue
		}
		u, _ := ref.ParseUses(strings.TrimSpace(text(j.uses)))
		if before, ok := called[u.Repository]; ok && before != u.Ref {
			p.reportAt(j.uses, finding{fmt.Sprintf("%s is called at %s, and the jobs before it at %s", q(j.id), q(u.Ref), q(before)), "one commit of a repository in a run", "call every engine at the same commit"})
		} else {
			called[u.Repository] = u.Ref
		}
		switch value := text(n); {
		case !strings.Contains(value, "${{") && (ref.Classify(value) != ref.Commit || value != u.Ref):
			p.reportAt(n, finding{fmt.Sprintf("the engine_ref %s is typed here, and is not the commit that is called", q(value)), "the commit that the dispatcher found itself at", "hand over what the dispatcher determined, the same to every engine"})
		case first == "":
			first = value
		case value != first && strings.Contains(value, "${{"):
			p.reportAt(n, finding{fmt.Sprintf("the engine_ref of %s is %s, and that of the jobs before it %s", q(j.id), q(value), q(first)), "one engine_ref for all engines of a run", "hand the same over to every engine"})
		}
	}
}

// emission is a job or a step that writes the record.
type emission struct {
	what string
	at   *yaml.Node
	node *yaml.Node
}

// emissions lists the jobs that emit, and of other jobs the steps that do.
func (d *document) emissions() []emission {
	var out []emission
	for _, j := range d.jobs {
		if isEmission(j.id) || isEmission(usesName(j.uses)) {
			out = append(out, emission{"the job " + q(j.id), j.key, j.node})
			continue
		}
		for _, s := range j.steps {
			_, id := get(s.node, "id")
			if isEmission(text(id)) || isEmission(usesName(s.uses)) || slices.ContainsFunc(s.facts().Commands, startsEmission) {
				out = append(out, emission{"the step that emits", s.node, s.node})
			}
		}
	}
	return out
}

// startsEmission tells whether a command is a program that emits, or an interpreter that gets one.
func startsEmission(c script.Command) bool {
	return isEmission(c.Name) || anyOf(c.Name, "bash", "sh", "node", "python", "python3") && len(c.Args) > 0 && isEmission(path.Base(c.Args[0].Text))
}

func isEmission(name string) bool { return emitNameRE.MatchString(name) }

// usesName is the part of a uses value that names the workflow or action, without folder of workflows and ref.
func usesName(n *yaml.Node) string {
	value, _, _ := strings.Cut(text(n), "@")
	return path.Base(value)
}

func emitPath(p *pass) {
	if !p.isEngine() {
		return
	}
	list := p.emissions()
	if len(list) == 0 {
		key, _ := get(p.root, "jobs")
		p.report(p.keyPos(key), finding{"the engine emits no telemetry", "one job that emits, with if: ${{ always() }}", "add the shared emit as its last job"})
	}
	for _, e := range list {
		key, n := get(e.node, "if")
		f := finding{expected: "if: ${{ always() }}", fix: "emit on every path: what a run did must be recorded above all when it failed"}
		switch tree := condition(n); {
		case key == nil:
			f.message = e.what + " runs only if all before it has succeeded"
			p.reportAt(e.at, f)
		case tree == nil || !always(tree):
			f.message = fmt.Sprintf("%s runs only if %s", e.what, q(text(n)))
			p.reportAt(n, f)
		}
	}
	p.emitsInBranch()
}

// emitsInBranch reports scripts that decide by themselves whether they emit. Two places may be the two ways of one decision.
func (p *pass) emitsInBranch() {
	for _, s := range p.steps() {
		starts := slices.DeleteFunc(slices.Clone(s.facts().Commands), func(c script.Command) bool { return !startsEmission(c) })
		if len(starts) > 0 && !slices.ContainsFunc(starts, func(c script.Command) bool { return !c.Branch || c.Offset != starts[0].Offset }) {
			p.report(p.posIn(s.run, starts[0].Offset), finding{"the script emits only on a condition of its own", "a record of every run, whatever there is to say",
				"emit outside of any if, && and ||, with a result that says what is missing"})
		}
	}
}

// always tells whether a condition holds whatever has happened.
func always(e expr.Expr) bool {
	switch e := e.(type) {
	case expr.Call:
		return strings.EqualFold(e.Func, "always")
	case expr.Or:
		return slices.ContainsFunc(e, always)
	case expr.And:
		return !slices.ContainsFunc(e, func(x expr.Expr) bool { return !always(x) })
	}
	return false
}

// engineTelemetry reads the scripts of an engine outside of what emits.
func engineTelemetry(p *pass) {
	if !p.isEngine() {
		return
	}
	f := finding{expected: "emit is the only author of records", fix: "hand the result over as an output, and let emit write it"}
	for _, j := range p.jobs {
		if isEmission(j.id) {
			continue
		}
		for _, s := range j.steps {
			for _, w := range s.facts().Writes {
				if name := strings.TrimPrefix(w.Path.Text, "./"); strings.HasPrefix(name, "telemetry/") || strings.Contains(name, "/telemetry/v1/") {
					f.message = "the engine writes under telemetry/: " + w.Path.Text
					p.report(p.posIn(s.run, w.Offset), f)
				}
			}
			for _, r := range s.facts().Requests {
				if !anyOf(r.Method, "GET", "HEAD") && ofTelemetry(r) {
					f.message = "the engine writes to the telemetry repository: " + r.Method + " " + r.URL.Text
					p.report(p.posIn(s.run, r.Offset), f)
				}
			}
		}
	}
}

func ofTelemetry(r script.Request) bool {
	return strings.Contains(r.URL.Text, "contents/telemetry/") || slices.ContainsFunc(r.URL.Vars, func(name string) bool { return strings.Contains(name, "TELEMETRY_REPO") })
}

// madeRE is an assignment of a correlation id in a script or in what it writes to an output.
var madeRE = regexp.MustCompile(`(?i)\bcorrelation_id=`)

func engineCorrelation(p *pass) {
	if !p.isEngine() {
		return
	}
	f := finding{expected: "the correlation id that the dispatcher handed over: ${{ inputs.correlation_id }}", fix: "take it from the input; the dispatcher alone makes one"}
	check := func(m *yaml.Node) {
		if _, v := getFold(m, "correlation_id"); v != nil && v.Kind == yaml.ScalarNode && sole(v) != "inputs.correlation_id" {
			f.message = fmt.Sprintf("the engine makes a correlation id of its own: %s", q(text(v)))
			p.reportAt(v, f)
		}
	}
	check(p.env)
	for _, j := range p.jobs {
		_, with := get(j.node, "with")
		_, outputs := get(j.node, "outputs")
		for _, m := range []*yaml.Node{j.env, with, outputs} {
			check(m)
		}
		for _, s := range j.steps {
			check(s.env)
			check(s.with)
			if at := madeRE.FindStringIndex(text(s.run)); at != nil {
				f.message = "the script of the engine makes a correlation id of its own"
				p.report(p.posIn(s.run, at[0]), f)
			}
		}
	}
}

// preflightFirst: a dispatcher is a workflow that calls engines of the model.
func preflightFirst(p *pass) {
	if !p.ofModel {
		return
	}
	var checked []string
	for _, j := range p.jobs {
		if preflightNameRE.MatchString(usesName(j.uses)) {
			checked = append(checked, j.id)
		}
	}
	for _, j := range p.jobs {
		if !engineNameRE.MatchString(usesName(j.uses)) || isEmission(usesName(j.uses)) || slices.Contains(checked, j.id) {
			continue
		}
		_, needs := get(j.node, "needs")
		if !slices.ContainsFunc(scalars(needs), func(n *yaml.Node) bool { return slices.Contains(checked, n.Value) }) {
			p.reportAt(j.key, finding{fmt.Sprintf("the job %s starts an engine, and does not need preflight", q(j.id)), "needs: with the job that calls preflight", "let preflight run first, and every engine need it"})
		}
	}
}

// condition parses what stands behind if, which needs no ${{ }}; nil where it cannot be read.
func condition(n *yaml.Node) expr.Expr {
	s := text(n)
	if inner, ok := expr.Unwrap(s); ok {
		s = inner
	}
	e, err := parse(s)
	if err != nil {
		return nil
	}
	return e
}
