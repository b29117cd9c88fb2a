package githubtest_test

import (
	"fmt"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

func BenchmarkRequests(b *testing.B) {
	s, err := githubtest.Start(githubtest.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	s.AddRepository("acme/host", githubtest.Repository{})
	s.Commit("acme/host", "main", "first", githubtest.File{Path: "a/b/README.md", Content: "# host\n"})
	c := client{s: s, secret: s.AddToken("w", "acme/host", map[string]string{"contents": "write"})}
	do := func(b *testing.B, method, path, body string, want int) {
		if got, err := c.try(method, path, body); err != nil || got.status != want {
			b.Fatal(got, err)
		}
	}
	b.Run("get", func(b *testing.B) {
		for b.Loop() {
			do(b, "GET", "/repos/acme/host/contents/a/b/README.md", "", 200)
		}
	})
	n := 0
	b.Run("put", func(b *testing.B) {
		for b.Loop() {
			n++
			do(b, "PUT", fmt.Sprintf("/repos/acme/host/contents/t/%d/%d", n%30, n), put("m", "x"), 201)
		}
	})
}
