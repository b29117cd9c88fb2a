package githubtest_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// reply is an answer as a client sees it.
type reply struct {
	status int
	header http.Header
	body   string
}

// member digs into a JSON body: "content.sha", "0.name".
func (r reply) member(t *testing.T, path string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(r.body), &value); err != nil {
		t.Fatalf("body %q: %v", r.body, err)
	}
	for _, key := range strings.Split(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[key]
		case []any:
			var n int
			if _, err := fmt.Sscan(key, &n); err != nil || n >= len(v) {
				t.Fatalf("body %s has no %s", r.body, path)
			}
			value = v[n]
		default:
			t.Fatalf("body %s has no %s", r.body, path)
		}
	}
	return value
}

func (r reply) message(t *testing.T) string {
	t.Helper()
	text, _ := r.member(t, "message").(string)
	return text
}

// web keeps a connection for each of many writers.
var web = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}

type client struct {
	s      *githubtest.Server
	secret string // sent as a bearer token unless empty
	accept string
}

func (c client) do(t *testing.T, method, path, body string) reply {
	t.Helper()
	r, err := c.try(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (c client) try(method, path, body string) (reply, error) {
	request, err := http.NewRequest(method, c.s.APIURL()+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if c.secret != "" {
		request.Header.Set("Authorization", "Bearer "+c.secret)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.accept != "" {
		request.Header.Set("Accept", c.accept)
	}
	response, err := web.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(data)}, err
}

// claimSet is what a test JWT says; a nil member is left out.
type claimSet struct {
	algorithm, issuer string
	issued, expires   any
}

func goodClaims(app *githubtest.App, now time.Time) claimSet {
	return claimSet{"RS256", app.ClientID, now.Add(-time.Minute).Unix(), now.Add(9 * time.Minute).Unix()}
}

func sign(t *testing.T, keyPEM string, c claimSet) string {
	t.Helper()
	block, _ := pem.Decode([]byte(keyPEM))
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	payload := map[string]any{"iss": c.issuer}
	for name, value := range map[string]any{"iat": c.issued, "exp": c.expires} {
		if value != nil {
			payload[name] = value
		}
	}
	text := encode(map[string]string{"alg": c.algorithm, "typ": "JWT"}) + "." + encode(payload)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// asApp is a client with a good JWT of the App, at the time of newWorld.
func asApp(t *testing.T, s *githubtest.Server, app *githubtest.App) client {
	t.Helper()
	return client{s: s, secret: sign(t, app.PrivateKeyPEM(), goodClaims(app, start))}
}

// minted is a client with a token of an installation.
func minted(t *testing.T, s *githubtest.Server, in *githubtest.Installation, request string) client {
	t.Helper()
	r := asApp(t, s, in.App).do(t, "POST", fmt.Sprintf("/app/installations/%d/access_tokens", in.ID), request)
	if r.status != 201 {
		t.Fatalf("mint %s: %d %s", request, r.status, r.body)
	}
	return client{s: s, secret: r.member(t, "token").(string)}
}

// world is a server with two Apps, a public host, a private telemetry repository and a private one nobody reaches.
type world struct {
	*githubtest.Server
	engine, telemetry *githubtest.Installation
	head              string // of acme/host
}

func newWorld(t *testing.T, config githubtest.Config) world {
	t.Helper()
	if config.Now == nil {
		config.Now = func() time.Time { return start }
	}
	s := githubtest.NewWith(t, config)
	s.AddApp(githubtest.App{ClientID: "Iv23engine", Slug: "acme-bot", Permissions: map[string]string{"contents": "read", "issues": "write"}})
	s.AddApp(githubtest.App{ClientID: "Iv23telemetry", Slug: "acme-telemetry", Permissions: map[string]string{"contents": "write"}})
	s.AddRepository("acme/host", githubtest.Repository{Topics: []string{"tier-1"}})
	s.AddRepository("acme/telemetry", githubtest.Repository{Private: true})
	s.AddRepository("acme/secret", githubtest.Repository{Private: true})
	w := world{Server: s}
	w.head = s.Commit("acme/host", "main", "first", githubtest.Files(map[string]string{"README.md": "# host\n", "docs/a.md": "a", "docs/b/c.md": "c"})...)
	s.Commit("acme/telemetry", "main", "first", githubtest.File{Path: "README.md", Content: "records\n"})
	s.Commit("acme/secret", "main", "first", githubtest.File{Path: "README.md", Content: "secret\n"})
	w.engine = s.Install("Iv23engine", "acme", "acme/host", "acme/telemetry")
	w.telemetry = s.Install("Iv23telemetry", "acme", "acme/telemetry")
	return w
}

// git runs the git command without any configuration of this machine.
func git(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	command := exec.Command("git", args...)
	command.Dir = dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C",
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com",
	}
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	err := command.Run()
	return output.String(), err
}

func mustGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	output, err := git(t, dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return strings.TrimSpace(output)
}

// takeWrong demands that what was wrong with the last exchanges is want, none if that is empty.
func takeWrong(t *testing.T, s *githubtest.Server, want string) {
	t.Helper()
	if got := strings.Join(s.TakeProblems(), "\n"); got != want {
		t.Errorf("problems:\n got %s\nwant %s", got, want)
	}
}

func put(message, content string) string {
	return fmt.Sprintf(`{"message":%q,"content":%q}`, message, base64.StdEncoding.EncodeToString([]byte(content)))
}
