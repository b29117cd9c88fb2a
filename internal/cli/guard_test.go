package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/load"
)

func TestLimits(t *testing.T) {
	tests := []struct {
		name   string
		limits Limits
		want   load.End
	}{
		{"time", Limits{Time: time.Second / 5, Memory: 1 << 40}, load.End{Why: "it did not end within 20ms"}},
		{"memory", Limits{Time: time.Hour, Memory: 1 << 10}, load.End{Why: "tasc holds more than 0 MB of memory with it", Final: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			giveUp, stop := tt.limits.guard(10)
			defer stop()
			if got := <-giveUp; got != tt.want {
				t.Errorf("given up: %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestFindings_OfCUE: a bug of CUE's is told from what the specs are to blame for by its exit code.
func TestFindings_OfCUE(t *testing.T) {
	var out bytes.Buffer
	a := &app{env: Env{Stderr: &out}, format: "text"}
	err := a.findings([]diag.Diagnostic{{Rule: "schema", Message: "wrong"}, {Rule: load.RuleCUE, Message: "panic"}})
	if !errors.Is(err, errCUE) || exitCode(err) != ExitBug || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("error %v, exit code %d, output %q", err, exitCode(err), out.String())
	}
}
