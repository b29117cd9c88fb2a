package signed

import (
	"crypto/rsa"
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
		{"two signatures", "Record-Path: x\nRecord-Signature: AAAA\nRecord-Signature: BBBB\n", "names 1 paths and 2 signatures, expected one of each"},
		{"two paths", "Record-Path: x\nRecord-Path: x\nRecord-Signature: AAAA\n", "names 2 paths and 1 signatures, expected one of each"},
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

func TestRejectedRef_NoneIsInTheWayOfAnother(t *testing.T) {
	const id = "1b2a25d7c7dbba6ec8a4ec9ddcc1d7c7ecbc2ae6"
	good := SpoolRef(samplePath)
	if got, want := RejectedRef(good, id), "refs/telemetry/rejected/2026-11-22/acme-service/42-1/validate/"+id; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	names := []string{
		good, good + "/" + id, good + "/" + id + "/" + id, Spool + "x", Spool + "x/y", Spool + "other/x", Spool + "other/x/" + id, Spool + "a/b/c/d",
		Spool + "other/b/c/d", Spool + strings.Repeat("long", 60) + "/" + strings.Repeat("long", 60), Spool + "2026-11-22",
	}
	for _, a := range names {
		for _, b := range names {
			if x, y := RejectedRef(a, id), RejectedRef(b, id); a != b && (x == y || strings.HasPrefix(y, x+"/")) {
				t.Errorf("%s is in the way of %s", x, y)
			}
		}
		if out, err := exec.Command("git", "check-ref-format", RejectedRef(a, id)).CombinedOutput(); err != nil {
			t.Errorf("git refuses %s: %v %s", RejectedRef(a, id), err, out)
		}
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add("telemetry: validate 42-1\n\nRecord-Path: telemetry/v1/repos/a-b/2026-11-22/42-1/validate.json\nRecord-Signature: AAAA\n")
	f.Add("Record-Path: ../../x\r\nRecord-Signature: *\nRecord-Path: y\n")
	f.Add("Record-Path: \nRecord-Signature: \n")
	f.Fuzz(func(t *testing.T, message string) {
		r, err := ReadMessage(message)
		if err != nil {
			return
		}
		if r.Signature == nil || strings.Contains(r.Path, "\n") {
			t.Errorf("took %+v", r)
		}
		_ = SpoolRef(r.Path) // any path may come: it must not panic
		if _, err := r.Verify([]*rsa.PublicKey{&testKeys()[0].PublicKey}); err == nil {
			t.Error("a message without a key's signature is taken")
		}
	})
}
