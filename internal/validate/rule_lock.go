package validate

import (
	"fmt"
	"slices"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/version"
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

// released is runner.delivery of a platform whose jobs download the runner.
const released = "release"

// runnerUnlocked: facts.json is written for the runner of this very release, which refuses what it does not know.
func runnerUnlocked(p *pass) {
	for _, pl := range p.set.Platforms {
		f := finding{pos: pl.Delivery.Pos, expected: fmt.Sprintf("a runner entry with version %s and its digests", version.Tasc), fix: lock.HowTo}
		switch r := p.lock.Runner; {
		case pl.Delivery.Value != released:
			continue
		case r == nil:
			f.message = fmt.Sprintf("the runner is downloaded, and %s holds no digest of it", p.lock.Name)
		case r.Version != version.Tasc:
			f.message = fmt.Sprintf("%s holds the runner %s, and this is tasc %s", p.lock.Name, r.Version, version.Tasc)
			f.notes = []diag.Note{{Pos: r.Pos, Message: "the lock's runner"}}
		default:
			continue
		}
		p.report(f)
	}
}

func runnerMirror(p *pass) {
	for _, pl := range p.set.Platforms {
		if pl.Mirror.Pos.IsValid() && pl.Delivery.Value != released {
			p.report(finding{pos: pl.Mirror.Pos, message: fmt.Sprintf("runner.mirror is named, and with delivery: %s nothing is downloaded", q(pl.Delivery.Value)), expected: "a mirror beside delivery: \"release\" alone", fix: "remove mirror, or say delivery: \"release\"",
				notes: []diag.Note{{Pos: pl.Delivery.Pos, Message: "the runner's delivery"}}})
		}
	}
}

func lockUnused(p *pass) {
	downloads := func(pl *spec.Platform) bool { return pl.Delivery.Value == released }
	if r := p.lock.Runner; r != nil && !slices.ContainsFunc(p.set.Platforms, downloads) {
		p.report(finding{pos: r.Pos, message: "runner is locked, and no platform downloads it", expected: "entries for what the specs use", fix: "remove the entry"})
	}
	if c := p.lock.Compiler; c != nil && !slices.ContainsFunc(p.set.Platforms, holdsSpecs) {
		p.report(finding{pos: c.Pos, message: "compiler is locked, and no platform's repository holds its specs", expected: "entries for what the specs use", fix: "remove the entry, or say outputs: platform: \".\""})
	}
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

// holdsSpecs reports whether a platform's tree is at the top of the project, beside the specs.
func holdsSpecs(pl *spec.Platform) bool {
	return slices.ContainsFunc(pl.Outputs, func(o spec.Pair) bool { return o.Key.Value == layout.PlatformTree && o.Value.Value == "." })
}

// compilerVersion: the repository's own check generates with the tasc of the lock, so people must too.
func compilerVersion(p *pass) {
	if c := p.lock.Compiler; c != nil && c.Version != version.Tasc {
		p.report(finding{pos: c.Pos, message: fmt.Sprintf("%s holds the compiler %s, and this is tasc %s", p.lock.Name, c.Version, version.Tasc),
			expected: "one version, for people and for tasc-check.yml", fix: "use that tasc, or lock the digests of this one (docs/lock.md)"})
	}
}
