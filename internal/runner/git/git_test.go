package git

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

const repository = "acme/telemetry"

// open returns a repository beside one of a stand-in GitHub, with a token that may write there.
func open(t *testing.T) (*githubtest.Server, *Repository) {
	t.Helper()
	s := githubtest.New(t)
	s.AddRepository(repository, githubtest.Repository{Private: true})
	s.Commit(repository, "main", "first", githubtest.Files(map[string]string{"README.md": "# x\n", "a/b.json": "{}\n"})...)
	token := s.AddToken("t", repository, map[string]string{"contents": "write", "metadata": "read"})
	return s, at(t, Remote{Server: s.URL, Name: repository, Token: token, Mask: func(string) {}})
}

func at(t *testing.T, remote Remote) *Repository {
	t.Helper()
	r, err := Open(context.Background(), t.TempDir(), remote)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestOpen_GivesTheTokenInTheEnvironmentAlone(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte("[user]\n\tname = somebody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("GIT_CONFIG_PARAMETERS", "'user.name=somebody'")
	t.Setenv("SECRET", "of no concern to git")
	var masked []string
	r := at(t, Remote{Server: "https://github.com/", Name: repository, Token: "ghs_secret", Mask: func(s string) { masked = append(masked, s) }})
	basic := base64.StdEncoding.EncodeToString([]byte("x-access-token:ghs_secret"))
	if !slices.Equal(masked, []string{basic}) {
		t.Errorf("masked %q", masked)
	}
	cmd := r.command(context.Background(), "push")
	if r.url != "https://github.com/acme/telemetry.git" || strings.Contains(strings.Join(cmd.Args, " ")+r.url, "secret") {
		t.Errorf("url %s, arguments %q", r.url, cmd.Args)
	}
	all := strings.Join(cmd.Env, "\n")
	if strings.Count(all, basic) != 1 || strings.Contains(all, "of no concern") || strings.Contains(all, "ghs_secret") {
		t.Errorf("environment:\n%s", all)
	}
	listed, err := r.run(context.Background(), nil, "config", "--list", "--show-scope")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(listed)) {
		if scope, _, _ := strings.Cut(line, "\t"); scope != "command" && scope != "local" {
			t.Errorf("git reads a setting of %s: %s", scope, line)
		}
	}
	if !strings.Contains(string(listed), "http.https://github.com/.extraheader=Authorization: Basic "+basic) {
		t.Errorf("settings:\n%s", listed)
	}
	err = filepath.WalkDir(r.dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if strings.Contains(string(data), basic) {
			t.Errorf("the token is in the file %s", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOpen_RefusesWhatIsNoServer(t *testing.T) {
	for _, server := range []string{"", "github.com", "://"} {
		if _, err := Open(context.Background(), t.TempDir(), Remote{Server: server, Mask: func(string) {}}); err == nil {
			t.Errorf("%q was taken for a server", server)
		}
	}
}

func TestPush_CreatesMovesAndDeletesByLease(t *testing.T) {
	s, r := open(t)
	ctx := context.Background()
	when := time.Unix(1_800_000_000, 0)
	make := func(text string) string {
		id, err := r.Commit(ctx, Commit{Message: "m\n", When: when, Files: []File{{Path: "x/y.json", Data: []byte(text)}}})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	one, two, three := make("1"), make("2"), make("3")
	if again := make("1"); again != one || one == two {
		t.Fatalf("the same commit is %s and %s, another one %s", one, again, two)
	}
	const ref = "refs/telemetry/spool/x"
	steps := []struct {
		name   string
		update Update
		ok     bool
		at     string
	}{
		{"create", Update{ref, "", one}, true, one},
		{"create again", Update{ref, "", two}, false, one},
		{"move from elsewhere", Update{ref, two, three}, false, one},
		{"delete from elsewhere", Update{ref, two, ""}, false, one},
		{"delete", Update{ref, one, ""}, true, ""},
		{"delete again", Update{ref, one, ""}, false, ""},
	}
	for _, step := range steps {
		if err := r.Push(ctx, step.update); (err == nil) != step.ok {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := s.Ref(repository, ref); got != step.at {
			t.Errorf("%s: the ref is at %q, want %q", step.name, got, step.at)
		}
	}
}

func TestCommit_OnTopOfATipThatWasFetchedAlone(t *testing.T) {
	s, r := open(t)
	ctx := context.Background()
	head, err := r.Default(ctx)
	if err != nil || head != (Ref{"refs/heads/main", s.Ref(repository, "refs/heads/main")}) {
		t.Fatalf("default: %v, %v", head, err)
	}
	if err := r.FetchTip(ctx, head.ID); err != nil {
		t.Fatal(err)
	}
	id, err := r.Commit(ctx, Commit{Parent: head.ID, Message: "two", When: time.Unix(1_800_000_000, 0), Files: []File{{Path: "a/c.json", Data: []byte("c")}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Push(ctx, Update{head.Name, head.ID, id}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"README.md": "# x\n", "a/b.json": "{}\n", "a/c.json": "c"} {
		if got, _ := s.File(repository, "main", path); string(got) != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if log := s.Log(repository, "main"); len(log) != 2 || log[0].SHA != id {
		t.Errorf("log: %v", log)
	}
}

func TestReader(t *testing.T) {
	s, r := open(t)
	ctx := context.Background()
	if err := r.Fetch(ctx, s.Ref(repository, "refs/heads/main")); err != nil {
		t.Fatal(err)
	}
	reader, err := r.Reader(ctx, 4)
	if err != nil {
		t.Fatal(err)
	}
	head := s.Ref(repository, "refs/heads/main")
	tests := []struct {
		name, in, want string
		err            error
	}{
		{"a file", head + ":a/b.json", "blob {}\n", nil},
		{"none", head + ":nothing here", " ", nil},
		{"too large", head, "commit ", ErrTooLarge},
		{"a file after that", head + ":README.md", "blob # x\n", nil},
	}
	for _, tt := range tests {
		o, err := reader.Read(tt.in)
		if got := o.Kind + " " + string(o.Data); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: got %q, %v, want %q, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
	if _, err := reader.Read("a\nb"); err == nil {
		t.Error("two lines were read")
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefs(t *testing.T) {
	s, r := open(t)
	head := s.Ref(repository, "refs/heads/main")
	s.SetRef(repository, "refs/telemetry/spool/a/b", head)
	s.SetRef(repository, "refs/telemetry/other", head)
	got, err := r.Refs(context.Background(), "refs/telemetry/spool/*")
	if err != nil || !slices.Equal(got, []Ref{{"refs/telemetry/spool/a/b", head}}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestRun_FollowsNoRedirect: whoever answers in GitHub's place must not be handed the token.
func TestRun_FollowsNoRedirect(t *testing.T) {
	s, r := open(t)
	other := githubtest.New(t)
	s.Intercept(func(*http.Request) *githubtest.Response {
		return &githubtest.Response{Status: 301, Header: map[string]string{"Location": other.URL + "/acme/telemetry.git/info/refs?service=git-upload-pack"}}
	})
	if _, err := r.Refs(context.Background(), "refs/*"); err == nil {
		t.Error("a redirect was followed")
	}
	if asked := other.Requests(); len(asked) != 0 {
		t.Errorf("the other server was asked: %v", asked)
	}
}

// TestPush_EndsWhereTheAnswerDoesNot: git waits for ever for the rest of an answer that was cut in two. Whether the refs
// were changed is not known then, and asking tells.
func TestPush_EndsWhereTheAnswerDoesNot(t *testing.T) {
	s, r := open(t)
	r.limit = 2 * time.Second
	ctx := context.Background()
	id, err := r.Commit(ctx, Commit{Message: "m", When: time.Unix(0, 0), Files: []File{{Path: "x", Data: []byte("x")}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []githubtest.Kind{githubtest.Truncated, githubtest.EmptyAnswer, githubtest.CutBody, githubtest.CutAnswer} {
		ref := "refs/telemetry/" + string(kind)
		s.Break(githubtest.Fault{On: githubtest.On{Method: "POST", Path: "git-receive-pack"}, Do: kind})
		began := time.Now()
		err := r.Push(ctx, Update{Ref: ref, To: id})
		if took := time.Since(began); err == nil || took > 20*time.Second {
			t.Errorf("%s: after %s: %v", kind, took, err)
		}
		refs, err := r.Refs(ctx, ref)
		if err != nil || len(refs) != 1 || refs[0].ID != id {
			t.Errorf("%s: refs %v, %v", kind, refs, err)
		}
		t.Logf("%s: %s", kind, time.Since(began))
	}
}
