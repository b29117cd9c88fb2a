package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var engineRefRE = regexp.MustCompile(`(?s)"engine_ref": \{.*?\}\s*\}`)

// TestSecondRelease: a platform is released again. A repository whose stub is new runs the new commit, one whose stub is
// old goes on with the old one, and both write to the same telemetry.
func TestSecondRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}).install()
	first := w.release

	w.replace(filepath.Join(w.project, "engines", "platform.cue"), `engine_ref: "v0.1.0"`, `engine_ref: "v0.2.0"`)
	w.replace(filepath.Join(w.project, "engines", "validate.cue"), `env: {`, `env: {SECOND: "release", `)
	w.replace(filepath.Join(w.project, "engines", "tasc.lock"), `"ref": "v0.1.0"`, `"ref": "v0.2.0"`)
	w.generate()
	w.release = w.github.Commit(platformRepo, "main", "release v0.2.0", w.files("generated/task-assistant/platform")...)
	if w.release == first {
		t.Fatal("the second release is the first one")
	}
	w.replace(filepath.Join(w.project, "engines", "tasc.lock"), first, w.release)
	w.generate()
	w.addHost("acme/second", map[string]string{".github/task-assistant.yml": validConfig})
	w.github.Install(engineApp, "acme", hostRepo, "acme/second")

	for _, c := range []struct{ host, release string }{{hostRepo, first}, {"acme/second", w.release}} {
		w.host = c.host
		r := w.run("push", push(), nil)
		w.jobs(r, allJobs())
		for _, engine := range []string{"preflight", "validate"} {
			path := fmt.Sprintf("telemetry/v1/repos/%s/%s/1000-1/%s.json", strings.ReplaceAll(c.host, "/", "-"), today(), engine)
			data, found := w.github.File(telemetryRepo, "main", path)
			if !found || !bytes.Contains(data, []byte(`"engine_ref": "`+c.release+`"`)) || !bytes.Contains(data, []byte(`"ok": true`)) {
				t.Errorf("%s does not record a success of %s:\n%s", path, c.release, data)
			}
		}
	}
}

// TestDevelopmentOnABranch: stubs name the platform's branch, and yet a run is on one commit, that of the branch as the
// run starts.
func TestDevelopmentOnABranch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}, func(w *world) {
		platform := filepath.Join(w.project, "engines", "platform.cue")
		w.replace(platform, `"marketplace"`, `"development"`)
		w.replace(platform, `engine_ref: "v0.1.0"`, `engine_ref: "next"`)
		name := filepath.Join(w.project, "engines", "tasc.lock")
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		w.write(name, engineRefRE.ReplaceAll(data, []byte(`"engine_ref": {}`)))
		w.unlocked = true
	}).install()
	w.github.SetRef(platformRepo, "refs/heads/next", w.release)
	r := w.run("push", push(), nil)
	w.jobs(r, allJobs())
	for name, got := range w.records() {
		if got.EngineRef != w.release || !got.OK {
			t.Errorf("%s: engine_ref %s, want %s; ok %v", name, got.EngineRef, w.release, got.OK)
		}
	}
}

// TestSelfHosted: the engines run on machines of one's own, the trusted jobs on others.
func TestSelfHosted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}, func(w *world) {
		w.replace(filepath.Join(w.project, "engines", "platform.cue"), `engines: "ubuntu-24.04"}`, `engines: ["self-hosted", "linux"]}`)
	}).install()
	r := w.run("push", push(), nil)
	w.jobs(r, allJobs())
	if got := w.records()["validate"]; !got.OK {
		t.Errorf("validate: %+v", got)
	}
	w.clean("full")
}
