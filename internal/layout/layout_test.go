package layout

import (
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// platform has the outputs of pairs: tree, folder, tree, folder.
func platform(name string, pairs ...string) *spec.Platform {
	p := &spec.Platform{Name: spec.String{Value: name, Pos: diag.Pos{File: name, Line: 1, Column: 1}}}
	for i := 0; i < len(pairs); i += 2 {
		pos := diag.Pos{File: name, Line: 2 + i, Column: 1}
		p.Outputs = append(p.Outputs, spec.Pair{Key: spec.String{Value: pairs[i], Pos: pos}, Value: spec.String{Value: pairs[i+1], Pos: pos}})
	}
	return p
}

func TestPlace(t *testing.T) {
	l := Of("generated", platform("p", "platform", ".", "host", "dist/host", "org", "generated/p/org"))
	tests := []struct{ in, folder, rel string }{
		{"manifest.json", "generated/p", "manifest.json"},
		{"platform/runner/go.mod", ".", "runner/go.mod"},
		{"host/all/.github/workflows/p.yml", "dist/host", "all/.github/workflows/p.yml"},
		{"org/workflow-templates/all.yml", "generated/p", "org/workflow-templates/all.yml"},
		{"platform", "generated/p", "platform"},
	}
	for _, tt := range tests {
		if folder, rel := l.Place(tt.in); folder != tt.folder || rel != tt.rel {
			t.Errorf("%s: got %s %s, want %s %s", tt.in, folder, rel, tt.folder, tt.rel)
		}
	}
}

func TestInPlace(t *testing.T) {
	tests := []struct {
		platform *spec.Platform
		specs    string
		want     bool
	}{
		{platform("p"), "engines", false},
		{platform("p", "platform", "."), "engines", true},
		{platform("p", "platform", "."), "specs", false},
		{platform("p", "host", "out"), "engines", false},
	}
	for _, tt := range tests {
		if got := InPlace(tt.platform, tt.specs); got != tt.want {
			t.Errorf("%v with specs in %s: got %t, want %t", tt.platform.Outputs, tt.specs, got, tt.want)
		}
	}
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name, root, specs string
		platforms         []*spec.Platform
		want              string
	}{
		{"nothing said", "generated", "engines", []*spec.Platform{platform("p"), platform("q")}, ""},
		{"two platforms at the top", "generated", "engines", []*spec.Platform{platform("p", "platform", "."), platform("q", "platform", ".")},
			`the folder "." is in the way of the platform tree of platform p`},
		{"one of two at the top", "generated", "engines", []*spec.Platform{platform("p", "platform", "."), platform("q")}, ""},
		{"one folder in other letters", "generated", "engines", []*spec.Platform{platform("p", "host", "Out"), platform("q", "host", "out")},
			`the folder "out" is in the way of the host tree of platform p`},
		{"the folder of another platform", "generated", "engines", []*spec.Platform{platform("p", "host", "generated/q/host"), platform("q")},
			`the folder "generated/q/host" is in the way of platform q`},
		{"specs in a folder of the platform tree", "generated", "runner/specs", []*spec.Platform{platform("p", "platform", ".")},
			`the folder "." is in the way of the specs`},
		{"specs elsewhere", "generated", "specs", []*spec.Platform{platform("p", "platform", ".")}, ""},
		{"specs at the top of the project", "generated", ".", []*spec.Platform{platform("p", "platform", ".")}, `the folder "." is in the way of the specs`},
		{"workflows of the project", "generated", "engines", []*spec.Platform{platform("p", "platform", ".", "host", ".github")},
			`the folder ".github" is in the way of the platform tree of platform p`},
		{"the module of the specs", "generated", "engines", []*spec.Platform{platform("p", "host", "cue.mod/pkg")},
			`the folder "cue.mod/pkg" is in the way of the CUE module`},
		{"another root", "dist", "engines", []*spec.Platform{platform("p", "host", "dist/p")}, `the folder "dist/p" is in the way of platform p`},
		{"a path that is not plain", "generated", "engines", []*spec.Platform{platform("p", "host", "a/../b")}, `"a/../b" is no folder of the project`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range Problems(tt.root, tt.specs, tt.platforms) {
				got = append(got, p.Message)
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
