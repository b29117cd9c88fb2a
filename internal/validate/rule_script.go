package validate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/parallel"
	"github.com/task-assistant/tasc/internal/script"
	"github.com/task-assistant/tasc/internal/shell"
	"github.com/task-assistant/tasc/internal/spec"
)

// stepScript is one step's script and what it does; broken is set where it does not parse. Of a script that is not
// bash only what is opaque is known.
type stepScript struct {
	engine *spec.Engine
	step   spec.Step
	shell  string
	facts  *script.Facts
	broken *script.SyntaxError
}

// readScripts reads every script once, the engines side by side.
func (p *pass) readScripts() {
	ofEngine := make([][]stepScript, len(p.set.Engines))
	parallel.Do(len(ofEngine), func(i int) { ofEngine[i] = scriptsOf(p.set.Engines[i]) })
	p.scripts = slices.Concat(ofEngine...)
}

// scriptsOf reads an engine's scripts, with the variables that its spec sets.
func scriptsOf(e *spec.Engine) []stepScript {
	var out []stepScript
	for _, s := range e.Steps {
		sh, err := shell.Of(s.Shell.Value, s.Script.Value)
		if err != nil || strings.TrimSpace(s.Code.Value) == "" || strings.Contains(s.Run.Value, "${{") { // rules of their own say what is wrong with these
			continue
		}
		out = append(out, readScript(e, s, sh))
	}
	return out
}

func readScript(e *spec.Engine, s spec.Step, sh string) stepScript {
	out := stepScript{engine: e, step: s, shell: sh}
	if sh != shell.Bash {
		out.facts = script.ReadForeign(sh, s.Code.Value)
		return out
	}
	var err error
	if out.facts, err = script.Read(s.Code.Value, environment(e, s)); err != nil {
		out.facts = &script.Facts{}
		errors.As(err, &out.broken)
	}
	return out
}

// environment is what the spec says of a step's environment.
func environment(e *spec.Engine, s spec.Step) script.Environment {
	env := script.Environment{Known: map[string]string{}}
	for _, v := range slices.Concat(e.Env, s.Env) {
		if v.Output.Pos.IsValid() {
			delete(env.Known, v.Key.Value) // it stands before the engine's
			env.Given = append(env.Given, v.Key.Value)
			continue
		}
		env.Known[v.Key.Value] = v.Value.Value
	}
	for _, name := range slices.Concat(e.Vars, e.Secrets) {
		env.Given = append(env.Given, name.Value)
	}
	for _, i := range e.Inputs {
		env.Given = append(env.Given, strings.ToUpper(i.Name.Value))
	}
	for _, m := range e.Matrix {
		env.Given = append(env.Given, strings.ToUpper(m.Name.Value))
	}
	return env
}

// scriptFinding reports at a place in a script, unless the engine waives the rule today.
func (p *pass) scriptFinding(s stepScript, at script.Place, f finding) {
	for i := range s.engine.Waive {
		w := &s.engine.Waive[i]
		if w.Rule.Value != p.rule {
			continue
		}
		p.used[w] = true
		if p.today <= w.Until.Value {
			return
		}
	}
	f.pos = s.step.At(at.Offset)
	f.message = fmt.Sprintf("step %s of engine %s %s", q(s.step.Name.Value), q(s.engine.Name.Value), f.message)
	p.report(f)
}

func scriptSyntax(p *pass) {
	for _, s := range p.scripts {
		if s.broken != nil {
			p.scriptFinding(s, s.broken.Place, finding{message: "does not parse as bash: " + s.broken.Text, expected: "a bash script", fix: "correct it; bash -n says where it stops, too"})
		}
	}
}

// commands reports every command and request that judge has words for.
func (p *pass) commands(ofCommand func(script.Command) string, ofRequest func(script.Request) string, f finding) {
	for _, s := range p.scripts {
		for _, c := range s.facts.Commands {
			if what := ofCommand(c); what != "" {
				f.message = what
				p.scriptFinding(s, c.Place, f)
			}
		}
		for _, r := range s.facts.Requests {
			if what := ofRequest(r); what != "" {
				f.message = what
				p.scriptFinding(s, r.Place, f)
			}
		}
	}
}

func scriptPush(p *pass) {
	p.commands(pushCommand, func(r script.Request) string {
		if p.ofTelemetry(r) {
			return "" // of which a rule of its own has words
		}
		return pushRequest(r)
	}, finding{
		expected: "no commit and no ref is written: an engine writes issues, labels and milestones only",
		fix:      "remove it; the engine's token could not do it either",
	})
}

// pushCommand returns what is wrong about a command, or "".
func pushCommand(c script.Command) string {
	words := texts(c.Args)
	at := func(i int) string { return append(words, "", "")[min(i, len(words))] }
	switch {
	case c.Name == "git" && slices.Contains([]string{"push", "send-pack", "http-push", "remote-http", "remote-https"}, at(0)):
		return "pushes: git " + at(0)
	case c.Name == "git" && slices.Contains([]string{"subtree", "lfs"}, at(0)) && slices.Contains(words[1:], "push"),
		c.Name == "git" && at(0) == "svn" && slices.Contains(words, "dcommit"), c.Name == "git" && at(0) == "p4" && slices.Contains(words, "submit"):
		return "pushes: git " + strings.Join(words[:2], " ")
	case c.Name == "git" && at(0) == "remote" && at(1) == "set-url":
		return "points a remote elsewhere: git remote set-url"
	case c.Name == "git" && at(0) == "config" && pushSetting(words[1:]):
		return "configures where git pushes to"
	case c.Name == "git" && at(0) == "annex" && slices.Contains([]string{"assist", "push", "sync"}, at(1)):
		return "pushes: git annex " + at(1)
	case c.Name == "gh" && at(0) == "repo" && slices.Contains([]string{"create", "new"}, at(1)) && slices.Contains(words, "--push"):
		return "pushes: gh repo create --push"
	case c.Name == "gh" && at(0) == "release" && (slices.Contains([]string{"create", "new", "edit"}, at(1)) || slices.Contains(words, "--cleanup-tag")):
		return "writes a tag: gh release " + at(1)
	case c.Name == "gh" && (at(0) == "repo" && at(1) == "sync" || at(0) == "issue" && at(1) == "develop"):
		return "writes refs: gh " + at(0) + " " + at(1)
	}
	return ""
}

// pushSetting: a value for a remote's address, or for a rewriting of addresses to push to.
func pushSetting(words []string) bool {
	if slices.ContainsFunc(words, func(w string) bool {
		return strings.HasPrefix(w, "--get") || strings.HasPrefix(w, "--unset") || w == "--list"
	}) {
		return false
	}
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.HasPrefix(w, "-") || w == "set" })
	if len(words) < 2 {
		return false
	}
	key := strings.ToLower(words[0])
	return strings.HasPrefix(key, "remote.") && (strings.HasSuffix(key, ".pushurl") || strings.HasSuffix(key, ".url")) || strings.HasSuffix(key, ".pushinsteadof")
}

func pushRequest(r script.Request) string {
	rest := resource(r)
	switch {
	case reads(r) || len(rest) == 0:
		return mutation(r, "createCommitOnBranch", "createRef", "updateRef", "updateRefs", "deleteRef", "mergeBranch", "createLinkedBranch")
	case slices.Contains([]string{"contents", "git", "merges", "merge-upstream"}, rest[0]):
		return "writes commits or refs: " + r.Method + " …/" + strings.Join(rest, "/")
	case rest[0] == "branches" && rest[len(rest)-1] == "rename", rest[0] == "releases" && r.Method != "DELETE" && (len(rest) == 1 || len(rest) == 2 && rest[1] != "generate-notes"):
		return "writes refs: " + r.Method + " …/" + strings.Join(rest, "/")
	}
	return ""
}

func scriptPullRequest(p *pass) {
	p.commands(func(c script.Command) string {
		words := texts(c.Args)
		switch {
		case c.Name == "hub" && len(words) > 0 && words[0] == "pull-request", c.Name == "git" && len(words) > 0 && words[0] == "pull-request":
			return "opens a pull request: hub pull-request"
		case c.Name == "gh" && len(words) > 1 && words[0] == "pr" && slices.Contains([]string{"create", "new", "merge", "ready", "reopen", "close", "revert", "review", "update-branch"}, words[1]):
			return "opens or changes a pull request: gh pr " + words[1]
		case c.Name == "gh" && len(words) > 1 && words[0] == "agent-task" && words[1] == "create":
			return "has a pull request opened: gh agent-task create"
		}
		return ""
	}, func(r script.Request) string {
		if rest := resource(r); !reads(r) && len(rest) > 0 && rest[0] == "pulls" {
			return "opens or changes a pull request: " + r.Method + " …/" + strings.Join(rest, "/")
		}
		return mutation(r, "createPullRequest", "mergePullRequest", "enablePullRequestAutoMerge", "updatePullRequest", "updatePullRequestBranch", "closePullRequest", "reopenPullRequest",
			"markPullRequestReadyForReview", "revertPullRequest", "addPullRequestReview", "submitPullRequestReview", "enqueuePullRequest")
	}, finding{expected: "no engine opens pull requests", fix: "remove it; say what should change in an issue or in the result"})
}

func scriptWorkflow(p *pass) {
	p.commands(func(c script.Command) string {
		words := texts(c.Args)
		switch {
		case c.Name == "act":
			return "runs workflows: act"
		case c.Name == "gh" && len(words) > 1 && (words[0] == "workflow" && slices.Contains([]string{"run", "enable", "disable"}, words[1]) || words[0] == "run" && slices.Contains([]string{"rerun", "cancel", "delete"}, words[1])):
			return "starts or steers a workflow: gh " + words[0] + " " + words[1]
		}
		return ""
	}, func(r script.Request) string {
		rest := resource(r)
		if len(rest) > 0 && (rest[0] == "dispatches" || rest[0] == "actions" && (!reads(r) || rest[len(rest)-1] == "dispatches")) {
			return "starts or steers a workflow: " + r.Method + " …/" + strings.Join(rest, "/")
		}
		if len(rest) > 0 && strings.HasPrefix(rest[0], "check-") && rest[len(rest)-1] == "rerequest" {
			return "starts a workflow: " + r.Method + " …/" + strings.Join(rest, "/")
		}
		return ""
	}, finding{expected: "the dispatcher alone starts engines", fix: "remove it; sequencing belongs to the route"})
}

func scriptTelemetry(p *pass) {
	f := finding{expected: "emit is the only author of records", fix: "write the engine's result to \"$RESULT_FILE\", as a JSON object"}
	for _, s := range p.scripts {
		for _, w := range s.facts.Writes {
			if path := strings.TrimPrefix(clean(w.Path.Text), "./"); strings.HasPrefix(path, "telemetry/") || strings.Contains(path, "/telemetry/v1/") || path == "telemetry" && w.Tool != ">" {
				f.message = "writes under telemetry/: " + w.Path.Text
				p.scriptFinding(s, w.Place, f)
			}
		}
	}
	p.commands(func(script.Command) string { return "" }, func(r script.Request) string {
		if !reads(r) && p.ofTelemetry(r) {
			return "writes to the telemetry repository: " + r.URL.Text
		}
		return ""
	}, f)
}

// ofTelemetry says that a request goes to a telemetry repository, by its variable or by the name that a platform gives it.
func (p *pass) ofTelemetry(r script.Request) bool {
	rest := strings.Join(resource(r), "/")
	if slices.Contains(r.URL.Vars, "TELEMETRY_REPO") || strings.HasPrefix(rest, "contents/telemetry/") {
		return true
	}
	return slices.ContainsFunc(p.set.Platforms, func(pl *spec.Platform) bool {
		_, name, _ := strings.Cut(pl.Telemetry.Value, "/")
		return name != "" && slices.Contains(segments(r), name)
	})
}

func scriptTargetCode(p *pass) {
	p.commands(targetCommand, func(r script.Request) string {
		if rest := resource(r); ofTarget(r.URL) && (len(rest) > 0 && slices.Contains([]string{"tarball", "zipball"}, rest[0]) || slices.Contains(segments(r), "archive") || strings.Contains(r.URL.Text, "codeload.")) {
			return "fetches the code of the monitored repository: " + r.URL.Text
		}
		return ""
	}, finding{expected: "no code of the monitored repository on the engine's machine", fix: "read the files you need with gh api repos/$TARGET_REPO/contents/…"})
}

// ofTarget says that a text comes from the name of the monitored repository, in which the run is, too.
func ofTarget(a script.Arg) bool {
	return slices.ContainsFunc([]string{"GITHUB_EVENT_PATH", "GITHUB_REPOSITORY", "TARGET_REPO"}, func(name string) bool { return slices.Contains(a.Vars, name) })
}

// cloneValues are options of git clone and fetch that take a value as a word of its own.
var cloneValues = strings.Fields(`-b --branch -c --config --bundle-uri --deepen --depth --filter -j --jobs --negotiation-tip -o --origin --ref-format --reference --reference-if-able --refmap
--separate-git-dir --server-option --shallow-exclude --shallow-since --template -u --upload-pack`)

// installers are programs that take a repository's address for a package and run what they get.
var installers = strings.Fields("brew bun bunx cargo composer docker gem go npm npx pip pip3 pipx pnpm podman uv uvx yarn")

// installs says that a program is given the monitored repository as a package: as a word that is its address, not one with the address in it.
func installs(c script.Command) bool {
	if !slices.Contains(installers, c.Name) || len(c.Args) == 0 || c.Args[0].Text == "run" && c.Name != "go" {
		return false
	}
	words := operands(c.Args, []string{"-t", "--tag", "--label", "--build-arg", "-f", "--file"})
	switch c.Name {
	case "go":
		words = words[min(1, len(words)):min(2, len(words))]
	case "npx", "bunx", "uvx":
		words = words[:min(1, len(words))]
	}
	return slices.ContainsFunc(words, func(a script.Arg) bool {
		return ofTarget(a) && (strings.Contains(a.Text, "git+") || slices.ContainsFunc([]string{"https://github.com/", "$GITHUB_SERVER_URL/", "github.com/", "github:", "git@", "git://", "ssh://"}, func(p string) bool { return strings.HasPrefix(a.Text, p) }))
	})
}

func targetCommand(c script.Command) string {
	words := texts(c.Args)
	verb := strings.Join(words[:min(2, len(words))], " ")
	switch {
	case c.Name == "gh" && (verb == "pr checkout" || len(words) > 0 && words[0] == "co"):
		return "fetches the code of the monitored repository: gh pr checkout"
	case c.Name == "gh" && (verb == "repo clone" || verb == "repo fork"):
		if ofTarget(append(operands(c.Args[2:], nil), script.Arg{})[0]) {
			return "fetches the code of the monitored repository: gh " + verb
		}
	case c.Name == "git" && len(words) > 0 && slices.Contains([]string{"clone", "fetch", "pull", "fetch-pack"}, words[0]):
		if ofTarget(append(operands(c.Args[1:], cloneValues), script.Arg{})[0]) {
			return "fetches the code of the monitored repository: git " + words[0]
		}
	case installs(c):
		return "fetches and runs the code of the monitored repository: " + c.Name
	case c.Name == "gh" && verb == "release download":
		if slices.ContainsFunc(c.Args, ofTarget) && slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "--archive") || strings.HasPrefix(w, "-A") }) {
			return "fetches the code of the monitored repository: gh release download --archive"
		}
	case c.Name == "git" && len(words) > 0 && words[0] == "config":
		if i := slices.IndexFunc(words, func(w string) bool { return strings.HasSuffix(strings.ToLower(w), ".insteadof") }); i >= 0 && ofTarget(c.Args[i]) {
			return "fetches the code of the monitored repository: git config " + words[i]
		}
	case c.Name == "git" && len(words) > 0 && words[0] == "archive":
		if slices.ContainsFunc(c.Args, func(a script.Arg) bool { return strings.HasPrefix(a.Text, "--remote") && ofTarget(a) }) {
			return "fetches the code of the monitored repository: git archive --remote"
		}
	case c.Name == "git" && slices.Contains([]string{"remote add", "submodule add", "subtree add", "subtree pull", "subtree merge"}, verb):
		if slices.ContainsFunc(c.Args[2:], ofTarget) {
			return "fetches the code of the monitored repository: git " + verb
		}
	}
	return ""
}

// operands are the words that are neither options nor the values of those named.
func operands(args []script.Arg, values []string) []script.Arg {
	var out []script.Arg
	for i := 0; i < len(args); i++ {
		switch t := args[i].Text; {
		case slices.Contains(values, t):
			i++
		case !strings.HasPrefix(t, "-"):
			out = append(out, args[i])
		}
	}
	return out
}

func scriptOpaque(p *pass) {
	for _, s := range p.scripts {
		f := finding{expected: "commands that stand in the script, or in a file of the platform", fix: "write the command out, or waive the rule with a reason and a date"}
		if s.shell != shell.Bash {
			f.expected, f.fix = "code that starts no program, runs no text and writes to no network", "do that in a step of bash, or waive the rule with a reason and a date"
		}
		for _, o := range s.facts.Opaque {
			f.message = "cannot be judged: " + o.What
			if o.What == script.TooLong {
				f.expected, f.fix = fmt.Sprintf("at most %d KiB", script.MaxScript>>10), "make several steps of it, or move parts of it to a program beside the spec"
			}
			p.scriptFinding(s, o.Place, f)
		}
	}
}

func texts(args []script.Arg) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a.Text
	}
	return out
}
