package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/github"
)

const (
	target    = "acme/service"
	telemetry = "acme/telemetry"
	runDir    = "telemetry/v1/repos/acme-service/2026-11-22/42-1"
)

var (
	commit = strings.Repeat("a1", 20)
	now    = time.Date(2026, 11, 22, 10, 11, 12, 0, time.UTC)
)

// testFacts is a platform of five routes and four engines.
func testFacts() facts.Facts {
	dispatch := facts.On{WorkflowDispatch: &facts.WorkflowDispatch{}}
	always := func(engines ...string) facts.Stage { return facts.Stage{Engines: engines, When: "always"} }
	return facts.Facts{
		Platform:   "task-assistant",
		Title:      "Task | Assistant",
		Repository: "acme/platform",
		Visibility: "public",
		Mode:       "marketplace",
		Apps: facts.Apps{
			Engine:    facts.App{ClientID: "IvENGINE", Slug: "acme-engine"},
			Telemetry: facts.App{ClientID: "IvTELEMETRY", Slug: "acme-telemetry"},
		},
		Telemetry: facts.Telemetry{Repository: "{owner}/telemetry"},
		Routes: []facts.Route{
			{Name: "config-push", On: facts.On{Push: &facts.Push{}}, Stages: []facts.Stage{always("validate")}},
			{Name: "materialize", On: dispatch, Stages: []facts.Stage{always("materialize")}},
			{Name: "self-test", On: dispatch, Stages: []facts.Stage{
				always("self-test", "validate"), {Engines: []string{"dashboard"}, When: "all-succeeded"}, always("materialize"),
			}},
		},
		Engines: []facts.Engine{
			{Name: "dashboard", Class: "read-only"},
			{Name: "materialize", Class: "materialization", Permissions: map[string]string{"issues": "write"}},
			{Name: "self-test", Class: "read-only", Permissions: map[string]string{"contents": "read", "issues": "read"}},
			{Name: "validate", Class: "read-only", Permissions: map[string]string{"contents": "read"}},
		},
	}
}

// testKey is the key of both Apps.
var testKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
})

var handoverKey = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))

// world is one step of a job with a GitHub of its own. Tests change its fields before they run a verb.
type world struct {
	t      *testing.T
	github *fakeGitHub
	env    map[string]string
	sleeps []time.Duration
	// slept is their sum, for the clock of a server; nil where none asks.
	slept *atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, slept: new(atomic.Int64), github: newGitHub(t)}
	dir := t.TempDir()
	w.env = map[string]string{
		"GITHUB_API_URL": w.github.server.URL, "GITHUB_SERVER_URL": "https://github.com",
		"GITHUB_REPOSITORY": target, "GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "1",
		"GITHUB_OUTPUT": filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary"),
		"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": filepath.Join(dir, "event.json"), "GITHUB_REF": "refs/heads/main",
		"JOB_CONTEXT": `{"status":"success","workflow_sha":"` + commit + `"}`,
		"TARGET_REPO": target, "CORRELATION_ID": "42-1", "ENGINE_REF": commit, "RUN_DATE": "2026-11-22", "ROUTE": "self-test", "PROBLEM": "",
		"ENGINE_APP_KEY": testKey(), "TELEMETRY_APP_KEY": testKey(), "HANDOVER_KEY": handoverKey,
		"ENGINE_NAME": "validate", "ENGINE_RESULT": "success", "TELEMETRY_REPO": telemetry,
		"HANDOVER_DIR": filepath.Join(dir, "handover"), "HANDOVER_RECEIVED": "success", "RESULT_FILE": filepath.Join(dir, "result.json"),
		"STEP_STARTED": filepath.Join(dir, "step-started"), "STEP_TIMEOUT_MINUTES": "10",
	}
	w.facts(testFacts())
	return w
}

// facts writes the platform's facts.
func (w *world) facts(f facts.Facts) {
	data := facts.Encode(f)
	w.env["FACTS_FILE"] = filepath.Join(filepath.Dir(w.env["GITHUB_OUTPUT"]), "facts.json")
	w.env["FACTS_SHA256"] = facts.Digest(data)
	w.write(w.env["FACTS_FILE"], string(data))
}

// readFacts returns the facts that the world has now.
func (w *world) readFacts() *facts.Facts {
	w.t.Helper()
	f, err := facts.Read(w.env["FACTS_FILE"], w.env["FACTS_SHA256"])
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// relaidSame is relaidFacts for the facts that the world has now.
func (w *world) relaidSame() {
	w.t.Helper()
	data, err := json.Marshal(w.readFacts())
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(w.env["FACTS_FILE"]+".new", string(data))
	w.env["FACTS_FILE"], w.env["FACTS_SHA256"] = w.env["FACTS_FILE"]+".new", facts.Digest(data)
}

func (w *world) write(name, data string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// handOver writes what an engine's job hands to emit.
func (w *world) handOver(p packed, attempt string) {
	for name, text := range map[string]string{"details": p.details, "details_sha256": p.digest, "details_state": p.state, "run_attempt": attempt} {
		w.write(filepath.Join(w.env["HANDOVER_DIR"], name), text)
	}
}

// result is what a verb did.
type result struct {
	code    int
	log     string
	outputs map[string]string
	summary string
}

// run runs one verb.
func (w *world) run(verb string) result { w.t.Helper(); return w.runIn(context.Background(), verb) }

func (w *world) runIn(ctx context.Context, verb string) result {
	w.t.Helper()
	var log bytes.Buffer
	w.sleeps = nil
	if w.slept != nil {
		w.slept.Store(0)
	}
	code := run(ctx, &job{
		lookup:     func(name string) (string, bool) { v, ok := w.env[name]; return v, ok },
		log:        &log,
		random:     rand.Reader,
		now:        func() time.Time { return now },
		executable: func() (string, error) { return w.env["FACTS_FILE"], nil },
		client:     w.client,
		sleep:      func(ctx context.Context, d time.Duration) error { w.sleep(d); return ctx.Err() },
		gitLimit:   5 * time.Second,
	}, []string{verb})
	if limited := strings.Contains(log.String(), "ends within the hour, and not now"); verb != "authorize" && len(w.github.tokens) > 0 && !limited {
		w.t.Errorf("%s leaves %d tokens behind", verb, len(w.github.tokens))
	}
	if strings.Contains(log.String(), "PRIVATE KEY") || strings.Contains(log.String(), handoverKey) {
		w.t.Errorf("the log shows a key:\n%s", log.String())
	}
	return result{code, log.String(), w.outputs(), w.read("GITHUB_STEP_SUMMARY")}
}

func (w *world) client(base string, mask func(string)) *github.Client {
	c := github.New(base, mask)
	c.Now = func() time.Time {
		at := now
		for _, d := range w.sleeps {
			at = at.Add(d)
		}
		return at
	}
	c.Sleep = func(_ context.Context, d time.Duration) error { w.sleep(d); return nil }
	c.Jitter = func(limit time.Duration) time.Duration { return limit / 2 }
	return c
}

func (w *world) sleep(d time.Duration) {
	w.sleeps = append(w.sleeps, d)
	if w.slept != nil {
		w.slept.Add(int64(d))
	}
}

func (w *world) read(variable string) string {
	data, err := os.ReadFile(w.env[variable])
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.t.Fatal(err)
	}
	return string(data)
}

// outputs reads $GITHUB_OUTPUT.
func (w *world) outputs() map[string]string {
	w.t.Helper()
	list, err := readOutputs(w.read("GITHUB_OUTPUT"))
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]string{}
	for _, o := range list {
		all[o.Name] = o.Value
	}
	return all
}

// fakeGitHub answers what the runner asks, from a few maps. The scripted tests of package github cover
// how GitHub misbehaves.
type fakeGitHub struct {
	mu       sync.Mutex
	server   *httptest.Server
	requests []string
	// tokens are those that are minted and not revoked, in the order of the mints.
	tokens []string
	// absent holds "client id repository" of installations that do not exist.
	absent map[string]bool
	// granted are the permissions of every installation.
	granted map[string]string
	// extra is added to the permissions of every minted token.
	extra     map[string]string
	suspended bool
	// expires is when every minted token ends.
	expires time.Time
	// archived, disabled and files are by repository, and by repository and path.
	archived, disabled map[string]bool
	files              map[string]string
	// answers are what a request is answered whose path has such an end.
	answers map[string]int
	// compared is what comparing "base...head" of any repository says.
	compared map[string]string
	// hidden is how many listings do not show any file yet.
	hidden int
	// status answers every request that is no mint, if it is not 0.
	status int
}

func newGitHub(t *testing.T) *fakeGitHub {
	g := &fakeGitHub{
		expires: now.Add(time.Hour),
		absent:  map[string]bool{}, extra: map[string]string{}, files: map[string]string{},
		archived: map[string]bool{}, disabled: map[string]bool{}, answers: map[string]int{},
		granted: map[string]string{"contents": "write", "issues": "write", "metadata": "read"},
	}
	g.server = httptest.NewServer(g)
	t.Cleanup(g.server.Close)
	return g
}

func (g *fakeGitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = append(g.requests, r.Method+" "+r.URL.Path)
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 5)
	for end, status := range g.answers {
		if strings.HasSuffix(r.URL.Path, end) {
			answer(w, status, map[string]any{"message": "scripted"})
			return
		}
	}
	switch {
	case r.Method == "DELETE":
		g.revoke(w, r)
	case r.Method == "POST":
		g.mint(w, r)
	case len(parts) == 4 && parts[3] == "installation":
		g.installation(w, issuer(r), parts[1]+"/"+parts[2])
	case g.status != 0:
		answer(w, g.status, map[string]any{"message": "scripted"})
	case len(parts) == 3:
		name := parts[1] + "/" + parts[2]
		answer(w, 200, map[string]any{"full_name": name, "archived": g.archived[name], "disabled": g.disabled[name]})
	case len(parts) == 5 && parts[3] == "compare":
		g.compare(w, parts[4])
	case r.Method == "PUT":
		g.put(w, r, parts[1]+"/"+parts[2], parts[4])
	default:
		g.get(w, parts[1]+"/"+parts[2], parts[4])
	}
}

func (g *fakeGitHub) installation(w http.ResponseWriter, clientID, repository string) {
	if g.absent[clientID+" "+repository] {
		answer(w, 404, map[string]any{"message": "Not Found"})
		return
	}
	in := map[string]any{"id": 7, "permissions": g.granted, "suspended_at": nil}
	if g.suspended {
		in["suspended_at"] = "2026-01-01T00:00:00Z"
	}
	answer(w, 200, in)
}

func (g *fakeGitHub) mint(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Repositories []string
		Permissions  map[string]string
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		answer(w, 400, map[string]any{"message": err.Error()})
		return
	}
	g.requests[len(g.requests)-1] += fmt.Sprintf(" %v %v", asked.Repositories, asked.Permissions)
	g.tokens = append(g.tokens, "ghs_minted")
	maps.Copy(asked.Permissions, g.extra)
	name := "acme/" + asked.Repositories[0]
	answer(w, 201, map[string]any{
		"token": "ghs_minted", "expires_at": g.expires, "permissions": asked.Permissions,
		"repository_selection": "selected", "repositories": []any{map[string]any{"full_name": name, "archived": g.archived[name], "disabled": g.disabled[name]}},
	})
}

// revoke ends a token. It is no request of a verb: minting and what goes with it stand aside.
func (g *fakeGitHub) revoke(w http.ResponseWriter, r *http.Request) {
	g.requests = g.requests[:len(g.requests)-1]
	if r.URL.Path != "/installation/token" || r.Header.Get("Authorization") != "Bearer ghs_minted" || len(g.tokens) == 0 {
		answer(w, 401, map[string]any{"message": "Bad credentials"})
		return
	}
	g.tokens = g.tokens[1:]
	w.WriteHeader(204)
}

// compare answers with the status in compared.
func (g *fakeGitHub) compare(w http.ResponseWriter, basehead string) {
	status, ok := g.compared[basehead]
	if !ok {
		answer(w, 404, map[string]any{"message": "Not Found"})
		return
	}
	answer(w, 200, map[string]any{"status": status, "commits": []any{}})
}

func (g *fakeGitHub) put(w http.ResponseWriter, r *http.Request, repository, file string) {
	var sent struct{ Message, Content string }
	data, err := []byte(nil), json.NewDecoder(r.Body).Decode(&sent)
	if err == nil {
		data, err = base64.StdEncoding.DecodeString(sent.Content)
	}
	if _, exists := g.files[repository+":"+file]; exists || err != nil {
		answer(w, 422, map[string]any{"message": "Invalid request.\n\n\"sha\" wasn't supplied."})
		return
	}
	g.requests[len(g.requests)-1] += " " + sent.Message
	g.files[repository+":"+file] = string(data)
	answer(w, 201, map[string]any{"content": map[string]any{"sha": github.BlobSHA(data)}})
}

func (g *fakeGitHub) get(w http.ResponseWriter, repository, file string) {
	if data, ok := g.files[repository+":"+file]; ok {
		answer(w, 200, map[string]any{"sha": github.BlobSHA([]byte(data)), "encoding": "base64", "content": base64.StdEncoding.EncodeToString([]byte(data))})
		return
	}
	entries := []map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(g.files)) {
		if path.Dir(key) == repository+":"+file {
			entries = append(entries, map[string]any{"name": path.Base(key), "type": "file", "sha": github.BlobSHA([]byte(g.files[key]))})
		}
	}
	if g.hidden > 0 || len(entries) == 0 {
		g.hidden--
		answer(w, 404, map[string]any{"message": "Not Found"})
		return
	}
	answer(w, 200, entries)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic(err)
	}
}

// issuer returns the client id in the JWT of a request.
func issuer(r *http.Request) string {
	var claims struct{ Iss string }
	parts := strings.Split(r.Header.Get("Authorization"), ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		panic(err)
	}
	return claims.Iss
}

func expect(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// checkError demands that err holds want, or is nil where want is "".
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("error: got %v, want one that holds %q", err, want)
	}
}

// testRun is the context of the run in which tests decide.
func testRun() runContext {
	f := testFacts()
	return runContext{repository: target, runID: 42, attempt: 1, commit: commit, facts: &f}
}

// TestGithub_AgentTellsTheJob: the audit log of a repository tells which job of a run used a token; what is no name of
// an engine is left out.
func TestGithub_AgentTellsTheJob(t *testing.T) {
	for _, test := range []struct{ name, engine, want string }{
		{"an engine's job", "validate", "task-assistant-runner (emit; validate)"},
		{"a job without one", "", "task-assistant-runner (emit)"},
		{"no name", "x) y\r\nAuthorization: z", "task-assistant-runner (emit)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := &job{client: github.New, verb: "emit", out: &actions.Surface{}, env: actions.NewEnv(func(string) (string, bool) { return test.engine, true })}
			expect(t, "agent", j.github("http://127.0.0.1").Agent, test.want)
		})
	}
}
