package script

import (
	"slices"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// piece is a bit of a word on its way to fields: a text, or a break between two fields.
type piece struct {
	text  string
	brk   bool
	solid bool // quoted: it makes a field even if it is empty
}

// pieces is one alternative of a word's part.
type pieces []piece

// mode says what surrounds a part of a word.
type mode struct {
	split  bool // unquoted values fall into fields
	quoted bool
	hdoc   bool
}

// fields returns every list of arguments that words may stand for.
func (r *reader) fields(sc *scope, words []*syntax.Word) []list {
	alts := []list{{}}
	for _, w := range words {
		for _, one := range r.braces(w) {
			alts = r.product(alts, r.expand(sc, one))
		}
	}
	return alts
}

// product appends each tail to each head, or one tail for all where that would be too many.
func (r *reader) product(heads, tails []list) []list {
	if len(heads)*len(tails) > maxAlts {
		tails = []list{r.widen(tails)}
	}
	if len(heads) == 1 && len(tails) == 1 { // heads are the caller's own: many words take no copy each
		return []list{append(heads[0], tails[0]...)}
	}
	var out []list
	for _, h := range heads {
		for _, t := range tails {
			out = append(out, slices.Concat(h, t))
		}
	}
	return out
}

// expand returns the fields that one word without braces may stand for.
func (r *reader) expand(sc *scope, w *syntax.Word) []list {
	var out []list
	for _, p := range r.parts(sc, w.Parts, mode{split: true}) {
		out = r.addAlt(out, p.fields())
	}
	return out
}

// word returns the texts that a word may stand for where nothing is split: in assignments, redirections, here-strings.
func (r *reader) word(sc *scope, w *syntax.Word) []string {
	if w == nil {
		return []string{""}
	}
	return r.joined(sc, w.Parts, mode{})
}

func (r *reader) joined(sc *scope, parts []syntax.WordPart, m mode) []string {
	var out []list
	for _, p := range r.parts(sc, parts, m) {
		out = r.addAlt(out, list{strings.Join(p.fields(), " ")})
	}
	return flat(out)
}

func flat(alts []list) []string {
	out := make([]string, len(alts))
	for i, l := range alts {
		out[i] = strings.Join(l, " ")
	}
	return out
}

// fields joins what no break divides.
func (p pieces) fields() list {
	var out list
	cur, open := "", false
	for _, x := range p {
		switch {
		case x.brk && open:
			out, cur, open = append(out, cur), "", false
		case !x.brk:
			cur, open = cur+x.text, open || x.solid || x.text != ""
		}
	}
	if open {
		out = append(out, cur)
	}
	return out
}

// parts returns the alternatives of several parts, one after the other.
func (r *reader) parts(sc *scope, parts []syntax.WordPart, m mode) []pieces {
	alts := []pieces{nil}
	for _, part := range parts {
		if !r.step() {
			return []pieces{{{text: r.text(hole{show: "…", kind: decoded})}}}
		}
		next := r.part(sc, part, m)
		if len(alts)*len(next) > maxAlts {
			next = []pieces{r.some(next)}
		}
		var out []pieces
		for _, a := range alts {
			for _, n := range next {
				out = append(out, slices.Concat(a, n))
			}
		}
		if alts = out; size(alts) > maxText {
			alts = []pieces{r.some(alts)}
		}
	}
	return alts
}

func size(alts []pieces) int {
	n := 0
	for _, a := range alts {
		for _, x := range a {
			n += len(x.text)
		}
	}
	return n
}

// bound keeps a text from growing without end.
func (r *reader) bound(text string) string {
	if len(text) <= maxText {
		return text
	}
	return r.text(hole{show: "$(…)", kind: r.kindOf(text), many: true})
}

// some is a hole in the place of too many alternatives.
func (r *reader) some(alts []pieces) pieces {
	k, solid := ordinary, false
	for _, a := range alts {
		for _, x := range a {
			k, solid = max(k, r.kindOf(x.text)), solid || x.solid
		}
	}
	return pieces{{text: r.text(hole{show: "$(…)", kind: k, site: -1, many: !solid}), solid: solid}}
}

func (r *reader) part(sc *scope, part syntax.WordPart, m mode) []pieces {
	switch p := part.(type) {
	case *syntax.Lit:
		return []pieces{{{text: r.lit(p.Value, m)}}}
	case *syntax.SglQuoted:
		if p.Dollar {
			return []pieces{{{text: ansiC(p.Value), solid: true}}}
		}
		return []pieces{{{text: p.Value, solid: true}}}
	case *syntax.DblQuoted:
		return r.quoted(sc, p, m)
	case *syntax.ParamExp:
		return r.param(sc, p, m)
	case *syntax.CmdSubst:
		return r.values(r.substitute(sc, p), m)
	case *syntax.ArithmExp:
		r.inside(sc, p)
		return []pieces{{{text: r.text(hole{show: "$((…))"})}}}
	case *syntax.ProcSubst:
		return []pieces{{{text: r.process(sc, p)}}}
	case *syntax.ExtGlob:
		return []pieces{{{text: r.text(hole{show: p.Op.String() + p.Pattern.Value + ")", glob: true})}}}
	}
	return []pieces{{{text: r.text(hole{show: "…", kind: outside})}}}
}

func (r *reader) quoted(sc *scope, p *syntax.DblQuoted, m mode) []pieces {
	out := r.parts(sc, p.Parts, mode{quoted: true, hdoc: m.hdoc})
	if len(p.Parts) == 0 {
		return []pieces{{{solid: true}}}
	}
	return out
}

// lit removes the backslashes of a literal as its surroundings demand, and makes patterns of file names holes.
func (r *reader) lit(s string, m mode) string {
	if !strings.ContainsAny(s, "\\*?[") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			i++
			switch {
			case s[i] == '\n':
			case m.hdoc && !strings.ContainsRune("$`\\", rune(s[i])), m.quoted && !strings.ContainsRune("$`\\\"", rune(s[i])):
				b.WriteString(s[i-1 : i+1])
			default:
				b.WriteByte(s[i])
			}
		case m.split && !m.quoted && isPattern(s, i):
			b.WriteString(r.text(hole{show: string(c), glob: true}))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// isPattern says that the byte at i begins a pattern of file names.
func isPattern(s string, i int) bool {
	return s[i] == '*' || s[i] == '?' || s[i] == '[' && strings.Contains(s[i:], "]")
}

func (r *reader) glob(s string) string {
	if !strings.ContainsAny(s, "*?[") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if isPattern(s, i) {
			b.WriteString(r.text(hole{show: s[i : i+1], glob: true}))
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// values makes pieces of the values of an expansion.
func (r *reader) values(texts []string, m mode) []pieces {
	var out []pieces
	for _, t := range texts {
		switch {
		case m.quoted || !m.split:
			out = append(out, pieces{{text: t, solid: m.quoted}})
		default:
			for _, seps := range r.separators() {
				out = append(out, r.split(t, seps))
			}
		}
	}
	return out
}

const blanks = " \t\n"

// separators are the sets that IFS may be.
func (r *reader) separators() []string {
	sets := []string{blanks}
	given := ""
	for _, l := range r.known().vars["IFS"] {
		given += strings.Join(l, "")
	}
	if strings.Trim(given, blanks) != "" {
		sets = append(sets, given)
	}
	return sets
}

// split breaks an unquoted value into fields.
func (r *reader) split(t, seps string) pieces {
	var out pieces
	for t != "" {
		i := strings.IndexAny(t, seps)
		if i < 0 {
			i = len(t)
		}
		if i > 0 {
			out = append(out, piece{text: r.glob(r.spread(t[:i]))})
		}
		if i == len(t) {
			break
		}
		_, n := utf8.DecodeRuneInString(t[i:])
		out, t = append(out, piece{brk: true}), t[i+n:]
	}
	return out
}
