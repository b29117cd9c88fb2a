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
		return nil, fmt.Sprintf("platform %s: tasc.lock holds no compiler yet, so tasc-check.yml is left out; lock the digests of this tasc (docs/lock.md)", b.platform.Name.Value)
	}
	return []Workflow{b.checkWorkflow()}, ""
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
				TimeoutMinutes: trustedTimeout,
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
"$RUNNER_TEMP/tasc" check --format github --spec "$SPECS"
`

// checkoutSelf fetches the repository that the workflow runs in, at the commit that it runs for.
func (b *builder) checkoutSelf(more ...Field) Step {
	return Step{
		Name: "Check out the specs",
		Uses: b.action(lock.Checkout),
		With: append([]Field{{Name: "ref", Expr: expr.Path("github.sha")}, bare("persist-credentials", "false")}, more...),
	}
}
