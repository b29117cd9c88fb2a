package githubtest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// identity is whose credential a request carries: an App's JWT, a token, or nobody's.
type identity struct {
	app     *App
	token   *token
	refused bool // there was a credential and it is not good
}

// authenticate finds out who asks. The answer is not nil when the credential is refused.
func (s *Server) authenticate(r *http.Request) (identity, *answer) {
	secret, given := credential(r)
	if !given {
		return identity{}, nil
	}
	if strings.Count(secret, ".") == 2 && !strings.HasPrefix(secret, "ghs_") {
		app, no := s.verifyJWT(secret)
		return identity{app: app, refused: no != nil}, no
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.tokens, func(t *token) bool { return t.secret == secret })
	if at < 0 || s.tokens[at].Revoked || !s.config.Now().Before(s.tokens[at].ExpiresAt) {
		no := refusal(http.StatusUnauthorized, "Bad credentials", "")
		return identity{refused: true}, &no
	}
	return identity{token: s.tokens[at]}, nil
}

// credential reads "Bearer X", "token X" or Basic with X as the password, whatever the user name.
func credential(r *http.Request) (secret string, given bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", false
	}
	if _, password, ok := r.BasicAuth(); ok {
		return password, true
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") && !strings.EqualFold(scheme, "token") {
		return "", true
	}
	return strings.TrimSpace(secret), true
}

type claims struct {
	Issuer  string   `json:"iss"`
	Issued  *float64 `json:"iat"`
	Expires *float64 `json:"exp"`
}

const (
	badJWT     = "A JSON web token could not be decoded"
	badIssued  = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	badExpires = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
	farExpires = "'Expiration time' claim ('exp') is too far in the future"
)

// verifyJWT applies the rules of docs.github.com "Generating a JSON web token (JWT) for a GitHub App"; the texts are
// those of create-github-app-token#153, #178, github3.py#1050 and octokit/rest.js#218.
func (s *Server) verifyJWT(text string) (*App, *answer) {
	no := func(message string) (*App, *answer) {
		a := refusal(http.StatusUnauthorized, message, "")
		return nil, &a
	}
	parts := strings.Split(text, ".")
	var header struct {
		Algorithm string `json:"alg"`
	}
	var c claims
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !decodePart(parts[0], &header) || !decodePart(parts[1], &c) || header.Algorithm != "RS256" {
		return no(badJWT)
	}
	app := s.appOf(c.Issuer)
	if app == nil {
		a := refusal(http.StatusNotFound, "Integration not found", "")
		return nil, &a
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(&app.key.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return no(badJWT)
	}
	s.mu.Lock()
	now := float64(s.config.Now().Add(s.skew).Unix())
	s.mu.Unlock()
	switch longest := (10 * time.Minute).Seconds(); {
	case c.Issued == nil || *c.Issued > now:
		return no(badIssued)
	case c.Expires == nil || *c.Expires <= now:
		return no(badExpires)
	case *c.Expires > now+longest:
		return no(farExpires)
	}
	return app, nil
}

func decodePart(part string, into any) bool {
	data, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(data, into) == nil
}

func (s *Server) appOf(clientID string) *App {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.apps, func(a *App) bool { return a.ClientID == clientID })
	if at < 0 {
		return nil
	}
	return s.apps[at]
}

// permission is what a route asks for; name is empty when it asks for nothing.
type permission struct{ name, level string }

// rank orders levels; an unknown or absent one is 0.
func rank(level string) int { return 1 + slices.Index([]string{"read", "write", "admin"}, level) }

// covers reports whether the token reaches the repository at all. The caller holds s.mu.
func (t *token) covers(r *repository) bool {
	if t.Repositories == nil {
		return strings.EqualFold(t.Owner, r.owner)
	}
	return slices.ContainsFunc(t.Repositories, func(name string) bool { return strings.EqualFold(name, r.fullName()) })
}

// authorize decides whether who may use a repository; nil means yes. A private repository out of reach does not exist
// (404); a lack of permission on one in reach is 403; what is public may be read by anyone, whatever the permissions.
func (s *Server) authorize(who identity, r *repository, need permission) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var no answer
	t := who.token
	reads := need.level == "read"
	switch {
	case t == nil && who.app != nil:
		// no public source shows this answer for an App's JWT on a repository route
		no = refusal(http.StatusForbidden, notByIntegration, "")
	case t != nil && t.installation != nil && !t.installation.suspendedAt.IsZero():
		no = refusal(http.StatusForbidden, "This installation has been suspended", "")
	case r == nil, r.Private && (t == nil || !t.covers(r)):
		no = refusal(http.StatusNotFound, "Not Found", "")
	case t == nil && !reads:
		no = refusal(http.StatusUnauthorized, "Requires authentication", "")
	case reads && !r.Private:
		return nil
	case !t.covers(r), rank(t.Permissions[need.name]) < rank(need.level):
		no = refusal(http.StatusForbidden, notByIntegration, "")
	default:
		return nil
	}
	return &no
}

const notByIntegration = "Resource not accessible by integration"
