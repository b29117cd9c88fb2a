package runner

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/task-assistant/tasc/internal/runner"

// write writes the emitted program to a new folder.
func write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range Source() {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run runs a command as a generated workflow does, with the network cut, and returns its output.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOTOOLCHAIN=local", "GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestSource_BuildsAloneAndReproducibly(t *testing.T) {
	one, two := write(t), write(t)
	if out := run(t, one, "go", "vet", "./..."); out != "" {
		t.Errorf("go vet says:\n%s", out)
	}
	build := []string{"build", "-trimpath", "-buildvcs=false", "-o", "runner.out", "./task-assistant-runner"}
	var binaries [][]byte
	for _, dir := range []string{one, two} {
		run(t, dir, "go", build...)
		data, err := os.ReadFile(filepath.Join(dir, "runner.out"))
		if err != nil {
			t.Fatal(err)
		}
		binaries = append(binaries, data)
	}
	if !bytes.Equal(binaries[0], binaries[1]) {
		t.Error("the same source in two folders makes two different programs")
	}
	if bytes.Contains(binaries[0], []byte(one)) {
		t.Error("the program names the folder in which it was built")
	}
	if out := run(t, one, filepath.Join(one, "runner.out"), "version"); !strings.HasPrefix(out, "task-assistant-runner ") {
		t.Errorf("version: got %q", out)
	}
}

func TestSource_IsTheProgramAndNothingElse(t *testing.T) {
	var got []string
	for _, f := range Source() {
		got = append(got, f.Path)
		if strings.HasSuffix(f.Path, ".go") {
			checkImports(t, f)
		}
	}
	want := []string{"go.mod"}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		slash := filepath.ToSlash(name)
		if err == nil && path.Dir(slash) != "." && strings.HasSuffix(slash, ".go") && !strings.HasSuffix(slash, "_test.go") && !strings.Contains(slash, "testdata/") {
			want = append(want, slash)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("files:\n got %q\nwant %q", got, want)
	}
}

// checkImports demands that f imports the standard library and the program's own packages only.
func checkImports(t *testing.T, f File) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(name, "/")
		if strings.Contains(first, ".") && !strings.HasPrefix(name, module+"/") {
			t.Errorf("%s imports %s", f.Path, name)
		}
	}
}
