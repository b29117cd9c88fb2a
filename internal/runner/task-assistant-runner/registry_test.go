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

func TestPreflight_ReadsTheRegistry(t *testing.T) {
	const dir = "GET /repos/acme/telemetry/contents/" + runDir
	rest := []string{"GET /repos/acme/service", "GET /repos/acme/telemetry", dir}
	resolved := append(append(registryReads[:3:3], mints...), rest...)
	compared := append(resolved[:len(resolved):len(resolved)], "GET /repos/acme/platform/compare/v1.3.0..."+commit)
	unresolved := append(registryReads[:3:3], mints[0], mints[1], rest[0])
	unknown := func(why string) map[string]string {
		return map[string]string{"installation": why, "telemetry": why, "record": why, "registry": why, "release": "not checked: "}
	}
	minimum := func(status string) func(*world) {
		return func(w *world) {
			w.withRegistry(registryOf(enabled, `"minimum_release":"v1.3.0"`))
			w.github.compared = map[string]string{"v1.3.0..." + commit: status}
		}
	}
	tests := []struct {
		name   string
		change func(*world)
		failed map[string]string
		asked  []string
		repo   string
	}{
		{"enabled", func(w *world) { w.withRegistry(registryOf(enabled)) }, nil, resolved, telemetry},
		{"a name in other letters", func(w *world) { w.withRegistry(registryOf(strings.Replace(enabled, "service", "Service", 1))) }, nil, resolved, telemetry},
		{"not listed", func(w *world) { w.withRegistry(registryOf("")) }, nil, resolved, telemetry},
		{"disabled", func(w *world) {
			w.withRegistry(registryOf(`"service":{"state":"disabled","reason":"moves\n::error::x"}`))
		},
			map[string]string{"registry": "disables acme/service: moves ::error::x"}, resolved, telemetry},
		{"another state", func(w *world) { w.withRegistry(registryOf(`"service":{"state":"paused"}`)) },
			map[string]string{"registry": `the state "paused", expected enabled or disabled`}, resolved, telemetry},
		{"an owner that is not known", func(w *world) {
			w.withRegistry(`{"schema_version":"2.0","orgs":{"other":{"telemetry_repo":"other/telemetry"}}}`)
		},
			unknown("the registry acme/infra/registry/v2.json names no telemetry repository for acme"), unresolved, ""},
		{"no such file", func(w *world) { w.withRegistry("") }, unknown("the registry acme/infra/registry/v2.json does not exist"), unresolved, ""},
		{"no JSON", func(w *world) { w.withRegistry("{") }, unknown("is not JSON of its form"), unresolved, ""},
		{"another version", func(w *world) { w.withRegistry(`{"schema_version":"1.0"}`) }, unknown(`has schema_version "1.0", expected "2.0"`), unresolved, ""},
		{"the App is not there", func(w *world) { w.withRegistry(registryOf(enabled)); w.github.absent["IvENGINE acme/infra"] = true },
			unknown("acme-engine is not installed on acme/infra"), append(registryReads[:1:1], mints[0], mints[1], rest[0]), ""},
		{"telemetry of another owner", func(w *world) {
			w.withRegistry(strings.Replace(registryOf(enabled), "acme/telemetry", "other/telemetry", 1))
		},
			map[string]string{"installation": "belongs to another owner", "telemetry": "belongs to another owner", "record": "belongs to another owner"}, unresolved, ""},
		{"telemetry is the target", func(w *world) {
			w.withRegistry(strings.Replace(registryOf(enabled), "acme/telemetry", "acme/Service", 1))
		},
			map[string]string{"installation": "is the target itself", "telemetry": "is the target itself", "record": "is the target itself"}, unresolved, ""},
		{"blocked", func(w *world) {
			w.withRegistry(registryOf(enabled, `"blocked_releases":[{"commit":"`+strings.ToUpper(commit)+`","reason":"loses labels"}]`))
		},
			map[string]string{"release": "blocks the release at " + commit + ": loses labels"}, resolved, telemetry},
		{"another one is blocked", func(w *world) {
			w.withRegistry(registryOf(enabled, `"blocked_releases":[{"commit":"`+strings.Repeat("b2", 20)+`"}]`))
		}, nil, resolved, telemetry},
		{"after the minimum", minimum("ahead"), nil, compared, telemetry},
		{"the minimum itself", minimum("identical"), nil, compared, telemetry},
		{"before the minimum", minimum("behind"), map[string]string{"release": "asks for v1.3.0 at least, and the release at " + commit + " does not contain it"}, compared, telemetry},
		{"beside the minimum", minimum("diverged"), map[string]string{"release": "does not contain it"}, compared, telemetry},
		{"a minimum that is no tag", func(w *world) { w.withRegistry(registryOf(enabled, `"minimum_release":"v1.3.0"`)) },
			map[string]string{"release": "cannot be compared with it"}, compared, telemetry},
		{"a minimum that is no version", func(w *world) { w.withRegistry(registryOf(enabled, `"minimum_release":"v1"`)) },
			map[string]string{"release": `minimum_release "v1", expected a full version tag`}, resolved, telemetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.change(w)
			got := w.run("preflight")
			expect(t, "requests", w.github.requests, tt.asked)
			expect(t, "telemetry_repo", got.outputs["telemetry_repo"], tt.repo)
			expect(t, "ok", got.outputs["ok"], fmt.Sprint(len(tt.failed) == 0))
			checkReportFails(t, got, tt.failed, "registry", "release")
			if warned := strings.Contains(got.log, "::warning::preflight check registry: acme/service is not listed in the registry"); warned != (tt.name == "not listed") {
				t.Errorf("a warning that the repository is not listed: %t\n%s", warned, got.log)
			}
		})
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
