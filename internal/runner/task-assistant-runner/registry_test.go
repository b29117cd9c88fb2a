package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/runner/facts"
)

// withRegistry makes a registry say where telemetry goes.
func (w *world) withRegistry(text string) {
	f := testFacts()
	f.Telemetry.Repository, f.Telemetry.Registry = "", &facts.Registry{Repository: "acme/infra", Path: "registry/v2.json"}
	w.facts(f)
	if text != "" {
		w.github.files["acme/infra:registry/v2.json"] = text
	}
}

// registryOf is a registry that knows acme, with these entries of its repositories and these other members.
func registryOf(repos string, more ...string) string {
	return fmt.Sprintf(`{"schema_version":"2.0","description":"x","orgs":{"Acme":{"telemetry_repo":"acme/telemetry","repos":{%s}}}%s}`, repos, strings.Join(append([]string{""}, more...), ","))
}

const enabled = `"service":{"state":"enabled","context":"production","process":"x","reason":""}`

// registryReads are the requests that read the registry.
var registryReads = []string{
	"GET /repos/acme/infra/installation",
	"POST /app/installations/7/access_tokens [infra] map[contents:read metadata:read]",
	"GET /repos/acme/infra/contents/registry/v2.json",
}

// operatorsRegistry has the shape that operators of a public system keep: more members than are read, and more owners.
const operatorsRegistry = `{
  "schema_version": "2.0", "generated_at": "2026-01-21T00:00:00Z", "description": "Where telemetry goes (kept by operators).",
  "orgs": {
    "acme": {"telemetry_repo": "acme/telemetry", "repos": {
      "sandbox": {"state": "enabled", "context": "sandbox", "process": "infra-cli", "reason": ""},
      "service": {"state": "enabled", "context": "production", "process": "infra-cli", "reason": "the first one"}}},
    "octo-org": {"telemetry_repo": "octo-org/telemetry", "repos": {
      "install-test": {"state": "disabled", "context": "sandbox", "process": "infra-cli", "reason": "not any more"}}}
  }
}`

// registryCases are what a platform with a registry may meet.
func registryCases() []preflightCase {
	const dir = "GET /repos/acme/telemetry/contents/" + runDir
	rest := []string{"GET /repos/acme/service", dir}
	resolved := append(append(registryReads[:3:3], mints...), rest...)
	compared := append(resolved[:len(resolved):len(resolved)], "GET /repos/acme/platform/compare/v1.3.0..."+commit)
	unresolved := append(registryReads[:3:3], mints[0], mints[1], rest[0])
	holds := func(text string) func(*world) { return func(w *world) { w.withRegistry(text) } }
	service := func(state string) func(*world) { return holds(registryOf(`"service":` + state)) }
	minimum := func(version, status string) func(*world) {
		return func(w *world) {
			w.withRegistry(registryOf(enabled, `"minimum_release":"`+version+`"`))
			w.github.compared = map[string]string{}
			if status != "" {
				w.github.compared[version+"..."+commit] = status
			}
		}
	}
	blocked := func(commit, reason string) func(*world) {
		return holds(registryOf(enabled, `"blocked_releases":[{"commit":"`+commit+`","reason":"`+reason+`"}]`))
	}
	return []preflightCase{
		{"registry: enabled", holds(registryOf(enabled)), resolved, telemetry},
		{"registry: one that operators keep", holds(operatorsRegistry), resolved, telemetry},
		{"registry: a name in other letters", holds(registryOf(strings.Replace(enabled, "service", "Service", 1))), resolved, telemetry},
		{"registry: not listed", holds(registryOf("")), resolved, telemetry},
		{"registry: disabled", service(`{"state":"disabled","reason":"moves\n::error::x"}`), resolved, telemetry},
		{"registry: disabled without a reason", service(`{"state":"disabled"}`), resolved, telemetry},
		{"registry: another state", service(`{"state":"paused"}`), resolved, telemetry},
		{"registry: an owner that is not known", holds(`{"schema_version":"2.0","orgs":{"other":{"telemetry_repo":"other/telemetry"}}}`), unresolved, ""},
		{"registry: an owner without telemetry", holds(`{"schema_version":"2.0","orgs":{"acme":{}}}`), unresolved, ""},
		{"registry: no such file", holds(""), unresolved, ""},
		{"registry: it cannot be read", func(w *world) { w.withRegistry(registryOf(enabled)); w.github.answers["/v2.json"] = 403 }, unresolved, ""},
		{"registry: no JSON", holds("{"), unresolved, ""},
		{"registry: another version", holds(`{"schema_version":"1.0"}`), unresolved, ""},
		{"registry: the App is not there", func(w *world) { w.withRegistry(registryOf(enabled)); w.github.absent["IvENGINE acme/infra"] = true },
			append(registryReads[:1:1], mints[0], mints[1], rest[0]), ""},
		{"registry: telemetry of another owner", holds(strings.Replace(registryOf(enabled), "acme/telemetry", "other/telemetry", 1)), unresolved, ""},
		{"registry: telemetry is the target", holds(strings.Replace(registryOf(enabled), "acme/telemetry", "acme/Service", 1)), unresolved, ""},
		{"registry: blocked", blocked(strings.ToUpper(commit), "loses labels"), resolved, telemetry},
		{"registry: blocked without a reason", blocked(commit, ""), resolved, telemetry},
		{"registry: another one is blocked", blocked(strings.Repeat("b2", 20), "x"), resolved, telemetry},
		{"registry: after the minimum", minimum("v1.3.0", "ahead"), compared, telemetry},
		{"registry: the minimum itself", minimum("v1.3.0", "identical"), compared, telemetry},
		{"registry: before the minimum", minimum("v1.3.0", "behind"), compared, telemetry},
		{"registry: beside the minimum", minimum("v1.3.0", "diverged"), compared, telemetry},
		{"registry: a minimum that is no tag", minimum("v1.3.0", ""), compared, telemetry},
		{"registry: a minimum that is no version", minimum("v1", ""), resolved, telemetry},
		{"registry: a minimum, and no commit to compare", func(w *world) { minimum("v1.3.0", "ahead")(w); w.env["JOB_CONTEXT"] = "{}" }, resolved, telemetry},
	}
}

func TestIsVersion(t *testing.T) {
	for in, want := range map[string]bool{
		"v1.4.0": true, "v0.0.0": true, "v10.20.30-rc.1": true, "v1.0.0-a-b": true,
		"v1": false, "v1.2": false, "1.2.3": false, "v1.2.3.4": false, "v01.2.3": false, "v1.2.x": false, "v1..3": false, "v1.2.3-": false,
		"v1.2.3-a/b": false, "v1.2.3 ": false, "v1.2.3+b": false, "": false, "vv1.2.3": false,
	} {
		if isVersion(in) != want {
			t.Errorf("isVersion(%q) = %t", in, !want)
		}
	}
}

// TestRegistry_IsReadByPreflightAlone: the other jobs take what it found, hold it to the rules for any telemetry
// repository, and record nothing where it found none.
func TestRegistry_IsReadByPreflightAlone(t *testing.T) {
	tests := []struct {
		name, handed string
		code         int
		log          string
	}{
		{"resolved", telemetry, 0, "recorded"},
		{"not resolved", "", 1, "nothing can be recorded: no telemetry repository for acme/service: preflight found none in the registry acme/infra"},
		{"of another owner", "other/telemetry", 1, "belongs to another owner"},
		{"the target", target, 1, "is the target itself"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.withRegistry(registryOf(enabled))
			w.env["TELEMETRY_REPO"] = tt.handed
			w.handOver(packText(t, `{"summary":"done"}`), "1")
			got := w.run("emit")
			expect(t, "code", got.code, tt.code)
			if !strings.Contains(got.log, tt.log) {
				t.Errorf("log: got %q, want one that holds %q", got.log, tt.log)
			}
			for _, r := range w.github.requests {
				if strings.Contains(r, "infra") {
					t.Errorf("emit asked for %s", r)
				}
			}
		})
	}
}
