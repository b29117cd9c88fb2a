package target

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// Label is a label of a repository, as GitHub has it.
type Label struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Color       string `json:"color"` // six hexadecimal digits
}

// Milestone is a milestone of a repository.
type Milestone struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
}

// Issue is what enforce looks at in an issue.
type Issue struct {
	Labels    []Label    `json:"labels"`
	Milestone *Milestone `json:"milestone"`
}

// perPage is the most that GitHub gives on one page; maxPages bounds a repository that never ends.
const (
	perPage  = 100
	maxPages = 100
)

// Labels returns all labels of the repository.
func (r *Repository) Labels(ctx context.Context) ([]Label, error) {
	return pages[Label](ctx, r, "/labels?")
}

// Milestones returns all milestones of the repository, open and closed.
func (r *Repository) Milestones(ctx context.Context) ([]Milestone, error) {
	return pages[Milestone](ctx, r, "/milestones?state=all&")
}

func pages[T any](ctx context.Context, r *Repository, path string) ([]T, error) {
	var all []T
	for page := 1; page <= maxPages; page++ {
		var some []T
		if err := r.get(ctx, fmt.Sprintf("%sper_page=%d&page=%d", path, perPage, page), &some); err != nil {
			return nil, err
		}
		all = append(all, some...)
		if len(some) < perPage {
			return all, nil
		}
	}
	return nil, fmt.Errorf("%s has more than %d entries under %s", r.Name, maxPages*perPage, path)
}

// CreateLabel creates a label.
func (r *Repository) CreateLabel(ctx context.Context, l Label) error {
	return r.call(ctx, http.MethodPost, "/labels", l, nil)
}

// UpdateLabel gives the label of that name its description and color; the name stays.
func (r *Repository) UpdateLabel(ctx context.Context, l Label) error {
	in := struct {
		Description string `json:"description"`
		Color       string `json:"color"`
	}{l.Description, l.Color}
	return r.call(ctx, http.MethodPatch, "/labels/"+url.PathEscape(l.Name), in, nil)
}

// CreateMilestone creates an open milestone.
func (r *Repository) CreateMilestone(ctx context.Context, title string) error {
	return r.call(ctx, http.MethodPost, "/milestones", map[string]string{"title": title}, nil)
}

// Issue returns an issue; ErrNotFound if it is gone.
func (r *Repository) Issue(ctx context.Context, number int) (Issue, error) {
	var issue Issue
	err := r.get(ctx, issuePath(number), &issue)
	return issue, err
}

// RemoveLabel takes a label from an issue; that it is not there any more is success.
func (r *Repository) RemoveLabel(ctx context.Context, number int, label string) error {
	err := r.call(ctx, http.MethodDelete, issuePath(number)+"/labels/"+url.PathEscape(label), nil, nil)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// SetMilestone puts an issue under a milestone.
func (r *Repository) SetMilestone(ctx context.Context, number int, m Milestone) error {
	return r.call(ctx, http.MethodPatch, issuePath(number), map[string]int{"milestone": m.Number}, nil)
}

func issuePath(number int) string { return fmt.Sprintf("/issues/%d", number) }
