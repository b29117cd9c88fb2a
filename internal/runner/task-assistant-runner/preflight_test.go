package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/handover"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// mints are the requests with which preflight gets into both repositories.
var mints = []string{
	"GET /repos/acme/service/installation",
	"POST /app/installations/7/access_tokens [service] map[metadata:read]",
	"GET /repos/acme/telemetry/installation",
	"POST /app/installations/7/access_tokens [telemetry] map[contents:write metadata:read]",
}

func TestPreflight_PassesWithThreeRequests(t *testing.T) {
	w := newWorld(t)
	got := w.run("preflight")
	expect(t, "code", got.code, 0)
	expect(t, "log", got.log, "::add-mask::ghs_minted\n::add-mask::ghs_minted\n")
	expect(t, "requests", w.github.requests, append(mints[:4:4],
		"GET /repos/acme/service", "GET /repos/acme/telemetry", "GET /repos/acme/telemetry/contents/"+runDir))
	expect(t, "ok and telemetry_repo", got.outputs["ok"]+" "+got.outputs["telemetry_repo"], "true "+telemetry)
	report, details := reportOf(t, got.outputs)
	expect(t, "summary", report.Summary, "all 7 checks passed")
	if _, refusal := record.Accept(details); refusal != nil {
		t.Errorf("emit would refuse these details: %+v", refusal)
	}
	expect(t, "number of outputs", len(got.outputs), 6)
}

// reportOf unpacks the details in outputs as emit does.
func reportOf(t *testing.T, outputs map[string]string) (checkReport, []byte) {
	t.Helper()
	expect(t, "state", outputs["details_state"], "ok")
	data, err := handover.Unpack(outputs["details"], record.MaxDetails)
	expect(t, "error", err, nil)
	expect(t, "sha256", outputs["details_sha256"], facts.Digest(data))
	var report checkReport
	expect(t, "error", json.Unmarshal(data, &report), nil)
	return report, data
}

func TestPreflight_FailsOnEachCheck(t *testing.T) {
	const dir = "GET /repos/acme/telemetry/contents/" + runDir
	all := append(mints[:4:4], "GET /repos/acme/service", "GET /repos/acme/telemetry", dir)
	telemetryOnly := []string{mints[2], mints[3], "GET /repos/acme/telemetry"}
	targetOnly := []string{mints[0], mints[1], "GET /repos/acme/service"}
	tests := []struct {
		name   string
		change func(*world)
		failed map[string]string // check id and part of its details
		asked  []string
		repo   string // telemetry_repo
	}{
		{"problem", func(w *world) { w.env["PROBLEM"] = "the input route is empty" }, map[string]string{"request": "the input route is empty"}, all, telemetry},
		{"unknown route", func(w *world) { w.env["ROUTE"] = "x" }, map[string]string{"request": `the route "x" is not one`}, all, telemetry},
		{"bad correlation id", func(w *world) { w.env["CORRELATION_ID"] = "../x" }, map[string]string{"request": "the correlation id", "record": "not checked: the correlation id"}, all[:6], telemetry},
		{"bad date", func(w *world) { w.env["RUN_DATE"] = "today" }, map[string]string{"request": "the run's date", "record": "not checked: the run's date"}, all[:6], telemetry},
		{"another target", func(w *world) { w.env["TARGET_REPO"] = "acme/other" }, map[string]string{
			"request": "target_repo is", "installation": "target_repo is", "target": "no access to acme/other", "permissions": "not checked", "record": "not checked",
		}, telemetryOnly, telemetry},
		{"engine App not installed", func(w *world) { w.github.absent["IvENGINE "+target] = true }, map[string]string{
			"installation": "the GitHub App acme-engine is not installed on acme/service: install it", "target": "no access", "permissions": "not checked",
		}, []string{mints[0], mints[2], mints[3], "GET /repos/acme/telemetry", dir}, telemetry},
		{"telemetry App not installed", func(w *world) { w.github.absent["IvTELEMETRY "+telemetry] = true }, map[string]string{
			"installation": "acme-telemetry is not installed on acme/telemetry", "telemetry": "no access", "record": "not checked",
		}, []string{mints[0], mints[1], mints[2], "GET /repos/acme/service"}, telemetry},
		{"suspended", func(w *world) { w.github.suspended = true }, map[string]string{
			"installation": "is suspended: an owner must unsuspend it", "target": "no access", "telemetry": "no access", "permissions": "not checked", "record": "not checked",
		}, []string{mints[0], mints[2]}, telemetry},
		{"no engine key", func(w *world) { w.env["ENGINE_APP_KEY"] = "" }, map[string]string{
			"installation": "the secret is missing", "target": "no access", "permissions": "not checked",
		}, []string{mints[2], mints[3], "GET /repos/acme/telemetry", dir}, telemetry},
		{"no telemetry key", func(w *world) { w.env["TELEMETRY_APP_KEY"] = "x" }, map[string]string{
			"installation": "IvTELEMETRY is not PEM", "telemetry": "no access", "record": "not checked",
		}, targetOnly, telemetry},
		{"wider tokens", func(w *world) { w.github.extra["issues"] = "write" }, map[string]string{
			"installation": "not the one asked for", "target": "no access", "telemetry": "not the one asked for", "record": "not checked",
		}, mints, telemetry},
		{"target archived", func(w *world) { w.github.archived[target] = true }, map[string]string{"target": "acme/service is archived"}, all, telemetry},
		{"telemetry archived", func(w *world) { w.github.archived[telemetry] = true }, map[string]string{"telemetry": "acme/telemetry is archived"}, all, telemetry},
		{"repositories cannot be read", func(w *world) { w.github.status = 403 }, map[string]string{
			"target": "acme/service cannot be read", "telemetry": "acme/telemetry cannot be read", "record": "cannot be listed",
		}, all, telemetry},
		{"telemetry is the target", func(w *world) { w.telemetryRule("{owner}/Service") }, map[string]string{
			"installation": "no access to the telemetry repository", "telemetry": "is the target itself", "record": "not checked",
		}, targetOnly, ""},
		{"telemetry of another owner", func(w *world) { w.telemetryRule("other/telemetry") }, map[string]string{
			"installation": "no access", "telemetry": "belongs to another owner", "record": "not checked",
		}, targetOnly, ""},
		{"telemetry that is no repository", func(w *world) { w.telemetryRule("{owner}") }, map[string]string{
			"installation": "no access", "telemetry": "expected owner/name", "record": "not checked",
		}, targetOnly, ""},
		{"permissions missing", func(w *world) { w.github.granted = map[string]string{"contents": "read", "issues": "read"} }, map[string]string{
			"permissions": "does not grant issues: write (engine materialize): an owner must accept",
		}, all, telemetry},
		{"engine_ref of another commit", func(w *world) { w.env["ENGINE_REF"] = strings.Repeat("b2", 20) }, map[string]string{"engine-ref": "must be one commit"}, all, telemetry},
		{"no engine_ref", func(w *world) { w.env["ENGINE_REF"] = "" }, map[string]string{"engine-ref": "expected a full commit id"}, all, telemetry},
		{"recorded by another run", func(w *world) {
			w.github.files[telemetry+":"+runDir+"/preflight.json"] = `{"source":{"run_id":41,"run_attempt":2}}`
		}, map[string]string{"record": "the correlation id 42-1 belongs to run 41, attempt 2 already: use Re-run all jobs"}, append(all[:7:7], dir+"/preflight.json"), telemetry},
		{"recorded by no one knows whom", func(w *world) { w.github.files[telemetry+":"+runDir+"/preflight.json"] = `x` },
			map[string]string{"record": "a run whose record cannot be read"}, append(all[:7:7], dir+"/preflight.json"), telemetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.change(w)
			got := w.run("preflight")
			expect(t, "code", got.code, 1)
			expect(t, "requests", w.github.requests, tt.asked)
			expect(t, "ok and telemetry_repo", got.outputs["ok"]+" "+got.outputs["telemetry_repo"], "false "+tt.repo)
			checkReportFails(t, got, tt.failed)
		})
	}
}

// telemetryRule sets the platform's rule for the telemetry repository.
func (w *world) telemetryRule(rule string) {
	f := testFacts()
	f.Telemetry.Repository = rule
	w.facts(f)
}

// checkReportFails demands that exactly these checks failed, and that each is an error in the log; more are checks
// behind those that every platform has.
func checkReportFails(t *testing.T, got result, failed map[string]string, more ...string) {
	t.Helper()
	report, _ := reportOf(t, got.outputs)
	var ids []string
	for _, c := range report.Checks {
		ids = append(ids, c.ID)
		want, fails := failed[c.ID]
		if fails != (c.Outcome == "FAIL") || !strings.Contains(c.Details, want) {
			t.Errorf("check %s: got %s %q, want failed %t and %q", c.ID, c.Outcome, c.Details, fails, want)
		}
		if fails != strings.Contains(got.log, "::error::preflight check "+c.ID+": ") {
			t.Errorf("check %s: the log has an error for it or lacks one:\n%s", c.ID, got.log)
		}
	}
	expect(t, "checks", ids, append([]string{"request", "installation", "target", "telemetry", "permissions", "engine-ref", "record"}, more...))
}

func TestPreflight_WithoutARouteNeedsNoPermission(t *testing.T) {
	w := newWorld(t)
	w.env["ROUTE"] = ""
	w.github.granted = map[string]string{"metadata": "read"}
	expect(t, "code", w.run("preflight").code, 0)
}
