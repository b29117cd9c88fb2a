package reference_test

import (
	"os"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/reference"
)

// TestPage: docs/spec.md is what the schema says. UPDATE=1 rewrites it.
func TestPage(t *testing.T) {
	const name = "../../docs/spec.md"
	want := reference.Page()
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil || string(got) != want {
		t.Errorf("docs/spec.md is not what the schema says (%v): run UPDATE=1 go test ./internal/reference", err)
	}
}

// TestDocumented: every definition and every field has a comment, and is named on the page.
func TestDocumented(t *testing.T) {
	page, fields := reference.Page(), map[string]load.Field{}
	for _, d := range load.Definitions() {
		if d.Doc == "" || !strings.Contains(page, "\n## "+d.Name+"\n") {
			t.Errorf("#%s has no comment in the schema, or no heading", d.Name)
		}
		for _, f := range d.Fields {
			fields[d.Name+"."+f.Path] = f
			if f.Doc == "" {
				t.Errorf("%s of #%s has no comment in the schema", f.Path, d.Name)
			}
			if f.Type == "" {
				t.Errorf("%s of #%s has no type", f.Path, d.Name)
			}
		}
	}
	for _, d := range plan.Defaults() {
		if f, ok := fields[d.Field]; !ok || f.Required || f.Reserved {
			t.Errorf("plan has a default for %s, which is no optional field of the schema", d.Field)
		}
	}
}
