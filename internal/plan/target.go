package plan

import "github.com/task-assistant/tasc/internal/spec"

const defaultDeliver = "pull-request"

// Target is where the stub of one profile goes: to Repository, or where that is
// empty to every repository of Owner that has all Topics and is not in Except.
type Target struct {
	// As is "host" or "org-templates".
	As         string
	Repository string
	Owner      string
	Topics     []string
	// Except are owner/name; a * stands for any text in the name.
	Except  []string
	Profile string
	// Deliver is "pull-request" or "commit".
	Deliver string
}

func targets(p *spec.Platform) []Target {
	var out []Target
	for _, t := range p.Targets {
		target := Target{As: t.As.Value, Repository: t.Repository.Value, Profile: t.Profile.Value, Deliver: t.Deliver.Value}
		if t.Select != nil {
			target.Owner, target.Topics, target.Except = t.Select.Owner.Value, values(t.Select.Topics), values(t.Select.Except)
		}
		if target.Deliver == "" {
			target.Deliver = defaultDeliver
		}
		out = append(out, target)
	}
	return out
}
