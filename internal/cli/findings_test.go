package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/diag"
)

// project is a copy of a project without faults.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "cmd", "tasc", "testdata", "base"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestRun_BugInEachFormat: where tasc fails itself people read so on standard error, and programs in their format.
func TestRun_BugInEachFormat(t *testing.T) {
	want := map[string]func(string) bool{
		"text": func(s string) bool { return s == "" },
		"github": func(s string) bool {
			return strings.HasPrefix(s, "::error title=bug::internal error: no clock [bug]%0A")
		},
		"json": func(s string) bool {
			var got []diag.Diagnostic
			return json.Unmarshal([]byte(s), &got) == nil && len(got) == 1 && got[0].Rule == "bug"
		},
		"sarif": func(s string) bool {
			return json.Valid([]byte(s)) && strings.Contains(s, `"executionSuccessful": false`) && strings.Contains(s, `"exitCode": 3`) && !strings.Contains(s, `"results"`)
		},
	}
	for _, format := range formats {
		var stdout, stderr bytes.Buffer
		env := Env{Dir: project(t), Stdout: &stdout, Stderr: &stderr, Now: func() time.Time { panic("no clock") }}
		code := Run(context.Background(), env, []string{"vet", "--format", format})
		if code != ExitBug || !strings.HasPrefix(stderr.String(), "tasc: internal error: no clock\n") {
			t.Errorf("%s: exit code %d, standard error %q", format, code, stderr.String())
		}
		if !want[format](stdout.String()) {
			t.Errorf("%s: standard output %q", format, stdout.String())
		}
	}
}

// told is what one format says of a finding.
type told struct {
	rule, file   string
	line, column int
	message      string
}

// TestFormats_Agree: every verb says the same in every format, at the same places, and ends in the same way.
func TestFormats_Agree(t *testing.T) {
	tests := []struct {
		name string
		args []string
		do   func(t *testing.T, dir string)
		want int
	}{
		{"nothing", []string{"vet"}, nil, 0},
		{"specs", []string{"vet"}, edits("engines/lint.cue", "class:", "clas:"), 1},
		{"two in one file, behind other letters", []string{"vet"}, edits("engines/lint.cue", `"engines/lint.sh"`, `"# é ${{ github.actor }} ${{ github.sha }}"`), 2},
		{"a rule with notes", []string{"generate"}, edits("engines/platform.cue", `on: push: {}`, `on: push: {}, stages: [{engines: ["lint", "lint"]}]`), 1},
		{"a lock", []string{"generate"}, edits("engines/tasc.lock", `"version": 1`, `"version": 2`), 1},
		{"no files", []string{"check"}, nil, 1},
		{"layout", []string{"fmt", "--check"}, edits("engines/lint.cue", `class:   "read`, `class: "read`), 1},
		{"a workflow", []string{"audit", "ci.yml"}, puts("ci.yml", "on: pull_request_target\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo ${{ github.head_ref }} ${{ github.head_ref }}\n"), 4},
		{"no YAML", []string{"audit", "ci.yml"}, puts("ci.yml", "a: ["), 1},
		{"no UTF-8", []string{"vet"}, puts("engines/more.cue", "package engines\n// \xff\n"), 1},
		{"a folder in the place of a file", []string{"vet"}, func(t *testing.T, dir string) { puts("engines/more.cue/x", "")(t, dir) }, 0},
		{"init where a project is", []string{"init", "--yes"}, nil, 1},
		{"a release without a repository", []string{"release", "v9.9.9"}, nil, 1},
		{"what a file wants a log to do", []string{"audit", "ci.yml"}, puts("ci.yml", "on: push\npermissions: {}\njobs:\n  a:\n    timeout-minutes: 1\n    runs-on: x\n    steps:\n      - uses: \"a/b@x%0A::stop-commands::x\\n::error::\\u202e\"\n"), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := project(t)
			if tt.do != nil {
				tt.do(t, dir)
			}
			said := map[string][]told{}
			for _, format := range formats {
				out := inFormat(t, dir, format, tt.args)
				said[format] = tells[format](t, out)
			}
			if len(said["json"]) != tt.want {
				t.Errorf("%d findings, want %d: %v", len(said["json"]), tt.want, said["json"])
			}
			for _, format := range formats {
				if !slices.Equal(said[format], said["json"]) {
					t.Errorf("%s says\n%+v\njson says\n%+v", format, said[format], said["json"])
				}
			}
		})
	}
}

func edits(name, old, text string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || strings.Count(string(data), old) != 1 {
			t.Fatalf("%q in %s: %v", old, name, err)
		}
		puts(name, strings.Replace(string(data), old, text, 1))(t, dir)
	}
}

func puts(name, text string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// inFormat returns the stream that findings of a format are on; nothing else may be on it, and no finding on the other.
func inFormat(t *testing.T, dir, format string, args []string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := Run(context.Background(), Env{Dir: dir, Stdout: &stdout, Stderr: &stderr, Now: time.Now}, append(slices.Clone(args), "--format", format))
	if code != ExitOK && code != ExitFindings {
		t.Fatalf("%s: exit code %d: %s", format, code, stderr.String())
	}
	if format == "text" {
		if out := stdout.String(); strings.Contains(out, "]\n") {
			t.Errorf("a finding is on standard output: %s", out)
		}
		return stderr.String()
	}
	if strings.Contains(stderr.String(), "]\n") {
		t.Errorf("%s: a finding is on standard error: %s", format, stderr.String())
	}
	return stdout.String()
}

var headRE = regexp.MustCompile(`^(?:(\S[^:]*)(?::(\d+):(\d+))?: )?(.*) \[([a-z-]+)\]$`)

// tells reads what a format says.
var tells = map[string]func(t *testing.T, out string) []told{
	"text": func(t *testing.T, out string) []told {
		var all []told
		for line := range strings.Lines(out) {
			if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "tasc: ") {
				all = append(all, head(t, strings.TrimSuffix(line, "\n")))
			}
		}
		return all
	},
	"github": func(t *testing.T, out string) []told {
		var all []told
		for line := range strings.Lines(out) {
			props, message, _ := strings.Cut(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "::error title="), "::")
			message = strings.NewReplacer("%25", "%", "%0A", "\n").Replace(message)
			message, _, _ = strings.Cut(message, "\n")
			one := head(t, message)
			if want := fmt.Sprintf("%s,file=%s", one.rule, one.file); !strings.HasPrefix(props, want) || one.line > 0 && !strings.Contains(props, fmt.Sprintf(",line=%d,col=%d", one.line, one.column)) {
				t.Errorf("the properties %q of %+v", props, one)
			}
			all = append(all, one)
		}
		return all
	},
	"json": func(t *testing.T, out string) []told {
		var ds []diag.Diagnostic
		if err := json.Unmarshal([]byte(out), &ds); err != nil {
			t.Fatal(err)
		}
		var all []told
		for _, d := range ds {
			all = append(all, told{d.Rule, d.File, d.Line, d.Column, diag.Printable(d.Message)})
		}
		return all
	},
	"sarif": func(t *testing.T, out string) []told { return ofSARIF(t, out) },
}

func head(t *testing.T, line string) told {
	t.Helper()
	m := headRE.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("%q is no finding", line)
	}
	row, _ := strconv.Atoi(m[2])
	column, _ := strconv.Atoi(m[3])
	return told{m[5], m[1], row, column, m[4]}
}

// ofSARIF puts back what SARIF has for a finding without a line. Its columns are those of text here: no test has letters of two units.
func ofSARIF(t *testing.T, out string) []told {
	t.Helper()
	var doc struct {
		Runs []struct {
			Results []struct {
				RuleID    string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn, EndColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	var all []told
	for _, r := range doc.Runs[0].Results {
		place := r.Locations[0].PhysicalLocation
		message, _, _ := strings.Cut(r.Message.Text, ". Expected: ")
		one := told{r.RuleID, place.ArtifactLocation.URI, place.Region.StartLine, place.Region.StartColumn, message}
		if place.Region.EndColumn == 1 {
			one.line, one.column = 0, 0
		}
		all = append(all, one)
	}
	return all
}

// TestFormats_FromAbove: with -C a place is named as it is found from where tasc was called, for those who look for it there.
func TestFormats_FromAbove(t *testing.T) {
	above := t.TempDir()
	if err := os.Rename(project(t), filepath.Join(above, "my platform")); err != nil {
		t.Fatal(err)
	}
	edits("my platform/engines/lint.cue", "class:", "clas:")(t, above)
	want := map[string]string{"json": `"file": "engines/lint.cue"`, "github": ",file=my platform/engines/lint.cue,line=7,", "sarif": `"uri": "my%20platform/engines/lint.cue"`}
	t.Chdir(above)
	for format, want := range want {
		for _, dir := range []string{"my platform", filepath.Join(above, "my platform")} {
			var stdout, stderr bytes.Buffer
			Run(context.Background(), Env{Dir: ".", Stdout: &stdout, Stderr: &stderr, Now: time.Now}, []string{"vet", "-C", dir, "--format", format})
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%s, -C %s: %s", format, dir, stdout.String())
			}
		}
	}
}

func TestFormatOf(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"none", "vet", "text"},
		{"behind", "vet --format json", "json"},
		{"with a sign", "--format=github vet", "github"},
		{"the last one counts", "vet --format json --format=text", "text"},
		{"cut off", "vet --format", "text"},
		{"an argument", "release -- --format json", "text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := formatOf(strings.Fields(tt.in)); got != tt.want {
				t.Errorf("formatOf(%s) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}
