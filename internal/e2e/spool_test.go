package e2e_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/e2e"
	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// telemetryKey returns the public half of the key that the telemetry App gets on every stand-in: it is the second one.
func telemetryKey(t testing.TB) string {
	t.Helper()
	server := githubtest.New(t)
	server.AddApp(githubtest.App{ClientID: engineApp})
	block, _ := pem.Decode([]byte(server.AddApp(githubtest.App{ClientID: telemetryApp}).PrivateKeyPEM()))
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

var publicKeysRE = regexp.MustCompile(`(?s)public_keys: \[.*?"""\s*\]`)

// knowTelemetryKey puts the stand-in's key into specs that name one, as somebody does who made the App.
func (w *world) knowTelemetryKey() {
	w.t.Helper()
	name := filepath.Join(w.project, "engines", "platform.cue")
	data, err := os.ReadFile(name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(name, publicKeysRE.ReplaceAll(data, []byte("public_keys: [\"\"\"\n"+telemetryKey(w.t)+"\"\"\"]")))
}

// logsRecords lets every log hold records.
func logsRecords(w *world) {
	w.t.Helper()
	w.replace(filepath.Join(w.project, "engines", "platform.cue"), `telemetry: repository: "{owner}/task-assistant-telemetry"`,
		`telemetry: {repository: "{owner}/task-assistant-telemetry", log_fallback: "always"}`)
}

// TestSpoolAndSweep: GitHub takes no write by its API; the records wait in refs, the run is green, and the telemetry
// repository's own workflow brings them to its branch.
func TestSpoolAndSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}).install()
	w.github.Commit(telemetryRepo, "main", "vend", w.files("generated/task-assistant/telemetry")...)
	w.github.Intercept(func(r *http.Request) *githubtest.Response {
		if r.Method != http.MethodPut {
			return nil
		}
		return &githubtest.Response{Status: 403, Header: map[string]string{"Retry-After": "3000"}, Body: `{"message":"You have exceeded a secondary rate limit"}`}
	})
	r := w.run("push", push(), nil)
	if r.Code != 0 {
		t.Error("the run is red")
	}
	w.jobs(r, allJobs())
	if summary := r.Step("dispatch/verdict", "Judge the run").Summary; strings.Count(summary, "in the spool") != 2 {
		t.Errorf("the summary does not say that two records wait:\n%s", summary)
	}
	dispatched := 0
	for _, request := range w.api() {
		if strings.HasPrefix(request, "POST /repos/"+telemetryRepo+"/dispatches 204 ") {
			dispatched++
		}
	}
	if dispatched != 2 {
		t.Errorf("%d sweeps were asked for, want one for each record", dispatched)
	}

	before := len(w.github.Log(telemetryRepo, "main"))
	sweep := w.inTelemetry("repository_dispatch", map[string]any{"action": "tasc-sweep"})
	if sweep.Code != 0 || sweep.Jobs["sweep"] != "success" {
		t.Fatalf("the sweep is red: %v", sweep.Jobs)
	}
	log := w.github.Log(telemetryRepo, "main")
	if len(log) != before+1 || log[0].Message != "telemetry: 2 records from the spool\n" {
		t.Errorf("commits: %v", log)
	}
	for _, engine := range []string{"preflight", "validate"} {
		var got record
		path := w.git("ls-tree", "-r", "--name-only", "main", "telemetry/")
		data, _ := w.github.File(telemetryRepo, "main", regexp.MustCompile(`\S+/`+engine+`\.json`).FindString(path))
		if err := json.Unmarshal(data, &got); err != nil || !got.OK || got.EngineName != engine || got.CorrelationID != "1000-1" {
			t.Errorf("%s: %v\n%s", engine, err, data)
		}
	}
	if left := w.git("for-each-ref", "refs/telemetry"); left != "" {
		t.Errorf("refs are left:\n%s", left)
	}
	for _, line := range w.api() {
		if strings.HasPrefix(line, "PUT ") && strings.Contains(line, " 201 ") {
			t.Errorf("the direct lane was open: %s", line)
		}
	}
}

// inTelemetry lets an event happen in the telemetry repository.
func (w *world) inTelemetry(event string, payload map[string]any) e2e.Result {
	w.t.Helper()
	dir := w.t.TempDir()
	if out, err := exec.Command("git", "clone", "-q", w.github.GitDir(telemetryRepo), dir).CombinedOutput(); err != nil {
		w.t.Fatalf("git clone: %v\n%s", err, out)
	}
	data, err := json.Marshal(payload)
	if err != nil {
		w.t.Fatal(err)
	}
	token := w.github.AddToken("GITHUB_TOKEN", telemetryRepo, map[string]string{"contents": "write", "metadata": "read"})
	result := e2e.Run(w.t, e2e.Config{
		Server: w.github.URL, Repository: telemetryRepo, Dir: dir, Workflow: "telemetry.yml", Event: event, Payload: data,
		Secrets: map[string]string{"GITHUB_TOKEN": token}, Actions: map[string]string{checkout: e2e.StandIn(w.t, "checkout")},
	})
	if result.Code != 0 {
		w.t.Logf("the sweep's log:\n%s", result.Log)
	}
	return result
}

// git runs git on the telemetry repository.
func (w *world) git(args ...string) string {
	w.t.Helper()
	out, err := exec.Command("git", append([]string{"-C", w.github.GitDir(telemetryRepo)}, args...)...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestTelemetryCannotBeReached: no lane takes preflight's record, so it is in the log, where everybody with the
// platform's public key can tell that it is genuine.
func TestTelemetryCannotBeReached(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, nil, logsRecords)
	w.github.Install(engineApp, "acme", w.host) // and the telemetry App nowhere
	r := w.run("push", push(), nil)
	w.preflightFails(r, "failure")
	keys, err := signed.PublicKeys([]string{telemetryKey(t)})
	if err != nil {
		t.Fatal(err)
	}
	found, err := signed.ReadLog(strings.NewReader(r.Step("dispatch/preflight/emit", "Emit the record").Log), keys)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d records in the log, %v", len(found), err)
	}
	var got record
	if err := json.Unmarshal(found[0].Data, &got); err != nil || got.OK || got.reason() != "preflight-failed: failed checks: installation, telemetry, record" {
		t.Errorf("the record: %v\n%s", err, found[0].Data)
	}
	if again, _ := signed.ReadLog(strings.NewReader(r.Log), nil); len(again) != 0 {
		t.Error("a record is taken without a key")
	}
}
