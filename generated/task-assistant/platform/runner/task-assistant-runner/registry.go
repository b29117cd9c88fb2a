package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// registry is what the operators' file says, as far as runs depend on it. Readers ignore what they do not know.
type registry struct {
	SchemaVersion   string `json:"schema_version"`
	BlockedReleases []struct {
		Commit string `json:"commit"`
		Reason string `json:"reason"`
	} `json:"blocked_releases"`
	// MinimumRelease is a tag of the platform that a release must contain, "" where any may run.
	MinimumRelease string                   `json:"minimum_release"`
	Orgs           map[string]registryOwner `json:"orgs"`
}

// registryOwner is an owner of monitored repositories.
type registryOwner struct {
	// TelemetryRepo is the owner/name that takes the records of all its repositories.
	TelemetryRepo string `json:"telemetry_repo"`
	// Repos by name, without the owner.
	Repos map[string]registryRepo `json:"repos"`
}

// registryRepo is one monitored repository; State is "enabled" or "disabled".
type registryRepo struct {
	State  string `json:"state"`
	Reason string `json:"reason"`
}

const registryVersion = "2.0"

// reading is the registry as it was read.
type reading struct {
	registry
	// from names the file in messages.
	from string
	// telemetry takes the records of the run's owner.
	telemetry string
	// token reads the registry, and what is public.
	token string
	// err says why nothing follows from the registry.
	err error
}

// readRegistry reads the registry with a token for its repository alone. Without a registry it asks for nothing.
func (i *inspection) readRegistry(ctx context.Context, engineKey string) reading {
	at := i.run.facts.Telemetry.Registry
	if at == nil {
		return reading{}
	}
	r := reading{from: at.Repository + "/" + at.Path}
	a := i.enter(ctx, i.run.facts.Apps.Engine, engineKey, github.Scope{Repository: at.Repository, Permissions: readScope()})
	if r.token, r.err = a.token, a.err; r.err != nil {
		return r
	}
	file, err := i.client.File(ctx, r.token, at.Repository, at.Path)
	switch {
	case github.IsNotFound(err):
		r.err = fmt.Errorf("the registry %s does not exist: correct telemetry.registry, or put the file there", r.from)
	case err != nil:
		r.err = fmt.Errorf("the registry %s cannot be read: %w: try again, and if it stays, see what the GitHub App %s may read there", r.from, err, i.run.facts.Apps.Engine.Slug)
	default:
		r.telemetry, r.err = r.decode(file.Data, i.run.repository)
	}
	return r
}

// decode reads the file and returns the telemetry repository for target.
func (r *reading) decode(data []byte, target string) (string, error) {
	if err := json.Unmarshal(data, &r.registry); err != nil {
		return "", fmt.Errorf("the registry %s is not JSON of its form: %w: correct it as docs/registry.md of tasc says", r.from, err)
	}
	if r.SchemaVersion != registryVersion {
		return "", fmt.Errorf("the registry %s has schema_version %q, expected %q: correct it, or vend a stub that reads it", r.from, actions.Line(r.SchemaVersion, 20), registryVersion)
	}
	owner, _, _ := strings.Cut(target, "/")
	org, known := named(r.Orgs, owner)
	if !known || org.TelemetryRepo == "" {
		return "", fmt.Errorf("the registry %s names no telemetry repository for %s: add the owner to it, or take the stub out of %s", r.from, owner, target)
	}
	return org.TelemetryRepo, nil
}

// named returns the entry of a name as GitHub compares names, in any case.
func named[V any](entries map[string]V, name string) (V, bool) {
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if strings.EqualFold(key, name) {
			return entries[key], true
		}
	}
	var none V
	return none, false
}

// addRegistry adds whether the target may be worked on. One that is not listed may, with a warning: its owner is known.
func (i *inspection) addRegistry(r reading) {
	owner, name, _ := strings.Cut(i.run.repository, "/")
	org, _ := named(r.Orgs, owner)
	repo, listed := named(org.Repos, name)
	switch {
	case r.err != nil:
		i.add(checkRegistry, "", r.err)
	case !listed:
		i.add(checkRegistry, "", nil)
		i.warn(fmt.Errorf("%s is not listed in the registry %s, and runs since its owner is: add it there", i.run.repository, r.from))
	case repo.State == "disabled":
		i.add(checkRegistry, "", fmt.Errorf("the registry %s disables %s: %s; enable it there, or take the stub out of it", r.from, i.run.repository, reason(repo.Reason)))
	case repo.State != "enabled":
		i.add(checkRegistry, "", fmt.Errorf("the registry %s gives %s the state %q, expected enabled or disabled: correct it there", r.from, i.run.repository, actions.Line(repo.State, 40)))
	default:
		i.add(checkRegistry, "the registry enables the target", nil)
	}
}

func reason(text string) string {
	if text == "" {
		return "it gives no reason"
	}
	return actions.Line(text, 300)
}

// release refuses a release that is blocked, or that does not contain the one which the registry asks for at least. A
// commit does not know its tag, so git is asked: what came after a release contains it.
func (i *inspection) release(ctx context.Context, r reading, platform access) error {
	if r.err != nil {
		return notChecked(checkRegistry)
	}
	for _, blocked := range r.BlockedReleases {
		if strings.EqualFold(blocked.Commit, i.run.commit) {
			return fmt.Errorf("the registry %s blocks the release at %s: %s; vend a newer stub", r.from, i.run.commit, reason(blocked.Reason))
		}
	}
	minimum := r.MinimumRelease
	switch {
	case minimum == "":
		return nil
	case !isVersion(minimum):
		return fmt.Errorf("the registry %s has the minimum_release %q, expected a full version tag such as v1.4.0: correct it there", r.from, actions.Line(minimum, 100))
	case !record.IsCommit(i.run.commit):
		return notChecked(checkEngineRef)
	}
	token := r.token
	if i.run.facts.Closed() {
		if token = platform.token; token == "" {
			return notChecked(platform.by)
		}
	}
	contains, err := i.client.Contains(ctx, token, i.run.facts.Repository, minimum, i.run.commit)
	switch {
	case err != nil:
		return fmt.Errorf("the registry %s asks for %s at least, and %s cannot be compared with it: %w: see that %s has this tag", r.from, minimum, i.run.commit, err, i.run.facts.Repository)
	case !contains:
		return fmt.Errorf("the registry %s asks for %s at least, and the release at %s does not contain it: vend a newer stub", r.from, minimum, i.run.commit)
	}
	return nil
}

// isVersion reports whether s is a full version tag: v1.4.0, and what may stand behind a dash. The package regexp would
// make the runner larger.
func isVersion(s string) bool {
	core, pre, dashed := strings.Cut(strings.TrimPrefix(s, "v"), "-")
	numbers := strings.Split(core, ".")
	ok := strings.HasPrefix(s, "v") && len(numbers) == 3 && (pre != "") == dashed
	for _, n := range numbers {
		ok = ok && n != "" && (n == "0" || n[0] != '0') && strings.Trim(n, "0123456789") == ""
	}
	isPre := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '.' || r == '-'
	}
	return ok && !strings.ContainsFunc(pre, func(r rune) bool { return !isPre(r) })
}
