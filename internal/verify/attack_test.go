package verify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/verify"
)

// attacked are the files that attacks name.
var attacked = map[string]string{
	"dispatcher": "platform/.github/workflows/dispatcher.yml",
	"preflight":  "platform/.github/workflows/preflight.yml",
	"lint":       "platform/.github/workflows/engine-lint.yml",
	"report":     "platform/.github/workflows/engine-report.yml",
	"check":      "platform/.github/workflows/tasc-check.yml",
	"release":    "platform/.github/workflows/tasc-release.yml",
	"host":       "host/all/.github/workflows/demo.yml",
	"org":        "org/workflow-templates/all.yml",
	"telemetry":  "telemetry/.github/workflows/telemetry.yml",
}

// TestAttacks: whatever somebody edits into a generated file to get more than it gives is found for what it is.
func TestAttacks(t *testing.T) {
	type platform struct {
		plan  plan.Plan
		files []verify.File
	}
	platforms, names := map[string]platform{}, map[string]bool{}
	for _, a := range attacks {
		at, known := platforms[a.variant]
		if !known {
			at.plan, at.files = sample(t, variants[a.variant]...)
			platforms[a.variant] = at
			if found := verify.Files(at.plan, edited(t, at.files, attack{})); len(found) > 0 {
				t.Fatalf("nothing was edited, and there is %v", found)
			}
		}
		if names[a.name] {
			t.Errorf("two attacks are called %s", a.name)
		}
		names[a.name] = true
		found := verify.Files(at.plan, edited(t, at.files, a))
		if !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Rule == a.rule }) {
			var got []string
			for _, d := range found {
				got = append(got, fmt.Sprintf("%s: %s", d.Rule, d.Message))
			}
			t.Errorf("%s: %s is not among %q", a.name, a.rule, got)
		}
	}
	t.Logf("%d attacks", len(attacks))
}

// edited makes the edits of an attack, and covers its tracks.
func edited(t *testing.T, files []verify.File, a attack) []verify.File {
	t.Helper()
	out := slices.Clone(files)
	for i := 0; i < len(a.edits); i += 3 {
		at := slices.IndexFunc(out, func(f verify.File) bool { return f.Path == attacked[a.edits[i]] })
		if at < 0 || !strings.Contains(string(out[at].Data), a.edits[i+1]) {
			t.Fatalf("%s: there is nothing to edit: %q in %s", a.name, a.edits[i+1], a.edits[i])
		}
		out[at].Data = render.WithHeader([]byte(strings.Replace(bodyOf(out[at]), a.edits[i+1], a.edits[i+2], 1)))
	}
	return relisted(out)
}
