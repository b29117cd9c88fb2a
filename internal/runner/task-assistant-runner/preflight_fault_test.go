package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/testseed"
)

// newPreflightLab is a lab with a registry that asks for a minimum_release: the case with the most requests.
func newPreflightLab(t *testing.T) *lab {
	t.Helper()
	l := newOnceLab(t)
	l.jam = nil
	f := l.readFacts()
	l.server.AddRepository("acme/infra", githubtest.Repository{Private: true})
	l.server.AddRepository(f.Repository, githubtest.Repository{})
	l.server.Commit("acme/infra", "main", "registry", githubtest.File{Path: "registry.json", Content: registryOf(`"service": {"state": "enabled"}`, `"minimum_release": "v1.0.0"`)})
	running := l.server.Commit(f.Repository, "main", "release", githubtest.File{Path: "README.md", Content: "# platform\n"})
	l.server.SetRef(f.Repository, "refs/tags/v1.0.0", running)
	l.server.Install("IvENGINE", "acme", "acme/infra")
	f.Telemetry.Registry = &facts.Registry{Repository: "acme/infra", Path: "registry.json"}
	l.facts(*f)
	l.env["ENGINE_REF"], l.env["JOB_CONTEXT"] = running, `{"status":"success","workflow_sha":"`+running+`"}`
	return l
}

// advice is what a sentence tells an operator to do.
var advice = regexp.MustCompile(`: (install|try again|see |correct|an owner must|vend|add|put|take|name|use|create|set|unarchive|ask|start|look|store|rename|update|accept)|; (add|vend|enable|see|try|correct)|do client id|give it|which is not followed|: was |is suspended`)

// TestFault_Preflight lets every kind of fault happen to every request of preflight, once and from then on. Whatever it
// finds, it changes nothing, hands its report over, and tells what to do.
func TestFault_Preflight(t *testing.T) {
	clean := newPreflightLab(t)
	if got := clean.run("preflight"); got.code != 0 {
		t.Fatalf("without a fault:\n%s", got.log)
	}
	asked := 0
	for _, r := range clean.server.Requests() {
		if r.Method == http.MethodGet && !strings.HasSuffix(r.Path, "/installation") {
			asked++
		}
	}
	expect(t, "requests besides minting and revoking", asked, 5)
	all, tried, sample := 0, 0, testseed.New(t)
	for i, r := range clean.server.Requests() {
		for _, p := range (scenario{name: "preflight"}).places(i+1, r) {
			if all++; sample.IntN(24) > 0 && faultStep() > 1 {
				continue
			}
			tried++
			t.Run(p.String(), func(t *testing.T) { t.Parallel(); inspectsWith(t, p) })
		}
	}
	t.Logf("%d of %d combinations", tried, all)
}

func inspectsWith(t *testing.T, p place) {
	l := newPreflightLab(t)
	refs := l.git("for-each-ref")
	l.server.Break(p.fault)
	got := l.run("preflight")
	if l.server.Broke() == 0 {
		t.Fatal("the fault did not happen")
	}
	l.server.Mend()
	expect(t, "refs", l.git("for-each-ref"), refs)
	for _, r := range l.server.Requests() {
		minting := strings.HasSuffix(r.Path, "/access_tokens") || r.Path == "/installation/token"
		if r.Method != http.MethodGet && !minting {
			t.Errorf("preflight asked for %s %s", r.Method, r.Path)
		}
	}
	report, _ := reportOf(t, got.outputs)
	expect(t, "ok", got.outputs["ok"], fmt.Sprint(got.code == 0))
	for _, c := range report.Checks {
		if c.Outcome != outcomePass && !strings.HasPrefix(c.Details, "not checked: ") && !advice.MatchString(c.Details) {
			t.Errorf("%s does not tell what to do: %s", c.ID, c.Details)
		}
	}
}
