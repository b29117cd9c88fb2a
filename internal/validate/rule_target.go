package validate

import (
	"fmt"
	"path"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// targetForm: what a target is and what it names fit together.
func targetForm(p *pass) {
	for _, pl := range p.set.Platforms {
		profiles := profileNames(pl)
		for _, t := range pl.Targets {
			p.targetWhere(t)
			if _, ok := pl.Profile(t.Profile.Value); !ok {
				p.report(finding{pos: t.Profile.Pos, message: fmt.Sprintf("the target has the profile %s, which the platform does not have", q(t.Profile.Value)),
					expected: "one of " + list(profiles), fix: diag.Suggest(t.Profile.Value, profiles)})
			}
		}
	}
}

func (p *pass) targetWhere(t spec.Target) {
	named, selected := t.Repository.Pos.IsValid(), t.Select != nil
	templates := t.As.Value == "org-templates"
	switch {
	case named && selected:
		p.report(finding{pos: t.Select.Pos, message: "the target has repository and select", expected: "one of the two", fix: "make two targets of it, or remove one",
			notes: []diag.Note{{Pos: t.Repository.Pos, Message: "repository stands here"}}})
	case templates && !named:
		p.report(finding{pos: t.Pos, message: "the target is for workflow templates and names no repository", expected: "repository: \"owner/.github\"", fix: "name it"})
	case !named && !selected:
		p.report(finding{pos: t.Pos, message: "the target names no repository and selects none", expected: "repository or select", fix: "say where the stub goes"})
	case templates && path.Base(t.Repository.Value) != ".github":
		p.report(finding{pos: t.Repository.Pos, message: fmt.Sprintf("workflow templates would go to %s, where GitHub does not look for them", q(t.Repository.Value)),
			expected: "the organisation's repository .github", fix: "name it"})
	}
	if !selected {
		return
	}
	for _, e := range t.Select.Except {
		if owner, _, _ := strings.Cut(e.Value, "/"); !strings.EqualFold(owner, t.Select.Owner.Value) {
			p.report(finding{pos: e.Pos, message: fmt.Sprintf("the exception %s is not of the owner %s", q(e.Value), q(t.Select.Owner.Value)), expected: t.Select.Owner.Value + "/…", fix: "correct the owner, or remove the exception"})
		}
	}
}

// targetRepository: a stub goes to repositories that the platform may work in, and nothing else of ours is there.
func targetRepository(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, t := range pl.Targets {
			owner := ownerOf(t)
			if owner.Value == "" {
				continue // target-form has said so
			}
			p.targetOwner(pl, owner)
			if t.As.Value == "host" {
				p.targetSelf(pl, t)
			}
		}
	}
}

// ownerOf returns who owns what a target names, with the place where that stands.
func ownerOf(t spec.Target) spec.String {
	if t.Select != nil {
		return t.Select.Owner
	}
	owner, _, _ := strings.Cut(t.Repository.Value, "/")
	return spec.String{Value: owner, Pos: t.Repository.Pos}
}

// targetOwner: records go to a repository of the same owner, and only a public platform can be called by others.
func (p *pass) targetOwner(pl *spec.Platform, owner spec.String) {
	telemetry, _, _ := strings.Cut(pl.Telemetry.Value, "/")
	if pl.Telemetry.Pos.IsValid() && telemetry != "{owner}" && !strings.EqualFold(telemetry, owner.Value) {
		p.report(finding{pos: owner.Pos, message: fmt.Sprintf("the target is of %s, and telemetry goes to a repository of %s", q(owner.Value), q(telemetry)),
			expected: "telemetry of the same owner", fix: "write telemetry.repository as {owner}/name, or use a platform for each owner", notes: []diag.Note{{Pos: pl.Telemetry.Pos, Message: "the telemetry repository"}}})
	}
	platform, _, _ := strings.Cut(pl.Repository.Value, "/")
	if pl.Visibility.Value != "public" && !strings.EqualFold(platform, owner.Value) {
		p.report(finding{pos: owner.Pos, message: fmt.Sprintf("the target is of %s, and the platform is %s and of %s", q(owner.Value), pl.Visibility.Value, q(platform)),
			expected: "targets of the platform's owner: no other can call its workflows", fix: "use a platform for each owner", notes: []diag.Note{{Pos: pl.Visibility.Pos, Message: "the platform's visibility"}}})
	}
}

// targetSelf: the platform and its telemetry are not monitored by the platform.
func (p *pass) targetSelf(pl *spec.Platform, t spec.Target) {
	owner, _, _ := strings.Cut(t.Repository.Value, "/")
	for _, other := range []struct {
		name spec.String
		what string
	}{
		{pl.Repository, "the platform's own repository"},
		{spec.String{Value: strings.Replace(pl.Telemetry.Value, "{owner}", owner, 1), Pos: pl.Telemetry.Pos}, "the telemetry repository"},
	} {
		if t.Repository.Value != "" && strings.EqualFold(t.Repository.Value, other.name.Value) {
			p.report(finding{pos: t.Repository.Pos, message: fmt.Sprintf("the target %s is %s", q(t.Repository.Value), other.what), expected: "a repository to monitor", fix: "name another",
				notes: []diag.Note{{Pos: other.name.Pos, Message: "it is named here"}}})
		}
	}
}

// targetTwice: no file of a repository that is named has two origins, of one platform or of two.
func targetTwice(p *pass) {
	type origin struct {
		platform string
		pos      diag.Pos
	}
	first := map[string]origin{}
	for _, pl := range p.set.Platforms {
		for _, t := range pl.Targets {
			if !t.Repository.Pos.IsValid() {
				continue
			}
			file := ".github/workflows/" + pl.Name.Value + ".yml"
			if t.As.Value == "org-templates" {
				file = "workflow-templates/" + t.Profile.Value + ".yml"
			}
			key := strings.ToLower(t.Repository.Value) + " " + file
			if other, ok := first[key]; ok {
				whose := "of platform " + q(other.platform)
				if other.platform != pl.Name.Value {
					whose = "of platforms " + q(other.platform) + " and " + q(pl.Name.Value)
				}
				p.report(finding{pos: t.Repository.Pos, message: fmt.Sprintf("two targets %s write %s of %s", whose, file, q(t.Repository.Value)),
					expected: "one origin for every file", fix: "remove one of the two, or give the profiles other names", notes: []diag.Note{{Pos: other.pos, Message: "the other target"}}})
				continue
			}
			first[key] = origin{pl.Name.Value, t.Repository.Pos}
		}
	}
}
