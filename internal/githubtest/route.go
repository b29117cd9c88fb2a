package githubtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/githubtest/bare"
)

// who may call a route
type audience int

const (
	anyone         audience = iota
	anApp                   // the JWT of an App
	anInstallation          // an installation token, whatever it may do
	aRepository             // who may use the repository in the path, as need says
)

type route struct {
	method, pattern string // pattern: below the base path, {name} one segment, {name...} the rest
	doc             string // documentation_url below docs.github.com/rest
	who             audience
	need            permission
	handle          func(*call) answer
}

// dispatches is the one write to a repository that generates no content there.
const dispatches = "/repos/{owner}/{repo}/dispatches"

func routes() []route {
	read, write := permission{"contents", "read"}, permission{"contents", "write"}
	readIssues, writeIssues := permission{"issues", "read"}, permission{"issues", "write"}
	return []route{
		{"GET", "/rate_limit", "rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user", anyone, permission{}, rateLimit},
		{"GET", "/repos/{owner}/{repo}/installation", "apps/apps#get-a-repository-installation-for-the-authenticated-app", anApp, permission{}, getInstallation},
		{"POST", "/app/installations/{id}/access_tokens", "apps/apps#create-an-installation-access-token-for-an-app", anApp, permission{}, mint},
		{"DELETE", "/installation/token", "apps/installations#revoke-an-installation-access-token", anInstallation, permission{}, revoke},
		{"GET", "/installation/repositories", "apps/installations#list-repositories-accessible-to-the-app-installation", anInstallation, permission{}, listRepositories},
		{"GET", "/repos/{owner}/{repo}", "repos/repos#get-a-repository", aRepository, permission{"metadata", "read"}, getRepository},
		{"GET", "/repos/{owner}/{repo}/contents", "repos/contents#get-repository-content", aRepository, read, getContents},
		{"GET", "/repos/{owner}/{repo}/contents/{path...}", "repos/contents#get-repository-content", aRepository, read, getContents},
		{"PUT", "/repos/{owner}/{repo}/contents/{path...}", "repos/contents#create-or-update-file-contents", aRepository, write, putContents},
		{"POST", dispatches, "repos/repos#create-a-repository-dispatch-event", aRepository, write, dispatch},
		{"GET", "/repos/{owner}/{repo}/git/matching-refs/{ref...}", "git/refs#list-matching-references", aRepository, read, matchingRefs},
		{"GET", "/repos/{owner}/{repo}/git/ref/{ref...}", "git/refs#get-a-reference", aRepository, read, getRef},
		{"GET", "/repos/{owner}/{repo}/tarball", "repos/contents#download-a-repository-archive-tar", aRepository, read, getTarball},
		{"GET", "/repos/{owner}/{repo}/tarball/{ref...}", "repos/contents#download-a-repository-archive-tar", aRepository, read, getTarball},
		{"GET", "/repos/{owner}/{repo}/labels", "issues/labels#list-labels-for-a-repository", aRepository, readIssues, listLabels},
		{"POST", "/repos/{owner}/{repo}/git/refs", "git/refs#create-a-reference", aRepository, write, forNobody},
		{"POST", "/repos/{owner}/{repo}/pulls", "pulls/pulls#create-a-pull-request", aRepository, permission{"pull_requests", "write"}, forNobody},
		{"POST", "/repos/{owner}/{repo}/actions/workflows/{workflow}/dispatches", "actions/workflows#create-a-workflow-dispatch-event", aRepository, permission{"actions", "write"}, forNobody},
		{"PUT", "/repos/{owner}/{repo}/actions/secrets/{name}", "actions/secrets#create-or-update-a-repository-secret", aRepository, permission{"secrets", "write"}, forNobody},
		{"POST", "/repos/{owner}/{repo}/labels", "issues/labels#create-a-label", aRepository, writeIssues, createLabel},
		{"PATCH", "/repos/{owner}/{repo}/labels/{name}", "issues/labels#update-a-label", aRepository, writeIssues, updateLabel},
		{"GET", "/repos/{owner}/{repo}/milestones", "issues/milestones#list-milestones", aRepository, readIssues, listMilestones},
		{"POST", "/repos/{owner}/{repo}/milestones", "issues/milestones#create-a-milestone", aRepository, writeIssues, createMilestone},
		{"GET", "/repos/{owner}/{repo}/issues/{number}", "issues/issues#get-an-issue", aRepository, readIssues, getIssue},
		{"PATCH", "/repos/{owner}/{repo}/issues/{number}", "issues/issues#update-an-issue", aRepository, writeIssues, updateIssue},
		{"DELETE", "/repos/{owner}/{repo}/issues/{number}/labels/{name}", "issues/labels#remove-a-label-from-an-issue", aRepository, writeIssues, removeLabel},
		{"GET", "/repos/{owner}/{repo}/compare/{basehead...}", "commits/commits#compare-two-commits", aRepository, read, compare},
		{"GET", "/repos/{owner}/{repo}/commits/{ref...}", "commits/commits#get-a-commit", aRepository, read, getCommit},
	}
}

// call is one request to a route, already authorized.
type call struct {
	s      *Server
	r      *http.Request
	body   []byte
	params map[string]string // of the pattern, unescaped
	who    identity
	repo   *repository      // of {owner}/{repo}, nil when there is none
	seen   *bare.Repository // what view chose
}

// forNobody handles what no token of this project may do: it is there to be refused for want of a permission, as GitHub
// does, and a test must hear of a token that has it.
func forNobody(c *call) answer {
	return c.broken(errors.New("a token is allowed to do this"))
}

// broken is the answer to a failure of the stand-in itself; the test must hear of it.
func (c *call) broken(err error) answer {
	c.s.problem("%s %s: %v", c.r.Method, c.r.URL.Path, err)
	return refusal(http.StatusInternalServerError, "Server Error", "")
}

// apiPath returns the escaped path below the base path, or the whole path when it is not below it.
func (s *Server) apiPath(r *http.Request) (path string, ok bool) {
	path = r.URL.EscapedPath()
	below, ok := strings.CutPrefix(path, strings.TrimSuffix(s.config.BasePath, "/"))
	if !ok || !strings.HasPrefix(below, "/") {
		return path, false
	}
	return below, true
}

func (s *Server) answerAPI(r *http.Request, path string, body []byte) (identity, answer) {
	who, no := s.authenticate(r)
	at, params := s.route(r.Method, s.named(path))
	if at == nil {
		s.problem("no route for %s %s", r.Method, path)
		a := complete(refusal(http.StatusNotFound, "Not Found", ""), "", permission{})
		a.unjudged = true
		return who, a
	}
	c := &call{s: s, r: r, body: body, params: params, who: who}
	if no == nil {
		no = checkVersion(r)
	}
	if no == nil {
		no = c.admit(at)
	}
	if no == nil {
		var leave func()
		if leave, no = c.enter(at); no == nil {
			defer leave()
		}
	}
	var reply answer
	if no != nil {
		reply = *no
	} else {
		reply = at.handle(c)
	}
	need := at.need
	if who.token == nil {
		need = permission{}
	}
	return who, complete(reply, at.doc, need)
}

// checkVersion refuses an API version that GitHub does not have, as docs.github.com "API Versions" says.
func checkVersion(r *http.Request) *answer {
	version := r.Header.Get("X-GitHub-Api-Version")
	if slices.Contains([]string{"", "2022-11-28", "2026-03-10"}, version) {
		return nil
	}
	no := refusal(http.StatusBadRequest, fmt.Sprintf("%q is not a supported version.", version), "")
	return &no
}

// admit finds the repository and decides whether the call may be made at all; nil means yes.
func (c *call) admit(at *route) *answer {
	if name, ok := c.params["owner"]; ok {
		name += "/" + c.params["repo"]
		c.s.mu.Lock()
		c.repo = c.s.find(name)
		c.s.mu.Unlock()
		if c.repo == nil {
			if there := c.moved(name); there != nil {
				return there
			}
		}
	}
	var no answer
	switch {
	case at.who == aRepository:
		return c.s.authorize(c.who, c.repo, at.need)
	case at.who == anApp && c.who.app == nil:
		no = refusal(http.StatusUnauthorized, badJWT, "")
	case at.who == anInstallation && c.who.token == nil:
		no = refusal(http.StatusUnauthorized, "Requires authentication", "")
	default:
		return nil
	}
	return &no
}

// route finds the line of the table and the values of its pattern.
func (s *Server) route(method, path string) (*route, map[string]string) {
	for _, at := range routes() {
		if at.method != method {
			continue
		}
		if params, ok := match(at.pattern, path); ok {
			return &at, params
		}
	}
	return nil, nil
}

func match(pattern, path string) (map[string]string, bool) {
	params := map[string]string{}
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, part := range want {
		name, isParam := strings.CutPrefix(part, "{")
		name, isRest := strings.CutSuffix(strings.TrimSuffix(name, "}"), "...")
		switch {
		case i >= len(have):
			return nil, false
		case !isParam && part != have[i]:
			return nil, false
		case isParam:
			value := have[i]
			if isRest {
				value, have = strings.Join(have[i:], "/"), have[:i+1]
			}
			text, err := url.PathUnescape(value)
			if err != nil || (text == "" && !isRest) {
				return nil, false
			}
			params[name] = text
		}
	}
	return params, len(want) == len(have)
}

// decode reads the body into a struct. A member that the struct does not have becomes a problem, for GitHub ignores it
// silently and a misspelt member would go unnoticed; a body that is no JSON object is refused.
func (c *call) decode(into any) *answer {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return nil
	}
	strict := json.NewDecoder(bytes.NewReader(c.body))
	strict.DisallowUnknownFields()
	err := strict.Decode(into)
	if err == nil {
		if _, trailing := strict.Token(); !errors.Is(trailing, io.EOF) {
			err = errors.New("more than one JSON value")
		}
	}
	if err == nil {
		return nil
	}
	c.s.problem("%s %s: request body: %v", c.r.Method, c.r.URL.Path, err)
	if json.Unmarshal(c.body, into) == nil {
		return nil
	}
	no := refusal(http.StatusBadRequest, "Problems parsing JSON", "")
	return &no
}
