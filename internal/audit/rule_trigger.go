package audit

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/script"
)

// withSecrets are events that strangers cause and that run with the secrets and the token of the repository.
var withSecrets = []string{"pull_request_target", "workflow_run", "issue_comment"}

// strangers are contexts that name code of whoever opened a pull request.
var strangers = []string{"github.head_ref", "github.event.pull_request.head.", "github.event.workflow_run.head_", "github.event.workflow_run.pull_requests", "github.event.pull_request.number",
	"github.event.number", "github.event.issue.number", "github.event.pull_request.merge_commit_sha", "github.event.client_payload.pull_request.head."}

func untrustedCheckout(p *pass) {
	at := slices.IndexFunc(p.events, func(e event) bool { return anyOf(e.name, withSecrets...) })
	if at < 0 {
		return
	}
	f := finding{expected: "the code of this repository alone, where secrets are", fix: "run strangers' code on pull_request, without secrets, and hand over its result as an artifact"}
	for _, s := range p.steps() {
		if s.checkout() {
			for _, name := range []string{"ref", "repository"} {
				if n := s.input(name); n != nil && ofStrangers(n) {
					f.message = fmt.Sprintf("%s runs with secrets, and this checkout brings code of whoever caused it: %s", p.events[at].name, name)
					p.reportAt(n, f)
					break
				}
			}
		}
		p.fetches(s, p.events[at].name, f)
	}
}

// ofStrangers tells whether a text names the code of a pull request.
func ofStrangers(n *yaml.Node) bool {
	for _, e := range expressions(text(n)) {
		for _, path := range contexts(e) {
			if slices.ContainsFunc(strangers, func(prefix string) bool { return strings.HasPrefix(path, prefix) }) {
				return true
			}
		}
	}
	return strings.Contains(text(n), "refs/pull/")
}

// fetches looks for scripts that check a pull request out.
func (p *pass) fetches(s *step, event string, f finding) {
	for _, c := range s.facts.Commands {
		if what := checksOut(c); what != "" {
			f.message = fmt.Sprintf("%s runs with secrets, and the script brings code of whoever caused it: %s", event, what)
			p.report(p.posIn(s.run, c.Offset), f)
		}
	}
}

func checksOut(c script.Command) string {
	var words []string
	for _, a := range c.Args {
		words = append(words, a.Text)
	}
	switch {
	case c.Name == "gh" && len(words) > 1 && words[0] == "pr" && words[1] == "checkout":
		return "gh pr checkout"
	case c.Name == "git" && len(words) > 0 && anyOf(words[0], "fetch", "pull") && slices.ContainsFunc(words, func(w string) bool {
		return strings.Contains(w, "pull/") || strings.Contains(w, "HEAD_REF") || strings.Contains(w, "PULL_REQUEST_HEAD")
	}):
		return "git " + words[0] + " of a pull request"
	}
	return ""
}

// byStrangers are events that a fork's pull request causes.
var byStrangers = []string{"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment", "workflow_run", "issue_comment"}

func selfHosted(p *pass) {
	at := slices.IndexFunc(p.events, func(e event) bool { return anyOf(e.name, byStrangers...) })
	if at < 0 {
		return
	}
	for _, j := range p.jobs {
		_, on := get(j.node, "runs-on")
		if _, labels := get(on, "labels"); labels != nil {
			on = labels
		}
		for _, n := range scalars(on) {
			if strings.EqualFold(n.Value, "self-hosted") {
				p.reportAt(n, finding{fmt.Sprintf("the job %s runs on a machine of your own for %s, which strangers can cause", q(j.id), p.events[at].name),
					"a machine that GitHub throws away after the job", "use a hosted runner for pull requests; if no fork can reach this repository, start it by push"})
				break
			}
		}
	}
}

func timeout(p *pass) {
	for _, j := range p.jobs {
		if key, _ := get(j.node, "timeout-minutes"); p.action || j.uses != nil || key != nil {
			continue
		}
		p.reportAt(j.key, finding{fmt.Sprintf("the job %s has no timeout, and may hang for six hours", q(j.id)), "timeout-minutes: a little more than it needs", "add it to the job"})
	}
}
