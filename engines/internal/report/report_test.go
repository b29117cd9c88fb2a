package report

import (
	"bytes"
	"testing"

	"github.com/task-assistant/tasc/engines/internal/result"
)

func TestCheck_IsOneCommand(t *testing.T) {
	for name, c := range map[string]struct {
		in   result.Check
		want string
	}{
		"pass":            {result.Check{ID: "config", Outcome: result.Pass, Details: "it is valid"}, "::notice title=config::it is valid\n"},
		"warning":         {result.Check{ID: "config", Outcome: result.Warn, Details: "it is old"}, "::warning title=config::it is old\n"},
		"failure":         {result.Check{ID: "config", Outcome: result.Fail, Details: "it is wrong"}, "::error title=config::it is wrong\n"},
		"unknown outcome": {result.Check{ID: "config", Outcome: "x", Details: "a"}, "::error title=config::a\n"},
		"old command":     {result.Check{ID: "a", Outcome: result.Fail, Details: "##[add-mask]1%0Azz"}, "::error title=a::##[add-mask]1%250Azz\n"},
		"new command":     {result.Check{ID: "a", Outcome: result.Fail, Details: "x\r\n::add-mask::1\n"}, "::error title=a::x%0D%0A::add-mask::1%0A\n"},
		"title":           {result.Check{ID: "a:b,c::d%3A\n", Outcome: result.Pass, Details: "e"}, "::notice title=a%3Ab%2Cc%3A%3Ad%253A%0A::e\n"},
		"nothing":         {result.Check{Outcome: result.Pass}, "::notice title=::\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			Check(&b, c.in)
			if b.String() != c.want {
				t.Errorf("got %q, want %q", b.String(), c.want)
			}
		})
	}
}

func TestError_IsOneCommand(t *testing.T) {
	var b bytes.Buffer
	Error(&b, "100%\n##[add-mask]1\r::add-mask::2")
	if want := "::error::100%25%0A##[add-mask]1%0D::add-mask::2\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
