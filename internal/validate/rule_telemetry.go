package validate

import (
	"fmt"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

func telemetrySource(p *pass) {
	for _, pl := range p.set.Platforms {
		repository, registry := pl.Telemetry.Pos, pl.RegistryRepository.Pos
		f := finding{expected: "repository, a name for every owner, or registry, a file that says it"}
		switch {
		case repository.IsValid() && registry.IsValid():
			f.pos, f.message, f.fix = registry, "telemetry names a repository and a registry", "remove one of the two"
			f.notes = []diag.Note{{Pos: repository, Message: "the repository"}}
		case !repository.IsValid() && !registry.IsValid():
			f.pos, f.message, f.fix = pl.Name.Pos, "telemetry names neither a repository nor a registry", "say telemetry: repository: \"{owner}/task-assistant-telemetry\""
		default:
			continue
		}
		p.report(f)
	}
}

// telemetryRegistry: an engine that could choose where records go, or which releases run, would be above its own record.
func telemetryRegistry(p *pass) {
	for _, pl := range p.set.Platforms {
		registry := pl.RegistryRepository
		if !registry.Pos.IsValid() {
			continue
		}
		if strings.EqualFold(registry.Value, pl.Repository.Value) {
			p.report(finding{pos: registry.Pos, message: "the registry is in the platform's own repository, which engines check out", expected: "a repository that the operators alone change", fix: "move the file",
				notes: []diag.Note{{Pos: pl.Repository.Pos, Message: "the platform's repository"}}})
		}
		for _, e := range p.enginesOf(pl) {
			p.registryUses(e, registry)
		}
	}
}

// registryUses reports where an engine names the registry.
func (p *pass) registryUses(e *spec.Engine, registry spec.String) {
	var texts []spec.String
	for _, pair := range e.Env {
		texts = append(texts, pair.Value)
	}
	for _, s := range e.Steps {
		texts = append(texts, s.Run, s.Uses)
		for _, pair := range append(append([]spec.Pair{}, s.With...), s.Env...) {
			texts = append(texts, pair.Value)
		}
	}
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text.Value), strings.ToLower(registry.Value)) {
			p.report(finding{pos: text.Pos, message: fmt.Sprintf("engine %s names the registry %s", q(e.Name.Value), registry.Value), expected: "engines that know nothing of the registry: preflight reads it and hands on what follows", fix: "use TELEMETRY_REPO",
				notes: []diag.Note{{Pos: registry.Pos, Message: "the registry"}}})
		}
	}
}

// readsTelemetry: an engine that may write to its target, or is started to do so, must not decide by what others did.
func readsTelemetry(p *pass) {
	for _, e := range p.set.Engines {
		if e.ReadsTelemetry.Value && e.Class.Value != "read-only" {
			p.report(finding{pos: e.ReadsTelemetry.Pos, message: fmt.Sprintf("engine %s of class %s reads telemetry", q(e.Name.Value), e.Class.Value), expected: "the class read-only: telemetry is read for reports, never to act on", fix: "split the engine, or drop reads_telemetry",
				notes: []diag.Note{{Pos: e.Class.Pos, Message: "its class"}}})
		}
	}
}
