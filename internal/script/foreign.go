package script

import (
	"slices"
	"strings"
	"unicode"
)

// languageOf names the language that an interpreter runs; "" for a program that is none.
func languageOf(name string) string {
	stem := strings.TrimRight(name, "0123456789.")
	switch stem {
	case "python", "pypy", "ipython":
		return "python"
	case "perl", "ruby", "node", "php", "lua", "awk", "pwsh", "osascript", "tclsh", "deno", "bun":
		return stem
	case "gawk", "mawk", "nawk":
		return "awk"
	case "nodejs", "tsx", "ts-node":
		return "node"
	case "Rscript", "R":
		return "R"
	case "powershell":
		return "pwsh"
	case "clojure", "elixir", "erl", "groovy", "guile", "jshell", "julia", "kotlin", "octave", "racket", "raku", "sbcl", "scala":
		return "other"
	}
	return ""
}

// interpreter follows a call of an interpreter of another language: code on its command line or on standard input is looked at, files of the platform are not.
func (r *reader) interpreter(sc *scope, name, lang string, argv []string, at int) {
	if lang == "awk" {
		r.awk(sc, name, argv, at)
		return
	}
	args := argv[1:]
	for i := 0; i < len(args); i++ {
		a := args[i]
		inline, text := codeOption(lang, a)
		switch {
		case inline && text != "":
			r.foreignCode(sc, name, lang, text, at)
			return
		case inline:
			if i+1 < len(args) {
				r.foreignCode(sc, name, lang, args[i+1], at)
			}
			return
		case lang == "python" && strings.HasPrefix(a, "-m"):
			r.pythonModule(sc, name, append(strings.Fields(a[2:]), args[i+1:]...), at)
			return
		case lang == "node" && (strings.HasPrefix(a, "data:") || strings.Contains(a, "=data:")):
			r.opaque(sc, at, name+" loads code from its command line")
		case slices.Contains([]string{"-W", "-X", "-I", "-r", "--require", "-M", "-f", "-File", "-d"}, a):
			if a == "-f" || a == "-File" {
				i--
			}
			i++
		case a == "-":
			r.foreignInput(sc, name, lang, at)
			return
		case !strings.HasPrefix(a, "-"):
			r.foreignFile(sc, name, lang, a, at)
			return
		}
	}
	r.foreignInput(sc, name, lang, at)
}

// pythonModule is python -m: a module of the platform, or one that runs its arguments.
func (r *reader) pythonModule(sc *scope, name string, words []string, at int) {
	if len(words) > 0 && words[0] == "httpie" {
		r.start(sc.with(external), append([]string{"http"}, words[1:]...), at)
	}
	if len(words) > 1 && (words[0] == "timeit" || words[0] == "trace" || words[0] == "pdb") {
		r.foreignCode(sc, name, "python", strings.Join(words[1:], "\n"), at)
	}
}

// codeOption says whether an option is followed by code, and the code that is attached to it.
func codeOption(lang, a string) (inline bool, attached string) {
	letters := ""
	switch lang {
	case "python":
		letters = "c"
	case "perl", "ruby":
		letters = "eE"
	case "node", "bun":
		letters = "ep"
	case "php":
		letters = "rRBE"
	case "lua", "R", "osascript":
		letters = "e"
	case "other":
		return a == "-e" || a == "-E" || a == "-eval" || a == "--eval" || a == "--execute", ""
	case "deno":
		return a == "eval", ""
	case "pwsh":
		l := strings.ToLower(a)
		return len(l) > 1 && (strings.HasPrefix("-command", l) || strings.HasPrefix("-encodedcommand", l) || l == "-ec"), ""
	}
	if a == "--eval" || a == "--print" {
		return true, ""
	}
	if _, text, ok := strings.Cut(a, "--eval="); ok {
		return true, text
	}
	if len(a) < 2 || a[0] != '-' || a[1] == '-' {
		return false, ""
	}
	i := strings.IndexAny(a, letters)
	if i < 0 || (lang == "perl" || lang == "ruby") && strings.ContainsAny(a[1:2], "IMmxdr") || strings.TrimFunc(a[1:i], func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) != "" {
		return false, ""
	}
	return true, a[i+1:]
}

func (r *reader) foreignInput(sc *scope, name, lang string, at int) {
	texts, _ := r.input(sc)
	for _, text := range texts {
		r.foreignCode(sc, name, lang, text, at)
	}
}

func (r *reader) foreignFile(sc *scope, name, lang, file string, at int) {
	switch texts, ok := r.content(file); {
	case ok && clean(file) != standardInput:
		for _, text := range texts {
			r.foreignCode(sc, name, lang, text, at)
		}
	case clean(file) == standardInput:
		r.foreignInput(sc, name, lang, at)
	case r.kindOf(file) > ordinary:
		r.opaque(sc, at, name+" runs a file whose path is "+reasons[r.kindOf(file)]+", "+r.print(file))
	}
}

// foreignCode looks at code of another language. It is not parsed: code that names what starts programs, runs text as code or writes to the network is opaque.
func (r *reader) foreignCode(sc *scope, name, lang, text string, at int) {
	switch k := r.kindOf(text); {
	case r.fromFile(text):
	case k > ordinary || r.only(text):
		r.opaque(sc, at, name+" runs "+reasons[k]+" as code, "+r.short(text))
	default:
		if found := suspects(lang, text); len(found) > 0 {
			r.opaque(sc, at, name+" runs code with "+found[0].word+" in it")
		}
	}
}
