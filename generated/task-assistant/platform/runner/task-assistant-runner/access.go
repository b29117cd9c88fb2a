package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/github"
)

// access is an App's way into one repository, as far as it got.
type access struct {
	place        string
	installation *github.Installation
	token        string
	repository   github.Repository // as it was when the token was minted
	// err says why there is no token, and by is the check that reports it.
	err error
	by  string
}

// enterTarget gets the engine App into the target.
func (i *inspection) enterTarget(ctx context.Context, key string) access {
	if i.run.checkTarget(i.in.target) != nil {
		return access{by: checkRequest}
	}
	return i.enter(ctx, i.run.facts.Apps.Engine, key, github.Scope{Repository: i.in.target, Permissions: withMetadata(nil)})
}

// enterTelemetry gets the telemetry App into the telemetry repository, if there is one that may be entered. That it can
// be written is shown without a write: GitHub mints a token that writes there.
func (i *inspection) enterTelemetry(ctx context.Context, key string, registry reading) access {
	var err error
	i.telemetryRepo, err = i.run.telemetryRepository(registry.telemetry)
	switch {
	case registry.err != nil:
		return access{by: checkRegistry}
	case err != nil:
		return access{err: err, by: checkTelemetry}
	}
	a := i.enter(ctx, i.run.facts.Apps.Telemetry, key, github.Scope{Repository: i.telemetryRepo, Permissions: writeScope()})
	if a.installation != nil {
		a.by = checkTelemetry
	}
	return a
}

// enterPlatform gets the engine App into the platform's repository, if it must get in there to read it.
func (i *inspection) enterPlatform(ctx context.Context, key string) access {
	switch {
	case !i.run.facts.Closed():
		return access{by: checkInstallation}
	case i.run.checkOwner() != nil:
		return access{by: checkTarget}
	}
	return i.enter(ctx, i.run.facts.Apps.Engine, key, github.Scope{Repository: i.run.facts.Repository, Permissions: readScope()})
}

// enter finds the installation of an App and mints a token there.
func (i *inspection) enter(ctx context.Context, facts facts.App, key string, scope github.Scope) access {
	a := access{place: scope.Repository, by: checkInstallation}
	app, err := i.client.App(appOf(facts, key))
	if err != nil {
		a.err = err
		return a
	}
	in, err := app.Installation(ctx, scope.Repository)
	switch {
	case github.IsNotFound(err):
		a.err = fmt.Errorf("the GitHub App %s is not installed on %s: install it there and give it access to this repository", facts.Slug, a.place)
		return a
	case err != nil:
		a.err = fmt.Errorf("the installation of the GitHub App %s on %s cannot be read: %w: %s", facts.Slug, a.place, err, cure(err, "see that its client id and its private key belong together"))
		return a
	case in.SuspendedAt != nil:
		a.err = fmt.Errorf("the installation of the GitHub App %s on %s is suspended: an owner must unsuspend it", facts.Slug, a.place)
		return a
	}
	a.installation = &in
	token, err := app.MintAt(ctx, in, scope)
	a.token, a.repository = token.Value, token.Repository
	if err != nil {
		a.err = fmt.Errorf("%w: %s", err, cure(err, fmt.Sprintf("see that the installation of the GitHub App %s reaches %s and grants %s there", facts.Slug, a.place, list(scope.Permissions))))
	}
	return a
}

// cure is what to do about a refusal of GitHub's; otherwise where it is neither out of order nor at odds about the time.
func cure(err error, otherwise string) string {
	switch {
	case strings.Contains(err.Error(), "' claim ('"): // docs.github.com, "Generating a JSON web token": of a clock that is off
		return "set the clock of the machine that runs this job, which is not GitHub's time"
	case github.IsJammed(err):
		return "try again, and if it stays, see githubstatus.com"
	}
	return otherwise
}

// list returns permissions as people write them, sorted.
func list(permissions map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(permissions)) {
		all = append(all, name+": "+permissions[name])
	}
	return strings.Join(all, ", ")
}

// installations reports what kept an App out of a repository, but for what another check reports.
func installations(all ...access) error {
	var causes []error
	var others []string
	for _, a := range all {
		switch {
		case a.err != nil && a.by == checkInstallation:
			causes = append(causes, a.err)
		case a.installation == nil && a.by != checkInstallation:
			others = append(others, a.by)
		}
	}
	if len(causes) == 0 && len(others) > 0 {
		return notChecked(others[0])
	}
	return errors.Join(causes...)
}

// target checks that the repository of the run can be read and is active.
func (i *inspection) target(ctx context.Context, a access) error {
	if a.token == "" {
		return notChecked(a.by)
	}
	r, err := i.client.Repository(ctx, a.token, a.place)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w: try again, and if it stays, see which repositories the installed GitHub App reaches", a.place, err)
	}
	return active(a.place, r, "take the stub out of it")
}

// telemetry checks that the telemetry repository takes records. It asks for nothing: a token of exactly the scope that
// writes there was minted, and GitHub said then what state the repository is in.
func (i *inspection) telemetry(a access) error {
	switch {
	case a.err != nil && a.by == checkTelemetry:
		return a.err
	case a.token == "":
		return notChecked(a.by)
	}
	return active(a.place, a.repository, "name another one in telemetry.repository or the registry")
}

// active refuses a repository that cannot be written; otherwise says what to do in place of bringing it back.
func active(place string, r github.Repository, otherwise string) error {
	switch {
	case r.Archived:
		return fmt.Errorf("%s is archived: unarchive it, or %s", place, otherwise)
	case r.Disabled:
		return fmt.Errorf("%s is disabled by GitHub: ask its support, or %s", place, otherwise)
	}
	return nil
}

// errNotChecked marks a check that could not be made.
type errNotChecked struct{ by string }

func (e errNotChecked) Error() string { return "not checked: the check " + e.by + " says why" }

// notChecked is the outcome of a check that could not be made for a reason that another check reports.
func notChecked(by string) error { return errNotChecked{by} }
