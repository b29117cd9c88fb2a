package e2e_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEngineReadsTelemetry: the engine gets a token that reads the telemetry repository and can do nothing else.
func TestEngineReadsTelemetry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "testdata/specs/hostile", nil, func(w *world) {
		w.replace(filepath.Join(w.project, "engines", "platform.cue"), `permissions: contents: "read"`, "permissions: contents: \"read\"\n\treads_telemetry: true")
	}).install()
	loot := filepath.Join(t.TempDir(), "loot")
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "search"}), map[string]string{"LOOT": loot})
	if r.Code != 0 || r.Jobs["dispatch/engine-search/engine"] != "success" {
		t.Fatalf("the engine did not run: %v", r.Jobs)
	}
	found, err := os.ReadFile(loot)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(found), "TELEMETRY_TOKEN=") {
		t.Error("the engine's environment has no TELEMETRY_TOKEN")
	}
	got := slices.DeleteFunc(w.owners(tokenRE.FindAllString(string(found), -1)), func(who string) bool { return who == "token GITHUB_TOKEN" })
	slices.Sort(got)
	want := []string{
		"installation acme-task-assistant on acme/host {contents:read,metadata:read}",
		"installation acme-telemetry on acme/task-assistant-telemetry {contents:read,metadata:read}",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the engine found the tokens %q, want %q", got, want)
	}
	for name, secret := range w.secrets {
		for line := range strings.Lines(secret) {
			if line = strings.TrimSpace(line); len(line) >= 24 && !strings.HasPrefix(line, "-----") && strings.Contains(string(found), line) {
				t.Errorf("the engine found a line of %s", name)
			}
		}
	}
	w.revoked()
	w.clean("all")
}
