package script

import (
	"slices"
	"strings"
)

// xargs follows the command that xargs starts with the words of its input.
func (r *reader) xargs(sc *scope, argv []string, at int) {
	taken, cmd := options(argv[1:], "adEILnPs", []string{"--arg-file", "--delimiter", "--max-args", "--max-procs", "--max-chars", "--process-slot-var"})
	if len(cmd) == 0 {
		return
	}
	marker := ""
	for i, o := range taken {
		switch {
		case o == "-I" && i+1 < len(taken):
			marker = taken[i+1]
		case o == "-i" || o == "--replace":
			marker = "{}"
		case strings.HasPrefix(o, "-I"):
			marker = o[2:]
		case strings.HasPrefix(o, "--replace="):
			marker = strings.TrimPrefix(o, "--replace=")
		}
	}
	inner := sc.with(func(n *scope) { n.stdin, n.external = nil, true })
	for _, items := range r.items(sc, marker != "") {
		if marker == "" {
			r.start(inner, slices.Concat(cmd, items), at)
			continue
		}
		for _, item := range items {
			replaced := make([]string, len(cmd))
			for i, c := range cmd {
				replaced[i] = strings.ReplaceAll(c, marker, item)
			}
			r.start(inner, replaced, at)
		}
	}
}

// items are the words, or the lines, of the input; what is not known is any number of words.
func (r *reader) items(sc *scope, byLine bool) []list {
	if sc.stdin == nil {
		return []list{{r.text(hole{show: "{}", many: !byLine})}}
	}
	var out []list
	for _, text := range sc.stdin() {
		switch {
		case byLine && !literal(text):
			out = append(out, list{r.mapHoles(text, func(x hole) hole { x.many, x.file = false, false; return x })})
		case byLine:
			lines := strings.Split(strings.TrimSpace(text), "\n")
			out = append(out, lines[:min(len(lines), maxAlts)])
		default:
			fields := r.words(strings.ReplaceAll(text, "\x00", " "))
			for i, f := range fields {
				fields[i] = r.spread(f)
			}
			out = append(out, fields)
		}
	}
	return out
}

// parallel is GNU parallel: what follows ::: are arguments, or commands where none stands before it.
func (r *reader) parallel(sc *scope, argv []string, at int) {
	_, rest := options(argv[1:], "jNnLSIaPd", []string{"--jobs", "--max-args", "--retries", "--timeout", "--delay", "--joblog", "--colsep", "--arg-file", "--results"})
	i := slices.IndexFunc(rest, func(a string) bool { return strings.HasPrefix(a, ":::") })
	cmd, args := rest, []string(nil)
	if i >= 0 {
		cmd, args = rest[:i], rest[i+1:]
	}
	switch {
	case len(cmd) == 0 && i >= 0:
		for _, a := range args {
			r.code(sc, a, at, code{by: "parallel"})
		}
	case len(cmd) == 0:
		r.standardInput(sc, "parallel", nil, at)
	case i < 0:
		for _, items := range r.items(sc, true) {
			args = append(args, items...)
		}
		fallthrough
	default:
		line := strings.Join(cmd, " ")
		if !strings.Contains(line, "{") {
			line += " {}"
		}
		for _, a := range args[:min(len(args), maxAlts)] {
			r.code(sc, strings.ReplaceAll(line, "{}", a), at, code{by: "parallel"})
		}
	}
}
