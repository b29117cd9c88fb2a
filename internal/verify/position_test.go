package verify_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/verify"
)

// TestPositions: a finding says where in the file it is, and for which platform of which spec the file was made.
func TestPositions(t *testing.T) {
	p, files := sample(t)
	judge := verify.NewJudge(p, files)
	const name = "host/all/.github/workflows/demo.yml"
	tests := []struct {
		name, body string
		want       diag.Pos
		rule       string
	}{
		{"a character", "name: Demo\n\non: {é: \u200b}\n", diag.Pos{Line: 5, Column: 10}, "verify-yaml"},
		{"a character in the first column", "name: Demo\n\u202ea: b\n", diag.Pos{Line: 4, Column: 1}, "verify-yaml"},
		{"a directive", "name: Demo\n%YAML 1.2\n", diag.Pos{Line: 4, Column: 1}, "verify-yaml"},
		{"a document", "name: Demo\non: push\n---\na: b\n", diag.Pos{Line: 5, Column: 1}, "verify-yaml"},
		{"a key", "name: Demo\non:\n  a b: c\n", diag.Pos{Line: 5, Column: 3}, "verify-yaml"},
		{"a tag", "name: Demo\non:\n  a: [\"é\", !x y]\n", diag.Pos{Line: 5, Column: 12}, "verify-yaml"},
		{"what is not planned", "name: Demo\non:\n  release: {}\n", diag.Pos{Line: 5, Column: 12}, "verify-closed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.File = name
			found := judge.Workflow(verify.File{Path: name, Data: render.WithHeader([]byte(tt.body))})
			if len(found) == 0 || found[0].Rule != tt.rule || found[0].Pos != tt.want {
				t.Fatalf("got %v, want %s at %v", found, tt.rule, tt.want)
			}
			if want := []diag.Note{{Pos: p.Pos, Message: "generated for this platform"}}; !reflect.DeepEqual(found[0].Notes, want) {
				t.Errorf("the notes are %v, want %v", found[0].Notes, want)
			}
		})
	}
	p.Pos = diag.Pos{}
	for _, d := range verify.Files(p, nil) {
		if len(d.Notes) > 0 || !strings.HasPrefix(d.Rule, "verify-") {
			t.Errorf("of a plan without a place: %+v", d)
		}
	}
}
