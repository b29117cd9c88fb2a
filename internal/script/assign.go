package script

import (
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// set adds values to a variable. With more they are appended to what it holds, and it keeps what it held, too.
func (r *reader) set(sc *scope, name string, values []list, more bool) {
	if r.silent > 0 {
		return
	}
	for _, target := range r.known().refs[name] {
		if len(r.known().refs[target]) == 0 {
			r.set(sc, target, values, more)
		}
	}
	for _, v := range values {
		for _, t := range v {
			r.steps += len(t) / 256 // values that grow take their time
			r.variableMeans(sc, name, t)
		}
	}
	old := r.now.vars[name]
	for _, v := range values {
		if len(strings.Join(v, "")) > maxText {
			v = list{r.text(hole{show: "$" + name})}
		}
		if !more || len(old) == 0 {
			r.now.vars[name] = r.addAlt(r.now.vars[name], v)
			continue
		}
		for _, o := range old {
			r.now.vars[name] = r.addAlt(r.now.vars[name], slices.Concat(o, v))
		}
	}
}

// appendText is name+=text on a plain variable.
func (r *reader) appendText(sc *scope, name string, texts []string) {
	old := r.now.vars[name]
	if len(old) == 0 {
		old = []list{{""}}
	}
	var values []list
	for _, o := range old {
		for _, t := range texts {
			values = r.addAlt(values, list{strings.Join(o, " ") + t})
		}
	}
	r.set(sc, name, values, false)
}

// assign follows one assignment.
func (r *reader) assign(sc *scope, a *syntax.Assign) {
	if a.Name == nil || a.Naked {
		for _, t := range r.word(sc, a.Value) {
			r.assignText(sc, t)
		}
		return
	}
	name := a.Name.Value
	sc = sc.with(func(n *scope) { n.here = sc.at(int(a.Pos().Offset())) })
	if a.Index != nil {
		r.inside(sc, a.Index)
	}
	switch {
	case a.Array != nil:
		r.set(sc, name, r.arrayOf(sc, a.Array), a.Append)
	case a.Index != nil:
		r.setElement(sc, name, a.Index, r.word(sc, a.Value))
	case a.Append:
		r.appendText(sc, name, r.word(sc, a.Value))
	default:
		r.set(sc, name, lists(r.word(sc, a.Value)), false)
	}
}

// assignText is NAME=value as a text, as declare and export take it. Only a name that is known is followed.
func (r *reader) assignText(sc *scope, text string) {
	name, value, ok := strings.Cut(text, "=")
	switch plain := strings.TrimSuffix(name, "+"); {
	case !ok || !syntax.ValidName(plain):
	case plain != name:
		r.appendText(sc, plain, []string{value})
	default:
		r.set(sc, name, []list{{value}}, false)
	}
}

func (r *reader) arrayOf(sc *scope, a *syntax.ArrayExpr) []list {
	var words []*syntax.Word
	for _, e := range a.Elems {
		if e.Index != nil {
			r.inside(sc, e.Index)
		}
		if e.Value != nil {
			words = append(words, e.Value)
		}
	}
	return r.fields(sc, words)
}

// setElement is name[index]=text: a known index replaces or appends, another one appends.
func (r *reader) setElement(sc *scope, name string, index syntax.ArithmExpr, texts []string) {
	n, known := constant(index)
	old := r.now.vars[name]
	if len(old) == 0 {
		old = []list{{}}
	}
	for _, o := range old {
		for _, t := range texts {
			if known && n >= 0 && n < len(o) {
				next := slices.Clone(o)
				next[n] = t
				r.set(sc, name, []list{next}, false)
			} else {
				r.set(sc, name, []list{append(slices.Clone(o), t)}, false)
			}
		}
	}
}

// commandVariables hold a command line that a program runs.
var commandVariables = []string{"BROWSER", "EDITOR", "GH_BROWSER", "GH_EDITOR", "GH_PAGER", "GIT_ASKPASS", "GIT_EDITOR", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_PROXY_COMMAND",
	"GIT_SEQUENCE_EDITOR", "GIT_SSH", "GIT_SSH_COMMAND", "LESSOPEN", "MANPAGER", "PAGER", "PROMPT_COMMAND", "SSH_ASKPASS", "VISUAL"}

// variableMeans follows variables that make other programs run code.
func (r *reader) variableMeans(sc *scope, name, t string) {
	at := sc.here
	switch {
	case t == "":
	case slices.Contains(commandVariables, name):
		r.code(sc, t, at, code{by: name})
	case name == "BASH_ENV" || name == "ENV" && strings.Contains(t, "/"):
		r.source(sc, t, nil, at)
	case name == "GIT_CONFIG_GLOBAL" || name == "GIT_CONFIG_SYSTEM":
		texts, _ := r.content(t)
		for _, text := range texts {
			r.gitFile(sc, text, at)
		}
	case name == "LD_PRELOAD" || name == "LD_AUDIT" || name == "GIT_CONFIG_PARAMETERS" || name == "GIT_EXEC_PATH" || name == "MAKEFILES" || strings.HasPrefix(name, "BASH_FUNC_"),
		name == "MAKEFLAGS" && strings.Contains(t, "eval"), name == "NODE_OPTIONS" && loads(t, "--require", "-r ", "--import", "--loader", "--experimental-loader"),
		name == "PERL5OPT" && loads(t, "-M", "-m", "-d"), name == "RUBYOPT" && loads(t, "-r"):
		r.opaque(sc, at, name+" changes what programs do")
	case name == "PS4" && strings.ContainsAny(t, "`") || name == "PS4" && strings.Contains(t, "$("):
		r.opaque(sc, at, "PS4 runs commands")
	case strings.HasPrefix(name, "GIT_CONFIG_KEY_"):
		values, _ := r.lookup("GIT_CONFIG_VALUE_" + strings.TrimPrefix(name, "GIT_CONFIG_KEY_"))
		for _, v := range flat(values) {
			r.gitSetting(sc, t, v, at)
		}
	}
}

// loads says that options load code.
func loads(options string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(" "+options, " "+name) })
}

// declare follows export, local, declare and readonly. With -n a name stands for the variable that its value names.
func (r *reader) declare(sc *scope, d *syntax.DeclClause) {
	refs := false
	for _, a := range d.Args {
		option := a.Naked && a.Value != nil && strings.HasPrefix(a.Value.Lit(), "-")
		refs = refs || option && strings.Contains(a.Value.Lit(), "n") && d.Variant.Value != "export"
		if !refs || a.Name == nil || a.Value == nil {
			r.assign(sc, a)
			continue
		}
		for _, target := range r.word(sc, a.Value) {
			if r.silent == 0 && literal(target) {
				addText(r.now.refs, a.Name.Value, target)
			}
		}
	}
}

// shift is the builtin. In a loop or a branch the parameters may be any that it leaves.
func (r *reader) shift(sc *scope, argv []string) {
	n, known := 1, true
	if len(argv) > 1 {
		v, err := strconv.Atoi(argv[1])
		n, known = v, err == nil && v >= 0
	}
	var out []list
	if sc.maybe {
		out = slices.Clip(sc.args.alts)
	}
	for _, l := range sc.args.alts {
		switch {
		case len(l) > 0 && r.many(l[0]):
			out = r.addAlt(out, l)
		case sc.loop || !known:
			for i := range min(len(l), maxAlts) {
				out = r.addAlt(out, l[i:])
			}
		default:
			out = r.addAlt(out, l[min(n, len(l)):])
		}
	}
	if r.silent == 0 {
		sc.args.alts = out
	}
}

// setBuiltin is set: options, and behind them new positional parameters.
func (r *reader) setBuiltin(sc *scope, argv []string) {
	i := 1
	for ; i < len(argv); i++ {
		a := argv[i]
		if a == "--" || a == "-" {
			i++
			r.setParameters(sc, argv[min(i, len(argv)):])
			return
		}
		if !strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "+") {
			break
		}
		if strings.HasSuffix(a, "o") {
			i++ // the option's name
		}
	}
	if i < len(argv) {
		r.setParameters(sc, argv[i:])
	}
}

func (r *reader) setParameters(sc *scope, words []string) {
	switch {
	case r.silent > 0:
	case sc.maybe:
		sc.args.alts = r.addAlt(slices.Clip(sc.args.alts), slices.Clone(words))
	default:
		sc.args.alts = []list{slices.Clone(words)}
	}
}

// readBuiltin is read: each line of what it reads may be in its variables.
func (r *reader) readBuiltin(sc *scope, argv []string) {
	var names []string
	array := ""
	for i := 1; i < len(argv); i++ {
		switch a := argv[i]; {
		case len(a) > 1 && a[0] == '-' && strings.HasSuffix(a, "a") && i+1 < len(argv):
			i++
			array = argv[i]
		case len(a) > 1 && a[0] == '-' && strings.Contains("dinNptu", a[len(a)-1:]):
			i++
		case !strings.HasPrefix(a, "-"):
			names = append(names, a)
		}
	}
	if len(names) == 0 {
		names = []string{"REPLY"}
	}
	for _, line := range r.lines(sc) {
		words := strings.FieldsFunc(line, func(c rune) bool {
			return c == ' ' || c == '\t' || strings.ContainsRune(r.separators()[len(r.separators())-1], c)
		})
		if array != "" {
			r.set(sc, array, []list{words}, false)
			continue
		}
		r.setWords(sc, names, words, line)
	}
}

// setWords gives each name its word, and the last one the rest of the line.
func (r *reader) setWords(sc *scope, names, words []string, line string) {
	if len(names) == 1 {
		r.set(sc, names[0], []list{{strings.TrimSpace(line)}}, false)
		return
	}
	for i, name := range names {
		switch {
		case len(words) == 1 && !literal(line): // the line is not known, nor is any part of it
			r.set(sc, name, []list{{line}}, false)
		case i >= len(words):
			r.set(sc, name, []list{{""}}, false)
		case i == len(names)-1:
			r.set(sc, name, []list{{strings.Join(words[i:], " ")}}, false)
		default:
			r.set(sc, name, []list{{words[i]}}, false)
		}
	}
}

// lines returns the lines of what a command reads; where there are many, a hole.
func (r *reader) lines(sc *scope) []string {
	if sc.stdin == nil {
		return []string{r.text(hole{show: "$(…)", site: -2})}
	}
	var out []list
	for _, t := range sc.stdin() {
		for line := range strings.Lines(t) {
			line = r.mapHoles(line, func(x hole) hole { x.file = false; return x }) // a line of a file is no file
			out = r.addAlt(out, list{strings.TrimSuffix(line, "\n")})
		}
	}
	return flat(out)
}

// mapfile is mapfile or readarray.
func (r *reader) mapfile(sc *scope, argv []string, at int) {
	name := "MAPFILE"
	for i := 1; i < len(argv); i++ {
		switch a := argv[i]; {
		case a == "-C" && i+1 < len(argv):
			i++
			r.code(sc, argv[i], at, code{by: argv[0]})
		case len(a) == 2 && a[0] == '-' && strings.Contains("dnOsuc", a[1:]):
			i++
		case !strings.HasPrefix(a, "-"):
			name = a
		}
	}
	if sc.stdin == nil {
		return
	}
	for _, t := range sc.stdin() {
		if !literal(t) {
			t = r.spread(t)
		}
		r.set(sc, name, []list{strings.Split(strings.TrimSuffix(t, "\n"), "\n")}, false)
	}
}
