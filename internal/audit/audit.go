// Package audit judges workflow and action files that may be anybody's, without a spec.
//
// In: files as bytes, and the lock. Out: findings, and the edits that mend those
// which can be mended without a decision. It shares refs, expressions, the
// reading of scripts and the findings with the compiler, and neither the
// renderer nor the plan: what tasc generates is judged as if somebody had
// written it. Whatever a file holds becomes a finding and never a failure. A
// rule reports only through its pass and changes nothing. To add one, add a line
// to Rules, its body to rule_<family>.go, and testdata/<id>.txtar.
package audit

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/parallel"
)

// File is one file as its user names it, with forward slashes.
type File struct {
	Name string
	Data []byte
}

// Result is what there is to say of one file.
type Result struct {
	Findings []diag.Diagnostic
	// Fixed is the whole file with what can be mended mended, nil where nothing can.
	Fixed []byte
}

// Run judges files, each on its own, in their order.
func Run(files []File, lk *lock.Lock) []Result {
	out := make([]Result, len(files))
	parallel.Do(len(files), func(i int) { out[i] = Judge(files[i], lk) })
	return out
}

// Judge applies every rule to one file. The lock says what pins stand for; it may be empty.
func Judge(f File, lk *lock.Lock) Result {
	d, found := read(f)
	if len(found) > 0 {
		return Result{Findings: found}
	}
	p := &pass{document: d, lock: lk, texts: d.follow(d.untrusted), code: d.follow(ofStranger)}
	for _, r := range Rules {
		p.rule = r.ID
		r.run(p)
	}
	return Result{Findings: diag.Sort(p.found), Fixed: p.fixed()}
}

// pass is what a rule sees of one file, and where it reports.
type pass struct {
	*document
	lock *lock.Lock
	// texts follows what others write, code what names commits and branches of strangers.
	texts, code *flow
	rule        string
	used        []use // what uses returns, nil until it is asked
	found       []diag.Diagnostic
	edits       []edit
}

// finding is a diagnostic without its rule and place.
type finding struct{ message, expected, fix string }

func (p *pass) report(at diag.Pos, f finding) {
	p.found = append(p.found, diag.Diagnostic{Rule: p.rule, Pos: at, Message: f.message, Expected: f.expected, Fix: f.fix})
}

// reportAt reports at a node.
func (p *pass) reportAt(n *yaml.Node, f finding) { p.report(p.pos(n), f) }

func q(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// anyOf tells whether a list holds a text.
func anyOf(s string, list ...string) bool { return slices.Contains(list, s) }
