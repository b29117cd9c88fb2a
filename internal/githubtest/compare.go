package githubtest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/task-assistant/tasc/internal/githubtest/bare"
)

// compare says how two commits are related. Of the commits between them it shows none, and no changed files, as GitHub
// does on a page behind the last; a client that asks for the first page would miss them, and is a problem.
func compare(c *call) answer {
	base, head, ok := strings.Cut(c.params["basehead"], "...")
	if !ok {
		return refusal(http.StatusNotFound, "Not Found", "")
	}
	if page := c.r.URL.Query().Get("page"); page == "" || page == "1" {
		c.s.problem("%s asks for the first page of a comparison, which this stand-in does not have", c.r.URL.Path)
	}
	from, no := c.commitAt(base)
	to, noHead := c.commitAt(head)
	if no != nil || noHead != nil || from.ID == "" || to.ID == "" {
		return refusal(http.StatusNotFound, "Not Found", "")
	}
	ofBase, errBase := c.history(from)
	ofHead, errHead := c.history(to)
	common, errCommon := c.newest(from, ofHead)
	if err := errors.Join(errBase, errHead, errCommon); err != nil {
		return c.broken(err)
	}
	if common.ID == "" {
		return refusal(http.StatusNotFound, "No common ancestor between "+base+" and "+head+".", "")
	}
	ahead, behind := outside(ofHead, ofBase), outside(ofBase, ofHead)
	api := c.s.APIURL() + "/repos/" + c.repo.fullName() + "/compare/" + c.params["basehead"]
	html := c.s.URL + "/" + c.repo.fullName() + "/compare/" + c.params["basehead"]
	return found(object{
		"url": api, "html_url": html, "permalink_url": html, "diff_url": html + ".diff", "patch_url": html + ".patch",
		"base_commit": c.commitObject(from), "merge_base_commit": c.commitObject(common), "status": relation(ahead, behind), "ahead_by": ahead, "behind_by": behind, "total_commits": ahead,
		"commits": []object{},
	})
}

func relation(ahead, behind int) string {
	switch {
	case ahead == 0 && behind == 0:
		return "identical"
	case behind == 0:
		return "ahead"
	case ahead == 0:
		return "behind"
	}
	return "diverged"
}

// history returns the ids of a commit and all that it contains.
func (c *call) history(of bare.Commit) (map[string]bool, error) {
	seen := map[string]bool{of.ID: true}
	for todo := []bare.Commit{of}; len(todo) > 0; todo = todo[1:] {
		for _, id := range todo[0].Parents {
			if seen[id] {
				continue
			}
			seen[id] = true
			parent, err := c.repo.git.ReadCommit(id)
			if err != nil {
				return nil, err
			}
			todo = append(todo, parent)
		}
	}
	return seen, nil
}

// newest returns the first commit, from one on and along first parents, that is in set; zero if there is none.
func (c *call) newest(from bare.Commit, set map[string]bool) (bare.Commit, error) {
	for !set[from.ID] {
		if len(from.Parents) == 0 {
			return bare.Commit{}, nil
		}
		parent, err := c.repo.git.ReadCommit(from.Parents[0])
		if err != nil {
			return bare.Commit{}, err
		}
		from = parent
	}
	return from, nil
}

// outside counts what is in a and not in b.
func outside(a, b map[string]bool) int {
	n := 0
	for id := range a {
		if !b[id] {
			n++
		}
	}
	return n
}
