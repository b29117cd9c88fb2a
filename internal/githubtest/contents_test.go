package githubtest_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

func TestPutContents(t *testing.T) {
	const readme = "1b2a25d7c7dbba6ec8a4ec9ddcc1d7c7ecbc2ae6"
	b64 := base64.StdEncoding.EncodeToString([]byte("new\n"))
	tests := []struct {
		name, repository, path, body string
		status                       int
		message                      string
	}{
		{"create", "acme/w", "a/b/c%20d%23.json", put("m", "new\n"), 201, ""},
		{"exists", "acme/w", "README.md", put("m", "new\n"), 422, "Invalid request.\n\n\"sha\" wasn't supplied."},
		{"a folder exists", "acme/w", "docs", put("m", "new\n"), 422, "Invalid request.\n\n\"sha\" wasn't supplied."},
		{"update", "acme/w", "README.md", fmt.Sprintf(`{"message":"m","content":%q,"sha":"BLOB"}`, b64), 200, ""},
		{"stale sha", "acme/w", "README.md", fmt.Sprintf(`{"message":"m","content":%q,"sha":%q}`, b64, readme), 409, "README.md does not match " + readme},
		{"a sha of nothing", "acme/w", "x", fmt.Sprintf(`{"message":"m","content":%q,"sha":%q}`, b64, readme), 201, ""},
		{"no message", "acme/w", "x", fmt.Sprintf(`{"content":%q}`, b64), 422, "Invalid request.\n\n\"message\" wasn't supplied."},
		{"no content", "acme/w", "x", `{"message":"m"}`, 422, "Invalid request.\n\n\"content\" wasn't supplied."},
		{"not base64", "acme/w", "x", `{"message":"m","content":"?"}`, 422, "content is not valid Base64"},
		{"dots", "acme/w", "a/%2e%2e/x", put("m", "x"), 422, "path contains a malformed path component"},
		{"other branch", "acme/w", "x", fmt.Sprintf(`{"message":"m","content":%q,"branch":"side"}`, b64), 201, ""},
		{"no such branch", "acme/w", "x", fmt.Sprintf(`{"message":"m","content":%q,"branch":"nope"}`, b64), 404, "Branch nope not found"},
		{"empty repository", "acme/empty", "x", put("m", "x"), 404, "This repository is empty."},
		{"archived", "acme/archived", "x", put("m", "x"), 403, "Repository was archived so is read-only."},
		{"disabled", "acme/disabled", "x", put("m", "x"), 403, "Repository access blocked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := githubtest.New(t)
			s.AddRepository("acme/w", githubtest.Repository{})
			s.AddRepository("acme/empty", githubtest.Repository{})
			s.AddRepository("acme/archived", githubtest.Repository{Archived: true})
			s.AddRepository("acme/disabled", githubtest.Repository{Disabled: true})
			head := s.Commit("acme/w", "main", "first", githubtest.Files(map[string]string{"README.md": "old\n", "docs/x": "x"})...)
			s.SetRef("acme/w", "refs/heads/side", head)
			c := client{s: s, secret: s.AddToken("w", tt.repository, map[string]string{"contents": "write"})}
			if strings.Contains(tt.body, "BLOB") {
				sha := c.do(t, "GET", "/repos/acme/w/contents/README.md", "").member(t, "sha").(string)
				tt.body = strings.ReplaceAll(tt.body, "BLOB", sha)
			}
			got := c.do(t, "PUT", "/repos/"+tt.repository+"/contents/"+tt.path, tt.body)
			if member, lacks := strings.CutPrefix(tt.name, "no "); lacks && tt.status == 422 {
				takeWrong(t, s, fmt.Sprintf("PUT /repos/acme/w/contents/x (422): request: %[1]s: property %[1]q is missing [openapi]", member))
			}
			if got.status != tt.status {
				t.Fatalf("got %d %s, want %d", got.status, got.body, tt.status)
			}
			if tt.status >= 400 {
				if m := got.message(t); m != tt.message {
					t.Errorf("message %q, want %q", m, tt.message)
				}
				return
			}
			ref := "main"
			if strings.Contains(tt.body, "side") {
				ref = "side"
			}
			if log := s.Log("acme/w", ref); len(log) != 2 || log[0].SHA != got.member(t, "commit.sha") || log[1].SHA != head || log[0].Message != "m" {
				t.Errorf("log %+v", log)
			}
			checkNew(t, s, ref, got)
		})
	}
}

// checkNew demands that a PUT of "new\n" on acme/w did what its answer says.
func checkNew(t *testing.T, s *githubtest.Server, ref string, got reply) {
	t.Helper()
	path := got.member(t, "content.path").(string)
	if data, ok := s.File("acme/w", ref, path); !ok || string(data) != "new\n" {
		t.Errorf("file %q at %s: %q %v", path, ref, data, ok)
	}
	if got.member(t, "content.sha") != "3e757656cf36eca53338e520d134963a44f793f8" { // git hash-object of "new\n"
		t.Errorf("content.sha %v", got.member(t, "content.sha"))
	}
}

func TestPutContents_ConflictsWhenTheHeadMoves(t *testing.T) {
	w := newWorld(t, githubtest.Config{CommitWindow: 300 * time.Millisecond})
	before := w.Log("acme/telemetry", "main")[0].SHA
	c := minted(t, w.Server, w.telemetry, `{}`)
	replies := make([]reply, 2)
	var group sync.WaitGroup
	for i := range replies {
		group.Go(func() {
			replies[i] = c.do(t, "PUT", fmt.Sprintf("/repos/acme/telemetry/contents/%d.json", i), put("m", "x"))
		})
	}
	group.Wait()
	slices.SortFunc(replies, func(a, b reply) int { return a.status - b.status })
	if replies[0].status != 201 || replies[1].status != 409 {
		t.Fatalf("got %d and %d, want 201 and 409", replies[0].status, replies[1].status)
	}
	after := w.Log("acme/telemetry", "main")
	if want := fmt.Sprintf("is at %s but expected %s", after[0].SHA, before); replies[1].message(t) != want || len(after) != 2 {
		t.Errorf("message %q, want %q; %d commits", replies[1].message(t), want, len(after))
	}
}

func TestPutContents_ManyAtOnceLoseNothing(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	c := minted(t, w.Server, w.telemetry, `{}`)
	const writers = 200
	path := func(i int) string { return fmt.Sprintf("telemetry/2026-03-%02d/run-%d.json", i%28+1, i) }
	done := make([]bool, writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			for try := 1; !done[i]; try++ {
				switch got := c.do(t, "PUT", "/repos/acme/telemetry/contents/"+path(i), put("record", fmt.Sprint(i))); got.status {
				case 201:
					done[i] = true
				case 409:
					time.Sleep(time.Duration(1+(i*7919+try*104729)%(50*min(try, 6))) * time.Millisecond)
				default:
					t.Errorf("%d: %d %s", i, got.status, got.body)
					return
				}
			}
		})
	}
	group.Wait()
	for i := range writers {
		if data, ok := w.File("acme/telemetry", "main", path(i)); !ok || string(data) != fmt.Sprint(i) {
			t.Errorf("%s: %q, %v", path(i), data, ok)
		}
	}
	dir := w.GitDir("acme/telemetry")
	if files := strings.Fields(mustGit(t, dir, "ls-tree", "-r", "--name-only", "main")); len(files) != writers+1 {
		t.Errorf("%d files, want %d", len(files), writers+1)
	}
	if log := w.Log("acme/telemetry", "main"); len(log) != writers+1 {
		t.Errorf("%d commits, want %d", len(log), writers+1)
	}
	if output := mustGit(t, dir, "fsck", "--strict", "--full", "--no-dangling", "--no-progress"); output != "" {
		t.Errorf("git fsck: %s", output)
	}
}

func TestGetContents(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	old := w.head
	long := strings.Repeat("x", 100)
	w.Commit("acme/host", "main", "second", githubtest.File{Path: "long.txt", Content: long}, githubtest.File{Path: "README.md", Deleted: true})
	c := client{s: w.Server}
	file := c.do(t, "GET", "/repos/acme/host/contents/long.txt", "")
	lines := strings.Split(file.member(t, "content").(string), "\n")
	if data, err := base64.StdEncoding.DecodeString(strings.Join(lines, "")); err != nil || string(data) != long || len(lines[0]) != 60 || lines[len(lines)-1] != "" {
		t.Errorf("content %q (%v)", lines, err)
	}
	if file.member(t, "type") != "file" || file.member(t, "size") != 100.0 || file.member(t, "encoding") != "base64" {
		t.Errorf("file %s", file.body)
	}
	for _, path := range []string{"", "/"} {
		root := c.do(t, "GET", "/repos/acme/host/contents"+path, "")
		if root.member(t, "0.name") != "docs" || root.member(t, "0.type") != "dir" || root.member(t, "1.path") != "long.txt" || root.member(t, "1.size") != 100.0 {
			t.Errorf("root %s", root.body)
		}
	}
	raw := client{s: w.Server, accept: "application/vnd.github.raw"}.do(t, "GET", "/repos/acme/host/contents/docs/b/c.md", "")
	if raw.body != "c" || raw.header.Get("Content-Type") != "application/vnd.github.raw; charset=utf-8" {
		t.Errorf("raw %q %v", raw.body, raw.header)
	}
	for _, ref := range []string{old, "refs/heads/main", "HEAD", "main"} {
		want := 404
		if ref == old {
			want = 200
		}
		if got := c.do(t, "GET", "/repos/acme/host/contents/README.md?ref="+ref, ""); got.status != want {
			t.Errorf("ref=%s: %d, want %d", ref, got.status, want)
		}
	}
	if got := c.do(t, "GET", "/repos/acme/host/contents/docs?ref=nope", ""); got.status != 404 || got.message(t) != "No commit found for the ref nope" {
		t.Errorf("ref=nope: %d %s", got.status, got.body)
	}
}
