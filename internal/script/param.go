package script

import (
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// machine are variables that GitHub, the runner's machine or bash itself sets, to values that hold no code.
var machine = []string{"CI", "CORRELATION_ID", "ENGINE_JOB", "ENGINE_NAME", "ENGINE_REF", "EPOCHSECONDS", "EUID", "FUNCNAME", "GH_TOKEN", "HOME", "HOSTNAME", "HOSTTYPE",
	"LANG", "LINENO", "MACHTYPE", "OLDPWD", "OSTYPE", "PATH", "PIPESTATUS", "PPID", "PWD", "RANDOM", "RESULT_FILE", "RUN_DATE", "SECONDS", "SHELL", "SHLVL",
	"TARGET_REPO", "TELEMETRY_REPO", "TMPDIR", "UID", "USER"}

// machineFor says whether name is one of them. Names of branches are chosen by people, and those of actors too.
func machineFor(name string) bool {
	switch name {
	case "GITHUB_HEAD_REF", "GITHUB_REF_NAME", "GITHUB_REF", "GITHUB_BASE_REF":
		return false
	}
	return slices.Contains(machine, name) || strings.HasPrefix(name, "GITHUB_") || strings.HasPrefix(name, "RUNNER_") ||
		strings.HasPrefix(name, "BASH") || strings.HasSuffix(name, "_HOME")
}

// lookup returns the values that a variable may have; set is false where the script does not give it one.
func (r *reader) lookup(name string) (alts []list, set bool) {
	alts = r.known().vars[name]
	for _, target := range r.known().refs[name] {
		for _, l := range r.known().vars[target] {
			alts = r.addAlt(slices.Clip(alts), l)
		}
	}
	if v, ok := r.env.Known[name]; ok {
		alts = r.addAlt(slices.Clip(alts), list{v})
	}
	switch {
	case slices.Contains(r.env.Given, name):
		return r.addAlt(slices.Clip(alts), list{r.text(hole{show: "$" + name, vars: name, kind: outside})}), true
	case len(alts) > 0:
		return alts, true
	case name == "IFS":
		return []list{{blanks}}, true
	case machineFor(name):
		return []list{{r.text(hole{show: "$" + name, vars: name})}}, false
	}
	return []list{{r.text(hole{show: "$" + name, vars: name, kind: outside})}}, false
}

// param expands $name, ${name…} and the positional parameters.
func (r *reader) param(sc *scope, p *syntax.ParamExp, m mode) []pieces {
	if p.Param == nil {
		return r.values([]string{r.text(hole{show: "${…}", kind: outside})}, m)
	}
	r.paramInside(sc, p)
	name := p.Param.Value
	alts, set, each := r.parameter(sc, p, name)
	if p.Length {
		alts, each = []list{{r.text(hole{show: "${#" + name + "}"})}}, false
	}
	if p.Slice != nil {
		alts = r.sliced(p.Slice, name, alts, each)
	}
	if p.Repl != nil || p.Exp != nil {
		alts = r.operated(sc, p, name, alts, set)
	}
	if !each {
		return r.values(r.joins(p, alts), m)
	}
	var out []pieces
	for _, l := range alts {
		out = append(out, r.elementwise(l, m))
	}
	return out
}

// joins makes one text of each list: with a blank, or for $* and ${name[*]} with what IFS may begin with.
func (r *reader) joins(p *syntax.ParamExp, alts []list) []string {
	index, _ := p.Index.(*syntax.Word)
	if p.Length || p.Param.Value != "*" && (index == nil || index.Lit() != "*") {
		return flat(alts)
	}
	var out []list
	for _, ifs := range append([]list{{" "}}, r.known().vars["IFS"]...) {
		sep := ""
		for _, c := range strings.Join(ifs, "") {
			sep = string(c)
			break
		}
		for _, l := range alts {
			out = r.addAlt(out, list{strings.Join(l, sep)})
		}
	}
	return flat(out)
}

// elementwise makes a field of each element, as "$@" does.
func (r *reader) elementwise(l list, m mode) pieces {
	var out pieces
	for i, t := range l {
		if i > 0 && (m.quoted || m.split) {
			out = append(out, piece{brk: true})
		} else if i > 0 {
			out = append(out, piece{text: " "})
		}
		out = append(out, r.values([]string{t}, m)[0]...)
	}
	return out
}

// parameter returns the values behind a name and an index; each says that they are fields of their own.
func (r *reader) parameter(sc *scope, p *syntax.ParamExp, name string) (alts []list, set, each bool) {
	switch {
	case name == "@" || name == "*":
		return sc.args.alts, true, name == "@"
	case name == "0" && sc.zero != "":
		return []list{{sc.zero}}, true, false
	case strings.Contains("?$!#-0_", name):
		return []list{{r.text(hole{show: "$" + name})}}, true, false
	case name[0] >= '0' && name[0] <= '9':
		n, err := strconv.Atoi(name)
		if err != nil {
			n = 1 << 20
		}
		if n == 0 { // ${00}
			return []list{{r.text(hole{show: "$0"})}}, true, false
		}
		return r.element(sc.args.alts, n-1), true, false
	case p.Names != 0:
		return []list{{r.text(hole{show: "${!" + name + "*}", many: true})}}, true, true
	case p.Excl:
		return r.indirect(name), true, false
	}
	alts, set = r.lookup(name)
	index, indexed := p.Index.(*syntax.Word)
	switch {
	case p.Index == nil:
		return r.element(alts, 0), set, false
	case indexed && (index.Lit() == "@" || index.Lit() == "*"):
		return alts, set, index.Lit() == "@"
	case indexed:
		if n, err := strconv.Atoi(index.Lit()); err == nil && n >= 0 {
			return r.element(alts, n), set, false
		}
	}
	return r.anyElement(alts), set, false
}

// element returns the n-th word of each list; behind a hole that may be many words, each may be it.
func (r *reader) element(alts []list, n int) []list {
	var out []list
	for _, l := range alts {
		if i := slices.IndexFunc(l, r.many); i >= 0 && i <= n {
			out = r.addAlt(out, list{r.mapHoles(l[i], func(x hole) hole { x.many = false; return x })})
		} else if n < len(l) {
			out = r.addAlt(out, list{l[n]})
		} else {
			out = r.addAlt(out, list{""})
		}
	}
	return out
}

func (r *reader) anyElement(alts []list) []list {
	var out []list
	for _, l := range alts {
		for _, t := range l {
			out = r.addAlt(out, list{t})
		}
	}
	if out == nil {
		return []list{{""}}
	}
	return out
}

// indirect is ${!name}: what the variable that name names holds.
func (r *reader) indirect(name string) []list {
	var out []list
	alts, _ := r.lookup(name)
	for _, t := range flat(alts) {
		if !literal(t) {
			out = r.addAlt(out, list{r.derived("${!"+name+"}", outside, 0, t)})
			continue
		}
		values, _ := r.lookup(t)
		for _, v := range values {
			out = r.addAlt(out, v)
		}
	}
	return out
}

// sliced is ${name:from:count}, of the text, or of the list where each is true.
func (r *reader) sliced(s *syntax.Slice, name string, alts []list, each bool) []list {
	from, ok := constant(s.Offset)
	count, counted := constant(s.Length)
	ok = ok && (s.Length == nil || counted)
	if name == "@" || name == "*" {
		from = max(from-1, 0) // the first has the number 1
	}
	var out []list
	for _, l := range alts {
		switch {
		case each && ok && from >= 0:
			out = r.addAlt(out, cut(l, from, count, counted))
		case each: // it may begin with any of them
			for i := range max(1, len(l)) {
				out = r.addAlt(out, append(slices.Clone(l[i:]), r.text(hole{show: "${" + name + ":…}", many: true})))
			}
		case ok && from >= 0 && literal(strings.Join(l, " ")):
			out = r.addAlt(out, list{string(cut([]rune(strings.Join(l, " ")), from, count, counted))})
		default:
			out = r.addAlt(out, list{r.derived("${"+name+":…}", ordinary, 0, l...)})
		}
	}
	return out
}

func cut[S ~[]E, E any](s S, from, count int, counted bool) S {
	from = min(from, len(s))
	if !counted {
		return s[from:]
	}
	if count < 0 {
		return s[from:max(from, len(s)+count)]
	}
	return s[from:min(from+count, len(s))]
}

func constant(x syntax.ArithmExpr) (int, bool) {
	w, ok := x.(*syntax.Word)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(w.Lit())
	return n, err == nil && n < maxText
}

// paramInside follows what stands inside an expansion: command substitutions in indexes and bounds.
func (r *reader) paramInside(sc *scope, p *syntax.ParamExp) {
	if p.Index != nil {
		r.inside(sc, p.Index)
	}
	if p.Slice != nil {
		r.inside(sc, p.Slice.Offset)
		r.inside(sc, p.Slice.Length)
	}
}
