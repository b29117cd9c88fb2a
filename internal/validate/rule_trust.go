package validate

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

func telemetryRepository(p *pass) {
	for _, pl := range p.set.Platforms {
		owner, _, _ := strings.Cut(pl.Repository.Value, "/")
		if strings.EqualFold(strings.Replace(pl.Telemetry.Value, "{owner}", owner, 1), pl.Repository.Value) {
			p.report(finding{pos: pl.Telemetry.Pos, message: "telemetry.repository is the platform's own repository", expected: "a repository that holds telemetry only", fix: "name another repository",
				notes: []diag.Note{{Pos: pl.Repository.Pos, Message: "the platform's repository"}}})
		}
	}
}

// closed reports whether nobody can check a platform out without a token.
func closed(pl *spec.Platform) bool { return pl.Visibility.Value != "public" }

func visibilityDelivery(p *pass) {
	for _, pl := range p.set.Platforms {
		if closed(pl) && pl.Delivery.Value != released {
			p.report(finding{pos: pl.Delivery.Pos, message: fmt.Sprintf("the platform is %s, and its runner is built from a checkout", pl.Visibility.Value), expected: "delivery: \"release\": trusted jobs have no token to check the platform out", fix: "download the runner",
				notes: []diag.Note{{Pos: pl.Visibility.Pos, Message: "its visibility"}}})
		}
	}
}

// visibilityOwner: telemetry is always of the monitored repository's owner, so an owner named there is that of them all.
func visibilityOwner(p *pass) {
	for _, pl := range p.set.Platforms {
		owner, _, _ := strings.Cut(pl.Repository.Value, "/")
		serves, _, _ := strings.Cut(pl.Telemetry.Value, "/")
		if closed(pl) && serves != "{owner}" && serves != "" && !strings.EqualFold(serves, owner) {
			p.report(finding{pos: pl.Telemetry.Pos, message: fmt.Sprintf("telemetry is of %s, and the platform of %s is %s", q(serves), q(owner), pl.Visibility.Value), expected: "monitored repositories, and their telemetry, of the platform's own owner", fix: "name a repository of " + owner + ", or \"{owner}/…\"",
				notes: []diag.Note{{Pos: pl.Repository.Pos, Message: "the platform's repository"}}})
		}
	}
}

func permissionUnknown(p *pass) {
	for _, e := range p.set.Engines {
		for _, perm := range e.Permissions {
			if !slices.Contains(spec.PermissionScopes, perm.Key.Value) {
				p.report(finding{pos: perm.Key.Pos, message: fmt.Sprintf("engine %s asks for the permission %s", q(e.Name.Value), q(perm.Key.Value)), expected: "one of " + list(spec.PermissionScopes), fix: suggest(perm.Key.Value, spec.PermissionScopes)})
			}
		}
	}
}

// permissionCeiling: issues, labels and milestones are all that an engine may ever write, and GitHub grants them as issues.
func permissionCeiling(p *pass) {
	for _, e := range p.set.Engines {
		for _, perm := range e.Permissions {
			if perm.Value.Value != "write" || perm.Key.Value == "issues" && e.Class.Value != "read-only" {
				continue
			}
			if !slices.Contains(spec.PermissionScopes, perm.Key.Value) {
				continue // a name that is wrong has its finding
			}
			want := "read, or issues: \"write\": labels, milestones and issues are all that an engine may write"
			if e.Class.Value == "read-only" {
				want = "read: the class read-only writes nothing"
			}
			p.report(finding{pos: perm.Value.Pos, message: fmt.Sprintf("engine %s of class %s asks for %s: write", q(e.Name.Value), e.Class.Value, perm.Key.Value), expected: want, fix: "ask for less",
				notes: []diag.Note{{Pos: e.Class.Pos, Message: "its class"}}})
		}
	}
}

func appsDistinct(p *pass) {
	for _, pl := range p.set.Platforms {
		engine, telemetry := pl.EngineApp, pl.TelemetryApp
		if pl.Mode.Value == marketplace {
			p.distinct("the two Apps have the same client_id", engine.ClientID, telemetry.ClientID)
			p.distinct("the two Apps have the same slug", engine.Slug, telemetry.Slug)
			p.distinct("the two Apps' keys are in the same secret", engine.PrivateKeySecret, telemetry.PrivateKeySecret)
		}
		p.distinct("the handover key is in the secret of the engine App's key", engine.PrivateKeySecret, pl.HandoverKeySecret)
		p.distinct("the handover key is in the secret of the telemetry App's key", telemetry.PrivateKeySecret, pl.HandoverKeySecret)
	}
}

func (p *pass) distinct(message string, a, b spec.String) {
	if strings.EqualFold(a.Value, b.Value) {
		p.report(finding{pos: b.Pos, message: message, expected: "two: whoever holds one key must not hold the other", fix: "name another", notes: []diag.Note{{Pos: a.Pos, Message: "the same value"}}})
	}
}

// hostedRE matches the labels of GitHub-hosted images that name a version (docs.github.com/actions/reference/runners/github-hosted-runners).
var hostedRE = regexp.MustCompile(`^(ubuntu-slim|(ubuntu|windows|macos)-[0-9]+(\.[0-9]+)?(-(arm|intel|large|xlarge))?)$`)

// engineLabels returns the labels of a platform's engine jobs: its own first, then those that engines name.
func (p *pass) engineLabels(pl *spec.Platform) [][]spec.String {
	out := [][]spec.String{pl.EnginesRunsOn}
	for _, e := range p.enginesOf(pl) {
		if len(e.RunsOn) > 0 {
			out = append(out, e.RunsOn)
		}
	}
	return out
}

func runsOnFloating(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, label := range slices.Concat(append(p.engineLabels(pl), pl.TrustedRunsOn)...) {
			if strings.HasSuffix(strings.ToLower(label.Value), "-latest") {
				p.report(finding{pos: label.Pos, message: fmt.Sprintf("the label %s moves to a new image without a commit", q(label.Value)), expected: "a label that names its image, such as \"ubuntu-24.04\"", fix: "name the version"})
			}
		}
	}
}

// runsOnShared: a machine takes the jobs whose labels it has all of. Where the labels of one side hold all of the
// other's, some machine takes both.
func runsOnShared(p *pass) {
	for _, pl := range p.set.Platforms {
		if pl.Ephemeral.Value {
			continue
		}
		for _, engine := range p.engineLabels(pl) {
			trusted := pl.TrustedRunsOn
			if len(trusted) == 0 || len(engine) == 0 || isHosted(trusted) || isHosted(engine) || !within(trusted, engine) && !within(engine, trusted) {
				continue
			}
			message := fmt.Sprintf("trusted jobs ask for machines with %s and engines for machines with %s, and one machine can be both", labels(trusted), labels(engine))
			if within(trusted, engine) && within(engine, trusted) {
				message = fmt.Sprintf("trusted jobs and engines share the self-hosted machines with %s", labels(engine))
			}
			p.report(finding{pos: engine[0].Pos, message: message, expected: "a label on each side that the other does not have: a job that holds an App key must not follow engine code on one machine", fix: "give the engines machines of their own, or say ephemeral: true if every machine takes one job and is gone",
				notes: []diag.Note{{Pos: trusted[0].Pos, Message: "the trusted jobs' labels"}}})
		}
	}
}

// isHosted reports whether labels ask for a machine of GitHub's, which is new for every job.
func isHosted(of []spec.String) bool { return len(of) == 1 && hostedRE.MatchString(of[0].Value) }

// within reports whether every label of a is one of b, as GitHub compares them, in any case.
func within(a, b []spec.String) bool {
	return !slices.ContainsFunc(a, func(x spec.String) bool {
		return !slices.ContainsFunc(b, func(y spec.String) bool { return strings.EqualFold(x.Value, y.Value) })
	})
}

func labels(of []spec.String) string {
	if len(of) == 1 {
		return "the label " + q(of[0].Value)
	}
	names := make([]string, len(of))
	for i, l := range of {
		names[i] = l.Value
	}
	return "the labels " + list(names)
}

// list prints names as a message does: `"a", "b"`.
func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = q(n)
	}
	return strings.Join(quoted, ", ")
}

// oneOf says what a name may be; otherwise is for the case that there is none.
func oneOf(names []string, otherwise string) string {
	if len(names) == 0 {
		return otherwise
	}
	return "one of " + list(names)
}

// suggest says what to do about a name that is none of names.
func suggest(name string, names []string) string {
	return cmp.Or(diag.Suggest(name, names), "correct the name")
}
