package githubtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest/bare"
)

// App is a GitHub App. Permissions is what its installations grant, e.g. {"contents": "write"}; like GitHub the
// stand-in adds {"metadata": "read"}.
type App struct {
	ClientID, Slug string
	Permissions    map[string]string

	id  int
	key *rsa.PrivateKey
}

// Repository is how a repository is made. DefaultBranch is "main" when empty.
type Repository struct {
	Private, Archived, Disabled, Fork, IsTemplate bool
	Topics                                        []string
	DefaultBranch                                 string
}

type repository struct {
	Repository
	planning
	id          int
	owner, name string
	git         *bare.Repository
	commits     int        // made by Commit, which gives each a minute of its own
	committing  sync.Mutex // held by the one PUT contents that writes, so that the others lose cheaply
	formerly    []string   // full names that it had before
	rulesets    []Ruleset
	lag         int // see Lag
	stale       replica
}

func (r *repository) fullName() string { return r.owner + "/" + r.name }

// Installation is an App on the repositories of one owner.
type Installation struct {
	ID           int
	App          *App
	Owner        string
	Repositories []string // full names; nil: every repository of the owner

	suspendedAt time.Time
}

type token struct {
	Token
	secret       string
	installation *Installation // nil for AddToken
}

// keyPool keeps RSA keys for the life of the process: generating one costs a tenth of a second, a test run makes
// hundreds of Apps, and a committed key would be a secret in the source. The n-th App of every server gets key n.
type keyPool struct {
	mu   sync.Mutex
	keys []*rsa.PrivateKey
}

var keys keyPool // a cache of values without meaning; nothing a caller can see depends on it

func (p *keyPool) key(n int) (*rsa.PrivateKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.keys) <= n {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		p.keys = append(p.keys, key)
	}
	return p.keys[n], nil
}

// AddApp registers an App and gives it a key. The App returned is the one to ask for PrivateKeyPEM.
func (s *Server) AddApp(app App) *App {
	s.mu.Lock()
	defer s.mu.Unlock()
	app.id = 1 + len(s.apps)
	key, err := keys.key(len(s.apps))
	s.check(err)
	app.key = key
	app.Permissions = maps.Clone(app.Permissions)
	if app.Permissions == nil {
		app.Permissions = map[string]string{}
	}
	if app.Permissions["metadata"] == "" {
		app.Permissions["metadata"] = "read"
	}
	s.apps = append(s.apps, &app)
	return &app
}

// PrivateKeyPEM returns the App's key as GitHub hands it out: PEM, PKCS#1.
func (a *App) PrivateKeyPEM() string {
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(a.key)}
	return string(pem.EncodeToMemory(block))
}

// AddRepository makes an empty repository; fullName is owner/name.
func (s *Server) AddRepository(fullName string, settings Repository) {
	owner, name, ok := strings.Cut(fullName, "/")
	if !ok || owner == "" || name == "" || strings.ContainsAny(name, "/\\") {
		s.fail(fmt.Errorf("repository %q: expected owner/name", fullName))
	}
	if settings.DefaultBranch == "" {
		settings.DefaultBranch = "main"
	}
	settings.Topics = slices.Clone(settings.Topics)
	s.mu.Lock()
	defer s.mu.Unlock()
	git, err := bare.Init(filepath.Join(s.root, owner, name+".git"), settings.DefaultBranch)
	s.check(err)
	s.accountID(owner)
	s.repositories = append(s.repositories, &repository{Repository: settings, id: 1001 + len(s.repositories), owner: owner, name: name, git: git})
}

// Install puts the App on the named repositories of owner, or on all of them when none is named.
func (s *Server) Install(clientID, owner string, repositories ...string) *Installation {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.apps, func(a *App) bool { return a.ClientID == clientID })
	if at < 0 {
		s.check(fmt.Errorf("install: no App has the client id %q", clientID))
	}
	for _, name := range repositories {
		if r := s.find(name); r == nil || !strings.EqualFold(r.owner, owner) {
			s.check(fmt.Errorf("install: repository %q of %s: expected the full name of one made by AddRepository", name, owner))
		}
	}
	s.accountID(owner)
	in := &Installation{ID: 501 + len(s.installations), App: s.apps[at], Owner: owner, Repositories: slices.Clone(repositories)}
	s.installations = append(s.installations, in)
	return in
}

// Uninstall takes the App off owner and revokes the tokens of that installation.
func (s *Server) Uninstall(clientID, owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gone := s.installation(clientID, owner)
	s.installations[gone.ID-501] = nil
	for _, t := range s.tokens {
		t.Revoked = t.Revoked || t.installation == gone
	}
}

// Suspend makes the installation of the App on owner useless without removing it.
func (s *Server) Suspend(clientID, owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.installation(clientID, owner).suspendedAt = s.config.Now()
}

// installation fails the test when there is none. The caller holds s.mu.
func (s *Server) installation(clientID, owner string) *Installation {
	for _, in := range s.installations {
		if in != nil && in.App.ClientID == clientID && strings.EqualFold(in.Owner, owner) {
			return in
		}
	}
	s.check(fmt.Errorf("the App %s is not installed on %s", clientID, owner))
	return nil
}

// AddToken registers a token as a workflow's GITHUB_TOKEN is one: for one repository, with these permissions, valid
// for a day. It returns the secret.
func (s *Server) AddToken(name, fullName string, permissions map[string]string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(fullName)
	if r == nil {
		s.check(fmt.Errorf("token %s: no repository %q", name, fullName))
	}
	return s.addToken(token{Token: Token{
		Name: name, Owner: r.owner, Repositories: []string{r.fullName()}, Permissions: maps.Clone(permissions),
		ExpiresAt: s.config.Now().Add(24 * time.Hour),
	}}).secret
}

// addToken gives the token its id and secret. The caller holds s.mu.
func (s *Server) addToken(t token) *token {
	t.ID = 1 + len(s.tokens)
	t.secret = "ghs_" + rand.Text() + rand.Text()[:10] // 36 characters follow the prefix, as GitHub's do
	s.tokens = append(s.tokens, &t)
	return &t
}

// find returns the repository with that full name, case ignored, or nil. The caller holds s.mu.
func (s *Server) find(fullName string) *repository {
	for _, r := range s.repositories {
		if strings.EqualFold(r.fullName(), fullName) {
			return r
		}
	}
	return nil
}

// accountID returns the id of an owner, giving one to a new owner. The caller holds s.mu.
func (s *Server) accountID(owner string) int {
	at := slices.IndexFunc(s.accounts, func(a string) bool { return strings.EqualFold(a, owner) })
	if at < 0 {
		at = len(s.accounts)
		s.accounts = append(s.accounts, owner)
	}
	return 9001 + at
}

// check ends the test on a mistake in setting up. It may be called with s.mu held: t.Fatalf and panic both run the
// deferred unlocks.
func (s *Server) check(err error) {
	if err != nil {
		s.fail(err)
	}
}

// repository returns a repository for the methods that tests call, and ends the test when there is none.
func (s *Server) repository(fullName string) *repository {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(fullName)
	if r == nil {
		s.check(errors.New("no repository " + fullName))
	}
	return r
}
