package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/local"
)

// TestOutcome_InEachFormat: what came of a run is its trace for people and in JSON; annotations and SARIF hold a finding where
// it is not green, and the trace is beside them.
func TestOutcome_InEachFormat(t *testing.T) {
	tests := []struct {
		format string
		green  bool
		code   int
		has    func(stdout string) bool
	}{
		{"text", true, 0, func(s string) bool { return s != "" }},
		{"text", false, 1, func(s string) bool { return s != "" }},
		{"json", true, 0, func(s string) bool { return json.Valid([]byte(s)) }},
		{"json", false, 1, func(s string) bool { return json.Valid([]byte(s)) }},
		{"github", true, 0, func(s string) bool { return s == "" }},
		{"github", false, 1, func(s string) bool {
			return strings.HasPrefix(s, "::error title=run,file=engines::engines: the run is not green: a job failed [run]%0A") && strings.Count(s, "\n") == 1
		}},
		{"sarif", true, 0, func(s string) bool { return json.Valid([]byte(s)) && strings.Contains(s, `"results": []`) }},
		{"sarif", false, 1, func(s string) bool { return json.Valid([]byte(s)) && strings.Contains(s, `"ruleId": "run"`) }},
	}
	for _, tt := range tests {
		var stdout, stderr bytes.Buffer
		a := &app{env: Env{Dir: t.TempDir(), Stdout: &stdout, Stderr: &stderr}, spec: "engines", format: tt.format}
		a.dir = a.env.Dir
		err := a.outcome(runOptions{}, local.Trace{Release: strings.Repeat("a", 40), Green: tt.green, Why: []string{"a job failed"}}, "", nil)
		if code := exitCode(err); code != tt.code || !tt.has(stdout.String()) {
			t.Errorf("%s, green %t: exit code %d, standard output %s", tt.format, tt.green, code, stdout.String())
		}
	}
}
