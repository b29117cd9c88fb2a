// Command validate is the engine that checks a repository's .github/task-assistant.yml.
// It writes nothing to the repository, and fails if the file is missing or wrong.
package main

import (
	"context"

	"github.com/task-assistant/tasc/engines/internal/engine"
	"github.com/task-assistant/tasc/engines/internal/result"
)

func main() { engine.Main("validate", validate) }

func validate(ctx context.Context, env engine.Env) (result.Details, error) {
	var d result.Details
	_, _, err := env.Managed(ctx, result.Fail, &d)
	return d, err
}
