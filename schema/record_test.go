package schema_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/schema"
)

const good = `{
  "schema_version": "1.0",
  "generated_at": "2026-11-22T17:01:18Z",
  "correlation_id": "1000-1",
  "engine_name": "validate",
  "engine_ref": "691218af4b69de093a3549041c975e9896a1c566",
  "source": {"workflow": "engine-validate", "job": "engine", "run_id": 1000, "run_attempt": 1, "runner_digest": "sha256:8c64744f3162f6b02b1ee89c95cf36e519323a87b631897118ef854bc30c0e1e"},
  "entity": {"type": "repository", "owner": "acme", "repo": "host"},
  "event": {"category": "validate", "action": "failure", "reason": "failed: the job ended"},
  "ok": false,
  "details": {"summary": "x"}
}`

// judge is one description of a record.
type judge struct {
	name    string
	accepts func(t *testing.T, data []byte) bool
}

// TestRecord: the CUE definition, the JSON Schema and the runner's own check describe one record. The runner also
// knows what belongs together (category and engine, ok and action), which the two schemas do not state.
func TestRecord(t *testing.T) {
	judges := []judge{{"CUE", byCUE(t)}, {"JSON Schema", byJSONSchema(t)}, {"JSON Schema (ajv)", byAJV(t)}, {"runner", byRunner}}
	for _, c := range []struct {
		name, old, text string
		ok              bool
		but             string // a judge that knows more, or is stricter
	}{
		{"as emitted", "", "", true, ""},
		{"success", `"action": "failure", "reason": "failed: the job ended"},
  "ok": false`, `"action": "success", "reason": null}, "ok": true`, true, ""},
		{"a code alone", "failed: the job ended", "no-result", true, ""},
		{"preflight", `"engine_name": "validate"`, `"engine_name": "preflight"`, true, "runner"},
		{"an external id", "1000-1", "change-42.a", true, ""},
		{"a field that is not known", `"ok": false`, `"ok": false, "later": 1`, true, "runner"},
		{"another version", `"1.0"`, `"2.0"`, false, ""},
		{"a version that is a number", `"1.0"`, `1.0`, false, ""},
		{"a time with an offset", "17:01:18Z", "17:01:18+00:00", false, ""},
		{"a time with fractions", "17:01:18Z", "17:01:18.5Z", false, "runner"},
		{"month 13", "2026-11-22T", "2026-13-22T", false, ""},
		{"an id that leads up", "1000-1", "../x", false, ""},
		{"an id that git refuses", "1000-1", "a.lock", false, ""},
		{"an id of 101", "1000-1", strings.Repeat("a", 101), false, ""},
		{"two dots in an id", "1000-1", "a..b", false, ""},
		{"an engine in upper case", `"engine_name": "validate"`, `"engine_name": "Validate"`, false, ""},
		{"no engine_ref", `"engine_ref": "691218af4b69de093a3549041c975e9896a1c566",`, ``, false, "runner"},
		{"another workflow", "engine-validate", "dispatcher", false, ""},
		{"another job", `"job": "engine"`, `"job": "emit"`, false, ""},
		{"run 0", `"run_id": 1000`, `"run_id": 0`, false, ""},
		{"a run as text", `"run_id": 1000`, `"run_id": "1000"`, false, ""},
		{"half an attempt", `"run_attempt": 1`, `"run_attempt": 1.5`, false, ""},
		{"no digest", `sha256:8c64`, `8c64`, false, "runner"},
		{"another entity", `"repository"`, `"organization"`, false, ""},
		{"a repository that leads up", `"repo": "host"`, `"repo": ".."`, false, ""},
		{"an owner with a slash", `"owner": "acme"`, `"owner": "a/b"`, false, ""},
		{"another action", `"action": "failure"`, `"action": "skipped"`, false, ""},
		{"an unknown code", `failed: the job ended`, `broken: x`, false, ""},
		{"a code with nothing behind the colon", `failed: the job ended`, `failed: `, false, "runner"},
		{"ok as text", `"ok": false`, `"ok": "false"`, false, ""},
		{"details that are a list", `{"summary": "x"}`, `[]`, false, ""},
		{"no details", `"ok": false,
  "details": {"summary": "x"}`, `"ok": false`, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.old != "" && !strings.Contains(good, c.old) {
				t.Fatalf("the good record does not hold %q", c.old)
			}
			data := []byte(strings.Replace(good, c.old, c.text, 1))
			for _, j := range judges {
				if got := j.accepts(t, data); got != c.ok && j.name != c.but {
					t.Errorf("%s accepts it: %v, want %v", j.name, got, c.ok)
				}
			}
		})
	}
}

func byCUE(t *testing.T) func(*testing.T, []byte) bool {
	t.Helper()
	ctx := cuecontext.New()
	var sources []string
	for _, name := range []string{"terms.cue", "telemetry_record.cue"} {
		data, err := schema.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, strings.Replace(string(data), "package schema\n", "", 1))
	}
	v := ctx.CompileString(strings.Join(sources, "\n"))
	def := v.LookupPath(cue.ParsePath("#TelemetryRecord"))
	if def.Err() != nil {
		t.Fatal(def.Err())
	}
	return func(_ *testing.T, data []byte) bool {
		return def.Unify(ctx.CompileBytes(data)).Validate(cue.Concrete(true), cue.Final()) == nil
	}
}

func byJSONSchema(t *testing.T) func(*testing.T, []byte) bool {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.Record))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("record.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("record.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, data []byte) bool {
		t.Helper()
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return compiled.Validate(value) == nil
	}
}

// byAJV asks another implementation of JSON Schema, in a process that answers line by line.
func byAJV(t *testing.T) func(*testing.T, []byte) bool {
	t.Helper()
	if _, err := os.Stat("../internal/ajv/node_modules/ajv"); err != nil {
		t.Fatal("ajv is not installed; run: npm ci --prefix internal/ajv --ignore-scripts")
	}
	cmd := exec.Command("node", "../internal/ajv/validate.mjs", "telemetry-record.v1.schema.json")
	cmd.Stderr = os.Stderr
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			t.Error(err)
		}
	})
	answers := bufio.NewReader(out)
	return func(t *testing.T, data []byte) bool {
		t.Helper()
		var line bytes.Buffer
		if err := json.Compact(&line, data); err != nil {
			t.Fatal(err)
		}
		_, errWrite := in.Write(append(line.Bytes(), '\n'))
		answer, err := answers.ReadString('\n')
		if err := errors.Join(errWrite, err); err != nil {
			t.Fatal(err)
		}
		return answer == "true\n"
	}
}

func byRunner(_ *testing.T, data []byte) bool {
	r, err := record.Decode(data)
	return err == nil && r.Validate() == nil
}

// TestCodes: both schemas list the runner's codes, in its order.
func TestCodes(t *testing.T) {
	var codes []string
	for _, c := range record.Codes() {
		codes = append(codes, string(c))
	}
	want := "^(" + strings.Join(codes, "|") + ")(: .+)?$"
	cueFile, err := os.ReadFile("telemetry_record.cue")
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"telemetry_record.cue": cueFile, "telemetry-record.v1.schema.json": schema.Record} {
		if !bytes.Contains(data, quoted) {
			t.Errorf("%s does not hold %s", name, quoted)
		}
	}
}
