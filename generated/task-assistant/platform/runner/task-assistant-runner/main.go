// Command task-assistant-runner does the trusted work of a dispatcher run: it plans the run, checks its
// preconditions, mints and seals tokens, records what engines did, and judges the whole. In the telemetry
// repository it sweeps the spool.
//
//	task-assistant-runner plan | preflight | authorize | unseal | revoke | collect | emit | verdict | sweep | version
//
// Everything it needs comes in environment variables, everything it has to say leaves through the files
// and commands of GitHub Actions. It exits with 0 if all is well, with 1 if the job must be red, and with
// 2 if it was not started as a generated workflow starts it. A verb reads its input, decides in functions
// without effects, and acts at the end. Adding a verb means adding a line to verbs and a file.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/github"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, &job{
		lookup:     os.LookupEnv,
		log:        os.Stdout,
		random:     rand.Reader,
		now:        time.Now,
		executable: os.Executable,
		client:     github.New,
		sleep:      github.Sleep,
		gitLimit:   5 * time.Minute, // a push of five hundred refs takes seconds
	}, os.Args[1:])
	stop()
	os.Exit(code)
}

// verb is one thing the runner can do.
type verb struct {
	name string
	run  func(context.Context, *job) error
}

func verbs() []verb {
	return []verb{
		{"plan", plan},
		{"preflight", preflight},
		{"authorize", authorize},
		{"unseal", unseal},
		{"revoke", revoke},
		{"collect", collect},
		{"emit", emit},
		{"verdict", verdict},
		{"sweep", sweep},
		{"version", version},
	}
}

// run runs the verb that args names and returns the exit code.
func run(ctx context.Context, j *job, args []string) int {
	j.env = actions.NewEnv(j.lookup)
	j.out = &actions.Surface{
		Log:         j.log,
		OutputFile:  j.env.Optional("GITHUB_OUTPUT"),
		SummaryFile: j.env.Optional("GITHUB_STEP_SUMMARY"),
		Random:      j.random,
	}
	v, err := find(args)
	if err == nil {
		j.verb = v.name
		err = v.run(ctx, j)
		j.revoke(ctx)
	}
	return report(j.out, err)
}

func find(args []string) (verb, error) {
	names := make([]string, 0, len(verbs()))
	for _, v := range verbs() {
		if len(args) == 1 && args[0] == v.name {
			return v, nil
		}
		names = append(names, v.name)
	}
	return verb{}, &actions.UsageError{Text: fmt.Sprintf("the arguments are %q, expected one of %s", args, strings.Join(names, ", "))}
}

// report shows err and returns the exit code that belongs to it.
func report(out *actions.Surface, err error) int {
	if err == nil {
		return 0
	}
	var all failures
	if !errors.As(err, &all) {
		all = failures{err.Error()}
	}
	for _, text := range all {
		out.Error(actions.Line(text, 2048))
	}
	var usage *actions.UsageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}

// failures are the reasons why a job must be red, shown one by one.
type failures []string

func (f failures) Error() string { return strings.Join(f, "; ") }
