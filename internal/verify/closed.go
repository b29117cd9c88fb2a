package verify

import (
	"cmp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/plan"
)

// closedWorld compares two flat views of a workflow: what is planned and what
// the file says, each a value per path such as jobs.emit.steps[2].env.ENGINE_NAME.
// Expressions are compared as folded trees, so nothing matters that means nothing to GitHub.
func (v *verifier) closedWorld(w plan.Workflow, d document) {
	want, at := make([]value, 0, len(d.leaves)), make(map[string]int, len(d.leaves))
	v.planned(w, func(path string, c canonical) {
		at[path] = len(want)
		want = append(want, value{path: path, canonical: c})
	})
	for _, l := range d.leaves {
		got := v.canonical(l.node)
		if l.isCondition() {
			if e := v.condition(l.node); e.tree != nil {
				got = canonical{expression, e.printed} // GitHub takes a condition with and without the braces
			}
		}
		i, ok := at[l.path]
		if !ok {
			v.report("verify-closed", d.pos(l.node), "%s is not planned", l.path)
			continue
		}
		if want[i].seen = true; got != want[i].canonical {
			v.report("verify-closed", d.pos(l.node), "%s is %s, planned is %s", l.path, got, want[i].canonical)
		}
	}
	for _, x := range want {
		if !x.seen {
			v.report("verify-closed", d.pos(d.root), "%s is planned and missing", x.path)
		}
	}
	v.versions(w, d)
}

// value is what a document must say at a path.
type value struct {
	path string
	canonical
	seen bool
}

// leaf is a scalar or an empty collection of a document, with its path.
type leaf struct {
	path string
	node *yaml.Node
}

// isCondition tells whether GitHub reads the value as an expression, whatever is around it.
func (l leaf) isCondition() bool { return l.path == "if" || strings.HasSuffix(l.path, ".if") }

// flatten returns the leaves of a node, in the order of the document.
func flatten(n *yaml.Node, path string, leaves []leaf) []leaf {
	if n.Kind == yaml.ScalarNode || len(n.Content) == 0 {
		return append(leaves, leaf{path, n})
	}
	for k, value := range pairs(n) {
		leaves = flatten(value, join(path, k.Value), leaves)
	}
	for i, item := range items(n) {
		leaves = flatten(item, index(path, i), leaves)
	}
	return leaves
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// canonical is a value in a form in which two are equal when GitHub would take
// them for the same: its kind, and the text or the printed tree of its expression.
type canonical struct{ kind, text string }

// The kinds beside YAML's own tags.
const (
	emptyMapping  = "{}"
	emptySequence = "[]"
	str           = "!!str"
	expression    = "${{ }}"
	unreadable    = "an expression that cannot be read"
)

func (c canonical) String() string {
	switch c.kind {
	case emptyMapping, emptySequence:
		return c.kind
	case str:
		return strconv.Quote(c.text)
	case expression:
		return "${{ " + c.text + " }}"
	case unreadable:
		return c.kind + ": " + strconv.Quote(c.text)
	}
	return c.kind + " " + c.text
}

func (v *verifier) canonical(n *yaml.Node) canonical {
	switch {
	case n.Kind == yaml.MappingNode:
		return canonical{kind: emptyMapping}
	case n.Kind == yaml.SequenceNode:
		return canonical{kind: emptySequence}
	case n.Tag == str:
		return v.text(n.Value)
	}
	return canonical{n.Tag, n.Value}
}

// text is canonical for a text.
func (v *verifier) text(s string) canonical {
	inner, ok := expr.Unwrap(s)
	if !ok {
		return canonical{str, s}
	}
	e := v.parse(inner)
	if e.tree == nil {
		return canonical{unreadable, s}
	}
	return canonical{expression, e.printed}
}

func printed(e expr.Expr) canonical { return canonical{expression, expr.Print(expr.Fold(e))} }

// parsed is an expression as a folded tree, nil where it cannot be read, and the tree printed.
type parsed struct {
	tree    expr.Expr
	printed string
}

// parse reads an expression. A platform's workflows say the same few things many times.
func (v *verifier) parse(s string) parsed {
	p, known := v.known[s]
	if !known {
		if e, err := expr.Parse(s); err == nil {
			e = expr.Fold(e)
			p = parsed{e, expr.Print(e)}
		}
		v.known[s] = p
	}
	return p
}

// planned calls f with what a workflow must say, path by path.
func (v *verifier) planned(w plan.Workflow, f func(string, canonical)) {
	f("name", v.text(w.Name))
	f("permissions", canonical{kind: emptyMapping})
	v.plannedTriggers(w.On, f)
	for _, j := range w.Jobs {
		v.plannedJob(j, "jobs."+j.ID, f)
	}
}

func (v *verifier) plannedTriggers(on plan.On, f func(string, canonical)) {
	if c := on.Call; c != nil {
		for _, in := range c.Inputs {
			f("on.workflow_call.inputs."+in+".type", v.text("string"))
			f("on.workflow_call.inputs."+in+".required", canonical{"!!bool", "true"})
		}
		for _, s := range c.Secrets {
			f("on.workflow_call.secrets."+s+".required", canonical{"!!bool", "true"})
		}
		for _, o := range c.Outputs {
			f("on.workflow_call.outputs."+o.Name+".description", v.text(o.Description))
			f("on.workflow_call.outputs."+o.Name+".value", printed(o.Value))
		}
	}
	if on.PullRequest {
		f("on.pull_request", canonical{kind: emptyMapping})
	}
	if p := on.Push; p != nil {
		v.list("on.push.branches", p.Branches, f)
		v.list("on.push.paths", p.Paths, f)
	}
	v.list("on.issues.types", on.Issues, f)
	v.list("on.repository_dispatch.types", on.RepositoryDispatch, f)
	for i, cron := range on.Schedule {
		f(index("on.schedule", i)+".cron", v.text(cron))
	}
	if d := on.Dispatch; d != nil {
		if len(d.Inputs) == 0 {
			f("on.workflow_dispatch", canonical{kind: emptyMapping})
		}
		for _, in := range d.Inputs {
			at := "on.workflow_dispatch.inputs." + in.Name
			f(at+".description", v.text(in.Description))
			f(at+".type", v.text(in.Type))
			f(at+".required", canonical{"!!bool", strconv.FormatBool(in.Required)})
			v.list(at+".options", in.Options, f)
		}
	}
}

func (v *verifier) list(path string, values []string, f func(string, canonical)) {
	for i, s := range values {
		f(index(path, i), v.text(s))
	}
}

func (v *verifier) plannedJob(j plan.Job, at string, f func(string, canonical)) {
	f(at+".name", v.text(j.Name))
	if len(j.Permissions) == 0 {
		f(at+".permissions", canonical{kind: emptyMapping})
	}
	v.plannedFields(j.Permissions, at+".permissions", f)
	v.list(at+".needs", j.Needs, f)
	if j.If != nil {
		f(at+".if", printed(j.If))
	}
	if c := j.Call; c != nil {
		f(at+".uses", v.text(c.Uses.Value))
		v.plannedFields(c.With, at+".with", f)
		for _, s := range c.Secrets {
			f(at+".secrets."+s, printed(expr.Path("secrets."+s)))
		}
		return
	}
	if len(j.Run.RunsOn) == 1 {
		f(at+".runs-on", v.text(j.Run.RunsOn[0]))
	} else {
		v.list(at+".runs-on", j.Run.RunsOn, f)
	}
	f(at+".timeout-minutes", canonical{"!!int", strconv.Itoa(j.Run.TimeoutMinutes)})
	if c := j.Run.Concurrency; c != nil {
		if name, ok := c.Group.(expr.String); ok {
			f(at+".concurrency.group", v.text(string(name)))
		} else {
			f(at+".concurrency.group", printed(c.Group))
		}
		if c.Queue != "" {
			f(at+".concurrency.queue", v.text(c.Queue))
		}
		f(at+".concurrency.cancel-in-progress", canonical{"!!bool", "false"})
	}
	for i, leg := range j.Run.Legs {
		v.plannedFields(leg, index(at+".strategy.matrix.include", i), f)
	}
	if len(j.Run.Legs) > 0 {
		f(at+".strategy.fail-fast", canonical{"!!bool", "false"})
	}
	v.plannedFields(j.Run.Outputs, at+".outputs", f)
	v.plannedFields(j.Run.Env, at+".env", f)
	for i, s := range j.Run.Steps {
		v.plannedStep(s, index(at+".steps", i), f)
	}
}

func (v *verifier) plannedStep(s plan.Step, at string, f func(string, canonical)) {
	f(at+".name", v.text(s.Name))
	if s.ID != "" {
		f(at+".id", v.text(s.ID))
	}
	if s.If != nil {
		f(at+".if", printed(s.If))
	}
	if s.ContinueOnError {
		f(at+".continue-on-error", canonical{"!!bool", "true"})
	}
	if s.TimeoutMinutes > 0 {
		f(at+".timeout-minutes", canonical{"!!int", strconv.Itoa(s.TimeoutMinutes)})
	}
	v.plannedFields(s.With, at+".with", f)
	v.plannedFields(s.Env, at+".env", f)
	if s.Uses.Value != "" {
		f(at+".uses", v.text(s.Uses.Value))
		return
	}
	f(at+".shell", v.text(cmp.Or(s.Shell, "bash")))
	f(at+".run", v.text(s.Script))
}

func (v *verifier) plannedFields(fields []plan.Field, at string, f func(string, canonical)) {
	for _, x := range fields {
		switch {
		case x.Expr != nil:
			f(at+"."+x.Name, printed(x.Expr))
		case x.Bare && (x.Text == "true" || x.Text == "false"):
			f(at+"."+x.Name, canonical{"!!bool", x.Text})
		case x.Bare:
			f(at+"."+x.Name, canonical{"!!int", x.Text})
		default:
			f(at+"."+x.Name, v.text(x.Text))
		}
	}
}

// versions: the comment behind a commit is the version that the lock resolved to it; Dependabot and Renovate read it.
func (v *verifier) versions(w plan.Workflow, d document) {
	want := map[string]string{}
	for _, j := range w.Jobs {
		if j.Call != nil {
			want[j.Call.Uses.Value] = j.Call.Uses.Version
			continue
		}
		for _, s := range j.Run.Steps {
			want[s.Uses.Value] = s.Uses.Version
			for _, f := range s.With {
				if f.Version != "" {
					want[f.Text] = f.Version
				}
			}
		}
	}
	for _, l := range d.leaves {
		if n := l.node; (strings.HasSuffix(l.path, ".uses") || strings.HasSuffix(l.path, ".with.ref")) && strings.TrimPrefix(n.LineComment, "# ") != want[n.Value] {
			v.report("verify-ref", d.pos(n), "%s stands for %q, its comment says %q", n.Value, want[n.Value], n.LineComment)
		}
	}
}
