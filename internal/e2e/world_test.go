package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/cli"
	"github.com/task-assistant/tasc/internal/e2e"
	"github.com/task-assistant/tasc/internal/githubtest"
)

const (
	platformRepo  = "acme/task-assistant"
	hostRepo      = "acme/host"
	telemetryRepo = "acme/task-assistant-telemetry"
	engineApp     = "Iv23liEXAMPLEENGINE00"
	telemetryApp  = "Iv23liEXAMPLETELEM000"
	checkout      = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
	fictional     = "0b5f2d6c1a7e4938b2c6d0f1e3a59874c6d2b1e0" // the release in the committed lock

	validConfig = `schema_version: "1.0"
tracks:
  - {id: core, label: track/core, description: The core}
labels:
  - {name: track/core, description: The core, color: d73a4a}
milestones:
  - {title: M1}
`
)

// world is a stand-in GitHub with a platform released on it and a repository
// that it monitors, made by the generated files alone.
type world struct {
	t         testing.TB
	github    *githubtest.Server
	release   string // the commit of the platform tree
	project   string // folder with engines/ and generated/
	host      string // owner/name of the monitored repository
	secrets   map[string]string
	telemetry string
	home      map[string]string // files in the home of every step
	closed    bool              // the platform is not public
	unlocked  bool              // the lock holds no release
	runID     int               // of the next runs, 0 for the executor's own
	attempt   int               // of the next runs, 0 for the first
	cancelAt  string            // the next runs are cancelled when their log holds it
	tampered  []edit            // what somebody changed by hand in the platform tree before it was released
}

// newWorld generates the platform in specs, commits its tree, locks that
// commit, and installs the stub that comes out in hostRepo with the files.
// prepare may change the specs first.
func newWorld(t testing.TB, specs string, files map[string]string, prepare ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, github: githubtest.New(t), project: t.TempDir(), host: hostRepo, telemetry: telemetryRepo}
	w.copySpecs(specs)
	w.knowTelemetryKey()
	for _, change := range prepare {
		change(w)
	}
	w.generate()
	w.github.AddRepository(platformRepo, githubtest.Repository{Private: w.closed})
	platform := w.files("generated/task-assistant/platform")
	w.release = w.github.Commit(platformRepo, "main", "release v0.1.0", w.tamper(platform)...)
	w.lock()
	w.generate()
	if again := w.files("generated/task-assistant/platform"); !slices.Equal(again, platform) {
		t.Fatal("locking the release changed the platform tree that was released")
	}
	w.apps()
	w.addHost(hostRepo, files)
	w.github.AddRepository(telemetryRepo, githubtest.Repository{Private: true})
	w.github.Commit(telemetryRepo, "main", "telemetry", githubtest.Files(map[string]string{"README.md": "# Telemetry\n"})...)
	return w
}

// edit is a change by hand of a file of the platform tree.
type edit struct{ path, old, text string }

// tamper returns the files with what was changed in them by hand.
func (w *world) tamper(files []githubtest.File) []githubtest.File {
	w.t.Helper()
	files = slices.Clone(files)
	for _, e := range w.tampered {
		i := slices.IndexFunc(files, func(f githubtest.File) bool { return f.Path == e.path })
		if i < 0 || !strings.Contains(files[i].Content, e.old) {
			w.t.Fatalf("%s is not there or does not hold %q", e.path, e.old)
		}
		files[i].Content = strings.Replace(files[i].Content, e.old, e.text, 1)
	}
	return files
}

// copySpecs lays a project out: the specs, with the sources of the engines, and the committed lock.
func (w *world) copySpecs(specs string) {
	w.t.Helper()
	engines := filepath.Join(w.project, "engines")
	if err := os.CopyFS(engines, os.DirFS(specs)); err != nil {
		w.t.Fatal(err)
	}
	data, err := os.ReadFile("../../engines/tasc.lock")
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(filepath.Join(engines, "tasc.lock"), data)
}

func (w *world) write(name string, data []byte) {
	w.t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// tasc runs the compiler in the project and returns its exit code and what it printed.
func (w *world) tasc(args ...string) (int, string) {
	var out bytes.Buffer
	code := cli.Run(context.Background(), cli.Env{Dir: w.project, Stdout: &out, Stderr: &out, Now: time.Now}, args)
	return code, out.String()
}

func (w *world) generate() {
	w.t.Helper()
	if code, out := w.tasc("generate"); code != cli.ExitOK {
		w.t.Fatalf("tasc generate: exit %d\n%s", code, out)
	}
}

// lock writes the released commit into the lock, as a release does.
func (w *world) lock() {
	w.t.Helper()
	if w.unlocked {
		return
	}
	name := filepath.Join(w.project, "engines", "tasc.lock")
	data, err := os.ReadFile(name)
	if err != nil {
		w.t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(fictional)) {
		w.t.Fatalf("the committed lock does not hold %s", fictional)
	}
	w.write(name, bytes.Replace(data, []byte(fictional), []byte(w.release), 1))
}

// files reads a folder of the project as the files of a commit.
func (w *world) files(dir string) []githubtest.File {
	w.t.Helper()
	root := os.DirFS(filepath.Join(w.project, dir))
	var out []githubtest.File
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		info, err := e.Info()
		out = append(out, githubtest.File{Path: name, Content: string(data), Executable: err == nil && info.Mode()&0o100 != 0})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// apps registers both Apps and makes the secrets that the stub hands on.
func (w *world) apps() {
	engine := w.github.AddApp(githubtest.App{ClientID: engineApp, Slug: "acme-task-assistant", Permissions: map[string]string{"contents": "read", "issues": "write"}})
	telemetry := w.github.AddApp(githubtest.App{ClientID: telemetryApp, Slug: "acme-telemetry", Permissions: map[string]string{"contents": "write"}})
	w.secrets = map[string]string{
		"TASK_ASSISTANT_PRIVATE_KEY":   engine.PrivateKeyPEM(),
		"TASK_ASSISTANT_TELEMETRY_KEY": telemetry.PrivateKeyPEM(),
		"TASK_ASSISTANT_HANDOVER_KEY":  base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("handover"), 4)),
	}
}

// addHost makes a monitored repository with the generated stub and the files.
func (w *world) addHost(name string, files map[string]string) {
	w.t.Helper()
	w.github.AddRepository(name, githubtest.Repository{Private: true})
	// The first profile is the one with all routes: full, or the only one.
	stubs, err := filepath.Glob(filepath.Join(w.project, "generated/task-assistant/host/*/.github/workflows/task-assistant.yml"))
	if err != nil || len(stubs) == 0 {
		w.t.Fatalf("no stub was generated (%v)", err)
	}
	stub, err := os.ReadFile(stubs[0])
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]string{".github/workflows/task-assistant.yml": string(stub)}
	maps.Copy(all, files)
	w.github.Commit(name, "main", "onboard", githubtest.Files(all)...)
}

// install puts both Apps where they belong.
func (w *world) install() *world {
	w.github.Install(engineApp, "acme", w.host)
	w.github.Install(telemetryApp, "acme", telemetryRepo)
	return w
}

// run lets an event happen in the monitored repository.
func (w *world) run(event string, payload map[string]any, env map[string]string) e2e.Result {
	w.t.Helper()
	dir := w.t.TempDir()
	if out, err := exec.Command("git", "clone", "-q", w.github.GitDir(w.host), dir).CombinedOutput(); err != nil {
		w.t.Fatalf("git clone: %v\n%s", err, out)
	}
	owner, name, _ := strings.Cut(w.host, "/")
	full := map[string]any{
		"repository": map[string]any{"full_name": w.host, "name": name, "default_branch": "main", "fork": false, "is_template": false, "owner": map[string]any{"login": owner}},
		"sender":     map[string]any{"login": "octocat"},
	}
	maps.Copy(full, payload)
	data, err := json.Marshal(full)
	if err != nil {
		w.t.Fatal(err)
	}
	secrets := map[string]string{
		"GITHUB_TOKEN": w.github.AddToken("GITHUB_TOKEN", w.host, map[string]string{}),
		"API_TOKEN":    "the engine's own secret", // search asks for it
	}
	maps.Copy(secrets, w.secrets)
	stands := map[string]string{checkout: e2e.StandIn(w.t, "checkout")}
	if w.closed { // GitHub lets the stub call the workflows, and gives no token that reads them
		stands[platformRepo+"@"+w.release] = filepath.Join(w.project, "generated/task-assistant/platform")
	}
	result := e2e.Run(w.t, e2e.Config{
		Server: w.github.URL, Repository: w.host, Dir: dir, Event: event, Payload: data, Secrets: secrets, Env: env, Home: w.home, RunsOn: []string{"self-hosted"},
		RunID: w.runID, RunAttempt: w.attempt, CancelAt: w.cancelAt,
		Vars:    map[string]string{"REGION": "north", "OTHER": "not asked for"},
		Actions: stands,
	})
	w.t.Cleanup(func() {
		if w.t.Failed() {
			w.t.Logf("the run's log:\n%s", result.Log)
		}
	})
	return result
}

func push() map[string]any { return map[string]any{"ref": "refs/heads/main", "after": fictional} }

func dispatch(inputs map[string]any) map[string]any {
	return map[string]any{"ref": "refs/heads/main", "inputs": inputs}
}

// jobs compares the jobs that ran, and their results, with what must have been.
func (w *world) jobs(r e2e.Result, want map[string]string) {
	w.t.Helper()
	if !maps.Equal(r.Jobs, want) {
		w.t.Errorf("jobs:\n%s\nwant:\n%s", lines(r.Jobs), lines(want))
	}
}

func lines(m map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "  %s: %s\n", k, m[k])
	}
	return b.String()
}

// api returns the REST requests that reached GitHub, "METHOD path status who" each, installation ids replaced.
func (w *world) api() []string {
	var out []string
	for _, r := range w.github.Requests() {
		if r.Git {
			continue
		}
		path := r.Path
		if strings.HasPrefix(path, "/app/installations/") {
			path = "/app/installations/ID/access_tokens"
		}
		out = append(out, fmt.Sprintf("%s %s %d %s", r.Method, path, r.Status, r.Who))
	}
	return out
}

// record is what a test asks of a telemetry record.
type record struct {
	SchemaVersion string `json:"schema_version"`
	CorrelationID string `json:"correlation_id"`
	EngineName    string `json:"engine_name"`
	EngineRef     string `json:"engine_ref"`
	OK            bool   `json:"ok"`
	Event         struct {
		Category, Action string
		Reason           *string
	} `json:"event"`
	Entity struct{ Type, Owner, Repo string } `json:"entity"`
	Source struct {
		Workflow, Job string
		RunID         int    `json:"run_id"`
		RunAttempt    int    `json:"run_attempt"`
		RunnerDigest  string `json:"runner_digest"`
	} `json:"source"`
	Details struct {
		Summary string
		Tool    string
		Checks  []struct{ ID, Outcome, Details string }
		Legs    []legRecord
		Answers map[string]string
	} `json:"details"`
}

// legRecord is what a record says of one leg of a matrix.
type legRecord struct {
	Matrix         map[string]string
	Result, Reason string
	Details        struct{ Summary, Weight, Token string }
}

// records returns what is on the telemetry branch, the newest of each engine, and demands that
// every commit but the first added exactly one file and changed none.
func (w *world) records() map[string]record {
	w.t.Helper()
	out := map[string]record{}
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", w.github.GitDir(w.telemetry)}, args...)...)
		data, err := cmd.CombinedOutput()
		if err != nil {
			w.t.Fatalf("git %v: %v\n%s", args, err, data)
		}
		return string(data)
	}
	git("fsck", "--strict")
	for _, commit := range w.github.Log(w.telemetry, "main") {
		if commit.Message == "telemetry" || commit.Message == "onboard" {
			continue
		}
		changes := strings.Split(strings.TrimSpace(git("show", "--format=", "--name-status", commit.SHA)), "\n")
		status, path, _ := strings.Cut(changes[0], "\t")
		if len(changes) != 1 || status != "A" {
			w.t.Errorf("commit %q does not add one file: %q", commit.Message, changes)
		}
		data, _ := w.github.File(w.telemetry, "main", path)
		var r record
		if err := json.Unmarshal(data, &r); err != nil {
			w.t.Fatalf("%s: %v", path, err)
		}
		if want := "telemetry/v1/repos/" + strings.ReplaceAll(w.host, "/", "-") + "/"; !strings.HasPrefix(path, want) || !strings.HasSuffix(path, "/"+r.CorrelationID+"/"+r.EngineName+".json") {
			w.t.Errorf("the record of %s stands at %s", r.EngineName, path)
		}
		if _, newer := out[r.EngineName]; !newer {
			out[r.EngineName] = r
		}
	}
	return out
}

// reason is the reason of a failure, empty where there is none.
func (r record) reason() string {
	if r.Event.Reason == nil {
		return ""
	}
	return *r.Event.Reason
}

func (w *world) replace(name, old, text string) {
	w.t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		w.t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		w.t.Fatalf("%s does not hold %q", name, old)
	}
	w.write(name, bytes.Replace(data, []byte(old), []byte(text), 1))
}
