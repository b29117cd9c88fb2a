package e2e

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
	"testing"
	"time"
)

// A Config says which event happened where. Server, Repository, Dir and Event are required.
type Config struct {
	Server     string            // base URL of the stand-in GitHub, without a slash at the end; REST is below /api/v3
	Repository string            // owner/name of the repository in which the event happens
	Dir        string            // working copy of that repository; its HEAD is github.sha and its branch github.ref
	Workflow   string            // file in .github/workflows of Dir; default "task-assistant.yml"
	Event      string            // name of the event: act runs the workflow if it names it, whatever its filters say
	Payload    []byte            // github.event, JSON; default {}
	Secrets    map[string]string // of the repository; GITHUB_TOKEN is also github.token, default "ghs_token"
	Vars       map[string]string // configuration variables
	Actions    map[string]string // "owner/name@ref" of an action or of workflows to a folder that stands in for it, see StandIn
	RunID      int               // default 1000
	RunAttempt int               // default 1
	Actor      string            // default "octocat"
	RunsOn     []string          // runner labels besides ubuntu-latest, ubuntu-24.04 and ubuntu-22.04
	Env        map[string]string // more environment of every step; wins over what the workflow sets
	Home       map[string]string // files in the home of every step, such as curl's .curlrc
	Minute     time.Duration     // how long a minute of a step's timeout-minutes lasts; default one minute
	CancelAt   string            // the run is cancelled when a line of its log holds this text; default never
}

// Run lets act run the event and returns what happened. A run that fails is a Result like any other;
// the test ends only when act itself cannot do its work: it cannot be built, finds no workflow,
// or meets an expression or a runner label that it does not know and would pass over.
func Run(t testing.TB, c Config) Result {
	t.Helper()
	c = c.withDefaults()
	act := binary(t)
	tmp := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, act, c.args(t, tmp)...)
	cmd.Env = environment(t, tmp, c.Minute)
	c.furnish(t, filepath.Join(tmp, "home"))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that act ends its steps
	cmd.WaitDelay = 10 * time.Second
	out := output{marker: []byte(c.CancelAt), found: func() { _ = cmd.Cancel() }}
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	result, problems := parse(out.text.Bytes())
	switch exit := (*exec.ExitError)(nil); {
	case ctx.Err() != nil:
		problems = append(problems, "the run took too long")
	case errors.As(err, &exit):
		result.Code = exit.ExitCode()
	case err != nil:
		problems = append(problems, err.Error())
	}
	if len(result.Jobs) == 0 {
		problems = append(problems, "no job ended")
	}
	if len(problems) > 0 {
		t.Fatalf("act: %s\n%s", strings.Join(problems, "\n"), result.Log)
	}
	return result
}

// output keeps what act writes and calls found once, when it has written the marker.
type output struct {
	text   bytes.Buffer
	marker []byte
	found  func()
}

func (o *output) Write(p []byte) (int, error) {
	seen := max(0, o.text.Len()-len(o.marker))
	n, err := o.text.Write(p)
	if len(o.marker) > 0 && bytes.Contains(o.text.Bytes()[seen:], o.marker) {
		o.marker = nil
		o.found()
	}
	return n, err
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
	secrets := map[string]string{"GITHUB_TOKEN": "ghs_token"}
	for name, value := range c.Secrets {
		secrets[name] = value
	}
	c.Secrets = secrets
	return c
}

// args returns act's command line. Everything that act keeps is below tmp, so that runs side by side
// share nothing; everything that it would read from files of the user is named or turned off.
func (c Config) args(t testing.TB, tmp string) []string {
	event := filepath.Join(tmp, "event.json")
	if err := os.WriteFile(event, c.Payload, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		c.Event, "--json", "--eventpath", event, "--actor", c.Actor,
		"--directory", c.Dir, "--workflows", ".github/workflows/" + c.Workflow,
		"--action-cache-path", filepath.Join(tmp, "act"), "--no-cache-server", "--pull=false", "--rm",
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
	return appendPairs(args, "--local-repository", c.Actions)
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

// furnish writes the files of Home.
func (c Config) furnish(t testing.TB, home string) {
	for name, text := range c.Home {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// environment returns act's whole environment, which act hands on to every step.
// The build cache is the machine's own: a step that compiles the runner finds it warm.
func environment(t testing.TB, tmp string, minute time.Duration) []string {
	home, scratch := filepath.Join(tmp, "home"), filepath.Join(tmp, "tmp")
	for _, dir := range []string{home, scratch} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatalf("go env GOCACHE: %v", err)
	}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + scratch, "LANG=C.UTF-8",
		"GOCACHE=" + strings.TrimSpace(string(cache)),
	}
	if minute != 0 {
		env = append(env, fmt.Sprintf("ACT_MINUTE=%s", minute))
	}
	return env
}
