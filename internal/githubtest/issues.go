package githubtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Label is a label of a repository; Color has six hexadecimal digits.
type Label struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Color       string `json:"color"`
}

// Issue is an issue: its labels by name, and the title of its milestone, "" for none.
type Issue struct {
	Number    int
	Title     string
	Labels    []string
	Milestone string
}

// planning is what a repository keeps beside git: labels, milestones by title (a milestone's number is its place from 1), issues.
type planning struct {
	labels     []Label
	milestones []string
	issues     []*Issue
}

// AddLabel gives the repository a label.
func (s *Server) AddLabel(fullName string, l Label) {
	r := s.repository(fullName)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.labels = append(r.labels, l)
}

// AddMilestone gives the repository an open milestone.
func (s *Server) AddMilestone(fullName, title string) {
	r := s.repository(fullName)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.milestones = append(r.milestones, title)
}

// AddIssue gives the repository an issue; labels that it does not have yet are created, as GitHub does.
func (s *Server) AddIssue(fullName string, issue Issue) {
	r := s.repository(fullName)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range issue.Labels {
		if r.label(name) < 0 {
			r.labels = append(r.labels, Label{Name: name, Color: "ededed"})
		}
	}
	issue.Labels = slices.Clone(issue.Labels)
	r.issues = append(r.issues, &issue)
}

// Labels returns the labels of a repository, in the order in which they were made.
func (s *Server) Labels(fullName string) []Label {
	r := s.repository(fullName)
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(r.labels)
}

// Milestones returns the titles of a repository's milestones, by number from 1.
func (s *Server) Milestones(fullName string) []string {
	r := s.repository(fullName)
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(r.milestones)
}

// Issue returns an issue as it is now; false if there is none of that number.
func (s *Server) Issue(fullName string, number int) (Issue, bool) {
	r := s.repository(fullName)
	s.mu.Lock()
	defer s.mu.Unlock()
	issue := r.issue(number)
	if issue == nil {
		return Issue{}, false
	}
	copied := *issue
	copied.Labels = slices.Clone(issue.Labels)
	return copied, true
}

// label returns the place of a label, whose case does not count, or -1. The caller holds the server's mutex, here and below.
func (r *repository) label(name string) int {
	return slices.IndexFunc(r.labels, func(l Label) bool { return strings.EqualFold(l.Name, name) })
}

func (r *repository) issue(number int) *Issue {
	for _, issue := range r.issues {
		if issue.Number == number {
			return issue
		}
	}
	return nil
}

// paged cuts a list as docs.github.com documents for lists: 30 where nothing is said, at most 100.
func paged[T any](c *call, list []T) []T {
	size := min(max(c.number("per_page", 30), 1), 100)
	from := min((max(c.number("page", 1), 1)-1)*size, len(list))
	return list[from:min(from+size, len(list))]
}

func listLabels(c *call) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	list := []object{}
	for _, l := range paged(c, c.repo.labels) {
		list = append(list, c.s.labelObject(c.repo, l))
	}
	return found(list)
}

func createLabel(c *call) answer {
	var l Label
	if no := c.decode(&l); no != nil {
		return *no
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if l.Color != "" && !isColor(l.Color) {
		return invalid("Label", "color", "invalid")
	}
	if l.Name == "" || c.repo.label(l.Name) >= 0 {
		code := map[bool]string{true: "missing_field", false: "already_exists"}[l.Name == ""]
		return invalid("Label", "name", code)
	}
	c.repo.labels = append(c.repo.labels, l)
	return created(c.s.labelObject(c.repo, l))
}

// renameLabel renames a label, on the issues that have it too.
func (r *repository) renameLabel(l *Label, name string) {
	for _, issue := range r.issues {
		for i, has := range issue.Labels {
			if strings.EqualFold(has, l.Name) {
				issue.Labels[i] = name
			}
		}
	}
	l.Name = name
}

// isColor recognises six hexadecimal digits.
func isColor(text string) bool {
	return len(text) == 6 && strings.Trim(strings.ToLower(text), "0123456789abcdef") == ""
}

func updateLabel(c *call) answer {
	var in struct {
		Description, Color *string
		NewName            string `json:"new_name"`
	}
	if no := c.decode(&in); no != nil {
		return *no
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	at := c.repo.label(c.params["name"])
	if at < 0 {
		return refusal(http.StatusNotFound, "Not Found", "")
	}
	l := &c.repo.labels[at]
	if in.Description != nil {
		l.Description = *in.Description
	}
	if in.Color != nil && !isColor(*in.Color) {
		return invalid("Label", "color", "invalid")
	}
	if in.Color != nil {
		l.Color = *in.Color
	}
	if in.NewName != "" {
		c.repo.renameLabel(l, in.NewName)
	}
	return found(c.s.labelObject(c.repo, *l))
}

func listMilestones(c *call) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	list := []object{}
	for _, title := range paged(c, c.repo.milestones) {
		list = append(list, c.s.milestoneObject(c.repo, title))
	}
	return found(list)
}

func createMilestone(c *call) answer {
	var in struct{ Title string }
	if no := c.decode(&in); no != nil {
		return *no
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if slices.Contains(c.repo.milestones, in.Title) {
		return invalid("Milestone", "title", "already_exists")
	}
	c.repo.milestones = append(c.repo.milestones, in.Title)
	return created(c.s.milestoneObject(c.repo, in.Title))
}

func getIssue(c *call) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	issue, no := c.issue()
	if no != nil {
		return *no
	}
	return found(c.s.issueObject(c.repo, issue))
}

func updateIssue(c *call) answer {
	var in struct{ Milestone *int }
	if no := c.decode(&in); no != nil {
		return *no
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	issue, no := c.issue()
	if no != nil {
		return *no
	}
	if in.Milestone != nil {
		if *in.Milestone < 1 || *in.Milestone > len(c.repo.milestones) {
			return invalid("Issue", "milestone", "invalid")
		}
		issue.Milestone = c.repo.milestones[*in.Milestone-1]
	}
	return found(c.s.issueObject(c.repo, issue))
}

func removeLabel(c *call) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	issue, no := c.issue()
	if no != nil {
		return *no
	}
	at := slices.IndexFunc(issue.Labels, func(name string) bool { return strings.EqualFold(name, c.params["name"]) })
	if at < 0 {
		return refusal(http.StatusNotFound, "Label does not exist", "")
	}
	issue.Labels = slices.Delete(issue.Labels, at, at+1)
	return found(c.s.issueObject(c.repo, issue)["labels"])
}

// issue returns the issue that the path names.
func (c *call) issue() (*Issue, *answer) {
	if number, err := strconv.Atoi(c.params["number"]); err == nil {
		if issue := c.repo.issue(number); issue != nil {
			return issue, nil
		}
	}
	no := refusal(http.StatusNotFound, "Not Found", "")
	return nil, &no
}

// invalid is GitHub's answer to a body whose value it does not take.
func invalid(resource, field, code string) answer {
	a := refusal(http.StatusUnprocessableEntity, "Validation Failed", "")
	a.json.(object)["errors"] = []object{{"resource": resource, "field": field, "code": code}}
	return a
}
