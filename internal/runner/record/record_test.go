package record

import (
	"encoding/json"
	"strings"
	"testing"
)

// example is a record of a success.
func example() Record {
	return Record{
		SchemaVersion: SchemaVersion,
		GeneratedAt:   "2026-11-22T10:11:12Z",
		CorrelationID: "42-1",
		EngineName:    "enforce",
		EngineRef:     strings.Repeat("a1", 20),
		Source:        Source{Workflow: "engine-enforce", Job: "engine", RunID: 42, RunAttempt: 1, RunnerDigest: "sha256:00"},
		Entity:        Entity{Type: "repository", Owner: "acme", Repo: "service"},
		Event:         Event{Category: "enforce", Action: "success"},
		OK:            true,
		Details:       json.RawMessage(`{"z":1.50,"a":"<b>&é","m":{"x":[],"y":{}}}`),
	}
}

const exampleFile = `{
  "schema_version": "1.0",
  "generated_at": "2026-11-22T10:11:12Z",
  "correlation_id": "42-1",
  "engine_name": "enforce",
  "engine_ref": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
  "source": {
    "workflow": "engine-enforce",
    "job": "engine",
    "run_id": 42,
    "run_attempt": 1,
    "runner_digest": "sha256:00"
  },
  "entity": {
    "type": "repository",
    "owner": "acme",
    "repo": "service"
  },
  "event": {
    "category": "enforce",
    "action": "success",
    "reason": null
  },
  "ok": true,
  "details": {
    "z": 1.50,
    "a": "<b>&é",
    "m": {
      "x": [],
      "y": {}
    }
  }
}
`

func TestEncode_WritesTheEnvelopeInOrder(t *testing.T) {
	data, err := example().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != exampleFile {
		t.Errorf("file:\n%s\nwant:\n%s", data, exampleFile)
	}
	back, err := Decode(data)
	if err != nil || !Same(back, example()) {
		t.Errorf("what was written reads back as %+v, %v", back, err)
	}
}

func TestDecode_RefusesOtherFiles(t *testing.T) {
	for name, in := range map[string]string{
		"unknown member": `{"schema_version":"1.0","extra":1}`,
		"trailing text":  exampleFile + "x",
		"array":          `[]`,
		"empty":          ``,
	} {
		if r, err := Decode([]byte(in)); err == nil {
			t.Errorf("%s: got %+v, want an error", name, r)
		}
	}
}

func TestSame(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Record)
		want   bool
	}{
		{"equal", func(*Record) {}, true},
		{"written later", func(r *Record) { r.GeneratedAt = "2027-01-01T00:00:00Z" }, true},
		{"by another runner", func(r *Record) { r.Source.RunnerDigest = "sha256:ff" }, true},
		{"other layout of details", func(r *Record) { r.Details = json.RawMessage(strings.ReplaceAll(string(r.Details), ":", ": ")) }, true},
		{"other attempt", func(r *Record) { r.Source.RunAttempt = 2 }, false},
		{"other run", func(r *Record) { r.Source.RunID = 43 }, false},
		{"other details", func(r *Record) { r.Details = json.RawMessage(`{}`) }, false},
		{"other number text", func(r *Record) { r.Details = json.RawMessage(strings.ReplaceAll(string(r.Details), "1.50", "1.5")) }, false},
		{"failure", func(r *Record) { r.OK = false }, false},
		{"reason", func(r *Record) { s := "failed"; r.Event.Reason = &s }, false},
		{"other engine_ref", func(r *Record) { r.EngineRef = "x" }, false},
		{"details that are no JSON", func(r *Record) { r.Details = json.RawMessage(`{`) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := example()
			tt.change(&r)
			if got := Same(example(), r); got != tt.want {
				t.Errorf("Same = %t, want %t", got, tt.want)
			}
			if got := Same(r, example()); got != tt.want {
				t.Errorf("Same the other way = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	fail := func(reason string) func(*Record) {
		return func(r *Record) { r.OK, r.Event.Action, r.Event.Reason = false, "failure", &reason }
	}
	tests := []struct {
		name   string
		change func(*Record)
		err    string
	}{
		{"success", func(*Record) {}, ""},
		{"failure with a code", fail("no-result"), ""},
		{"failure with a code and a text", fail("failed: it broke: badly"), ""},
		{"preflight", func(r *Record) {
			r.EngineName, r.Event.Category, r.Source.Workflow, r.Source.Job = Preflight, Preflight, Preflight, "check"
		}, ""},
		{"unknown code", fail("broken"), "no known code"},
		{"code without a space", fail("failed:x"), "no known code"},
		{"failure without a reason", func(r *Record) { r.OK, r.Event.Action = false, "failure" }, "null on failure"},
		{"success with a reason", func(r *Record) { s := "failed"; r.Event.Reason = &s }, "expected null"},
		{"ok and failure", func(r *Record) { r.Event.Action = "failure" }, "event.action"},
		{"schema", func(r *Record) { r.SchemaVersion = "2.0" }, "schema_version"},
		{"time zone", func(r *Record) { r.GeneratedAt = "2026-11-22T10:11:12+01:00" }, "generated_at"},
		{"correlation id", func(r *Record) { r.CorrelationID = "a/b" }, "correlation id"},
		{"engine", func(r *Record) { r.EngineName = "../x" }, "engine's name"},
		{"category", func(r *Record) { r.Event.Category = "x" }, "event.category"},
		{"workflow", func(r *Record) { r.Source.Workflow = "x" }, "source.workflow"},
		{"job", func(r *Record) { r.Source.Job = "x" }, "source.job"},
		{"run", func(r *Record) { r.Source.RunID = 0 }, "expected to be positive"},
		{"attempt", func(r *Record) { r.Source.RunAttempt = -1 }, "expected to be positive"},
		{"entity", func(r *Record) { r.Entity.Owner = "" }, "the repository is"},
		{"entity type", func(r *Record) { r.Entity.Type = "user" }, "entity.type"},
		{"details array", func(r *Record) { r.Details = json.RawMessage(`[]`) }, "not a JSON object"},
		{"no details", func(r *Record) { r.Details = nil }, "not a JSON object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := example()
			tt.change(&r)
			err := r.Validate()
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error: got %v, want one that holds %q", err, tt.err)
			}
		})
	}
}

func TestDir_IsTheCanonicalLayout(t *testing.T) {
	got := Dir("acme/service", "2026-11-22", "42-1") + "/" + FileName("enforce")
	if want := "telemetry/v1/repos/acme-service/2026-11-22/42-1/enforce.json"; got != want {
		t.Errorf("path: got %s, want %s", got, want)
	}
}
