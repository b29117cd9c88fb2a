// Package schema embeds the CUE schema. The compiler evaluates specs against
// these bytes only, so nothing on the user's disk can loosen them.
package schema

import "embed"

// ImportPath is how specs import the schema.
const ImportPath = "github.com/task-assistant/tasc/schema"

// Files holds the *.cue files of the schema.
//
//go:embed *.cue
var Files embed.FS

// Record is the JSON Schema (draft 2020-12) of a telemetry record; it says what #TelemetryRecord says.
//
//go:embed telemetry-record.v1.schema.json
var Record []byte
