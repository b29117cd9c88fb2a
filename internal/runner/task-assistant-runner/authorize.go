package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/handover"
)

// authorize mints the engine's token and seals it for the engine's job, which never sees the App's key.
func authorize(ctx context.Context, j *job) error {
	name, target, ref := j.env.Need("ENGINE_NAME"), j.env.Text("TARGET_REPO"), j.env.Text("ENGINE_REF")
	appKey, handoverKey := j.env.Text("ENGINE_APP_KEY"), j.env.Text("HANDOVER_KEY")
	api := j.env.Need("GITHUB_API_URL")
	run, err := j.trusted()
	if err != nil {
		return err
	}
	if err := errors.Join(run.checkRef(ref), run.checkTarget(target)); err != nil {
		return errors.New(oneLine(err))
	}
	engine, ok := run.facts.Engine(name)
	if !ok {
		return fmt.Errorf("the engine %q is not one of this platform", actions.Line(name, 100))
	}
	app := github.Credentials{ClientID: run.facts.Apps.Engine.ClientID, Key: appKey}
	token, err := j.github(api).Mint(ctx, app, github.Scope{Repository: target, Permissions: withMetadata(engine.Permissions)})
	if err != nil {
		return err
	}
	purpose := handover.Purpose{RunID: run.runID, Engine: name, Target: target}
	sealed, err := handover.Seal(handoverKey, purpose, handover.Token{Value: token.Value, Expires: token.Expires}, j.random)
	if err != nil {
		return err
	}
	return j.out.Outputs(actions.Output{Name: "sealed", Value: sealed})
}

// withMetadata adds the permission that GitHub adds to every token on a repository.
func withMetadata(permissions map[string]string) map[string]string {
	all := map[string]string{"metadata": "read"}
	for name, level := range permissions {
		all[name] = level
	}
	return all
}

// unseal opens the engine's token in the engine's job, where the handover key is known to this step alone.
func unseal(_ context.Context, j *job) error {
	name, target := j.env.Need("ENGINE_NAME"), j.env.Need("TARGET_REPO")
	sealed, key := j.env.Text("SEALED"), j.env.Text("HANDOVER_KEY")
	id, _, err := j.runNumbers()
	if err != nil {
		return err
	}
	token, err := handover.Open(key, handover.Purpose{RunID: id, Engine: name, Target: target}, sealed, j.now())
	if err != nil {
		return err
	}
	j.out.Mask(token.Value)
	return j.out.Outputs(actions.Output{Name: "token", Value: token.Value})
}
