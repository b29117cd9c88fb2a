package validate

import (
	"fmt"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/spec"
)

// serverFeature: what github.com has and Enterprise Server does not. Limits have rules of their own, which ask package limits.
func serverFeature(p *pass) {
	for _, pl := range p.set.Platforms {
		if !pl.Server.Pos.IsValid() {
			continue
		}
		p.serverRelease(pl)
		p.serverMachines(pl)
		for _, e := range p.enginesOf(pl) {
			if e.Queue.Value == "max" {
				p.lacks(pl, finding{pos: e.Queue.Pos, message: "concurrency has no queue there", expected: "no queue: one run waits, and a newer one replaces it", fix: "remove queue"})
			}
			for _, s := range e.Steps {
				if u, err := ref.ParseUses(s.Uses.Value); err == nil && u.Form == "self" {
					p.lacks(pl, finding{pos: s.Uses.Pos, message: fmt.Sprintf("%s is not understood there", q(s.Uses.Value)), expected: "./path: the platform is checked out before the step", fix: "write ./ for $/"})
				}
			}
		}
	}
}

// serverRelease: the stub hands the commit that it calls on, since no job there can see it; a branch has none to hand on.
func (p *pass) serverRelease(pl *spec.Platform) {
	release := pl.EngineRef
	if _, locked := p.lock.EngineRef(pl.Name.Value, release.Value); locked || ref.Classify(release.Value) == ref.Commit || pl.Mode.Value == marketplace {
		return // without a commit the stub of a marketplace platform is left out
	}
	p.lacks(pl, finding{pos: release.Pos, message: fmt.Sprintf("no job can see which commit of %s it runs there", q(release.Value)), expected: "a commit of 40 hex digits, or a version that tasc.lock resolves, which the stub hands on", fix: "name a commit, also in development mode"})
}

func (p *pass) serverMachines(pl *spec.Platform) {
	for _, set := range append(p.engineLabels(pl), pl.TrustedRunsOn) {
		if isHosted(set) {
			p.lacks(pl, finding{pos: set[0].Pos, message: fmt.Sprintf("no machine of GitHub's has the label %s there", q(set[0].Value)), expected: "labels of self-hosted machines", fix: "name the labels of yours"})
		}
	}
}

// lacks reports what the server of a platform does not have.
func (p *pass) lacks(pl *spec.Platform, f finding) {
	f.message = "the platform is on an Enterprise Server, and " + f.message
	f.notes = append(f.notes, diag.Note{Pos: pl.Server.Pos, Message: "the server"})
	p.report(f)
}
