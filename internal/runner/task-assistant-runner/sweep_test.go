package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// newSweepLab is a lab whose steps are those of the telemetry repository.
func newSweepLab(t *testing.T) *lab {
	t.Helper()
	l := newLab(t)
	l.inTelemetry()
	return l
}

// inTelemetry makes the steps of a lab those of the telemetry repository.
func (l *lab) inTelemetry() {
	l.t.Helper()
	l.env["GITHUB_REPOSITORY"] = telemetry
	l.env["GITHUB_TOKEN"] = l.server.AddToken("GITHUB_TOKEN", telemetry, map[string]string{"contents": "write", "metadata": "read"})
}

// sampleRecord is the record of one run of validate.
func sampleRecord(runID int) record.Record {
	return record.Record{
		SchemaVersion: "1.0", GeneratedAt: "2026-11-22T10:11:12Z", CorrelationID: fmt.Sprintf("%d-1", runID), EngineName: "validate", EngineRef: commit,
		Source: record.Source{Workflow: "engine-validate", Job: "engine", RunID: int64(runID), RunAttempt: 1, RunnerDigest: "sha256:00"},
		Entity: record.Entity{Type: "repository", Owner: "acme", Repo: "service"},
		Event:  record.Event{Category: "validate", Action: "success"}, OK: true, Details: []byte(`{"summary":"done"}`),
	}
}

// sign returns a record as the telemetry App signs it.
func (l *lab) sign(r record.Record) signed.Record {
	l.t.Helper()
	data, err := r.Encode()
	if err != nil {
		l.t.Fatal(err)
	}
	return l.signText(r.Path("2026-11-22"), data)
}

func (l *lab) signText(path string, data []byte) signed.Record {
	l.t.Helper()
	block, _ := pem.Decode([]byte(l.env["TELEMETRY_APP_KEY"]))
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		l.t.Fatal(err)
	}
	sum := sha256.Sum256(signed.Text(path, data))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		l.t.Fatal(err)
	}
	return signed.Record{Path: path, Data: data, Signature: signature}
}

// wait puts a signed record into the spool, under a ref of its own or the one given.
func (l *lab) wait(r signed.Record, ref string) {
	l.t.Helper()
	if ref == "" {
		ref = signed.SpoolRef(r.Path)
	}
	l.server.SetRef(telemetry, ref, l.commitOf(r.Message(), githubtest.File{Path: r.Path, Content: string(r.Data)}))
}

// commitOf makes a parentless commit in the telemetry repository.
func (l *lab) commitOf(message string, files ...githubtest.File) string {
	l.t.Helper()
	const branch = "scratch"
	id := l.server.Commit(telemetry, branch, message, files...)
	l.server.SetRef(telemetry, "refs/heads/"+branch, "")
	return id
}

// spooledRuns puts the records of n runs into the spool, all with one process of git.
func (l *lab) spooledRuns(n int) {
	l.t.Helper()
	var in strings.Builder
	for i := range n {
		r := l.sign(sampleRecord(1000 + i))
		fmt.Fprintf(&in, "commit %s\ncommitter a <a@example.com> 1 +0000\ndata %d\n%s\n", signed.SpoolRef(r.Path), len(r.Message()), r.Message())
		fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", r.Path, len(r.Data), r.Data)
	}
	cmd := exec.Command("git", "-C", l.server.GitDir(telemetry), "-c", "fastimport.unpackLimit=10000000", "fast-import", "--quiet")
	cmd.Stdin = strings.NewReader(in.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		l.t.Fatalf("git fast-import: %v\n%s", err, out)
	}
}

// swept demands that the branch has one more commit than before with exactly the records of these runs, that
// history was only added to, and that nothing waits.
func (l *lab) swept(runs int) {
	l.t.Helper()
	l.git("fsck", "--strict")
	for i := range runs {
		want := sampleRecord(1000 + i)
		data, ok := l.server.File(telemetry, "main", want.Path("2026-11-22"))
		decoded, err := record.Decode(data)
		if !ok || err != nil || !record.Same(decoded, want) {
			l.t.Errorf("%s: there %t, %v", want.Path("2026-11-22"), ok, err)
		}
	}
	files := l.git("ls-tree", "-r", "--name-only", "main", "telemetry/")
	if got := len(strings.Fields(files)); got != runs {
		l.t.Errorf("%d records on the branch, want %d", got, runs)
	}
	if changed := l.git("log", "--format=", "--name-status", "--diff-filter=a", "main"); changed != "" {
		l.t.Errorf("history was changed:\n%s", changed)
	}
	if left := l.git("for-each-ref", "refs/telemetry/spool"); left != "" {
		l.t.Errorf("still in the spool:\n%s", left)
	}
}

func TestSweep_PutsAllOnTheBranchInOneCommit(t *testing.T) {
	l := newSweepLab(t)
	before := l.git("rev-parse", "main")
	l.spooledRuns(3)
	got := l.run("sweep")
	expect(t, "code", got.code, 0)
	if !strings.HasSuffix(got.log, "::notice::3 records swept, 0 on the branch already, 0 rejected\n") {
		t.Errorf("log: %q", got.log)
	}
	checkNoToken(t, strings.ReplaceAll(got.log, l.env["GITHUB_TOKEN"], ""))
	l.swept(3)
	expect(t, "parents", l.git("log", "--format=%P|%s", "-1", "main"), before+"|telemetry: 3 records from the spool")
	for _, r := range l.server.Requests() {
		if !r.Git {
			t.Errorf("a request to the API: %s %s", r.Method, r.Path)
		}
	}

	again := l.run("sweep")
	expect(t, "code", again.code, 0)
	expect(t, "commits", len(l.server.Log(telemetry, "main")), 2)
}

func TestSweep_TakesWhatEmitSpooled(t *testing.T) {
	l := newSweepLab(t)
	l.env["GITHUB_REPOSITORY"] = target
	l.handOver(packText(t, `{"summary":"done"}`), "1")
	emitted := l.run("emit")
	l.env["GITHUB_REPOSITORY"] = telemetry
	expect(t, "code", l.run("sweep").code, 0)
	expect(t, "record", l.git("rev-parse", "main:"+recordPath), emitted.outputs["record"])
}

func TestSweep_KeepsWhatIsOnTheBranch(t *testing.T) {
	same, other := sampleRecord(1000), sampleRecord(1000)
	same.GeneratedAt, same.Source.RunnerDigest = "2026-11-22T11:00:00Z", "sha256:11"
	other.Details = []byte(`{"summary":"other"}`)
	tests := []struct {
		name     string
		stored   record.Record
		rejected bool
		tally    string
	}{
		{"the same bytes", sampleRecord(1000), false, "0 records swept, 1 on the branch already, 0 rejected"},
		{"the same record", same, false, "0 records swept, 1 on the branch already, 0 rejected"},
		{"a different record", other, true, "0 records swept, 0 on the branch already, 1 rejected"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newSweepLab(t)
			stored := l.sign(tt.stored)
			l.server.Commit(telemetry, "main", "direct", githubtest.File{Path: stored.Path, Content: string(stored.Data)})
			l.spooledRuns(1)
			id := l.git("rev-parse", signed.SpoolRef(stored.Path))
			got := l.run("sweep")
			expect(t, "red", got.code == 1, tt.rejected)
			if !strings.Contains(got.log, "::notice::"+tt.tally) {
				t.Errorf("log: %q", got.log)
			}
			data, _ := l.server.File(telemetry, "main", stored.Path)
			expect(t, "stored", string(data), string(stored.Data))
			expect(t, "spool", l.git("for-each-ref", "refs/telemetry/spool"), "")
			want := ""
			if tt.rejected {
				want = "refs/telemetry/rejected/2026-11-22/acme-service/1000-1/validate/" + id
			}
			expect(t, "rejected", l.git("for-each-ref", "--format=%(refname)", "refs/telemetry/rejected"), want)
		})
	}
}

// wrongs are what may wait in the spool and must not reach the branch. push is given a ref and the run it belongs to.
var wrongs = []struct {
	name string
	push func(l *lab, ref string, run int)
	why  string
}{
	{"not signed", func(l *lab, ref string, run int) {
		r := l.sign(sampleRecord(run))
		r.Signature = make([]byte, 256)
		l.wait(r, ref)
	}, "no public key of the platform belongs to its signature"},
	{"changed after it was signed", func(l *lab, ref string, run int) {
		r := l.sign(sampleRecord(run))
		r.Data = append(r.Data, ' ')
		l.wait(r, ref)
	}, "no public key of the platform belongs to its signature"},
	{"signed by another App", func(l *lab, ref string, run int) {
		own := l.env["TELEMETRY_APP_KEY"]
		l.env["TELEMETRY_APP_KEY"] = testKey()
		l.wait(l.sign(sampleRecord(run)), ref)
		l.env["TELEMETRY_APP_KEY"] = own
	}, "no public key of the platform belongs to its signature"},
	{"signed and no record", func(l *lab, ref string, run int) {
		l.wait(l.signText(sampleRecord(run).Path("2026-11-22"), []byte("{}\n")), ref)
	}, "schema_version"},
	{"another ref's path", func(l *lab, ref string, run int) { l.wait(l.sign(sampleRecord(run+5000)), ref) }, "belongs to another ref"},
	{"a path out of the tree", func(l *lab, ref string, _ int) {
		l.server.SetRef(telemetry, ref, l.commitOf(l.signText("../../x", nil).Message(), githubtest.File{Path: "x", Content: "z"}))
	}, `its path "../../x" belongs to another ref`},
	{"a path of commands", func(l *lab, ref string, _ int) {
		l.server.SetRef(telemetry, ref, l.commitOf("x\n\nRecord-Path: ::error::%0A\x1b[1m\nRecord-Signature: AAAA\n", githubtest.File{Path: "y", Content: "z"}))
	}, `its path "::error::%250A [1m" belongs to another ref`},
	{"a commit that says nothing", func(l *lab, ref string, _ int) {
		l.server.SetRef(telemetry, ref, l.commitOf("x", githubtest.File{Path: "y", Content: "z"}))
	}, "its message names no path or no signature"},
	{"the branch itself", func(l *lab, ref string, _ int) {
		l.server.SetRef(telemetry, ref, l.server.Ref(telemetry, "refs/heads/main"))
	}, "its message names no path or no signature"},
	{"a file of the branch", func(l *lab, ref string, _ int) { l.server.SetRef(telemetry, ref, l.git("rev-parse", "main:README.md")) }, "it points to a blob"},
	{"a folder", func(l *lab, ref string, _ int) { l.server.SetRef(telemetry, ref, l.git("rev-parse", "main^{tree}")) }, "it points to a tree"},
	{"no file at its path", func(l *lab, ref string, run int) {
		r := l.sign(sampleRecord(run))
		l.server.SetRef(telemetry, ref, l.commitOf(r.Message(), githubtest.File{Path: "y", Content: "z"}))
	}, "it holds no file at its path"},
	{"a folder at its path", func(l *lab, ref string, run int) {
		r := l.sign(sampleRecord(run))
		l.server.SetRef(telemetry, ref, l.commitOf(r.Message(), githubtest.File{Path: r.Path + "/y", Content: "z"}))
	}, "it holds no file at its path"},
	{"a file of a megabyte", func(l *lab, ref string, run int) {
		r := l.sign(sampleRecord(run))
		r.Data = make([]byte, 1<<20)
		l.wait(r, ref)
	}, "its record is too large"},
}

func TestSweep_RejectsWhatIsWrongAndSweepsTheRest(t *testing.T) {
	l := newSweepLab(t)
	refs := map[string]string{}
	for i, w := range wrongs {
		refs[w.name] = signed.SpoolRef(sampleRecord(2000 + i).Path("2026-11-22"))
		w.push(l, refs[w.name], 2000+i)
	}
	foreign := sampleRecord(3000)
	foreign.Entity.Owner = "other"
	l.wait(l.sign(foreign), "")
	l.spooledRuns(2)
	got := l.run("sweep")
	expect(t, "code", got.code, 1)
	for _, w := range wrongs {
		line := "::error::rejected " + refs[w.name] + ": "
		_, said, found := strings.Cut(got.log, line)
		said, _, _ = strings.Cut(said, "\n")
		if !found || !strings.Contains(said, w.why) {
			t.Errorf("%s: the log says %q of it, want %q", w.name, said, w.why)
		}
	}
	if want := "other-service/3000-1/validate: the records of other/service belong into other/telemetry\n"; !strings.Contains(got.log, want) {
		t.Errorf("the log has no %q", want)
	}
	if want := fmt.Sprintf("2 records swept, 0 on the branch already, %d rejected", len(wrongs)+1); !strings.Contains(got.log, want) || !strings.Contains(got.summary, want) {
		t.Errorf("log or summary has no %q:\n%s\n%s", want, got.log, got.summary)
	}
	l.swept(2)
	if moved := strings.Fields(l.git("for-each-ref", "--format=%(refname)", "refs/telemetry/rejected")); len(moved) != len(wrongs)+1 {
		t.Errorf("rejected refs: %q", moved)
	}
	expect(t, "code of the next sweep", l.run("sweep").code, 0)
}

func TestSweep_KnowsWhereARecordBelongs(t *testing.T) {
	tests := []struct{ name, rule, repository, owner, repo, want string }{
		{"by the rule", "{owner}/telemetry", "acme/telemetry", "acme", "service", ""},
		{"by the rule, in other letters", "{owner}/telemetry", "Acme/Telemetry", "acme", "service", ""},
		{"elsewhere by the rule", "{owner}/records", "acme/telemetry", "acme", "service", "belong into acme/records"},
		{"one repository for all", "acme/telemetry", "acme/telemetry", "other", "service", "belong to another owner's repository"},
		{"by a registry", "", "acme/telemetry", "acme", "service", ""},
		{"another owner, by a registry", "", "acme/telemetry", "other", "service", "belong to another owner's repository"},
		{"of this repository", "", "acme/telemetry", "acme", "telemetry", "its target is the telemetry repository itself"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := testFacts()
			f.Telemetry.Repository = tt.rule
			s := &sweeper{repository: tt.repository, facts: &f}
			r := sampleRecord(1)
			r.Entity.Owner, r.Entity.Repo = tt.owner, tt.repo
			checkError(t, s.belongs(r), tt.want)
		})
	}
}

// TestSweep_AfterOneThatDied: all records are on the branch and no ref is gone yet. Each blob is asked for at once, not alone.
func TestSweep_AfterOneThatDied(t *testing.T) {
	l := newSweepLab(t)
	l.spooledRuns(20)
	before := l.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/telemetry/spool")
	expect(t, "code", l.run("sweep").code, 0)
	for line := range strings.Lines(before) {
		name, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		l.server.SetRef(telemetry, name, id)
	}
	asked := len(l.server.Requests())
	got := l.run("sweep")
	expect(t, "code", got.code, 0)
	if !strings.Contains(got.log, "0 records swept, 20 on the branch already") {
		t.Errorf("log: %q", got.log)
	}
	l.swept(20)
	var fetches int
	for _, r := range l.server.Requests()[asked:] {
		if strings.HasSuffix(r.Path, "/git-upload-pack") {
			fetches++
		}
	}
	if fetches > 12 {
		t.Errorf("%d requests of git fetch: each record was fetched alone", fetches)
	}
}

func TestSweep_MovesOnWithTheBranch(t *testing.T) {
	l := newSweepLab(t)
	l.spooledRuns(2)
	pushes := 0
	l.server.Intercept(func(r *http.Request) *githubtest.Response {
		if strings.HasSuffix(r.URL.Path, "/git-receive-pack") {
			if pushes++; pushes == 1 { // an emit writes while the sweep is at work
				l.server.Commit(telemetry, "main", "direct", githubtest.File{Path: "other.json", Content: "{}\n"})
			}
		}
		return nil
	})
	expect(t, "code", l.run("sweep").code, 0)
	l.swept(2)
	if _, ok := l.server.File(telemetry, "main", "other.json"); !ok {
		t.Error("what the emit wrote is gone")
	}
}

func TestSweep_TwiceAtOnce(t *testing.T) {
	l := newSweepLab(t)
	l.spooledRuns(20)
	var wg sync.WaitGroup
	codes := make([]int, 3)
	for i := range codes {
		w := *l.world
		w.env = map[string]string{}
		for name, value := range l.env {
			w.env[name] = value
		}
		w.env["GITHUB_OUTPUT"] += fmt.Sprint(i)
		w.env["GITHUB_STEP_SUMMARY"] += fmt.Sprint(i)
		wg.Add(1)
		go func() { defer wg.Done(); codes[i] = w.run("sweep").code }()
	}
	wg.Wait()
	expect(t, "codes", codes, []int{0, 0, 0})
	l.swept(20)
	expect(t, "commits", len(l.server.Log(telemetry, "main")), 2)
}

func TestSweep_RefusesToStart(t *testing.T) {
	tests := []struct {
		name   string
		change func(*lab)
		code   int
		log    string
	}{
		{"no facts", func(l *lab) { l.env["FACTS_FILE"] += "x" }, 1, "cannot read the platform's facts"},
		{"facts of another kind", func(l *lab) { l.write(l.env["FACTS_FILE"], "[]") }, 1, "facts are not readable"},
		{"no public keys", func(l *lab) { l.facts(testFacts()) }, 1, "names no public_keys"},
		{"no token", func(l *lab) { l.env["GITHUB_TOKEN"] = "" }, 2, "missing GITHUB_TOKEN"},
		{"no repository", func(l *lab) { l.env["GITHUB_REPOSITORY"] = "x" }, 2, "GITHUB_REPOSITORY: the repository is"},
		{"no right to write", func(l *lab) {
			l.spooledRuns(1)
			l.env["GITHUB_TOKEN"] = l.server.AddToken("reader", telemetry, map[string]string{"contents": "read"})
		}, 1, "the sweep did not end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newSweepLab(t)
			tt.change(l)
			got := l.run("sweep")
			expect(t, "code", got.code, tt.code)
			if !strings.Contains(got.log, tt.log) {
				t.Errorf("log: got %q, want one that holds %q", got.log, tt.log)
			}
		})
	}
}

// TestSweep_Many sweeps as many records as TASC_SWEEP says, 200 where it says nothing, with a process of the runner.
func TestSweep_Many(t *testing.T) {
	n := howMany(t, "TASC_SWEEP", 200)
	l := newLabAt(t, time.Now)
	l.inTelemetry()
	l.spooledRuns(n)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "sweep")
	cmd.Env = []string{asRunner + "=1", "GOCOVERDIR=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	for name, value := range l.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(begin)
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("::notice::%d records swept, 0 on the branch already", n)) {
		t.Errorf("%v\n%s", err, out)
	}
	l.swept(n)
	requests := 0
	for _, r := range l.server.Requests() {
		if r.Git {
			requests++
		}
	}
	// what is told of a process that ended covers those that it ended itself
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	t.Logf("%d records in %s, processor %s of runner and git, at most %d MB of one of them, %d requests of git, load %s", n,
		took.Round(time.Millisecond), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Round(time.Millisecond), usage.Maxrss>>10, requests, machineLoad())
}
