package script

import (
	"slices"
	"strings"
)

// quiet follows for what is said, not for what is hidden.
func quiet(c *scope) { c.quiet = true }

// texters take words to print, to look for or to install: no word of theirs is started.
var texters = strings.Fields(`apk apt apt-get basename brew cat cp dnf echo egrep fgrep grep jq ln logger ls mv pacman pip pip3 printf rg rm sort test tr type which yq yum zypper [`)

// mentioned follows what stands among the arguments of a program that is not known, as if it were started.
func (r *reader) mentioned(sc *scope, name string, argv []string, at int) {
	if slices.Contains(texters, name) {
		return
	}
	for i := 1; i < len(argv)-1; i++ {
		switch program := base(argv[i]); {
		case !judged(program):
			continue
		case shells[program] && len(argv[i+1]) > 1 && argv[i+1][0] == '-' && argv[i+1][1] != '-' && strings.HasSuffix(argv[i+1], "c"):
			r.start(sc.with(external), argv[i:], at)
		default:
			r.start(sc.with(func(n *scope) { n.external, n.quiet = true, true }), argv[i:], at)
		}
		return
	}
}

// bundled says that a is a bundle of short options with one of letters in it.
func bundled(a, letters string) bool {
	return len(a) > 1 && a[0] == '-' && a[1] != '-' && strings.ContainsAny(a, letters)
}

// commandOptions are the options of a program whose value is a command line.
func commandOptions(name string) []string {
	switch name {
	case "tar", "gtar", "bsdtar":
		return []string{"-I", "-F", "--checkpoint-action", "--info-script", "--new-volume-script", "--rsh-command", "--to-command", "--use-compress-program"}
	case "split":
		return []string{"--filter"}
	case "sort":
		return []string{"--compress-program"}
	case "rsync":
		return []string{"-e", "--rsh"}
	case "scp", "sftp":
		return []string{"-S"}
	case "zip":
		return []string{"-TT", "--unzip-command"}
	case "man":
		return []string{"-P", "--pager"}
	case "go":
		return []string{"-exec", "-toolexec", "-vettool"}
	}
	return nil
}

// optionRuns follows options whose value is a command line: -x value, -xvalue, --name value, --name=value. A long name may be shortened.
func (r *reader) optionRuns(sc *scope, program string, args, names []string, at int) {
	for i, a := range args {
		option, attached, isAttached := strings.Cut(a, "=")
		for _, name := range names {
			text := attached
			switch short := len(name) == 2; {
			case short && len(a) > 2 && strings.HasPrefix(a, name):
				text = a[2:]
			case a == name || !short && !isAttached && shortens(option, name):
				text = append(args[i+1:], "")[0]
			case short || !isAttached || !shortens(option, name):
				continue
			}
			r.code(sc, strings.TrimPrefix(text, "exec="), at, code{by: program + " " + name})
		}
	}
}

// shortens says that a long option is another one, or begins as it does.
func shortens(option, name string) bool {
	return option == name || len(option) > 3 && strings.HasPrefix(option, "--") && strings.HasPrefix(name, option)
}

// ssh runs a command elsewhere, where the token may be handed to, and some of its settings run commands here.
func (r *reader) ssh(sc *scope, argv []string, at int) {
	taken, rest := options(argv[1:], "BbcDEeFIiJLlmOopQRSWw", nil)
	for i, o := range taken {
		setting := strings.TrimPrefix(o, "-o")
		if o == "-o" && i+1 < len(taken) {
			setting = taken[i+1]
		}
		if key, text, ok := strings.Cut(setting, "="); ok && sshRuns(key) {
			r.code(sc, text, at, code{by: "ssh's " + key})
		}
	}
	if len(rest) > 1 {
		r.code(sc, strings.Join(rest[1:], " "), at, code{by: "ssh"})
		return
	}
	if len(rest) == 1 {
		r.standardInput(sc, "ssh", nil, at)
	}
}

// connection is a program that sends its input to an address. Whether one listens is an honest question.
func (r *reader) connection(sc *scope, name string, argv []string, at int) {
	if name == "openssl" && !slices.Contains(argv, "s_client") || slices.ContainsFunc(argv[1:], func(a string) bool { return bundled(a, "z") || a != "" && a[0] != '-' && local(a) }) {
		return
	}
	texts, _ := r.input(sc)
	sends := slices.ContainsFunc(texts, func(t string) bool { return strings.Trim(t, "Q \n") != "" })
	for _, a := range argv[1:] {
		kind, _, _ := strings.Cut(strings.ToUpper(a), ":")
		sends = sends || name == "socat" && slices.Contains([]string{"EXEC", "SYSTEM", "SHELL", "OPENSSL", "SSL", "OPENSSL-CONNECT"}, kind) ||
			name != "openssl" && slices.Contains([]string{"-e", "-c", "--exec", "--sh-exec", "--lua-exec"}, a)
	}
	if sends {
		r.opaque(sc, at, name+" sends what is not read over the network")
	}
}

// embedded are programs whose own language can start others; a file of the platform is not read.
func (r *reader) embedded(sc *scope, name string, argv []string, at int) {
	signs := map[string][]string{"sqlite3": {".shell", ".system"}, "psql": {`\!`, "PROGRAM", `\g |`, `\o |`}, "mysql": {`\!`, "system "}, "mariadb": {`\!`, "system "}, "m4": {"syscmd"}, "dc": {"!"}}[name]
	texts, _ := r.input(sc)
	for _, text := range slices.Concat(texts, argv[1:]) {
		for _, sign := range signs {
			if strings.Contains(text, sign) {
				r.opaque(sc, at, name+" runs commands with "+strings.TrimSpace(sign))
				return
			}
		}
	}
}

// quotedCommands are programs that take each command as one word.
func (r *reader) quotedCommands(sc *scope, name string, argv []string, at int) {
	for _, a := range argv[1:] {
		if strings.Contains(a, " ") {
			r.code(sc.with(quiet), a, at, code{by: name})
		}
	}
	r.mentioned(sc, name, argv, at)
}
