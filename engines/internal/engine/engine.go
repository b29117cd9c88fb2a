// Package engine runs an engine: from the environment that its generated workflow gives it to the result that it leaves there.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/task-assistant/tasc/engines/internal/config"
	"github.com/task-assistant/tasc/engines/internal/report"
	"github.com/task-assistant/tasc/engines/internal/result"
	"github.com/task-assistant/tasc/engines/internal/target"
)

// Env is the environment of an engine's step.
type Env struct {
	Getenv func(string) string
}

// Telemetry returns the repository that holds the telemetry, opened by the token that can read it.
func (e Env) Telemetry() (*target.Repository, error) {
	return target.New(e.Getenv, "TELEMETRY_REPO", "TELEMETRY_TOKEN")
}

// Func is an engine. It returns what it looked at and did, also beside an error: what was done stays done.
type Func func(context.Context, Env) (result.Details, error)

// Main runs the engine as a process does, and ends it: with status 1 if a check failed or the engine could not do its work.
func Main(name string, f Func) {
	// A cancelled run asks politely first: the result still says what was done until then.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := Run(ctx, name, f, os.Getenv, os.Stdout); err != nil {
		report.Error(os.Stderr, name+": "+err.Error())
		os.Exit(1)
	}
}

var errFailed = errors.New("a check failed; see above")

// Run runs the engine, shows its checks and actions in the log and writes its result.
func Run(ctx context.Context, name string, f Func, getenv func(string) string, log io.Writer) error {
	if getenv("RESULT_FILE") == "" {
		return errors.New("RESULT_FILE is not set: an engine is started by its generated workflow")
	}
	details, failure := f(ctx, Env{getenv})
	details.Tool = name
	if failure != nil {
		details.Check("engine", result.Fail, "%v", failure)
		details.Summary = name + " stopped: " + failure.Error()
	}
	for _, a := range details.Actions {
		report.Action(log, a)
	}
	for _, c := range details.Checks {
		report.Check(log, c)
	}
	if err := result.Write(getenv("RESULT_FILE"), details); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	if failure == nil && details.Failed() {
		failure = errFailed
	}
	return failure
}

// Managed returns the target with what its configuration declares, and adds what it found to the details. The
// configuration is nil where there is nothing to act upon: the file has problems, or it is missing, which counts as
// the outcome that is given.
func (e Env) Managed(ctx context.Context, missing string, d *result.Details) (*target.Repository, *config.Config, error) {
	repo, err := target.New(e.Getenv, "TARGET_REPO", "GH_TOKEN")
	if err != nil {
		return nil, nil, err
	}
	data, err := repo.ReadFile(ctx, config.File)
	if errors.Is(err, target.ErrNotFound) {
		d.Summary = config.File + " is missing"
		d.Check("config", missing, "%s is not on the default branch; add it to have this repository managed", config.File)
		return repo, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	c, problems := config.Parse(data)
	for _, p := range problems {
		d.Check("config", result.Fail, "%s", p)
	}
	switch len(problems) {
	case 0:
		d.Summary = config.File + " is valid"
		d.Check("config", result.Pass, "%s", d.Summary)
	case 1:
		d.Summary = config.File + " has 1 problem"
	default:
		d.Summary = fmt.Sprintf("%s has %d problems", config.File, len(problems))
	}
	return repo, c, nil
}
