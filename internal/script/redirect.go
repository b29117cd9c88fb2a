package script

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// redirected follows the redirections of a statement and returns the scope of its command.
func (r *reader) redirected(sc *scope, s *syntax.Stmt) *scope {
	for _, d := range s.Redirs {
		at := sc.at(int(d.Pos().Offset()))
		switch d.Op {
		case syntax.Hdoc, syntax.DashHdoc:
			sc = r.hereDocument(sc, d)
		case syntax.WordHdoc:
			texts := r.word(sc, d.Word)
			sc = sc.with(func(n *scope) {
				n.stdin = func() []string { return appended(texts, "\n") }
				n.origins = origins([]*syntax.Word{d.Word})
			})
		case syntax.RdrIn, syntax.RdrInOut:
			sc = r.readsFrom(sc, r.word(sc, d.Word))
		case syntax.DplIn:
			r.word(sc, d.Word)
			sc = sc.with(func(n *scope) { n.stdin = r.unread("a file descriptor") })
		default:
			r.writesTo(sc, s, d, at)
		}
	}
	return sc
}

func appended(texts []string, end string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = t + end
	}
	return out
}

// unread is an input that is somewhere, but not in the script.
func (r *reader) unread(show string) input {
	return func() []string { return []string{r.text(hole{show: show, kind: outside, many: true})} }
}

func (r *reader) hereDocument(sc *scope, d *syntax.Redirect) *scope {
	if d.Hdoc == nil {
		return sc.with(func(n *scope) { n.stdin = func() []string { return []string{""} } })
	}
	var texts []string
	lit, quoted := (*syntax.Lit)(nil), d.Word.Lit() == "" || strings.Contains(d.Word.Lit(), `\`)
	if len(d.Hdoc.Parts) == 1 {
		lit, _ = d.Hdoc.Parts[0].(*syntax.Lit)
	}
	if quoted && lit != nil {
		texts = []string{lit.Value}
	} else {
		texts = r.joined(sc, d.Hdoc.Parts, mode{quoted: true, hdoc: true})
	}
	if d.Op == syntax.DashHdoc {
		for i, t := range texts {
			texts[i] = strings.TrimLeft(strings.ReplaceAll(t, "\n\t", "\n"), "\t")
		}
	}
	return sc.with(func(n *scope) {
		n.stdin = func() []string { return texts }
		if lit != nil && len(texts) == 1 && texts[0] == lit.Value {
			n.origins = map[string]int{lit.Value: int(lit.ValuePos.Offset())}
		}
	})
}

// readsFrom is < path: what the script has written there, or a file of the platform.
func (r *reader) readsFrom(sc *scope, paths []string) *scope {
	var texts []string
	for _, p := range paths {
		if content, ok := r.content(p); ok {
			texts = append(texts, content...)
			continue
		}
		texts = append(texts, r.fileText(p))
	}
	return sc.with(func(n *scope) { n.stdin = func() []string { return texts } })
}

// fileText stands for what a file holds that the script does not write.
func (r *reader) fileText(name string) string {
	known := literal(name) || r.globbed(name)
	k := r.kindOf(name)
	if !known {
		k = max(k, outside)
	}
	return r.text(hole{show: "$(<" + r.print(name) + ")", kind: k, many: true, file: known})
}

// writesTo notes the paths of > and its kin, and what is written there.
func (r *reader) writesTo(sc *scope, s *syntax.Stmt, d *syntax.Redirect, at int) {
	for _, p := range r.word(sc, d.Word) {
		if d.Op == syntax.DplOut && (p == "-" || strings.Trim(p, "0123456789") == "") || strings.HasPrefix(p, "/dev/") {
			continue
		}
		r.wrote(">", p, at)
		if d.N != nil && d.N.Value != "1" {
			continue
		}
		bare := *s
		bare.Redirs = slices.DeleteFunc(slices.Clone(s.Redirs), func(o *syntax.Redirect) bool { return o == d })
		for _, t := range r.later(func() []string { return r.output(sc, &bare) })() {
			r.keep(sc, p, t, at)
		}
	}
}

// keep remembers what the script writes to a file.
func (r *reader) keep(sc *scope, name, content string, at int) {
	if r.silent > 0 || len(content) > maxText {
		return
	}
	name = clean(name)
	if !slices.Contains(r.now.files[name], content) && len(r.now.files[name]) < maxAlts {
		r.now.files[name] = append(r.now.files[name], content)
	}
	if strings.Contains(name, ".git/hooks/") || strings.HasPrefix(name, "hooks/") {
		r.code(sc, content, at, code{by: "a hook of git"})
	}
}

// content returns what the script writes to a file; ok is false where it does not.
func (r *reader) content(name string) (texts []string, ok bool) {
	texts, ok = r.known().files[clean(name)]
	return texts, ok
}

func clean(name string) string {
	if name == "" {
		return ""
	}
	return path.Clean(name)
}
