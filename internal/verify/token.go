package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/runner/facts"
)

// closed reports whether nobody can check the platform out without a token.
func (v *verifier) closed() bool { return v.plan.Facts.Visibility != "public" }

// authorized reports whether a token is minted for an engine's job.
func (v *verifier) authorized(e facts.Engine) bool { return v.ofEngineApp(e) || e.ReadsTelemetry }

// ofEngineApp reports whether one of them is minted by the engine App.
func (v *verifier) ofEngineApp(e facts.Engine) bool { return v.closed() || len(e.Permissions) > 0 }

// tokens: what unseal opened goes to one place each, and nowhere else: the engine's own to the steps of the spec, that
// for the platform's files to the one step that checks them out; and each to the step that revokes it when nothing needs it any more.
func (v *verifier) tokens(d document, uses []use) {
	v.revoked(d)
	for _, u := range uses {
		name, opened := strings.CutPrefix(expr.Print(u.tree), "steps.unseal.outputs.")
		if !opened && !strings.Contains(expr.Print(u.tree), "steps.unseal") {
			continue
		}
		if !v.mayTake(d, u.path, name) {
			v.report("verify-token", d.pos(u.node), "%s holds %s", u.path, u.node.Value)
		}
	}
}

var tokenFieldRE = regexp.MustCompile(`^(jobs\.engine\.steps\[[0-9]+\])\.(env\.GH_TOKEN|env\.TELEMETRY_TOKEN|env\.PLATFORM_TOKEN|with\.token)$`)

func (v *verifier) mayTake(d document, path, token string) bool {
	m := tokenFieldRE.FindStringSubmatch(path)
	if m == nil {
		return false
	}
	step := stepAt(d, m[1])
	revokes := lastVerb(step) == "revoke" // revoked judges when
	switch m[2] + " " + token {
	case "env.GH_TOKEN token":
		return isEngineStep(step) || revokes
	case "env.TELEMETRY_TOKEN telemetry_token":
		return (isEngineStep(step) || revokes) && v.engineOf(d).ReadsTelemetry
	case "env.PLATFORM_TOKEN platform_token":
		return v.closed() && revokes && !behindEngineStep(d, step)
	case "with.token platform_token":
		return v.closed() && !isEngineStep(step) && text(get(step, "with", "repository")) == v.plan.Facts.Repository
	}
	return false
}

// revoked: every token that the engine's job is handed is revoked whatever happened before: that for the platform's files
// behind the checkout and before any step of the spec, the others behind the last of those and behind collect, which must
// follow it at once.
func (v *verifier) revoked(d document) {
	steps := items(get(d.root, "jobs", "engine", "steps"))
	if len(steps) == 0 || !strings.HasPrefix(d.file, enginePrefix) {
		return
	}
	first := slices.IndexFunc(steps, isEngineStep)
	collected := slices.IndexFunc(steps, func(step *yaml.Node) bool { return lastVerb(step) == "collect" })
	if first < 0 || collected < 0 {
		return // the closed world misses them
	}
	e := v.engineOf(d)
	for _, token := range []struct {
		name, output string
		handed       bool
		among        []*yaml.Node
	}{
		{"GH_TOKEN", "token", len(e.Permissions) > 0, steps[collected:]},
		{"TELEMETRY_TOKEN", "telemetry_token", e.ReadsTelemetry, steps[collected:]},
		{"PLATFORM_TOKEN", "platform_token", v.closed(), behindCheckout(steps[:first])},
	} {
		if token.handed && !v.revokes(token.among, token.name, "steps.unseal.outputs."+token.output) {
			v.report("verify-token", d.pos(get(d.root, "jobs", "engine")), "no step revokes %s once nothing needs it", token.name)
		}
	}
}

// revokes reports whether one of the steps revokes what an expression says, in any case.
func (v *verifier) revokes(steps []*yaml.Node, name, expression string) bool {
	return slices.ContainsFunc(steps, func(step *yaml.Node) bool {
		always := get(step, "if")
		return lastVerb(step) == "revoke" && v.isExpression(get(step, "env", name), expression) && always != nil && v.condition(always).printed == "always()"
	})
}

// behindEngineStep reports whether a step of the spec stands before this one, on whose machine nothing can be trusted since.
func behindEngineStep(d document, step *yaml.Node) bool {
	steps := items(get(d.root, "jobs", "engine", "steps"))
	at := slices.Index(steps, step)
	return slices.ContainsFunc(steps[:max(0, at)], isEngineStep)
}

// behindCheckout returns the steps behind the last one that checks files out.
func behindCheckout(steps []*yaml.Node) []*yaml.Node {
	for i := len(steps) - 1; i >= 0; i-- {
		if strings.HasPrefix(text(get(steps[i], "uses")), "actions/checkout@") {
			return steps[i+1:]
		}
	}
	return nil
}

// engineOf returns the engine whose workflow a file is.
func (v *verifier) engineOf(d document) facts.Engine {
	e, _ := v.plan.Facts.Engine(strings.TrimSuffix(strings.TrimPrefix(d.file, enginePrefix), ".yml"))
	return e
}

// stepAt returns the step whose path this is.
func stepAt(d document, path string) *yaml.Node {
	for id, job := range pairs(get(d.root, "jobs")) {
		for i, step := range items(get(job, "steps")) {
			if index("jobs."+id.Value+".steps", i) == path {
				return step
			}
		}
	}
	return nil
}

var factsRE = regexp.MustCompile(`(?s)^set -euo pipefail\ncat > "\$RUNNER_TEMP/facts\.json" << 'FACTS'\n(.*\n)FACTS\n$`)

// factsWritten: a trusted verb reads the facts of the checkout, or where there is none those that a step before it wrote,
// which are the planned ones. The sweep's are those of the release that its file names.
func (v *verifier) factsWritten(d document, id string, job *yaml.Node) {
	written := false
	for _, step := range items(get(job, "steps")) {
		if m := factsRE.FindStringSubmatch(text(get(step, "run"))); m != nil && get(step, "if") == nil {
			sum := sha256.Sum256([]byte(m[1]))
			written = hex.EncodeToString(sum[:]) == v.plan.FactsDigest
		}
		file := get(step, "env", "FACTS_FILE")
		if file == nil {
			continue
		}
		ok := text(file) == "runner/facts.json"
		if v.closed() {
			ok = written && v.isExpression(file, "format('{0}/facts.json', runner.temp)")
		}
		if !ok || d.file != telemetryFile && text(get(step, "env", "FACTS_SHA256")) != v.plan.FactsDigest {
			v.report("verify-facts", d.pos(step), "job %s does not work on the planned facts", id)
		}
	}
}
