package script

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// anywhere are words that decide wherever they stand; called are those that decide where they are called with an argument.
var (
	anywhere = map[string][]string{
		"python": {"subprocess", "pty", "ctypes", "importlib", "runpy", "__import__", "__builtins__", "HTTPSConnection", "HTTPConnection", "create_subprocess_shell", "create_subprocess_exec",
			"attrgetter", "methodcaller", "__dict__", "__getattribute__", "__globals__", "__loader__", "__subclasses__", "dulwich", "pygit2", "github3", "plumbum", "wrap_socket", "wrap_bio", "open_connection"},
		"node": {"child_process", "execSync", "spawnSync", "execFileSync", "_load", "dlopen"},
		"bun":  {"child_process", "execSync", "spawnSync"},
		"deno": {"Command", "run"},
		"perl": {"qx", "readpipe", "HTTP", "IPC", "LWP", "Socket"},
		"ruby": {"popen", "popen3", "Open3", "backticks", "Net"},
		"php":  {"shell_exec", "passthru", "proc_open", "popen", "pcntl_exec", "curl_exec", "fsockopen"},
		"lua":  {"popen", "loadstring", "_G", "_ENV"},
		"R":    {"system2"},
		"pwsh": {"git", "gh", "curl", "bash", "sh", "cmd", "iex", "irm", "iwr", "Invoke-Expression", "Invoke-RestMethod", "Invoke-WebRequest", "Start-Process",
			"Add-Type", "HttpClient", "Invoke-Command", "Invoke-Item", "Start-Job", "WebClient", "icm", "perl", "python", "python3", "pwsh", "saps", "scriptblock", "wget"},
	}
	called = map[string][]string{
		"python": {"system", "popen", "eval", "exec", "compile", "execv", "execve", "execvp", "execvpe", "execl", "execle", "execlp", "execlpe", "spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe",
			"posix_spawn", "posix_spawnp", "fork", "forkpty", "Request", "request", "post", "put", "patch", "delete"},
		"node": {"exec", "execFile", "spawn", "fork", "eval", "Function", "runInThisContext", "runInNewContext", "request", "constructor", "binding"},
		"bun":  {"exec", "spawn", "eval", "Function"},
		"deno": {"eval", "Function"},
		"perl": {"system", "exec", "eval", "fork", "syscall"},
		"ruby": {"system", "exec", "eval", "spawn", "fork", "instance_eval", "class_eval", "send", "__send__", "public_send"},
		"php":  {"system", "exec", "eval", "assert", "create_function"},
		"lua":  {"execute", "load", "dofile"},
		"R":    {"system", "eval", "shell"},
	}
)

// ReadForeign looks at a script for another shell than bash, "python" or "pwsh". It is not parsed: it is opaque at
// every place where it names what starts programs, runs text as code or writes to the network, once per word.
func ReadForeign(lang, src string) *Facts {
	if len(src) > MaxScript {
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
	if i := strings.Index(text, "%x"); i >= 0 && lang == "ruby" || lang == "osascript" || lang == "tclsh" || lang == "other" {
		return []suspicion{{"commands", max(i, 0)}}
	}
	out := append(signs(lang, text), suspectWords(lang, text)...)
	if plain := unescaped(lang, text); plain != text && len(out) == 0 { // there the place is lost
		for _, s := range append(signs(lang, plain), suspectWords(lang, plain)...) {
			out = append(out, suspicion{s.word, 0})
		}
	}
	return out
}

func suspectWords(lang, text string) []suspicion {
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
		method := prev == '.' && !strings.HasSuffix(text[:i], "Kernel.") && !strings.HasSuffix(text[:i], "Process.")
		switch {
		case decides(lang, word) && !(lang == "pwsh" && prev == '-'), slices.Contains(called[lang], word) && isCall(lang, word, method, after, text),
			lang == "python" && slices.Contains(called[lang], word) && ofOS(text[:i]):
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
	case "post", "put", "patch", "delete", "Request", "request":
		clients := []string{"requests", "httpx", "urllib", "aiohttp"}
		return lang != "python" || method && slices.ContainsFunc(clients, func(c string) bool { return strings.Contains(text, c) })
	}
	return true
}

// decides says that a word decides wherever it stands. PowerShell knows no capitals.
func decides(lang, word string) bool {
	return slices.ContainsFunc(anywhere[lang], func(w string) bool { return w == word || lang == "pwsh" && strings.EqualFold(w, word) })
}

// ofOS says that what stands before a word in Python takes it from the module os.
func ofOS(before string) bool {
	line := before[strings.LastIndexAny(before, "\n;")+1:]
	return strings.HasSuffix(before, "os.") && !strings.HasSuffix(before, "_os.") || strings.HasPrefix(strings.TrimSpace(line), "from os import") || strings.HasPrefix(strings.TrimSpace(line), "from posix import")
}

// patterns are what decides in a language besides words.
var patterns = map[string][]struct {
	what string
	is   *regexp.Regexp
}{
	"python": {
		{"getattr of a module", regexp.MustCompile(`\b(getattr|vars)\(\s*(os|posix|builtins|sys\.modules)\b`)},
		{"a library that starts programs or writes to GitHub", regexp.MustCompile(`(?m)(^|[;\n])\s*(import|from)\s+([\w, ]*\W)?(git|github|sh)\b`)},
		{"urlopen with data", regexp.MustCompile(`\burlopen\([^()]*,\s*(data\s*=|b["'])`)},
		{"letters that look alike", regexp.MustCompile(`[\x{FF21}-\x{FF5A}\x{1D400}-\x{1D7FF}\x{2071}-\x{209C}\x{210A}-\x{2134}\x{FB00}-\x{FB06}ſ]|[A-Za-z][ªº]|[ªº][A-Za-z]`)},
	},
	"node": {
		{"a module whose name is put together", regexp.MustCompile("\\b(require|import)\\s*\\(\\s*([^\"'`)\\s]|\"[^\"]*\"\\s*\\+|'[^']*'\\s*\\+|`[^`]*\\$)")},
		{"a shell", regexp.MustCompile("(^|[^\\w`])\\$`")},
		{"fetch with a method", regexp.MustCompile(`(?s)\bfetch\s*\(.*\bmethod\b`)},
	},
	"perl": {
		{"a pipe", regexp.MustCompile(`\bopen\b[^;]*\|`)},
		{"system", regexp.MustCompile(`\b(system|exec)\s*([+{\\]|\w+\s*=>)`)},
	},
	"ruby": {{"a pipe", regexp.MustCompile(`\bopen\b[\s(]*["']\s*\|`)}},
	"php":  {{"a function in a variable", regexp.MustCompile(`\$\w+\s*\(`)}},
	"lua":  {{"a function by its name", regexp.MustCompile(`\b(os|io)\s*\[`)}},
	"pwsh": {{"a call operator", regexp.MustCompile("(^|[^&>|])&\\s*[\\w($\"'{./]|(^|[;\\n{(])\\s*\\.\\s+[$(\"']")}},
}

// signs finds patterns.
func signs(lang, text string) []suspicion {
	if lang == "bun" || lang == "deno" {
		lang = "node"
	}
	var out []suspicion
	for _, p := range patterns[lang] {
		if at := p.is.FindStringIndex(text); at != nil {
			out = append(out, suspicion{p.what, at[0]})
		}
	}
	return out
}

var escapes = regexp.MustCompile(`\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}`)

// unescaped removes what a language lets a writer put into a word: escapes of letters, in PowerShell a backquote.
func unescaped(lang, text string) string {
	switch lang {
	case "pwsh":
		return strings.ReplaceAll(text, "`", "")
	case "node", "bun", "deno", "python":
		return escapes.ReplaceAllStringFunc(text, func(s string) string {
			v, err := strconv.ParseUint(s[2:], 16, 32)
			if err != nil || rune(v) == '\\' {
				return ""
			}
			return string(rune(v))
		})
	}
	return text
}
