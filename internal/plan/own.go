package plan

import (
	"fmt"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/lock"
)

// atTop reports whether the platform tree is at the top of the project, so that the
// platform's repository holds the specs too.
func (b *builder) atTop() bool {
	for _, o := range b.platform.Outputs {
		if o.Key.Value == layout.PlatformTree {
			return o.Value.Value == "."
		}
	}
	return false
}

// own are the workflows of the platform's repository itself: they run tasc on the
// specs that it holds, in the version that the lock holds a digest of. Without one
// there are none, and pending says what to do.
func (b *builder) own() (workflows []Workflow, pending string) {
	switch {
	case !b.atTop():
		return nil, ""
	case b.lock.Compiler == nil && b.platform.Mode.Value == "development":
		return nil, "" // who tries things out is not told what a release will need
	case b.lock.Compiler == nil:
		return nil, fmt.Sprintf("platform %s: tasc.lock holds no compiler yet, so tasc-check.yml and tasc-release.yml are left out; lock the digests of this tasc (docs/lock.md)", b.platform.Name.Value)
	}
	return []Workflow{b.checkWorkflow(), b.releaseWorkflow()}, ""
}

// compiler is the tasc that the lock holds, as it was released.
func (b *builder) compiler() *Download {
	if !b.atTop() || b.lock.Compiler == nil {
		return nil
	}
	return &Download{From: releases + "/" + b.lock.Compiler.Version, Digests: b.lock.Compiler.Digests}
}

// checkWorkflow runs on what anybody proposes, so it holds no secret, and it runs
// on the engines' machines, in reach of no App key.
func (b *builder) checkWorkflow() Workflow {
	return Workflow{
		Path: workflows + "tasc-check.yml",
		Name: b.platform.Title.Value + " specs",
		On:   On{PullRequest: true, Push: &Push{Branches: []string{"**"}}},
		Jobs: []Job{{
			ID:          "check",
			Name:        "Check",
			Comment:     "The generated files are what the specs say. There is no secret here, and nothing is written.",
			Permissions: []Field{text("contents", "read")},
			Run: &Run{
				RunsOn:         values(b.platform.EnginesRunsOn),
				TimeoutMinutes: ownTimeout,
				Steps: []Step{
					b.checkoutSelf(),
					downloadTasc(b.compiler()),
					{Name: "Compare specs and files", Env: []Field{text("SPECS", b.set.Dir)}, Script: tascCheckScript},
				},
			},
		}},
	}
}

const tascCheckScript = `set -euo pipefail
"$RUNNER_TEMP/tasc" check --format github --summary "$GITHUB_STEP_SUMMARY" --spec "$SPECS"
`

// releaseWorkflow makes a release where its people may not push, or would rather not from their machines. It may write
// to its repository, so it runs on the trusted machines, and the token is in reach of the one step that sends.
func (b *builder) releaseWorkflow() Workflow {
	version, branch := path("VERSION", "inputs.version"), path("BRANCH", "github.event.repository.default_branch")
	return Workflow{
		Path: workflows + "tasc-release.yml",
		Name: b.platform.Title.Value + " release",
		On: On{Dispatch: &WorkflowDispatch{Inputs: []DispatchInput{
			{Name: "version", Description: "Version of the release, such as v1.4.0", Required: true, Type: "string"},
		}}},
		Jobs: []Job{{
			ID:          "release",
			Name:        "Release",
			Comment:     "The tag and the commit behind it arrive together or not at all. What runs here is never told the token that may\nwrite, but for the last step.",
			Permissions: []Field{text("contents", "write")},
			Run: &Run{
				RunsOn:         values(b.platform.TrustedRunsOn),
				TimeoutMinutes: ownTimeout,
				Concurrency:    &Concurrency{Group: expr.String("tasc-release"), Queue: b.queue()},
				Steps: []Step{
					{Name: "Refuse any branch but the default one", Env: []Field{path("REF", "github.ref"), branch}, Script: releaseBranchScript},
					b.checkoutSelf(),
					downloadTasc(b.compiler()),
					{Name: "Tag and commit the release", Env: append(releaseIdentity(), branch, text("SPECS", b.set.Dir), version), Script: tascReleaseScript},
					{Name: "Push both at once", Env: []Field{branch, path("GITHUB_TOKEN", "github.token"), version}, Script: releasePushScript},
				},
			},
		}},
	}
}

const releaseBranchScript = `set -euo pipefail
if [[ $REF != "refs/heads/$BRANCH" ]]; then
  echo "::error title=release-branch::a release is made of the default branch; run this workflow from there"
  exit 1
fi
`

// releaseIdentity is whom GitHub shows as the author of what a workflow commits
// (github.com/actions/checkout, README, "Push a commit using the built-in token").
func releaseIdentity() []Field {
	const name, email = "github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"
	return []Field{
		text("GIT_AUTHOR_NAME", name), text("GIT_AUTHOR_EMAIL", email),
		text("GIT_COMMITTER_NAME", name), text("GIT_COMMITTER_EMAIL", email),
	}
}

// What people type as the version is never a flag, and tasc takes nothing but a version.
const tascReleaseScript = `set -euo pipefail
git checkout --quiet -B "$BRANCH"
"$RUNNER_TEMP/tasc" release --format github --spec "$SPECS" -- "$VERSION"
`

// The token reaches git in its environment and no other process (printf is bash's own), bound to the server's address.
// git reads no configuration of the machine or a user, runs no hook and no credential helper, and follows no redirect.
const releasePushScript = `set -euo pipefail
basic=$(printf 'x-access-token:%s' "$GITHUB_TOKEN" | base64 --wrap=0)
echo "::add-mask::$basic"
export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_COUNT=4
export GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraHeader" GIT_CONFIG_VALUE_0="Authorization: Basic $basic"
export GIT_CONFIG_KEY_1=http.followRedirects GIT_CONFIG_VALUE_1=false
export GIT_CONFIG_KEY_2=credential.helper GIT_CONFIG_VALUE_2=
export GIT_CONFIG_KEY_3=core.hooksPath GIT_CONFIG_VALUE_3=/dev/null
git push --atomic "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git" "HEAD:refs/heads/$BRANCH" "refs/tags/$VERSION"
`

// checkoutSelf fetches the repository that the workflow runs in, at the commit that it runs for.
func (b *builder) checkoutSelf(more ...Field) Step {
	return Step{
		Name: "Check out the specs",
		Uses: b.action(lock.Checkout),
		With: append([]Field{{Name: "ref", Expr: expr.Path("github.sha")}, bare("persist-credentials", "false")}, more...),
	}
}
