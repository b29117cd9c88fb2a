package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// These tests kill real processes of the runner, or cut its connections, before, in and after each thing it
// does, run it again, and demand exactly one correct record on a history that was only added to. They take a
// sample of all places; TASC_FAULTS=full takes every place.

// faultStep returns of how many places one is tried.
func faultStep() int {
	if os.Getenv("TASC_FAULTS") == "full" {
		return 1
	}
	return 7
}

// controlFile, beside the program that stands for git, says what happens to it.
const controlFile = "fault.json"

// control is a fault in the n-th run of git, from 1.
type control struct {
	N    int
	Mode string // "before", "in" or "after"
	Real string // the real git
}

// faultyGit stands for git: it is the test's own program under that name. It runs the real one, and kills its
// parent, the runner, where the control says so.
func faultyGit() int {
	dir, _, _ := strings.Cut(os.Getenv("PATH"), ":")
	var c control
	data, err := os.ReadFile(filepath.Join(dir, controlFile))
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	fault := countRun(dir) == c.N
	kill := func() { _ = syscall.Kill(os.Getppid(), syscall.SIGKILL) }
	if fault && c.Mode == "before" {
		kill()
		return 1
	}
	cmd := exec.Command(c.Real, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 99
	}
	if fault && c.Mode == "in" {
		time.Sleep(4 * time.Millisecond)
		kill()
		_ = cmd.Process.Kill()
	}
	err = cmd.Wait()
	if fault && c.Mode == "after" {
		kill()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

// countRun returns how often git was run, this time included.
func countRun(dir string) int {
	name := filepath.Join(dir, "runs")
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(".")
		err = errors.Join(err, f.Close())
	}
	info, errStat := os.Stat(name)
	if err != nil || errStat != nil {
		return -1
	}
	return int(info.Size())
}

// faultLab is a lab whose steps are real processes.
type faultLab struct {
	*lab
	bin string
	pid atomic.Int64
	// requests counts those of the process that runs; at the cut-th, fault says what happens.
	requests atomic.Int64
	cut      int
	fault    func() *githubtest.Response
}

func newFaultLab(t *testing.T) *faultLab {
	t.Helper()
	l := &faultLab{lab: newLabAt(t, time.Now), bin: t.TempDir()}
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(l.bin, "git"))
	}
	if err != nil {
		t.Fatal(err)
	}
	l.jam = func(*http.Request) *githubtest.Response { // a time that no budget has room for
		return &githubtest.Response{Status: 429, Header: map[string]string{"Retry-After": "600"}, Body: `{"message":"slow down"}`}
	}
	l.server.Intercept(func(r *http.Request) *githubtest.Response {
		if l.pid.Load() == 0 {
			return nil
		}
		if int(l.requests.Add(1)) == l.cut {
			return l.fault()
		}
		return nil
	})
	l.handOver(packText(t, `{"summary":"done"}`), "1")
	return l
}

// step runs a verb as a process, with a fault in git or none, and returns its exit code, -1 where it was killed.
func (l *faultLab) step(verb string, c control) int {
	l.t.Helper()
	real, err := exec.LookPath("git")
	if err != nil {
		l.t.Fatal(err)
	}
	c.Real = real
	data, err := json.Marshal(c)
	if err != nil {
		l.t.Fatal(err)
	}
	l.write(filepath.Join(l.bin, controlFile), string(data))
	if err := os.WriteFile(filepath.Join(l.bin, "runs"), nil, 0o600); err != nil {
		l.t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command(self, verb)
	cmd.Env = []string{asRunner + "=1", "GOCOVERDIR=" + l.t.TempDir(), "PATH=" + l.bin + ":" + os.Getenv("PATH")}
	for name, value := range l.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	log, err := os.Create(filepath.Join(l.bin, "log"))
	if err != nil {
		l.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log // a file: killed processes leave children that would hold a pipe open
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.requests.Store(0)
	l.pid.Store(int64(cmd.Process.Pid))
	_ = cmd.Wait()
	l.pid.Store(0)
	return cmd.ProcessState.ExitCode()
}

func (l *faultLab) log() string {
	data, err := os.ReadFile(filepath.Join(l.bin, "log"))
	if err != nil {
		l.t.Fatal(err)
	}
	return string(data)
}

// runs returns how often the last process ran git.
func (l *faultLab) runs() int {
	info, err := os.Stat(filepath.Join(l.bin, "runs"))
	if err != nil {
		l.t.Fatal(err)
	}
	return int(info.Size())
}

// die kills the process that runs, and answers nothing. With apply the request has its effect.
func (l *faultLab) die(apply bool) func() *githubtest.Response {
	return func() *githubtest.Response {
		_ = syscall.Kill(int(l.pid.Load()), syscall.SIGKILL)
		return &githubtest.Response{HangUp: true, Apply: apply}
	}
}

// lose loses the request or its answer, and lets the process live.
func lose(apply bool) func() *githubtest.Response {
	return func() *githubtest.Response { return &githubtest.Response{HangUp: true, Apply: apply} }
}

// again runs a verb until it succeeds: what a fault left may make one run fail, but not two.
func (l *faultLab) again(verb string) {
	l.t.Helper()
	for range 2 {
		if l.step(verb, control{}) == 0 {
			return
		}
	}
	l.t.Errorf("%s does not succeed after the fault:\n%s", verb, l.log())
}

// oneRecord demands that a sweep leaves exactly the one record that emit was asked for.
func (l *faultLab) oneRecord() {
	l.t.Helper()
	l.inTelemetry()
	l.again("sweep")
	l.holdsOne()
}

// holdsOne demands that the telemetry repository holds the one record that emit was asked for, on its branch alone.
func (l *lab) holdsOne() {
	l.t.Helper()
	l.git("fsck", "--strict")
	expect(l.t, "records", l.git("ls-tree", "-r", "--name-only", "main", "telemetry/"), recordPath)
	data, _ := l.server.File(telemetry, "main", recordPath)
	r, err := record.Decode(data)
	if err != nil || r.Validate() != nil || compacted(l.t, r.Details) != `{"summary":"done"}` || !r.OK {
		l.t.Errorf("the record is not the one that was emitted: %v\n%s", err, data)
	}
	expect(l.t, "refs", l.git("for-each-ref", "--format=%(refname)"), "refs/heads/main")
	expect(l.t, "history that was changed", l.git("log", "--format=", "--name-status", "--diff-filter=a", "main"), "")
}

// TestFault_EmitAndGit kills emit around every run of git.
func TestFault_EmitAndGit(t *testing.T) {
	clean := newFaultLab(t)
	expect(t, "code", clean.step("emit", control{}), 0)
	places := clean.runs()
	if places < 3 {
		t.Fatalf("git was run %d times", places)
	}
	at := 0
	for n := 1; n <= places; n++ {
		for _, mode := range []string{"before", "in", "after"} {
			if at++; at%faultStep() != 1%faultStep() {
				continue
			}
			t.Run(fmt.Sprintf("%s run %d", mode, n), func(t *testing.T) {
				l := newFaultLab(t)
				expect(t, "code", l.step("emit", control{N: n, Mode: mode}), -1)
				l.env["GITHUB_RUN_ATTEMPT"] = "2"
				if at%2 == 0 {
					l.jam = nil // the branch takes the record, and the spool may have it too
				}
				l.again("emit")
				l.oneRecord()
			})
		}
	}
}

// TestFault_EmitAndRequests kills emit at every request, or cuts the connection.
func TestFault_EmitAndRequests(t *testing.T) {
	clean := newFaultLab(t)
	expect(t, "code", clean.step("emit", control{}), 0)
	places, at := int(clean.requests.Load()), 0
	for n := 1; n <= places; n++ {
		for _, mode := range []string{"killed before", "killed after", "cut before", "cut after"} {
			if at++; at%faultStep() != 1%faultStep() {
				continue
			}
			t.Run(fmt.Sprintf("%s request %d", mode, n), func(t *testing.T) {
				l := newFaultLab(t)
				apply := strings.HasSuffix(mode, "after")
				l.cut, l.fault = n, lose(apply)
				if strings.HasPrefix(mode, "killed") {
					l.fault = l.die(apply)
				}
				if n == 3 && apply {
					l.jam = nil // the PUT: what it did counts, not what was answered
				}
				l.step("emit", control{})
				l.cut = 0
				l.env["GITHUB_RUN_ATTEMPT"] = "2"
				l.again("emit")
				l.oneRecord()
			})
		}
	}
}

// sweptOnce demands that both good records are on the branch, and the wrong one is where wrong ones go.
func (l *faultLab) sweptOnce() {
	l.t.Helper()
	for range 3 { // a sweep that rejects is red, and the next one is not
		if l.step("sweep", control{}) == 0 {
			break
		}
	}
	l.swept(2)
	if got := strings.Fields(l.git("for-each-ref", "--format=%(refname)", signed.Rejected)); len(got) != 1 {
		l.t.Errorf("rejected: %q", got)
	}
	if l.t.Failed() {
		l.t.Log(l.log())
	}
}

func TestFault_SweepAndGit(t *testing.T) {
	clean := newFaultLab(t)
	clean.sweepable()
	expect(t, "code", clean.step("sweep", control{}), 1)
	places, at := clean.runs(), 0
	clean.sweptOnce()
	for n := 1; n <= places; n++ {
		for _, mode := range []string{"before", "in", "after"} {
			if at++; at%faultStep() != 1%faultStep() {
				continue
			}
			t.Run(fmt.Sprintf("%s run %d", mode, n), func(t *testing.T) {
				l := newFaultLab(t)
				l.sweepable()
				expect(t, "code", l.step("sweep", control{N: n, Mode: mode}), -1)
				l.sweptOnce()
			})
		}
	}
}

func TestFault_SweepAndRequests(t *testing.T) {
	clean := newFaultLab(t)
	clean.sweepable()
	expect(t, "code", clean.step("sweep", control{}), 1)
	places, at := int(clean.requests.Load()), 0
	for n := 1; n <= places; n++ {
		for _, mode := range []string{"killed before", "killed after", "cut before", "cut after"} {
			if at++; at%(2*faultStep()) != 1%(2*faultStep()) && faultStep() > 1 {
				continue
			}
			t.Run(fmt.Sprintf("%s request %d", mode, n), func(t *testing.T) {
				l := newFaultLab(t)
				l.sweepable()
				l.cut, l.fault = n, lose(strings.HasSuffix(mode, "after"))
				if strings.HasPrefix(mode, "killed") {
					l.fault = l.die(strings.HasSuffix(mode, "after"))
				}
				l.step("sweep", control{})
				l.cut = 0
				l.sweptOnce()
			})
		}
	}
}
