package script

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// hooks are the names of git's hooks that run where an engine does (git-scm.com/docs/githooks).
var hooks = strings.Fields(`applypatch-msg commit-msg fsmonitor-watchman post-applypatch post-checkout post-commit post-index-change post-merge post-rewrite pre-applypatch pre-auto-gc pre-commit
pre-merge-commit pre-push pre-rebase prepare-commit-msg reference-transaction sendemail-validate`)

// startupFiles are read by shells that are interactive or log in.
var startupFiles = []string{".bash_login", ".bash_logout", ".bash_profile", ".bashrc", ".profile", ".zprofile", ".zshenv", ".zshrc"}

// fileMeans follows files that make other programs run code, by their names.
func (r *reader) fileMeans(sc *scope, name, content string, at int) {
	sc = sc.with(func(n *scope) { n.here = at })
	switch last := base(name); {
	case slices.Contains(hooks, last) || strings.Contains(name, ".git/hooks/") || strings.HasPrefix(name, "hooks/"):
		r.ran[name] = true
		r.code(sc, content, at, code{by: "a hook of git"})
	case slices.Contains(startupFiles, last):
		r.code(sc.with(func(n *scope) { n.quiet = true }), content, at, code{by: "a shell"})
	case last == ".gitconfig" || last == ".gitmodules" || strings.HasSuffix(name, "git/config"):
		r.gitFile(sc, content, at)
	case last == "package.json" || strings.EqualFold(last, "justfile") || strings.HasPrefix(last, "Dockerfile") || strings.HasSuffix(last, ".Dockerfile"):
		r.recipes(sc, content, at)
	case last == ".curlrc" || last == ".wgetrc":
		r.opaque(sc, at, "the script writes "+r.print(name)+", from which a client reads its options")
	case strings.HasSuffix(name, "ssh/config") && sshRuns(content):
		r.opaque(sc, at, "the script writes "+r.print(name)+", which makes ssh run commands")
	case r.print(name) == "$GITHUB_ENV":
		r.laterEnvironment(sc, content, at)
	}
}

// recipes follows the commands of a file that another program runs: the scripts of a package.json, what stands behind
// RUN in a Dockerfile, what is indented in a justfile. They are read for what they say.
func (r *reader) recipes(sc *scope, content string, at int) {
	var manifest struct{ Scripts map[string]string }
	if json.Unmarshal([]byte(content), &manifest) == nil {
		for _, name := range slices.Sorted(maps.Keys(manifest.Scripts)) {
			r.code(sc.with(quiet), manifest.Scripts[name], at, code{by: "npm"})
		}
		return
	}
	for line := range strings.Lines(strings.ReplaceAll(content, "\\\n", " ")) {
		if run, ok := strings.CutPrefix(line, "RUN "); ok || strings.TrimLeft(line, " \t@") != line {
			r.code(sc.with(quiet), strings.TrimLeft(run, " \t@-"), at, code{by: "a recipe"})
		}
	}
}

// sshRuns finds the settings of ssh that name a command.
func sshRuns(content string) bool {
	content = strings.ToLower(content)
	return slices.ContainsFunc([]string{"proxycommand", "localcommand", "knownhostscommand", " exec "}, func(s string) bool { return strings.Contains(content, s) })
}

// laterEnvironment is what GITHUB_ENV gives the steps that follow: NAME=value, or NAME<<END and lines up to END.
func (r *reader) laterEnvironment(sc *scope, content string, at int) {
	lines := strings.Split(content, "\n")
	for i := 0; i < len(lines); i++ {
		name, value, ok := strings.Cut(lines[i], "=")
		if heredoc, end, multi := strings.Cut(lines[i], "<<"); multi && !strings.Contains(heredoc, "=") {
			from := i + 1
			for i++; i < len(lines) && lines[i] != end; i++ {
			}
			name, value, ok = heredoc, strings.Join(lines[min(from, len(lines)):min(i, len(lines))], "\n"), true
		}
		switch {
		case !ok:
		case name == "BASH_ENV":
			r.opaque(sc, at, "BASH_ENV makes every later step run "+r.print(value))
		default:
			r.variableMeans(sc, name, value)
		}
	}
}

// gitFile is a file of git's settings: [section] or [section "name"], and lines of key = value.
func (r *reader) gitFile(sc *scope, content string, at int) {
	section := ""
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		if head, rest, ok := strings.Cut(line, "]"); ok && strings.HasPrefix(head, "[") {
			kind, name, named := strings.Cut(head[1:], " ")
			if section = kind + "."; named {
				section += strings.Trim(name, `"`) + "."
			}
			line = strings.TrimSpace(rest)
		}
		if key, value, ok := strings.Cut(line, "="); ok {
			r.gitSetting(sc, section+strings.TrimSpace(key), strings.Trim(strings.TrimSpace(value), `"`), at)
		}
	}
}
