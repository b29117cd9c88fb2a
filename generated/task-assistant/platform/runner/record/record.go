// Package record defines the telemetry record: what is in it, where it lies, which text may become
// part of its path, and which details an engine may hand in.
//
// Everything an engine produced is hostile until [Accept] took it. The package has no effects: bytes
// and values in, bytes and values out. A new top-level field of the envelope needs another
// [SchemaVersion] and another root than telemetry/v1.
package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
)

// SchemaVersion is the version of the envelope.
const SchemaVersion = "1.0"

// Preflight is the name under which the preflight workflow records its checks, as an engine does.
const Preflight = "preflight"

// MaxRecord is the greatest size of a record in bytes. GitHub returns files inline up to 1 MB only, and
// indentation can blow small details up.
const MaxRecord = 512 << 10

// Record is one telemetry record. The order of the members is the order in the file.
type Record struct {
	SchemaVersion string `json:"schema_version"`
	// GeneratedAt is RFC 3339 in UTC with whole seconds and a Z.
	GeneratedAt   string `json:"generated_at"`
	CorrelationID string `json:"correlation_id"`
	EngineName    string `json:"engine_name"`
	// EngineRef is the commit that the dispatcher handed on, unchanged.
	EngineRef string `json:"engine_ref"`
	Source    Source `json:"source"`
	Entity    Entity `json:"entity"`
	Event     Event  `json:"event"`
	OK        bool   `json:"ok"`
	// Details is the engine's own JSON object, or a summary of why there is none.
	Details json.RawMessage `json:"details"`
}

// Source says where the engine ran.
type Source struct {
	Workflow   string `json:"workflow"`
	Job        string `json:"job"`
	RunID      int64  `json:"run_id"`
	RunAttempt int    `json:"run_attempt"`
	// RunnerDigest is "sha256:" and the hex digest of the runner that wrote the record.
	RunnerDigest string `json:"runner_digest"`
}

// Entity is the target of the run.
type Entity struct {
	Type  string `json:"type"`
	Owner string `json:"owner"`
	Repo  string `json:"repo"`
}

// Event says how the engine ended.
type Event struct {
	Category string `json:"category"`
	// Action is "success" or "failure".
	Action string `json:"action"`
	// Reason is nil on success, else a code of this package, alone or followed by ": " and a text.
	Reason *string `json:"reason"`
}

// SourceOf returns the workflow and the job in which the engine of that name runs.
func SourceOf(engine string) (workflow, job string) {
	if engine == Preflight {
		return Preflight, "check"
	}
	return "engine-" + engine, "engine"
}

// root is the directory of all records of this schema.
const root = "telemetry/v1/repos"

// Dir returns the directory of all records of one run; its arguments must have passed their checks.
func Dir(repository, date, correlationID string) string {
	return path.Join(root, strings.Replace(repository, "/", "-", 1), date, correlationID)
}

// Path returns the path of the record's file in a run of that date; the record must be valid.
func (r Record) Path(date string) string {
	return Dir(r.Entity.Owner+"/"+r.Entity.Repo, date, r.CorrelationID) + "/" + FileName(r.EngineName)
}

// DateOf returns the date in the path of a record's file. It judges no other part of the path.
func DateOf(file string) (string, error) {
	parts := strings.Split(file, "/")
	if len(parts) != 7 {
		return "", fmt.Errorf("the path %q is not that of a record", cut(file))
	}
	return parts[4], CheckDate(parts[4])
}

// FileName returns the name of an engine's record in the directory of its run.
func FileName(engine string) string { return engine + ".json" }

// Encode returns the bytes of the record's file, the same on every machine. The details keep the order
// of their members and the text of their numbers.
func (r Record) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("cannot write the record: %w", err)
	}
	return b.Bytes(), nil
}

// Decode reads the bytes of a record's file; an unknown member is an error.
func Decode(data []byte) (Record, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var r Record
	if err := dec.Decode(&r); err != nil {
		return Record{}, fmt.Errorf("not a record of schema %s: %w", SchemaVersion, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Record{}, fmt.Errorf("not a record of schema %s: text after the object", SchemaVersion)
	}
	return r, nil
}

// Same reports whether two records say the same: equal but for the time of writing and the runner's
// digest, which differ when an emit job alone is run again.
func Same(a, b Record) bool {
	a.GeneratedAt, b.GeneratedAt = "", ""
	a.Source.RunnerDigest, b.Source.RunnerDigest = "", ""
	x, errX := a.Encode()
	y, errY := b.Encode()
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
