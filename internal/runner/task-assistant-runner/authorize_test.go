package main

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/handover"
	"github.com/task-assistant/tasc/internal/runner/record"
)

func TestAuthorize_SealsExactlyTheEnginesToken(t *testing.T) {
	w := newWorld(t)
	w.env["ENGINE_NAME"] = "self-test"
	got := w.run("authorize")
	expect(t, "code", got.code, 0)
	expect(t, "log", got.log, "::add-mask::ghs_minted\n")
	expect(t, "requests", w.github.requests, []string{
		"GET /repos/acme/service/installation",
		"POST /app/installations/7/access_tokens [service] map[contents:read issues:read metadata:read]",
	})
	token, err := handover.Open(handoverKey, handover.Purpose{RunID: 42, Engine: "self-test", Target: target}, got.outputs["sealed"], now)
	expect(t, "error", err, nil)
	expect(t, "token", token, handover.Token{Value: "ghs_minted", Expires: now.Add(time.Hour)})
	expect(t, "number of outputs", len(got.outputs), 1)
}

func TestAuthorize_Refuses(t *testing.T) {
	none := []string(nil)
	tests := []struct {
		name   string
		change func(*world)
		log    string
		asked  int
	}{
		{"another commit", func(w *world) { w.env["ENGINE_REF"] = strings.Repeat("b2", 20) }, "dispatcher and engine must be one commit", 0},
		{"a branch", func(w *world) { w.env["ENGINE_REF"] = "main" }, `engine_ref is "main", expected a full commit id`, 0},
		{"no running commit", func(w *world) { w.env["JOB_CONTEXT"] = "null" }, "this job runs no commit that Actions names", 0},
		{"another target", func(w *world) { w.env["TARGET_REPO"] = "acme/other" }, `target_repo is "acme/other", expected the repository of the run`, 0},
		{"an unknown engine", func(w *world) { w.env["ENGINE_NAME"] = "x" }, `the engine "x" is not one of this platform`, 0},
		{"no App key", func(w *world) { w.env["ENGINE_APP_KEY"] = "" }, "acme-engine is empty: give this repository the secret", 0},
		{"a wider token", func(w *world) { w.github.extra["administration"] = "write" }, "not the one asked for: it has the permissions", 2},
		{"no installation", func(w *world) { w.github.absent["IvENGINE "+target] = true }, "cannot be found on acme/service", 1},
		{"no handover key", func(w *world) { w.env["HANDOVER_KEY"] = "" }, "openssl rand -base64 32", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.change(w)
			got := w.run("authorize")
			expect(t, "code", got.code, 1)
			expect(t, "outputs", got.outputs, map[string]string{})
			expect(t, "number of requests", len(append(none, w.github.requests...)), tt.asked)
			if !strings.Contains(got.log, tt.log) {
				t.Errorf("log: got %q, want one that holds %q", got.log, tt.log)
			}
		})
	}
}

func TestUnseal(t *testing.T) {
	seal := func(p handover.Purpose, expires time.Time) string {
		sealed, err := handover.Seal(handoverKey, p, handover.Token{Value: "ghs_minted", Expires: expires}, strings.NewReader(strings.Repeat("n", 12)))
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	mine := handover.Purpose{RunID: 42, Engine: "validate", Target: target}
	const foreign = "::error::the token was sealed for another run, engine or target, or the handover key changed: use Re-run all jobs\n"
	hour := now.Add(time.Hour)
	tests := []struct {
		name, sealed string
		code         int
		log          string
	}{
		{"own", seal(mine, now.Add(time.Second)), 0, "::add-mask::ghs_minted\n"},
		{"expired", seal(mine, now), 1, "::error::the token expired at 2026-11-22T10:11:12Z: use Re-run all jobs\n"},
		{"of another engine", seal(handover.Purpose{RunID: 42, Engine: "self-test", Target: target}, hour), 1, foreign},
		{"of another run", seal(handover.Purpose{RunID: 43, Engine: "validate", Target: target}, hour), 1, foreign},
		{"of another target", seal(handover.Purpose{RunID: 42, Engine: "validate", Target: "acme/other"}, hour), 1, foreign},
		{"for another use", seal(handover.Purpose{RunID: 42, Engine: "validate", Target: target, Use: useTelemetry}, hour), 1, foreign},
		{"of an engine whose name ends in a line", seal(handover.Purpose{RunID: 42, Engine: "validate\n" + target, Target: ""}, hour), 1, foreign},
		{"empty", "", 1, "::error::the sealed token is cut short or damaged: use Re-run all jobs\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			for _, name := range []string{"FACTS_FILE", "FACTS_SHA256", "JOB_CONTEXT"} {
				delete(w.env, name)
			}
			w.env["SEALED"] = tt.sealed
			got := w.run("unseal")
			expect(t, "code", got.code, tt.code)
			expect(t, "log", got.log, tt.log)
			want := map[string]string{}
			if tt.code == 0 {
				want["token"] = "ghs_minted"
			}
			expect(t, "outputs", got.outputs, want)
		})
	}
}

func TestCollect(t *testing.T) {
	incompressible := `{"a":"` + base64.StdEncoding.EncodeToString([]byte(testKey() + testKey()))[:4000] + `"}`
	tests := []struct {
		name, in string
		state    string
		compact  string // what is handed over
	}{
		{"object", "{ \"b\": 1.0,\n \"a\": \"é\" }\n", "ok", `{"b":1.0,"a":"é"}`},
		{"large object", incompressible, "ok", incompressible},
		{"empty file", "", "not-object", ""},
		{"array", "[]", "not-object", ""},
		{"text", "done", "not-object", ""},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", "not-object", ""},
		{"200 kB", `{"a":"` + strings.Repeat("x", 200_000) + `"}`, "too-large", ""},
		{"64 KiB and one byte of blanks", "{}" + strings.Repeat(" ", record.MaxDetails-1), "too-large", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.env["GITHUB_RUN_ATTEMPT"] = "3"
			delete(w.env, "FACTS_FILE")
			w.write(w.env["RESULT_FILE"], tt.in)
			got := w.run("collect")
			expect(t, "code", got.code, 0)
			expect(t, "state and attempt", got.outputs["details_state"]+" "+got.outputs["run_attempt"], tt.state+" 3")
			if tt.compact == "" {
				expect(t, "details", got.outputs["details"]+got.outputs["details_sha256"], "")
				return
			}
			data, err := handover.Unpack(got.outputs["details"], record.MaxDetails)
			expect(t, "error", err, nil)
			expect(t, "details", string(data), tt.compact)
			expect(t, "sha256", got.outputs["details_sha256"], facts.Digest([]byte(tt.compact)))
		})
	}
}

func TestCollect_WithoutAResult(t *testing.T) {
	for name, prepare := range map[string]func(string) error{
		"absent":    func(string) error { return nil },
		"directory": func(file string) error { return os.Mkdir(file, 0o755) },
		"dangling":  func(file string) error { return os.Symlink(file+".gone", file) },
		"device":    func(file string) error { return os.Symlink("/dev/zero", file) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if err := prepare(w.env["RESULT_FILE"]); err != nil {
				t.Fatal(err)
			}
			got := w.run("collect")
			expect(t, "code", got.code, 0)
			expect(t, "outputs", got.outputs, map[string]string{"details": "", "details_sha256": "", "details_state": "no-result", "run_attempt": "1", "timed_out": "false"})
		})
	}
}

func TestCollect_TellsAStepThatWasStopped(t *testing.T) {
	tests := []struct {
		name, limit string
		ago         time.Duration // since the step began; none began where it is 0
		code        int
		want        string
	}{
		{"at once", "10", time.Second, 0, "false"},
		{"just in time", "10", 10*time.Minute - time.Second, 0, "false"},
		{"stopped", "10", 10 * time.Minute, 0, "true"},
		{"stopped, and the machine was slow", "10", 12 * time.Minute, 0, "true"},
		{"none began", "10", 0, 0, "false"},
		{"another clock", "10", -time.Hour, 0, "false"},
		{"no limit", "x", time.Second, 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.env["STEP_TIMEOUT_MINUTES"] = tt.limit
			if tt.ago != 0 {
				w.write(w.env["STEP_STARTED"], "")
				if err := os.Chtimes(w.env["STEP_STARTED"], now, now.Add(-tt.ago)); err != nil {
					t.Fatal(err)
				}
			}
			got := w.run("collect")
			expect(t, "code", got.code, tt.code)
			expect(t, "timed_out", got.outputs["timed_out"], tt.want)
		})
	}
}

func TestEmit_RecordsATimeout(t *testing.T) {
	w := newWorld(t)
	w.env["ENGINE_RESULT"] = "failure"
	w.handOver(packText(t, `{"summary":"as far as it came"}`), "1")
	w.write(w.env["HANDOVER_DIR"]+"/timed_out", "true")
	expect(t, "code", w.run("emit").code, 0)
	r := w.stored(recordPath)
	expect(t, "reason", *r.Event.Reason, "timeout: a step of the engine was stopped when its time was over")
	expect(t, "details", compacted(t, r.Details), `{"summary":"as far as it came"}`)
}
