package script

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// operated applies ${name/a/b} and ${name<operator>word}.
func (r *reader) operated(sc *scope, p *syntax.ParamExp, name string, alts []list, set bool) []list {
	if p.Exp != nil {
		switch p.Exp.Op {
		case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull:
			return r.withDefault(sc, p, name, alts, set)
		case syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
			return r.addAlt(lists(r.word(sc, p.Exp.Word)), list{""})
		case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
			return alts
		}
	}
	var out []list
	for _, l := range alts {
		words := make(list, len(l))
		for i, t := range l {
			words[i] = r.operate(sc, p, name, t)
		}
		out = r.addAlt(out, words)
	}
	return out
}

func (r *reader) withDefault(sc *scope, p *syntax.ParamExp, name string, alts []list, set bool) []list {
	words := r.word(sc, p.Exp.Word)
	if p.Exp.Op == syntax.AssignUnset || p.Exp.Op == syntax.AssignUnsetOrNull {
		r.set(sc, name, lists(words), false)
	}
	alts = slices.Clone(alts)
	if !set { // nothing of the spec or the script sets it; something may
		for i, l := range alts {
			alts[i] = list{r.mapHoles(l[0], func(x hole) hole { x.fallback = true; return x })}
		}
	}
	for _, w := range words {
		alts = r.addAlt(alts, list{w})
	}
	return alts
}

func lists(texts []string) []list {
	out := make([]list, len(texts))
	for i, t := range texts {
		out[i] = list{t}
	}
	return out
}

// maxTrimmed bounds a text that a pattern is matched with at every place.
const maxTrimmed = 1024

// operate applies one operator to one text; what cannot be computed is a hole that comes from it.
func (r *reader) operate(sc *scope, p *syntax.ParamExp, name, t string) string {
	if p.Repl != nil {
		return r.replaced(sc, p, name, t)
	}
	if p.Exp.Op == syntax.OtherParamOps {
		return r.transformed(sc, p, name, t)
	}
	arg := r.pattern(sc, p.Exp.Word)
	simple := literal(arg) && !strings.ContainsAny(arg, `[\`) && plainPattern(p.Exp.Word) && len(t) <= maxTrimmed
	switch op := p.Exp.Op; {
	case op == syntax.UpperAll && literal(t) && arg == "":
		return strings.ToUpper(t)
	case op == syntax.LowerAll && literal(t) && arg == "":
		return strings.ToLower(t)
	case op == syntax.RemSmallPrefix && simple, op == syntax.RemLargePrefix && simple:
		if literal(t) || !strings.ContainsAny(arg, "*?[") {
			return r.trim(t, arg, true, op == syntax.RemLargePrefix)
		}
	case op == syntax.RemSmallSuffix && simple, op == syntax.RemLargeSuffix && simple:
		if literal(t) || !strings.ContainsAny(arg, "*?[") {
			return r.trim(t, arg, false, op == syntax.RemLargeSuffix)
		}
	}
	return r.derived("${"+name+"…}", ordinary, 0, t)
}

// transformed is ${name@operator}: P runs what is in the text, E decodes it.
func (r *reader) transformed(sc *scope, p *syntax.ParamExp, name, t string) string {
	switch op := p.Exp.Word.Lit(); {
	case op == "P":
		r.code(sc, ": \""+t+"\"", sc.at(int(p.Pos().Offset())), code{by: "${" + name + "@P}", same: true})
	case op == "U" && literal(t):
		return strings.ToUpper(t)
	case op == "L" && literal(t):
		return strings.ToLower(t)
	}
	return r.derived("${"+name+"@…}", decoded, 0, t)
}

// plainPattern says that a pattern is what path.Match takes it for: without classes, and without quotes before * and ?.
func plainPattern(w *syntax.Word) bool {
	plain := true
	if w == nil {
		return plain
	}
	syntax.Walk(w, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Lit:
			plain = plain && !strings.ContainsAny(n.Value, "\\[(")
		case *syntax.SglQuoted:
			plain = plain && !strings.ContainsAny(n.Value, `\*?[`)
		case *syntax.DblQuoted:
			for _, part := range n.Parts {
				lit, ok := part.(*syntax.Lit)
				plain = plain && ok && !strings.ContainsAny(lit.Value, `\*?[`)
			}
			return false
		}
		return plain
	})
	return plain
}

// pattern returns an operator's word; several values are none that is known.
func (r *reader) pattern(sc *scope, w *syntax.Word) string {
	texts := r.word(sc, w)
	if len(texts) != 1 {
		return r.text(hole{show: "$(…)"})
	}
	return texts[0]
}

func (r *reader) replaced(sc *scope, p *syntax.ParamExp, name, t string) string {
	from, to := r.pattern(sc, p.Repl.Orig), r.pattern(sc, p.Repl.With)
	if from == "" {
		return t
	}
	if !literal(t) || !literal(from) || strings.ContainsAny(from, `*?[\`) || strings.ContainsAny(to, `&\`) || strings.ContainsAny(from[:1], "#%") {
		out := r.derived("${"+name+"/…}", ordinary, 0, t, to)
		if allowsRE.MatchString(from) {
			out = r.computed(out)
		}
		return out
	}
	n := 1
	if p.Repl.All {
		n = -1
	}
	return strings.Replace(t, from, to, n)
}

// trim removes the shortest or longest beginning (or end) that matches a pattern.
func (r *reader) trim(t, pattern string, prefix, longest bool) string {
	switch {
	case strings.ContainsAny(pattern, "*?"):
		r.steps += len(t) // a pattern at every place takes its time
	case prefix:
		return strings.TrimPrefix(t, pattern)
	default:
		return strings.TrimSuffix(t, pattern)
	}
	best := -1
	for i := range len(t) + 1 {
		part := t[:i]
		if !prefix {
			part = t[len(t)-i:]
		}
		if matches(pattern, part) {
			if best = i; !longest {
				break
			}
		}
	}
	switch {
	case best < 0:
		return t
	case prefix:
		return t[best:]
	}
	return t[:len(t)-best]
}

// matches reports whether a whole text matches a pattern, whose * matches slashes too.
func matches(pattern, t string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", "\x01"), strings.ReplaceAll(t, "/", "\x01"))
	return ok && err == nil
}
