// Command enforce is the engine that keeps an issue's label groups exclusive and its milestone in step with its phase,
// as far as the repository's .github/task-assistant.yml declares it.
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/task-assistant/tasc/engines/internal/config"
	"github.com/task-assistant/tasc/engines/internal/engine"
	"github.com/task-assistant/tasc/engines/internal/hygiene"
	"github.com/task-assistant/tasc/engines/internal/result"
	"github.com/task-assistant/tasc/engines/internal/target"
)

func main() { engine.Main("enforce", enforce) }

func enforce(ctx context.Context, env engine.Env) (result.Details, error) {
	var d result.Details
	number, err := strconv.Atoi(env.Getenv("ISSUE_NUMBER"))
	if err != nil || number < 1 {
		return d, fmt.Errorf("ISSUE_NUMBER is %q; expected the number of an issue", env.Getenv("ISSUE_NUMBER"))
	}
	// Without the file nothing is declared, so nothing is enforced; validate is the engine that insists on it.
	repo, c, err := env.Managed(ctx, result.Warn, &d)
	if err != nil || c == nil {
		return d, err
	}
	err = settle(ctx, repo, c, number, &d)
	if errors.Is(err, errGone) {
		d.Summary = err.Error()
		d.Check("issue", result.Warn, "%v", err)
		return d, nil
	}
	return d, err
}

var errGone = errors.New("the issue is gone; nothing was enforced")

// settle decides about the issue and carries the decision out. Before the first write it reads the issue once more:
// people label in bursts, and the last state counts.
func settle(ctx context.Context, repo *target.Repository, c *config.Config, number int, d *result.Details) error {
	decision, err := decide(ctx, repo, c, number)
	if err != nil {
		return err
	}
	if decision.Milestone != "" || len(decision.Remove) > 0 {
		if decision, err = decide(ctx, repo, c, number); err != nil {
			return err
		}
	}
	d.Checks = append(d.Checks, decision.Checks...)
	if err := carryOut(ctx, repo, number, decision, d); err != nil {
		return err
	}
	d.Summary = fmt.Sprintf("changes to issue %d: %d", number, len(d.Actions))
	return nil
}

func decide(ctx context.Context, repo *target.Repository, c *config.Config, number int) (hygiene.Decision, error) {
	issue, err := repo.Issue(ctx, number)
	if errors.Is(err, target.ErrNotFound) {
		return hygiene.Decision{}, errGone
	}
	if err != nil {
		return hygiene.Decision{}, err
	}
	var in hygiene.Issue
	for _, l := range issue.Labels {
		in.Labels = append(in.Labels, l.Name)
	}
	if issue.Milestone != nil {
		in.Milestone = issue.Milestone.Title
	}
	return hygiene.Decide(c, in), nil
}

func carryOut(ctx context.Context, repo *target.Repository, number int, decision hygiene.Decision, d *result.Details) error {
	for _, label := range decision.Remove {
		if err := repo.RemoveLabel(ctx, number, label); err != nil {
			return fmt.Errorf("label %q was not removed: %w", label, err)
		}
		d.Actions = append(d.Actions, result.Action{ID: "issue.label.remove", Details: fmt.Sprintf("issue %d: label %q", number, label)})
	}
	if decision.Milestone == "" {
		return nil
	}
	all, err := repo.Milestones(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(m target.Milestone) bool { return m.Title == decision.Milestone })
	if i < 0 {
		d.Check("milestone", result.Fail, "the repository has no milestone %q; run materialize, which creates those that the configuration lists", decision.Milestone)
		return nil
	}
	if err := repo.SetMilestone(ctx, number, all[i]); err != nil {
		return fmt.Errorf("milestone %q was not set: %w", decision.Milestone, err)
	}
	d.Actions = append(d.Actions, result.Action{ID: "issue.milestone.set", Details: fmt.Sprintf("issue %d: milestone %q", number, decision.Milestone)})
	return nil
}
