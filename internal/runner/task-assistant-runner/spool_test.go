package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// lab is a world whose GitHub has real repositories.
type lab struct {
	*world
	server *githubtest.Server
	// jam is what is answered to a PUT, nil for the stand-in's own answer.
	jam func(*http.Request) *githubtest.Response
}

const spoolRef = "refs/telemetry/spool/2026-11-22/acme-service/42-1/validate"

// newLab returns a world with a spool, whose direct lane is jammed.
func newLab(t *testing.T) *lab {
	t.Helper()
	return newLabAt(t, func() time.Time { return now })
}

// newLabAt is newLab with another clock, which processes need.
func newLabAt(t *testing.T, clock func() time.Time) *lab {
	t.Helper()
	return newLabWith(t, githubtest.Config{Now: clock})
}

// newLabWith is newLab with another GitHub.
func newLabWith(t *testing.T, config githubtest.Config) *lab {
	t.Helper()
	l := &lab{world: newWorld(t), server: githubtest.NewWith(t, config)}
	engine := l.server.AddApp(githubtest.App{ClientID: "IvENGINE", Slug: "acme-engine", Permissions: map[string]string{"contents": "read", "issues": "write"}})
	app := l.server.AddApp(githubtest.App{ClientID: "IvTELEMETRY", Slug: "acme-telemetry", Permissions: map[string]string{"contents": "write"}})
	l.server.AddRepository(target, githubtest.Repository{})
	l.server.AddRepository(telemetry, githubtest.Repository{})
	l.server.Commit(telemetry, "main", "telemetry", githubtest.Files(map[string]string{"README.md": "# Telemetry\n"})...)
	l.server.Install("IvENGINE", "acme", target)
	l.server.Install("IvTELEMETRY", "acme", telemetry)
	l.server.Intercept(func(r *http.Request) *githubtest.Response {
		if l.jam == nil || r.Method != http.MethodPut {
			return nil
		}
		return l.jam(r)
	})
	l.jam = secondaryLimit
	l.env["GITHUB_API_URL"], l.env["GITHUB_SERVER_URL"], l.env["RUNNER_TEMP"] = l.server.APIURL(), l.server.URL, t.TempDir()
	l.env["ENGINE_APP_KEY"], l.env["TELEMETRY_APP_KEY"] = engine.PrivateKeyPEM(), app.PrivateKeyPEM()
	f := testFacts()
	f.Apps.Telemetry.PublicKeys = []string{publicHalf(t, engine.PrivateKeyPEM()), publicHalf(t, app.PrivateKeyPEM())}
	l.facts(f)
	return l
}

// secondaryLimit is the answer that was seen when too many jobs write at once (gofri/go-github-ratelimit#38).
func secondaryLimit(*http.Request) *githubtest.Response {
	return &githubtest.Response{Status: 403, Body: `{"message":"You have exceeded a secondary rate limit and have been temporarily blocked from content creation."}`}
}

func publicHalf(t *testing.T, private string) string {
	t.Helper()
	block, _ := pem.Decode([]byte(private))
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

// git runs git on the telemetry repository itself.
func (l *lab) git(args ...string) string {
	l.t.Helper()
	out, err := exec.Command("git", append([]string{"-C", l.server.GitDir(telemetry)}, args...)...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// onRef returns the record that a ref of the spool carries.
func (l *lab) onRef(ref string) record.Record {
	l.t.Helper()
	r, err := signed.ReadMessage(l.git("show", "--no-patch", "--format=%B", ref))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Data, _ = l.server.File(telemetry, ref, r.Path)
	f := l.readFacts()
	keys, err := signed.PublicKeys(f.Apps.Telemetry.PublicKeys)
	if err != nil {
		l.t.Fatal(err)
	}
	decoded, err := r.Verify(keys)
	if err != nil {
		l.t.Fatalf("%s: %v", ref, err)
	}
	return decoded
}

func TestSpool_TakesARecordThatTheDirectLaneDoesNot(t *testing.T) {
	l := newLab(t)
	l.handOver(packText(t, `{"summary":"done"}`), "1")
	got := l.run("emit")
	expect(t, "code", got.code, 0)
	if !strings.HasSuffix(got.log, "::notice::spooled "+recordPath+" in acme/telemetry: success\n") {
		t.Errorf("log: %q", got.log)
	}
	data, _ := l.server.File(telemetry, spoolRef, recordPath)
	expect(t, "outputs", got.outputs, map[string]string{"ok": "true", "record": l.git("rev-parse", spoolRef+":"+recordPath)})
	expect(t, "details", compacted(t, l.onRef(spoolRef).Details), `{"summary":"done"}`)
	expect(t, "files", l.git("ls-tree", "-r", "--name-only", spoolRef), recordPath)
	expect(t, "author, date, parents", l.git("show", "--no-patch", "--format=%an %ad %cd %P|", "--date=iso-strict", spoolRef),
		"task-assistant-runner 2026-11-22T10:11:12+00:00 2026-11-22T10:11:12+00:00 |")
	expect(t, "subject", l.git("show", "--no-patch", "--format=%s", spoolRef), "telemetry: validate 42-1")
	expect(t, "the branch", len(l.server.Log(telemetry, "main")), 1)
	last := l.server.Requests()[len(l.server.Requests())-1]
	expect(t, "dispatch", last.Method+" "+last.Path+" "+last.Who+" "+last.Body,
		`POST /repos/acme/telemetry/dispatches installation acme-telemetry on acme/telemetry {contents:write,metadata:read} {"event_type":"tasc-sweep"}`)
	l.git("fsck", "--strict")
	checkNoToken(t, got.log, string(data))
}

// checkNoToken demands that a log shows a token only to mask it, in both of its forms.
func checkNoToken(t *testing.T, log string, others ...string) {
	t.Helper()
	masked := 0
	for line := range strings.Lines(log) {
		secret, isMask := strings.CutPrefix(strings.TrimSpace(line), "::add-mask::")
		if !isMask {
			continue
		}
		masked++
		if strings.Count(log, secret) > 1 || strings.Contains(strings.Join(others, ""), secret) {
			t.Errorf("a token is shown:\n%s", log)
		}
	}
	if masked == 0 {
		t.Errorf("no token was masked:\n%s", log)
	}
}

func TestSpool_TheSameRecordMakesTheSameCommit(t *testing.T) {
	var ids []string
	for range 2 {
		l := newLab(t)
		l.handOver(packText(t, `{"summary":"done"}`), "1")
		expect(t, "code", l.run("emit").code, 0)
		ids = append(ids, l.git("rev-parse", spoolRef+"^{commit}"))
	}
	expect(t, "second commit", ids[1], ids[0])
}

func TestSpool_AgainIsTheSameOrRefused(t *testing.T) {
	later := func(l *lab) { l.env["GITHUB_RUN_ATTEMPT"] = "2" }
	tests := []struct {
		name   string
		change func(*lab)
		code   int
		log    string
	}{
		{"emit alone", later, 0, "::notice::spooled "},
		{"by another runner", func(l *lab) { later(l); l.relaidSame() }, 0, "::notice::spooled "},
		{"another result", func(l *lab) { later(l); l.handOver(packText(l.t, `{"a":2}`), "1") }, 1, "use Re-run all jobs"},
		{"the engine too", func(l *lab) { later(l); l.handOver(packText(l.t, `{"a":1}`), "2") }, 1, "use Re-run all jobs"},
		{"over something else", func(l *lab) { l.server.SetRef(telemetry, spoolRef, l.server.Ref(telemetry, "refs/heads/main")) }, 1, "use Re-run all jobs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			l.handOver(packText(t, `{"a":1}`), "1")
			first := l.run("emit")
			expect(t, "code", first.code, 0)
			tt.change(l)
			before := l.git("rev-parse", spoolRef)
			again := l.run("emit")
			expect(t, "code again", again.code, tt.code)
			expect(t, "record", again.outputs["record"], first.outputs["record"])
			expect(t, "ref", l.git("rev-parse", spoolRef), before)
			if !strings.Contains(again.log, tt.log) {
				t.Errorf("log: got %q, want one that holds %q", again.log, tt.log)
			}
		})
	}
}

func TestSpool_IsNotUsedWhereItCannotHelp(t *testing.T) {
	refuse := func(status int, message string) func(*http.Request) *githubtest.Response {
		return func(*http.Request) *githubtest.Response {
			return &githubtest.Response{Status: status, Body: fmt.Sprintf(`{"message":%q}`, message)}
		}
	}
	tests := []struct {
		name   string
		change func(*lab)
		log    string
	}{
		{"not permitted", func(l *lab) { l.jam = refuse(403, "Resource not accessible by integration") }, "was not written: PUT"},
		{"a ruleset", func(l *lab) { l.jam = refuse(409, "Repository rule violations found") }, "was not written: PUT"},
		{"no public keys", func(l *lab) { l.facts(testFacts()) }, "; the spool took it neither: the platform names no public_keys of its telemetry App"},
		{"keys of another App", func(l *lab) {
			f := l.readFacts()
			f.Apps.Telemetry.PublicKeys = f.Apps.Telemetry.PublicKeys[:1]
			l.facts(*f)
		}, "; the spool took it neither: the private key of the GitHub App acme-telemetry belongs to none of the platform's public_keys"},
		{"no server", func(l *lab) { l.env["GITHUB_SERVER_URL"] = "" }, "the spool took it neither: the server"},
		{"no such repository for git", func(l *lab) { l.env["GITHUB_SERVER_URL"] = l.server.URL + "/elsewhere" }, "the spool took it neither: git push"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			tt.change(l)
			l.handOver(packText(t, `{}`), "1")
			got := l.run("emit")
			expect(t, "code", got.code, 1)
			expect(t, "outputs", got.outputs, map[string]string{})
			if !strings.Contains(got.log, tt.log) {
				t.Errorf("log: got %q, want one that holds %q", got.log, tt.log)
			}
			expect(t, "spool", l.server.Ref(telemetry, spoolRef), "")
			checkNoToken(t, got.log)
			l.server.TakeProblems() // a path that is neither API nor git
		})
	}
}

// TestSpool_IsGreenWithoutASweep: that none can be started now is no failure, and is not waited for.
func TestSpool_IsGreenWithoutASweep(t *testing.T) {
	l := newLab(t)
	l.server.Intercept(func(r *http.Request) *githubtest.Response {
		if !strings.HasSuffix(r.URL.Path, "/dispatches") {
			return nil
		}
		return secondaryLimit(r)
	})
	l.handOver(packText(t, `{}`), "1")
	got := l.run("emit")
	expect(t, "code", got.code, 0)
	expect(t, "sleeps", l.sleeps, []time.Duration(nil))
	if !strings.Contains(got.log, "::notice::the record waits in the spool for the next sweep; none could be started now: given up") {
		t.Errorf("log: %q", got.log)
	}
}

// TestSpool_AtOnceAfterACancel: what is asked to stop does not wait for GitHub's limits.
func TestSpool_AtOnceAfterACancel(t *testing.T) {
	l := newLab(t)
	ctx, cancel := context.WithCancel(context.Background())
	l.jam = func(r *http.Request) *githubtest.Response { cancel(); return secondaryLimit(r) }
	l.handOver(packText(t, `{}`), "1")
	got := l.runIn(ctx, "emit")
	expect(t, "code", got.code, 0)
	expect(t, "sleeps", l.sleeps, []time.Duration(nil))
	l.onRef(spoolRef)
}

func TestOutlast_EndsAfterItsGrace(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	late, stop := outlast(ctx, 10*time.Millisecond)
	defer stop()
	cancel()
	if late.Err() != nil {
		t.Error("it ended at once")
	}
	<-late.Done()
	late, stop = outlast(context.Background(), time.Hour)
	stop()
	<-late.Done()
}

func TestPreflight_LooksIntoTheSpool(t *testing.T) {
	l := newLab(t)
	got := l.run("preflight")
	expect(t, "code", got.code, 0)
	var asked []string
	for _, r := range l.server.Requests() {
		if !strings.Contains(r.Path, "installation") {
			asked = append(asked, r.Path)
		}
	}
	expect(t, "requests", asked, []string{
		"/repos/acme/service", "/repos/acme/telemetry/contents/" + runDir,
		"/repos/acme/telemetry/git/matching-refs/telemetry/spool/2026-11-22/acme-service/42-1/preflight",
	})

	l.env["ENGINE_NAME"] = "preflight"
	l.handOver(packed{got.outputs["details"], got.outputs["details_sha256"], got.outputs["details_state"]}, "1")
	expect(t, "code of emit", l.run("emit").code, 0)
	l.env["GITHUB_RUN_ID"] = "43"
	again := l.run("preflight")
	expect(t, "code", again.code, 1)
	report, _ := reportOf(t, again.outputs)
	expect(t, "report", sentences(report), "FAIL record: the correlation id 42-1 belongs to run 42, attempt 1: use Re-run all jobs, or start a new run without this id\n")
}

func TestPreflight_WarnsOfAKeyThatNobodyCanCheck(t *testing.T) {
	l := newLab(t)
	f := l.readFacts()
	f.Apps.Telemetry.PublicKeys = f.Apps.Telemetry.PublicKeys[:1]
	l.facts(*f)
	got := l.run("preflight")
	expect(t, "code", got.code, 0)
	report, _ := reportOf(t, got.outputs)
	expect(t, "check", report.Checks[3].ID+" "+report.Checks[3].Outcome, "telemetry WARN")
	expect(t, "summary", report.Summary, "7 of 7 checks passed, 1 with a warning")
	if !strings.Contains(got.log, "::warning::preflight check telemetry: the private key of the GitHub App acme-telemetry belongs to none of the platform's public_keys") {
		t.Errorf("log: %q", got.log)
	}
}

func TestVerdict_CountsWhatIsSpooled(t *testing.T) {
	l := newLab(t)
	for _, name := range []string{"preflight", "validate"} {
		l.env["ENGINE_NAME"] = name
		l.handOver(packText(t, `{}`), "1")
		if name == "validate" {
			l.jam = nil
		}
		expect(t, "code of emit", l.run("emit").code, 0)
	}
	before := len(l.server.Requests())
	got := l.judged(ran("config-push", map[string]need{"validate": good}))
	expect(t, "code", got.code, 0)
	var asked []string
	for _, r := range l.server.Requests()[before:] {
		asked = append(asked, r.Method+" "+strings.TrimPrefix(r.Path, "/repos/acme/telemetry/"))
	}
	expect(t, "requests", asked[2:], []string{"GET contents/" + runDir, "GET git/matching-refs/telemetry/spool/2026-11-22/acme-service/42-1/", "DELETE /installation/token"})
	for _, token := range l.server.Tokens()[2:] { // behind those of the two emits
		expect(t, "permissions of verdict's token", token.Permissions, map[string]string{"contents": "read", "metadata": "read"})
	}
	if !strings.Contains(got.summary, "| preflight | success | true | in the spool |") {
		t.Errorf("summary:\n%s", got.summary)
	}
}
