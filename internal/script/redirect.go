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
			sc = r.reads(sc, d, appended(r.word(sc, d.Word), "\n"), origins([]*syntax.Word{d.Word}))
		case syntax.RdrIn, syntax.RdrInOut:
			sc = r.readsFrom(sc, d)
		case syntax.DplIn:
			sc = r.readsDescriptor(sc, d)
		default:
			r.writesTo(sc, s, d, at)
		}
	}
	return sc
}

// reads sets what a command reads: on its standard input, or on a descriptor with another number, which is a file.
func (r *reader) reads(sc *scope, d *syntax.Redirect, texts []string, origins map[string]int) *scope {
	if d.N != nil && d.N.Value != "0" {
		for _, t := range texts {
			r.keep(sc, "/dev/fd/"+d.N.Value, t, sc.here)
		}
		return sc
	}
	return sc.with(func(n *scope) {
		n.stdin = func() []string { return texts }
		if origins != nil {
			n.origins = origins
		}
	})
}

// readsDescriptor is <&N.
func (r *reader) readsDescriptor(sc *scope, d *syntax.Redirect) *scope {
	for _, n := range r.word(sc, d.Word) {
		if texts, ok := r.content("/dev/fd/" + n); ok {
			return r.reads(sc, d, texts, nil)
		}
	}
	if d.N != nil && d.N.Value != "0" {
		return sc
	}
	return sc.with(func(n *scope) { n.stdin = r.unread("a file descriptor") })
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
		return r.reads(sc, d, []string{""}, nil)
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
	var at map[string]int
	if lit != nil && len(texts) == 1 && texts[0] == lit.Value {
		at = map[string]int{lit.Value: int(lit.ValuePos.Offset())}
	}
	return r.reads(sc, d, texts, at)
}

// readsFrom is < path: what the script has written there, or a file of the platform.
func (r *reader) readsFrom(sc *scope, d *syntax.Redirect) *scope {
	var texts []string
	for _, p := range r.word(sc, d.Word) {
		r.connects(sc, p)
		if content, ok := r.content(p); ok {
			texts = append(texts, content...)
			continue
		}
		texts = append(texts, r.fileText(p))
	}
	return r.reads(sc, d, texts, nil)
}

// fileText stands for what a file holds that the script does not write.
func (r *reader) fileText(name string) string {
	known := literal(name) || r.globbed(name)
	k := r.kindOf(name)
	if !known {
		k = max(k, outside)
	}
	if judged(base(name)) && (!strings.Contains(name, "/") || strings.Contains(name, "bin/")) || r.globbed(name) && strings.Contains(name, "bin/") {
		known, k = false, decoded // a program
	}
	return r.text(hole{show: "$(<" + r.print(name) + ")", kind: k, many: true, file: known})
}

// writesTo notes the paths of > and its kin, and what is written there.
func (r *reader) writesTo(sc *scope, s *syntax.Stmt, d *syntax.Redirect, at int) {
	for _, p := range r.word(sc, d.Word) {
		if d.Op == syntax.DplOut && (p == "-" || strings.Trim(p, "0123456789") == "") || strings.HasPrefix(p, "/dev/") {
			r.connects(sc, p)
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
	r.hands(name, content, at)
	if !slices.Contains(r.now.files[name], content) && len(r.now.files[name]) < maxAlts {
		r.now.files[name] = append(r.now.files[name], content)
	}
	r.kept[name] = at
	addText(r.now.named, base(name), name)
	r.fileMeans(sc, name, content, at)
}

// content returns what the script writes to a file; ok is false where it does not.
func (r *reader) content(name string) (texts []string, ok bool) {
	if clean(name) == "/dev/null" {
		return []string{""}, true
	}
	texts, ok = r.known().files[clean(name)]
	return texts, ok
}

func clean(name string) string {
	if name == "" {
		return ""
	}
	name = path.Clean(name)
	if number, ok := strings.CutPrefix(name, "/proc/self/fd/"); ok {
		name = "/dev/fd/" + number
	}
	if name == "/dev/fd/0" {
		return standardInput
	}
	return name
}

// standardInput is the file of that name.
const standardInput = "/dev/stdin"

// input returns what a command reads on its standard input; ok is false where nothing is known to be there.
func (r *reader) input(sc *scope) (texts []string, ok bool) {
	texts, ok = r.content(standardInput) // by exec
	if sc.stdin != nil {
		texts, ok = slices.Concat(sc.stdin(), texts), true
	}
	return texts, ok
}

// connects is bash's own way to the network. Whether a machine of one's own listens is an honest question.
func (r *reader) connects(sc *scope, name string) {
	for _, protocol := range []string{"/dev/tcp/", "/dev/udp/"} {
		if address, ok := strings.CutPrefix(name, protocol); ok && !local(address) {
			r.opaque(sc, sc.here, "bash connects to "+r.print(address))
		}
	}
}

// local says that an address, whatever stands behind its host, is one of the machine itself.
func local(address string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(address, "["), "/")
	host, _, _ = strings.Cut(host, ":")
	return host == "localhost" || host == "" || strings.HasPrefix(host, "127.") || host == "0.0.0.0"
}
