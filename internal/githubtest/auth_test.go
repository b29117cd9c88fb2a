package githubtest_test

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

func TestJWT_Refusals(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	engine, other := w.engine.App, w.telemetry.App
	at := func(d time.Duration) int64 { return start.Add(d).Unix() }
	const badIat = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	const badExp = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
	tests := []struct {
		name    string
		key     string
		claims  claimSet
		status  int
		message string
	}{
		{"good", engine.PrivateKeyPEM(), claimSet{"RS256", "Iv23engine", at(-time.Minute), at(9 * time.Minute)}, 200, ""},
		{"exactly ten minutes", engine.PrivateKeyPEM(), claimSet{"RS256", "Iv23engine", at(0), at(10 * time.Minute)}, 200, ""},
		{"key of another App", other.PrivateKeyPEM(), claimSet{"RS256", "Iv23engine", at(0), at(time.Minute)}, 401, "A JSON web token could not be decoded"},
		{"another algorithm", engine.PrivateKeyPEM(), claimSet{"HS256", "Iv23engine", at(0), at(time.Minute)}, 401, "A JSON web token could not be decoded"},
		{"unknown issuer", engine.PrivateKeyPEM(), claimSet{"RS256", "Iv23nobody", at(0), at(time.Minute)}, 404, "Integration not found"},
		{"too far ahead", engine.PrivateKeyPEM(), claimSet{"RS256", "Iv23engine", at(0), at(601 * time.Second)}, 401, "'Expiration time' claim ('exp') is too far in the future"},
		{"expired", engine.PrivateKeyPEM(), claimSet{"RS256", "Iv23engine", at(-time.Hour), at(0)}, 401, badExp},
		{"no exp", engine.PrivateKeyPEM(), claimSet{"RS256", "Iv23engine", at(0), nil}, 401, badExp},
		{"issued in the future", engine.PrivateKeyPEM(), claimSet{"RS256", "Iv23engine", at(time.Second), at(time.Minute)}, 401, badIat},
		{"no iat", engine.PrivateKeyPEM(), claimSet{"RS256", "Iv23engine", nil, at(time.Minute)}, 401, badIat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := client{s: w.Server, secret: sign(t, tt.key, tt.claims)}.do(t, "GET", "/repos/acme/host/installation", "")
			message := ""
			if got.status != 200 {
				message = got.message(t)
			}
			if got.status != tt.status || message != tt.message {
				t.Errorf("got %d %q, want %d %q", got.status, message, tt.status, tt.message)
			}
		})
	}
}

func TestInstallation_IsFoundOnlyWhereItIs(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	app := asApp(t, w.Server, w.engine.App)
	got := app.do(t, "GET", "/repos/acme/host/installation", "")
	for path, want := range map[string]any{
		"id": float64(w.engine.ID), "app_slug": "acme-bot", "client_id": "Iv23engine", "account.login": "acme", "repository_selection": "selected",
		"permissions": map[string]any{"contents": "read", "issues": "write", "metadata": "read"}, "suspended_at": nil,
	} {
		if have := got.member(t, path); !reflect.DeepEqual(have, want) {
			t.Errorf("%s = %v, want %v", path, have, want)
		}
	}
	for _, repository := range []string{"acme/secret", "acme/nothing"} {
		if got := app.do(t, "GET", "/repos/"+repository+"/installation", ""); got.status != 404 {
			t.Errorf("%s: %d, want 404", repository, got.status)
		}
	}
	if got := (client{s: w.Server}).do(t, "GET", "/repos/acme/host/installation", ""); got.status != 401 {
		t.Errorf("without a JWT: %d, want 401", got.status)
	}
	w.Suspend("Iv23engine", "acme")
	if got := app.do(t, "GET", "/repos/acme/host/installation", ""); got.member(t, "suspended_at") != "2026-03-01T12:00:00Z" {
		t.Errorf("suspended: %s", got.body)
	}
}

func TestMint(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	own := fmt.Sprintf("/app/installations/%d/access_tokens", w.engine.ID)
	const noRepository = "There is at least one repository that does not exist or is not accessible to the parent installation."
	const noPermission = "The permissions requested are not granted to this installation."
	tests := []struct {
		name, path, body string
		status           int
		message          string
		want             githubtest.Token
		wrong            string // with the request
	}{
		{"everything", own, ``, 201, "", githubtest.Token{
			Repositories: []string{"acme/host", "acme/telemetry"}, Permissions: map[string]string{"contents": "read", "issues": "write", "metadata": "read"}}, ""},
		{"one repository, some permissions", own, `{"repositories":["host"],"permissions":{"issues":"read"}}`, 201, "", githubtest.Token{
			Repositories: []string{"acme/host"}, Permissions: map[string]string{"issues": "read", "metadata": "read"}}, ""},
		{"by id", own, `{"repository_ids":[1002]}`, 201, "", githubtest.Token{
			Repositories: []string{"acme/telemetry"}, Permissions: map[string]string{"contents": "read", "issues": "write", "metadata": "read"}}, ""},
		{"repository out of the installation", own, `{"repositories":["secret"]}`, 422, noRepository, githubtest.Token{}, ""},
		{"unknown repository id", own, `{"repository_ids":[1]}`, 422, noRepository, githubtest.Token{}, ""},
		{"full name", own, `{"repositories":["acme/host"]}`, 422, noRepository, githubtest.Token{}, ""},
		{"level above the grant", own, `{"permissions":{"contents":"write"}}`, 422, noPermission, githubtest.Token{}, ""},
		{"permission not granted", own, `{"permissions":{"actions":"read"}}`, 422, noPermission, githubtest.Token{}, ""},
		{"level that is none", own, `{"permissions":{"contents":"reed"}}`, 422, noPermission, githubtest.Token{},
			`POST /app/installations/501/access_tokens (422): request: permissions.contents: value is not one of the allowed values ["read","write"] [openapi]`},
		{"installation of another App", fmt.Sprintf("/app/installations/%d/access_tokens", w.telemetry.ID), `{}`, 404, "Not Found", githubtest.Token{}, ""},
		{"no such installation", "/app/installations/9/access_tokens", `{}`, 404, "Not Found", githubtest.Token{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := asApp(t, w.Server, w.engine.App).do(t, "POST", tt.path, tt.body)
			takeWrong(t, w.Server, tt.wrong)
			if got.status != tt.status {
				t.Fatalf("got %d %s, want %d", got.status, got.body, tt.status)
			}
			if tt.status != 201 {
				if m := got.message(t); m != tt.message {
					t.Errorf("message %q, want %q", m, tt.message)
				}
				return
			}
			all := w.Tokens()
			tt.want.ID, tt.want.App, tt.want.Owner, tt.want.ExpiresAt = len(all), "acme-bot", "acme", start.Add(time.Hour)
			if have := all[len(all)-1]; !reflect.DeepEqual(have, tt.want) {
				t.Errorf("token %+v, want %+v", have, tt.want)
			}
			if got.member(t, "expires_at") != "2026-03-01T13:00:00Z" {
				t.Errorf("expires_at %v", got.member(t, "expires_at"))
			}
		})
	}
}

func TestMint_NotForASuspendedInstallation(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	w.Suspend("Iv23engine", "acme")
	path := fmt.Sprintf("/app/installations/%d/access_tokens", w.engine.ID)
	if got := asApp(t, w.Server, w.engine.App).do(t, "POST", path, `{}`); got.status != 403 || got.message(t) != "This installation has been suspended" {
		t.Errorf("suspended: %d %s", got.status, got.body)
	}
}

func TestScope_IsEnforced(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	writer := minted(t, w.Server, w.telemetry, `{"repositories":["telemetry"],"permissions":{"contents":"write","metadata":"read"}}`)
	reader := minted(t, w.Server, w.telemetry, `{"repositories":["telemetry"],"permissions":{"contents":"read"}}`)
	metadata := minted(t, w.Server, w.telemetry, `{"repositories":["telemetry"],"permissions":{"metadata":"read"}}`)
	host := minted(t, w.Server, w.engine, `{"repositories":["host"]}`)
	workflow := client{s: w.Server, secret: w.AddToken("workflow", "acme/host", map[string]string{"contents": "write"})}
	tests := []struct {
		name         string
		as           client
		method, path string
		status       int
		message      string
		accepted     string // x-accepted-github-permissions
	}{
		{"anonymous reads public", client{s: w.Server}, "GET", "/repos/acme/host/contents/README.md", 200, "", ""},
		{"anonymous sees no private repository", client{s: w.Server}, "GET", "/repos/acme/telemetry", 404, "Not Found", ""},
		{"anonymous writes", client{s: w.Server}, "PUT", "/repos/acme/host/contents/x", 401, "Requires authentication", ""},
		{"unknown token", client{s: w.Server, secret: "ghs_nope"}, "GET", "/repos/acme/host", 401, "Bad credentials", ""},
		{"writer writes", writer, "PUT", "/repos/acme/telemetry/contents/x", 201, "", "contents=write"},
		{"reader reads", reader, "GET", "/repos/acme/telemetry/contents/README.md", 200, "", "contents=read"},
		{"reader writes", reader, "PUT", "/repos/acme/telemetry/contents/y", 403, "Resource not accessible by integration", "contents=write"},
		{"metadata only sees the repository", metadata, "GET", "/repos/acme/telemetry", 200, "", "metadata=read"},
		{"metadata only reads a file", metadata, "GET", "/repos/acme/telemetry/contents/README.md", 403, "Resource not accessible by integration", "contents=read"},
		{"writer reads another private repository", writer, "GET", "/repos/acme/secret", 404, "Not Found", "metadata=read"},
		{"writer writes another private repository", writer, "PUT", "/repos/acme/secret/contents/x", 404, "Not Found", "contents=write"},
		{"writer writes a public repository out of reach", writer, "PUT", "/repos/acme/host/contents/x", 403, "Resource not accessible by integration", "contents=write"},
		{"token of host reads telemetry", host, "GET", "/repos/acme/telemetry/git/ref/heads/main", 404, "Not Found", "contents=read"},
		{"workflow token writes its repository", workflow, "PUT", "/repos/acme/host/contents/x", 201, "", "contents=write"},
		{"workflow token reads telemetry", workflow, "GET", "/repos/acme/telemetry", 404, "Not Found", "metadata=read"},
		{"JWT on a repository", asApp(t, w.Server, w.engine.App), "GET", "/repos/acme/telemetry", 403, "Resource not accessible by integration", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := ""
			if tt.method == "PUT" {
				body = put("m", "x")
			}
			got := tt.as.do(t, tt.method, tt.path, body)
			message := ""
			if got.status >= 400 {
				message = got.message(t)
			}
			if accepted := got.header.Get("X-Accepted-GitHub-Permissions"); got.status != tt.status || message != tt.message || accepted != tt.accepted {
				t.Errorf("got %d %q %q, want %d %q %q", got.status, message, accepted, tt.status, tt.message, tt.accepted)
			}
		})
	}
}

func TestToken_EndsWith(t *testing.T) {
	tests := []struct {
		name    string
		end     func(t *testing.T, w world, c client, clock *atomic.Int64)
		status  int
		message string
	}{
		{"an hour", func(_ *testing.T, _ world, _ client, clock *atomic.Int64) { clock.Store(int64(time.Hour)) }, 401, "Bad credentials"},
		{"revoking", func(t *testing.T, _ world, c client, _ *atomic.Int64) {
			if got := c.do(t, "DELETE", "/installation/token", ""); got.status != 204 {
				t.Errorf("revoke: %d", got.status)
			}
		}, 401, "Bad credentials"},
		{"uninstalling", func(_ *testing.T, w world, _ client, _ *atomic.Int64) { w.Uninstall("Iv23telemetry", "acme") }, 401, "Bad credentials"},
		{"suspending", func(_ *testing.T, w world, _ client, _ *atomic.Int64) { w.Suspend("Iv23telemetry", "acme") }, 403, "This installation has been suspended"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var clock atomic.Int64
			w := newWorld(t, githubtest.Config{Now: func() time.Time { return start.Add(time.Duration(clock.Load())) }})
			c := minted(t, w.Server, w.telemetry, `{}`)
			if got := c.do(t, "GET", "/repos/acme/telemetry", ""); got.status != 200 {
				t.Fatalf("before: %d %s", got.status, got.body)
			}
			tt.end(t, w, c, &clock)
			if got := c.do(t, "GET", "/repos/acme/telemetry", ""); got.status != tt.status || got.message(t) != tt.message {
				t.Errorf("after: %d %s", got.status, got.body)
			}
		})
	}
}
