package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/githubtest/clock"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// loadStart is far from the minute of the hourly sweep, so that none comes to anybody's help by chance.
var loadStart = time.Date(2026, 11, 22, 3, 20, 0, 0, time.UTC)

// What is not the runner's own doing is assumed: the time that Actions takes to start a job, and the network.
const (
	arrival      = 2 * time.Second // over which all emitters start
	jobStart     = 5 * time.Second // at least, between emit's job and verdict's; up to jobSpread more
	jobSpread    = 15 * time.Second
	sweepStart   = 45 * time.Second // until a sweep that was asked for has its machine, the platform and a runner
	roundTrip    = 40 * time.Millisecond
	roundSpread  = 80 * time.Millisecond
	window       = 150 * time.Millisecond // of a write to a branch
	windowSpread = 250 * time.Millisecond
	push         = time.Second // what a push to the spool takes, up to twice that
)

// load is one run of many jobs that write to one telemetry repository under limits, on a clock that stands still while
// anybody works. A job runs the runner's own emit and verdict in this process; a push of git takes no time on that clock,
// so push is added to it.
type load struct {
	t      *testing.T
	clock  *clock.Virtual
	server *githubtest.Server
	keys   string
	facts  map[string]string // FACTS_FILE, FACTS_SHA256
	dir    string
	seed   uint64

	mu    sync.Mutex
	swept []result
	left  int // jobs that have not ended
	// asked counts the requests of the API that emitters and verdicts made, by the name that they call the server.
	asked map[string]int
}

// delivered is what became of one emitter's record.
type delivered struct {
	run int
	// took is the time until it was stored, on the branch or in the spool.
	took  time.Duration
	lane  string // "direct", "spool" or "lost"
	log   string
	judge result // of verdict
}

func newLoad(t *testing.T, limits githubtest.Limits) *load {
	t.Helper()
	memory := "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		memory = ""
	}
	dir, err := os.MkdirTemp(memory, "load-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l := &load{t: t, clock: clock.NewVirtual(loadStart), dir: dir, seed: 1, asked: map[string]int{}}
	l.server = githubtest.NewWith(t, githubtest.Config{
		Dir: dir, Now: l.clock.Now, Sleep: func(d time.Duration) { l.sleep(d) }, Limits: limits, CommitWindow: window, CommitSpread: windowSpread,
	})
	app := l.server.AddApp(githubtest.App{ClientID: "IvTELEMETRY", Slug: "acme-telemetry", Permissions: map[string]string{"contents": "write"}})
	l.server.AddRepository(telemetry, githubtest.Repository{})
	l.server.Commit(telemetry, "main", "telemetry", githubtest.Files(map[string]string{"README.md": "# Telemetry\n"})...)
	l.server.Install("IvTELEMETRY", "acme", telemetry)
	l.keys = app.PrivateKeyPEM()
	l.server.Intercept(l.travel)
	f := testFacts()
	f.Apps.Telemetry.PublicKeys = []string{publicHalf(t, l.keys)}
	data := facts.Encode(f)
	l.facts = map[string]string{"FACTS_FILE": filepath.Join(dir, "facts.json"), "FACTS_SHA256": facts.Digest(data)}
	l.write("facts.json", string(data))
	return l
}

// travel makes every request of the API take its way on the network, and counts it.
func (l *load) travel(r *http.Request) *githubtest.Response {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		name, _, _ := strings.Cut(r.Host, ":")
		l.mu.Lock()
		l.asked[name]++
		l.mu.Unlock()
		l.sleep(roundTrip + mathrand.N(roundSpread))
	}
	return nil
}

// sleep is for actors alone.
func (l *load) sleep(d time.Duration) {
	if err := l.clock.Sleep(context.Background(), d); err != nil {
		l.t.Error(err)
	}
}

func (l *load) write(name, data string) {
	l.t.Helper()
	name = filepath.Join(l.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		l.t.Error(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
		l.t.Error(err)
	}
}

// run runs n emitters, each followed by its verdict, and the sweeps that they ask for, until all is quiet.
func (l *load) run(n int) []delivered {
	l.t.Helper()
	all := make([]delivered, n)
	l.left = n
	l.clock.Go(func() {
		l.clock.Go(l.sweeper)
		for i := range n {
			random := mathrand.New(mathrand.NewPCG(l.seed, uint64(i)))
			l.clock.Go(func() {
				l.sleep(time.Duration(random.Int64N(int64(arrival))))
				all[i] = l.emitter(1000+i, random)
				l.mu.Lock()
				l.left--
				l.mu.Unlock()
			})
		}
	})
	l.clock.Wait()
	return all
}

// emitter is the end of one run: emit, and on another machine verdict.
func (l *load) emitter(run int, random *mathrand.Rand) delivered {
	d, env, began := delivered{run: run, lane: "lost"}, l.env(run), l.clock.Now()
	emitted := l.step("emit", env, random)
	d.log = emitted.log
	switch {
	case strings.Contains(d.log, "::notice::recorded "):
		d.lane = "direct"
	case strings.Contains(d.log, "::notice::spooled "):
		d.lane = "spool"
		l.sleep(push + time.Duration(random.Int64N(int64(push))))
	}
	d.took = l.clock.Now().Sub(began)
	l.sleep(jobStart + time.Duration(random.Int64N(int64(jobSpread))))
	env["NEEDS"] = l.needs(run, emitted)
	env["GITHUB_API_URL"] = strings.Replace(env["GITHUB_API_URL"], emitName, verdictName, 1)
	d.judge = l.step("verdict", env, random)
	return d
}

// The names by which emit and verdict call the server, so that their requests can be told apart.
const emitName, verdictName = "127.0.0.1", "localhost"

func runID(run int) string { return fmt.Sprintf("%d-1", run) }

// env is what a job of that run is given. Its one record is that of preflight, on an event that starts no engine.
func (l *load) env(run int) map[string]string {
	name := fmt.Sprintf("run-%d", run)
	p := packText(l.t, loadDetails(run))
	for file, text := range map[string]string{"details": p.details, "details_sha256": p.digest, "details_state": p.state, "run_attempt": "1"} {
		l.write(filepath.Join(name, file), text)
	}
	return map[string]string{
		"GITHUB_API_URL": l.server.APIURL(), "GITHUB_SERVER_URL": l.server.URL, "RUNNER_TEMP": l.dir,
		"GITHUB_REPOSITORY": target, "GITHUB_RUN_ID": fmt.Sprint(run), "GITHUB_RUN_ATTEMPT": "1",
		"GITHUB_OUTPUT": filepath.Join(l.dir, name, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(l.dir, name, "summary"),
		"JOB_CONTEXT": `{"status":"success","workflow_sha":"` + commit + `"}`,
		"TARGET_REPO": target, "CORRELATION_ID": runID(run), "ENGINE_REF": commit, "RUN_DATE": "2026-11-22",
		"TELEMETRY_APP_KEY": l.keys, "ENGINE_NAME": record.Preflight, "ENGINE_RESULT": "success", "TELEMETRY_REPO": telemetry,
		"HANDOVER_DIR": filepath.Join(l.dir, name), "HANDOVER_RECEIVED": "success",
		"FACTS_FILE": l.facts["FACTS_FILE"], "FACTS_SHA256": l.facts["FACTS_SHA256"],
	}
}

func loadDetails(run int) string { return fmt.Sprintf(`{"summary":"run %d"}`, run) }

// needs is what verdict is told of the jobs before it.
func (l *load) needs(run int, emitted result) string {
	n := ran("", nil)
	n["plan"].Outputs["correlation_id"] = runID(run)
	n["preflight"] = need{Result: "failure", Outputs: map[string]string{}}
	if emitted.code == 0 {
		n["preflight"] = need{Result: "success", Outputs: map[string]string{"ok": "true", "record": emitted.outputs["record"]}}
	}
	data, err := json.Marshal(n)
	if err != nil {
		l.t.Error(err)
	}
	return string(data)
}

// step runs one verb of the runner on the clock.
func (l *load) step(verb string, env map[string]string, random *mathrand.Rand) result {
	var log bytes.Buffer
	code := run(context.Background(), &job{
		lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		log:    &log, random: rand.Reader, now: l.clock.Now,
		executable: func() (string, error) { return env["FACTS_FILE"], nil },
		client: func(base string, mask func(string)) *github.Client {
			c := github.New(base, mask)
			c.Now, c.Sleep = l.clock.Now, l.clock.Sleep
			c.Jitter = func(limit time.Duration) time.Duration { return time.Duration(random.Int64N(int64(max(limit, 1)))) }
			return c
		},
		sleep: l.clock.Sleep,
	}, []string{verb})
	w := world{t: l.t, env: env}
	return result{code: code, log: log.String(), outputs: w.outputs()}
}

// sweeper is the telemetry repository's workflow: it sweeps when a dispatch asks for it and at minute 17 of every hour,
// one sweep at a time, and of what is asked for meanwhile the last.
func (l *load) sweeper() {
	const poll = 5 * time.Second
	done := 0
	for scheduled := l.clock.Now().Truncate(time.Hour).Add(77 * time.Minute); ; {
		l.sleep(poll)
		asked := l.dispatches()
		due := !l.clock.Now().Before(scheduled)
		switch {
		case asked == done && !due:
			if l.quiet() {
				return
			}
			continue
		case due:
			scheduled = scheduled.Add(time.Hour)
		}
		done = asked
		l.sleep(sweepStart)
		l.swept = append(l.swept, l.sweep())
	}
}

// quiet reports whether no job runs and nothing waits.
func (l *load) quiet() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left == 0 && !strings.Contains(l.refs(), "refs/telemetry/spool/")
}

func (l *load) refs() string {
	lab := lab{world: &world{t: l.t}, server: l.server}
	return lab.git("for-each-ref", "--format=%(refname)", "refs/telemetry")
}

// dispatches returns how many dispatches were taken so far.
func (l *load) dispatches() int {
	n := 0
	for _, r := range l.server.Requests() {
		if r.Status == http.StatusNoContent && strings.HasSuffix(r.Path, "/dispatches") {
			n++
		}
	}
	return n
}

func (l *load) sweep() result {
	env := l.env(1)
	env["GITHUB_REPOSITORY"] = telemetry
	env["GITHUB_TOKEN"] = l.server.AddToken("GITHUB_TOKEN", telemetry, map[string]string{"contents": "write", "metadata": "read"})
	return l.step("sweep", env, mathrand.New(mathrand.NewPCG(l.seed, 0)))
}
