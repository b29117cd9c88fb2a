package verify

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/plan"
)

// closedWorld compares two flat views of a workflow: what is planned and what
// the file says, each a value per path such as jobs.emit.steps[2].env.ENGINE_NAME.
// Expressions are compared as trees, so spacing and quoting do not matter.
func (v *verifier) closedWorld(w plan.Workflow, d document) {
	type value struct {
		path, text string
		seen       bool
	}
	var want []value
	at := map[string]int{}
	v.planned(w, func(path, text string) {
		at[path] = len(want)
		want = append(want, value{path: path, text: text})
	})
	flatten(d.root, "", func(path string, n *yaml.Node) {
		got := v.canonical(n)
		if path == "if" || strings.HasSuffix(path, ".if") {
			if e := v.parsed(n); e != nil {
				got = "${{ " + expr.Print(e) + " }}" // GitHub takes a condition with and without the braces
			}
		}
		i, ok := at[path]
		if !ok {
			v.report("verify-closed", d.pos(n), "%s is not planned", path)
			return
		}
		if want[i].seen = true; got != want[i].text {
			v.report("verify-closed", d.pos(n), "%s is %s, planned is %s", path, got, want[i].text)
		}
	})
	for _, x := range want {
		if !x.seen {
			v.report("verify-closed", d.pos(d.root), "%s is planned and missing", x.path)
		}
	}
	v.versions(w, d)
}

// flatten calls f for every scalar and every empty collection, with its path.
func flatten(n *yaml.Node, path string, f func(string, *yaml.Node)) {
	if n.Kind == yaml.ScalarNode || len(n.Content) == 0 {
		f(path, n)
		return
	}
	for k, value := range pairs(n) {
		flatten(value, join(path, k.Value), f)
	}
	for i, item := range items(n) {
		flatten(item, index(path, i), f)
	}
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// canonical prints a value so that two values are equal when GitHub would take
// them for the same: a tag, and the text or the parsed expression.
func (v *verifier) canonical(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "{}"
	case n.Kind == yaml.SequenceNode:
		return "[]"
	case n.Tag == "!!str":
		return v.text(n.Value)
	}
	return n.Tag + " " + n.Value
}

// text is canonical for a text.
func (v *verifier) text(s string) string {
	inner, ok := expr.Unwrap(s)
	if !ok {
		return strconv.Quote(s)
	}
	e := v.parse(inner)
	if e == nil {
		return "an expression that cannot be read: " + strconv.Quote(s)
	}
	return "${{ " + expr.Print(e) + " }}"
}

// parse returns the tree of an expression, nil if there is none. A platform's
// workflows say the same few things many times.
func (v *verifier) parse(s string) expr.Expr {
	e, known := v.trees[s]
	if !known {
		var err error
		if e, err = expr.Parse(s); err != nil {
			e = nil
		}
		v.trees[s] = e
	}
	return e
}

// planned calls f with what a workflow must say, path by path.
func (v *verifier) planned(w plan.Workflow, f func(path, value string)) {
	f("name", v.text(w.Name))
	f("permissions", "{}")
	v.plannedTriggers(w.On, f)
	for _, j := range w.Jobs {
		v.plannedJob(j, "jobs."+j.ID, f)
	}
}

func (v *verifier) plannedTriggers(on plan.On, f func(path, value string)) {
	if c := on.Call; c != nil {
		for _, in := range c.Inputs {
			f("on.workflow_call.inputs."+in+".type", v.text("string"))
			f("on.workflow_call.inputs."+in+".required", "!!bool true")
		}
		for _, s := range c.Secrets {
			f("on.workflow_call.secrets."+s+".required", "!!bool true")
		}
		for _, o := range c.Outputs {
			f("on.workflow_call.outputs."+o.Name+".description", v.text(o.Description))
			f("on.workflow_call.outputs."+o.Name+".value", "${{ "+expr.Print(o.Value)+" }}")
		}
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
		for _, in := range d.Inputs {
			at := "on.workflow_dispatch.inputs." + in.Name
			f(at+".description", v.text(in.Description))
			f(at+".type", v.text(in.Type))
			f(at+".required", "!!bool false")
			v.list(at+".options", in.Options, f)
		}
	}
}

func (v *verifier) list(path string, values []string, f func(path, value string)) {
	for i, s := range values {
		f(index(path, i), v.text(s))
	}
}

func (v *verifier) plannedJob(j plan.Job, at string, f func(path, value string)) {
	f(at+".name", v.text(j.Name))
	f(at+".permissions", "{}")
	v.list(at+".needs", j.Needs, f)
	if j.If != nil {
		f(at+".if", "${{ "+expr.Print(j.If)+" }}")
	}
	if c := j.Call; c != nil {
		f(at+".uses", v.text(c.Uses.Value))
		v.plannedFields(c.With, at+".with", f)
		for _, s := range c.Secrets {
			f(at+".secrets."+s, "${{ secrets."+s+" }}")
		}
		return
	}
	f(at+".runs-on", v.text(j.Run.RunsOn))
	f(at+".timeout-minutes", "!!int "+strconv.Itoa(j.Run.TimeoutMinutes))
	if c := j.Run.Concurrency; c != nil {
		f(at+".concurrency.group", "${{ "+expr.Print(c.Group)+" }}")
		f(at+".concurrency.queue", v.text(c.Queue))
		f(at+".concurrency.cancel-in-progress", "!!bool false")
	}
	v.plannedFields(j.Run.Outputs, at+".outputs", f)
	v.plannedFields(j.Run.Env, at+".env", f)
	for i, s := range j.Run.Steps {
		v.plannedStep(s, index(at+".steps", i), f)
	}
}

func (v *verifier) plannedStep(s plan.Step, at string, f func(path, value string)) {
	f(at+".name", v.text(s.Name))
	if s.ID != "" {
		f(at+".id", v.text(s.ID))
	}
	if s.If != nil {
		f(at+".if", "${{ "+expr.Print(s.If)+" }}")
	}
	if s.ContinueOnError {
		f(at+".continue-on-error", "!!bool true")
	}
	if s.TimeoutMinutes > 0 {
		f(at+".timeout-minutes", "!!int "+strconv.Itoa(s.TimeoutMinutes))
	}
	v.plannedFields(s.With, at+".with", f)
	v.plannedFields(s.Env, at+".env", f)
	if s.Uses.Value != "" {
		f(at+".uses", v.text(s.Uses.Value))
		return
	}
	f(at+".shell", v.text("bash"))
	f(at+".run", v.text(s.Script))
}

func (v *verifier) plannedFields(fields []plan.Field, at string, f func(path, value string)) {
	for _, x := range fields {
		switch {
		case x.Expr != nil:
			f(at+"."+x.Name, "${{ "+expr.Print(x.Expr)+" }}")
		case x.Bare && (x.Text == "true" || x.Text == "false"):
			f(at+"."+x.Name, "!!bool "+x.Text)
		case x.Bare && strings.ContainsAny(x.Text, ".eE"):
			f(at+"."+x.Name, "!!float "+x.Text)
		case x.Bare:
			f(at+"."+x.Name, "!!int "+x.Text)
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
		}
	}
	flatten(d.root, "", func(path string, n *yaml.Node) {
		if strings.HasSuffix(path, ".uses") && strings.TrimPrefix(n.LineComment, "# ") != want[n.Value] {
			v.report("verify-ref", d.pos(n), "%s stands for %q, its comment says %q", n.Value, want[n.Value], n.LineComment)
		}
	})
}
