package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/act"
	"github.com/task-assistant/tasc/internal/cli"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/local"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
)

// user is somebody who calls tasc in a project.
type user struct {
	*testing.T
	dir string
	env map[string]string
}

// newUser has a folder, with these specs if any are named.
func newUser(t *testing.T, specs string) *user {
	t.Helper()
	u := &user{T: t, dir: t.TempDir(), env: map[string]string{"TASC_ACT": patchedAct(t)}}
	if specs != "" {
		if err := os.CopyFS(filepath.Join(u.dir, "engines"), os.DirFS(specs)); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

func patchedAct(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path, err := act.Build(t.Context(), filepath.Join(cache, "tasc"), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// tasc calls it and returns the exit code and what it printed.
func (u *user) tasc(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = cli.Run(ctx, cli.Env{
		Dir: u.dir, Stdout: &out, Stderr: &errs, Now: time.Now, CacheDir: u.TempDir(),
		LookupEnv: func(name string) (string, bool) { v, ok := u.env[name]; return v, ok },
	}, args)
	return code, out.String(), errs.String()
}

// trace runs with --format json.
func (u *user) trace(args ...string) (int, local.Trace) {
	u.Helper()
	code, stdout, stderr := u.tasc(u.Context(), append(args, "--format", "json")...)
	var t local.Trace
	dec := json.NewDecoder(strings.NewReader(stdout))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t); err != nil {
		u.Fatalf("tasc %v: exit %d, %v\n%s\n%s", args, code, err, stdout, stderr)
	}
	return code, t
}

// init begins a project of one engine, hello, whose step is script if that is not empty.
func (u *user) init(script string) {
	u.Helper()
	if code, out, errs := u.tasc(u.Context(), "init", "--repository", "acme/automation", "--yes"); code != 0 {
		u.Fatalf("tasc init: exit %d\n%s%s", code, out, errs)
	}
	if script == "" {
		return
	}
	name := filepath.Join(u.dir, "engines", "hello.cue")
	data, err := os.ReadFile(name)
	if err != nil {
		u.Fatal(err)
	}
	text := strings.Replace(string(data), `echo "hello, $TARGET_REPO"`, script, 1)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		u.Fatal(err)
	}
}

// files are all files of the project with their texts.
func (u *user) files() map[string]string {
	u.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(u.dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(u.dir, name))
		out[name] = string(data)
		return err
	})
	if err != nil {
		u.Fatal(err)
	}
	return out
}

var (
	secondsRE = regexp.MustCompile(`"seconds": [0-9.]+|"bytes": \d+`)
	releaseRE = regexp.MustCompile(`"release": "[0-9a-f]{40}"|\b[0-9a-f]{7}\b|blob/HEAD`)
	loopback  = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
)

// masked returns a trace as JSON without what differs between two runs, or between two releases of the runner.
func masked(t *testing.T, trace local.Trace) string {
	t.Helper()
	data, err := json.MarshalIndent(trace, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text := secondsRE.ReplaceAllStringFunc(string(data), func(m string) string { return m[:strings.Index(m, ":")+2] + "0" })
	text = dateRE.ReplaceAllString(loopback.ReplaceAllString(text, "http://loopback"), "/DATE/")
	text = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`).ReplaceAllString(text, "DATE")
	return releaseRE.ReplaceAllString(text, "HASH") + "\n"
}

// TestTascRun_Trace: the whole trace of the example's self-test, as people get it who ask for JSON.
func TestTascRun_Trace(t *testing.T) {
	t.Parallel()
	u := newUser(t, example)
	before := u.files()
	code, trace := u.trace("run", "self-test")
	if code != 0 || !trace.Green || trace.Route != "self-test" {
		t.Errorf("exit %d, route %q, why %q", code, trace.Route, trace.Why)
	}
	if after := u.files(); len(after) != len(before) {
		t.Errorf("%d files in the project, and before the run %d", len(after), len(before))
	}
	golden(t, "testdata/run/self-test.json", masked(t, trace))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if os.Getenv("UPDATE") == "1" {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the run gives, which UPDATE=1 writes:\n%s", name, got)
	}
}

// TestTascRun_Event: a payload in part, a folder as the repository, and an engine that writes.
func TestTascRun_Event(t *testing.T) {
	t.Parallel()
	u := newUser(t, example)
	lay(t, u.dir, map[string]string{
		"event.json":                          `{"action": "labeled", "issue": {"number": 7, "labels": [{"name": "phase-1"}, {"name": "phase-3"}, {"name": "bug"}]}, "repository": {"full_name": "acme/service"}}`,
		"service/.github/task-assistant.yml":  "schema_version: \"1.0\"\ntracks: []\nlabels: []\nmilestones: []\nenforcement: {exclusivity: {phase: {mode: enforce}}}\n",
		"service/.github/workflows/other.yml": "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: exit 1}]}}\n",
	})
	code, trace := u.trace("run", "--event", "event.json", "--target", "service")
	if code != 0 || trace.Route != "issue-labelled" || trace.Target != "acme/service" || trace.Folder != "service" {
		t.Errorf("exit %d, %+v", code, trace)
	}
	var writes []string
	for _, r := range trace.Requests {
		if r.Job == "dispatch/engine-enforce/engine" && r.Method != "GET" {
			writes = append(writes, fmt.Sprintf("%s %s %d %s", r.Method, r.Path, r.Status, r.As))
		}
	}
	if want := []string{"DELETE /repos/acme/service/issues/7/labels/phase-1 200 token 4", "DELETE /installation/token 204 token 4"}; !slices.Equal(writes, want) {
		t.Errorf("the engine wrote %q, want %q", writes, want)
	}
	if got := trace.Tokens[3]; got.MintedBy != "dispatch/engine-enforce/authorize" || got.UsedBy[0] != "dispatch/engine-enforce/engine" || got.Permissions["issues"] != "write" {
		t.Errorf("token 4: %+v", got)
	}
}

func lay(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, data := range files {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(data), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

const runPage = "../../docs/run.md"

var (
	exampleRE = regexp.MustCompile("(?s)(<!-- tasc run hello -->\n```\n)(.*?)(```\n)")
	timeRE    = regexp.MustCompile(`\d+\.\d( s\n|  )`)
)

// TestTascRun_FirstRun: in a project that was just begun a route runs at once, and prints what docs/run.md shows.
func TestTascRun_FirstRun(t *testing.T) {
	t.Parallel()
	u := newUser(t, "")
	u.init("")
	if code, out, errs := u.tasc(t.Context(), "generate"); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	before := u.files()
	code, got, stderr := u.tasc(t.Context(), "run", "hello")
	if code != 0 {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	for name, text := range u.files() {
		if before[name] != text {
			t.Errorf("%s was changed", name)
		}
	}
	page, err := os.ReadFile(runPage)
	if err != nil {
		t.Fatal(err)
	}
	mask := func(text string) string {
		text = regexp.MustCompile(`tree [0-9a-f]{12}`).ReplaceAllString(dateRE.ReplaceAllString(text, "/2026-11-22/"), "tree TREE")
		return timeRE.ReplaceAllString(text, "0.0$1")
	}
	m := exampleRE.FindStringSubmatch(string(page))
	if m != nil && mask(m[2]) == mask(got) {
		return
	}
	if m == nil || os.Getenv("UPDATE") != "1" {
		t.Fatalf("docs/run.md does not show what the run prints, which UPDATE=1 writes:\n%s", got)
	}
	text := strings.Replace(string(page), m[0], m[1]+dateRE.ReplaceAllString(got, "/2026-11-22/")+m[3], 1)
	if err := os.WriteFile(runPage, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestTascRun_Red: an engine that fails makes the run red; its last lines are shown, and nothing of the user's
// environment was in its reach.
func TestTascRun_Red(t *testing.T) {
	t.Parallel()
	u := newUser(t, "")
	u.init(`printf 'found %s\\033[2J\\n' "$(env | grep -c TASC_ACT || true)"; exit 3`)
	code, stdout, _ := u.tasc(t.Context(), "run", "push")
	if code != cli.ExitFindings {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{
		"  engine-hello/engine     failure", "  hello      not ok  telemetry/", "engine-hello/engine, the step \"Say hello\" failed:\n  found 0[2J\n",
		"\nred\n", "  dispatch/engine-hello/engine: the step \"Say hello\" failed\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

// TestTascRun_AnotherRoute: a payload that starts something else than what was asked for is no success.
func TestTascRun_AnotherRoute(t *testing.T) {
	t.Parallel()
	u := newUser(t, "")
	u.init("")
	lay(t, u.dir, map[string]string{"event.json": `{"ref": "refs/heads/other", "pusher": {"name": "octocat"}}`})
	code, stdout, stderr := u.tasc(t.Context(), "run", "push", "--event", "event.json", "--format", "json")
	if want := "tasc: the event started the route \"\", not push\n"; code != cli.ExitFindings || !strings.HasSuffix(stderr, want) || !json.Valid([]byte(stdout)) {
		t.Errorf("exit %d: %s\n%s", code, stderr, stdout)
	}
}

// TestTascRun_Answers: what the stand-in does not know somebody can say, and what it does not know it names.
func TestTascRun_Answers(t *testing.T) {
	t.Parallel()
	u := newUser(t, "")
	u.init(`curl -sS -X POST -H "Authorization: Bearer $GH_TOKEN" "$GITHUB_API_URL/repos/$TARGET_REPO/issues/1/comments" -d '{"body": "hello"}'
			curl -sS -H "Authorization: Bearer $GH_TOKEN" "$GITHUB_API_URL/repos/$TARGET_REPO/stargazers"`)
	lay(t, u.dir, map[string]string{"answers.json": `[
		{"method": "POST", "path": "/repos/acme/*/issues/1/comments", "status": 201, "body": {"id": 7}},
		{"method": "PUT", "path": "/repos/acme/*/contents/telemetry/v1/repos/*/*/*/preflight.json", "status": 502, "times": 1}
	]`})
	code, trace := u.trace("run", "push", "--answers", "answers.json", "--log")
	if code != 0 || !trace.Green {
		t.Errorf("exit %d: %q", code, trace.Why)
	}
	var got []string
	for _, r := range trace.Requests {
		if r.Job == "dispatch/engine-hello/engine" || r.Method == "PUT" {
			got = append(got, fmt.Sprintf("%s %s %d %s", r.Method, r.Path[strings.LastIndex(r.Path, "/"):], r.Status, r.As))
		}
	}
	want := []string{"PUT /preflight.json 502 token 3", "PUT /preflight.json 201 token 3", "POST /comments 201 token 4", "GET /stargazers 404 token 4", "DELETE /token 204 token 4", "PUT /hello.json 201 token 5"}
	if !slices.Equal(got, want) {
		t.Errorf("requests %q, want %q", got, want)
	}
	notes := strings.Join(trace.Notes, "\n")
	for _, want := range []string{
		"no route for GET /repos/acme/example-service/stargazers; --answers says",
		"POST /repos/acme/*/issues/1/comments was answered with 201 as prepared, 1 time\nPUT ",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in\n%s", want, notes)
		}
	}
}

// TestTascRun_SecretsAndActions: an engine gets the secrets and variables that were named and nothing else, and an action
// of others comes from a folder, the stand-in of no action of ours.
func TestTascRun_SecretsAndActions(t *testing.T) {
	t.Parallel()
	u := newUser(t, "")
	u.init("")
	dig := "acme/dig@" + strings.Repeat("a", 40)
	lay(t, u.dir, map[string]string{
		"engines/hello.cue": `package engines

import "github.com/task-assistant/tasc/schema"

engines: hello: schema.#Engine & {
	summary: "Digs"
	class:   "read-only"
	secrets: ["API_TOKEN"]
	vars: ["REGION"]
	steps: [{name: "Dig", uses: "` + dig + `", with: depth: 3}]
}
`,
		"dig/action.yml": `name: Dig
inputs: {depth: {description: how deep, required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {DEPTH: "${{ inputs.depth }}"}
      run: |
        echo "the token is $API_TOKEN"
        printf '{"summary": "%s %s %s %s"}' "$DEPTH" "$REGION" "${#API_TOKEN}" "${OTHER:-nothing else}" > "$RESULT_FILE"
`,
		"secrets": "# for trying\nAPI_TOKEN=only-for-trying\n",
	})
	u.env["OTHER"] = "of the user"
	code, out, errs := u.tasc(t.Context(), "run", "push", "--secret-file", "secrets", "--var", "REGION=north", "--action", dig+"=dig", "--log")
	if code != 0 || !strings.Contains(out, "  3 north 15 nothing else\n") || !strings.Contains(out, "the token is ***\n") || strings.Contains(out+errs, "only-for-trying") {
		t.Errorf("exit %d\n%s\n%s", code, out, errs)
	}
}

// TestTascRun_Keep: what is kept can be looked at with git, and nothing else is left.
func TestTascRun_Keep(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	u := newUser(t, "")
	u.init("")
	code, _, stderr := u.tasc(t.Context(), "run", "push", "--keep")
	kept, err := filepath.Glob(filepath.Join(tmp, "*"))
	if err != nil || code != 0 || len(kept) != 1 || !strings.Contains(stderr, "tasc: the run is kept in "+kept[0]+"\n") {
		t.Fatalf("exit %d, kept %q (%v): %s", code, kept, err, stderr)
	}
	out, err := exec.Command("git", "-C", filepath.Join(kept[0], "repositories/acme/task-assistant-telemetry.git"), "log", "--format=%s").Output()
	if want := "telemetry: hello 1000-1\ntelemetry: preflight 1000-1\ntelemetry\n"; err != nil || string(out) != want {
		t.Errorf("git log: %q (%v), want %q", out, err, want)
	}
	for _, name := range []string{"trace.json", "log.txt", "act/event.json"} {
		if data, err := os.ReadFile(filepath.Join(kept[0], name)); err != nil || len(data) == 0 {
			t.Errorf("%s: %d bytes (%v)", name, len(data), err)
		}
	}
}

// TestTascRun_BuildAct: the command that messages name prints where act is.
func TestTascRun_BuildAct(t *testing.T) {
	t.Parallel()
	want := patchedAct(t)
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), cli.Env{Dir: t.TempDir(), Stdout: &out, Stderr: &errs, Now: time.Now, CacheDir: filepath.Dir(filepath.Dir(want))}, []string{"run", "--build-act"})
	if got := out.String(); code != 0 || got != want+"\n" {
		t.Errorf("exit %d: %q, want %s\n%s", code, got, want, errs.String())
	}
	if found, err := act.Find("", filepath.Dir(filepath.Dir(want))); err != nil || found != want {
		t.Errorf("found %q (%v), want %q", found, err, want)
	}
}

// TestTascRun_Stopped: who interrupts a run gets the prompt back, and no process and no folder stays behind.
func TestTascRun_Stopped(t *testing.T) {
	tmp, started := t.TempDir(), filepath.Join(t.TempDir(), "started")
	t.Setenv("TMPDIR", tmp)
	u := newUser(t, "")
	u.init(fmt.Sprintf("echo $$ > %s; sleep 600", started))
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		for range 600 {
			if _, err := os.Stat(started); err == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		stop()
	}()
	code, _, stderr := u.tasc(ctx, "run", "push")
	if code != cli.ExitFindings || !strings.Contains(stderr, "the run was stopped") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	pid, err := os.ReadFile(started)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); err == nil {
		t.Errorf("the step is still running as %s", pid)
	}
}

// TestLocal_PrivatePlatform: a platform whose files nobody reads without a token, with its runner downloaded.
func TestLocal_PrivatePlatform(t *testing.T) {
	t.Parallel()
	w := &world{t: t, project: t.TempDir()}
	w.copySpecs(example)
	private(w)
	root := os.DirFS(w.project)
	set, found := load.Options{}.Load(root, "engines")
	data, err := fs.ReadFile(root, "engines/tasc.lock")
	if err != nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	lk, found := lock.Parse("engines/tasc.lock", data)
	if len(found) > 0 {
		t.Fatal(found)
	}
	c := local.Config{Set: set, Platform: set.Platforms[0], Lock: lk, Target: local.MadeUp(), Act: patchedAct(t), Dir: t.TempDir(), Home: w.home}
	p := plan.Build(set, c.Platform, lk)
	if c.Event, err = local.Decide(p, local.Ask{Route: "validate"}); err != nil {
		t.Fatal(err)
	}
	c.Actions = local.Actions(p, lk, c.Event.Engines)
	trace, log, err := local.Run(t.Context(), c)
	if err != nil || !trace.Green {
		t.Fatalf("%q (%v)\n%s", trace.Why, err, log)
	}
	var want []local.Git
	for _, token := range trace.Tokens {
		if slices.Equal(token.Repositories, []string{platformRepo}) && token.MintedBy == "dispatch/engine-validate/authorize" {
			if got := fmt.Sprint(token.Permissions); got != "map[contents:read metadata:read]" {
				t.Errorf("the token that reads the platform can do %s", got)
			}
			want = append(want, local.Git{Repository: platformRepo, As: fmt.Sprintf("token %d", token.ID), Fetches: 1})
		}
	}
	if len(want) != 1 || !slices.Equal(trace.Git, want) {
		t.Errorf("git: %+v, want %+v", trace.Git, want)
	}
}
