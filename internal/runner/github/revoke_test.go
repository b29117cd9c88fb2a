package github

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestRevoke_AsksOnce(t *testing.T) {
	tests := []struct {
		name   string
		answer reply
		err    string
	}{
		{"revoked", says(204, ""), ""},
		{"not known any more", refuses(401, "Bad credentials"), ""},
		{"out of order", says(502, ""), "DELETE /installation/token: GitHub answered 502"},
		{"limited", refuses(403, "You have exceeded a secondary rate limit"), "answered 403"},
		{"no answer", hangsUp(""), "no usable answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := newScript(t, tt.answer)
			err := c.Revoke(context.Background(), "ghs_minted")
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error: got %v, want one that holds %q", err, tt.err)
			}
			check(t, "requests", s.requests, []string{"DELETE /installation/token"})
			check(t, "tokens", s.tokens, []string{"Bearer ghs_minted"})
			check(t, "sleeps", len(s.sleeps), 0)
		})
	}
}

func TestRevokeMinted(t *testing.T) {
	const repos = `[{"full_name":"acme/a"}]`
	install := says(200, `{"id":7}`)
	mint := says(201, fmt.Sprintf(answerFormat, `{"metadata":"read"}`, "selected", repos))
	wider := says(201, fmt.Sprintf(answerFormat, `{"contents":"write","metadata":"read"}`, "selected", repos))
	limit := refuses(403, "You have exceeded a secondary rate limit")
	tests := []struct {
		name    string
		replies []reply
		change  func(*Client)
		revoked int
	}{
		{"one", []reply{install, mint, says(204, "")}, func(*Client) {}, 1},
		{"one that is not as asked for", []reply{install, wider, says(204, "")}, func(*Client) {}, 1},
		{"none was minted", []reply{says(404, "")}, func(*Client) {}, 0},
		{"one without text", []reply{install, says(201, `{}`)}, func(*Client) {}, 0},
		{"handed on", []reply{install, mint}, (*Client).HandOn, 0},
		{"GitHub limits requests", []reply{limit, install, mint}, func(*Client) {}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := newScript(t, tt.replies...)
			if tt.name == "GitHub limits requests" {
				_, _ = c.Repository(context.Background(), "x", "acme/a")
			}
			_, _ = c.Mint(context.Background(), Credentials{"Iv1", "acme-app", pkcs1(testKey())}, Scope{Repository: "acme/a", Permissions: map[string]string{"metadata": "read"}})
			tt.change(c)
			for range 2 { // the second time there is none left
				check(t, "error", c.RevokeMinted(context.Background()), nil)
			}
			check(t, "revoked", strings.Count(strings.Join(s.requests, "\n"), "DELETE /installation/token"), tt.revoked)
		})
	}
}
