package githubtest

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"strings"

	"github.com/task-assistant/tasc/internal/githubtest/bare"
)

func getRepository(c *call) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return found(c.s.repositoryObject(c.repo, c.who.token))
}

type dispatchRequest struct {
	EventType     *string        `json:"event_type"`
	ClientPayload map[string]any `json:"client_payload"`
}

// dispatch takes a repository_dispatch; no workflow starts, since events do not exist here. What was sent is in Requests.
func dispatch(c *call) answer {
	var request dispatchRequest
	if no := c.decode(&request); no != nil {
		return *no
	}
	if request.EventType == nil {
		return missing("event_type")
	}
	return answer{status: http.StatusNoContent}
}

// getContents answers a file, or a folder as a list.
func getContents(c *call) answer {
	ref := c.r.URL.Query().Get("ref")
	commit, no := c.commitAt(ref)
	if no != nil {
		return *no
	}
	if commit.ID == "" {
		return refusal(http.StatusNotFound, "No commit found for the ref "+ref, "")
	}
	name := strings.Trim(c.params["path"], "/")
	entry, ok, err := c.repo.git.Find(commit.Tree, name)
	switch {
	case err != nil:
		return c.broken(err)
	case !ok:
		return refusal(http.StatusNotFound, "Not Found", "")
	case entry.Mode == bare.ModeTree:
		return c.listFolder(entry.ID, name, ref)
	}
	kind, data, err := c.repo.git.ReadObject(entry.ID)
	if err != nil || kind != "blob" {
		return c.broken(errors.Join(err, fmt.Errorf("%s is a %s", name, kind)))
	}
	if accept := c.r.Header.Get("Accept"); strings.Contains(accept, ".raw") {
		media := "application/vnd.github.raw"
		if strings.Contains(accept, ".v3.raw") {
			media = "application/vnd.github.v3.raw"
		}
		return answer{status: http.StatusOK, raw: data, contentType: media + "; charset=utf-8", header: map[string]string{"X-GitHub-Media-Type": "github.v3; param=raw"}}
	}
	file := c.contentObject(entry, name, ref)
	file["size"] = len(data)
	file["encoding"], file["content"] = "base64", wrapped(data)
	if len(data) > 1<<20 { // docs.github.com: larger files are to be had raw only
		file["encoding"], file["content"] = "none", ""
	}
	return found(file)
}

func (c *call) listFolder(tree, name, ref string) answer {
	entries, err := c.repo.git.ReadTree(tree)
	if err != nil {
		return c.broken(err)
	}
	list := make([]object, 0, len(entries))
	for _, e := range entries[:min(len(entries), 1000)] { // docs.github.com: at most 1,000 files of a folder
		item := c.contentObject(e, path.Join(name, e.Name), ref)
		item["size"] = 0
		if e.Mode != bare.ModeTree {
			_, data, err := c.repo.git.ReadObject(e.ID)
			if err != nil {
				return c.broken(err)
			}
			item["size"] = len(data)
		}
		list = append(list, item)
	}
	return found(list)
}

// commitAt resolves ?ref= (empty: the default branch). The commit is zero when there is none of that name; the answer
// is not nil when the repository is empty.
func (c *call) commitAt(ref string) (bare.Commit, *answer) {
	if ref == "" || ref == "HEAD" {
		ref = c.repo.DefaultBranch
		if head, err := c.view().Ref("refs/heads/" + ref); err == nil && head == "" {
			no := refusal(http.StatusNotFound, "This repository is empty.", "")
			return bare.Commit{}, &no
		}
	}
	id, err := c.view().Resolve(ref)
	if err == nil && id == "" {
		return bare.Commit{}, nil
	}
	var commit bare.Commit
	if err == nil {
		commit, err = c.repo.git.ReadCommit(id)
	}
	if err != nil {
		no := c.broken(err)
		return bare.Commit{}, &no
	}
	return commit, nil
}

// wrapped is base64 in lines of 60, each ended by a newline, as GitHub sends it.
func wrapped(data []byte) string {
	const width = 60
	text := base64.StdEncoding.EncodeToString(data)
	var lines strings.Builder
	for len(text) > 0 {
		n := min(width, len(text))
		lines.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	return lines.String()
}

type person struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Date  string `json:"date"`
}

type putRequest struct {
	Message   *string `json:"message"`
	Content   *string `json:"content"`
	SHA       string  `json:"sha"`
	Branch    string  `json:"branch"`
	Committer *person `json:"committer"`
	Author    *person `json:"author"`
}

// missing is the text GitHub has for a member that is not there (octokit.rb#992).
func missing(name string) answer {
	return refusal(http.StatusUnprocessableEntity, fmt.Sprintf("Invalid request.\n\n%q wasn't supplied.", name), "")
}

// putContents creates or updates one file in one commit. The head of the branch is read first and must still be the
// head when the commit is made; Config.CommitWindow and CommitSpread widen that gap.
func putContents(c *call) answer {
	var request putRequest
	if no := c.decode(&request); no != nil {
		return *no
	}
	content, no := c.checkPut(request)
	if no != nil {
		return *no
	}
	branch := cmp.Or(request.Branch, c.repo.DefaultBranch)
	ref := "refs/heads/" + branch
	head, err := c.repo.git.Ref(ref)
	if err != nil {
		return c.broken(err)
	}
	if head == "" {
		return c.noBranch(branch)
	}
	if no := c.ruled(ref); no != nil {
		return *no
	}
	status, no := c.checkFile(head, request.SHA)
	if no != nil {
		return *no
	}
	if window := c.s.config.CommitWindow + rand.N(c.s.config.CommitSpread+1); window > 0 {
		c.s.config.Sleep(window)
	}
	id, err := c.commitFile(ref, head, request, content)
	var moved *bare.MovedError
	switch {
	case errors.As(err, &moved): // PyGithub#1787
		return refusal(http.StatusConflict, fmt.Sprintf("is at %s but expected %s", moved.At, moved.Expected), "")
	case err != nil:
		return c.broken(err)
	}
	return c.written(status, id, branch)
}

// checkPut refuses what can be refused without looking at the branch, and decodes the content.
func (c *call) checkPut(request putRequest) ([]byte, *answer) {
	var no answer
	name := c.params["path"]
	switch {
	case c.repo.Archived:
		no = refusal(http.StatusForbidden, "Repository was archived so is read-only.", "")
	case c.repo.Disabled:
		no = refusal(http.StatusForbidden, "Repository access blocked", "")
	case request.Message == nil:
		no = missing("message")
	case request.Content == nil:
		no = missing("content")
	case name == "" || path.Clean("/"+name) != "/"+name || strings.Contains("/"+name+"/", "/.git/"):
		no = refusal(http.StatusUnprocessableEntity, "path contains a malformed path component", "")
	default:
		content, err := base64.StdEncoding.DecodeString(*request.Content) // newlines are ignored, as on GitHub
		if err == nil {
			return content, nil
		}
		no = refusal(http.StatusUnprocessableEntity, "content is not valid Base64", "")
	}
	return nil, &no
}

func (c *call) noBranch(branch string) answer {
	if refs, err := c.repo.git.Refs("refs/heads/"); err != nil || len(refs) > 0 {
		return refusal(http.StatusNotFound, "Branch "+branch+" not found", "")
	}
	return refusal(http.StatusNotFound, "This repository is empty.", "")
}

// checkFile holds the given blob id against the file that is there; status is that of a success.
func (c *call) checkFile(head, given string) (status int, no *answer) {
	commit, err := c.repo.git.ReadCommit(head)
	var entry bare.Entry
	var exists bool
	if err == nil {
		entry, exists, err = c.repo.git.Find(commit.Tree, c.params["path"])
	}
	var reply answer
	switch {
	case err != nil:
		reply = c.broken(err)
	case exists && given == "":
		reply = missing("sha")
	case exists && given != entry.ID: // PyGithub#1815; a sha for a path that does not exist is ignored (pome-sh/digital-twins#400)
		reply = refusal(http.StatusConflict, c.params["path"]+" does not match "+given, "")
	case exists:
		return http.StatusOK, nil
	default:
		return http.StatusCreated, nil
	}
	return 0, &reply
}

// commitFile moves ref from head to a new commit with the file, and returns its id.
func (c *call) commitFile(ref, head string, request putRequest, content []byte) (string, error) {
	c.repo.committing.Lock()
	defer c.repo.committing.Unlock()
	if at, err := c.repo.git.Ref(ref); err != nil || at != head {
		return "", cmp.Or(err, error(&bare.MovedError{Name: ref, At: at, Expected: head})) // found before any object is written
	}
	if err := c.s.fallBehind(c.repo); err != nil {
		return "", err
	}
	blob, err := c.repo.git.WriteObject("blob", content)
	if err != nil {
		return "", err
	}
	now := c.s.config.Now()
	author := bare.Signature{Name: c.who.token.Name, Email: "noreply@github.com", When: now}
	if app := c.who.token.App; app != "" {
		author = bare.Signature{Name: app + "[bot]", Email: app + "[bot]@users.noreply.github.com", When: now}
	}
	committer := bare.Signature{Name: "GitHub", Email: "noreply@github.com", When: now}
	if p := cmp.Or(request.Author, request.Committer); p != nil {
		author.Name, author.Email = p.Name, p.Email
	}
	if p := request.Committer; p != nil {
		committer.Name, committer.Email = p.Name, p.Email
	}
	commit := bare.Commit{Author: author, Committer: committer, Message: *request.Message}
	id, err := c.repo.commit(head, commit, []bare.Change{{Path: c.params["path"], Mode: bare.ModeFile, ID: blob}})
	if err != nil {
		return "", err
	}
	return id, c.repo.git.UpdateRef(ref, head, id)
}

func (c *call) written(status int, id, branch string) answer {
	commit, err := c.repo.git.ReadCommit(id)
	if err != nil {
		return c.broken(err)
	}
	entry, _, err := c.repo.git.Find(commit.Tree, c.params["path"])
	if err != nil {
		return c.broken(err)
	}
	_, data, err := c.repo.git.ReadObject(entry.ID)
	if err != nil {
		return c.broken(err)
	}
	content := c.contentObject(entry, c.params["path"], branch)
	content["size"] = len(data)
	return answer{status: status, json: object{"content": content, "commit": c.gitCommitObject(commit)}}
}
