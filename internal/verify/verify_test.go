package verify_test

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/validate"
	"github.com/task-assistant/tasc/internal/verify"
	"github.com/task-assistant/tasc/internal/version"
)

// variants are edits of testdata that make platforms of other kinds.
var variants = map[string][]string{
	"marketplace": nil,
	"development": {`"marketplace"`, `"development"`, `engine_ref:     "v1.4.0"`, `engine_ref: "feature/x"`},
	"download":    {`delivery:      "source"`, `{delivery: "release", mirror: "https://mirror.acme.example/tasc"}`, `"actions": {`, lockedRunner},
	"own":         {`handover_key_secret: "HANDOVER_KEY"`, `handover_key_secret: "HANDOVER_KEY", outputs: platform: "."`, `"actions": {`, lockedCompiler},
	"private":     {`"public"`, `"private"`, `"source"`, `"release"`, `"actions": {`, lockedRunner},
	"self-hosted": {`{trusted: "ubuntu-24.04", engines: "ubuntu-22.04"}`, `{trusted: ["self-hosted", "trusted"], engines: ["self-hosted", "ubuntu"]}`},
	"server": {`"public"`, `"public", server: "https://github.acme.example"`, `{trusted: "ubuntu-24.04", engines: "ubuntu-22.04"}`, `{trusted: "trusted", engines: "ubuntu"}`,
		`runs_on: "ubuntu-24.04"`, `runs_on: "ubuntu"`, `, queue: "max"`, ``},
	"telemetry": {`summary: "Reports"`, `summary: "Reports", reads_telemetry: true`},
}

// lockedRunner stands before the actions of the lock.
var lockedRunner = `"runner": {"version": "` + version.Tasc + `", "linux/amd64": "sha256:` + strings.Repeat("ab", 32) + `", "linux/arm64": "sha256:` + strings.Repeat("cd", 32) + `"}, "actions": {`

// lockedCompiler stands there too.
var lockedCompiler = strings.Replace(lockedRunner, "runner", "compiler", 1)

// sample plans and renders testdata; edits are replacements in platform.cue and in tasc.lock.
func sample(t testing.TB, edits ...string) (plan.Plan, []verify.File) {
	t.Helper()
	source, err := os.ReadFile("testdata/platform.cue")
	if err != nil {
		t.Fatal(err)
	}
	locked, err := os.ReadFile("testdata/tasc.lock")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(edits); i += 2 {
		if !bytes.Contains(source, []byte(edits[i])) && !bytes.Contains(locked, []byte(edits[i])) {
			t.Fatalf("testdata does not hold %q", edits[i])
		}
	}
	replace := strings.NewReplacer(edits...)
	source, locked = []byte(replace.Replace(string(source))), []byte(replace.Replace(string(locked)))
	set, found := load.Load(fstest.MapFS{
		"engines/platform.cue":  {Data: source, Mode: 0o644},
		"engines/lib/report.sh": {Data: []byte("echo report\n"), Mode: 0o755},
		"engines/lib/count.py":  {Data: []byte("print(1)\n"), Mode: 0o644},
		"engines/lib/list.ps1":  {Data: []byte("Get-Date\n"), Mode: 0o644},
	}, "engines")
	fatal(t, found)
	lk, found := lock.Parse("engines/tasc.lock", locked)
	fatal(t, found)
	fatal(t, validate.Run(set, lk, "2026-01-01"))
	p := plan.Build(set, set.Platforms[0], lk)
	return p, rendered(p)
}

func rendered(p plan.Plan) []verify.File {
	var files []verify.File
	for _, f := range render.Files(p) {
		files = append(files, verify.File{Path: f.Path, Executable: f.Executable, Data: f.Data})
	}
	return files
}

func fatal(t testing.TB, found []diag.Diagnostic) {
	t.Helper()
	if len(found) > 0 {
		t.Fatalf("the sample has findings: %v", found)
	}
}

func TestSilentOnWhatWasRendered(t *testing.T) {
	for name, edits := range variants {
		p, files := sample(t, edits...)
		if found := verify.Files(p, files); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// with returns the files with one of them changed, its header and the manifest
// brought up to date, so that only what was changed can be found.
func with(t *testing.T, files []verify.File, name string, body []byte) []verify.File {
	t.Helper()
	out := append([]verify.File{}, files...)
	data := render.WithHeader(body)
	var before string
	for i, f := range out {
		if f.Path == name {
			before = render.Digest(f.Data)
			out[i].Data = data
		}
	}
	for i, f := range out {
		if f.Path == "manifest.json" {
			entry := func(sum string) []byte { return []byte(fmt.Sprintf("\"path\": %q,\n      \"sha256\": %q", name, sum)) }
			out[i].Data = bytes.Replace(f.Data, entry(before), entry(render.Digest(data)), 1)
		}
	}
	return out
}

// encode prints a tree as a workflow's body.
func encode(t *testing.T, root *yaml.Node) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func isWorkflow(name string) bool { return path.Ext(name) == ".yml" }
