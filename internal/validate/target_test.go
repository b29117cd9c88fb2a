package validate_test

import (
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/validate"
)

// TestTargetOfAnotherOwner: the schema takes public platforms only; the rule is ready for others.
func TestTargetOfAnotherOwner(t *testing.T) {
	text := func(s string) spec.String {
		return spec.String{Value: s, Pos: diag.Pos{File: "platform.cue", Line: 1, Column: 1}}
	}
	for _, tt := range []struct {
		visibility, target string
		want               bool
	}{{"public", "other/a", false}, {"private", "other/a", true}, {"internal", "other/a", true}, {"private", "Acme/a", false}} {
		pl := &spec.Platform{Name: text("demo"), Repository: text("acme/demo"), Visibility: text(tt.visibility), Telemetry: text("{owner}/telemetry"),
			Profiles: []*spec.Profile{{Name: text("all")}}, Targets: []spec.Target{{As: text("host"), Repository: text(tt.target), Profile: text("all")}}}
		got := false
		for _, d := range validate.Run(&spec.Set{Platforms: []*spec.Platform{pl}}, &lock.Lock{}, "2026-01-01") {
			got = got || d.Rule == "target-repository"
		}
		if got != tt.want {
			t.Errorf("a %s platform of acme and the target %s: a finding is %t, want %t", tt.visibility, tt.target, got, tt.want)
		}
	}
}
