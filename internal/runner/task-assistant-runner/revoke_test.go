package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// living returns how many of the tokens that the stand-in has minted still open something.
func (l *lab) living() int {
	n := 0
	for _, token := range l.server.Tokens() {
		if !token.Revoked {
			n++
		}
	}
	return n
}

// TestTokens_EndWithTheirVerb: each verb takes its own tokens with it, also where it fails.
func TestTokens_EndWithTheirVerb(t *testing.T) {
	tests := []struct {
		name, verb string
		change     func(*lab)
		code       int
		minted     int
	}{
		{"preflight", "preflight", func(*lab) {}, 0, 2},
		{"preflight that fails", "preflight", func(l *lab) { l.env["PROBLEM"] = "x" }, 1, 2},
		{"emit", "emit", func(*lab) {}, 0, 1},
		{"emit that GitHub refuses", "emit", func(l *lab) {
			l.jam = func(*http.Request) *githubtest.Response {
				return &githubtest.Response{Status: 409, Body: `{"message":"Repository rule violations found"}`}
			}
		}, 1, 1},
		{"authorize that cannot seal", "authorize", func(l *lab) { l.env["HANDOVER_KEY"] = "x" }, 1, 1},
		{"authorize that cannot hand over", "authorize", func(l *lab) { delete(l.env, "GITHUB_OUTPUT") }, 1, 1},
		{"verdict", "verdict", func(*lab) {}, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			l.jam = nil
			needs, err := json.Marshal(ran("config-push", map[string]need{"validate": good}))
			if err != nil {
				t.Fatal(err)
			}
			l.env["NEEDS"] = string(needs)
			l.handOver(packText(t, `{"summary":"done"}`), "1")
			tt.change(l)
			got := l.run(tt.verb)
			expect(t, "code", got.code, tt.code)
			expect(t, "minted", len(l.server.Tokens()), tt.minted)
			expect(t, "living", l.living(), 0)
			if strings.Contains(got.log, "::notice::a token") {
				t.Errorf("log: %s", got.log)
			}
		})
	}
}

// TestTokens_OfTheEngineEndWithItsSteps: what authorize hands over opens for the engine's steps, and for nobody behind
// the step that revokes it.
func TestTokens_OfTheEngineEndWithItsSteps(t *testing.T) {
	l := newLab(t)
	sealed := l.run("authorize")
	expect(t, "code of authorize", sealed.code, 0)
	expect(t, "living for the engine", l.living(), 1)
	l.env["SEALED"] = sealed.outputs["sealed"]
	token := l.run("unseal").outputs["token"]
	expect(t, "status for the engine", l.status(token), 200)

	l.env["GH_TOKEN"], l.env["TELEMETRY_TOKEN"] = token, ""
	for range 2 { // a step that runs again finds nothing to do
		got := l.run("revoke")
		expect(t, "code, log", []any{got.code, got.log}, []any{0, ""})
	}
	expect(t, "status behind", l.status(token), 401)
}

// status asks for the target with a token.
func (l *lab) status(token string) int {
	l.t.Helper()
	r, err := http.NewRequest(http.MethodGet, l.server.APIURL()+"/repos/"+target, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// TestTokens_ThatStay: where GitHub does not revoke a token the verb ends as it would have, and says it once.
func TestTokens_ThatStay(t *testing.T) {
	refuse := func(status int) func(*http.Request) *githubtest.Response {
		return func(r *http.Request) *githubtest.Response {
			if r.Method != http.MethodDelete {
				return nil
			}
			return &githubtest.Response{Status: status, Body: `{"message":"x\n::error::y"}`}
		}
	}
	tests := []struct {
		name, verb string
		answer     func(*http.Request) *githubtest.Response
		log        string
	}{
		{"emit", "emit", refuse(502), "::notice::a token of this job ends within the hour, and not now: DELETE /installation/token: GitHub answered 502: x; ::error::y\n"},
		{"emit, limited", "emit", refuse(429), "::notice::a token of this job ends within the hour, and not now: DELETE /installation/token: GitHub answered 429"},
		{"revoke", "revoke", refuse(403), "::notice::the token GH_TOKEN ends within the hour, and not now: DELETE /installation/token: GitHub answered 403: x; ::error::y\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			l.jam = nil
			l.server.Intercept(tt.answer)
			l.handOver(packText(t, `{"summary":"done"}`), "1")
			l.env["GH_TOKEN"] = "ghs_x"
			got := l.run(tt.verb)
			expect(t, "code", got.code, 0)
			if strings.Count(got.log, "\n") > 3 || !strings.Contains(got.log, tt.log) {
				t.Errorf("log: got %q, want %q in it", got.log, tt.log)
			}
		})
	}
}

// TestTokens_AreNotWaitedFor: a GitHub that does not answer keeps no job.
func TestTokens_AreNotWaitedFor(t *testing.T) {
	l := newLab(t)
	l.server.Intercept(func(r *http.Request) *githubtest.Response {
		if r.Method == http.MethodDelete {
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Second):
			}
		}
		return nil
	})
	l.env["GH_TOKEN"] = "ghs_x"
	began := time.Now()
	expect(t, "code", l.run("revoke").code, 0)
	if waited := time.Since(began); waited > 10*time.Second {
		t.Errorf("waited %s", waited)
	}
}

func TestRevoke_NeedsAnAPI(t *testing.T) {
	w := newWorld(t)
	delete(w.env, "GITHUB_API_URL")
	expect(t, "code", w.run("revoke").code, 2)
}
