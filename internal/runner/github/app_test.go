package github

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestApp_TakesKeysOfBothForms(t *testing.T) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(testKey())
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecBytes, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, data []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
	}
	tests := []struct{ name, key, err string }{
		{"PKCS#1", pkcs1(testKey()), ""},
		{"PKCS#8", block("PRIVATE KEY", pkcs8), ""},
		{"empty", " \n", "is empty: give this repository the secret"},
		{"no PEM", "SECRETTEXT", "is not PEM"},
		{"cut PEM", pkcs1(testKey())[:200], "is not PEM"},
		{"PEM of garbage", block("RSA PRIVATE KEY", []byte("SECRETTEXT")), "is not an RSA key"},
		{"elliptic curve", block("PRIVATE KEY", ecBytes), "is not an RSA key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New("http://127.0.0.1", nil).App(Credentials{"Iv1", "acme-app", tt.key})
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error: got %v, want one that holds %q", err, tt.err)
			}
			if err != nil && (strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), "MII")) {
				t.Errorf("the error repeats the key: %v", err)
			}
		})
	}
}

const answerFormat = `{"token":"ghs_minted","expires_at":"2027-01-15T09:00:00Z","permissions":%s,"repository_selection":%q,"repositories":%s}`

func TestMint_DemandsExactlyTheScope(t *testing.T) {
	const perms, repos = `{"contents":"write","metadata":"read"}`, `[{"full_name":"Acme/telemetry"}]`
	install := says(200, `{"id":77,"permissions":{"contents":"write","issues":"write"}}`)
	tests := []struct {
		name   string
		answer reply
		err    string
	}{
		{"exact", says(201, fmt.Sprintf(answerFormat, perms, "selected", repos)), ""},
		{"wider permission", says(201, fmt.Sprintf(answerFormat, `{"contents":"write","metadata":"read","issues":"write"}`, "selected", repos)), "it has the permissions"},
		{"narrower permission", says(201, fmt.Sprintf(answerFormat, `{"contents":"read","metadata":"read"}`, "selected", repos)), "it has the permissions"},
		{"all repositories", says(201, fmt.Sprintf(answerFormat, perms, "all", `null`)), "it reaches 0 repositories"},
		{"one repository of a selection of all", says(201, fmt.Sprintf(answerFormat, perms, "all", repos)), `selection "all"`},
		{"two repositories", says(201, fmt.Sprintf(answerFormat, perms, "selected", `[{"full_name":"acme/telemetry"},{"full_name":"acme/b"}]`)), "it reaches 2 repositories"},
		{"another repository", says(201, fmt.Sprintf(answerFormat, perms, "selected", `[{"full_name":"acme/b"}]`)), "it is for acme/b"},
		{"no token", says(201, `{}`), "it has no text"},
		{"not granted", refuses(422, "The permissions requested are not granted to this installation."), "are not granted"},
		{"bad JWT", refuses(401, "A JSON web token could not be decoded"), "answered 401"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := newScript(t, install, tt.answer)
			token, err := c.Mint(context.Background(), Credentials{"Iv1", "acme-app", pkcs1(testKey())}, Scope{Repository: "acme/telemetry", Permissions: map[string]string{"metadata": "read", "contents": "write"}})
			check(t, "requests", s.requests, []string{"GET /repos/acme/telemetry/installation", "POST /app/installations/77/access_tokens"})
			check(t, "body", s.bodies[1], `{"permissions":{"contents":"write","metadata":"read"},"repositories":["telemetry"]}`)
			if strings.Contains(tt.err, "it ") && tt.name != "no token" {
				check(t, "masked", s.masked, []string{"ghs_minted"})
			}
			if tt.err != "" {
				check(t, "token", token, Token{})
				if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "ghs_") {
					t.Errorf("error: got %v, want one that holds %q and no token", err, tt.err)
				}
				return
			}
			check(t, "error", err, nil)
			check(t, "token", token, Token{Value: "ghs_minted", Expires: time.Date(2027, 1, 15, 9, 0, 0, 0, time.UTC)})
			check(t, "masked", s.masked, []string{"ghs_minted"})
		})
	}
}

func TestMint_IsRepeated(t *testing.T) {
	s, c := newScript(t, says(502, ""), says(200, `{"id":7}`), hangsUp(""),
		says(201, fmt.Sprintf(answerFormat, `{"metadata":"read"}`, "selected", `[{"full_name":"acme/a"}]`)))
	_, err := c.Mint(context.Background(), Credentials{"Iv1", "acme-app", pkcs1(testKey())}, Scope{Repository: "acme/a", Permissions: map[string]string{"metadata": "read"}})
	check(t, "error", err, nil)
	check(t, "requests", len(s.requests), 4)
	check(t, "sleeps", s.sleeps, secs(0.5, 0.5))
}

func TestJWT_IsSignedAndShort(t *testing.T) {
	_, c := newScript(t)
	app, err := c.App(Credentials{"Iv1", "acme-app", pkcs1(testKey())})
	if err != nil {
		t.Fatal(err)
	}
	jwt, err := app.jwt()
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(jwt, ".")
	check(t, "header", decode(t, parts[0]), `{"alg":"RS256","typ":"JWT"}`)
	check(t, "claims", decode(t, parts[1]), `{"iat":1799999940,"exp":1800000540,"iss":"Iv1"}`)
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(&testKey().PublicKey, crypto.SHA256, sum[:], []byte(decode(t, parts[2]))); err != nil {
		t.Errorf("signature: %v", err)
	}
}

func decode(t *testing.T, s string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestMint_OutlastsALimit: no JWT lives as long as a limit may last, so every try has its own.
func TestMint_OutlastsALimit(t *testing.T) {
	s, c := newScript(t, says(200, `{"id":7}`), refuses(403, slow), refuses(403, slow),
		says(201, fmt.Sprintf(answerFormat, `{"metadata":"read"}`, "selected", `[{"full_name":"acme/a"}]`)))
	_, err := c.Mint(context.Background(), Credentials{ClientID: "Iv1", Key: pkcs1(testKey())}, Scope{Repository: "acme/a", Permissions: map[string]string{"metadata": "read"}})
	check(t, "error", err, nil)
	check(t, "sleeps", s.sleeps, secs(90, 150))
	var claims []string
	for _, token := range s.tokens {
		claims = append(claims, decode(t, strings.Split(token, ".")[1]))
	}
	check(t, "claims", claims, []string{
		`{"iat":1799999940,"exp":1800000540,"iss":"Iv1"}`, `{"iat":1799999940,"exp":1800000540,"iss":"Iv1"}`,
		`{"iat":1800000030,"exp":1800000630,"iss":"Iv1"}`, `{"iat":1800000180,"exp":1800000780,"iss":"Iv1"}`,
	})
}
