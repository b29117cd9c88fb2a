package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/local"
	"github.com/task-assistant/tasc/internal/plan"
)

// runConfig decides everything about the run before anything is started.
func (a *app) runConfig(ctx context.Context, o runOptions, c local.Config) (local.Config, error) {
	ask := local.Ask{Route: o.route, Event: o.eventName, Profile: o.profile}
	var err error
	if o.event != "" {
		if ask.Payload, err = os.ReadFile(a.path(o.event)); err != nil {
			return c, fmt.Errorf("--event: %s", reason(err))
		}
	}
	if ask.Inputs, err = pairs("--input", o.inputs); err != nil {
		return c, err
	}
	planned := plan.Build(c.Set, c.Platform, c.Lock)
	if c.Event, err = local.Decide(planned, ask); err != nil {
		return c, err
	}
	c.Target = local.MadeUp()
	if o.target != "" {
		if c.Target, err = local.ReadTarget(ctx, a.path(o.target)); err != nil {
			return c, fmt.Errorf("--target: %s", reason(err))
		}
		c.Target.Folder = o.target
	}
	if c.Vars, err = pairs("--var", o.vars); err == nil {
		c.Secrets, err = a.secretsOf(o, planned, c.Event)
	}
	if err != nil {
		return c, err
	}
	c.Actions = local.Actions(planned, c.Lock, c.Event.Engines)
	if c.Given, err = a.folders(o.actions); err != nil {
		return c, err
	}
	c.Keep = o.keep
	if o.answers != "" {
		data, err := os.ReadFile(a.path(o.answers))
		if err != nil {
			return c, fmt.Errorf("--answers: %s", reason(err))
		}
		if c.Answers, err = local.ReadAnswers(data); err != nil {
			return c, fmt.Errorf("--answers %s: %w", o.answers, err)
		}
	}
	return c, nil
}

// pairs reads name=value.
func pairs(flag string, given []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%s %s: expected name=value", flag, text)
		}
		out[name] = value
	}
	return out, nil
}

// folders reads owner/name@ref=folder.
func (a *app) folders(given []string) (map[string]string, error) {
	out, err := pairs("--action", given)
	for name, folder := range out {
		if out[name], err = filepath.Abs(a.path(folder)); err != nil {
			return nil, err
		}
		if _, err := os.Stat(out[name]); err != nil {
			return nil, fmt.Errorf("--action %s: %s", name, reason(err))
		}
	}
	return out, err
}

// secretsOf returns the secrets that the engines of the event find. One that is missing would be empty on GitHub, too,
// and the run would fail for a reason that is not the engine's.
func (a *app) secretsOf(o runOptions, p plan.Plan, e local.Event) (map[string]string, error) {
	out, err := a.secretFile(o.secretFile)
	if err != nil {
		return nil, err
	}
	for _, name := range o.secrets {
		value, ok := a.lookup(name)
		if !ok {
			return nil, fmt.Errorf("--secret %s: there is no environment variable of that name", name)
		}
		out[name] = value
	}
	var missing []string
	for _, g := range p.Engines {
		for _, name := range g.Secrets {
			if _, ok := out[name]; !ok && slices.Contains(e.Engines, g.Engine) {
				missing = append(missing, fmt.Sprintf("%s (engine %s)", name, g.Engine))
			}
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("secrets that engines need are missing: %s; give a value to try with in an environment variable and name it with --secret, or in a file with --secret-file", strings.Join(missing, ", "))
	}
	return out, nil
}

// path is a file that a flag names, as seen from the folder to work in.
func (a *app) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.dir, name)
}

// lookup reads the environment.
func (a *app) lookup(name string) (string, bool) {
	if a.env.LookupEnv == nil {
		return "", false
	}
	return a.env.LookupEnv(name)
}

// secretFile reads lines NAME=value; empty lines and those that begin with # say nothing.
func (a *app) secretFile(name string) (map[string]string, error) {
	out := map[string]string{}
	if name == "" {
		return out, nil
	}
	data, err := os.ReadFile(a.path(name))
	if err != nil {
		return nil, fmt.Errorf("--secret-file: %s", reason(err))
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "", line[0] == '#':
		case !ok || key == "":
			return nil, fmt.Errorf("--secret-file %s: line %d is not NAME=value", name, n)
		default:
			out[key] = value
		}
	}
	return out, nil
}
