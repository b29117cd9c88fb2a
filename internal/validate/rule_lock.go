package validate

import (
	"fmt"
	"slices"

	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/spec"
)

func lockUnproven(p *pass) {
	strict := slices.IndexFunc(p.set.Platforms, func(pl *spec.Platform) bool {
		return pl.Mode.Value == marketplace && !pl.AllowUnproven
	})
	if strict < 0 {
		return
	}
	for _, a := range p.lock.Actions {
		if a.Proof == lock.Unproven {
			p.report(finding{
				pos:      a.Pos,
				message:  fmt.Sprintf("%s was never checked against GitHub, and platform %s is in marketplace mode", q(a.Key), q(p.set.Platforms[strict].Name.Value)),
				expected: "an entry that was checked",
				fix:      "say allow_unproven: true in the platform if you have checked it yourself",
			})
		}
	}
}

func lockUnused(p *pass) {
	used := map[string]bool{lock.Checkout: true}
	for _, u := range p.uses() {
		used[u.uses.Repository+"@"+u.uses.Ref] = true
	}
	for _, a := range p.lock.Actions {
		if !used[a.Key] {
			p.report(finding{pos: a.Pos, message: fmt.Sprintf("%s is locked, and no step uses it", q(a.Key)), expected: "entries for what the specs use", fix: "remove the entry"})
		}
	}
	for _, e := range p.lock.EngineRefs {
		at := slices.IndexFunc(p.set.Platforms, func(pl *spec.Platform) bool { return pl.Name.Value == e.Platform })
		switch {
		case at < 0:
			p.report(finding{pos: e.Pos, message: fmt.Sprintf("engine_ref.%s is locked, and no such platform is declared", e.Platform), expected: "entries for the platforms of the specs", fix: "remove the entry"})
		case ref.Classify(p.set.Platforms[at].EngineRef.Value) == ref.Commit:
			p.report(finding{pos: e.Pos, message: fmt.Sprintf("engine_ref.%s is locked, and the platform names a commit itself", e.Platform), expected: "entries for releases that are named by version", fix: "remove the entry"})
		}
	}
}
