package main

import (
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/runner/facts"
)

// TestRunningCommit: on Enterprise Server the stub's word counts, since Actions says nothing; elsewhere only what Actions says.
func TestRunningCommit(t *testing.T) {
	other := strings.Repeat("b2", 20)
	tests := []struct {
		name, server, handed, context string
		code                          int
		log                           string
	}{
		{"github.com", "", "", `{"workflow_sha":"` + commit + `"}`, 0, ""},
		{"github.com, and a stub that hands one on", "", commit, `{"workflow_sha":"` + other + `"}`, 1, "dispatcher and engine must be one commit"},
		{"Enterprise Server", "https://github.acme.example", commit, "", 0, ""},
		{"Enterprise Server, another one", "https://github.acme.example", other, "", 1, "dispatcher and engine must be one commit"},
		{"Enterprise Server, none", "https://github.acme.example", "", `{"workflow_sha":"` + commit + `"}`, 1, "this job runs no commit that Actions names"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			f := testFacts()
			f.Server = tt.server
			w.facts(f)
			delete(w.env, "JOB_CONTEXT")
			if tt.handed != "" {
				w.env["RUNNING_COMMIT"] = tt.handed
			}
			if tt.context != "" {
				w.env["JOB_CONTEXT"] = tt.context
			}
			got := w.run("authorize")
			expect(t, "code", got.code, tt.code)
			if !strings.Contains(got.log, tt.log) {
				t.Errorf("log: got %q, want one that holds %q", got.log, tt.log)
			}
		})
	}
	w := newWorld(t)
	w.facts(facts.Facts{Server: "https://github.acme.example"})
	delete(w.env, "JOB_CONTEXT")
	got := w.run("authorize")
	expect(t, "code with neither", got.code, 2)
	if !strings.Contains(got.log, "missing JOB_CONTEXT") {
		t.Errorf("log: got %q", got.log)
	}
}
