package fit_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/fit"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/render"
)

// specs is a platform with what is put in the place of ROUTES, INPUTS and ENGINES.
const specs = `package engines

platforms: demo: {
	title: "Demo", repository: "acme/demo", visibility: "public", mode: "development", engine_ref: "dev"
	apps: {
		engine: {client_id: "Iv1", slug: "a", private_key_secret: "A"}
		telemetry: {client_id: "Iv2", slug: "b", private_key_secret: "B"}
	}
	handover_key_secret: "C", telemetry: repository: "{owner}/t", runner: delivery: "source"
	runs_on: {trusted: "ubuntu-24.04", engines: "ubuntu-24.04"}
	routes: {first: {on: workflow_dispatch: {}, stages: [{engines: ["lint"]}]}, ROUTES}
	profiles: all: routes: ["first"]
}
engines: lint: {summary: "s", class: "read-only", INPUTS, steps: [{name: "a", run: "true"}, {name: "b", run: "SCRIPT"}]}
ENGINES
`

// check renders the specs, changed, and returns what does not fit.
func check(t *testing.T, changes ...string) []diag.Diagnostic {
	t.Helper()
	source := strings.NewReplacer(append(changes, "ROUTES", "", "INPUTS", "env: {}", "ENGINES", "", "SCRIPT", "true")...).Replace(specs)
	set, found := load.Load(fstest.MapFS{"engines/a.cue": {Data: []byte(source)}}, "engines")
	if len(found) > 0 {
		t.Fatal(found)
	}
	planned := plan.Build(set, set.Platforms[0], &lock.Lock{})
	var files []fit.File
	for _, f := range render.Files(planned) {
		files = append(files, fit.File{Path: f.Path, Size: len(f.Data)})
	}
	return fit.Check(set, set.Platforms[0], planned, files)
}

func text(found []diag.Diagnostic) string {
	var b strings.Builder
	_ = diag.Write(&b, "text", found) // a builder takes everything
	return b.String()
}

// options is a choice of so many characters in all.
func options(n int) string {
	var b strings.Builder
	for i := range n / 200 {
		fmt.Fprintf(&b, "\"%s%04d\", ", strings.Repeat("x", 192), i)
	}
	return `inputs: a: {type: "choice", options: [` + b.String() + `], from: workflow_dispatch: true, required: false}`
}

// TestCheck_File: the finding stands where the specs make the file large.
func TestCheck_File(t *testing.T) {
	if found := check(t); len(found) > 0 {
		t.Errorf("the platform fits, and there is %s", text(found))
	}
	if found := check(t, "SCRIPT", strings.Repeat("x", 500_000)); len(found) > 0 {
		t.Errorf("500,000 bytes fit, and there is %s", text(found))
	}
	got := text(check(t, "SCRIPT", strings.Repeat("x", 520_000)))
	for _, want := range []string{"engines/a.cue:14:111: platform/.github/workflows/engine-lint.yml would have 52", `bytes: the largest text of engine "lint" has 520000 [file-size]`, "expected: at most 512000 bytes"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	got = text(check(t, "INPUTS", options(520_000)))
	if want := `engines/a.cue:12:12: host/all/.github/workflows/demo.yml would have 5`; !strings.Contains(got, want) || !strings.Contains(got, `profile "all" has 1 routes`) {
		t.Errorf("%q is not in\n%s", want, got)
	}
}

// long returns n routes; each runs all of so many engines before lint, which waits for their success.
func long(n, engines int) (routes, specs string) {
	var names, r, e strings.Builder
	for i := range engines {
		name := fmt.Sprintf("e%d-%s", i, strings.Repeat("x", 40))
		fmt.Fprintf(&names, "%q, ", name)
		fmt.Fprintf(&e, "engines: %q: {summary: \"s\", class: \"read-only\", steps: [{name: \"a\", run: \"true\"}]}\n", name)
	}
	for i := range n {
		fmt.Fprintf(&r, "r%d: {on: repository_dispatch: types: [\"t%d\"], stages: [{engines: [%s]}, {engines: [\"lint\"], when: \"all-succeeded\"}]}\n", i, i, names.String())
	}
	return r.String(), e.String()
}

func TestCheck_Expression(t *testing.T) {
	routes, engines := long(2, 45)
	if found := check(t, "ROUTES", routes, "ENGINES", engines); len(found) > 0 {
		t.Errorf("two routes fit, and there is %s", text(found))
	}
	routes, engines = long(4, 45)
	got := text(check(t, "ROUTES", routes, "ENGINES", engines))
	for _, want := range []string{`the condition of engine "lint" would have 2`, `characters: 5 routes name it, behind up to 45 engines that must succeed [expression-length]`, "expected: at most 21000 characters"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}
