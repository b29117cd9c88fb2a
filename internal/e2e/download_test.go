package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/version"
)

// builtRunner is the runner as a release would build it.
var builtRunner = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "runner")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags=nethttpomithttp2", "-o", filepath.Join(dir, "runner"), "../runner/task-assistant-runner")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, out)
	}
	return os.ReadFile(filepath.Join(dir, "runner"))
})

// assets is where GitHub sends those who download a release.
const assets = "release-assets.githubusercontent.com"

// downloads makes the platform download its runner from a stand-in of github.com, and the lock hold digest ("" for the true one).
func downloads(digest string) func(*world) {
	return func(w *world) {
		w.t.Helper()
		runner, err := builtRunner()
		if err != nil {
			w.t.Fatal(err)
		}
		if digest == "" {
			sum := sha256.Sum256(runner)
			digest = hex.EncodeToString(sum[:])
		}
		w.replace(filepath.Join(w.project, "engines", "platform.cue"), `runner: delivery:      "source"`, `runner: delivery: "release"`)
		w.replace(filepath.Join(w.project, "engines", "tasc.lock"), `"version": 1,`, fmt.Sprintf(`"version": 1, "runner": {"version": %q, "linux/%s": "sha256:%s"},`, version.Tasc, runtime.GOARCH, digest))
		path := "/task-assistant/tasc/releases/download/" + version.Tasc + "/task-assistant-runner-linux-" + runtime.GOARCH
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			switch r.Host + r.URL.Path {
			case "github.com" + path:
				http.Redirect(rw, r, "https://"+assets+"/runner?sig=x", http.StatusFound)
			case assets + "/runner":
				_, _ = rw.Write(runner) // a client that goes away fails in the run
			default:
				http.NotFound(rw, r)
			}
		}))
		certificate, authority := certificateFor(w.t, "github.com", assets)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
		server.StartTLS()
		w.t.Cleanup(server.Close)
		file := filepath.Join(w.t.TempDir(), "ca.pem")
		w.write(file, authority)
		w.home = map[string]string{".curlrc": fmt.Sprintf("cacert = %q\nconnect-to = %q\nconnect-to = %q\n", file,
			"github.com:443:"+server.Listener.Addr().String(), assets+":443:"+server.Listener.Addr().String())}
	}
}

// certificateFor returns a certificate that stands for these hosts and is its own authority.
func certificateFor(t testing.TB, hosts ...string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "stand-in"}, DNSNames: hosts, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestDownloadedRunner: every job runs the binary that the lock holds the digest of.
func TestDownloadedRunner(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}, downloads("")).install()
	r := w.run("push", push(), nil)
	w.jobs(r, allJobs())
	runner, err := builtRunner()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(runner)
	records := w.records()
	for _, name := range []string{"preflight", "validate"} {
		if got := records[name]; !got.OK || got.Source.RunnerDigest != "sha256:"+hex.EncodeToString(sum[:]) {
			t.Errorf("%s: ok %v, written by the runner %s", name, got.OK, got.Source.RunnerDigest)
		}
	}
	for _, s := range r.Steps {
		if strings.HasPrefix(s.Name, "Build the runner") {
			t.Errorf("%s built a runner", s.Job)
		}
	}
}

// TestDownloadedRunnerOfAnotherDigest: nothing runs that is not what the lock holds.
func TestDownloadedRunnerOfAnotherDigest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, nil, downloads(strings.Repeat("ab", 32))).install()
	r := w.run("push", push(), nil)
	if r.Code == 0 || r.Jobs["dispatch/plan"] != "failure" || r.Jobs["dispatch/preflight"] != "skipped" || r.Jobs["dispatch/verdict"] != "failure" {
		t.Errorf("jobs: %v", r.Jobs)
	}
	if log := r.Step("dispatch/plan", "Download the runner and compare its digest").Log; !strings.Contains(log, "runner-digest-mismatch") {
		t.Errorf("plan does not say why it stopped:\n%s", log)
	}
	if len(w.api()) > 0 {
		t.Errorf("the runner ran: %v", w.api())
	}
}
