package audit

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// The texts of an event that anybody can write who can open an issue, a pull request or a discussion
// (docs.github.com/actions/concepts/security/script-injections, and GitHub's own list of such properties:
// github/codeql, actions/ql/lib/ext/config/untrusted_event_properties.yml).
var (
	writtenByOthers = []string{"body", "default_branch", "description", "email", "from", "head_branch", "display_title", "head_ref", "homepage", "label", "message", "name", "page_name", "ref", "title"}
	// ownObjects are parts of an event that the repository's own people name.
	ownObjects = []string{"repository", "organization", "enterprise", "installation", "sender", "workflow", "release"}
	// plainNames are names in which GitHub allows letters, digits, dots and hyphens alone.
	plainNames = []string{".repo.name", ".repo.full_name", "_repository.name", "_repository.full_name"}
	// typed are the types of inputs that hold no text of the caller's.
	typed = []string{"boolean", "number", "choice", "environment"}
)

// untrusted tells whether others decide the text of a context, which is a path in lower case.
func (d *document) untrusted(path string) bool {
	path = strings.TrimPrefix(path, "*.")
	switch path {
	case "github.head_ref", "github.*", "github.event.*", "inputs.*":
		return true
	case "github.ref", "github.ref_name", "github.event.ref":
		return d.freeRefs
	case "github.event.release.tag_name", "github.event.release.name", "github.event.release.body":
		return d.calls("release")
	case "github.event.workflow_run.path":
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
	case anyOf(parts[0], ownObjects...), strings.HasPrefix(rest, "pull_request.base."), rest == "workflow_run.name", parts[0] == "ref", isPlainName(rest):
		return false
	}
	return len(parts) > 1 && (anyOf(last, writtenByOthers...) || last == "*")
}

func isPlainName(path string) bool {
	for _, end := range plainNames {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

func (d *document) untrustedInput(name string) bool {
	kind, declared := d.inputs[strings.TrimSuffix(name, ".*")]
	return !declared || !anyOf(kind, typed...)
}

// namesRefs tells whether an event of the workflow brings a branch or tag whose name may be any: a push whose filters are
// no plain names, a branch or tag that is made, a release. Git allows quotes, $, ; and | in such a name. Who may
// write contents chooses it, a token or an app among them, and need not be able to change workflows. Where
// somebody starts the workflow by hand, or it runs on the default branch or a pull request's number, nobody chooses.
func (d *document) namesRefs() bool {
	_, on := get(d.root, "on")
	for _, e := range d.events {
		switch e.name {
		case "create", "release":
			return true
		case "push":
			_, push := get(on, "push")
			if anyName(push) {
				return true
			}
		}
	}
	return d.action || d.calls("workflow_call") && len(d.events) == 1 // whoever calls it
}

// anyName tells whether the filters of a push let a name through that its file does not hold.
func anyName(push *yaml.Node) bool {
	_, branches := get(push, "branches")
	_, tags := get(push, "tags")
	if branches == nil && tags == nil {
		return true
	}
	for _, n := range append(scalars(branches), scalars(tags)...) {
		if !strings.HasPrefix(n.Value, "!") && (strings.Contains(n.Value, "*") || strings.Contains(n.Value, "[^")) {
			return true
		}
	}
	return false
}
