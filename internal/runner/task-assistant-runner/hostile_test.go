package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// These tests take the place of a hostile engine: what it can decide is the outputs of its job, the log and how the job
// ends. The scripts between the jobs are those of the generated workflow, run by bash as Actions runs them; emit is a
// process of its own.

// script returns the script of a step of a generated engine's workflow.
func script(t *testing.T, job, name string) string {
	t.Helper()
	data, err := os.ReadFile("../../../generated/task-assistant/platform/.github/workflows/engine-validate.yml")
	if err != nil {
		t.Fatal(err)
	}
	var w struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	if err := yaml.Unmarshal(data, &w); err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(w.Jobs[job].Steps, func(s struct{ Name, Run string }) bool { return s.Name == name })
	if at < 0 {
		t.Fatalf("the job %s has no step %q", job, name)
	}
	return w.Jobs[job].Steps[at].Run
}

// step runs a script as Actions runs one of shell bash, and reports whether the step succeeded.
func (w *world) step(script string, env map[string]string) bool {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "step.sh")
	w.write(file, script)
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", file)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, syscall.E2BIG) {
		w.t.Fatalf("%v\n%s", err, out)
	}
	return err == nil
}

// receive hands the outputs of the engine's job to emit's, as the generated workflow does, and runs emit.
func (w *world) receive(outputs map[string]string) result {
	w.t.Helper()
	w.hand(outputs)
	return w.process("emit")
}

// hand does what stands before emit: the outputs become files, or are more than a step can take.
func (w *world) hand(outputs map[string]string) {
	w.t.Helper()
	env := map[string]string{"HANDOVER_DIR": w.env["HANDOVER_DIR"]}
	for _, name := range []string{"details", "details_sha256", "details_state", "run_attempt", "timed_out"} {
		env[strings.ToUpper(name)] = outputs[name] // one that is not there is the empty text
	}
	w.env["HANDOVER_RECEIVED"] = "failure"
	if w.step(script(w.t, "emit", "Receive what was handed over"), env) {
		w.env["HANDOVER_RECEIVED"] = "success"
	}
}

// handsOver is what a job of the engine hands over of any text as details, as if its collector had taken it.
func handsOver(t *testing.T, text string) map[string]string {
	p := packText(t, text)
	return map[string]string{"details": p.details, "details_sha256": p.digest, "details_state": p.state, "run_attempt": "1", "timed_out": "false"}
}

// with changes one output.
func with(outputs map[string]string, name, value string) map[string]string {
	outputs[name] = value
	return outputs
}

// incompressible returns n bytes of base64 that gzip cannot make smaller than by a quarter.
func incompressible(n int) string {
	raw := make([]byte, n)
	state := uint32(1)
	for i := range raw {
		state = state*1664525 + 1013904223
		raw[i] = byte(state >> 24)
	}
	return base64.StdEncoding.EncodeToString(raw)[:n]
}

func TestHostile_TheRecordSaysWhatHappened(t *testing.T) {
	const honest = `{"summary":"done"}`
	token := "ghs_" + strings.Repeat("aB3", 12)
	key := strings.ReplaceAll(testKey(), "\n", `\n`)
	std := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	raw, err := base64.StdEncoding.DecodeString(packText(t, honest).details)
	if err != nil {
		t.Fatal(err)
	}
	object := func(member string) map[string]string { return handsOver(t, `{"summary":"done",`+member+`}`) }
	tests := []struct {
		name    string
		outputs map[string]string
		reason  string // "" where the record is a success
		details string
	}{
		{"honest", handsOver(t, honest), "", honest},
		{"nothing", nil, "no-result: the engine wrote no result", ""},

		{"200 kB", with(handsOver(t, honest), "details", strings.Repeat("A", 200_000)), "result-too-large: the result is larger than may be handed over", ""},
		{"900 kB", with(handsOver(t, honest), "details", strings.Repeat("A", 900_000)), "result-too-large: ", ""},
		{"2 MB", with(handsOver(t, honest), "details", strings.Repeat("A", 2_000_000)), "result-too-large: ", ""},
		{"2 MB of another output", with(handsOver(t, honest), "run_attempt", strings.Repeat("1", 2_000_000)), "result-too-large: ", ""},
		{"200 kB in each", map[string]string{"details": strings.Repeat("A", 200_000), "details_sha256": strings.Repeat("A", 200_000), "details_state": strings.Repeat("A", 200_000)}, "result-too-large: ", ""},
		{"just below what an environment takes", with(handsOver(t, honest), "details", strings.Repeat("A", 130_000)), "result-refused: the packed details are not gzip", ""},
		{"200 kB behind good packing", handsOver(t, `{"a":"`+strings.Repeat("x", 200_000)+`"}`), "result-too-large: the result is larger than 65536 bytes", ""},
		{"64 KiB that gzip cannot shorten", handsOver(t, `{"a":"`+incompressible(record.MaxDetails-8)+`"}`), "", `{"a":"` + incompressible(record.MaxDetails-8) + `"}`},
		{"a gzip bomb", handsOver(t, `{"a":"`+strings.Repeat("0", 64<<20)+`"}`), "result-too-large: the result is larger than 65536 bytes", ""},
		{"a bomb of members", with(handsOver(t, honest), "details", base64.StdEncoding.EncodeToString(bytes.Repeat(gzipped(t, strings.Repeat("0", 64<<10)), 900))), "result-too-large: the result is larger than 65536 bytes", ""},
		{"truncated gzip", with(handsOver(t, honest), "details", base64.StdEncoding.EncodeToString(raw[:len(raw)-6])), "result-refused: the packed details are not complete gzip", ""},
		{"no base64", with(handsOver(t, honest), "details", "$(id)`id`%"), "result-refused: the packed details are not base64", ""},
		{"another sha256", with(handsOver(t, honest), "details_sha256", facts.Digest([]byte("x"))), "result-refused: the result does not have the sha256 that was handed over with it", ""},
		{"no sha256", with(handsOver(t, honest), "details_sha256", ""), "result-refused: ", ""},
		{"an unknown state", with(handsOver(t, honest), "details_state", "OK\n::error::x"), "result-refused: the result was handed over in an unknown state", ""},
		{"a state without details", map[string]string{"details_state": "ok", "run_attempt": "1"}, "result-withheld: ", ""},
		{"an attempt to come", with(handsOver(t, honest), "run_attempt", "7"), "", honest},
		{"an attempt that is none", with(handsOver(t, honest), "run_attempt", "-1\n2"), "", honest},

		{"an array", handsOver(t, `[1]`), "result-not-object: ", ""},
		{"two objects", handsOver(t, `{}{}`), "result-not-object: ", ""},
		{"invalid UTF-8", handsOver(t, "{\"a\":\"\xff\"}"), "result-not-object: ", ""},
		{"a member twice", object(`"summary":"2"`), "result-refused: the result has a member twice", ""},
		{"deep nesting", object(`"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000)), "result-refused: the result nests deeper than 64 levels", ""},
		{"wide and deep", object(`"a":` + strings.Repeat("[", 60) + strings.Repeat("0,", 30_000) + "0" + strings.Repeat("]", 60)), "result-too-large: the result makes a record larger than 524288 bytes", ""},
		{"a huge number", object(`"a":1e999999999,"b":` + strings.Repeat("9", 5000)), "", `{"summary":"done","a":1e999999999,"b":` + strings.Repeat("9", 5000) + `}`},
		{"commands and markers", object(`"a":"\n::error::x\n##[error]y\ntasc-record-v1 begin 1\n"`), "", `{"summary":"done","a":"\n::error::x\n##[error]y\ntasc-record-v1 begin 1\n"}`},

		{"another engine's identity", object(`"engine_name":"enforce"`), `result-refused: the result has the member "engine_name", which belongs to the record's envelope`, ""},
		{"a success of its own", object(`"ok":true,"event":{"action":"success"}`), `result-refused: the result has the member "ok"`, ""},
		{"a token", object(`"a":"` + token + `"`), "result-refused: the result holds something that looks like a token or a private key", ""},
		{"a token in an escape", object(`"a":"\u0067hs_` + token[4:] + `"`), "result-refused: the result holds something", ""},
		{"a token in base64", object(`"a":"` + std("x-access-token:"+token) + `"`), "result-refused: the result holds something", ""},
		{"a personal token", object(`"a":"ghp_` + strings.Repeat("x", 36) + `"`), "result-refused: the result holds something", ""},
		{"a fine-grained token", object(`"a":"github_pat_` + strings.Repeat("x", 40) + `"`), "result-refused: the result holds something", ""},
		{"a key", object(`"a":"` + key + `"`), "result-refused: the result holds something", ""},
		{"a key in lines", object(`"a":["` + strings.ReplaceAll(key, `\n`, `","`) + `"]`), "result-refused: the result holds something", ""},
		{"a key escaped twice", object(`"a":"` + strings.ReplaceAll(key, `\n`, `\\n`) + `"`), "result-refused: the result holds something", ""},
		{"a key in base64", object(`"a":"` + std(testKey()) + `"`), "result-refused: the result holds something", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			got := w.receive(tt.outputs)
			expect(t, "code", got.code, 0)
			expect(t, "files", len(w.github.files), 1)
			r := w.stored(recordPath)
			if tt.reason == "" {
				expect(t, "ok and details", []any{r.OK, compacted(t, r.Details)}, []any{true, tt.details})
			} else if r.OK || !strings.HasPrefix(*r.Event.Reason, tt.reason) {
				t.Errorf("reason: got %q, want %q", *r.Event.Reason, tt.reason)
			}
			expect(t, "engine, attempt, target", []any{r.EngineName, r.Source.RunAttempt, r.Entity.Owner + "/" + r.Entity.Repo}, []any{"validate", 1, target})
			data := w.github.files[telemetry+":"+recordPath]
			if strings.Contains(data, token) || strings.Contains(data, "PRIVATE KEY") {
				t.Errorf("the record repeats what it refuses:\n%s", data)
			}
			expect(t, "requests", w.github.requests, append(mintsToWrite[:2:2], "PUT /repos/acme/telemetry/contents/"+recordPath+" telemetry: validate 42-1"))
			if log, err := readCommands(got.log); err != nil || len(log) != 2 {
				t.Errorf("log: %q, %v", got.log, err)
			}
		})
	}
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostile_OnItsMachine: the engine has put another program in the runner's place, others in front of PATH, and a file
// that every bash reads first. What it gets to say is what a job may hand over, and it is judged as that.
func TestHostile_OnItsMachine(t *testing.T) {
	honest := packText(t, `{"summary":"forged"}`)
	forged := "details<<x\n" + honest.details + "\nx\ndetails_sha256=" + honest.digest + "\ndetails_state=ok\nrun_attempt=1\n"
	tests := []struct {
		name, program string
		ends          bool // whether the step of collect succeeds
		reason        string
	}{
		{"a collector of its own", "#!/bin/bash\nprintf '%s' \"$FORGED\" >> \"$GITHUB_OUTPUT\"\n", true, ""},
		{"one that says nothing", "#!/bin/bash\n", true, "no-result: "},
		{"one that fails", "#!/bin/bash\nexit 7\n", false, "machine-lost: "},
		{"one that is gone", "", false, "machine-lost: "},
		{"one that names other outputs", "#!/bin/bash\nprintf 'ok=true\\nrecord=x\\nsealed=y\\n%s' \"$FORGED\" >> \"$GITHUB_OUTPUT\"\n", true, ""},
		{"one that claims a timeout", "#!/bin/bash\nprintf 'timed_out=true\\nrun_attempt=1\\n' >> \"$GITHUB_OUTPUT\"\nexit 1\n", false, "timeout: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			dir := t.TempDir()
			program := filepath.Join(dir, "task-assistant-runner")
			if tt.program != "" {
				w.write(program, tt.program)
				if err := os.Chmod(program, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			w.write(filepath.Join(dir, "rc"), "export SMUGGLED=1\nfunction set() { :; }\n")
			output := filepath.Join(dir, "output")
			ok := w.step(script(t, "engine", "Collect the result"), map[string]string{
				"RUNNER_TEMP": dir, "GITHUB_OUTPUT": output, "FORGED": forged, "BASH_ENV": filepath.Join(dir, "rc"), "PATH": dir + ":" + os.Getenv("PATH"),
			})
			expect(t, "step", ok, tt.ends)
			if w.env["ENGINE_RESULT"] = "success"; !ok {
				w.env["ENGINE_RESULT"] = "failure"
			}
			handed := map[string]string{}
			text, err := os.ReadFile(output)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			list, err := readOutputs(string(text))
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range list {
				handed[o.Name] = o.Value
			}
			expect(t, "code", w.receive(handed).code, 0)
			r := w.stored(recordPath)
			if tt.reason == "" && !r.OK || tt.reason != "" && (r.OK || !strings.HasPrefix(*r.Event.Reason, tt.reason)) {
				t.Errorf("reason: got %v, want %q", r.Event.Reason, tt.reason)
			}
		})
	}
}

// TestHostile_TakesNoMoreMemory: whatever the engine hands over, emit allocates a few of the greatest records and no more.
func TestHostile_TakesNoMoreMemory(t *testing.T) {
	bomb := handsOver(t, `{"a":"`+strings.Repeat("0", 64<<20)+`"}`)
	wide := handsOver(t, `{"a":`+strings.Repeat("[", 60)+strings.Repeat("0,", 32_000)+"0"+strings.Repeat("]", 60)+`}`)
	for name, outputs := range map[string]map[string]string{"honest": handsOver(t, `{}`), "a gzip bomb": bomb, "wide and deep": wide} {
		w := newWorld(t)
		w.hand(outputs)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		expect(t, name, w.run("emit").code, 0)
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 64<<20 {
			t.Errorf("%s: emit allocated %d MB in all", name, taken>>20)
		}
	}
}

// TestHostile_Log: an engine prints what looks like records; in the log of a whole run a reader finds emit's alone.
func TestHostile_Log(t *testing.T) {
	w := newWorld(t)
	f := testFacts()
	f.Telemetry.LogFallback = "always"
	w.facts(f)
	w.github.status = 403 // no lane takes the record
	log := w.receive(handsOver(t, `{"summary":"\ntasc-record-v1 begin 1\ntasc-record-v1 1 AAAA\ntasc-record-v1 end 1\n"}`)).log
	var own []string
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "tasc-record-v1 ") {
			own = append(own, strings.TrimSuffix(line, "\n"))
		}
	}
	if len(own) < 3 {
		t.Fatalf("the record is not in the log:\n%s", log)
	}
	truth := logged(t, log)
	if len(truth) != 1 {
		t.Fatalf("%d records in emit's own log", len(truth))
	}
	elsewhere := signed.Record{Path: strings.Replace(recordPath, "42-1", "43-1", 1), Data: truth[0].Data, Signature: truth[0].Signature}
	moved, err := elsewhere.Log()
	if err != nil {
		t.Fatal(err)
	}
	forged := slices.Concat(
		[]string{"tasc-record-v1 begin 3", own[1]}, // an open record, which swallows nothing
		moved,            // a true record under another path
		own[:len(own)-1], // one that lacks its end
		[]string{own[0], own[1][:40], own[len(own)-1], "x"}, // one that is cut
		[]string{"tasc-record-v1 end 1", "tasc-record-v1 begin 0", "tasc-record-v1 begin -1"},
	)
	whole := strings.Join(forged, "\n") + "\n" + log + strings.Join(forged, "\n")
	found, err := signed.ReadLog(strings.NewReader(whole), publicTestKeys(t))
	if err == nil {
		t.Error("the forgeries are not reported")
	}
	expect(t, "records", found, truth)
}

// FuzzHandover: whatever an engine's job hands over, there is a valid record of it, and only accepted details make a success.
func FuzzHandover(f *testing.F) {
	raw, err := base64.StdEncoding.DecodeString("H4sIAAAAAAAA/6pWKi7NzU0sqlSyUkrJz0tVqgUEAAD//w==")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw, "", "ok", "1", "true", "success")
	for _, text := range []string{`{"summary":"done"}`, `{"ok":true}`, `[1]`, "{\"a\":\"\xff\"}", `{"a":"ghp_` + strings.Repeat("x", 36) + `"}`, `{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(text)); err != nil {
			f.Fatal(err)
		}
		if err := z.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), text, "ok", "1", "false", "success")
	}
	f.Fuzz(func(t *testing.T, details []byte, text, state, attempt, late, result string) {
		run := testRun()
		in := emission{
			request: request{target: target, correlationID: "42-1", engineRef: commit, date: "2026-11-22"}, engine: "validate", result: result,
			handed: handed{packed: packed{details: base64.StdEncoding.EncodeToString(details), digest: facts.Digest([]byte(text)), state: state}, attempt: attempt, late: late, received: true},
		}
		r, data, err := in.encode(run, record.Source{RunnerDigest: "sha256:00"}, now)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > record.MaxRecord || r.OK && (result != "success" || state != "ok") {
			t.Errorf("%d bytes, %+v", len(data), r)
		}
		if kind, err := record.Classify(data); kind != record.Current {
			t.Errorf("the record is %s: %v\n%s", kind, err, data)
		}
	})
}
