package github

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// Credentials are what makes one act as a GitHub App.
type Credentials struct {
	ClientID string
	// Slug is how people know the App; messages name it.
	Slug string
	// Key is the private key in PEM, PKCS#1 or PKCS#8.
	Key string
}

// App is a GitHub App with its private key.
type App struct {
	client *Client
	of     Credentials
	key    *rsa.PrivateKey
}

// App returns the App of these credentials. No error repeats the key.
func (c *Client) App(of Credentials) (*App, error) {
	key, err := parseKey(of.Key)
	if err != nil {
		return nil, fmt.Errorf("the private key of the GitHub App %s %w", of.Slug, err)
	}
	return &App{client: c, of: of, key: key}, nil
}

func parseKey(text string) (*rsa.PrivateKey, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("is empty: give this repository the secret, or pass it on in the stub")
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("is not PEM: store the whole file that GitHub made, with its BEGIN and END lines")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, errors.New("is not an RSA key in PKCS#1 or PKCS#8: store the file that GitHub made")
	}
	return key, nil
}

// Installation is an App's installation as it sees one repository.
type Installation struct {
	ID int64 `json:"id"`
	// SuspendedAt is nil unless the owner suspended the installation.
	SuspendedAt *time.Time `json:"suspended_at"`
	// Permissions are those that the owner granted, by name: "read", "write" or "admin".
	Permissions map[string]string `json:"permissions"`
}

// Installation returns the App's installation on repository (owner/name); see [IsNotFound].
func (a *App) Installation(ctx context.Context, repository string) (Installation, error) {
	var in Installation
	r := request{method: http.MethodGet, path: "/repos/" + escape(repository) + "/installation", app: a}
	err := a.client.call(ctx, a.client.patience(readBudget), r, &in)
	return in, err
}

// Scope is what a token may do, and where.
type Scope struct {
	// Repository is the one owner/name.
	Repository  string
	Permissions map[string]string
}

// Token is an installation token.
type Token struct {
	Value   string
	Expires time.Time
	// Repository is the one that the token reaches, as GitHub described it when it minted the token.
	Repository Repository
}

// Mint finds an App's installation on the scope's repository and mints a token there; see [App.MintAt].
func (c *Client) Mint(ctx context.Context, of Credentials, scope Scope) (Token, error) {
	a, err := c.App(of)
	if err != nil {
		return Token{}, err
	}
	in, err := a.Installation(ctx, scope.Repository)
	if err != nil {
		return Token{}, fmt.Errorf("the GitHub App %s cannot be found on %s: %w", of.Slug, scope.Repository, err)
	}
	return a.MintAt(ctx, in, scope)
}

// MintAt mints a token of exactly that scope at an installation. It returns no token that can do less or
// more than was asked for.
func (a *App) MintAt(ctx context.Context, in Installation, scope Scope) (Token, error) {
	_, name, _ := strings.Cut(scope.Repository, "/")
	body, err := json.Marshal(map[string]any{"repositories": []string{name}, "permissions": scope.Permissions})
	if err != nil {
		return Token{}, fmt.Errorf("cannot encode the request for a token: %w", err)
	}
	r := request{method: http.MethodPost, path: fmt.Sprintf("/app/installations/%d/access_tokens", in.ID), app: a, body: body}
	var m minted
	if err := a.client.call(ctx, a.client.patience(readBudget), r, &m); err != nil {
		return Token{}, fmt.Errorf("no token for %s: %w", scope.Repository, err)
	}
	a.client.Mask(m.Token)
	if m.Token != "" { // one that is not as asked for must be revoked most of all
		a.client.minted = append(a.client.minted, m.Token)
	}
	if err := m.check(scope); err != nil {
		return Token{}, fmt.Errorf("the token that GitHub minted is not the one asked for: %w", err)
	}
	return Token{Value: m.Token, Expires: m.ExpiresAt, Repository: m.Repositories[0].Repository}, nil
}

// minted is GitHub's answer to a request for a token.
type minted struct {
	Token        string            `json:"token"`
	ExpiresAt    time.Time         `json:"expires_at"`
	Permissions  map[string]string `json:"permissions"`
	Selection    string            `json:"repository_selection"`
	Repositories []struct {
		FullName string `json:"full_name"`
		Repository
	} `json:"repositories"`
}

func (m minted) check(scope Scope) error {
	switch {
	case m.Token == "" || m.ExpiresAt.IsZero():
		return errors.New("it has no text or no end")
	case !maps.Equal(m.Permissions, scope.Permissions):
		return fmt.Errorf("it has the permissions %v, expected %v", m.Permissions, scope.Permissions)
	case m.Selection != "selected" || len(m.Repositories) != 1:
		return fmt.Errorf("it reaches %d repositories, selection %q, expected %s alone", len(m.Repositories), m.Selection, scope.Repository)
	case !strings.EqualFold(m.Repositories[0].FullName, scope.Repository):
		return fmt.Errorf("it is for %s, expected %s", m.Repositories[0].FullName, scope.Repository)
	}
	return nil
}

// jwt returns a token of the App itself, good for nine minutes. It starts a minute ago, since clocks differ.
func (a *App) jwt() (string, error) {
	now := a.client.Now()
	claims, err := json.Marshal(struct {
		IssuedAt int64  `json:"iat"`
		Expires  int64  `json:"exp"`
		Issuer   string `json:"iss"`
	}{now.Add(-time.Minute).Unix(), now.Add(9 * time.Minute).Unix(), a.of.ClientID})
	if err != nil {
		return "", fmt.Errorf("cannot encode the claims of the GitHub App %s: %w", a.of.Slug, err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	signature, err := a.Sign([]byte(text))
	if err != nil {
		return "", err
	}
	return text + "." + encode(signature), nil
}

// Sign returns the App's RS256 signature of text.
func (a *App) Sign(text []byte) ([]byte, error) {
	sum := sha256.Sum256(text)
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, fmt.Errorf("cannot sign as the GitHub App %s: %w", a.of.Slug, err)
	}
	return signature, nil
}

// PublicKey returns the key with which others check what the App signs.
func (a *App) PublicKey() *rsa.PublicKey { return &a.key.PublicKey }
