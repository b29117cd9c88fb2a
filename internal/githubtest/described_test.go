package githubtest_test

import (
	"net/http"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// TestOpenAPI_JudgesBothWays: what the description does not know fails a test, whether a client sent it or the stand-in.
func TestOpenAPI_JudgesBothWays(t *testing.T) {
	const path = "/repos/acme/telemetry/contents/x"
	tests := []struct {
		name, body string
		made       *githubtest.Response
		want       string
	}{
		{"both right", put("m", "x"), nil, ""},
		{"a request", `{"message":1,"content":"eA=="}`, &githubtest.Response{Status: 409, Body: `{"message":"is at a but expected b"}`},
			"PUT " + path + " (409): request: message: value must be a string [openapi]"},
		{"an answer", put("m", "x"), &githubtest.Response{Status: 201, Body: `{"content":null}`}, "PUT " + path + " (201): response: commit: property \"commit\" is missing [openapi]"},
		{"an answer that is broken by purpose", put("m", "x"), &githubtest.Response{Status: 201, Broken: true}, ""},
		{"a good answer said to be broken", put("m", "x"), &githubtest.Response{Status: 409, Body: `{"message":"is at a but expected b"}`, Broken: true},
			"PUT " + path + " (409): response: it is said to be broken, and is a good answer [openapi]"},
		{"a request without an answer", `{"message":"m"}`, &githubtest.Response{HangUp: true}, "PUT " + path + " (0): request: content: property \"content\" is missing [openapi]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, githubtest.Config{})
			c := minted(t, w.Server, w.telemetry, ``)
			w.Intercept(func(*http.Request) *githubtest.Response { return tt.made })
			_, err := c.try("PUT", path, tt.body)
			if hungUp := tt.made != nil && tt.made.HangUp; (err != nil) != hungUp {
				t.Fatal(err)
			}
			takeWrong(t, w.Server, tt.want)
		})
	}
}
