package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/spec"
)

const (
	wantVersion = "a full version tag such as v1.4.0 that tasc.lock resolves, or a commit of 40 hex digits"
	wantCommit  = "a commit of 40 hex digits"
)

func engineRefFloating(p *pass) {
	for _, pl := range p.set.Platforms {
		kind := ref.Classify(pl.EngineRef.Value)
		f := finding{pos: pl.EngineRef.Pos, expected: wantVersion, fix: "name a release"}
		switch {
		case kind == ref.Commit || kind == ref.Version:
			continue
		case kind == ref.Branch && !strings.EqualFold(pl.EngineRef.Value, "main") && !strings.EqualFold(pl.EngineRef.Value, "master"):
			if pl.Mode.Value != marketplace {
				continue
			}
			f.message = fmt.Sprintf("engine_ref %s is %s, and marketplace mode accepts only what cannot move", q(pl.EngineRef.Value), kind)
			f.fix = "name a release, or develop with mode: \"development\""
		case kind == ref.Branch:
			f.message = fmt.Sprintf("engine_ref %s is %s that every change moves", q(pl.EngineRef.Value), kind)
			f.fix = "name a release; in development mode a branch of its own is accepted"
		default:
			f.message = fmt.Sprintf("engine_ref %s is %s", q(pl.EngineRef.Value), kind)
		}
		p.report(f)
	}
}

func engineRefUnlocked(p *pass) {
	for _, pl := range p.set.Platforms {
		if pl.Mode.Value != marketplace || ref.Classify(pl.EngineRef.Value) != ref.Version {
			continue
		}
		for _, e := range p.lock.EngineRefs {
			if e.Platform == pl.Name.Value && e.Ref != pl.EngineRef.Value {
				p.report(finding{
					pos:      pl.EngineRef.Pos,
					message:  fmt.Sprintf("engine_ref is %s, and %s resolves %s", q(pl.EngineRef.Value), p.lock.Name, q(e.Ref)),
					expected: "the lock and the spec name one release",
					fix:      "correct engine_ref, or the engine_ref entry of the lock",
					notes:    []diag.Note{{Pos: e.Pos, Message: "the lock's release"}},
				})
			}
		}
	}
}

// used is one action reference of a spec.
type used struct {
	platform *spec.Platform
	value    spec.String
	uses     ref.Uses
}

// uses returns every step's uses value that parses, for every platform it is part of.
func (p *pass) uses() []used {
	var out []used
	for _, pl := range p.set.Platforms {
		for _, e := range p.enginesOf(pl) {
			for _, s := range e.Steps {
				if u, err := ref.ParseUses(s.Uses.Value); s.Uses.Pos.IsValid() && err == nil {
					out = append(out, used{pl, s.Uses, u})
				}
			}
		}
	}
	return out
}

func actionRefFloating(p *pass) {
	for _, u := range p.uses() {
		if u.uses.Form != "action" {
			continue
		}
		if kind := ref.Classify(u.uses.Ref); kind != ref.Commit && kind != ref.Version {
			fix := "name a full version"
			if u.platform.Mode.Value == marketplace {
				fix += ", and " + lock.HowTo
			}
			p.report(finding{pos: u.value.Pos, message: fmt.Sprintf("%s: the ref %s is %s", q(u.value.Value), q(u.uses.Ref), kind), expected: wantVersion, fix: fix})
		}
	}
	for _, a := range p.lock.Actions {
		for _, inner := range a.Uses {
			u, err := ref.ParseUses(inner)
			if err != nil || u.Form == "action" && ref.Classify(u.Ref) != ref.Commit || u.Form == "docker" && !ref.IsDigest(u.Image) {
				p.report(finding{pos: a.Pos, message: fmt.Sprintf("%s uses %s inside", q(a.Key), q(inner)), expected: "an action that pins what it uses to commits", fix: "take a version of the action that does, or another action"})
			}
		}
	}
}

func actionRefUnlocked(p *pass) {
	for _, u := range p.uses() {
		if u.uses.Form != "action" || u.platform.Mode.Value != marketplace || ref.Classify(u.uses.Ref) != ref.Version {
			continue
		}
		if key := u.uses.Repository + "@" + u.uses.Ref; !p.isLocked(key) {
			p.report(finding{pos: u.value.Pos, message: fmt.Sprintf("%s is not in %s", q(key), p.lock.Name), expected: "an entry that holds the commit of " + q(u.uses.Ref), fix: lock.HowTo})
		}
	}
	for _, pl := range p.set.Platforms {
		if pl.Mode.Value == marketplace && !p.isLocked(lock.Checkout) {
			p.report(finding{pos: diag.Pos{File: p.lock.Name}, message: fmt.Sprintf("%s, which every generated workflow uses, is not in %s", q(lock.Checkout), p.lock.Name), expected: "an entry that holds its commit", fix: lock.HowTo})
			return
		}
	}
}

func (p *pass) isLocked(key string) bool {
	_, ok := p.lock.Action(key)
	return ok
}

func imageRefFloating(p *pass) {
	for _, u := range p.uses() {
		if u.uses.Form == "docker" && !ref.IsDigest(u.uses.Image) {
			p.report(finding{pos: u.value.Pos, message: fmt.Sprintf("the image %s is not named by digest", q(u.uses.Image)), expected: "docker://name@sha256:<64 hex digits>", fix: "resolve the tag and write the digest"})
		}
	}
}

// checkoutRefFloating looks at actions/checkout: with a repository it fetches
// whatever ref it is told, and with none of it the default branch.
func checkoutRefFloating(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, e := range p.enginesOf(pl) {
			for _, s := range e.Steps {
				p.checkoutStep(pl, s)
			}
		}
	}
}

func (p *pass) checkoutStep(pl *spec.Platform, s spec.Step) {
	u, err := ref.ParseUses(s.Uses.Value)
	if err != nil || !strings.EqualFold(u.Repository, "actions/checkout") {
		return
	}
	at := slices.IndexFunc(s.With, func(w spec.Pair) bool { return strings.EqualFold(w.Key.Value, "ref") })
	if at < 0 {
		p.report(finding{pos: s.Uses.Pos, message: "this checkout names no ref, so it takes a branch", expected: "with: ref: " + wantCommit, fix: "add the commit"})
		return
	}
	if output := s.With[at].Output; output.Pos.IsValid() {
		p.report(finding{pos: output.Pos, message: "this checkout's ref is whatever a step says", expected: wantCommit, fix: "write the commit"})
		return
	}
	kind := ref.Classify(s.With[at].Value.Value)
	if kind == ref.Commit || kind == ref.Version && pl.Mode.Value != marketplace {
		return
	}
	p.report(finding{pos: s.With[at].Value.Pos, message: fmt.Sprintf("this checkout's ref %s is %s", q(s.With[at].Value.Value), kind), expected: wantCommit, fix: "write the commit"})
}
