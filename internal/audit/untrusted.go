package audit

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// The texts of an event that anybody can write who can open an issue, a pull request or a discussion
// (docs.github.com/actions/concepts/security/script-injections).
var (
	writtenByOthers = []string{"body", "default_branch", "email", "head_branch", "display_title", "head_ref", "label", "message", "name", "page_name", "ref", "title"}
	// ownObjects are parts of an event that the repository's own people name.
	ownObjects = []string{"repository", "organization", "enterprise", "installation", "sender", "workflow", "release"}
	// typed are the types of inputs that hold no text of the caller's.
	typed = []string{"boolean", "number", "choice", "environment"}
)

// untrusted tells whether others decide the text of a context, which is a path in lower case.
func (d *document) untrusted(path string) bool {
	path = strings.TrimPrefix(path, "*.")
	if path == "github.head_ref" || path == "github.*" || path == "github.event.*" || path == "inputs.*" {
		return true
	}
	if name, ok := strings.CutPrefix(path, "inputs."); ok {
		return d.untrustedInput(name)
	}
	rest, ok := strings.CutPrefix(path, "github.event.")
	if !ok {
		return false
	}
	parts := strings.Split(rest, ".")
	last := parts[len(parts)-1]
	switch {
	case parts[0] == "inputs" && len(parts) == 2:
		return d.untrustedInput(last)
	case parts[0] == "inputs", parts[0] == "client_payload":
		return true
	case anyOf(parts[0], ownObjects...), strings.HasPrefix(rest, "pull_request.base."), rest == "workflow_run.name", parts[0] == "ref":
		return false
	}
	return len(parts) > 1 && (anyOf(last, writtenByOthers...) || last == "*")
}

func (d *document) untrustedInput(name string) bool {
	kind, declared := d.inputs[strings.TrimSuffix(name, ".*")]
	return !declared || !anyOf(kind, typed...)
}

// taints lists the untrusted contexts whose text reaches the result of an expression of a step, with
// variables of env followed to what they hold.
func (d *document) taints(s *step, e expression) []string {
	var out []string
	for _, path := range contexts(e) {
		if d.untrusted(path) {
			out = append(out, path)
			continue
		}
		if name, ok := strings.CutPrefix(path, "env."); ok {
			out = append(out, d.taintsOfVariable(s, name)...)
		}
	}
	return out
}

// taintsOfVariable follows a variable once: what it holds may name no other of its own level.
func (d *document) taintsOfVariable(s *step, name string) []string {
	for _, env := range []*yaml.Node{s.env, s.job.env, d.env} {
		if v, ok := d.variablesOf(env)[name]; ok {
			return v
		}
	}
	return nil
}

// variablesOf reads a mapping of env once: the untrusted contexts in every variable, by its name in lower case.
func (d *document) variablesOf(env *yaml.Node) map[string][]string {
	if env == nil {
		return nil
	}
	if known, ok := d.variables[env]; ok {
		return known
	}
	out := map[string][]string{}
	for _, f := range fields(env) {
		var found []string
		for _, e := range expressions(text(f.value)) {
			found = append(found, slices.DeleteFunc(contexts(e), func(path string) bool { return !d.untrusted(path) })...)
		}
		out[strings.ToLower(f.key.Value)] = found
	}
	d.variables[env] = out
	return out
}
