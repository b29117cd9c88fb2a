// Package changes says what a repository lacks of the labels and milestones that its configuration declares, and makes it so.
// Nothing is ever deleted or renamed.
package changes

import (
	"context"
	"fmt"
	"strings"

	"github.com/task-assistant/tasc/engines/internal/config"
	"github.com/task-assistant/tasc/engines/internal/result"
	"github.com/task-assistant/tasc/engines/internal/target"
)

// Change is one write that brings the repository to what it declares.
type Change struct {
	result.Action
	apply func(context.Context, *target.Repository) error
}

// Apply makes the change.
func (c Change) Apply(ctx context.Context, r *target.Repository) error { return c.apply(ctx, r) }

// Find reads the repository's labels and milestones and returns what they lack, in the order of the configuration.
func Find(ctx context.Context, r *target.Repository, c *config.Config) ([]Change, error) {
	labels, err := r.Labels(ctx)
	if err != nil {
		return nil, err
	}
	milestones, err := r.Milestones(ctx)
	if err != nil {
		return nil, err
	}
	return append(labelChanges(labels, c.Labels), milestoneChanges(milestones, c.Milestones)...), nil
}

func labelChanges(have []target.Label, want []config.Label) []Change {
	existing := map[string]target.Label{}
	for _, l := range have {
		existing[config.Fold(l.Name)] = l
	}
	var changes []Change
	for _, w := range want {
		h, ok := existing[config.Fold(w.Name)]
		l := target.Label{Name: w.Name, Description: w.Description, Color: w.Color}
		switch {
		case !ok:
			changes = append(changes, Change{
				result.Action{ID: "label.create", Details: fmt.Sprintf("label %q", l.Name)},
				func(ctx context.Context, r *target.Repository) error { return r.CreateLabel(ctx, l) },
			})
		case !strings.EqualFold(h.Color, l.Color) || h.Description != l.Description:
			l.Name = h.Name // GitHub's spelling of it stays
			changes = append(changes, Change{
				result.Action{ID: "label.update", Details: fmt.Sprintf("label %q: %s", l.Name, difference(h, l))},
				func(ctx context.Context, r *target.Repository) error { return r.UpdateLabel(ctx, l) },
			})
		}
	}
	return changes
}

// difference says in words what is corrected.
func difference(have, want target.Label) string {
	var parts []string
	if !strings.EqualFold(have.Color, want.Color) {
		parts = append(parts, fmt.Sprintf("color %s → %s", have.Color, want.Color))
	}
	if have.Description != want.Description {
		parts = append(parts, fmt.Sprintf("description %q → %q", have.Description, want.Description))
	}
	return strings.Join(parts, ", ")
}

func milestoneChanges(have []target.Milestone, want []string) []Change {
	existing := map[string]bool{}
	for _, m := range have {
		existing[m.Title] = true
	}
	var changes []Change
	for _, title := range want {
		if !existing[title] {
			changes = append(changes, Change{
				result.Action{ID: "milestone.create", Details: fmt.Sprintf("milestone %q", title)},
				func(ctx context.Context, r *target.Repository) error { return r.CreateMilestone(ctx, title) },
			})
		}
	}
	return changes
}
