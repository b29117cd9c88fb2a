package act

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

// A Config says which event happened where. Act, Tmp, Server, Repository, Dir and Event are required.
type Config struct {
	Act        string            // path of the patched act, see Find
	Tmp        string            // an existing, empty folder, to which all that act and the steps keep is written
	Server     string            // base URL of the stand-in GitHub, without a slash at the end; REST is below /api/v3
	Repository string            // owner/name of the repository in which the event happens
	Dir        string            // working copy of that repository; its HEAD is github.sha and its branch github.ref
	Workflow   string            // file in .github/workflows of Dir; default "task-assistant.yml"
	Event      string            // name of the event: act runs the workflow if it names it, whatever its filters say
	Payload    []byte            // github.event, JSON; default {}
	Secrets    map[string]string // of the repository; GITHUB_TOKEN is also github.token, default "ghs_token"
	Vars       map[string]string // configuration variables
	Actions    map[string]string // "owner/name@ref" of an action or of workflows to a folder that stands in for it, see Checkout
	RunID      int               // default 1000
	RunAttempt int               // default 1
	Actor      string            // default "octocat"
	RunsOn     []string          // runner labels besides ubuntu-latest, ubuntu-24.04 and ubuntu-22.04
	Env        map[string]string // more environment of every step; what a step sets in its own env wins
	Home       map[string]string // files in the home of every step, such as curl's .curlrc
	Minute     time.Duration     // how long a minute of a step's timeout-minutes lasts; default one minute
	CancelAt   string            // the run is cancelled when a line of its log holds this text; default never
	Grace      time.Duration     // how long a run may take to end after it was cancelled; default 10 seconds
	Watch      func(Event)       // is told what happens, while it happens; default nobody
}

// An Event is the start of a step, or the end of a job.
type Event struct {
	Job, Step string // Step is empty at the end of a job
	Result    string // of the job; empty at the start of a step
}

// Run lets act run the event and returns what happened. A run that fails is a Result like any other; the error is not
// nil only when act itself cannot do its work: it cannot be started, finds no workflow, or meets an expression or a
// runner label that it does not know and would pass over. When ctx ends the run is cancelled as on GitHub: jobs whose
// condition still holds go on, for Grace at most; then everything is killed.
func Run(ctx context.Context, c Config) (Result, error) {
	c = c.withDefaults()
	args, err := c.args()
	if err != nil {
		return Result{}, err
	}
	cmd := exec.CommandContext(ctx, c.Act, args...)
	if cmd.Env, err = c.environment(ctx); err != nil {
		return Result{}, err
	}
	ownGroup(cmd)
	cmd.Cancel = func() error { // so that act ends its steps
		time.AfterFunc(c.Grace, func() { _ = terminate(cmd.Process) })
		return cmd.Process.Signal(os.Interrupt)
	}
	cmd.WaitDelay = c.Grace + 5*time.Second
	log := newLogReader(c.Watch)
	out := output{log: log, marker: []byte(c.CancelAt), found: func() { _ = cmd.Process.Signal(os.Interrupt) }}
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	out.end()
	result, problems := log.finish()
	switch exit := (*exec.ExitError)(nil); {
	case ctx.Err() != nil:
		problems = append(problems, "the run was stopped: "+context.Cause(ctx).Error())
	case errors.As(err, &exit):
		result.Code = exit.ExitCode()
	case err != nil:
		problems = append(problems, err.Error())
	}
	if len(result.Jobs) == 0 {
		problems = append(problems, "no job ended")
	}
	if len(problems) > 0 {
		return result, errors.New(strings.Join(problems, "\n"))
	}
	return result, nil
}

// output hands what act writes to log, line by line, and calls found once, when a line holds the marker.
type output struct {
	log    *logReader
	rest   []byte // of a line whose end has not come
	marker []byte
	found  func()
}

func (o *output) Write(p []byte) (int, error) {
	o.rest = append(o.rest, p...)
	for {
		line, rest, whole := bytes.Cut(o.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		o.rest = rest
		o.line(line)
	}
}

func (o *output) line(line []byte) {
	o.log.line(append(bytes.Clone(line), '\n'))
	if len(o.marker) > 0 && bytes.Contains(line, o.marker) {
		o.marker = nil
		o.found()
	}
}

// end takes a last line that does not end.
func (o *output) end() {
	if len(o.rest) > 0 {
		o.line(o.rest)
		o.rest = nil
	}
}

func (c Config) withDefaults() Config {
	if c.Workflow == "" {
		c.Workflow = "task-assistant.yml"
	}
	if c.Payload == nil {
		c.Payload = []byte("{}")
	}
	if c.RunID == 0 {
		c.RunID = 1000
	}
	if c.RunAttempt == 0 {
		c.RunAttempt = 1
	}
	if c.Actor == "" {
		c.Actor = "octocat"
	}
	if c.Grace == 0 {
		c.Grace = 10 * time.Second
	}
	if c.Watch == nil {
		c.Watch = func(Event) {}
	}
	secrets := map[string]string{"GITHUB_TOKEN": "ghs_token"}
	for name, value := range c.Secrets {
		secrets[name] = value
	}
	c.Secrets = secrets
	return c
}

// args returns act's command line. Everything that act keeps is below Tmp, so that runs side by side
// share nothing; everything that it would read from files of the user is named or turned off.
func (c Config) args() ([]string, error) {
	event := filepath.Join(c.Tmp, "event.json")
	if err := os.WriteFile(event, c.Payload, 0o600); err != nil {
		return nil, err
	}
	args := []string{
		c.Event, "--json", "--eventpath", event, "--actor", c.Actor,
		"--directory", c.Dir, "--workflows", ".github/workflows/" + c.Workflow,
		"--action-cache-path", filepath.Join(c.Tmp, "act"), "--no-cache-server", "--pull=false", "--rm",
		"--use-new-action-cache", "--no-skip-checkout", "--container-daemon-socket", "-",
		"--env-file", os.DevNull, "--secret-file", os.DevNull, "--var-file", os.DevNull, "--input-file", os.DevNull,
	}
	for _, label := range append([]string{"ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04"}, c.RunsOn...) {
		args = append(args, "--platform", label+"=-self-hosted")
	}
	env := map[string]string{
		"GITHUB_SERVER_URL":  c.Server,
		"GITHUB_API_URL":     c.Server + "/api/v3",
		"GITHUB_GRAPHQL_URL": c.Server + "/api/graphql",
		"GITHUB_REPOSITORY":  c.Repository,
		"GITHUB_RUN_ID":      strconv.Itoa(c.RunID),
		"GITHUB_RUN_ATTEMPT": strconv.Itoa(c.RunAttempt),
	}
	for name, value := range c.Env {
		env[name] = value
	}
	args = appendPairs(args, "--env", env)
	args = appendPairs(args, "--secret", c.Secrets)
	args = appendPairs(args, "--var", c.Vars)
	return appendPairs(args, "--local-repository", c.Actions), nil
}

func appendPairs(args []string, flag string, pairs map[string]string) []string {
	names := make([]string, 0, len(pairs))
	for name := range pairs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		args = append(args, flag, name+"="+pairs[name])
	}
	return args
}

// environment makes the home of every step and returns act's whole environment, which act hands on to every step.
// The build cache is the machine's own: a step that compiles the runner finds it warm.
func (c Config) environment(ctx context.Context) ([]string, error) {
	home, scratch := filepath.Join(c.Tmp, "home"), filepath.Join(c.Tmp, "tmp")
	for _, dir := range []string{home, scratch} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return nil, err
		}
	}
	for name, text := range c.Home {
		file := filepath.Join(home, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			return nil, err
		}
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + scratch, "LANG=C.UTF-8"}
	if _, err := exec.LookPath("go"); err == nil { // else no step needs its cache
		cache, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
		if err != nil {
			return nil, fmt.Errorf("go env GOCACHE: %w", err)
		}
		env = append(env, "GOCACHE="+strings.TrimSpace(string(cache)))
	}
	if c.Minute != 0 {
		env = append(env, fmt.Sprintf("ACT_MINUTE=%s", c.Minute))
	}
	return env, nil
}
