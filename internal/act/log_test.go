package act

import (
	"bytes"
	"reflect"
	"testing"
)

func TestLog_problems(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{"a job failed", "Error: Job 'dispatch' failed\n", nil},
		{"a called workflow is broken", "Error: workflow is not valid\n", []string{"workflow is not valid"}},
		{"an expression", `{"level":"error","msg":"Unable to interpolate expression 'x'"}`, []string{"Unable to interpolate expression 'x'"}},
		{"the output of a step", `{"msg":"Unable to interpolate expression","raw_output":true}`, nil},
		{"a label", `{"msg":"Skipping unsupported platform -- windows"}`, []string{"Skipping unsupported platform -- windows"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newLogReader(func(Event) {})
			for line := range bytes.Lines([]byte(test.in)) {
				r.line(line)
			}
			if _, got := r.finish(); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
