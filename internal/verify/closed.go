package verify

import (
	"fmt"
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
	want := map[string]string{}
	planned(w, func(path, value string) { want[path] = value })
	seen := map[string]bool{}
	flatten(d.root, "", func(path string, n *yaml.Node) {
		seen[path] = true
		value, ok := want[path]
		got := canonical(n)
		if e := parsed(n); e != nil && (path == "if" || strings.HasSuffix(path, ".if")) {
			got = "${{ " + expr.Print(e) + " }}" // GitHub takes a condition with and without the braces
		}
		switch {
		case !ok:
			v.report("verify-closed", d.pos(n), "%s is not planned", path)
		case got != value:
			v.report("verify-closed", d.pos(n), "%s is %s, planned is %s", path, got, value)
		}
	})
	planned(w, func(path, _ string) {
		if !seen[path] {
			v.report("verify-closed", d.pos(d.root), "%s is planned and missing", path)
		}
	})
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
		flatten(item, fmt.Sprintf("%s[%d]", path, i), f)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// canonical prints a value so that two values are equal when GitHub would take
// them for the same: a tag, and the text or the parsed expression.
func canonical(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "{}"
	case n.Kind == yaml.SequenceNode:
		return "[]"
	case n.Tag == "!!str":
		return canonicalText(n.Value)
	}
	return n.Tag + " " + n.Value
}

func canonicalText(s string) string {
	inner, ok := expr.Unwrap(s)
	if !ok {
		return strconv.Quote(s)
	}
	e, err := expr.Parse(inner)
	if err != nil {
		return "an expression that cannot be read: " + strconv.Quote(s)
	}
	return "${{ " + expr.Print(e) + " }}"
}

// planned calls f with what a workflow must say, path by path.
func planned(w plan.Workflow, f func(path, value string)) {
	f("name", canonicalText(w.Name))
	f("permissions", "{}")
	plannedTriggers(w.On, f)
	for _, j := range w.Jobs {
		plannedJob(j, "jobs."+j.ID, f)
	}
}

func plannedTriggers(on plan.On, f func(path, value string)) {
	if c := on.Call; c != nil {
		for _, in := range c.Inputs {
			f("on.workflow_call.inputs."+in+".type", canonicalText("string"))
			f("on.workflow_call.inputs."+in+".required", "!!bool true")
		}
		for _, s := range c.Secrets {
			f("on.workflow_call.secrets."+s+".required", "!!bool true")
		}
		for _, o := range c.Outputs {
			f("on.workflow_call.outputs."+o.Name+".description", canonicalText(o.Description))
			f("on.workflow_call.outputs."+o.Name+".value", "${{ "+expr.Print(o.Value)+" }}")
		}
	}
	if p := on.Push; p != nil {
		list("on.push.branches", p.Branches, f)
		list("on.push.paths", p.Paths, f)
	}
	list("on.issues.types", on.Issues, f)
	list("on.repository_dispatch.types", on.RepositoryDispatch, f)
	for i, cron := range on.Schedule {
		f(fmt.Sprintf("on.schedule[%d].cron", i), canonicalText(cron))
	}
	if d := on.Dispatch; d != nil {
		for _, in := range d.Inputs {
			at := "on.workflow_dispatch.inputs." + in.Name
			f(at+".description", canonicalText(in.Description))
			f(at+".type", canonicalText(in.Type))
			f(at+".required", "!!bool false")
			list(at+".options", in.Options, f)
		}
	}
}

func list(path string, values []string, f func(path, value string)) {
	for i, s := range values {
		f(fmt.Sprintf("%s[%d]", path, i), canonicalText(s))
	}
}

func plannedJob(j plan.Job, at string, f func(path, value string)) {
	f(at+".name", canonicalText(j.Name))
	f(at+".permissions", "{}")
	list(at+".needs", j.Needs, f)
	if j.If != nil {
		f(at+".if", "${{ "+expr.Print(j.If)+" }}")
	}
	if c := j.Call; c != nil {
		f(at+".uses", canonicalText(c.Uses.Value))
		plannedFields(c.With, at+".with", f)
		for _, s := range c.Secrets {
			f(at+".secrets."+s, "${{ secrets."+s+" }}")
		}
		return
	}
	f(at+".runs-on", canonicalText(j.Run.RunsOn))
	f(at+".timeout-minutes", "!!int "+strconv.Itoa(j.Run.TimeoutMinutes))
	if c := j.Run.Concurrency; c != nil {
		f(at+".concurrency.group", "${{ "+expr.Print(c.Group)+" }}")
		f(at+".concurrency.queue", canonicalText(c.Queue))
		f(at+".concurrency.cancel-in-progress", "!!bool false")
	}
	plannedFields(j.Run.Outputs, at+".outputs", f)
	plannedFields(j.Run.Env, at+".env", f)
	for i, s := range j.Run.Steps {
		plannedStep(s, fmt.Sprintf("%s.steps[%d]", at, i), f)
	}
}

func plannedStep(s plan.Step, at string, f func(path, value string)) {
	f(at+".name", canonicalText(s.Name))
	if s.ID != "" {
		f(at+".id", canonicalText(s.ID))
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
	plannedFields(s.With, at+".with", f)
	plannedFields(s.Env, at+".env", f)
	if s.Uses.Value != "" {
		f(at+".uses", canonicalText(s.Uses.Value))
		return
	}
	f(at+".shell", canonicalText("bash"))
	f(at+".run", canonicalText(s.Script))
}

func plannedFields(fields []plan.Field, at string, f func(path, value string)) {
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
			f(at+"."+x.Name, canonicalText(x.Text))
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
