package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// fileLimit names the variable that says how large a file of the runner may become.
const fileLimit = "TEST_FILE_LIMIT"

// limitFiles makes every write beyond the limit fail in this process and in git, as on a disk that is full.
func limitFiles() {
	text, ok := os.LookupEnv(fileLimit)
	if !ok {
		return
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err == nil {
		signal.Ignore(syscall.SIGXFSZ) // git inherits that: the write fails instead
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
	}
	if err != nil {
		panic(err)
	}
}

// limited runs a verb as a process whose files may be so large.
func (l *lab) limited(verb string, bytes int) result {
	l.t.Helper()
	self, err := os.Executable()
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command(self, verb)
	cmd.Env = []string{asRunner + "=1", fileLimit + "=" + strconv.Itoa(bytes), "PATH=" + os.Getenv("PATH")}
	for name, value := range l.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		l.t.Fatal(err)
	}
	return result{code: cmd.ProcessState.ExitCode(), log: string(out)}
}

// TestFault_DiskFull lets the disk be full after so many bytes of a file, and runs the verb again with room. A sweep
// that gets some way tries again for a minute: such places are among those of TASC_FAULTS=full alone.
func TestFault_DiskFull(t *testing.T) {
	sizes := []int{0, 10, 1600}
	if faultStep() == 1 {
		sizes = []int{0, 10, 100, 200, 400, 800, 1600}
	}
	for _, s := range scenarios() {
		for _, bytes := range sizes {
			t.Run(fmt.Sprintf("%s, %d bytes", s.name, bytes), func(t *testing.T) {
				l := newFaultLab(t)
				if !s.jammed {
					l.jam = nil
				}
				f := l.readFacts()
				f.Telemetry.LogFallback = "always"
				l.facts(*f)
				s.prepare(l.lab)
				first := l.limited(s.verb, bytes)
				if first.code == -1 || strings.Contains(first.log, "panic") || strings.Contains(first.log, "goroutine ") {
					t.Fatalf("%s died with %d:\n%s", s.verb, first.code, first.log)
				}
				if bytes == 0 && first.code == 0 {
					t.Error("it succeeds without writing anything")
				}
				if s.verb == "sweep" {
					l.sweptOnce()
				} else {
					l.emittedOnce(first)
				}
				if t.Failed() {
					t.Logf("the first run ended with %d:\n%s", first.code, first.log)
				}
			})
		}
	}
}

// emittedOnce is emitAgain with processes.
func (l *faultLab) emittedOnce(first result) {
	l.t.Helper()
	l.nothingLost(first)
	l.env["GITHUB_RUN_ATTEMPT"], l.jam = "2", nil
	l.again("emit")
	l.oneRecord()
}

// TestFault_TLS breaks the TLS connection at each request of emit.
func TestFault_TLS(t *testing.T) {
	for n := 1; n <= 3; n++ {
		l := newFaultLab(t)
		l.jam = nil
		url, certificate := l.server.ServeTLS()
		plain := l.env["GITHUB_API_URL"]
		l.env["GITHUB_API_URL"], l.env["SSL_CERT_FILE"] = url, l.env["RUNNER_TEMP"]+"/ca.pem"
		l.write(l.env["SSL_CERT_FILE"], certificate)
		l.server.Break(githubtest.Fault{On: githubtest.On{Nth: n}, Do: githubtest.BadTLS})
		first := l.limited("emit", 1<<20)
		if first.code != 0 || l.server.Broke() != 1 {
			t.Errorf("request %d: code %d, broke %d times:\n%s", n, first.code, l.server.Broke(), first.log)
		}
		l.server.Mend()
		l.env["GITHUB_API_URL"] = plain
		l.emittedOnce(first)
	}
}
