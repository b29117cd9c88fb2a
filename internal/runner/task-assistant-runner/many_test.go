package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// howMany returns the number in an environment variable, otherwise a number for everyday runs.
func howMany(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, expected a positive number", variable, text)
	}
	return n
}

// another returns the environment of another run's job in the same world.
func (l *lab) another(run int) map[string]string {
	l.t.Helper()
	env, dir := map[string]string{}, l.t.TempDir()
	for name, value := range l.env {
		env[name] = value
	}
	env["GITHUB_RUN_ID"], env["CORRELATION_ID"] = fmt.Sprint(run), fmt.Sprintf("%d-1", run)
	env["GITHUB_OUTPUT"], env["GITHUB_STEP_SUMMARY"] = filepath.Join(dir, "output"), filepath.Join(dir, "summary")
	env["HANDOVER_DIR"] = filepath.Join(dir, "handover")
	w := world{t: l.t, env: env}
	w.handOver(packText(l.t, `{"summary":"done"}`), "1")
	return env
}

// processes runs emit for n runs at once, each as a process, and returns how long they took, sorted, and what they said.
func (l *lab) processes(n int) ([]time.Duration, []string) {
	l.t.Helper()
	took, logs := make([]time.Duration, n), make([]string, n)
	self, err := os.Executable()
	if err != nil {
		l.t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range n {
		cmd := exec.Command(self, "emit")
		cmd.Env = []string{asRunner + "=1", "GOCOVERDIR=" + l.t.TempDir(), "PATH=" + os.Getenv("PATH")}
		for name, value := range l.another(1000 + i) {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		group.Go(func() {
			began := time.Now()
			out, err := cmd.CombinedOutput()
			took[i], logs[i] = time.Since(began), fmt.Sprintf("%v\n%s", err, out)
		})
	}
	group.Wait()
	slices.Sort(took)
	return took, logs
}

// TestSpool_ManyPushesAtOnce: as many processes of the runner as TASC_PUSHES says, 20 where it says nothing, push to the spool
// of one repository at one time, by git's smart HTTP protocol. None is refused, and none has to try twice.
func TestSpool_ManyPushesAtOnce(t *testing.T) {
	n := howMany(t, "TASC_PUSHES", 20)
	l := newLabAt(t, time.Now)
	took, logs := l.processes(n)
	for i, log := range logs {
		if !strings.Contains(log, "::notice::spooled ") {
			t.Errorf("run %d: %s", 1000+i, log)
		}
	}
	pushes := 0
	for _, r := range l.server.Requests() {
		if r.Method == "POST" && strings.HasSuffix(r.Path, "/git-receive-pack") {
			pushes++
		}
	}
	expect(t, "pushes", pushes, n)
	refs := strings.Fields(l.git("for-each-ref", "--format=%(refname)", "refs/telemetry/spool"))
	expect(t, "refs", len(refs), n)
	l.git("fsck", "--strict")
	t.Logf("%d pushes at once: p50 %s, p99 %s, load %s", n, took[n/2].Round(time.Millisecond), took[n*99/100].Round(time.Millisecond), machineLoad())
}

// TestLoad_AsProcesses: the load runs again in small, with processes of the runner, the machine's clock and no assumption
// about the network: TASC_PROCESSES of them, 25 where it says nothing, so that the limit of 80 writes a minute is reached.
func TestLoad_AsProcesses(t *testing.T) {
	n := howMany(t, "TASC_PROCESSES", 25)
	l := newLabWith(t, githubtest.Config{Now: time.Now, Limits: githubtest.PublishedLimits(), CommitWindow: window, CommitSpread: windowSpread})
	l.jam = nil
	took, logs := l.processes(n)
	lanes := map[string]int{}
	for i, log := range logs {
		lane, _, ok := strings.Cut(log[strings.LastIndex(log, "::notice::")+len("::notice::"):], " ")
		if lanes[lane]++; !ok || lane != "recorded" && lane != "spooled" {
			t.Errorf("run %d: %s", 1000+i, log)
		}
	}
	requests := len(l.server.Requests())
	l.inTelemetry()
	if code, log := l.awake("sweep", l.another(1)); code != 0 {
		t.Errorf("sweep: %d\n%s", code, log)
	}
	l.swept(n)
	t.Logf("%d processes at once: %v, p50 %s, p99 %s, %.2f requests each, those of git too, load %s", n, lanes,
		took[n/2].Round(time.Millisecond), took[n*99/100].Round(time.Millisecond), float64(requests)/float64(n), machineLoad())
}

// awake runs a verb with an environment of its own and with the machine's clock, so that several can run at once.
func (l *lab) awake(verb string, env map[string]string) (int, string) {
	var log bytes.Buffer
	code := run(context.Background(), &job{
		lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		log:    &log, random: rand.Reader, now: time.Now, executable: func() (string, error) { return env["FACTS_FILE"], nil },
		client: github.New, sleep: github.Sleep,
	}, []string{verb})
	return code, log.String()
}

// TestSweep_TwoAtOnceWhileEmittersWrite: two sweeps race for the same refs and the same branch, on which jobs write
// directly all the while. Every record is there once, and whoever loses a race goes on.
func TestSweep_TwoAtOnceWhileEmittersWrite(t *testing.T) {
	waiting, emitters := howMany(t, "TASC_WAITING", 60), 8
	l := newLabAt(t, time.Now)
	l.jam = nil
	for i := range waiting {
		l.wait(l.sign(sampleRecord(1000+i)), "")
	}
	direct := make([]map[string]string, emitters)
	for i := range direct {
		direct[i] = l.another(5000 + i)
	}
	l.inTelemetry()
	codes, logs := make([]int, emitters+2), make([]string, emitters+2)
	var group sync.WaitGroup
	for i, env := range append(direct, l.another(1), l.another(2)) {
		verb := "emit"
		if i >= emitters {
			verb = "sweep"
		}
		group.Go(func() { codes[i], logs[i] = l.awake(verb, env) })
	}
	group.Wait()
	for i, code := range codes {
		if code != 0 {
			t.Errorf("%d of %d ended with %d:\n%s", i, len(codes), code, logs[i])
		}
	}
	l.git("fsck", "--strict")
	expect(t, "history that was changed", l.git("log", "--format=", "--name-status", "--diff-filter=a", "main"), "")
	expect(t, "refs", l.git("for-each-ref", "--format=%(refname)", "refs/telemetry"), "")
	added := strings.Fields(l.git("log", "--format=", "--name-only", "--diff-filter=A", "main", "--", "telemetry/"))
	slices.Sort(added)
	var want []string
	for i := range waiting {
		want = append(want, sampleRecord(1000+i).Path("2026-11-22"))
	}
	for i := range emitters {
		want = append(want, sampleRecord(5000+i).Path("2026-11-22"))
	}
	expect(t, "records", added, want)
	for _, name := range want[:waiting] {
		data, _ := l.server.File(telemetry, "main", name)
		if r, err := record.Decode(data); err != nil || r.Path("2026-11-22") != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Logf("%d waiting, %d written directly, %d commits, load %s", waiting, emitters, len(l.server.Log(telemetry, "main")), machineLoad())
}
