package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/actlint"
	"github.com/task-assistant/tasc/internal/e2e"
	"github.com/task-assistant/tasc/internal/version"
)

// TestOwnWorkflowsAreClean: a platform at the top of its repository has workflows of its own there.
func TestOwnWorkflowsAreClean(t *testing.T) {
	t.Parallel()
	w := newWorld(t, example, nil)
	engines := filepath.Join(w.project, "engines")
	w.replace(filepath.Join(engines, "platform.cue"), `mode:       "marketplace"`, `mode: "marketplace", outputs: platform: "."`)
	w.replace(filepath.Join(engines, "tasc.lock"), `"version": 1,`, `"version": 1, "compiler": {"version": "`+version.Tasc+`", "linux/amd64": "sha256:`+strings.Repeat("ab", 32)+`"},`)
	w.generate()
	for _, name := range []string{"tasc-check.yml", "tasc-release.yml"} {
		if _, err := os.Stat(filepath.Join(w.project, ".github/workflows", name)); err != nil {
			t.Error(err)
		}
	}
	actlint.Check(t, w.project, map[string]string{platformRepo: w.project, "actions/checkout": e2e.StandIn(t, "checkout")})
}
