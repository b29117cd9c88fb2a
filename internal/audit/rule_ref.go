package audit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/ref"
)

const wantCommit = "a commit of 40 hex digits"

// use is what stands behind uses, and what it names or why it names nothing.
type use struct {
	node *yaml.Node
	ref.Uses
	err error
}

// uses lists those of steps and jobs.
func (p *pass) uses() []use {
	if p.used != nil {
		return p.used
	}
	for _, j := range p.jobs {
		if j.uses != nil {
			u, err := ref.ParseUses(strings.TrimSpace(text(j.uses)))
			p.used = append(p.used, use{j.uses, u, err})
		}
		for _, s := range j.steps {
			if s.uses != nil {
				p.used = append(p.used, use{s.uses, s.action, s.refused})
			}
		}
	}
	return p.used
}

func actionRef(p *pass) {
	for _, u := range p.uses() {
		n, err := u.node, u.err
		if n.Kind != yaml.ScalarNode || err == nil && (u.Form != "action" || ref.Classify(u.Ref) == ref.Commit) {
			continue
		}
		f := finding{expected: wantCommit + " behind @, and the release as a comment behind it", fix: "write the commit that the release stands for"}
		switch kind := ref.Classify(u.Ref); {
		case err != nil && strings.Contains(n.Value, "${{"):
			f.message = fmt.Sprintf("%s: an expression decides what runs", q(n.Value))
		case err != nil:
			f.message = "uses: " + err.Error()
		case kind == ref.Version || kind == ref.MovingTag:
			f.message = fmt.Sprintf("%s: the ref %s is %s", q(n.Value), q(u.Ref), tagKind(kind))
		default:
			f.message = fmt.Sprintf("%s: the ref %s is %s", q(n.Value), q(u.Ref), kind)
		}
		if a, ok := p.lock.Action(u.Repository + "@" + u.Ref); ok && err == nil && p.pin(n, u.Uses, a) {
			f.fix = "tasc audit --fix writes the commit that " + p.lock.Name + " holds"
		}
		p.reportAt(n, f)
	}
}

func tagKind(k ref.Kind) string {
	if k == ref.Version {
		return "a tag, which its owner can move"
	}
	return k.String()
}

// pin replaces the ref of a uses by a commit, with the ref as a comment where none stands; false where
// the ref does not stand in the file as it is read, or no comment can stand behind it.
func (p *pass) pin(n *yaml.Node, u ref.Uses, a lock.Action) bool {
	at := p.source(n, strings.LastIndexByte(n.Value, '@')+1)
	if at < 0 || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || !bytes.HasPrefix(p.data[at:], []byte(u.Ref)) {
		return false
	}
	end := at + len(u.Ref)
	p.edits = append(p.edits, edit{at, end, a.Commit})
	if end < len(p.data) && (p.data[end] == '\'' || p.data[end] == '"') {
		end++
	}
	rest := string(p.data[end:p.lineEnd(p.at(end).Line-1)])
	if strings.TrimSpace(rest) == "" {
		p.edits = append(p.edits, edit{end, end, " # " + u.Ref})
	}
	return true
}

// actionComment compares the comment behind a pin with the lock, which alone knows what a commit is.
func actionComment(p *pass) {
	if len(p.lock.Actions) == 0 {
		return
	}
	for _, u := range p.uses() {
		n := u.node
		said := comment(n)
		if u.err != nil || u.Form != "action" || ref.Classify(u.Ref) != ref.Commit || said == "" {
			continue
		}
		for _, known := range p.releases(u.Repository) {
			if (known.release == said) == (known.commit == u.Ref) {
				continue
			}
			p.found = append(p.found, diag.Diagnostic{Rule: p.rule, Pos: p.commentPos(n),
				Message:  fmt.Sprintf("the comment says %s, and %s has %s for %s", q(said), p.lock.Name, known.commit, q(known.release)),
				Expected: "the release that the commit is", Fix: "correct the commit or the comment: one of the two is not what a reader believes",
				Notes: []diag.Note{{Pos: known.pos, Message: "the lock's entry"}}})
			break
		}
	}
}

// release is what the lock knows of a repository.
type release struct {
	release, commit string
	pos             diag.Pos
}

func (p *pass) releases(repository string) []release {
	var out []release
	for _, a := range p.lock.Actions {
		if owner, name, _ := strings.Cut(a.Key, "@"); strings.EqualFold(owner, repository) {
			out = append(out, release{name, a.Commit, a.Pos})
		}
	}
	return out
}

// comment is the first word behind the # on a scalar's line, if it looks like a release.
func comment(n *yaml.Node) string {
	word, _, _ := strings.Cut(strings.TrimSpace(strings.TrimLeft(n.LineComment, "# ")), " ")
	if kind := ref.Classify(word); kind == ref.Version || kind == ref.MovingTag {
		return word
	}
	return ""
}

func (p *pass) commentPos(n *yaml.Node) diag.Pos {
	at := p.offset(n)
	if at < 0 {
		return p.pos(n)
	}
	line := string(p.data[at:p.lineEnd(p.at(at).Line-1)])
	if i := strings.Index(line, " #"); i >= 0 {
		return p.at(at + i + 1)
	}
	return p.pos(n)
}

func imageRef(p *pass) {
	for _, n := range p.images() {
		image := strings.TrimPrefix(text(n.node), "docker://")
		if image == "" || ref.IsDigest(image) || ofPinned(n.job, image) {
			continue
		}
		message := fmt.Sprintf("the image %s is not named by digest", q(image))
		if strings.Contains(image, "${{") {
			message = fmt.Sprintf("an expression decides which image runs: %s", q(image))
		}
		p.reportAt(n.node, finding{message, "name@sha256:<64 hex digits>", "resolve the tag and write the digest"})
	}
}

// ofPinned tells whether an image is a value of the job's matrix, all of which are named by digest.
func ofPinned(j *job, image string) bool {
	list := expressions(image)
	if len(list) != 1 || list[0].end-list[0].start != len(image) {
		return false
	}
	var values []*yaml.Node
	for _, path := range contexts(list[0]) {
		name, ok := strings.CutPrefix(path, "matrix.")
		if !ok {
			return false
		}
		values = append(values, dimension(j, name)...)
	}
	return len(values) > 0 && !slices.ContainsFunc(values, func(n *yaml.Node) bool { return n.Value != "" && !ref.IsDigest(n.Value) })
}

// image is what names one, and its job.
type image struct {
	node *yaml.Node
	job  *job
}

// images lists those of jobs, services, steps and docker actions.
func (p *pass) images() []image {
	var out []image
	add := func(n *yaml.Node, j *job) {
		if n != nil && n.Kind == yaml.MappingNode {
			_, n = get(n, "image")
		}
		if n != nil && n.Kind == yaml.ScalarNode {
			out = append(out, image{n, j})
		}
	}
	for _, j := range p.jobs {
		_, container := get(j.node, "container")
		add(container, j)
		_, services := get(j.node, "services")
		for _, f := range fields(services) {
			add(f.value, j)
		}
		for _, s := range j.steps {
			if strings.HasPrefix(text(s.uses), "docker://") {
				add(s.uses, j)
			}
		}
		if _, image := get(j.node, "image"); p.action && strings.HasPrefix(text(image), "docker://") {
			add(image, j)
		}
	}
	return out
}

// checkoutRef looks at actions/checkout: with a repository it fetches whatever ref it is told, and
// with none of it the default branch. An expression is a rule of its own where it names untrusted code.
func checkoutRef(p *pass) {
	for _, s := range p.steps() {
		if !s.checkout() {
			continue
		}
		at, repository := s.input("ref"), text(s.input("repository"))
		elsewhere := repository != "" && sole(s.input("repository")) != "github.repository"
		kind := ref.Classify(text(at))
		switch {
		case kind == ref.Commit || kind == ref.Expression, kind == ref.Empty && !elsewhere:
		case kind == ref.Empty:
			p.reportAt(s.uses, finding{fmt.Sprintf("this checkout of %s names no ref, so it takes a branch", q(repository)), "with: ref: " + wantCommit, "add the commit"})
		default:
			p.reportAt(at, finding{fmt.Sprintf("this checkout's ref %s is %s", q(text(at)), tagKind(kind)), wantCommit, "write the commit, or leave ref out to take the commit of the run"})
		}
	}
}
