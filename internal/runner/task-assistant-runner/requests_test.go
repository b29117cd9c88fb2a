package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// TestRequests_PerVerb counts what each verb asks of GitHub, minting and its end aside, and holds it to its budget.
func TestRequests_PerVerb(t *testing.T) {
	judged := func(l *lab, recorded ...string) {
		for _, name := range recorded {
			l.env["ENGINE_NAME"] = name
			l.handOver(packText(l.t, `{"summary":"done"}`), "1")
			if code := l.run("emit").code; code != 0 {
				l.t.Fatalf("emit of %s ended with %d", name, code)
			}
		}
		data, err := json.Marshal(ran("config-push", map[string]need{"validate": good}))
		if err != nil {
			l.t.Fatal(err)
		}
		l.env["NEEDS"] = string(data)
	}
	registered := func(l *lab) {
		f := l.readFacts()
		w := &world{t: l.t, env: l.env, github: newGitHub(l.t)}
		w.withRegistry("")
		f.Telemetry = w.readFacts().Telemetry
		l.facts(*f)
		l.server.AddRepository("acme/infra", githubtest.Repository{})
		l.server.Commit("acme/infra", "main", "registry", githubtest.File{Path: "registry/v2.json", Content: registryOf(enabled)})
		l.server.Install("IvENGINE", "acme", target, "acme/infra")
	}
	tests := []struct {
		what, verb string
		prepare    func(*lab)
		budget     int
	}{
		{"plan", "plan", func(l *lab) { l.inRepository(`{"repository":{"default_branch":"main"}}`) }, 0},
		{"preflight", "preflight", func(*lab) {}, 4},
		{"preflight, with a registry", "preflight", registered, 5},
		{"authorize", "authorize", func(*lab) {}, 0},
		{"emit", "emit", func(l *lab) { l.handOver(packText(l.t, `{"summary":"done"}`), "1") }, 1},
		{"verdict", "verdict", func(l *lab) { judged(l, "preflight", "validate") }, 1},
		{"verdict, a record missing", "verdict", func(l *lab) { judged(l, "preflight") }, 3},
	}
	table := "| verb | requests | budget | minting and revoking |\n|---|--:|--:|--:|\n"
	for _, tt := range tests {
		l := newLab(t)
		l.jam = nil
		tt.prepare(l)
		before := len(l.server.Requests())
		l.run(tt.verb)
		asked, aside := 0, 0
		for _, r := range l.server.Requests()[before:] {
			if strings.HasSuffix(r.Path, "/installation") || strings.HasSuffix(r.Path, "/access_tokens") || r.Path == "/installation/token" {
				aside++
			} else {
				asked++
			}
		}
		if asked > tt.budget {
			t.Errorf("%s makes %d requests, and has a budget of %d", tt.what, asked, tt.budget)
		}
		table += fmt.Sprintf("| %s | %d | %d | %d |\n", tt.what, asked, tt.budget, aside)
	}
	t.Log("\n" + table)
}
