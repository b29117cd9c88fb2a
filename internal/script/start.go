package script

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// start follows one command with all its words. at is its place in the script.
func (r *reader) start(sc *scope, argv []string, at int) {
	if r.silent > 0 || len(argv) == 0 || argv[0] == "" || !r.step() {
		return
	}
	name := base(argv[0])
	if !literal(name) {
		r.unnamed(sc, argv[0], at)
		return
	}
	if sc.depth > maxDepth {
		r.opaque(sc, at, "code in code in code, too deep to be followed")
		return
	}
	sc = sc.with(func(n *scope) { n.depth, n.here = n.depth+1, at })
	if r.shadowed(sc, argv, at) {
		return
	}
	other, copied := r.known().copies[clean(argv[0])]
	if texts, ok := r.content(argv[0]); ok && strings.Contains(argv[0], "/") {
		r.ran[clean(argv[0])] = true
		r.runKept(sc, name, texts, argv[1:], at)
		if !copied {
			return
		}
	}
	switch {
	case copied:
		name = other
	case strings.HasPrefix(argv[0], "/proc/") && name == "exe":
		name = "bash" // which reads this
	}
	if strings.IndexFunc(name, func(c rune) bool { return c >= utf8.RuneSelf }) >= 0 {
		r.opaque(sc, at, "the name of the command has letters outside ASCII: "+name)
	}
	r.onPath(sc, argv, at)
	r.program(sc, name, argv, at)
}

// shadowed follows the aliases and functions of a name, and says whether one of them stands for it for sure. A script
// expands no aliases unless it is told to, and a function may be defined later or elsewhere: then the program may be meant.
func (r *reader) shadowed(sc *scope, argv []string, at int) bool {
	if sc.external {
		return false
	}
	if alias, ok := r.known().aliases[argv[0]]; ok && !slices.Contains(sc.calls, "alias "+argv[0]) {
		inner := sc.with(func(n *scope) { n.calls = append(slices.Clip(sc.calls), "alias "+argv[0]) })
		for _, text := range alias {
			r.code(inner, text+` "$@"`, at, code{by: "an alias", args: argv[1:], same: true})
		}
	}
	fs, ok := r.functions[argv[0]]
	if ok {
		r.callFunction(sc, fs, argv, at)
	}
	return ok && r.certain[argv[0]]
}

// onPath follows files that the script writes under the name of a program, where it changes PATH. A download that is
// installed so is no code of the script.
func (r *reader) onPath(sc *scope, argv []string, at int) {
	if len(r.known().vars["PATH"]) == 0 || strings.Contains(argv[0], "/") {
		return
	}
	for _, file := range r.known().named[argv[0]] {
		texts, _ := r.content(file)
		r.ran[file] = true
		r.runKept(sc, argv[0], slices.DeleteFunc(slices.Clone(texts), r.only), argv[1:], at)
	}
}

// unnamed is a command whose name is not known.
func (r *reader) unnamed(sc *scope, name string, at int) {
	if r.fallback(name) {
		return
	}
	if r.globbed(name) && strings.Contains(name, "/") && !strings.HasPrefix(name, "/") && path.Ext(name) != "" && literal(path.Ext(name)) {
		return // ./tests/*.sh are files of the platform
	}
	r.opaque(sc, at, "the name of the command is "+reasons[r.kindOf(name)]+", "+r.print(name))
}

// fallback says that a text is ${NAME:-word} where nothing sets NAME: it is word, which is judged.
func (r *reader) fallback(text string) bool {
	return slices.ContainsFunc(r.in(text), func(x hole) bool { return x.fallback })
}

// callFunction follows a function of the script with the arguments it is given.
func (r *reader) callFunction(sc *scope, fs []function, argv []string, at int) {
	r.called[argv[0]] = true
	if slices.Contains(sc.calls, argv[0]) {
		return // it calls itself
	}
	for _, f := range fs {
		r.stmt(sc.with(func(n *scope) {
			n.args = &params{alts: []list{slices.Clone(argv[1:])}}
			n.at, n.origins, n.caller = f.at, nil, at
			n.calls = append(slices.Clip(sc.calls), argv[0])
			n.external, n.apart, n.maybe, n.loop = false, n.apart || n.maybe, false, false
		}), f.body)
	}
}

// program follows a program or builtin by its name.
func (r *reader) program(sc *scope, name string, argv []string, at int) {
	r.facts.commands = append(r.facts.commands, Command{Place: Place{Offset: at}, Name: name, Args: r.args(argv[1:]), Branch: sc.maybe})
	if r.builtin(sc, name, argv, at) {
		return
	}
	r.writers(sc, name, argv, at)
	switch lang, shell := languageOf(name), shells[name]; {
	case shell:
		r.shell(sc, name, argv, at)
	case lang != "":
		r.interpreter(sc, name, lang, argv, at)
	default:
		r.tool(sc, name, argv, at)
	}
}

// builtin follows what changes the shell itself, and says whether name is one of these.
func (r *reader) builtin(sc *scope, name string, argv []string, at int) bool {
	switch name {
	case "eval":
		r.eval(sc, argv, at)
	case ".", "source":
		if len(argv) > 1 {
			r.source(sc, argv[1], argv[2:], at)
		}
	case "trap":
		if args := trimDash(argv[1:]); len(args) > 1 && args[0] != "-" && args[0] != "-p" {
			r.code(sc, args[0], at, code{by: "trap", same: true})
		}
	case "alias":
		r.alias(argv)
	case "export", "declare", "typeset", "local", "readonly": // behind command or builtin; else they are no simple commands
		for _, a := range argv[1:] {
			r.assignText(sc, a)
		}
	case "unset":
		for _, a := range argv[1:] {
			delete(r.certain, a)
		}
	case "set":
		r.setBuiltin(sc, argv)
	case "shift":
		r.shift(sc, argv)
	case "read":
		r.readBuiltin(sc, argv)
	case "mapfile", "readarray":
		r.mapfile(sc, argv, at)
	case "getopts":
		if len(argv) > 2 {
			r.set(sc, argv[2], []list{{r.text(hole{show: "$" + argv[2]})}}, false)
		}
	case "printf":
		if len(argv) > 2 && argv[1] == "-v" {
			r.set(sc, argv[2], []list{{r.printf(sc, at, argv[3:])}}, false)
		}
	case "cd", "pushd":
		r.changeDir(argv)
	case "enable":
		if slices.Contains(argv, "-f") {
			r.opaque(sc, at, "enable -f loads code into the shell")
		}
	case "hash":
		if len(argv) > 3 && argv[1] == "-p" {
			r.now.copies[argv[3]] = base(argv[2])
		}
	default:
		return false
	}
	return true
}

func trimDash(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

// eval runs text as code: always opaque to a reader, and read where the text is known.
func (r *reader) eval(sc *scope, argv []string, at int) {
	text := strings.Join(trimDash(argv[1:]), " ")
	if text == "" {
		return
	}
	what := "eval runs "
	if r.kindOf(text) == download {
		what += reasons[download] + ", "
	}
	r.opaque(sc, at, what+r.short(text))
	if literal(text) {
		r.code(sc, text, at, code{by: "eval", same: true})
	}
}

func (r *reader) short(text string) string {
	text = r.print(text)
	if line, _, more := strings.Cut(text, "\n"); more || len(line) > 60 {
		return strings.ToValidUTF8(line[:min(len(line), 60)], "") + " …"
	}
	return text
}

func (r *reader) alias(argv []string) {
	for _, a := range argv[1:] {
		if name, text, ok := strings.Cut(a, "="); ok {
			addText(r.now.aliases, name, text)
		}
	}
}

func addText(m map[string][]string, key, text string) {
	if !slices.Contains(m[key], text) && len(m[key]) < maxAlts {
		m[key] = append(m[key], text)
	}
}

func (r *reader) changeDir(argv []string) {
	dir := argv[len(argv)-1]
	if len(argv) > 1 && literal(dir) && !strings.HasPrefix(dir, "-") && !slices.Contains(r.now.dirs, clean(dir)) && len(r.now.dirs) < maxAlts {
		r.now.dirs = append(r.now.dirs, clean(dir))
	}
}

// source follows . path. A path is as good as literal if its last part is and the folder is one of the machine.
func (r *reader) source(sc *scope, name string, args []string, at int) {
	if clean(name) == standardInput {
		r.standardInput(sc, "source", args, at)
		return
	}
	if texts, ok := r.content(name); ok {
		r.ran[clean(name)] = true
		r.runKept(sc, "source", texts, args, at)
		return
	}
	if r.kindOf(name) > ordinary || !literal(base(name)) && !r.globbed(base(name)) {
		r.opaque(sc, at, "the path of the sourced file is "+reasons[r.kindOf(name)]+", "+r.print(name))
	}
}

// writers notes the paths that a program writes, and what becomes of files the script has written.
func (r *reader) writers(sc *scope, name string, argv []string, at int) {
	paths, options := operands(argv[1:])
	switch name {
	case "tee", "touch", "mkdir", "truncate", "rm", "rmdir", "unlink", "shred":
		for _, p := range paths {
			r.wrote(name, p, at)
			if name == "tee" && sc.stdin != nil {
				for _, t := range sc.stdin() {
					r.keep(sc, p, t, at)
				}
			}
		}
	case "cp", "mv", "install", "ln", "rsync":
		r.copyFile(sc, name, paths, options, at)
	case "dd":
		r.dd(sc, paths, at)
	case "sed", "perl":
		if slices.ContainsFunc(options, func(o string) bool { return strings.HasPrefix(o, "-i") || strings.HasPrefix(o, "--in-place") }) {
			for _, p := range paths {
				r.wrote(name, p, at)
			}
		}
	}
}

// dd copies from if= to of=.
func (r *reader) dd(sc *scope, operands []string, at int) {
	from, to := "", ""
	for _, o := range operands {
		key, value, _ := strings.Cut(o, "=")
		switch key {
		case "if":
			from = value
		case "of":
			to = value
		}
	}
	r.wrote("dd", to, at)
	for _, t := range r.copied(sc, "cat", strings.Fields(from)) {
		r.keep(sc, to, t, at)
	}
}

// operands tells operands from options; "--" ends these.
func operands(args []string) (rest, options []string) {
	for i, a := range args {
		switch {
		case a == "--":
			return append(rest, args[i+1:]...), options
		case len(a) > 1 && a[0] == '-':
			options = append(options, a)
		default:
			rest = append(rest, a)
		}
	}
	return rest, options
}

func (r *reader) copyFile(sc *scope, name string, paths, options []string, at int) {
	if len(paths) < 2 {
		return
	}
	sources, dst := paths[:len(paths)-1], paths[len(paths)-1]
	if slices.ContainsFunc(options, func(o string) bool { return o == "-t" || strings.HasPrefix(o, "--target-directory") }) {
		sources, dst = paths[1:], paths[0]
	}
	r.wrote(name, dst, at)
	for _, s := range sources {
		if name == "mv" {
			r.wrote(name, s, at)
		}
		for _, target := range []string{dst, strings.TrimSuffix(dst, "/") + "/" + base(s)} {
			texts, ok := r.content(s)
			if !ok && r.globbed(s) {
				texts = []string{r.fileText(s)}
			}
			for _, t := range texts {
				r.keep(sc, target, t, at)
			}
			if judged(base(s)) {
				r.now.copies[clean(target)] = base(s)
				r.now.copies[base(target)] = base(s)
			}
		}
	}
}

// judged are the programs whose arguments say what a rule wants to know.
func judged(name string) bool {
	return slices.Contains([]string{"git", "gh", "hub", "curl", "wget", "act"}, name) || shells[name]
}
