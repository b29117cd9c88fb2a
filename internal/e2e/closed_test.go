package e2e_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/actlint"
	"github.com/task-assistant/tasc/internal/e2e"
)

// private makes the platform a private one, which downloads its runner.
func private(w *world) {
	w.closed = true
	w.replace(filepath.Join(w.project, "engines", "platform.cue"), `"public"`, `"private"`)
	downloads("")(w)
}

// TestPrivatePlatform: trusted jobs do without its files, the engine's job gets them with a token for them alone.
func TestPrivatePlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}, private).install()
	w.github.Install(engineApp, "acme", w.host, platformRepo)
	r := w.run("push", push(), nil)
	w.jobs(r, allJobs())
	if got := w.records()["validate"]; !got.OK {
		t.Errorf("validate: %+v", got)
	}
	var fetches []string
	for _, request := range w.github.Requests() {
		if request.Git && strings.HasPrefix(request.Path, "/"+platformRepo) {
			fetches = append(fetches, request.Who)
		}
	}
	slices.Sort(fetches)
	if got, want := slices.Compact(fetches), []string{"installation acme-task-assistant on acme/task-assistant {contents:read,metadata:read}"}; !slices.Equal(got, want) {
		t.Errorf("the platform was fetched by %q", got)
	}
	// The token that read the platform is gone before the engine's own asks for anything.
	var engine []string
	for _, line := range w.api() {
		if strings.Contains(line, "{contents:read,metadata:read}") && strings.Contains(line, "acme-task-assistant") {
			engine = append(engine, line)
		}
	}
	const onPlatform, onHost = " installation acme-task-assistant on acme/task-assistant {contents:read,metadata:read}", " installation acme-task-assistant on acme/host {contents:read,metadata:read}"
	want := []string{
		"DELETE /installation/token 204" + onPlatform,
		"GET /repos/acme/host/contents/.github/task-assistant.yml 200" + onHost,
		"DELETE /installation/token 204" + onHost,
	}
	if len(engine) < 3 || !slices.Equal(engine[len(engine)-3:], want) {
		t.Errorf("requests with the engine's tokens:\n%s\nwant at the end\n%s", strings.Join(engine, "\n"), strings.Join(want, "\n"))
	}
	w.revoked()
	w.clean("standard")
}

// TestPrivatePlatformNotInstalled: preflight says that the App must read the platform, before any engine is started.
func TestPrivatePlatformNotInstalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}, private).install()
	w.preflightFails(w.run("push", push(), nil), "success")
	got := w.records()["preflight"]
	if got.OK || !strings.Contains(got.Details.Checks[1].Details, "acme-task-assistant is not installed on acme/task-assistant") {
		t.Errorf("preflight: %+v", got)
	}
}

// TestEngineOfPrivatePlatformFindsNoKey: the token that read the platform's files is out of reach of the engine's steps.
func TestEngineOfPrivatePlatformFindsNoKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "testdata/specs/hostile", nil, private).install()
	w.github.Install(engineApp, "acme", w.host, platformRepo)
	loot := filepath.Join(t.TempDir(), "loot")
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "search"}), map[string]string{"LOOT": loot})
	if r.Code != 0 || r.Jobs["dispatch/engine-search/engine"] != "success" {
		t.Fatalf("the engine did not run: %v", r.Jobs)
	}
	found, err := os.ReadFile(loot)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range w.owners(tokenRE.FindAllString(string(found), -1)) {
		if strings.Contains(who, platformRepo) {
			t.Errorf("the engine found the token of %s", who)
		}
	}
	w.clean("all")
}

// clean judges the generated workflows as GitHub and actionlint would.
func (w *world) clean(profile string) {
	w.t.Helper()
	platform := filepath.Join(w.project, "generated/task-assistant/platform")
	remote := map[string]string{platformRepo: platform, "actions/checkout": e2e.StandIn(w.t, "checkout")}
	actlint.Check(w.t, platform, remote)
	actlint.Check(w.t, filepath.Join(w.project, "generated/task-assistant/host", profile), remote)
}
