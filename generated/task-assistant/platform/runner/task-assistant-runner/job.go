package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// job is the world of a verb: what the step was given and what it can touch.
type job struct {
	lookup     func(string) (string, bool)
	log        io.Writer
	random     io.Reader
	now        func() time.Time
	executable func() (string, error)
	client     func(base string, mask func(string)) *github.Client
	sleep      func(ctx context.Context, d time.Duration) error
	// gitLimit bounds one run of git.
	gitLimit time.Duration

	env  *actions.Env
	out  *actions.Surface
	verb string
	// api is the client that the verb has asked for, nil where it asked for none.
	api *github.Client
}

// runContext is what every trusted verb knows before it decides anything.
type runContext struct {
	// repository is the owner/name in which the run is.
	repository string
	runID      int64
	attempt    int
	// commit is the commit that this job runs, "" where Actions did not say.
	commit string
	facts  *facts.Facts
}

// trusted reads the context of a trusted verb. Verbs read their own variables before, so that one error
// names all that are missing.
func (j *job) trusted() (runContext, error) {
	repository := j.env.Need("GITHUB_REPOSITORY")
	file, digest := j.env.Need("FACTS_FILE"), j.env.Need("FACTS_SHA256")
	if _, handed := j.lookup("RUNNING_COMMIT"); !handed {
		j.env.Text("JOB_CONTEXT") // one of the two is needed
	}
	id, attempt, err := j.runNumbers()
	if err != nil {
		return runContext{}, err
	}
	f, err := facts.Read(file, digest)
	if err != nil {
		return runContext{}, err
	}
	if err := record.CheckRepository(repository); err != nil {
		return runContext{}, &actions.UsageError{Text: "GITHUB_REPOSITORY: " + err.Error()}
	}
	return runContext{repository: repository, runID: id, attempt: attempt, commit: j.runningCommit(f), facts: f}, nil
}

// runningCommit returns the commit that the job runs: what Actions says, and on Enterprise Server, which says nothing
// of it, what the stub called and handed on.
func (j *job) runningCommit(f *facts.Facts) string {
	if f.Server != "" {
		return j.env.Optional("RUNNING_COMMIT")
	}
	return workflowSHA(j.env.Optional("JOB_CONTEXT"))
}

// runNumbers returns the ids of run and attempt, and fails for every variable missing so far.
func (j *job) runNumbers() (id int64, attempt int, err error) {
	idText, attemptText := j.env.Need("GITHUB_RUN_ID"), j.env.Need("GITHUB_RUN_ATTEMPT")
	if err := j.env.Err(); err != nil {
		return 0, 0, err
	}
	id, errID := strconv.ParseInt(idText, 10, 64)
	attempt, errAttempt := strconv.Atoi(attemptText)
	if errID != nil || errAttempt != nil || id < 1 || attempt < 1 {
		return 0, 0, &actions.UsageError{Text: fmt.Sprintf("GITHUB_RUN_ID is %q and GITHUB_RUN_ATTEMPT is %q, expected positive numbers", idText, attemptText)}
	}
	return id, attempt, nil
}

// workflowSHA returns workflow_sha of the job context, "" if it is not there.
func workflowSHA(jobContext string) string {
	var c struct {
		WorkflowSHA string `json:"workflow_sha"`
	}
	if json.Unmarshal([]byte(jobContext), &c) != nil {
		return ""
	}
	return c.WorkflowSHA
}

// request is what plan hands to every later job: what is worked on, and what names the run's records.
type request struct{ target, correlationID, engineRef, date string }

func (j *job) request() request {
	return request{
		target:        j.env.Text("TARGET_REPO"),
		correlationID: j.env.Text("CORRELATION_ID"),
		engineRef:     j.env.Text("ENGINE_REF"),
		date:          j.env.Text("RUN_DATE"),
	}
}

// check refuses what must not become the path of a record.
func (r request) check(run runContext) error {
	return errors.Join(run.checkTarget(r.target), record.CheckCorrelationID(r.correlationID), record.CheckDate(r.date))
}

// dir returns the directory of the run's records; check has passed.
func (r request) dir() string { return record.Dir(r.target, r.date, r.correlationID) }

// checkRef demands that the engine_ref handed to this job is the commit that it runs.
func (c runContext) checkRef(engineRef string) error {
	switch {
	case !record.IsCommit(engineRef):
		return fmt.Errorf("engine_ref is %q, expected a full commit id", actions.Line(engineRef, 100))
	case engineRef != c.commit:
		return fmt.Errorf("engine_ref is %s, and this job runs %s: dispatcher and engine must be one commit", engineRef, orNothing(c.commit))
	}
	return nil
}

// checkTarget demands that the target is the repository in which the run is.
func (c runContext) checkTarget(target string) error {
	if target != c.repository {
		return fmt.Errorf("target_repo is %q, expected the repository of the run, %s", actions.Line(target, 140), c.repository)
	}
	return nil
}

// checkOwner demands that a platform that is not public is of the target's owner: the App that reads its files is
// installed there, and nowhere else may they be seen.
func (c runContext) checkOwner() error {
	owner, _, _ := strings.Cut(c.repository, "/")
	platform, _, _ := strings.Cut(c.facts.Repository, "/")
	if c.facts.Closed() && !strings.EqualFold(owner, platform) {
		return fmt.Errorf("the platform %s is %s, and %s belongs to another owner: take the stub out of it", c.facts.Repository, c.facts.Visibility, c.repository)
	}
	return nil
}

// telemetryRepository returns where the run's records go, or why there is no such place. handed is what another job
// says of it, "" if none did: the platform's rule says the same, or where there is none a registry that preflight has read.
func (c runContext) telemetryRepository(handed string) (string, error) {
	telemetry := c.facts.TelemetryRepository(c.repository)
	switch {
	case c.facts.Telemetry.Registry != nil && handed == "":
		return "", fmt.Errorf("no telemetry repository for %s: preflight found none in the registry %s", c.repository, c.facts.Telemetry.Registry.Repository)
	case c.facts.Telemetry.Registry != nil:
		telemetry = handed
	case handed != "" && handed != telemetry:
		return "", fmt.Errorf("telemetry_repo is %q, and the platform's rule says %s", actions.Line(handed, 140), telemetry)
	}
	if err := record.CheckRepository(telemetry); err != nil {
		return "", fmt.Errorf("no telemetry repository for %s: %w in telemetry.repository or the registry", c.repository, err)
	}
	owner, _, _ := strings.Cut(telemetry, "/")
	targetOwner, _, _ := strings.Cut(c.repository, "/")
	switch {
	case strings.EqualFold(telemetry, c.repository):
		return "", fmt.Errorf("the telemetry repository %s is the target itself, where no record may be written: take the stub out of it, or name another one in telemetry.repository", telemetry)
	case !strings.EqualFold(owner, targetOwner):
		return "", fmt.Errorf("the telemetry repository %s belongs to another owner than the target %s, and no record leaves its owner: name one of %s", telemetry, c.repository, targetOwner)
	}
	return telemetry, nil
}

// appOf returns what makes one act as an App of the platform.
func appOf(app facts.App, key string) github.Credentials {
	return github.Credentials{ClientID: app.ClientID, Slug: app.Slug, Key: key}
}

// github returns the client of the run's API; every token it mints is masked. Its name says which job of a run it works in.
func (j *job) github(api string) *github.Client {
	c := j.client(api, j.out.Mask)
	about := j.verb
	if record.CheckEngineName(j.env.Optional("ENGINE_NAME")) == nil {
		about += "; " + j.env.Optional("ENGINE_NAME")
	}
	c.Agent += " (" + about + ")"
	j.api = c
	return c
}

// revokeGrace is how long a verb that is over waits for GitHub to revoke its tokens, also when it was told to stop.
const revokeGrace = 2 * time.Second

// revoke ends the tokens that the verb has minted and not handed on. Where that fails they end within their hour, and
// nothing else depends on it.
func (j *job) revoke(ctx context.Context) {
	if j.api == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeGrace)
	defer cancel()
	if err := j.api.RevokeMinted(ctx); err != nil {
		j.out.Notice("a token of this job ends within the hour, and not now: " + actions.Line(oneLine(err), 300))
	}
}

func orNothing(s string) string {
	if s == "" {
		return "no commit that Actions names"
	}
	return actions.Line(s, 100)
}

// oneLine joins the errors in err, which errors.Join puts on lines of their own.
func oneLine(err error) string {
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
