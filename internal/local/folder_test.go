package local

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
)

// lay writes files below a folder.
func lay(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, data := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func runGit(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Mona", "-c", "user.email=mona@example.com"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	target, err := ReadTarget(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range target.Files {
		name := f.Path
		if f.Executable {
			name += " (executable)"
		}
		out = append(out, name)
	}
	return out
}

// TestReadTarget: of a work tree what git would take, so that no ignored secret is copied; of another folder all of it.
func TestReadTarget(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{"README.md": "# A\n", ".gitignore": ".env\n", ".env": "TOKEN=x\n", "sub/run.sh": "true\n", "gone.txt": ""})
	if err := os.Chmod(filepath.Join(dir, "sub/run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	want := []string{".env", ".gitignore", "README.md", "gone.txt", "sub/run.sh (executable)"}
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("a folder: %q, want %q", got, want)
	}
	runGit(t, dir, "init", "--quiet")
	runGit(t, dir, "add", ".")
	if err := os.Remove(filepath.Join(dir, "gone.txt")); err != nil {
		t.Fatal(err)
	}
	lay(t, dir, map[string]string{"new.txt": ""})
	want = []string{".gitignore", "README.md", "new.txt", "sub/run.sh (executable)"}
	got := names(t, dir)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("a work tree: %q, want %q", got, want)
	}
	if _, err := ReadTarget(t.Context(), filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there: no error")
	}
}

// TestActions: what the engines use, and what the lock says is used inside; other engines do not count.
func TestActions(t *testing.T) {
	step := func(uses string) plan.Step { return plan.Step{Uses: plan.Pinned{Value: uses}} }
	workflow := func(name string, uses ...string) plan.Workflow {
		w := plan.Workflow{Path: "platform/.github/workflows/" + name + ".yml", Jobs: []plan.Job{{ID: "call"}, {ID: "engine", Run: &plan.Run{}}}}
		for _, u := range uses {
			w.Jobs[1].Run.Steps = append(w.Jobs[1].Run.Steps, step(u))
		}
		return w
	}
	const a, b, c = "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222", "3333333333333333333333333333333333333333"
	p := plan.Plan{Workflows: []plan.Workflow{
		workflow("dispatcher", "actions/checkout@"+a),
		workflow("engine-one", "", "acme/tools/lint@"+b, "docker://alpine@sha256:x", "./.github/actions/own"),
		workflow("engine-two", "acme/other@"+c),
		workflow("tasc-check", "actions/upload@"+c),
	}}
	lk := &lock.Lock{Actions: []lock.Action{
		{Key: "acme/inner@v1.0.0", Commit: c, Uses: []string{"acme/tools@" + b}},
		{Key: "acme/tools@v2.0.0", Commit: b, Uses: []string{"acme/inner@" + c}},
	}}
	want := []string{"acme/inner@" + c, "acme/tools@" + b, "actions/checkout@" + a}
	if got := Actions(p, lk, []string{"one"}); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	shelf := Shelf{Dir: t.TempDir()}
	if got := shelf.Missing(want, map[string]string{"acme/inner@" + c: "folder"}); !slices.Equal(got, []string{"acme/tools@" + b}) {
		t.Errorf("missing: %q", got)
	}
}

// TestShelf: an action is fetched once; a branch, which moves, every time it is asked for.
func TestShelf(t *testing.T) {
	server := t.TempDir()
	repo := filepath.Join(server, "acme/tools")
	lay(t, repo, map[string]string{"action.yml": "first"})
	runGit(t, repo, "init", "--quiet", "--initial-branch=next/one")
	runGit(t, repo, "add", ".")
	runGit(t, repo, "commit", "--quiet", "-m", "first")
	shelf := Shelf{Dir: t.TempDir(), Server: "file://" + server}
	for _, text := range []string{"first", "second"} {
		lay(t, repo, map[string]string{"action.yml": text})
		runGit(t, repo, "commit", "--quiet", "--allow-empty", "-am", text)
		if err := shelf.Fetch(t.Context(), "acme/tools@next/one"); err != nil {
			t.Fatal(err)
		}
		dir, here := shelf.Folder("acme/tools@next/one")
		data, err := os.ReadFile(filepath.Join(dir, "action.yml"))
		if !here || err != nil || string(data) != text {
			t.Errorf("%q (%v), want %q", data, err, text)
		}
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			t.Error("the repository's history is kept")
		}
	}
	if err := shelf.Fetch(t.Context(), "acme/nothing@v1.0.0"); err == nil {
		t.Error("an action that is not there: no error")
	}
}

// TestRemove: a module cache below the folder is read-only.
func TestRemove(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	lay(t, dir, map[string]string{"home/go/pkg/mod/x/go.mod": "module x\n"})
	if err := os.Chmod(filepath.Join(dir, "home/go/pkg/mod/x"), 0o500); err != nil {
		t.Fatal(err)
	}
	if err := Remove(dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder is still there")
	}
}
