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
			return // a module
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
	if sc.stdin == nil {
		return
	}
	for _, text := range sc.stdin() {
		r.foreignCode(sc, name, lang, text, at)
	}
}

func (r *reader) foreignFile(sc *scope, name, lang, file string, at int) {
	switch texts, ok := r.content(file); {
	case ok:
		for _, text := range texts {
			r.foreignCode(sc, name, lang, text, at)
		}
	case file == "/dev/stdin":
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

// anywhere are words that decide wherever they stand; called are those that decide where they are called with an argument.
var (
	anywhere = map[string][]string{
		"python": {"subprocess", "pty", "ctypes", "importlib", "runpy", "__import__", "__builtins__", "HTTPSConnection", "HTTPConnection", "create_subprocess_shell", "create_subprocess_exec"},
		"node":   {"child_process", "execSync", "spawnSync", "execFileSync"},
		"bun":    {"child_process", "execSync", "spawnSync"},
		"deno":   {"Command", "run"},
		"perl":   {"qx", "LWP", "Socket"},
		"ruby":   {"popen", "popen3", "Open3", "backticks", "Net"},
		"php":    {"shell_exec", "passthru", "proc_open", "popen", "pcntl_exec", "curl_exec", "fsockopen"},
		"lua":    {"popen", "loadstring"},
		"R":      {"system2"},
		"pwsh":   {"git", "gh", "curl", "bash", "sh", "cmd", "iex", "irm", "iwr", "Invoke-Expression", "Invoke-RestMethod", "Invoke-WebRequest", "Start-Process"},
	}
	called = map[string][]string{
		"python": {"system", "popen", "eval", "exec", "compile", "execv", "execve", "execvp", "execl", "execlp", "spawnl", "spawnv", "spawnvp", "posix_spawn", "fork", "Request", "post", "put", "patch", "delete"},
		"node":   {"exec", "execFile", "spawn", "fork", "eval", "Function", "runInThisContext", "runInNewContext", "request"},
		"bun":    {"exec", "spawn", "eval", "Function"},
		"deno":   {"eval", "Function"},
		"perl":   {"system", "exec", "eval", "fork", "syscall"},
		"ruby":   {"system", "exec", "eval", "spawn", "fork", "instance_eval", "class_eval", "send"},
		"php":    {"system", "exec", "eval", "assert", "create_function"},
		"lua":    {"execute", "load", "dofile"},
		"R":      {"system", "eval", "shell"},
	}
)

// ReadForeign looks at a script for another shell than bash, "python" or "pwsh". It is not parsed: it is opaque at
// every place where it names what starts programs, runs text as code or writes to the network, once per word.
func ReadForeign(lang, src string) *Facts {
	if len(src) > maxScript {
		return tooLong()
	}
	facts, seen := &Facts{}, map[string]bool{}
	at := newPlaces(src)
	for _, s := range suspects(lang, src) {
		if !seen[s.word] {
			seen[s.word] = true
			facts.Opaque = append(facts.Opaque, Opaque{Place: at.at(s.offset), What: lang + " runs code with " + s.word + " in it"})
		}
	}
	return facts
}

// suspicion is a word or sign in code that starts programs, evaluates or connects.
type suspicion struct {
	word   string
	offset int
}

func suspects(lang, text string) []suspicion {
	if i := strings.IndexByte(text, '`'); i >= 0 && (lang == "perl" || lang == "ruby" || lang == "php") {
		return []suspicion{{"backquotes", i}}
	}
	if i := strings.Index(text, "%x"); i >= 0 && lang == "ruby" || lang == "osascript" || lang == "tclsh" {
		return []suspicion{{"commands", max(i, 0)}}
	}
	var out []suspicion
	prev := byte(' ')
	for i := 0; i < len(text); {
		n := wordLength(text[i:], lang)
		if n == 0 {
			prev = text[i]
			i++
			continue
		}
		word, after := text[i:i+n], strings.TrimLeft(text[i+n:], " \t")
		method := prev == '.'
		if slices.Contains(anywhere[lang], word) && !(lang == "pwsh" && prev == '-') || slices.Contains(called[lang], word) && isCall(lang, word, method, after, text) {
			out = append(out, suspicion{word, i})
		}
		prev = text[i+n-1]
		i += n
	}
	return out
}

func wordLength(s, lang string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] >= '0' && s[n] <= '9' || s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z' || lang == "pwsh" && s[n] == '-' && n > 0) {
		n++
	}
	return n
}

// isCall says that a word is called with an argument. A method of that name is another matter:
// re.compile and a regular expression's exec start nothing, and HTTP verbs are methods of a library.
func isCall(lang, word string, method bool, after, text string) bool {
	if lang == "perl" || lang == "ruby" || lang == "php" {
		return !method && after != "" && strings.ContainsAny(after[:1], `("'$@q`)
	}
	if !strings.HasPrefix(after, "(") || strings.HasPrefix(strings.TrimLeft(after[1:], " "), ")") {
		return false
	}
	switch word {
	case "eval", "exec", "compile", "Function", "load":
		return !method
	case "post", "put", "patch", "delete", "Request":
		return method && (strings.Contains(text, "requests") || strings.Contains(text, "httpx") || strings.Contains(text, "urllib"))
	}
	return true
}
