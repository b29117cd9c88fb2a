package validate

import (
	"fmt"
	"slices"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/runner/branch"
	"github.com/task-assistant/tasc/internal/spec"
)

func branchPattern(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, b := range branchesOf(pl) {
			if _, err := branch.Parse(b.name.Value); err != nil {
				p.report(finding{pos: b.name.Pos, message: fmt.Sprintf("the branch %s: %v", q(b.name.Value), err),
					expected: "a branch's name, or a pattern of letters, digits, ._/-@#=, with *, ** at the end, ? and + behind a character, and [0-9]", fix: "correct the pattern"})
			}
		}
	}
}

// routeBranch is a branch, or a pattern of branches, that a route names.
type routeBranch struct {
	route string
	name  spec.String
}

func branchesOf(pl *spec.Platform) []routeBranch {
	var out []routeBranch
	for _, r := range pl.Routes {
		if r.Push != nil {
			for _, name := range r.Push.Branches {
				out = append(out, routeBranch{r.Name.Value, name})
			}
		}
	}
	return out
}

// branchesApart is the part of route-event for pushes: no branch matches patterns
// of two routes. What is no pattern, or stands there twice, has a finding already.
func (p *pass) branchesApart(pl *spec.Platform) {
	all := branchesOf(pl)
	for i, b := range all {
		for _, a := range all[:i] {
			pa, errA := branch.Parse(a.name.Value)
			pb, errB := branch.Parse(b.name.Value)
			if a.route == b.route || a.name.Value == b.name.Value || errA != nil || errB != nil || !branch.Overlap(pa, pb) {
				continue
			}
			p.report(finding{pos: b.name.Pos, message: fmt.Sprintf("a branch can match %s of route %s and %s of route %s", q(a.name.Value), q(a.route), q(b.name.Value), q(b.route)),
				expected: "one route for every branch", fix: "name branches that no other route means", notes: []diag.Note{{Pos: a.name.Pos, Message: "the other route's"}}})
		}
	}
}

// pushPaths: a workflow file has one filter for pushes, so the paths of one route would hold for all of its stub.
func pushPaths(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, pr := range pl.Profiles {
			var first *spec.Route
			for _, name := range pr.Routes {
				r, ok := pl.Route(name.Value)
				switch {
				case !ok || r.Push == nil:
				case first != nil && len(first.Push.Branches) == 0 && len(r.Push.Branches) == 0: // route-event has said so
				case first == nil:
					first = r
				case !samePaths(first.Push.Paths, r.Push.Paths):
					p.report(finding{pos: name.Pos, message: fmt.Sprintf("in profile %s the routes %s and %s start on pushes with other paths", q(pr.Name.Value), q(first.Name.Value), q(r.Name.Value)),
						expected: "the same paths: a workflow has one filter for pushes, and it would hold for both", fix: "give both the same paths, or put them in two profiles",
						notes: []diag.Note{{Pos: first.Push.Pos, Message: "the one"}, {Pos: r.Push.Pos, Message: "the other"}}})
				}
			}
		}
	}
}

func samePaths(a, b []spec.String) bool {
	return slices.EqualFunc(a, b, func(x, y spec.String) bool { return x.Value == y.Value })
}
