package script

import (
	"slices"
	"strings"
)

// gitCommands are git's own subcommands, and those of extensions that have become common. Another one is an alias or a program that nobody here can see.
var gitCommands = strings.Fields(`add am annotate apply archive backfill bisect blame branch bugreport bundle cat-file check-attr check-ignore check-mailmap
check-ref-format checkout checkout-index cherry cherry-pick clean clone column commit commit-graph commit-tree config count-objects credential
credential-cache credential-store daemon describe diagnose diff diff-files diff-index diff-pairs diff-tree difftool fast-export fast-import fetch
fetch-pack filter-branch fmt-merge-msg for-each-ref for-each-repo format-patch fsck fsck-objects gc get-tar-commit-id grep gui hash-object help hook
http-backend http-fetch http-push index-pack init init-db instaweb interpret-trailers last-modified lfs log ls-files ls-remote ls-tree mailinfo
mailsplit maintenance merge merge-base merge-file merge-index merge-one-file merge-tree mergetool mktag mktree multi-pack-index mv name-rev notes p4
pack-objects pack-redundant pack-refs patch-id prune prune-packed pull push quiltimport range-diff read-tree rebase receive-pack reflog refs remote
remote-ext remote-fd remote-http remote-https repack replace replay repo request-pull rerere reset restore rev-list rev-parse revert rm scalar
send-email send-pack sh-i18n sh-setup shortlog show show-branch show-index show-ref sparse-checkout stage stash status stripspace submodule subtree
svn switch symbolic-ref tag unpack-file unpack-objects update-index update-ref update-server-info upload-archive upload-pack var verify-commit
verify-pack verify-tag version whatchanged worktree write-tree crypt secret filter-repo cliff annex`)

// hubCommands are what hub adds to git.
var hubCommands = strings.Fields("alias api browse ci-status compare create delete fork gist issue pr pull-request release sync")

// git finds the subcommand behind git's own options, and what it runs.
func (r *reader) git(sc *scope, argv []string, at int) {
	rest, ok := r.gitOptions(sc, argv[1:], at)
	if !ok || len(rest) == 0 {
		return
	}
	sub := rest[0]
	alias, aliased := r.known().gitAliases[sub]
	switch {
	case r.fallback(sub):
		return
	case !literal(sub):
		r.opaque(sc, at, "the subcommand of git is "+reasons[r.kindOf(sub)]+", "+r.print(sub))
		return
	case aliased && !slices.Contains(gitCommands, sub):
		r.gitAlias(sc, alias, rest, at)
		return
	case !slices.Contains(gitCommands, sub) && !slices.Contains(hubCommands, sub):
		r.opaque(sc, at, "git "+sub+" is no subcommand of git: an alias or a program of that name")
		return
	}
	r.facts.commands = append(r.facts.commands, Command{Place: Place{Offset: at}, Name: "git", Args: r.args(rest)})
	if slices.ContainsFunc(rest[1:], func(a string) bool { return strings.HasPrefix(a, "ext::") }) {
		r.opaque(sc, at, "git runs a command as a transport")
	}
	r.gitRuns(sc, rest, at)
}

// gitOptions reads the options before the subcommand; ok is false where git only answers a question.
func (r *reader) gitOptions(sc *scope, args []string, at int) (rest []string, ok bool) {
	for len(args) > 0 {
		a := args[0]
		switch {
		case (a == "-c" || a == "--config-env") && len(args) > 1:
			r.gitAssignment(sc, args[1], a != "-c", at)
			args = args[1:]
		case strings.HasPrefix(a, "--config-env="):
			r.gitAssignment(sc, strings.TrimPrefix(a, "--config-env="), true, at)
		case slices.Contains([]string{"-C", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--attr-source", "--list-cmds"}, a) && len(args) > 1:
			args = args[1:]
		case a == "--version" || a == "--help" || a == "--exec-path" || a == "-h" || a == "-v":
			return nil, false
		case strings.HasPrefix(a, "--exec-path="):
			r.opaque(sc, at, "git runs its subcommands from another folder")
		case !strings.HasPrefix(a, "-"):
			return args, true
		}
		args = args[1:]
	}
	return nil, true
}

// gitAssignment is -c key=value.
func (r *reader) gitAssignment(sc *scope, word string, fromEnv bool, at int) {
	key, value, _ := strings.Cut(word, "=")
	if fromEnv {
		for _, v := range flat(first(r.lookup(value))) {
			r.gitSetting(sc, key, v, at)
		}
		return
	}
	r.gitSetting(sc, key, value, at)
	r.facts.commands = append(r.facts.commands, Command{Place: Place{Offset: at}, Name: "git", Args: r.args([]string{"config", key, value})})
}

func first[T, U any](t T, _ U) T { return t }

// commandSettings are settings of git whose value is a command line; the names between first and last part are left out.
var commandSettings = []string{"core.alternaterefscommand", "core.askpass", "core.editor", "core.fsmonitor", "core.gitproxy", "core.pager", "core.sshcommand", "diff.command", "diff.external", "diff.textconv",
	"difftool.cmd", "filter.clean", "filter.process", "filter.smudge", "gpg.program", "merge.driver", "mergetool.cmd", "pager", "remote.receivepack", "remote.uploadpack",
	"sequence.editor", "uploadpack.packobjectshook", "web.browser", "browser.cmd", "gpg.defaultkeycommand", "hook.command", "imap.tunnel", "man.cmd", "sendemail.cccmd", "sendemail.sendmailcmd", "sendemail.tocmd", "tar.command", "trailer.cmd", "trailer.command", "interactive.difffilter", "submodule.update"}

// gitSetting follows one setting, from -c, git config or the environment.
func (r *reader) gitSetting(sc *scope, key, value string, at int) {
	name := strings.ToLower(key)
	if i, j := strings.Index(name, "."), strings.LastIndex(name, "."); i >= 0 && i < j {
		name = name[:i] + name[j:]
	}
	section, _, _ := strings.Cut(name, ".")
	switch {
	case !literal(section):
		r.opaque(sc, at, "a setting of git is "+reasons[r.kindOf(key)]+", "+r.print(key))
	case section == "alias":
		_, alias, _ := strings.Cut(key, ".")
		addText(r.now.gitAliases, alias, value)
	case section == "include" || section == "includeif":
		r.opaque(sc, at, "git includes settings from "+r.print(value))
	case name == "credential.helper" && !strings.HasPrefix(value, "!"), value == "", value == "true", value == "false":
	case name == "credential.helper", section == "pager", slices.Contains(commandSettings, name):
		r.code(sc, strings.TrimPrefix(value, "!"), at, code{by: "git's " + key})
	}
}

// gitAlias follows an alias: with ! it is code, else it stands for words.
func (r *reader) gitAlias(sc *scope, texts, rest []string, at int) {
	name := "git alias " + rest[0]
	if slices.Contains(sc.calls, name) {
		return
	}
	sc = sc.with(func(n *scope) { n.calls = append(slices.Clip(sc.calls), name) })
	for _, text := range texts {
		if line, shell := strings.CutPrefix(strings.TrimSpace(text), "!"); shell {
			r.code(sc, line+` "$@"`, at, code{by: "an alias of git", args: rest[1:]})
			continue
		}
		r.git(sc, slices.Concat([]string{"git"}, r.words(text), rest[1:]), at)
	}
}

// gitRuns follows subcommands that run commands.
func (r *reader) gitRuns(sc *scope, rest []string, at int) {
	args := rest[1:]
	switch rest[0] {
	case "config":
		r.gitConfig(sc, args, at)
	case "submodule":
		if i := slices.Index(args, "foreach"); i >= 0 {
			_, line := options(args[i+1:], "", nil)
			r.code(sc, strings.Join(line, " "), at, code{by: "git submodule foreach"})
		}
	case "bisect":
		if len(args) > 1 && args[0] == "run" {
			r.start(sc, args[1:], at)
		}
	case "for-each-repo", "filter-branch", "fast-import", "remote-ext", "remote-fd", "daemon":
		r.opaque(sc, at, "git "+rest[0]+" runs commands that are not read")
	case "rebase":
		r.optionRuns(sc, "git", args, []string{"-x", "--exec"}, at)
	case "difftool":
		r.optionRuns(sc, "git", args, []string{"-x", "--extcmd"}, at)
	case "clone":
		r.gitClone(sc, args, at)
	case "fetch", "ls-remote", "pull", "fetch-pack", "archive":
		r.optionRuns(sc, "git", args, []string{"--upload-pack", "--exec"}, at)
	case "grep":
		r.optionRuns(sc, "git", args, []string{"-O", "--open-files-in-pager"}, at)
	}
}

// gitClone follows the options of git clone, which gh repo clone hands on.
func (r *reader) gitClone(sc *scope, args []string, at int) {
	r.optionRuns(sc, "git", args, []string{"-u", "--upload-pack"}, at)
	for i, a := range args {
		setting, attached := strings.CutPrefix(a, "--config=")
		if (a == "-c" || a == "--config") && i+1 < len(args) {
			setting, attached = args[i+1], true
		}
		if attached {
			r.gitAssignment(sc, setting, false, at)
		}
	}
}

// gitConfig is git config, in its old form and in that with set.
func (r *reader) gitConfig(sc *scope, args []string, at int) {
	var words []string
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case slices.Contains([]string{"-f", "--file", "--type", "--default", "--value", "--comment", "--blob"}, a):
			i++
		case slices.Contains([]string{"--get", "--get-all", "--get-regexp", "--get-urlmatch", "--unset", "--unset-all", "-l", "--list", "-e"}, a):
			return
		case !strings.HasPrefix(a, "-"):
			words = append(words, a)
		}
	}
	if len(words) > 2 && words[0] == "set" {
		words = words[1:]
	}
	if len(words) > 1 && words[0] != "get" && words[0] != "unset" && words[0] != "list" {
		r.gitSetting(sc, words[0], words[1], at)
	}
}
