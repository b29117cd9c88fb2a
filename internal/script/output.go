package script

import (
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// substitute follows $(…) and returns what it may print.
func (r *reader) substitute(sc *scope, c *syntax.CmdSubst) []string {
	if r.tooDeep(sc, c) {
		return []string{r.text(hole{show: "$(…)", kind: decoded})}
	}
	sc = sc.with(deeper)
	if r.silent == 0 {
		r.stmts(sc.with(apart), c.Stmts)
	}
	texts := r.later(func() []string { return r.outputs(sc, c.Stmts) })()
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = strings.TrimRight(t, "\n")
	}
	return out
}

func deeper(c *scope) { c.depth++ }

// tooDeep says that a substitution stands in too many others: each level would be read once for each around it.
func (r *reader) tooDeep(sc *scope, n syntax.Node) bool {
	if sc.depth <= maxDepth {
		return false
	}
	r.opaque(sc, sc.at(int(n.Pos().Offset())), "code in code in code, too deep to be followed")
	return true
}

// process follows <(…) and >(…), which stand for a path.
func (r *reader) process(sc *scope, p *syntax.ProcSubst) string {
	if r.tooDeep(sc, p) {
		return r.text(hole{show: "$(…)", kind: decoded})
	}
	inner := sc.with(func(n *scope) { apart(n); deeper(n) })
	if p.Op == syntax.CmdOut {
		inner = inner.with(func(n *scope) { n.stdin = r.unread("$(…)") })
	}
	if r.silent == 0 {
		r.stmts(inner, p.Stmts)
	}
	name := "/dev/fd/" + strconv.Itoa(sc.at(int(p.Pos().Offset())))
	for _, t := range r.later(func() []string { return r.outputs(inner, p.Stmts) })() {
		r.keep(sc, name, t, 0)
	}
	return name
}

// outputs returns what statements print one after the other.
func (r *reader) outputs(sc *scope, stmts []*syntax.Stmt) []string {
	alts := []list{{""}}
	for _, s := range stmts {
		var next []list
		for _, head := range alts {
			for _, tail := range r.output(sc, s) {
				next = r.addAlt(next, list{r.bound(head[0] + tail)})
			}
		}
		alts = next
	}
	return flat(alts)
}

// output returns what one statement may print, without following it: it is followed elsewhere.
func (r *reader) output(sc *scope, s *syntax.Stmt) []string {
	if s == nil || !r.step() || sc.depth > maxDepth {
		return []string{r.text(hole{show: "$(…)", kind: decoded})}
	}
	sc = sc.with(func(n *scope) { n.depth++ })
	for _, d := range s.Redirs {
		switch d.Op {
		case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrAll, syntax.AppAll, syntax.DplOut:
			if d.N == nil || d.N.Value == "1" {
				return []string{""}
			}
		}
	}
	sc = r.redirected(sc, s)
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		return r.callOutput(sc, c)
	case *syntax.BinaryCmd:
		return r.binaryOutput(sc, c)
	case *syntax.Block:
		return r.outputs(sc, c.Stmts)
	case *syntax.Subshell:
		return r.outputs(sc, c.Stmts)
	case *syntax.TimeClause:
		return r.output(sc, c.Stmt)
	case *syntax.IfClause:
		return r.ifOutput(sc, c)
	case nil: // $(<file)
		if len(s.Redirs) > 0 && sc.stdin != nil {
			return sc.stdin()
		}
		return []string{""}
	case *syntax.DeclClause, *syntax.FuncDecl, *syntax.TestClause, *syntax.ArithmCmd, *syntax.LetClause:
		return []string{""}
	}
	return []string{r.printed(sc, sc.at(int(s.Pos().Offset())), "$(…)", ordinary)}
}

// printed is an output that is not known. What goes into a filter decides what comes out.
func (r *reader) printed(sc *scope, site int, show string, k kind, from ...string) string {
	if slices.ContainsFunc(from, smuggles) {
		k = decoded
	}
	if sc.stdin != nil {
		from = append(slices.Clone(from), sc.stdin()...)
	}
	for _, t := range from {
		k = max(k, r.foreign(t))
	}
	if slices.Contains(r.varsOf(from...), "GITHUB_EVENT_PATH") {
		k = max(k, outside) // people write what is in it
	}
	return r.text(hole{show: show, kind: k, site: site, many: true, vars: strings.Join(r.varsOf(from...), " ")})
}

// smuggles says that a text would start one of the judged programs where it stood in code.
func smuggles(t string) bool {
	words := strings.FieldsFunc(t, func(c rune) bool { return strings.ContainsRune(" \t\n;|&`$()'\"", c) })
	return strings.ContainsAny(t, ";|&`\n$") && slices.ContainsFunc(words, func(w string) bool { return judged(base(w)) && !shells[base(w)] })
}

// foreign is a text's kind as the input of a filter: a variable that is printed and cut is no code by that.
func (r *reader) foreign(t string) kind {
	if k := r.kindOf(t); k > outside {
		return k
	}
	return ordinary
}

func (r *reader) binaryOutput(sc *scope, c *syntax.BinaryCmd) []string {
	switch c.Op {
	case syntax.Pipe, syntax.PipeAll:
		return r.output(sc.with(func(n *scope) { n.stdin = r.later(func() []string { return r.output(sc, c.X) }) }), c.Y)
	case syntax.OrStmt:
		return append(r.output(sc, c.X), r.output(sc, c.Y)...)
	}
	var out []list
	for _, x := range r.output(sc, c.X) {
		for _, y := range r.output(sc, c.Y) {
			out = r.addAlt(out, list{r.bound(x + y)})
		}
	}
	return flat(out)
}

func (r *reader) ifOutput(sc *scope, c *syntax.IfClause) []string {
	var out []list
	for ; c != nil; c = c.Else {
		for _, t := range r.outputs(sc, c.Then) {
			out = r.addAlt(out, list{t})
		}
	}
	return flat(out)
}

func (r *reader) callOutput(sc *scope, c *syntax.CallExpr) []string {
	if len(c.Args) == 0 {
		return []string{""}
	}
	var out []list
	for _, argv := range r.fields(sc, c.Args) {
		for _, t := range r.prints(sc, sc.at(int(c.Pos().Offset())), argv) {
			out = r.addAlt(out, list{t})
		}
	}
	return flat(out)
}

// mute are commands that print nothing.
var mute = []string{":", "cd", "chmod", "export", "false", "mkdir", "popd", "pushd", "read", "rm", "set", "shift", "shopt", "sleep", "test", "true", "trap", "unset", "umask", "["}

// prints returns what a simple command prints.
func (r *reader) prints(sc *scope, site int, argv []string) []string {
	for len(argv) > 1 && (argv[0] == "builtin" || argv[0] == "command" && !strings.HasPrefix(argv[1], "-")) {
		argv = argv[1:]
	}
	if len(argv) == 0 {
		return []string{""}
	}
	name, args := base(argv[0]), argv[1:]
	if fs, ok := r.functions[name]; ok {
		return r.functionOutput(sc, site, fs, argv)
	}
	switch {
	case slices.Contains(mute, name):
		return []string{""}
	case name == "echo":
		return r.echo(args)
	case name == "printf":
		return []string{r.bound(r.printf(sc, site, args))}
	case name == "cat" || name == "tee":
		return r.copied(sc, name, args)
	case name == "command" || name == "type" || name == "which":
		if len(args) > 0 && !strings.HasPrefix(args[len(args)-1], "-") {
			return []string{args[len(args)-1] + "\n"}
		}
	}
	text := r.printed(sc, site, "$(…)", r.kindOfOutput(name, args), args...)
	if !carries(name, args) {
		text = r.computed(text)
	}
	if splits(name, args) || r.severalLines(args...) || sc.stdin != nil && r.severalLines(sc.stdin()...) {
		text = r.mapHoles(text, func(x hole) hole { x.split = true; return x })
	}
	return []string{text}
}

// kindOfOutput says what kind of text a program prints.
func (r *reader) kindOfOutput(name string, args []string) kind {
	has := func(options ...string) bool {
		return slices.ContainsFunc(args, func(a string) bool {
			return slices.Contains(options, a) || len(a) > 1 && a[0] == '-' && a[1] != '-' && slices.Contains(options, "-"+a[len(a)-1:])
		})
	}
	switch name {
	case "curl", "wget", "http", "https", "xh", "aria2c", "nc", "ncat", "socat":
		return download
	case "gh":
		return download
	case "rev", "xxd", "uudecode", "gunzip", "zcat", "bzcat", "xzcat", "zstdcat", "unxz", "bunzip2":
		return decoded
	case "base64", "base32", "basenc", "gzip", "bzip2", "xz", "zstd", "gpg", "openssl":
		if has("-d", "-D", "--decode", "--decompress", "--decrypt", "enc") {
			return decoded
		}
	}
	return ordinary
}

func (r *reader) functionOutput(sc *scope, site int, fs []function, argv []string) []string {
	if slices.Contains(sc.calls, argv[0]) {
		return []string{r.printed(sc, site, "$(…)", ordinary)}
	}
	var out []string
	for _, f := range fs {
		inner := sc.with(func(n *scope) {
			n.args, n.at, n.calls = &params{alts: []list{slices.Clone(argv[1:])}}, f.at, append(slices.Clip(sc.calls), argv[0])
		})
		out = append(out, r.output(inner, f.body)...)
	}
	return out
}

// echo decodes escapes with -e, and without it in some shells.
func (r *reader) echo(args []string) []string {
	end, escapes := "\n", false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "neE") == "" {
		if strings.Contains(args[0], "n") {
			end = ""
		}
		escapes = escapes || strings.Contains(args[0], "e")
		args = args[1:]
	}
	text := r.bound(strings.Join(args, " "))
	switch decoded := echoed(text); {
	case escapes:
		return []string{decoded + end}
	case decoded != text:
		return []string{text + end, decoded + end}
	}
	return []string{text + end}
}

// printf knows %s, %b, %d, %q and %%; another format is not computed.
func (r *reader) printf(sc *scope, site int, args []string) string {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 || args[0] == "-v" {
		return ""
	}
	format, args := ansiC(args[0]), args[1:]
	var b strings.Builder
	for first := true; first || len(args) > 0; first = false {
		before := len(args)
		for i := 0; i < len(format); i++ {
			if format[i] != '%' || i+1 == len(format) {
				b.WriteByte(format[i])
				continue
			}
			i++
			arg := ""
			if format[i] != '%' && len(args) > 0 {
				arg, args = args[0], args[1:]
			}
			switch format[i] {
			case '%':
				b.WriteByte('%')
			case 's', 'd', 'i', 'q':
				b.WriteString(arg)
			case 'b':
				b.WriteString(echoed(arg))
			default:
				return r.printed(sc, site, "$(…)", ordinary, append(args, format)...)
			}
		}
		if len(args) == before || b.Len() > maxText {
			break
		}
	}
	return b.String()
}

// copied is what cat and tee print.
func (r *reader) copied(sc *scope, name string, args []string) []string {
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return strings.HasPrefix(a, "-") })
	if name == "tee" || len(args) == 0 {
		if sc.stdin == nil {
			return []string{""}
		}
		return sc.stdin()
	}
	alts := []list{{""}}
	for _, a := range args {
		texts, ok := r.content(a)
		if !ok {
			texts = []string{r.fileText(a)}
		}
		var next []list
		for _, head := range alts {
			for _, t := range texts {
				next = r.addAlt(next, list{r.bound(head[0] + t)})
			}
		}
		alts = next
	}
	return flat(alts)
}

// base is the name of a program without its folder.
func base(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
