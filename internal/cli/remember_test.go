package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/cache"
	"github.com/task-assistant/tasc/internal/layout"
)

const base = "../../cmd/tasc/testdata/base"

// tasc runs a command and returns all that a user sees.
func tasc(t *testing.T, dir string, c *cache.Cache, args ...string) string {
	t.Helper()
	return tascOn(t, "2026-11-22", dir, c, args...)
}

func tascOn(t *testing.T, day, dir string, c *cache.Cache, args ...string) string {
	t.Helper()
	now, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := Run(context.Background(), Env{Dir: dir, Stdout: &stdout, Stderr: &stderr, Now: func() time.Time { return now }, Cache: c}, args)
	return fmt.Sprintf("exit %d\n-- stdout --\n%s-- stderr --\n%s", code, &stdout, &stderr)
}

// newProject is a copy of base that was generated, and known to the cache.
func newProject(t *testing.T) (dir string, c *cache.Cache) {
	t.Helper()
	dir, c = t.TempDir(), newCache(t)
	if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
		t.Fatal(err)
	}
	if out := tasc(t, dir, c, "generate"); !strings.HasPrefix(out, "exit 0") {
		t.Fatal(out)
	}
	return dir, c
}

// newCache returns an empty cache. A small file stands for the program, which would take long to digest for every run.
func newCache(t *testing.T) *cache.Cache {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tasc")
	if err := os.WriteFile(program, []byte("tasc"), 0o600); err != nil {
		t.Fatal(err)
	}
	return cache.New(t.TempDir(), program)
}

// TestCache_HidesNothing changes one thing at a time in a project that the cache
// knows: every command says what it says without a cache, and leaves the same files.
func TestCache_HidesNothing(t *testing.T) {
	edit := func(name, old, new string) func(dir string) error {
		return func(dir string) error {
			name := filepath.Join(dir, name)
			data, err := os.ReadFile(name)
			if err == nil && !bytes.Contains(data, []byte(old)) {
				err = fmt.Errorf("%s does not hold %q", name, old)
			}
			if err != nil {
				return err
			}
			return os.WriteFile(name, bytes.Replace(data, []byte(old), []byte(new), 1), 0o644)
		}
	}
	put := func(name, text string) func(dir string) error {
		return func(dir string) error {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
		}
	}
	pipe := func(name string) func(dir string) error {
		return func(dir string) error {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				return err
			}
			return syscall.Mkfifo(filepath.Join(dir, name), 0o644)
		}
	}
	remove := func(name string) func(dir string) error {
		return func(dir string) error { return os.RemoveAll(filepath.Join(dir, name)) }
	}
	const workflow = "generated/demo/platform/.github/workflows/dispatcher.yml"
	changes := map[string]func(dir string) error{
		"nothing":               func(string) error { return nil },
		"a fault in a spec":     edit("engines/platform.cue", `"v1.4.0"`, `"main"`),
		"a schema fault":        edit("engines/lint.cue", "summary:", "sumary:"),
		"a comment in a spec":   put("engines/more.cue", "// nothing\npackage engines\n"),
		"a file that is no CUE": put("engines/more.cue", "package"),
		"another text":          edit("engines/lint.cue", `"Lints"`, `"Lints all"`),
		"a spec less":           remove("engines/lint.cue"),
		"no specs":              remove("engines"),
		"the lock is gone":      remove("engines/tasc.lock"),
		"the lock is broken":    put("engines/tasc.lock", "{"),
		"another commit":        edit("engines/tasc.lock", `"commit": "`, `"commit": "z`),
		"a source":              put("engines/lint.sh", "#!/bin/sh\n"),
		"a source's mode":       func(dir string) error { return os.Chmod(filepath.Join(dir, "engines/lint.sh"), 0o600) },
		"a source is gone":      remove("engines/lint.sh"),
		"a source is a link": func(dir string) error {
			name := filepath.Join(dir, "engines/lint.sh")
			_ = os.Remove(name)
			return os.Symlink("lint.cue", name)
		},
		"a source is a pipe":        pipe("engines/lint.sh"),
		"a spec is a pipe":          pipe("engines/lint.cue"),
		"the lock is a pipe":        pipe("engines/tasc.lock"),
		"a generated pipe":          pipe(workflow),
		"a copy of the schema":      put("cue.mod/pkg/github.com/task-assistant/tasc/schema/engine.cue", "package schema\n"),
		"a module":                  put("cue.mod/module.cue", "module: \"acme.example/x\"\n"),
		"a broken module":           put("cue.mod/module.cue", "module: {\n"),
		"a hand edit":               edit(workflow, "name:", "name: my"),
		"a generated file is gone":  remove(workflow),
		"a generated mode":          func(dir string) error { return os.Chmod(filepath.Join(dir, workflow), 0o755) },
		"all that is generated":     remove("generated"),
		"a file nobody generated":   put("generated/demo/platform/x", "x"),
		"a file beside the outputs": put("generated/x", "x"),
		"a platform that is gone":   put("generated/old/manifest.json", `{"version": 1, "platform": "old", "files": []}`),
		"a link to the output":      func(dir string) error { return os.Symlink("demo", filepath.Join(dir, "generated/more")) },
		"the output is a link": func(dir string) error {
			if err := os.Rename(filepath.Join(dir, "generated/demo"), filepath.Join(dir, "elsewhere")); err != nil {
				return err
			}
			return os.Symlink("../elsewhere", filepath.Join(dir, "generated/demo"))
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			with, c := newProject(t)
			without, _ := newProject(t)
			for _, dir := range []string{with, without} {
				if err := change(dir); err != nil {
					t.Fatal(err)
				}
			}
			for _, verb := range []string{"vet", "check", "generate", "generate", "check", "vet"} { // the second time the first has been remembered
				if got, want := tasc(t, with, c, verb), tasc(t, without, nil, verb); got != want {
					t.Errorf("tasc %s with a cache:\n%s\nwithout:\n%s", verb, got, want)
				}
			}
			if got, want := tasc(t, with, nil, "check"), tasc(t, without, nil, "check"); got != want {
				t.Errorf("after all that with a cache:\n%s\nwithout:\n%s", got, want)
			}
		})
	}
}

// TestCache_IsUsed: a cache that never hits would hide nothing either.
func TestCache_IsUsed(t *testing.T) {
	dir, c := newProject(t)
	a := &app{env: Env{Cache: c}, dir: dir, spec: "engines", day: "2026-11-22"}
	if _, ok := a.upToDate(layout.Root); !ok {
		t.Error("a project that was generated is not up to date")
	}
	if err := os.Remove(filepath.Join(dir, "generated/demo/manifest.json")); err != nil {
		t.Fatal(err)
	}
	if _, ok := a.remembered(layout.Root); !ok {
		t.Error("the specs are not remembered")
	}
	if _, ok := a.upToDate(layout.Root); ok {
		t.Error("a project without its manifest is up to date")
	}
}

// TestCache_WaiverEnds: on the day after a waiver's last, what it silenced is back, though no file has changed.
func TestCache_WaiverEnds(t *testing.T) {
	dir, c := newProject(t)
	spec := filepath.Join(dir, "engines/lint.cue")
	text, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	for old, new := range map[string]string{
		`"engines/lint.sh"`: `"eval \"$TARGET_REPO\""`,
		`files:`:            `waive: [{rule: "script-opaque", reason: "a test", until: "2026-11-23"}], files:`,
	} {
		text = bytes.Replace(text, []byte(old), []byte(new), 1)
	}
	if err := os.WriteFile(spec, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"generate", "check", "vet"} {
		for day, want := range map[string]string{"2026-11-22": "exit 0", "2026-11-23": "exit 0", "2026-11-24": "exit 1"} {
			if got := tascOn(t, day, dir, c, verb); !strings.HasPrefix(got, want) {
				t.Errorf("tasc %s on %s:\n%s", verb, day, got)
			}
		}
	}
}
