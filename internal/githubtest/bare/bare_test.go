package bare_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest/bare"
)

func newRepository(t *testing.T) *bare.Repository {
	t.Helper()
	r, err := bare.Init(filepath.Join(t.TempDir(), "r.git"), "main")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func git(t *testing.T, r *bare.Repository, input string, args ...string) string {
	t.Helper()
	command := exec.Command("git", append([]string{"-C", r.Dir()}, args...)...)
	command.Stdin = strings.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, output)
	}
	return strings.TrimSpace(string(output))
}

func blob(t *testing.T, r *bare.Repository, text string) string {
	t.Helper()
	id, err := r.WriteObject("blob", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestApply_MakesTheTreesGitMakes(t *testing.T) {
	r := newRepository(t)
	x, y := blob(t, r, "x"), blob(t, r, "y")
	file := func(path, id string) bare.Change { return bare.Change{Path: path, Mode: bare.ModeFile, ID: id} }
	tests := []struct {
		name    string
		changes []bare.Change
		want    string // of git ls-tree -r, blob ids written x and y
	}{
		{"folders sort as if they ended with a slash", []bare.Change{file("a/f", x), file("a.b", x), file("a-b", x), file("a0", y)}, "100644 x a-b;100644 x a.b;100644 x a/f;100644 y a0"},
		{"the last change of a path counts", []bare.Change{file("a/b/c", x), file("a/b/c", y)}, "100644 y a/b/c"},
		{"a folder goes with its last file", []bare.Change{file("a/b/c", x), file("d", x), {Path: "a/b/c"}}, "100644 x d"},
		{"a script", []bare.Change{{Path: "run", Mode: bare.ModeExecutable, ID: x}}, "100755 x run"},
		{"nothing", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := ""
			for _, change := range tt.changes { // one by one, and all at once, must agree
				var err error
				if tree, err = r.Apply(tree, []bare.Change{change}); err != nil {
					t.Fatal(err)
				}
			}
			once, err := r.Apply("", tt.changes)
			if err != nil || tree != "" && once != tree {
				t.Fatalf("one by one %s, at once %s (%v)", tree, once, err)
			}
			listed := strings.NewReplacer("blob ", "", "\t", " ", x, "x", y, "y", "\n", ";").Replace(git(t, r, "", "ls-tree", "-r", once))
			if listed != tt.want {
				t.Errorf("got %q, want %q", listed, tt.want)
			}
		})
	}
	git(t, r, "", "fsck", "--strict")
	tree, err := r.Apply("", []bare.Change{file("a", x)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Apply(tree, []bare.Change{file("a/b", x)}); err == nil || err.Error() != `"a" is a file, expected a folder` {
		t.Errorf("a file below a file: %v", err)
	}
}

func TestObjects_AreGits(t *testing.T) {
	r := newRepository(t)
	id := blob(t, r, "hello\n")
	if want := git(t, r, "hello\n", "hash-object", "--stdin"); id != want {
		t.Errorf("id %s, want %s", id, want)
	}
	large := strings.Repeat("0123456789abcdef", 10_000) // not kept in memory
	theirs := git(t, r, large, "hash-object", "-w", "--stdin")
	if kind, data, err := r.ReadObject(theirs); kind != "blob" || string(data) != large || err != nil {
		t.Errorf("theirs: %s, %d bytes, %v", kind, len(data), err)
	}
	for _, absent := range []string{strings.Repeat("0", 40), "abc", ""} {
		if _, _, err := r.ReadObject(absent); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("object %q: %v", absent, err)
		}
	}
}

func TestCommit_ComesBackAsWritten(t *testing.T) {
	r := newRepository(t)
	tree, err := r.Apply("", []bare.Change{{Path: "f", Mode: bare.ModeFile, ID: blob(t, r, "x")}})
	if err != nil {
		t.Fatal(err)
	}
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	want := bare.Commit{
		Tree: tree, Parents: nil, Message: "subject\n\nbody\n",
		Author: bare.Signature{Name: "Mona Lisa", Email: "mona@example.com", When: when}, Committer: bare.Signature{Name: "GitHub", Email: "noreply@github.com", When: when.Add(time.Hour)},
	}
	for range 2 { // the second has the first as its parent
		id, err := r.WriteCommit(want)
		if err != nil {
			t.Fatal(err)
		}
		want.ID = id
		if got, err := r.ReadCommit(id); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
		if shown := git(t, r, "", "log", "-1", "--format=%an <%ae> %at %cn %ct %s", id); shown != fmt.Sprintf("Mona Lisa <mona@example.com> %d GitHub %d subject", when.Unix(), when.Unix()+3600) {
			t.Errorf("git shows %q", shown)
		}
		want.Parents = []string{id}
	}
}

func TestUpdateRef(t *testing.T) {
	r := newRepository(t)
	a, err := r.WriteCommit(bare.Commit{Message: "a"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.WriteCommit(bare.Commit{Message: "b"})
	if err != nil {
		t.Fatal(err)
	}
	const name = "refs/heads/feature/x"
	tests := []struct {
		name, ref, from, to, want string // want: the error, empty for none
	}{
		{"create", name, "", a, ""},
		{"create again", name, "", b, name + " is at " + a + " but expected "},
		{"move", name, a, b, ""},
		{"move from elsewhere", name, a, b, name + " is at " + b + " but expected " + a},
		{"delete", name, b, "", ""},
		{"move what is gone", name, b, a, name + " is at  but expected " + b},
		{"leave the folder", "refs/heads/../../config", "", a, `ref "refs/heads/../../config": expected a full name such as refs/heads/main`},
		{"short name", "main", "", a, `ref "main": expected a full name such as refs/heads/main`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := r.UpdateRef(tt.ref, tt.from, tt.to); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Ours and git's updates of one ref exclude each other: of many that expect the same head, one wins.
func TestUpdateRef_ExcludesGit(t *testing.T) {
	r := newRepository(t)
	const contenders = 12
	ids := make([]string, contenders)
	for i := range ids {
		id, err := r.WriteCommit(bare.Commit{Message: fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	won := make([]bool, contenders)
	var group sync.WaitGroup
	for i, id := range ids {
		group.Go(func() {
			if i%2 == 0 {
				won[i] = r.UpdateRef("refs/heads/main", "", id) == nil
				return
			}
			won[i] = exec.Command("git", "-C", r.Dir(), "update-ref", "refs/heads/main", id, strings.Repeat("0", 40)).Run() == nil
		})
	}
	group.Wait()
	head, err := r.Ref("refs/heads/main")
	winners := 0
	for i := range ids {
		if won[i] {
			winners++
			if ids[i] != head {
				t.Errorf("%d won, but the head is %s", i, head)
			}
		}
	}
	if winners != 1 || err != nil {
		t.Errorf("%d winners, %v", winners, err)
	}
}

func TestResolve(t *testing.T) {
	r := newRepository(t)
	commit, err := r.WriteCommit(bare.Commit{Message: "a", Author: bare.Signature{Name: "a"}, Committer: bare.Signature{Name: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	git(t, r, "", "-c", "user.name=t", "-c", "user.email=t@example.com", "tag", "-a", "-m", "m", "v1", commit)
	for _, ref := range []string{"refs/heads/main", "refs/heads/main2", "refs/other/a/b"} {
		if err := r.UpdateRef(ref, "", commit); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		in   string
		want string
	}{
		{"main", commit}, {"heads/main", commit}, {"refs/heads/main", commit}, {"v1", commit}, {"tags/v1", commit}, {"other/a/b", commit},
		{commit, commit}, {"other/a", ""}, {"main/x", ""}, {"nope", ""}, {"", ""}, {"../config", ""}, {strings.Repeat("0", 40), ""}, {blob(t, r, "x"), ""},
	}
	for _, tt := range tests {
		if got, err := r.Resolve(tt.in); got != tt.want || err != nil {
			t.Errorf("%q: %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
	refs, err := r.Refs("refs/heads/main")
	want := []bare.Ref{{Name: "refs/heads/main", ID: commit}, {Name: "refs/heads/main2", ID: commit}}
	if err != nil || !reflect.DeepEqual(refs, want) {
		t.Errorf("got %+v, %v", refs, err)
	}
}
