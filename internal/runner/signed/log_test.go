package signed

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// long returns a signed record that takes several lines: its details cannot be compressed.
func long(t *testing.T) Record {
	t.Helper()
	noise := make([]byte, 6000)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	r := sampleRecord()
	r.Details = []byte(`{"noise":` + strconv.Quote(base64.StdEncoding.EncodeToString(noise)) + `}`)
	data, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, samplePath, data)
}

func lines(t *testing.T, r Record) []string {
	t.Helper()
	out, err := r.Log()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLog_HoldsNothingThatIsACommand(t *testing.T) {
	r := sampleRecord()
	r.Details = []byte(`{"summary":"::error::x\n##[add-mask]y\ntasc-record-v1 begin 1"}`)
	data, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	out := lines(t, sign(t, samplePath, data))
	if len(out) != 4 && len(out) != 3 {
		t.Errorf("%d lines: %q", len(out), out)
	}
	for i, line := range out {
		if strings.Trim(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 +/=-") != "" || len(line) > 1100 {
			t.Errorf("line %d is %q", i, line)
		}
	}
}

func TestReadLog(t *testing.T) {
	keys := []*rsa.PublicKey{&testKeys()[0].PublicKey}
	one, two := sample(t), long(t)
	first, second := lines(t, one), lines(t, two)
	if len(second) < 10 {
		t.Fatalf("only %d lines", len(second))
	}
	join := func(parts ...[]string) string {
		var b strings.Builder
		for _, part := range parts {
			for _, line := range part {
				b.WriteString(line + "\n")
			}
		}
		return b.String()
	}
	with := func(lines []string, at int, line ...string) []string {
		return append(append(append([]string{}, lines[:at]...), line...), lines[at+1:]...)
	}
	prefixed := func(lines []string) []string {
		var out []string
		for _, line := range lines {
			out = append(out, "emit\tEmit the record\t2026-11-22T10:11:12.1234567Z "+line+"\r")
		}
		return out
	}
	tests := []struct {
		name, in string
		want     []Record
		problem  string
	}{
		{"one", join(first), []Record{one}, ""},
		{"two among other lines", "x\n" + join(first, []string{"y"}, second), []Record{one, two}, ""},
		{"as gh prints it", join(prefixed(second)), []Record{two}, ""},
		{"twice", join(first, first), []Record{one}, ""},
		{"behind a line that never ends", strings.Repeat("x", 3<<20) + "\n" + join(first), []Record{one}, ""},
		{"behind a long line that quotes the mark", "tasc-record-v1 begin 1 " + strings.Repeat("x", 1<<20) + "\n" + join(first), []Record{one}, ""},
		{"behind an engine's false begin", join([]string{"tasc-record-v1 begin 7", "tasc-record-v1 1 AAAA"}, first), []Record{one}, "line 1: the record that begins here is not taken: it breaks off before part 2 of 7"},
		{"nothing", "", nil, ""},
		{"a line that is quoted", "tasc-record-v1 1 AAAA\ntasc-record-v1 end 1\n", nil, ""},
		{"cut off", join(second[:4]), nil, "line 1: the record that begins here is not taken: it breaks off before part 4"},
		{"a part is missing", join(with(second, 3)), nil, "it breaks off before part 3"},
		{"a part twice", join(with(second, 3, second[3], second[3])), nil, "it breaks off before part 4"},
		{"a masked part", join(with(second, 3, "tasc-record-v1 3 ***")), nil, "not base64"},
		{"no number of parts", "tasc-record-v1 begin x\n", nil, "of how many parts"},
		{"far too many parts", "tasc-record-v1 begin 99999999\n", nil, "of how many parts"},
		{"a part that is too long", "tasc-record-v1 begin 1\ntasc-record-v1 1 " + strings.Repeat("A", 1001) + "\n", nil, "it breaks off before part 1"},
		{"not signed", join(lines(t, Record{one.Path, one.Data, nil})), nil, ErrSignature.Error()},
		{"signed by another key", join(lines(t, Record{one.Path, one.Data, bytes.Repeat([]byte{1}, 256)})), nil, ErrSignature.Error()},
		{"for another path", join(lines(t, Record{"x", one.Data, one.Signature})), nil, ErrSignature.Error()},
		{"good beside bad", join(lines(t, Record{one.Path, one.Data, nil}), second), []Record{two}, "line 1: the record that begins here is not taken: no public key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadLog(strings.NewReader(tt.in), keys)
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %d records, want %d", len(got), len(tt.want))
			}
			if tt.problem == "" && err != nil || tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)) {
				t.Errorf("error: got %v, want one that holds %q", err, tt.problem)
			}
		})
	}
}

func FuzzReadLog(f *testing.F) {
	f.Add("tasc-record-v1 begin 1\ntasc-record-v1 1 AAAA\ntasc-record-v1 end 1\n")
	f.Add("tasc-record-v1 begin 0\ntasc-record-v1 -1 \n")
	f.Fuzz(func(t *testing.T, log string) {
		if got, _ := ReadLog(strings.NewReader(log), []*rsa.PublicKey{&testKeys()[0].PublicKey}); len(got) > 0 {
			t.Errorf("took %v", got)
		}
	})
}
