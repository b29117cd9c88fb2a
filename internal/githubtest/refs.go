package githubtest

import (
	"net/http"
	"strings"

	"github.com/task-assistant/tasc/internal/githubtest/bare"
)

const emptyRepository = "Git Repository is empty."

// matchingRefs lists the refs whose name starts with the one given; no match is an empty list.
func matchingRefs(c *call) answer {
	refs, err := c.view().Refs("refs/" + strings.TrimPrefix(c.params["ref"], "refs/"))
	if err != nil {
		return c.broken(err)
	}
	if len(refs) == 0 && c.isEmpty() {
		return refusal(http.StatusConflict, emptyRepository, "")
	}
	list := make([]object, 0, len(refs))
	for _, ref := range refs {
		item, err := c.refObject(ref)
		if err != nil {
			return c.broken(err)
		}
		list = append(list, item)
	}
	return found(list)
}

func getRef(c *call) answer {
	name := "refs/" + strings.TrimPrefix(c.params["ref"], "refs/")
	id, err := c.view().Ref(name)
	if err != nil {
		return c.broken(err)
	}
	switch {
	case id == "" && c.isEmpty():
		return refusal(http.StatusConflict, emptyRepository, "")
	case id == "":
		return refusal(http.StatusNotFound, "Not Found", "")
	}
	item, err := c.refObject(bare.Ref{Name: name, ID: id})
	if err != nil {
		return c.broken(err)
	}
	return found(item)
}

// getCommit answers a commit without its diff: the members "stats" and "files", which the schema does not require, are
// not there. With Accept: application/vnd.github.sha the answer is the id alone.
func getCommit(c *call) answer {
	ref := c.params["ref"]
	commit, no := c.commitAt(ref)
	switch {
	case c.isEmpty():
		return refusal(http.StatusConflict, emptyRepository, "")
	case no != nil:
		return *no
	case commit.ID == "":
		return refusal(http.StatusUnprocessableEntity, "No commit found for SHA: "+ref, "")
	case strings.Contains(c.r.Header.Get("Accept"), "application/vnd.github.sha"):
		return answer{status: http.StatusOK, raw: []byte(commit.ID), contentType: "application/vnd.github.sha; charset=utf-8"}
	}
	return found(c.commitObject(commit))
}

func (c *call) isEmpty() bool {
	refs, err := c.view().Refs("refs/heads/")
	return err == nil && len(refs) == 0
}
