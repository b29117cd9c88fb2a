package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Rename gives a repository another name. Its tokens and installations keep it, and whoever asks for the old name is
// sent to the new place: on the REST API to an address by id, with 301 on a GET and 307 on anything else
// (@octokit/fixtures, rename-repository), in git by a redirect of the first request, which git follows.
func (s *Server) Rename(fullName, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(fullName)
	if r == nil || s.find(r.owner+"/"+name) != nil {
		s.check(fmt.Errorf("rename %s to %s: expected a repository, and a name that none has", fullName, name))
	}
	old := r.fullName()
	r.formerly = append(r.formerly, old)
	r.name = name
	follow := func(names []string) {
		for i := range names {
			if strings.EqualFold(names[i], old) {
				names[i] = r.fullName()
			}
		}
	}
	for _, in := range s.installations {
		if in != nil {
			follow(in.Repositories)
		}
	}
	for _, t := range s.tokens {
		follow(t.Repositories)
	}
}

// formerly returns the repository that once had the name. The caller holds s.mu.
func (s *Server) formerly(fullName string) *repository {
	for _, r := range s.repositories {
		if slices.ContainsFunc(r.formerly, func(old string) bool { return strings.EqualFold(old, fullName) }) {
			return r
		}
	}
	return nil
}

// moved is the answer to a request for a repository by a name it no longer has; who may not see it is told nothing.
func (c *call) moved(fullName string) *answer {
	c.s.mu.Lock()
	to := c.s.formerly(fullName)
	c.s.mu.Unlock()
	if to == nil || c.who.app == nil && c.s.authorize(c.who, to, permission{"metadata", "read"}) != nil {
		return nil
	}
	status := http.StatusTemporaryRedirect
	if c.r.Method == http.MethodGet {
		status = http.StatusMovedPermanently
	}
	place := fmt.Sprintf("%s/repositories/%d", c.s.APIURL(), to.id)
	path, _ := c.s.apiPath(c.r)
	if parts := strings.SplitN(path, "/", 5); len(parts) == 5 { // "", repos, owner, name
		place += "/" + parts[4]
	}
	if c.r.URL.RawQuery != "" {
		place += "?" + c.r.URL.RawQuery
	}
	return &answer{
		status: status, header: map[string]string{"Location": place},
		json: object{"message": "Moved Permanently", "url": place, "documentation_url": "https://docs.github.com/v3/#http-redirects"},
	}
}

// named turns a path by id, /repositories/7/…, into one by name; every other path stays as it is.
func (s *Server) named(path string) string {
	rest, ok := strings.CutPrefix(path, "/repositories/")
	if !ok {
		return path
	}
	number, rest, _ := strings.Cut(rest, "/")
	id, err := strconv.Atoi(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.repositories, func(r *repository) bool { return err == nil && r.id == id })
	if at < 0 {
		return path
	}
	return strings.TrimSuffix("/repos/"+s.repositories[at].fullName()+"/"+rest, "/")
}
