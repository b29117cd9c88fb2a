package plan

import (
	"slices"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/runner/branch"
	"github.com/task-assistant/tasc/internal/spec"
)

// pushTrigger is the push filter of a stub with these routes, nil where none starts
// on push. The default branch has no name there, so any branch passes the filter
// and the stub's condition does the rest. The paths are those of any of the
// routes: they have the same (rule push-paths).
func pushTrigger(routes []*spec.Route) *Push {
	var out *Push
	anyBranch := false
	for _, r := range routes {
		if r.Push == nil {
			continue
		}
		if out == nil {
			out = &Push{Paths: values(r.Push.Paths)}
		}
		out.Branches = append(out.Branches, values(r.Push.Branches)...)
		anyBranch = anyBranch || meansDefault(r)
	}
	if anyBranch {
		out.Branches = []string{"**"}
	}
	return out
}

// meansDefault reports whether a route takes the pushes to the default branch.
func meansDefault(r *spec.Route) bool { return r.Push != nil && len(r.Push.Branches) == 0 }

// namesBranches reports whether a route takes the pushes to branches that it names.
func namesBranches(r *spec.Route) bool { return r.Push != nil && len(r.Push.Branches) > 0 }

// pushGate is what a stub's condition says of pushes, nil where the filter says it
// all. A condition knows no patterns, so it lets through every branch that begins
// as a pattern does, and the runner, which does know them, runs no engine for those
// that do not match.
func (b *builder) pushGate(pr *spec.Profile) expr.Expr {
	routes := b.routesOf(pr)
	ref := expr.Path("github.ref")
	defaultBranch := expr.Call{Func: "format", Args: []expr.Expr{expr.String("refs/heads/{0}"), expr.Path("github.event.repository.default_branch")}}
	alternatives := []expr.Expr{expr.NotEqual{X: expr.Path("github.event_name"), Y: expr.String("push")}}
	named := slices.ContainsFunc(routes, namesBranches)
	switch {
	case named && !slices.ContainsFunc(b.platform.Routes, meansDefault):
		return nil
	case named && !slices.ContainsFunc(routes, meansDefault):
		// the route of the default branch is not for this profile
		return expr.Any(append(alternatives, expr.NotEqual{X: ref, Y: defaultBranch})...)
	}
	alternatives = append(alternatives, expr.Equal{X: ref, Y: defaultBranch})
	for _, r := range slices.DeleteFunc(routes, func(r *spec.Route) bool { return !namesBranches(r) }) {
		for _, name := range r.Push.Branches {
			alternatives = append(alternatives, begins(ref, name.Value))
		}
	}
	return expr.Any(alternatives...)
}

// begins is true of every ref that a branch pattern matches.
func begins(ref expr.Expr, pattern string) expr.Expr {
	p, err := branch.Parse(pattern)
	if err != nil {
		panic("branch-pattern: " + err.Error())
	}
	text := expr.String("refs/heads/" + p.Prefix())
	if p.Literal() {
		return expr.Equal{X: ref, Y: text}
	}
	return expr.Call{Func: "startsWith", Args: []expr.Expr{ref, text}}
}

// pushComment says for people which pushes a stub lets through.
func (b *builder) pushComment(pr *spec.Profile) string {
	routes := b.routesOf(pr)
	switch named := slices.ContainsFunc(routes, namesBranches); {
	case named && slices.ContainsFunc(routes, meansDefault):
		return "the default branch and the branches of the routes"
	case named:
		return "the branches of the routes"
	}
	return "the default branch"
}
