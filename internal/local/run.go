package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/task-assistant/tasc/internal/act"
	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/spec"
)

// Config is one run. What it names was accepted by validate, and by Decide.
type Config struct {
	Set      *spec.Set
	Platform *spec.Platform
	Lock     *lock.Lock
	Event    Event
	Target   Target
	// Secrets and Vars of the monitored repository, beside the platform's own keys, which are made for the run.
	Secrets, Vars map[string]string
	// Actions are what the engines use, by Actions; Given are folders for some of them, Shelf has the others.
	Actions []string
	Given   map[string]string
	Shelf   Shelf
	// Answers are given instead of the stand-in's own.
	Answers []Answer
	// Home are files in the home of every step, such as curl's .curlrc.
	Home map[string]string
	// Act is the path of the patched act.
	Act string
	// Dir is an empty folder for everything that the run writes. It is the caller's to remove, by Remove.
	Dir string
	// Keep leaves the repositories in Dir when the run is over.
	Keep bool
	// Watch is told what happens while it happens; nil for nobody.
	Watch func(act.Event)
}

// Run lets the event happen and returns what became of it. A run that fails is a Trace like any other; the error is not
// nil only where nothing could be executed, or ctx ended. The log is that of all jobs, one "[job] text" a line.
func Run(ctx context.Context, c Config) (trace Trace, log string, err error) {
	defer func() {
		if r := recover(); r != nil { // the stand-in tells so what it cannot be: a repository of that name, for one
			err = fmt.Errorf("%v", r)
		}
	}()
	began := time.Now()
	server, err := githubtest.Start(githubtest.Config{Dir: c.Dir})
	if err != nil {
		return Trace{}, "", err
	}
	prepared := &answers{given: c.Answers, count: make([]int, len(c.Answers))}
	server.Intercept(prepared.next)
	w := newWorld(server, c)
	result, err := w.act(ctx)
	if err == nil {
		trace, err = w.trace(ctx, result)
		trace.Seconds, trace.Notes = seconds(time.Since(began)), append(trace.Notes, prepared.notes()...)
	}
	if c.Keep {
		err = errors.Join(err, w.keep())
	}
	return trace, result.Log, errors.Join(err, server.Close())
}

// act executes.
func (w *world) act(ctx context.Context) (act.Result, error) {
	config, err := w.actConfig(ctx)
	if err != nil {
		return act.Result{}, err
	}
	home, stop, err := ghSocket(w.github, w.config.Dir)
	if err != nil { // the folder's name is too long for a socket, for one
		w.config.Event.Notes = append(w.config.Event.Notes, "gh cannot reach the stand-in: "+err.Error())
		return act.Run(ctx, config)
	}
	maps.Copy(config.Home, home)
	result, err := act.Run(ctx, config)
	return result, errors.Join(err, stop())
}

// actConfig says to act what happened, where.
func (w *world) actConfig(ctx context.Context) (act.Config, error) {
	c := w.config
	tmp, clone, checkouts := filepath.Join(c.Dir, "act"), filepath.Join(c.Dir, "clone"), filepath.Join(c.Dir, "checkout")
	payload, err := json.MarshalIndent(c.Event.Payload, "", "  ")
	if err == nil {
		err = errors.Join(os.Mkdir(tmp, 0o700), act.Checkout(checkouts), w.clone(ctx, clone))
	}
	if err != nil {
		return act.Config{}, err
	}
	stands := c.standIns(checkouts)
	if w.plan.Facts.Closed() { // GitHub lets the stub call the workflows, and gives no token that reads them
		dir := filepath.Join(c.Dir, "platform")
		if err := write(dir, tree(w.files, "platform/")); err != nil {
			return act.Config{}, err
		}
		stands[w.plan.Facts.Repository+"@"+w.entry()] = dir
	}
	home := map[string]string{}
	maps.Copy(home, c.Home)
	secrets := map[string]string{"GITHUB_TOKEN": w.github.AddToken("GITHUB_TOKEN", c.Event.Repository, map[string]string{})}
	maps.Copy(secrets, w.secrets)
	return act.Config{
		Act: c.Act, Tmp: tmp, Server: w.github.URL, Repository: c.Event.Repository, Dir: clone, Workflow: w.plan.Platform + ".yml",
		Home: home, Event: c.Event.Name, Payload: payload, Secrets: secrets, Vars: c.Vars, Actions: stands, RunsOn: labels(w.plan), Watch: c.Watch,
	}, nil
}

// entry is the ref at which the stub enters the platform.
func (w *world) entry() string {
	_, at, _ := strings.Cut(stubOf(w.plan, w.config.Event.Profile).Jobs[0].Call.Uses.Value, "@")
	return at
}

// labels are those of all machines that the platform's jobs ask for: this one is every one of them.
func labels(p plan.Plan) []string {
	var out []string
	for _, workflow := range p.Workflows {
		for _, job := range workflow.Jobs {
			if job.Run != nil {
				out = append(out, job.Run.RunsOn...)
			}
		}
	}
	return out
}

// keep copies the repositories to where they outlive the stand-in.
func (w *world) keep() error {
	for _, name := range w.made {
		dir := filepath.Join(w.config.Dir, "repositories", filepath.FromSlash(name)+".git")
		if err := os.CopyFS(dir, os.DirFS(w.github.GitDir(name))); err != nil {
			return err
		}
	}
	return nil
}

// Remove removes the folder of a run. Go's module cache, which a step may have filled, is read-only.
func Remove(dir string) error {
	if err := os.RemoveAll(dir); err == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(name, 0o700)
		}
		return nil // what cannot be read is left to RemoveAll to name
	})
	return os.RemoveAll(dir)
}
