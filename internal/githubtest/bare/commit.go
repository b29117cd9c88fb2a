package bare

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Signature says who made a commit and when; the time counts in whole seconds and is written in UTC.
type Signature struct {
	Name, Email string
	When        time.Time
}

// Commit is a commit object. ID is empty until it is written.
type Commit struct {
	ID, Tree          string
	Parents           []string
	Author, Committer Signature
	Message           string
}

// WriteCommit stores the commit and returns its id. An empty Tree stands for the empty tree.
func (r *Repository) WriteCommit(c Commit) (string, error) {
	if c.Tree == "" {
		empty, err := r.writeTree(nil)
		if err != nil {
			return "", err
		}
		c.Tree = empty
	}
	var text strings.Builder
	fmt.Fprintf(&text, "tree %s\n", c.Tree)
	for _, p := range c.Parents {
		fmt.Fprintf(&text, "parent %s\n", p)
	}
	fmt.Fprintf(&text, "author %s\ncommitter %s\n\n%s", c.Author, c.Committer, c.Message)
	return r.WriteObject("commit", []byte(text.String()))
}

// ReadCommit returns the commit with that id.
func (r *Repository) ReadCommit(id string) (Commit, error) {
	data, err := r.read(id, "commit")
	if err != nil {
		return Commit{}, err
	}
	header, message, _ := strings.Cut(string(data), "\n\n")
	c := Commit{ID: id, Message: message}
	for line := range strings.SplitSeq(header, "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "tree":
			c.Tree = value
		case "parent":
			c.Parents = append(c.Parents, value)
		case "author":
			c.Author = parseSignature(value)
		case "committer":
			c.Committer = parseSignature(value)
		}
	}
	return c, nil
}

// String is the form git keeps: name <email> seconds zone. Git has no date before 1970.
func (s Signature) String() string {
	clean := strings.NewReplacer("<", "", ">", "", "\n", " ", "\x00", "")
	return fmt.Sprintf("%s <%s> %d +0000", clean.Replace(s.Name), clean.Replace(s.Email), max(0, s.When.Unix()))
}

// A zone only changes how the moment is shown, so it is dropped.
func parseSignature(text string) Signature {
	who, when, _ := strings.Cut(text, "> ")
	name, email, _ := strings.Cut(who, " <")
	seconds, _, _ := strings.Cut(when, " ")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		n = 0 // git itself shows a date that it cannot read as 1970
	}
	return Signature{Name: name, Email: email, When: time.Unix(n, 0).UTC()}
}
