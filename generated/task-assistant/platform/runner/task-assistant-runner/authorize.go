package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/handover"
)

// authorize mints the engine's tokens and seals them for the engine's job, which never sees the App's key.
func authorize(ctx context.Context, j *job) error {
	name, target, ref := j.env.Need("ENGINE_NAME"), j.env.Text("TARGET_REPO"), j.env.Text("ENGINE_REF")
	// A job is given the keys of the Apps that mint for its engine; without one that is needed there is no token.
	keys := appKeys{engine: j.env.Optional("ENGINE_APP_KEY"), telemetry: j.env.Optional("TELEMETRY_APP_KEY")}
	handed, handoverKey := j.env.Optional("TELEMETRY_REPO"), j.env.Text("HANDOVER_KEY")
	api := j.env.Need("GITHUB_API_URL")
	run, err := j.trusted()
	if err != nil {
		return err
	}
	if err := errors.Join(run.checkRef(ref), run.checkTarget(target), run.checkOwner()); err != nil {
		return errors.New(oneLine(err))
	}
	engine, ok := run.facts.Engine(name)
	if !ok {
		return fmt.Errorf("the engine %q is not one of this platform", actions.Line(name, 100))
	}
	wants, err := run.wanted(engine, keys, handed)
	if err != nil {
		return err
	}
	var outputs []actions.Output
	client := j.github(api)
	for _, w := range wants {
		token, err := client.Mint(ctx, w.app, w.scope)
		if err != nil {
			return err
		}
		purpose := handover.Purpose{RunID: run.runID, Engine: name, Target: w.scope.Repository, Use: w.use}
		sealed, err := handover.Seal(handoverKey, purpose, handover.Token{Value: token.Value, Expires: token.Expires}, j.random)
		if err != nil {
			return err
		}
		outputs = append(outputs, actions.Output{Name: w.output, Value: sealed})
	}
	if err := j.out.Outputs(outputs...); err != nil {
		return err
	}
	client.HandOn()
	return nil
}

// The uses of tokens that are not the engine's own: they read the platform's repository, or the telemetry repository.
const (
	usePlatform  = "platform"
	useTelemetry = "telemetry"
)

// appKeys are the private keys of the Apps, "" where a job is not given one.
type appKeys struct{ engine, telemetry string }

// wanted is one token to mint, and the output in which it travels.
type wanted struct {
	output, use string
	app         github.Credentials
	scope       github.Scope
}

// wanted returns the tokens of an engine: its own on the target, if it has permissions, one that reads the
// platform's files, if nobody can without, and one that reads telemetry, if the spec says so. handed is the telemetry
// repository that the run goes by. The telemetry App mints the last, since no other is installed there.
func (c runContext) wanted(engine facts.Engine, keys appKeys, handed string) ([]wanted, error) {
	app := appOf(c.facts.Apps.Engine, keys.engine)
	var out []wanted
	if len(engine.Permissions) > 0 {
		out = append(out, wanted{"sealed", "", app, github.Scope{Repository: c.repository, Permissions: withMetadata(engine.Permissions)}})
	}
	if c.facts.Closed() {
		out = append(out, wanted{"sealed_platform", usePlatform, app, github.Scope{Repository: c.facts.Repository, Permissions: readScope()}})
	}
	if !engine.ReadsTelemetry {
		return out, nil
	}
	telemetry, err := c.telemetryRepository(handed)
	app = appOf(c.facts.Apps.Telemetry, keys.telemetry)
	return append(out, wanted{"sealed_telemetry", useTelemetry, app, github.Scope{Repository: telemetry, Permissions: readScope()}}), err
}

// withMetadata adds the permission that GitHub adds to every token on a repository.
func withMetadata(permissions map[string]string) map[string]string {
	all := map[string]string{"metadata": "read"}
	for name, level := range permissions {
		all[name] = level
	}
	return all
}

// unseal opens the tokens that were handed to the engine's job, where the handover key is known to this step alone.
func unseal(_ context.Context, j *job) error {
	name, target, key := j.env.Need("ENGINE_NAME"), j.env.Need("TARGET_REPO"), j.env.Text("HANDOVER_KEY")
	id, _, err := j.runNumbers()
	if err != nil {
		return err
	}
	own := handover.Purpose{RunID: id, Engine: name, Target: target}
	platform := handover.Purpose{RunID: id, Engine: name, Target: j.env.Optional("PLATFORM_REPO"), Use: usePlatform}
	telemetry := handover.Purpose{RunID: id, Engine: name, Target: j.env.Optional("TELEMETRY_REPO"), Use: useTelemetry}
	var outputs []actions.Output
	for _, h := range []struct {
		variable, output string
		purpose          handover.Purpose
	}{{"SEALED", "token", own}, {"SEALED_PLATFORM", "platform_token", platform}, {"SEALED_TELEMETRY", "telemetry_token", telemetry}} {
		sealed, handed := j.lookup(h.variable)
		if !handed {
			continue // this engine has no such token
		}
		token, err := handover.Open(key, h.purpose, sealed, j.now())
		if err != nil {
			return err
		}
		j.out.Mask(token.Value)
		outputs = append(outputs, actions.Output{Name: h.output, Value: token.Value})
	}
	if len(outputs) == 0 {
		return &actions.UsageError{Text: "missing SEALED: no token was handed to this step"}
	}
	return j.out.Outputs(outputs...)
}

// revoke ends the tokens that this job was handed, once no step needs them. Nothing depends on it: they end within their
// hour anyway, and an engine that wants to keep its own can keep this step from it.
func revoke(ctx context.Context, j *job) error {
	client := j.github(j.env.Need("GITHUB_API_URL"))
	if err := j.env.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeGrace)
	defer cancel()
	for _, name := range []string{"GH_TOKEN", "TELEMETRY_TOKEN", "PLATFORM_TOKEN"} {
		token := j.env.Optional(name)
		if token == "" {
			continue // this step has no such token
		}
		if err := client.Revoke(ctx, token); err != nil {
			j.out.Notice("the token " + name + " ends within the hour, and not now: " + actions.Line(oneLine(err), 300))
		}
	}
	return nil
}
