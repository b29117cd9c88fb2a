package githubtest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest/bare"
)

// The key sets here are those of GitHub's OpenAPI description (github/rest-api-description).

// moment stands for every date that means nothing here.
const moment = "2026-01-01T00:00:00Z"

func nodeID(kind string, id any) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s:%v", kind, id))
}

// accountObject is an organization. The caller holds s.mu.
func (s *Server) accountObject(owner string) object {
	id, api := s.accountID(owner), s.APIURL()+"/users/"+owner
	return object{
		"login": owner, "id": id, "node_id": nodeID("Organization", id), "type": "Organization", "site_admin": false,
		"avatar_url": s.URL + "/" + owner + ".png", "gravatar_id": "", "url": api, "html_url": s.URL + "/" + owner,
		"followers_url": api + "/followers", "following_url": api + "/following{/other_user}", "gists_url": api + "/gists{/gist_id}",
		"starred_url": api + "/starred{/owner}{/repo}", "subscriptions_url": api + "/subscriptions",
		"organizations_url": api + "/orgs", "repos_url": api + "/repos", "events_url": api + "/events{/privacy}",
		"received_events_url": api + "/received_events",
	}
}

// installationObject describes an installation. The caller holds s.mu.
func (s *Server) installationObject(in *Installation) object {
	body := object{
		"id": in.ID, "app_id": in.App.id, "app_slug": in.App.Slug, "client_id": in.App.ClientID, "account": s.accountObject(in.Owner),
		"target_id": s.accountID(in.Owner), "target_type": "Organization", "repository_selection": in.selection(),
		"permissions": in.App.Permissions, "events": []string{}, "created_at": moment, "updated_at": moment,
		"single_file_name": nil, "has_multiple_single_files": false, "single_file_paths": []string{},
		"suspended_by": nil, "suspended_at": nil,
		"access_tokens_url": fmt.Sprintf("%s/app/installations/%d/access_tokens", s.APIURL(), in.ID),
		"repositories_url":  s.APIURL() + "/installation/repositories",
		"html_url":          fmt.Sprintf("%s/organizations/%s/settings/installations/%d", s.URL, in.Owner, in.ID),
	}
	if !in.suspendedAt.IsZero() {
		body["suspended_by"] = s.accountObject(in.Owner)
		body["suspended_at"] = in.suspendedAt.UTC().Format(timeLayout)
	}
	return body
}

// repositoryLinks are the addresses in a repository answer: key without "_url", and what follows the repository's own.
func repositoryLinks() [][2]string {
	return [][2]string{
		{"archive", "/{archive_format}{/ref}"}, {"assignees", "/assignees{/user}"}, {"blobs", "/git/blobs{/sha}"},
		{"branches", "/branches{/branch}"}, {"collaborators", "/collaborators{/collaborator}"}, {"comments", "/comments{/number}"},
		{"commits", "/commits{/sha}"}, {"compare", "/compare/{base}...{head}"}, {"contents", "/contents/{+path}"},
		{"contributors", "/contributors"}, {"deployments", "/deployments"}, {"downloads", "/downloads"}, {"events", "/events"},
		{"forks", "/forks"}, {"git_commits", "/git/commits{/sha}"}, {"git_refs", "/git/refs{/sha}"}, {"git_tags", "/git/tags{/sha}"},
		{"hooks", "/hooks"}, {"issue_comment", "/issues/comments{/number}"}, {"issue_events", "/issues/events{/number}"},
		{"issues", "/issues{/number}"}, {"keys", "/keys{/key_id}"}, {"labels", "/labels{/name}"}, {"languages", "/languages"},
		{"merges", "/merges"}, {"milestones", "/milestones{/number}"}, {"notifications", "/notifications{?since,all,participating}"},
		{"pulls", "/pulls{/number}"}, {"releases", "/releases{/id}"}, {"stargazers", "/stargazers"}, {"statuses", "/statuses/{sha}"},
		{"subscribers", "/subscribers"}, {"subscription", "/subscription"}, {"tags", "/tags"}, {"teams", "/teams"}, {"trees", "/git/trees{/sha}"},
	}
}

// repositoryObject describes a repository to the holder of t (nil: anyone). The caller holds s.mu.
func (s *Server) repositoryObject(r *repository, t *token) object {
	api, html := s.APIURL()+"/repos/"+r.fullName(), s.URL+"/"+r.fullName()
	visibility := "public"
	if r.Private {
		visibility = "private"
	}
	body := object{
		"id": r.id, "node_id": nodeID("Repository", r.id), "name": r.name, "full_name": r.fullName(), "owner": s.accountObject(r.owner),
		"private": r.Private, "visibility": visibility, "description": nil, "homepage": nil, "language": nil, "license": nil, "mirror_url": nil,
		"fork": r.Fork, "archived": r.Archived, "disabled": r.Disabled, "is_template": r.IsTemplate,
		"default_branch": r.DefaultBranch, "topics": append([]string{}, r.Topics...), "size": 0,
		"url": api, "html_url": html, "svn_url": html, "clone_url": html + ".git", "git_url": "git:" + strings.TrimPrefix(html, "http:") + ".git",
		"ssh_url": "git@" + strings.TrimPrefix(s.URL, "http://") + ":" + r.fullName() + ".git",
		"forks":   0, "forks_count": 0, "network_count": 0, "open_issues": 0, "open_issues_count": 0, "stargazers_count": 0,
		"watchers": 0, "watchers_count": 0, "subscribers_count": 0, "created_at": moment, "updated_at": moment, "pushed_at": moment,
		"has_issues": true, "has_projects": true, "has_wiki": true, "has_pages": false, "has_downloads": true, "has_discussions": false,
		"allow_forking": true, "web_commit_signoff_required": false, "temp_clone_token": "",
		"organization": s.accountObject(r.owner), "permissions": rolesOf(r, t),
	}
	for _, link := range repositoryLinks() {
		body[link[0]+"_url"] = api + link[1]
	}
	return body
}

// rolesOf says what a token may do in the words of user roles. No public source maps the permissions of an
// installation to them: here contents: write is push.
func rolesOf(r *repository, t *token) object {
	mine := t != nil && t.covers(r)
	return object{
		"admin": false, "maintain": false, "triage": false,
		"push": mine && rank(t.Permissions["contents"]) >= rank("write"),
		"pull": !r.Private || mine && rank(t.Permissions["contents"]) >= rank("read"),
	}
}

func (s *Server) repositoryObjects(repositories []*repository, t *token) []object {
	list := make([]object, len(repositories))
	for i, r := range repositories {
		list[i] = s.repositoryObject(r, t)
	}
	return list
}

// contentObject describes a file or folder at a path; its size and content are the caller's to add.
func (c *call) contentObject(e bare.Entry, path, ref string) object {
	ref = cmp.Or(ref, c.repo.DefaultBranch)
	api, html := c.s.APIURL()+"/repos/"+c.repo.fullName(), c.s.URL+"/"+c.repo.fullName()
	escaped := (&url.URL{Path: path}).EscapedPath()
	kind, page, stored := "file", "/blob/", "/git/blobs/"
	var download any = html + "/raw/" + url.PathEscape(ref) + "/" + escaped
	switch e.Mode {
	case bare.ModeTree:
		kind, page, stored, download = "dir", "/tree/", "/git/trees/", nil
	case "120000":
		kind = "symlink"
	}
	self := api + "/contents/" + escaped + "?ref=" + url.QueryEscape(ref)
	page, stored = html+page+url.PathEscape(ref)+"/"+escaped, api+stored+e.ID
	return object{
		"type": kind, "name": path[strings.LastIndex(path, "/")+1:], "path": path, "sha": e.ID, "url": self, "git_url": stored,
		"html_url": page, "download_url": download, "_links": object{"self": self, "git": stored, "html": page},
	}
}

func signatureObject(s bare.Signature) object {
	return object{"name": s.Name, "email": s.Email, "date": s.When.UTC().Format(time.RFC3339)}
}

func unsigned() object {
	return object{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}
}

// gitCommitObject is a commit as the git data routes and PUT contents show it.
func (c *call) gitCommitObject(commit bare.Commit) object {
	api, html := c.s.APIURL()+"/repos/"+c.repo.fullName()+"/git", c.s.URL+"/"+c.repo.fullName()
	parents := make([]object, len(commit.Parents))
	for i, p := range commit.Parents {
		parents[i] = object{"sha": p, "url": api + "/commits/" + p, "html_url": html + "/commit/" + p}
	}
	return object{
		"sha": commit.ID, "node_id": nodeID("Commit", commit.ID), "url": api + "/commits/" + commit.ID, "html_url": html + "/commit/" + commit.ID,
		"author": signatureObject(commit.Author), "committer": signatureObject(commit.Committer), "message": commit.Message,
		"tree":    object{"sha": commit.Tree, "url": api + "/trees/" + commit.Tree},
		"parents": parents, "verification": unsigned(),
	}
}

// commitObject is a commit as the commits routes show it. Its authors have no account here.
func (c *call) commitObject(commit bare.Commit) object {
	body := c.gitCommitObject(commit)
	api := c.s.APIURL() + "/repos/" + c.repo.fullName()
	own := api + "/commits/" + commit.ID
	inner := object{"url": body["url"], "comment_count": 0}
	for _, key := range []string{"author", "committer", "message", "tree", "verification"} {
		inner[key] = body[key]
	}
	parents := make([]object, len(commit.Parents))
	for i, p := range commit.Parents {
		parents[i] = object{"sha": p, "url": api + "/commits/" + p, "html_url": c.s.URL + "/" + c.repo.fullName() + "/commit/" + p}
	}
	return object{
		"sha": commit.ID, "node_id": body["node_id"], "url": own, "html_url": body["html_url"], "comments_url": own + "/comments",
		"commit": inner, "author": nil, "committer": nil, "parents": parents,
	}
}

func (c *call) refObject(ref bare.Ref) (object, error) {
	kind, _, err := c.repo.git.ReadObject(ref.ID)
	if err != nil {
		return nil, err
	}
	api := c.s.APIURL() + "/repos/" + c.repo.fullName() + "/git/"
	return object{
		"ref": ref.Name, "node_id": nodeID("Ref", ref.Name), "url": api + ref.Name,
		"object": object{"type": kind, "sha": ref.ID, "url": api + kind + "s/" + ref.ID},
	}, nil
}
