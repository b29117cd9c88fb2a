package githubtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// The key sets here are those that GitHub's OpenAPI description requires. The caller holds s.mu.

func (s *Server) labelObject(r *repository, l Label) object {
	id := 3001 + r.label(l.Name)
	return object{
		"id": id, "node_id": nodeID("Label", id), "url": s.APIURL() + "/repos/" + r.fullName() + "/labels/" + url.PathEscape(l.Name),
		"name": l.Name, "description": l.Description, "color": l.Color, "default": false,
	}
}

func (s *Server) milestoneObject(r *repository, title string) object {
	number := 1 + slices.Index(r.milestones, title)
	api := fmt.Sprintf("%s/repos/%s/milestones/%d", s.APIURL(), r.fullName(), number)
	return object{
		"id": 4000 + number, "node_id": nodeID("Milestone", number), "number": number, "title": title, "description": nil, "state": "open",
		"url": api, "labels_url": api + "/labels", "html_url": fmt.Sprintf("%s/%s/milestone/%d", s.URL, r.fullName(), number),
		"creator": s.accountObject(r.owner), "open_issues": 0, "closed_issues": 0, "created_at": moment, "updated_at": moment, "due_on": nil, "closed_at": nil,
	}
}

func (s *Server) issueObject(r *repository, issue *Issue) object {
	repo := s.APIURL() + "/repos/" + r.fullName()
	api := fmt.Sprintf("%s/issues/%d", repo, issue.Number)
	labels := []object{}
	for _, name := range issue.Labels {
		labels = append(labels, s.labelObject(r, r.labels[r.label(name)]))
	}
	o := object{
		"id": 5000 + issue.Number, "node_id": nodeID("Issue", issue.Number), "number": issue.Number, "title": issue.Title, "body": nil,
		"state": "open", "locked": false, "comments": 0, "labels": labels, "milestone": nil, "assignee": nil, "assignees": []object{},
		"user": s.accountObject(r.owner), "author_association": "MEMBER", "created_at": moment, "updated_at": moment, "closed_at": nil,
		"url": api, "repository_url": repo, "labels_url": api + "/labels{/name}", "comments_url": api + "/comments", "events_url": api + "/events",
		"html_url": fmt.Sprintf("%s/%s/issues/%d", s.URL, r.fullName(), issue.Number),
	}
	if issue.Milestone != "" {
		o["milestone"] = s.milestoneObject(r, issue.Milestone)
	}
	return o
}

// created is the answer to a POST: the new thing, and where it is.
func created(body object) answer {
	return answer{status: http.StatusCreated, json: body, header: map[string]string{"Location": body["url"].(string)}}
}
