package main

import (
	"os"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// legacyRecord returns a record from before engine_name, engine_ref and ok existed.
func legacyRecord(t *testing.T, engine string) string {
	t.Helper()
	data, err := os.ReadFile("../record/testdata/legacy/" + engine + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// withLegacy puts legacy records on the branch, in both layouts: under the bare name of the repository and at paths of ours.
func (l *lab) withLegacy() map[string]string {
	l.t.Helper()
	files := map[string]string{
		"telemetry/v1/repos/service/2026-02-09/1770000000-100001/preflight.json":       legacyRecord(l.t, "preflight"),
		"telemetry/v1/repos/service/2026-02-09/1770000000-100001/materialize.json":     legacyRecord(l.t, "materialize"),
		"telemetry/v1/repos/acme-service/2026-02-09/21000000001-1/enforce.json":        legacyRecord(l.t, "enforce"),
		"telemetry/v1/repos/acme-service/2026-11-22/42-1/dashboard.json":               legacyRecord(l.t, "dashboard"),
		"telemetry/v1/repos/acme-service/2026-11-22/1000-1/validate.json":              legacyRecord(l.t, "validate"),
		"telemetry/v1/repos/acme-service/2026-11-22/1000-1/materialize-repo/extra.txt": "x",
	}
	l.server.Commit(telemetry, "main", "before", githubtest.Files(files)...)
	return files
}

// stay demands that the legacy records are what they were.
func (l *lab) stay(files map[string]string) {
	l.t.Helper()
	for path, want := range files {
		if got, ok := l.server.File(telemetry, "main", path); !ok || string(got) != want {
			l.t.Errorf("%s was changed", path)
		}
	}
}

// TestLegacy_IsLeftAlone: a telemetry repository with records from before works like any other, and keeps them.
func TestLegacy_IsLeftAlone(t *testing.T) {
	l := newLab(t)
	files := l.withLegacy()
	l.jam = nil
	for _, name := range []string{"preflight", "validate"} {
		l.env["ENGINE_NAME"] = name
		l.handOver(packText(t, `{"summary":"done"}`), "1")
		expect(t, "code of emit", l.run("emit").code, 0)
	}
	got := l.judged(ran("config-push", map[string]need{"validate": good}))
	// The engine that did not run has a file in the run's directory: verdict says so, whoever wrote it.
	if got.code != 1 || strings.Count(got.log, "::error::") != 1 || !strings.Contains(got.log, "dashboard has a record, though it must not have run") {
		t.Errorf("verdict: %d\n%s", got.code, got.log)
	}
	l.stay(files)
}

func TestLegacy_IsNotSweptOver(t *testing.T) {
	l := newSweepLab(t)
	files := l.withLegacy()
	for _, run := range []int{1000, 1001} { // the first one's path is taken
		l.wait(l.sign(sampleRecord(run)), "")
	}
	got := l.run("sweep")
	expect(t, "code", got.code, 1)
	if !strings.Contains(got.log, "the branch has a record from before engine_name existed at its path") {
		t.Errorf("log:\n%s", got.log)
	}
	if _, ok := l.server.File(telemetry, "main", sampleRecord(1001).Path("2026-11-22")); !ok {
		t.Error("the other record is not on the branch")
	}
	l.stay(files)
}
