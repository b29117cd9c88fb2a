package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// buildScript is the program that builds act, seen from the root of the module.
const buildScript = "internal/e2e/act/build.sh"

// binary returns the path of the patched act. The first call on a machine builds it, which takes about a minute.
func binary(t testing.TB) string {
	t.Helper()
	script := filepath.Join(root(t), filepath.FromSlash(buildScript))
	var stderr bytes.Buffer
	cmd := exec.Command("bash", script)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("act cannot be built: %v\n%s\nto see why, run: %s", err, stderr.String(), buildScript)
	}
	return strings.TrimSpace(string(out))
}

// StandIn returns the folder of a stand-in action of this package, such as "checkout".
func StandIn(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(root(t), "internal", "e2e", "testdata", name)
	if _, err := os.Stat(filepath.Join(dir, "action.yml")); err != nil {
		t.Fatalf("no stand-in for the action %q: %v", name, err)
	}
	return dir
}

// root returns the root of the module: the folder above the test's own that holds buildScript.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(buildScript))); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatalf("no folder above the test's own holds %s", buildScript)
		}
		dir = parent
	}
}
