package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asRunner makes the test's own program behave as the runner, so that tests can start real processes.
const asRunner = "TEST_AS_RUNNER"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "git" {
		os.Exit(faultyGit())
	}
	if os.Getenv(asRunner) != "" {
		limitFiles()
		main()
	}
	os.Exit(m.Run())
}

// process runs the runner as Actions does: a process with this environment alone.
func (w *world) process(args ...string) result {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = []string{asRunner + "=1", "GOCOVERDIR=" + w.t.TempDir()} // for go test -cover
	for name, value := range w.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	w.github.meet()
	out, err := cmd.CombinedOutput()
	w.github.meet()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), string(out), w.outputs(), w.read("GITHUB_STEP_SUMMARY")}
}

// meet orders what the test and the server did: a process between them is nothing that the race detector sees.
func (g *fakeGitHub) meet() {
	g.mu.Lock()
	defer g.mu.Unlock()
}

func TestProcess_EmitsARecord(t *testing.T) {
	w := newWorld(t)
	w.handOver(packText(t, `{"summary":"done"}`), "1")
	got := w.process("emit")
	expect(t, "code", got.code, 0)
	expect(t, "log", got.log, "::add-mask::ghs_minted\n::notice::recorded "+recordPath+" in acme/telemetry: success\n")
	expect(t, "ok", got.outputs["ok"], "true")
	r := w.stored(recordPath)
	if !strings.HasPrefix(r.Source.RunnerDigest, "sha256:") || len(r.Source.RunnerDigest) != len("sha256:")+64 {
		t.Errorf("runner_digest: got %q", r.Source.RunnerDigest)
	}
}

func TestProcess_SealsForTheEngine(t *testing.T) {
	tests := []struct {
		name, log string
		expires   time.Time
		code      int
		token     string
	}{
		{"in time", "::add-mask::ghs_minted\n", time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC), 0, "ghs_minted"},
		{"too late", "::error::the token expired at 2000-01-01T00:00:00Z: use Re-run all jobs\n", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.github.expires = tt.expires
			sealed := w.process("authorize")
			expect(t, "code of authorize", sealed.code, 0)
			w.env["SEALED"] = sealed.outputs["sealed"]
			got := w.process("unseal")
			expect(t, "code of unseal", got.code, tt.code)
			expect(t, "log", got.log, tt.log)
			expect(t, "token", got.outputs["token"], tt.token)
		})
	}
}

func TestProcess_ExitsWith2WhereItIsMisused(t *testing.T) {
	w := newWorld(t)
	for _, args := range [][]string{{}, {"replay"}, {"plan", "x"}} {
		expect(t, "code", w.process(args...).code, 2)
	}
	w.env = map[string]string{}
	got := w.process("plan")
	expect(t, "code", got.code, 2)
	expect(t, "log", got.log, "::error::missing GITHUB_EVENT_PATH, GITHUB_EVENT_NAME, GITHUB_REF, GITHUB_REPOSITORY, FACTS_FILE, FACTS_SHA256, JOB_CONTEXT, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT: the step that starts the runner must set it\n")
}
