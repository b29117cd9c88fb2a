package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// enterprise puts the platform on an Enterprise Server, with machines of its own.
func enterprise(w *world) {
	w.t.Helper()
	platform := filepath.Join(w.project, "engines", "platform.cue")
	w.replace(platform, `mode:       "marketplace"`, "mode: \"marketplace\"\n\tserver: \"https://github.acme.example\"")
	w.replace(platform, `{trusted: "ubuntu-24.04", engines: "ubuntu-24.04"}`, `{trusted: ["self-hosted", "x64"], engines: ["self-hosted", "linux"]}`)
	w.replace(filepath.Join(w.project, "engines", "enforce.cue"), `, queue: "max"`, "")
}

// TestEnterpriseServer: the commit that the stub names is the one that every job runs, though no job can see it.
func TestEnterpriseServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}, enterprise).install()
	for _, f := range w.files("generated") {
		if strings.HasSuffix(f.Path, ".yml") && (strings.Contains(f.Content, "(job)") || strings.Contains(f.Content, "queue:")) {
			t.Errorf("%s says what Enterprise Server does not know", f.Path)
		}
	}
	r := w.run("push", push(), nil)
	w.jobs(r, allJobs())
	records := w.records()
	if len(records) != 2 || records["validate"].EngineRef != w.release || !records["validate"].OK {
		t.Errorf("records: %+v", records)
	}
	w.clean("standard")
}
