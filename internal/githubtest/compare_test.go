package githubtest_test

import (
	"fmt"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

func TestCompare(t *testing.T) {
	s := githubtest.New(t)
	s.AddRepository("acme/w", githubtest.Repository{})
	first := s.Commit("acme/w", "main", "first", githubtest.Files(map[string]string{"a": "1"})...)
	s.SetRef("acme/w", "refs/tags/v1.0.0", first)
	s.SetRef("acme/w", "refs/heads/side", first)
	second := s.Commit("acme/w", "main", "second", githubtest.Files(map[string]string{"a": "2"})...)
	side := s.Commit("acme/w", "side", "side", githubtest.Files(map[string]string{"b": "1"})...)
	c := client{s: s, secret: s.AddToken("w", "acme/w", map[string]string{"contents": "read"})}
	for _, tt := range []struct{ basehead, want string }{
		{"v1.0.0..." + second, "200 ahead 1 0"},
		{"v1.0.0..." + first, "200 identical 0 0"},
		{second + "...v1.0.0", "200 behind 0 1"},
		{second + "..." + side, "200 diverged 1 1"},
		{"v9.0.0..." + second, "404"},
	} {
		got := c.do(t, "GET", "/repos/acme/w/compare/"+tt.basehead+"?per_page=1&page=2", "")
		text := fmt.Sprint(got.status)
		if got.status == 200 {
			text = fmt.Sprint(got.status, " ", got.member(t, "status"), " ", got.member(t, "ahead_by"), " ", got.member(t, "behind_by"))
			if base := got.member(t, "merge_base_commit.sha"); base != first {
				t.Errorf("%s: merge base %s, want %s", tt.basehead, base, first)
			}
		}
		if text != tt.want {
			t.Errorf("%s: got %s, want %s", tt.basehead, text, tt.want)
		}
	}
	c.do(t, "GET", "/repos/acme/w/compare/v1.0.0..."+second, "")
	takeWrong(t, s, "/api/v3/repos/acme/w/compare/v1.0.0..."+second+" asks for the first page of a comparison, which this stand-in does not have")
}
