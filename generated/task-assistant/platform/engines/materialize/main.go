// Command materialize is the engine that gives a repository the labels and milestones that its .github/task-assistant.yml declares.
// It creates and corrects, and deletes nothing; a second run finds nothing to do.
package main

import (
	"context"
	"fmt"

	"github.com/task-assistant/tasc/engines/internal/changes"
	"github.com/task-assistant/tasc/engines/internal/engine"
	"github.com/task-assistant/tasc/engines/internal/result"
)

func main() { engine.Main("materialize", materialize) }

// The modes: what a person chooses when starting the route.
const (
	apply  = "apply"
	dryRun = "dry-run"
)

func materialize(ctx context.Context, env engine.Env) (result.Details, error) {
	d := result.Details{Mode: env.Getenv("MODE")}
	if d.Mode != apply && d.Mode != dryRun {
		return d, fmt.Errorf("MODE is %q; expected %s or %s", d.Mode, apply, dryRun)
	}
	repo, c, err := env.Managed(ctx, result.Fail, &d)
	if err != nil || c == nil {
		return d, err
	}
	missing, err := changes.Find(ctx, repo, c)
	if err != nil {
		return d, err
	}
	for _, change := range missing {
		if d.Mode == apply {
			if err := change.Apply(ctx, repo); err != nil {
				return d, fmt.Errorf("%s of %s failed after %d of %d changes: %w", change.ID, change.Details, len(d.Actions), len(missing), err)
			}
		}
		d.Actions = append(d.Actions, change.Action)
	}
	summarize(&d, c.Count())
	return d, nil
}

// summarize says what was done of what is declared.
func summarize(d *result.Details, declared int) {
	n := len(d.Actions)
	switch {
	case n == 0:
		d.Summary = fmt.Sprintf("all %d labels and milestones are as declared", declared)
		d.Check("repository", result.Pass, "%s", d.Summary)
	case d.Mode == dryRun:
		d.Summary = fmt.Sprintf("%d of %d labels and milestones would be created or corrected", n, declared)
		d.Check("repository", result.Warn, "%s", d.Summary)
	default:
		d.Summary = fmt.Sprintf("%d of %d labels and milestones were created or corrected", n, declared)
		d.Check("repository", result.Pass, "%s", d.Summary)
	}
}
