package script

import (
	"slices"
	"strings"
)

// wrapper says how a program that starts another one is called.
type wrapper struct {
	sub     []string // subcommands of which one must come first
	values  string   // short options that take a value
	longs   []string // long options that take a value as a word of its own
	skip    int      // operands before the command
	assigns bool     // NAME=value may stand before the command
}

// wrapperOf returns how the wrapper of that name is called.
func wrapperOf(name string) (wrapper, bool) {
	switch name {
	case "builtin", "nohup", "setsid", "chronic", "unbuffer", "catchsegv", "busybox", "toybox", "dumb-init", "ssh-agent", "dbus-run-session", "setarch", "eatmydata":
		return wrapper{}, true
	case "exec":
		return wrapper{values: "a"}, true
	case "sudo":
		return wrapper{values: "ugpCcDRThrtU", longs: []string{"--user", "--group", "--prompt", "--chdir", "--chroot", "--host", "--close-from", "--role", "--type", "--other-user", "--command-timeout"}, assigns: true}, true
	case "doas":
		return wrapper{values: "uC"}, true
	case "time", "gtime":
		return wrapper{values: "fo", longs: []string{"--format", "--output"}}, true
	case "timeout", "gtimeout":
		return wrapper{values: "sk", longs: []string{"--signal", "--kill-after"}, skip: 1}, true
	case "nice":
		return wrapper{values: "n", longs: []string{"--adjustment"}}, true
	case "ionice":
		return wrapper{values: "cnpPu", longs: []string{"--class", "--classdata"}}, true
	case "stdbuf":
		return wrapper{values: "ioe", longs: []string{"--input", "--output", "--error"}}, true
	case "chroot", "gosu", "su-exec", "faketime", "taskset", "chrt", "retry":
		return wrapper{values: "p", skip: 1}, true
	case "strace", "ltrace":
		return wrapper{values: "aeEoOpPsSuX"}, true
	case "unshare", "nsenter", "setpriv", "prlimit", "numactl", "systemd-run", "tini", "cgexec", "firejail", "bwrap", "proot", "fakeroot":
		return wrapper{values: "SGRwrtgps"}, true
	case "xvfb-run":
		return wrapper{values: "efnpsw"}, true
	case "poetry", "uv", "pipenv", "pdm", "rye", "hatch", "doppler", "op", "conda", "mamba", "micromamba":
		return wrapper{sub: []string{"run"}, values: "np", longs: []string{"--name", "--prefix", "--with", "--python"}}, true
	case "bundle", "mise", "asdf", "rbenv", "pyenv", "nodenv", "volta", "rtx", "aws-vault":
		return wrapper{sub: []string{"exec", "x", "run"}}, true
	case "direnv":
		return wrapper{sub: []string{"exec"}, skip: 1}, true
	}
	return wrapper{}, false
}

// tool follows programs that start others, and those whose arguments say what the rules want to know.
func (r *reader) tool(sc *scope, name string, argv []string, at int) {
	if r.client(sc, name, argv, at) {
		return
	}
	switch name {
	case "command":
		if len(argv) > 1 && argv[1] != "-v" && argv[1] != "-V" {
			r.wrapped(sc, wrapper{}, argv, at)
		}
	case "env":
		r.envProgram(sc, argv, at)
	case "xargs":
		r.xargs(sc, argv, at)
	case "parallel":
		r.parallel(sc, argv, at)
	case "find", "fd", "fdfind":
		r.find(sc, argv, at)
	case "ssh":
		r.ssh(sc, argv, at)
	case "sqlite3", "psql", "mysql", "mariadb", "m4", "dc":
		r.embedded(sc, name, argv, at)
	case "hyperfine", "concurrently", "entr", "nodemon", "sops":
		r.quotedCommands(sc, name, argv, at)
	case "watch":
		_, rest := options(argv[1:], "nd", []string{"--interval"})
		r.code(sc, strings.Join(rest, " "), at, code{by: name})
	case "su", "runuser", "script", "flock", "npx", "npm", "sg", "nix-shell":
		r.optionCode(sc, name, argv, at)
	case "docker", "podman", "nerdctl":
		r.container(sc, argv, at)
	case "make", "gmake":
		r.makefile(sc, argv, at)
	case "at", "batch", "crontab", "ed", "expect", "gdb", "screen", "tmux", "vi", "vim", "nvim", "ex", "emacs":
		r.opaque(sc, at, name+" runs commands in a language of its own")
	case "sed", "gsed":
		r.sed(sc, argv, at)
	default:
		if w, ok := wrapperOf(name); ok || strings.HasPrefix(name, "ld-linux") || strings.HasPrefix(name, "ld-musl") {
			r.wrapped(sc, w, argv, at)
		}
		r.optionRuns(sc, name, argv[1:], commandOptions(name), at)
		r.mentioned(sc, name, argv, at)
	}
}

// client follows git, gh and what sends requests, and says whether name is one of these.
func (r *reader) client(sc *scope, name string, argv []string, at int) bool {
	sub, helper := strings.CutPrefix(name, "git-")
	switch name {
	case "git":
		r.git(sc, argv, at)
	case "gh":
		r.gh(sc, argv, at)
	case "curl", "curlie":
		r.curl(sc, argv, at)
	case "wget", "http", "https", "xh", "xhs":
		r.otherClient(sc, name, argv, at)
	case "POST", "PUT", "DELETE", "lwp-request":
		r.opaque(sc, at, name+" sends a request that is not read")
	case "hub":
		if len(argv) > 1 && argv[1] == "api" {
			r.apiRequest(sc, argv[2:], at)
		}
		r.git(sc, argv, at)
	case "nc", "ncat", "netcat", "socat", "telnet", "openssl":
		r.connection(sc, name, argv, at)
	default:
		if helper {
			r.git(sc, append([]string{"git", sub}, argv[1:]...), at)
		}
		return helper
	}
	return true
}

// options skips options; those of values and longs take the next word. What follows "--" or the first operand is rest.
func options(args []string, values string, longs []string) (taken, rest []string) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			return taken, args[i+1:]
		case len(a) < 2 || a[0] != '-':
			return taken, args[i:]
		case slices.Contains(longs, a), a[1] != '-' && strings.IndexByte(values, a[len(a)-1]) >= 0 && !strings.ContainsAny(a[1:len(a)-1], values+" "):
			taken = append(taken, a)
			if i++; i < len(args) {
				taken = append(taken, args[i])
			}
		default:
			taken = append(taken, a)
		}
	}
	return taken, nil
}

func external(c *scope) { c.external = true }

func (r *reader) wrapped(sc *scope, w wrapper, argv []string, at int) {
	rest := argv[1:]
	if w.sub != nil {
		if len(rest) == 0 || !slices.Contains(w.sub, rest[0]) {
			return
		}
		rest = rest[1:]
	}
	taken, rest := options(rest, w.values, w.longs)
	for w.assigns && len(rest) > 0 && r.environment(sc, rest[0]) {
		rest = rest[1:]
	}
	if rest = rest[min(w.skip, len(rest)):]; w.sub != nil && w.skip > 0 {
		rest = trimDash(rest)
	}
	shell := slices.ContainsFunc(taken, func(a string) bool { return bundled(a, "si") || a == "--shell" || a == "--login" })
	if name := base(argv[0]); len(rest) == 0 && (shell && w.assigns || slices.Contains([]string{"chroot", "doas", "nsenter", "unshare"}, name)) {
		r.standardInput(sc, name, nil, at) // of the shell that they start
	}
	r.start(sc.with(external), rest, at)
}

// environment is NAME=value on a command line.
func (r *reader) environment(sc *scope, word string) bool {
	name, value, ok := strings.Cut(word, "=")
	if !ok || name == "" || strings.ContainsAny(name, "/-") {
		return false
	}
	r.set(sc, name, []list{{value}}, false)
	return true
}

// envProgram is env, whose -S splits a text into words.
func (r *reader) envProgram(sc *scope, argv []string, at int) {
	rest := argv[1:]
	for len(rest) > 0 {
		a := rest[0]
		if text, n := splitString(rest); n > 0 {
			rest = append(r.words(envEscapes.Replace(text)), rest[n:]...)
			continue
		}
		switch {
		case a == "-u" || a == "-C" || a == "--unset" || a == "--chdir":
			rest = rest[min(2, len(rest)):]
			continue
		case strings.HasPrefix(a, "-") || r.environment(sc, a):
			rest = rest[1:]
			continue
		}
		break
	}
	r.start(sc.with(external), rest, at)
}

// envEscapes are blanks as env -S writes them.
var envEscapes = strings.NewReplacer(`\_`, " ", `\t`, " ", `\n`, " ", `\v`, " ", `\f`, " ", `\r`, " ")

// splitString returns the text behind env's -S, in any of its forms, and how many words it took.
func splitString(args []string) (text string, n int) {
	a := args[0]
	switch {
	case (a == "-S" || a == "--split-string") && len(args) > 1:
		return args[1], 2
	case strings.HasPrefix(a, "--split-string="):
		return strings.TrimPrefix(a, "--split-string="), 1
	case len(a) > 2 && a[0] == '-' && a[1] != '-' && strings.Contains(a, "S"): // -vS'git push'
		if _, text, _ = strings.Cut(a, "S"); text == "" && len(args) > 1 {
			return args[1], 2
		}
		return text, 1
	}
	return "", 0
}

// optionCode are programs that take code with -c.
func (r *reader) optionCode(sc *scope, name string, argv []string, at int) {
	for i := 1; i < len(argv); i++ {
		switch a := argv[i]; {
		case i+1 < len(argv) && (a == "--command" || a == "--call" || a == "--run" || len(a) > 1 && a[0] == '-' && a[1] != '-' && a[len(a)-1] == 'c'):
			r.code(sc, argv[i+1], at, code{by: name + " " + a})
			return
		case strings.HasPrefix(a, "--command=") || strings.HasPrefix(a, "--call="):
			_, text, _ := strings.Cut(a, "=")
			r.code(sc, text, at, code{by: name})
			return
		}
	}
	if name == "flock" {
		_, rest := options(argv[1:], "wE", []string{"--timeout", "--wait", "--conflict-exit-code"})
		r.start(sc, rest[min(1, len(rest)):], at)
		return
	}
	if name == "su" || name == "runuser" || name == "script" {
		r.standardInput(sc, name, nil, at) // of the shell that they start
	}
	for _, a := range argv[1:] { // npm pkg set scripts.x=…
		if key, text, ok := strings.Cut(a, "="); ok && strings.HasPrefix(key, "scripts.") {
			r.code(sc.with(quiet), text, at, code{by: name})
		}
	}
	r.mentioned(sc, name, argv, at)
}

// container follows a command inside a container where its name is one that is judged: a token may be handed in.
func (r *reader) container(sc *scope, argv []string, at int) {
	if slices.Contains(argv, "build") && slices.Contains(argv, "-") {
		texts, _ := r.input(sc)
		for _, text := range texts {
			r.recipes(sc, text, at)
		}
	}
	if !slices.ContainsFunc(argv, func(a string) bool { return a == "run" || a == "exec" }) {
		return
	}
	if !slices.ContainsFunc(argv, func(a string) bool { return a == "--interactive" || bundled(a, "i") }) {
		sc = sc.with(func(n *scope) { n.stdin = nil })
	}
	for i := 2; i < len(argv); i++ {
		a := argv[i]
		entry, attached := strings.CutPrefix(a, "--entrypoint=")
		switch {
		case attached && judged(base(entry)), argv[i-1] == "--entrypoint" && judged(base(a)):
			r.opaque(sc, at, argv[0]+" is given "+r.print(a)+" as its entrypoint")
			return
		case slices.Contains(containerValues, argv[i-1]) || strings.Contains(a, ":"):
		case judged(base(a)):
			r.start(sc.with(external), argv[i:], at)
			return
		}
	}
}

// containerValues are options of docker run and exec whose values may end like the name of a program.
var containerValues = strings.Fields("-v --volume --mount -w --workdir -e --env --env-file --name -h --hostname --network -u --user -l --label -t --tag -f --file --profile")

// find follows -exec and its kin.
func (r *reader) find(sc *scope, argv []string, at int) {
	for i := 1; i < len(argv); i++ {
		if !slices.Contains([]string{"-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"}, argv[i]) {
			continue
		}
		var cmd []string
		for i++; i < len(argv) && argv[i] != ";" && argv[i] != "+"; i++ {
			cmd = append(cmd, argv[i])
		}
		path := r.text(hole{show: "{}"})
		for j := range cmd {
			cmd[j] = strings.ReplaceAll(cmd[j], "{}", path)
		}
		r.start(sc.with(external), cmd, at)
	}
}

// makefile is make: a file that the script itself writes, or text on its command line, is code that is not bash.
func (r *reader) makefile(sc *scope, argv []string, at int) {
	var files []string
	for _, name := range []string{"Makefile", "makefile", "GNUmakefile"} {
		files = append(files, r.known().named[name]...)
	}
	for i := 1; i < len(argv); i++ {
		a := argv[i]
		switch {
		case strings.HasPrefix(a, "--eval") || a == "-E":
			r.opaque(sc, at, "make is given code on its command line")
		case (a == "-f" || a == "--file" || a == "--makefile") && i+1 < len(argv):
			i++
			files = append(files, argv[i])
		case strings.HasPrefix(a, "-f"):
			files = append(files, strings.TrimPrefix(a, "-f"))
		case strings.HasPrefix(a, "--file=") || strings.HasPrefix(a, "--makefile="):
			_, file, _ := strings.Cut(a, "=")
			files = append(files, file)
		case strings.HasPrefix(a, "SHELL="):
			r.opaque(sc, at, "make is given another shell")
		case strings.Contains(a, "="): // of what a makefile does with it nothing is known
			_, text, _ := strings.Cut(a, "=")
			r.code(sc.with(quiet), text, at, code{by: "make"})
		}
	}
	for _, f := range files {
		if _, ok := r.content(f); ok || f == "-" && sc.stdin != nil || f == "/dev/stdin" {
			r.opaque(sc, at, "make runs a makefile that the script writes")
			return
		}
	}
}
