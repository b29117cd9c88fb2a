package render

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/plan"
)

// workflow prints one workflow in GitHub's customary key order.
func workflow(w plan.Workflow) []byte {
	jobs := mapping{}
	for i, j := range w.Jobs {
		jobs = append(jobs, entry{key: j.ID, value: job(j), comment: j.Comment, blank: i > 0})
	}
	return encode(mapping{
		{key: "name", value: scalar(w.Name)},
		{key: "on", value: on(w.On), blank: true},
		{key: "permissions", value: mapping{}, blank: true},
		{key: "jobs", value: jobs, blank: true},
	})
}

func on(o plan.On) mapping {
	m := mapping{}
	if o.Call != nil {
		m = append(m, entry{key: "workflow_call", value: workflowCall(o.Call)})
	}
	if o.PullRequest {
		m = append(m, entry{key: "pull_request", value: mapping{}})
	}
	if o.Push != nil {
		push := mapping{{key: "branches", value: flow(o.Push.Branches)}}
		if len(o.Push.Paths) > 0 {
			push = append(push, entry{key: "paths", value: flow(o.Push.Paths)})
		}
		m = append(m, entry{key: "push", value: push})
	}
	if len(o.Issues) > 0 {
		m = append(m, entry{key: "issues", value: mapping{{key: "types", value: flow(o.Issues)}}})
	}
	if len(o.Schedule) > 0 {
		times := sequence{}
		for _, cron := range o.Schedule {
			times = append(times, mapping{{key: "cron", value: scalar(cron)}})
		}
		m = append(m, entry{key: "schedule", value: times})
	}
	if o.Dispatch != nil {
		m = append(m, entry{key: "workflow_dispatch", value: dispatch(o.Dispatch)})
	}
	if len(o.RepositoryDispatch) > 0 {
		m = append(m, entry{key: "repository_dispatch", value: mapping{{key: "types", value: flow(o.RepositoryDispatch)}}})
	}
	return m
}

func workflowCall(c *plan.WorkflowCall) mapping {
	m := mapping{}
	in := mapping{}
	for _, name := range c.Inputs {
		in = append(in, entry{key: name, value: mapping{{key: "type", value: scalar("string")}, {key: "required", value: bare("true")}}})
	}
	secrets := mapping{}
	for _, name := range c.Secrets {
		secrets = append(secrets, entry{key: name, value: mapping{{key: "required", value: bare("true")}}})
	}
	out := mapping{}
	for _, o := range c.Outputs {
		out = append(out, entry{key: o.Name, value: mapping{{key: "description", value: scalar(o.Description)}, {key: "value", value: expression(o.Value)}}})
	}
	m = add(m, "inputs", in)
	m = add(m, "secrets", secrets)
	return add(m, "outputs", out)
}

func add(m mapping, key string, value mapping) mapping {
	if len(value) == 0 {
		return m
	}
	return append(m, entry{key: key, value: value})
}

func dispatch(d *plan.WorkflowDispatch) mapping {
	in := mapping{}
	for _, i := range d.Inputs {
		m := mapping{
			{key: "description", value: scalar(i.Description)},
			{key: "type", value: scalar(i.Type)},
			{key: "required", value: bare(strconv.FormatBool(i.Required))},
		}
		if len(i.Options) > 0 {
			m = append(m, entry{key: "options", value: flow(i.Options)})
		}
		in = append(in, entry{key: i.Name, value: m})
	}
	return add(mapping{}, "inputs", in)
}

func job(j plan.Job) mapping {
	m := mapping{{key: "name", value: scalar(j.Name)}}
	if len(j.Needs) > 0 {
		m = append(m, entry{key: "needs", value: flow(j.Needs)})
	}
	if j.If != nil {
		m = append(m, entry{key: "if", value: condition(j.If)})
	}
	if j.Call != nil {
		return append(m, call(j.Call)...)
	}
	return append(m, run(j.Run, fields(j.Permissions))...)
}

func call(c *plan.Call) mapping {
	m := mapping{
		{key: "permissions", value: mapping{}},
		{key: "uses", value: scalar(c.Uses.Value), trailing: c.Uses.Version},
	}
	m = add(m, "with", fields(c.With))
	secrets := mapping{}
	for _, s := range c.Secrets {
		secrets = append(secrets, entry{key: s, value: expression(expr.Path("secrets." + s))})
	}
	return add(m, "secrets", secrets)
}

func run(r *plan.Run, permissions mapping) mapping {
	m := mapping{
		{key: "runs-on", value: labels(r.RunsOn)},
		{key: "timeout-minutes", value: bare(strconv.Itoa(r.TimeoutMinutes))},
		{key: "permissions", value: permissions},
	}
	if c := r.Concurrency; c != nil {
		value := mapping{{key: "group", value: group(c.Group)}}
		if c.Queue != "" {
			value = append(value, entry{key: "queue", value: scalar(c.Queue)})
		}
		m = append(m, entry{key: "concurrency", value: append(value, entry{key: "cancel-in-progress", value: bare("false")})})
	}
	m = add(m, "strategy", strategy(r.Legs))
	m = add(m, "outputs", fields(r.Outputs))
	m = add(m, "env", fields(r.Env))
	steps := sequence{}
	for _, s := range r.Steps {
		steps = append(steps, step(s))
	}
	return append(m, entry{key: "steps", value: steps})
}

// labels prints one label as people write it.
func labels(of []string) node {
	if len(of) == 1 {
		return scalar(of[0])
	}
	return flow(of)
}

// strategy names every leg of a matrix; one that fails leaves the others alone.
func strategy(legs [][]plan.Field) mapping {
	if len(legs) == 0 {
		return nil
	}
	include := sequence{}
	for _, leg := range legs {
		include = append(include, fields(leg))
	}
	return mapping{
		{key: "fail-fast", value: bare("false")},
		{key: "matrix", value: mapping{{key: "include", value: include}}},
	}
}

func step(s plan.Step) mapping {
	m := mapping{{key: "name", value: scalar(s.Name), comment: s.Comment}}
	if s.ID != "" {
		m = append(m, entry{key: "id", value: scalar(s.ID)})
	}
	if s.If != nil {
		m = append(m, entry{key: "if", value: condition(s.If)})
	}
	if s.ContinueOnError {
		m = append(m, entry{key: "continue-on-error", value: bare("true")})
	}
	if s.TimeoutMinutes > 0 {
		m = append(m, entry{key: "timeout-minutes", value: bare(strconv.Itoa(s.TimeoutMinutes))})
	}
	if s.Uses.Value != "" {
		m = append(m, entry{key: "uses", value: scalar(s.Uses.Value), trailing: s.Uses.Version})
		m = add(m, "with", fields(s.With))
		return add(m, "env", fields(s.Env))
	}
	m = add(m, "env", fields(s.Env))
	return append(m, entry{key: "shell", value: scalar(cmp.Or(s.Shell, "bash"))}, entry{key: "run", value: block(s.Script)})
}

func fields(fs []plan.Field) mapping {
	m := mapping{}
	for _, f := range fs {
		m = append(m, entry{key: f.Name, value: value(f), trailing: f.Version})
	}
	return m
}

func value(f plan.Field) node {
	switch {
	case f.Expr != nil:
		return expression(f.Expr)
	case f.Bare:
		return bare(f.Text)
	case strings.Contains(f.Text, "\n"):
		return block(f.Text)
	}
	return scalar(f.Text)
}

// group prints a name that is the same for every run as it is.
func group(e expr.Expr) scalar {
	if s, ok := e.(expr.String); ok {
		return scalar(s)
	}
	return expression(e)
}

func expression(e expr.Expr) scalar { return scalar("${{ " + expr.Print(e) + " }}") }

// condition prints a long conjunction with one operand a line.
func condition(e expr.Expr) node {
	lines := expr.Lines(e)
	if len(lines) < 3 {
		return expression(e)
	}
	out := fold{"${{ " + lines[0]}
	out = append(out, lines[1:]...)
	out[len(out)-1] += " }}"
	return out
}
