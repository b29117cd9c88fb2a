package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var tokenRE = regexp.MustCompile(`gh[a-z]_[A-Za-z0-9._-]{10,}`)

// TestEngineFindsNoKey: an engine copies all that it can reach, and neither an
// App's key nor the handover key nor a token for anything but its own
// repository, with its own permissions, is in it.
//
// On GitHub the engine's job has a machine to itself. act runs all jobs on this
// one, so what the engine reaches here are its own processes and folders.
func TestEngineFindsNoKey(t *testing.T) {
	t.Parallel()
	engineFindsNoKey(t)
}

func engineFindsNoKey(t testing.TB, by ...edit) {
	w := newWorld(t, "testdata/specs/hostile", nil, tampered(by)).install()
	loot := filepath.Join(t.TempDir(), "loot")
	r := w.run("workflow_dispatch", dispatch(map[string]any{"route": "search"}), map[string]string{"LOOT": loot})
	if r.Code != 0 || r.Jobs["dispatch/engine-search/engine"] != "success" {
		t.Fatalf("the engine did not run: %v", r.Jobs)
	}
	data, err := os.ReadFile(loot)
	if err != nil {
		t.Fatal(err)
	}
	found := string(data)
	for name, secret := range w.secrets {
		for line := range strings.Lines(secret) {
			if line = strings.TrimSpace(line); len(line) >= 24 && !strings.HasPrefix(line, "-----") && strings.Contains(found, line) {
				t.Errorf("the engine found a line of %s", name)
			}
		}
	}
	owners := w.owners(tokenRE.FindAllString(found, -1))
	// Its own token proves that the search sees what is there.
	want := []string{"installation acme-task-assistant on acme/host {contents:read,metadata:read}"}
	if got := slices.DeleteFunc(owners, func(who string) bool { return who == "token GITHUB_TOKEN" }); !slices.Equal(got, want) {
		t.Errorf("the engine found the tokens %q, want %q and at most the run's own without permissions", got, want)
	}
	for _, name := range []string{"TARGET_REPO=acme/host", "RESULT_FILE=", "GH_TOKEN=", "REGION=north\n", "API_TOKEN=the engine's own secret\n"} {
		if !strings.Contains(found, name) {
			t.Errorf("the engine's environment has no %s", name)
		}
	}
	if strings.Contains(found, "not asked for") {
		t.Error("a variable that the spec does not name reached the engine")
	}
	if strings.Contains(found, "RUN_DATE=") {
		t.Error("the run's date, which is emit's alone, reached the engine")
	}
}

// owners says whose tokens these were; the run has revoked them since.
func (w *world) owners(tokens []string) []string {
	w.t.Helper()
	var out []string
	for _, token := range tokens {
		if who := w.github.Whose(token); who != "unknown" { // the runner's source names a token's form
			out = append(out, who)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// revoked demands that no token of an App outlived the run.
func (w *world) revoked() {
	w.t.Helper()
	for _, token := range w.github.Tokens() {
		if token.App != "" && !token.Revoked {
			w.t.Errorf("a token is left: %+v", token)
		}
	}
}
