package signed

import (
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

func TestSpoolRef(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"a record", samplePath, "refs/telemetry/spool/2026-11-22/acme-service/42-1/validate"},
		{"a repository with dots", "telemetry/v1/repos/acme-.github/2026-11-22/a.b/x.json", "refs/telemetry/spool/2026-11-22/acme-.github/a.b/x"},
		{"a repository that git refuses", "telemetry/v1/repos/acme-a.lock/2026-11-22/42-1/x.json", "refs/telemetry/spool/2026-11-22/acme-a%2Elock/42-1/x"},
		{"another one", "telemetry/v1/repos/acme-a..b/2026-11-22/42-1/x.json", "refs/telemetry/spool/2026-11-22/acme-a%2E%2Eb/42-1/x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := SpoolRef(tt.in)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if out, err := exec.Command("git", "check-ref-format", got).CombinedOutput(); err != nil {
				t.Errorf("git refuses %s: %v %s", got, err, out)
			}
		})
	}
	if got := SpoolRef("x"); got != "refs/telemetry/spool////x" { // a path that no check has passed must not panic
		t.Errorf("got %s", got)
	}
}

func TestMessage_IsReadBack(t *testing.T) {
	r := sample(t)
	got, err := ReadMessage(r.Message())
	want := Record{Path: r.Path, Signature: r.Signature}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if subject, _, _ := strings.Cut(r.Message(), "\n"); subject != "telemetry: validate 42-1" {
		t.Errorf("subject: %q", subject)
	}
}

func TestReadMessage_RefusesOthers(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", "names no path or no signature"},
		{"no signature", "Record-Path: x\n", "names no path or no signature"},
		{"no path", "Record-Signature: AAAA\n", "names no path or no signature"},
		{"no base64", "Record-Path: x\nRecord-Signature: *\n", "not base64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ReadMessage(tt.in); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error that holds %q", err, tt.want)
			}
		})
	}
}
