package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/spec"
)

// keepers are actions whose work it is to keep something for another job or another run.
var keepers = []string{"actions/cache", "actions/download-artifact", "actions/upload-artifact", "actions/upload-pages-artifact"}

// cachers are actions that keep a cache unless they are told not to (inputs of action.yml in their repositories).
var cachers = []string{"actions/setup-go"}

// stateShared: what one run leaves behind, another must not find: it may come from a run that was not gated.
func stateShared(p *pass) {
	for _, e := range p.set.Engines {
		for _, s := range e.Steps {
			u, err := ref.ParseUses(s.Uses.Value)
			if err != nil || u.Form != "action" {
				continue
			}
			if slices.ContainsFunc(keepers, func(k string) bool { return strings.EqualFold(k, u.Repository) }) {
				p.report(finding{pos: s.Uses.Pos, message: fmt.Sprintf("%s keeps files for other jobs and runs", u.Repository), expected: "steps that share nothing with another run but the repositories", fix: "remove the step; what the engine has to say goes to $RESULT_FILE"})
				continue
			}
			p.cacheInput(s, u)
		}
	}
}

func (p *pass) cacheInput(s spec.Step, u ref.Uses) {
	at := slices.IndexFunc(s.With, func(w spec.Pair) bool { return strings.EqualFold(w.Key.Value, "cache") })
	switch {
	case at < 0 && slices.ContainsFunc(cachers, func(k string) bool { return strings.EqualFold(k, u.Repository) }):
		p.report(finding{pos: s.Uses.Pos, message: fmt.Sprintf("%s keeps a cache for other runs unless it is told not to", u.Repository), expected: "with: cache: false", fix: "add it"})
	case at >= 0 && (s.With[at].Output.Pos.IsValid() || !slices.Contains([]string{"", "false"}, s.With[at].Value.Value)):
		p.report(finding{pos: s.With[at].Key.Pos, message: fmt.Sprintf("cache of %s is not false, so that runs share what it keeps", u.Repository), expected: "cache: false, or none where the action keeps none by itself", fix: "remove it, or say false"})
	}
}

// actionMissing: an action of the platform is one of its engines' sources, which are carried and judged.
func actionMissing(p *pass) {
	for _, e := range p.set.Engines {
		entries := map[string]bool{}
		for _, f := range e.Files {
			entries[f.Value] = true
		}
		for _, s := range e.Steps {
			u, err := ref.ParseUses(s.Uses.Value)
			if err != nil || u.Form != "workspace" && u.Form != "self" || strings.HasPrefix(u.Path, ".github/workflows/") {
				continue // of a workflow step-form has spoken
			}
			dir, ok := strings.CutPrefix(s.Uses.Value[len("./"):], "engines/")
			if !ok || !p.carries(entries, dir+"/action.yml") && !p.carries(entries, dir+"/action.yaml") {
				p.report(finding{pos: s.Uses.Pos, message: fmt.Sprintf("no action %s is among the files of engine %s", q(s.Uses.Value), q(e.Name.Value)), expected: "./engines/ and a folder beside the spec that files carries, with an action.yml in it", fix: "put the action there, and name its folder in files"})
			}
		}
	}
}

// carries reports whether a file is beside the spec, and entries of files stand for it.
func (p *pass) carries(entries map[string]bool, path string) bool {
	return spec.Carried(path, entries) && slices.ContainsFunc(p.set.Files, func(f spec.File) bool { return f.Path == path })
}
