package githubtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const timeLayout = "2006-01-02T15:04:05Z"

func getInstallation(c *call) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.repo != nil {
		for _, in := range c.s.installations {
			if in != nil && in.App == c.who.app && in.covers(c.repo) {
				return found(c.s.installationObject(in))
			}
		}
	}
	return refusal(http.StatusNotFound, "Not Found", "")
}

// covers reports whether the installation reaches the repository.
func (in *Installation) covers(r *repository) bool {
	if !strings.EqualFold(in.Owner, r.owner) {
		return false
	}
	return in.Repositories == nil || slices.ContainsFunc(in.Repositories, func(n string) bool { return strings.EqualFold(n, r.fullName()) })
}

func (in *Installation) selection() string {
	if in.Repositories == nil {
		return "all"
	}
	return "selected"
}

type mintRequest struct {
	Repositories  []string          `json:"repositories"`
	RepositoryIDs []int             `json:"repository_ids"`
	Permissions   map[string]string `json:"permissions"`
}

const (
	noSuchRepository = "There is at least one repository that does not exist or is not accessible to the parent installation."
	notGranted       = "The permissions requested are not granted to this installation." // PyGithub#3539
)

// mint makes an installation token: never more than the installation has, for one hour.
func mint(c *call) answer {
	var request mintRequest
	if no := c.decode(&request); no != nil {
		return *no
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	id, _ := strconv.Atoi(c.params["id"]) // not a number: no installation has the id 0
	at := slices.IndexFunc(c.s.installations, func(in *Installation) bool { return in != nil && in.ID == id && in.App == c.who.app })
	if at < 0 {
		return refusal(http.StatusNotFound, "Not Found", "")
	}
	in := c.s.installations[at]
	if !in.suspendedAt.IsZero() {
		return refusal(http.StatusForbidden, "This installation has been suspended", "")
	}
	repositories, ok := c.s.requested(in, request)
	if !ok {
		return refusal(http.StatusUnprocessableEntity, noSuchRepository, "")
	}
	permissions, ok := grant(in.App.Permissions, request.Permissions)
	if !ok {
		return refusal(http.StatusUnprocessableEntity, notGranted, "")
	}
	t := c.s.addToken(token{installation: in, Token: Token{
		App: in.App.Slug, Owner: in.Owner, Permissions: permissions, ExpiresAt: c.s.config.Now().Add(time.Hour).Truncate(time.Second),
		Repositories: slices.Clone(in.Repositories),
	}})
	body := object{
		"token": t.secret, "expires_at": t.ExpiresAt.UTC().Format(timeLayout), "permissions": permissions,
		"repository_selection": in.selection(),
	}
	if repositories != nil {
		t.Repositories = fullNames(repositories)
		body["repository_selection"] = "selected"
		body["repositories"] = c.s.repositoryObjects(repositories, t)
	}
	return answer{status: http.StatusCreated, json: body, minted: t.ID}
}

// requested returns the repositories a mint names, nil when it names none. The caller holds s.mu.
func (s *Server) requested(in *Installation, request mintRequest) (chosen []*repository, ok bool) {
	pick := func(match func(*repository) bool) bool {
		at := slices.IndexFunc(s.repositories, func(r *repository) bool { return in.covers(r) && match(r) })
		if at >= 0 && !slices.Contains(chosen, s.repositories[at]) {
			chosen = append(chosen, s.repositories[at])
		}
		return at >= 0
	}
	for _, name := range request.Repositories {
		if !pick(func(r *repository) bool { return strings.EqualFold(r.name, name) }) {
			return nil, false
		}
	}
	for _, id := range request.RepositoryIDs {
		if !pick(func(r *repository) bool { return r.id == id }) {
			return nil, false
		}
	}
	return chosen, true
}

// grant returns the permissions of a new token; every token can read metadata.
func grant(granted, asked map[string]string) (map[string]string, bool) {
	if len(asked) == 0 {
		asked = granted
	}
	given := map[string]string{"metadata": "read"}
	for name, level := range asked {
		if rank(level) == 0 || rank(level) > rank(granted[name]) {
			return nil, false
		}
		given[name] = level
	}
	return given, true
}

func fullNames(repositories []*repository) []string {
	names := make([]string, len(repositories))
	for i, r := range repositories {
		names[i] = r.fullName()
	}
	return names
}

func revoke(c *call) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.who.token.Revoked = true
	return answer{status: http.StatusNoContent}
}

// listRepositories answers in pages of per_page (30, at most 100).
func listRepositories(c *call) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t := c.who.token
	if t.installation != nil && !t.installation.suspendedAt.IsZero() {
		return refusal(http.StatusForbidden, "This installation has been suspended", "")
	}
	var reached []*repository
	for _, r := range c.s.repositories {
		if t.covers(r) {
			reached = append(reached, r)
		}
	}
	total := len(reached)
	selection := "selected"
	if t.Repositories == nil {
		selection = "all"
	}
	size := min(c.number("per_page", 30), 100)
	first := min((c.number("page", 1)-1)*size, total)
	shown := reached[first:min(first+size, total)]
	return found(object{"total_count": total, "repository_selection": selection, "repositories": c.s.repositoryObjects(shown, t)})
}

// number reads a positive number of the query.
func (c *call) number(name string, otherwise int) int {
	n, err := strconv.Atoi(c.r.URL.Query().Get(name))
	if err != nil || n < 1 {
		return otherwise
	}
	return n
}
