package e2e_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

const registryRepo = "acme/infra"

// registered makes a registry name the telemetry repository; entries are those of acme's repositories.
func registered(entries string) func(*world) {
	return func(w *world) {
		w.t.Helper()
		w.register(fmt.Sprintf(`{"schema_version": "2.0", "minimum_release": "v0.0.9", "orgs": {"acme": {"telemetry_repo": %q, "repos": {%s}}}}`, telemetryRepo, entries))
	}
}

// register makes the platform ask a registry, whose text this is.
func (w *world) register(text string) {
	w.t.Helper()
	w.replace(filepath.Join(w.project, "engines", "platform.cue"), `telemetry: repository: "{owner}/task-assistant-telemetry"`, `telemetry: registry: {repository: "acme/infra", path: "telemetry/registry.v2.json"}`)
	w.github.AddRepository(registryRepo, githubtest.Repository{Private: true})
	w.github.Commit(registryRepo, "main", "registry", githubtest.Files(map[string]string{"telemetry/registry.v2.json": text})...)
}

// registry lets the engine App read the registry, and makes an older release of the platform.
func (w *world) registry() *world {
	w.install()
	w.github.Install(engineApp, "acme", w.host, registryRepo)
	w.github.SetRef(platformRepo, "refs/tags/v0.0.9", w.release)
	return w
}

// TestRegistry: preflight alone reads the registry, every other job takes what it found.
func TestRegistry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}, registered(`"host": {"state": "enabled"}`)).registry()
	r := w.run("push", push(), nil)
	w.jobs(r, allJobs())
	records := w.records()
	if len(records) != 2 || !records["preflight"].OK || !records["validate"].OK {
		t.Errorf("records: %+v", records)
	}
	token := "installation acme-task-assistant on acme/infra {contents:read,metadata:read}"
	want := []string{
		"GET /repos/acme/infra/contents/telemetry/registry.v2.json 200 " + token,
		"GET /repos/acme/task-assistant/compare/v0.0.9..." + w.release + " 200 " + token,
		"DELETE /installation/token 204 " + token,
	}
	got := slices.DeleteFunc(w.api(), func(line string) bool { return !strings.HasSuffix(line, token) })
	if !slices.Equal(got, want) {
		t.Errorf("requests with the registry's token:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRegistryDisables: no engine runs, and the record says why.
func TestRegistryDisables(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, nil, registered(`"host": {"state": "disabled", "reason": "moves to another platform"}`)).registry()
	r := w.run("push", push(), nil)
	got := w.records()["preflight"]
	if r.Code == 0 || r.Jobs["dispatch/engine-validate"] != "skipped" || got.OK || !strings.Contains(got.reason(), "registry") {
		t.Errorf("jobs %v; preflight: ok %v, reason %q", r.Jobs, got.OK, got.reason())
	}
	if checks := got.Details.Checks; len(checks) != 9 || !strings.Contains(checks[7].Details, "disables acme/host: moves to another platform") {
		t.Errorf("checks: %+v", checks)
	}
}
