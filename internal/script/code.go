package script

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// code is what runs a text as bash: by names it in findings, args are the code's own parameters.
type code struct {
	by   string
	zero string // $0
	args []string
	same bool // it runs in the shell that reads it, with its functions
}

// shells read their code from -c, a file or standard input.
var shells = map[string]bool{"sh": true, "bash": true, "dash": true, "ash": true, "zsh": true, "ksh": true, "mksh": true, "rbash": true, "yash": true,
	"fish": true, "csh": true, "tcsh": true, "lksh": true, "osh": true, "nu": true, "elvish": true, "xonsh": true}

// code follows a text as code. What is not known of it must not be code itself:
// the output of an ordinary command may stand in an argument, and nothing else may.
func (r *reader) code(sc *scope, text string, at int, c code) {
	if r.silent > 0 || strings.TrimSpace(text) == "" {
		return
	}
	if k := r.kindOf(text); k > ordinary || r.only(text) {
		if !r.fromFile(text) {
			r.opaque(sc, at, c.by+" runs "+reasons[k]+" as code, "+r.short(text))
		}
		if r.only(text) {
			return
		}
	}
	if sc.depth > maxDepth {
		r.opaque(sc, at, "code in code in code, too deep to be followed")
		return
	}
	if !c.same {
		defer func(before map[string]bool) { r.certain = before }(r.certain)
		r.certain = map[string]bool{} // another shell has no functions of this one
	}
	file, err := parse(text)
	if err != nil {
		r.opaque(sc, at, c.by+" runs code that does not parse as bash, "+r.short(text))
		return
	}
	r.stmts(sc.with(func(n *scope) {
		n.depth++
		n.reading = text
		n.origins, n.zero, n.caller, n.external = nil, c.zero, at, false
		n.apart, n.maybe, n.loop = n.apart || n.maybe, false, false
		n.at = func(int) int { return at }
		if start, ok := sc.origins[text]; ok && text != "" {
			n.at = func(offset int) int { return sc.at(start + offset) }
		}
		if !c.same || len(c.args) > 0 {
			n.args = &params{alts: []list{slices.Clone(c.args)}}
		}
	}), file.Stmts)
}

// only says that a text is a hole and blanks.
func (r *reader) only(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && strings.TrimLeftFunc(text, func(c rune) bool { return isHole(c) || c == ' ' || c == '\n' }) == ""
}

// fromFile says that a text is what a file of the platform holds.
func (r *reader) fromFile(text string) bool {
	return r.only(text) && !slices.ContainsFunc(r.in(text), func(x hole) bool { return !x.file })
}

// shell follows a call of a shell.
func (r *reader) shell(sc *scope, name string, argv []string, at int) {
	o, rest := shellOptions(argv[1:])
	if o.startup != "" {
		r.source(sc, o.startup, nil, at)
	}
	switch {
	case o.check:
	case o.command && len(rest) > 0:
		r.code(sc, rest[0], at, code{by: name + " -c", zero: append(rest, "")[1], args: rest[min(2, len(rest)):]})
	case o.command:
	case o.stdin || len(rest) == 0 || rest[0] == "-":
		r.standardInput(sc, name, rest, at)
	default:
		r.runFile(sc, name, rest[0], rest[1:], at)
	}
}

type shellMode struct {
	command bool // -c
	stdin   bool // -s
	check   bool // -n: the syntax is checked, and nothing runs
	startup string
}

// shellOptions reads the options of a shell, which end at the first operand.
func shellOptions(args []string) (o shellMode, rest []string) {
	for len(args) > 0 && len(args[0]) > 1 && strings.ContainsAny(args[0][:1], "-+") {
		a := args[0]
		args = args[1:]
		switch {
		case a == "--":
			return o, args
		case a == "--rcfile" || a == "--init-file":
			o.startup = append(args, "")[0]
			args = args[min(1, len(args)):]
		case strings.HasPrefix(a, "--"):
		default:
			set := a[0] == '-'
			o.command = o.command || set && strings.Contains(a, "c")
			o.stdin = o.stdin || set && strings.Contains(a, "s")
			o.check = set && (o.check || strings.Contains(a, "n"))
			names := strings.Count(a, "o") + strings.Count(a, "O") // of options
			args = args[min(names, len(args)):]
		}
	}
	return o, args
}

// standardInput is a shell that reads its code from there.
func (r *reader) standardInput(sc *scope, name string, args []string, at int) {
	texts, _ := r.input(sc)
	for _, text := range texts {
		if text != sc.reading { // else the shell goes on with the text that it stands in
			r.code(sc, text, at, code{by: name, args: args})
		}
	}
}

// runFile is a shell that is given a file: one of the platform, or one that the script itself writes.
func (r *reader) runFile(sc *scope, name, file string, args []string, at int) {
	if clean(file) == standardInput {
		r.standardInput(sc, name, args, at)
		return
	}
	if texts, ok := r.content(file); ok {
		r.ran[clean(file)] = true
		r.runKept(sc, name, texts, args, at)
		return
	}
	if strings.HasPrefix(clean(file), "/dev/fd/") {
		r.opaque(sc, at, name+" runs what a file descriptor holds")
	}
	if r.kindOf(file) > ordinary {
		r.opaque(sc, at, name+" runs a file whose path is "+reasons[r.kindOf(file)]+", "+r.print(file))
	}
}

// runKept runs a file that the script has written.
func (r *reader) runKept(sc *scope, name string, texts, args []string, at int) {
	for _, text := range texts {
		lang := languageOf(name)
		if first, _, _ := strings.Cut(text, "\n"); strings.HasPrefix(first, "#!") && lang == "" && !shells[name] {
			words := strings.Fields(strings.TrimPrefix(first, "#!"))
			if len(words) > 1 && base(words[0]) == "env" {
				words = words[1:]
			}
			if len(words) > 0 {
				lang = languageOf(base(words[0]))
			}
		}
		switch {
		case lang != "":
			r.foreignCode(sc, name, lang, text, at)
		default:
			r.code(sc, text, at, code{by: name, args: args, same: name == "source"})
		}
	}
}

// words parses a text as the words of a command, as env -S and xargs do.
func (r *reader) words(text string) []string {
	nowhere := &scope{args: &params{alts: []list{{}}}, caller: -1, at: func(int) int { return 0 }}
	var out []string
	for w, err := range syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).WordsSeq(strings.NewReader(text)) {
		if err != nil {
			return strings.Fields(text)
		}
		if out = append(out, r.word(nowhere, w)...); len(out) > 1000 {
			break
		}
	}
	return out
}
