package audit

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// withoutToken are actions that do nothing with the token that a permission to write would be for.
var withoutToken = []string{"actions/checkout", "actions/cache", "actions/setup-dotnet", "actions/setup-go", "actions/setup-java", "actions/setup-node", "actions/setup-python",
	"actions/upload-artifact", "actions/download-artifact"}

// byEnvironment are permissions that every step uses by variables that the runner sets for it.
var byEnvironment = []string{"id-token", "attestations", "models"}

// permissionsUnused reports where the file shows that no step of a job can have the token: none names it, none uses
// an action that might take it by itself, and no checkout leaves it on the disk.
func permissionsUnused(p *pass) {
	if p.action {
		return
	}
	_, top := get(p.root, "permissions")
	var under []*job // those that get what stands at the top
	for _, j := range p.jobs {
		if key, own := get(j.node, "permissions"); key == nil {
			under = append(under, j)
		} else if j.blind(p.document) {
			p.unused(own, fmt.Sprintf("no step of %s", q(j.id)))
		}
	}
	if len(under) > 0 && !slices.ContainsFunc(under, func(j *job) bool { return !j.blind(p.document) }) {
		p.unused(top, "no step of the jobs that get it")
	}
}

func (p *pass) unused(permissions *yaml.Node, who string) {
	for _, f := range fields(permissions) {
		if text(f.value) == "write" && !anyOf(f.key.Value, byEnvironment...) {
			p.reportAt(f.key, finding{fmt.Sprintf("%s: write, and %s has the token", f.key.Value, who), "no permission that nothing uses", "remove it, or hand the token to the step that needs it"})
		}
	}
}

// blind tells whether no step of the job can have the token.
func (j *job) blind(d *document) bool {
	if j.uses != nil || len(j.steps) == 0 || d.namesToken(j.node) || d.namesToken(d.env) {
		return false
	}
	return !slices.ContainsFunc(j.steps, func(s *step) bool {
		if s.uses == nil {
			return false
		}
		kept := s.checkout() && !strings.EqualFold(text(s.input("persist-credentials")), "false")
		return kept || !slices.ContainsFunc(withoutToken, s.isA)
	})
}

// namesToken looks for the token in what stands below a node.
func (d *document) namesToken(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	if n.Kind == yaml.AliasNode {
		return true // what stands elsewhere is not looked for
	}
	if n.Kind == yaml.ScalarNode {
		return slices.ContainsFunc(expressions(n.Value), func(e expression) bool {
			return slices.ContainsFunc(contexts(e), func(path string) bool {
				return path == "github.token" || path == "github" || path == "secrets" || strings.HasPrefix(path, "github.*") || strings.HasPrefix(path, "secrets.")
			})
		})
	}
	return slices.ContainsFunc(n.Content, d.namesToken)
}
