package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// refusal is one way in which preflight ends a run before any engine starts.
type refusal struct {
	name    string
	prepare []func(*world) // before the platform is generated
	change  func(*world)   // before the run
	event   string         // push where it is empty
	payload map[string]any // of event
	check   string         // the id of the check that fails
	says    string         // a part of its sentence
	record  bool           // a record can be written
}

func refusals() []refusal {
	elsewhere := registryWith(`"orgs": {"acme": {"telemetry_repo": %q, "repos": {}}}`, "other/telemetry")
	nobody := registryWith(`"orgs": {"other": {"telemetry_repo": %q, "repos": {}}}`, "other/telemetry")
	return []refusal{
		{
			name: "the target cannot be read", change: answers(http.MethodGet, "/repos/acme/host", 403, `{"message":"Resource not accessible by integration"}`),
			check: "target", says: "acme/host cannot be read", record: true,
		},
		{
			name: "the target is archived", change: archived, check: "target", says: "acme/archive is archived: unarchive it, or take the stub out of it", record: true,
		},
		{
			name: "the registry blocks the release", prepare: []func(*world){registryWith(`"orgs": {"acme": {"telemetry_repo": %q, "repos": {}}}`, telemetryRepo)}, change: blocked,
			check: "release", says: "enforce removes labels it must keep", record: true,
		},
		{
			name: "no telemetry repository is named", prepare: []func(*world){nobody}, change: entered,
			check: "registry", says: "names no telemetry repository for acme", record: false,
		},
		{
			name: "telemetry belongs to another owner", prepare: []func(*world){elsewhere}, change: entered,
			check: "telemetry", says: "belongs to another owner", record: false,
		},
		{
			name: "telemetry cannot be written", change: func(w *world) { w.github.Suspend(telemetryApp, "acme") },
			check: "installation", says: "is suspended", record: false,
		},
		{
			name: "the token can do more than was asked for", change: wideToken, check: "installation", says: "not the one asked for", record: true,
		},
		{
			name: "engine_ref is not the running commit", prepare: []func(*world){typedRef},
			check: "engine-ref", says: "must be one commit", record: true,
		},
		{
			name: "a correlation id that is no name", event: "workflow_dispatch", payload: dispatch(map[string]any{"route": "validate", "correlation_id": "../../etc"}),
			check: "request", says: "correlation", record: true,
		},
		{
			name: "a correlation id of another run", event: "workflow_dispatch", payload: dispatch(map[string]any{"route": "validate", "correlation_id": "taken"}), change: squatted,
			check: "record", says: "the correlation id taken belongs to run 77", record: false,
		},
	}
}

// TestRefused: each way in which preflight fails. No job of an engine starts, the run is red, its summary says why, and
// there is a record with ok=false, wherever telemetry can be reached at all.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, c := range refusals() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, example, map[string]string{".github/task-assistant.yml": validConfig}, c.prepare...).install()
			if c.change != nil {
				c.change(w)
			}
			event, payload := "push", push()
			if c.event != "" {
				event, payload = c.event, c.payload
			}
			before := len(w.github.Log(w.telemetry, "main"))
			r := w.run(event, payload, nil)
			emit := "success"
			if !c.record {
				emit = "failure"
			}
			w.preflightFails(r, emit)
			w.saysWhy(r.Step("dispatch/preflight/check", "check").Log, "::error::preflight check "+c.check+": ", c.says)
			w.saysWhy(r.Step("dispatch/verdict", "Judge the run").Summary, "preflight")
			after := len(w.github.Log(w.telemetry, "main"))
			if !c.record {
				if after != before {
					t.Errorf("%d records were written", after-before)
				}
				return
			}
			got := w.records()["preflight"]
			if after != before+1 || got.OK || !strings.HasPrefix(got.reason(), "preflight-failed: ") && !strings.HasPrefix(got.reason(), "engine-ref-mismatch: ") {
				t.Errorf("%d records; preflight: %+v, reason %q", after-before, got, got.reason())
			}
		})
	}
}

// saysWhy demands that text holds every part.
func (w *world) saysWhy(text string, parts ...string) {
	w.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			w.t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

// registryWith makes a registry name the telemetry repository; orgs says of which owners.
func registryWith(orgs, telemetry string) func(*world) {
	return func(w *world) {
		w.t.Helper()
		w.register(fmt.Sprintf(`{"schema_version": "2.0", `+orgs+`}`, telemetry))
	}
}

// entered lets the engine App read the registry.
func entered(w *world) { w.github.Install(engineApp, "acme", w.host, registryRepo) }

// blocked names the release in the registry as one that must not run.
func blocked(w *world) {
	entered(w)
	w.github.Commit(registryRepo, "main", "block", githubtest.Files(map[string]string{
		"telemetry/registry.v2.json": fmt.Sprintf(`{"schema_version": "2.0", "blocked_releases": [{"commit": %q, "reason": "enforce removes labels it must keep"}],
			"orgs": {"acme": {"telemetry_repo": %q, "repos": {}}}}`, w.release, telemetryRepo),
	})...)
}

// archived lets the event come from a repository that was archived since.
func archived(w *world) {
	w.host = "acme/archive"
	w.github.AddRepository(w.host, githubtest.Repository{Private: true, Archived: true})
	w.github.Commit(w.host, "main", "onboard", w.files("generated/task-assistant/host/full")...)
	w.install()
}

// squatted puts a record of another run where this one's would be.
func squatted(w *world) {
	path := "telemetry/v1/repos/acme-host/" + time.Now().UTC().Format(time.DateOnly) + "/taken/preflight.json"
	w.github.Commit(telemetryRepo, "main", "telemetry", githubtest.Files(map[string]string{path: `{"source": {"run_id": 77, "run_attempt": 1}}`})...)
}

// typedRef lets the dispatcher hand over a commit that somebody typed.
func typedRef(w *world) {
	w.tampered = append(w.tampered, edit{".github/workflows/dispatcher.yml", "engine_ref: ${{ needs.plan.outputs.engine_ref }}", "engine_ref: " + strings.Repeat("ab", 20)})
}

// answers makes GitHub refuse one request, whoever asks.
func answers(method, path string, status int, body string) func(*world) {
	return func(w *world) {
		w.github.Intercept(func(r *http.Request) *githubtest.Response {
			if r.Method != method || strings.TrimPrefix(r.URL.Path, "/api/v3") != path {
				return nil
			}
			return &githubtest.Response{Status: status, Body: body}
		})
	}
}

var mintRE = regexp.MustCompile(`/app/installations/\d+/access_tokens$`)

// wideToken makes GitHub mint the engine App's tokens with more than is asked for.
func wideToken(w *world) {
	w.github.Intercept(func(r *http.Request) *githubtest.Response {
		var asked struct {
			Repositories []string          `json:"repositories"`
			Permissions  map[string]string `json:"permissions"`
		}
		if !mintRE.MatchString(r.URL.Path) || json.NewDecoder(r.Body).Decode(&asked) != nil || asked.Repositories[0] != "host" {
			return nil
		}
		return &githubtest.Response{Status: 201, Broken: true, Body: `{"token":"ghs_wide","expires_at":"2099-01-01T00:00:00Z","permissions":{"metadata":"read","contents":"write"},"repositories":[{"full_name":"acme/host"}]}`}
	})
}
