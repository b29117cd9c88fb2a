package audit

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/script"
)

// withSecrets are events that strangers cause and that run with the secrets and the token of the repository.
var withSecrets = []string{"pull_request_target", "workflow_run", "issue_comment", "issues", "discussion", "discussion_comment"}

// strangers are beginnings of contexts that name code of whoever opened a pull request, or caused the run before.
var strangers = []string{"github.head_ref", "github.event.pull_request.head.", "github.event.workflow_run.head_", "github.event.workflow_run.pull_requests", "github.event.pull_request.number",
	"github.event.number", "github.event.issue.number", "github.event.pull_request.merge_commit_sha", "github.event.client_payload.pull_request.head."}

func ofStranger(path string) bool {
	return slices.ContainsFunc(strangers, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
}

func untrustedCheckout(p *pass) {
	at := slices.IndexFunc(p.events, func(e event) bool { return anyOf(e.name, withSecrets...) })
	if at < 0 {
		return
	}
	f := finding{expected: "the code of this repository alone, where secrets are", fix: "run strangers' code on pull_request, without secrets, and hand over its result as an artifact"}
	for _, s := range p.steps() {
		if s.job.onlyOurs(s, withSecrets) {
			continue
		}
		if s.checkout() {
			for _, name := range []string{"ref", "repository"} {
				if n := s.input(name); n != nil && p.ofStrangers(s, n) {
					f.message = fmt.Sprintf("%s runs with secrets, and this checkout brings code of whoever caused it: %s", p.events[at].name, name)
					p.reportAt(n, f)
					break
				}
			}
		}
		for _, c := range s.facts().Commands {
			if what := p.checksOut(s, c); what != "" {
				f.message = fmt.Sprintf("%s runs with secrets, and the script brings code of whoever caused it: %s", p.events[at].name, what)
				p.report(p.posIn(s.run, c.Offset), f)
			}
		}
	}
}

// ofStrangers tells whether a text names the code of a pull request: by a context, by an output that holds one, or by one of a
// step that looks a pull request up.
func (p *pass) ofStrangers(s *step, n *yaml.Node) bool {
	for _, e := range expressions(text(n)) {
		if len(p.code.taints(s, e)) > 0 {
			return true
		}
		for _, path := range contexts(e) {
			parts := strings.Split(path, ".")
			if len(parts) == 4 && parts[0] == "steps" && !strings.Contains(parts[3], "base") && s.job.byID[parts[1]].looksUp() {
				return true
			}
		}
	}
	return strings.Contains(text(n), "refs/pull/")
}

// lookingUp are actions whose outputs are the branch and the commit of the pull request that a comment is about.
var lookingUp = []string{"xt0rted/pull-request-comment-branch", "alessbell/pull-request-comment-branch", "eficode/resolve-pr-refs", "potiuk/get-workflow-origin"}

// looksUp tells whether a step asks GitHub for the head of a pull request.
func (s *step) looksUp() bool {
	if s == nil {
		return false
	}
	if slices.ContainsFunc(lookingUp, s.isA) {
		return true
	}
	if code := text(s.input("script")); s.isA("actions/github-script") {
		return strings.Contains(code, "pulls.get") || strings.Contains(code, "headRef") || strings.Contains(code, "/pulls/")
	}
	return slices.ContainsFunc(s.facts().Commands, func(c script.Command) bool {
		words := wordsOf(c)
		all := strings.Join(words, " ")
		return c.Name == "gh" && (strings.HasPrefix(all, "pr view") || strings.HasPrefix(all, "api") && strings.Contains(all, "/pulls/")) && strings.Contains(strings.ToLower(all), "head")
	})
}

func wordsOf(c script.Command) []string {
	var words []string
	for _, a := range c.Args {
		words = append(words, a.Text)
	}
	return words
}

// bringing are git's commands that bring a commit to the folder.
var bringing = []string{"fetch", "pull", "checkout", "switch", "reset", "merge", "clone", "worktree", "cherry-pick"}

// checksOut says how a command brings the code of a pull request; "" where it does not.
func (p *pass) checksOut(s *step, c script.Command) string {
	words := wordsOf(c)
	switch {
	case c.Name == "gh" && len(words) > 1 && words[0] == "pr" && words[1] == "checkout":
		return "gh pr checkout"
	case c.Name != "git" || len(words) == 0 || !anyOf(words[0], bringing...):
		return ""
	case anyOf(words[0], "fetch", "pull") && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "pull/") || strings.Contains(w, "pull-requests/") }):
		return "git " + words[0] + " of a pull request"
	}
	for _, a := range c.Args[1:] {
		for _, v := range a.Vars {
			if slices.ContainsFunc(p.code.taintsInShell(s, v), func(t taint) bool { return !strings.HasSuffix(t.context, "number") }) {
				return "git " + words[0] + " of a pull request"
			}
		}
	}
	return ""
}

// onlyOurs tells whether a condition of the job, or of a step of it, keeps strangers' pull requests out: it compares the two
// repositories, asks whether the head is a fork, or demands an event that is none of those which strangers cause.
func (j *job) onlyOurs(s *step, caused []string) bool {
	nodes := []*yaml.Node{j.node}
	if s != nil {
		nodes = append(nodes, s.node)
	}
	return slices.ContainsFunc(nodes, func(n *yaml.Node) bool {
		_, cond := get(n, "if")
		tree := condition(cond)
		return tree != nil && keepsOut(tree, caused)
	})
}

func keepsOut(e expr.Expr, caused []string) bool {
	switch e := e.(type) {
	case expr.And:
		return slices.ContainsFunc(e, func(x expr.Expr) bool { return keepsOut(x, caused) })
	case expr.Or:
		return !slices.ContainsFunc(e, func(x expr.Expr) bool { return !keepsOut(x, caused) })
	case expr.Equal:
		return sameOwner(e.X, e.Y, caused) || sameOwner(e.Y, e.X, caused)
	case expr.Not:
		return strings.HasSuffix(dotted(e.X), ".head.repo.fork")
	case expr.NotEqual:
		return dotted(e.X) == "github.event.workflow_run.event" && isText(e.Y, "pull_request")
	}
	return false
}

// sameOwner tells whether x equals y only where the code is of this repository, or the event none that strangers cause.
func sameOwner(x, y expr.Expr, caused []string) bool {
	event, isEvent := y.(expr.String)
	switch path := dotted(x); {
	case strings.HasSuffix(path, ".head.repo.full_name"), strings.HasSuffix(path, ".head_repository.full_name"):
		return dotted(y) == "github.repository"
	case strings.HasSuffix(path, ".head.repo.fork"):
		return strings.EqualFold(dotted(y), "false")
	case path == "github.event_name":
		return isEvent && !anyOf(string(event), caused...)
	case path == "github.event.workflow_run.event":
		return isEvent && !strings.HasPrefix(string(event), "pull_request")
	}
	return false
}

func isText(e expr.Expr, s string) bool {
	t, ok := e.(expr.String)
	return ok && string(t) == s
}

// byStrangers are events that a fork's pull request causes.
var byStrangers = []string{"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment", "workflow_run", "issue_comment"}

func selfHosted(p *pass) {
	at := slices.IndexFunc(p.events, func(e event) bool { return anyOf(e.name, byStrangers...) })
	if at < 0 {
		return
	}
	for _, j := range p.jobs {
		if j.onlyOurs(nil, byStrangers) {
			continue
		}
		for _, n := range p.labels(j) {
			if strings.EqualFold(n.Value, "self-hosted") {
				p.reportAt(n, finding{fmt.Sprintf("the job %s runs on a machine of your own for %s, which strangers can cause", q(j.id), p.events[at].name),
					"a machine that GitHub throws away after the job", "use a hosted runner for pull requests; if no fork can reach this repository, start it by push"})
				break
			}
		}
	}
}

// labels are those of the job's machine, with what a dimension of the matrix may bring.
func (p *pass) labels(j *job) []*yaml.Node {
	_, on := get(j.node, "runs-on")
	if _, labels := get(on, "labels"); labels != nil {
		on = labels
	}
	var out []*yaml.Node
	for _, n := range scalars(on) {
		if name, ok := strings.CutPrefix(sole(n), "matrix."); ok {
			out = append(out, dimension(j, name)...)
			continue
		}
		out = append(out, n)
	}
	return out
}

// dimension lists the values of one dimension of a matrix, without those that exclude names.
func dimension(j *job, name string) []*yaml.Node {
	_, strategy := get(j.node, "strategy")
	_, matrix := get(strategy, "matrix")
	of := func(part string) (values []*yaml.Node) {
		if _, list := get(matrix, part); list != nil && list.Kind == yaml.SequenceNode {
			for _, entry := range list.Content {
				_, v := getFold(entry, name)
				values = append(values, scalars(v)...)
			}
		}
		return values
	}
	_, plain := getFold(matrix, name)
	excluded := of("exclude")
	out := slices.DeleteFunc(scalars(plain), func(n *yaml.Node) bool {
		return slices.ContainsFunc(excluded, func(x *yaml.Node) bool { return x.Value == n.Value })
	})
	return append(out, of("include")...)
}

func timeout(p *pass) {
	for _, j := range p.jobs {
		if key, _ := get(j.node, "timeout-minutes"); p.action || j.uses != nil || key != nil {
			continue
		}
		p.reportAt(j.key, finding{fmt.Sprintf("the job %s has no timeout, and may hang for six hours", q(j.id)), "timeout-minutes: a little more than it needs", "add it to the job"})
	}
}
