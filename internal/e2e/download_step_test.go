package e2e_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/version"
)

// released stands for the runner of a release: what is downloaded is never run here.
var released = []byte(strings.Repeat("the runner of a release\n", 4000))

// downloadStep is the step of a generated dispatcher that gets the runner, word for word.
type downloadStep struct {
	Name, Shell, Run string
	Env              map[string]string
}

// newDownloadStep generates a platform that downloads its runner, and whose lock holds the digest of released.
func newDownloadStep(t *testing.T, mirror string) downloadStep {
	t.Helper()
	w := &world{t: t, project: t.TempDir()}
	w.copySpecs(example)
	sum := sha256.Sum256(released)
	delivery := `runner: delivery: "release"`
	if mirror != "" {
		delivery = fmt.Sprintf(`runner: {delivery: "release", mirror: %q}`, mirror)
	}
	w.replace(filepath.Join(w.project, "engines", "platform.cue"), `runner: delivery:      "source"`, delivery)
	w.replace(filepath.Join(w.project, "engines", "tasc.lock"), `"version": 1,`,
		fmt.Sprintf(`"version": 1, "runner": {"version": %q, "linux/%s": "sha256:%s"},`, version.Tasc, runtime.GOARCH, hex.EncodeToString(sum[:])))
	w.generate()
	data, err := os.ReadFile(filepath.Join(w.project, "generated/task-assistant/platform/.github/workflows/dispatcher.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var dispatcher struct {
		Jobs map[string]struct{ Steps []downloadStep }
	}
	if err := yaml.Unmarshal(data, &dispatcher); err != nil {
		t.Fatal(err)
	}
	for _, s := range dispatcher.Jobs["plan"].Steps {
		if s.Name == "Download the runner and compare its digest" && s.Shell == "bash" {
			return s
		}
	}
	t.Fatal("plan downloads no runner")
	return downloadStep{}
}

// run runs the step as Actions does, and returns what it printed and what it left in the runner's place, nil if nothing.
// curl's own configuration leads the hosts to a stand-in, whose certificate it trusts.
func (s downloadStep) run(t *testing.T, handler http.HandlerFunc, hosts ...string) (log string, program []byte) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	certificate, authority := certificateFor(t, hosts...)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	defer server.Close()
	home, temp := t.TempDir(), t.TempDir()
	config := fmt.Sprintf("cacert = %q\n", filepath.Join(home, "ca.pem"))
	for _, host := range hosts {
		config += fmt.Sprintf("connect-to = %q\n", host+":443:"+server.Listener.Addr().String())
	}
	for name, data := range map[string][]byte{".curlrc": []byte(config), "ca.pem": authority, "step.sh": []byte(s.Run)} {
		if err := os.WriteFile(filepath.Join(home, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", filepath.Join(home, "step.sh"))
	arch := map[string]string{"amd64": "X64", "arm64": "ARM64"}[runtime.GOARCH]
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "RUNNER_TEMP=" + temp, "RUNNER_OS=Linux", "RUNNER_ARCH=" + arch}
	for name, value := range s.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, errRun := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errRun != nil && !errors.As(errRun, &exit) {
		t.Fatal(errRun)
	}
	program, err := os.ReadFile(filepath.Join(temp, "task-assistant-runner"))
	if (err == nil) != (errRun == nil) {
		t.Errorf("the step ended with %v, and the runner's place is %v", errRun, err)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*.download")); errRun == nil && len(left) > 0 {
		t.Errorf("the step left %q", left)
	}
	return string(out), program
}

// TestDownloadStep: whatever comes from the other side, the runner's place holds the released runner or nothing.
func TestDownloadStep(t *testing.T) {
	t.Parallel()
	const mirror, elsewhere = "mirror.example", "elsewhere.example"
	direct, mirrored := newDownloadStep(t, ""), newDownloadStep(t, "https://"+mirror+"/tools/tasc")
	file := "/" + version.Tasc + "/task-assistant-runner-linux-" + runtime.GOARCH
	onGitHub, onMirror := "github.com/task-assistant/tasc/releases/download"+file, mirror+"/tools/tasc"+file
	serve := func(rw http.ResponseWriter, data []byte) { _, _ = rw.Write(data) } // a client that goes away is judged by what it leaves
	redirect := func(to string) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			if r.Host+r.URL.Path == onGitHub {
				http.Redirect(rw, r, to, http.StatusFound)
				return
			}
			serve(rw, released)
		}
	}
	var tries atomic.Int64
	tests := []struct {
		name    string
		step    downloadStep
		handler http.HandlerFunc
		log     string // "" where the runner is in its place
	}{
		{"from GitHub", direct, redirect("https://" + assets + "/runner?sig=x"), ""},
		{"from a mirror", mirrored, func(rw http.ResponseWriter, r *http.Request) {
			if r.Host+r.URL.Path != onMirror {
				http.NotFound(rw, r)
				return
			}
			serve(rw, released)
		}, ""},
		{"from another host that has it", direct, redirect("https://" + elsewhere + "/runner"), ""},
		{"from a host that is out of order at first", direct, func(rw http.ResponseWriter, _ *http.Request) {
			if tries.Add(1) == 1 {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			serve(rw, released)
		}, ""},
		{"another program", direct, func(rw http.ResponseWriter, _ *http.Request) { serve(rw, []byte("#!/bin/sh\n")) }, "::error title=runner-digest-mismatch::"},
		{"another program of a mirror", mirrored, func(rw http.ResponseWriter, _ *http.Request) {
			serve(rw, append(released[:len(released):len(released)], 0))
		}, "::error title=runner-digest-mismatch::"},
		{"nothing", direct, func(http.ResponseWriter, *http.Request) {}, "::error title=runner-digest-mismatch::"},
		{"cut off, and it shows", direct, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", strconv.Itoa(len(released)))
			serve(rw, released[:len(released)/2])
		}, "curl: (18)"},
		{"cut off, and it does not show", direct, func(rw http.ResponseWriter, _ *http.Request) { serve(rw, released[:len(released)/2]) }, "::error title=runner-digest-mismatch::"},
		{"not there", direct, http.NotFound, "curl: (22) The requested URL returned error: 404"},
		{"not for everybody", direct, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusForbidden) }, "curl: (22) The requested URL returned error: 403"},
		{"a redirect without TLS", direct, redirect("http://" + elsewhere + "/runner"), "curl: (1)"},
		{"a redirect to a file", direct, redirect("file:///etc/passwd"), "curl: (1)"},
		{"a redirect in a circle", direct, redirect("https://" + onGitHub), "curl: (47)"},
		{"a host with another name's certificate", direct, redirect("https://unknown.example/runner"), "curl: ("},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log, program := tt.step.run(t, tt.handler, "github.com", assets, mirror, elsewhere)
			if (string(program) == string(released)) != (tt.log == "") || !strings.Contains(log, tt.log) {
				t.Errorf("%d bytes in the runner's place, and the log, which must hold %q:\n%s", len(program), tt.log, log)
			}
		})
	}
}

// TestDownloadStepOfAnotherMachine: the lock holds no digest for it, so nothing is asked for.
func TestDownloadStepOfAnotherMachine(t *testing.T) {
	t.Parallel()
	step := newDownloadStep(t, "")
	step.Run = "RUNNER_ARCH=RISCV\n" + step.Run
	log, _ := step.run(t, func(http.ResponseWriter, *http.Request) { t.Error("something was asked for") }, "github.com")
	if !strings.Contains(log, "::error title=runner-not-locked::tasc.lock holds no runner for Linux/RISCV") {
		t.Errorf("log:\n%s", log)
	}
}

// TestDownloadStepOfASlowHost: a host that goes on for ever is given up. The times are made short here, in the script that
// stands in the workflow.
func TestDownloadStepOfASlowHost(t *testing.T) {
	t.Parallel()
	step := newDownloadStep(t, "")
	const generated, short = "--retry 3 --retry-max-time 60 --max-time 120", "--retry 3 --retry-max-time 1 --max-time 2"
	if !strings.Contains(step.Run, generated) {
		t.Fatalf("the script does not bound the time:\n%s", step.Run)
	}
	step.Run = strings.Replace(step.Run, generated, short, 1)
	began := time.Now()
	log, _ := step.run(t, func(rw http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = rw.Write([]byte("x"))
			rw.(http.Flusher).Flush()
			time.Sleep(100 * time.Millisecond)
		}
	}, "github.com")
	if waited := time.Since(began); waited > 20*time.Second || !strings.Contains(log, "curl: (28)") {
		t.Errorf("after %s:\n%s", waited, log)
	}
}
