package runner

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
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

// release are the flags with which a release builds the runner; the Makefile has the same.
var release = []string{"build", "-trimpath", "-buildvcs=false", "-tags=nethttpomithttp2", "-ldflags=-s -w -buildid="}

// TestSource_BuildsAloneAndReproducibly: two folders make the same program, for each machine that the lock knows. The
// compiler's cache is shared, but for TASC_BUILD=cold, where everything is compiled anew for each of them.
func TestSource_BuildsAloneAndReproducibly(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if want := "RUNNER  := -trimpath -buildvcs=false -tags=nethttpomithttp2 -ldflags='-s -w -buildid='\n"; !bytes.Contains(makefile, []byte(want)) {
		t.Errorf("the Makefile builds the runner with other flags than %s", want)
	}
	one, two := write(t), write(t)
	if out := run(t, one, "go", "vet", "./..."); out != "" {
		t.Errorf("go vet says:\n%s", out)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		t.Run(arch, func(t *testing.T) {
			t.Setenv("GOOS", "linux")
			t.Setenv("GOARCH", arch)
			first, second := build(t, one), build(t, two)
			if first != second {
				t.Error("the same source in two folders makes two different programs")
			}
			if strings.Contains(first, one) || strings.Contains(second, two) {
				t.Error("the program names the folder in which it was built")
			}
			sum := sha256.Sum256([]byte(first))
			t.Logf("linux/%s: %d bytes, sha256:%s", arch, len(first), hex.EncodeToString(sum[:]))
		})
	}
	run(t, one, "go", append(slices.Clone(release), "-o", "runner.out", "./task-assistant-runner")...) // for this machine
	if out := run(t, one, filepath.Join(one, "runner.out"), "version"); !strings.HasPrefix(out, "task-assistant-runner ") {
		t.Errorf("version: got %q", out)
	}
}

// build builds the program in a folder and returns its bytes.
func build(t *testing.T, dir string) string {
	t.Helper()
	if os.Getenv("TASC_BUILD") == "cold" {
		t.Setenv("GOCACHE", t.TempDir())
	}
	name := filepath.Join(dir, "runner.out")
	run(t, dir, "go", append(slices.Clone(release), "-o", name, "./task-assistant-runner")...)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
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
