// Command self-test is the engine that says what validate and materialize would say of a repository, and writes nothing.
package main

import (
	"context"
	"fmt"

	"github.com/task-assistant/tasc/engines/internal/changes"
	"github.com/task-assistant/tasc/engines/internal/engine"
	"github.com/task-assistant/tasc/engines/internal/result"
)

func main() { engine.Main("self-test", selfTest) }

func selfTest(ctx context.Context, env engine.Env) (result.Details, error) {
	var d result.Details
	repo, c, err := env.Managed(ctx, result.Fail, &d)
	if err != nil || c == nil {
		return d, err
	}
	missing, err := changes.Find(ctx, repo, c)
	if err != nil {
		return d, err
	}
	for _, change := range missing {
		d.Check(change.ID, result.Warn, "materialize would do this: %s", change.Details)
	}
	d.Summary = fmt.Sprintf("the configuration is valid; %d of %d labels and milestones differ from it", len(missing), c.Count())
	d.Check("repository", result.Pass, "%s", d.Summary)
	return d, nil
}
