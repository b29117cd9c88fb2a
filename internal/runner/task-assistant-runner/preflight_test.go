package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
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

func TestPreflight_PassesWithTwoRequests(t *testing.T) {
	w := newWorld(t)
	got := w.run("preflight")
	expect(t, "code", got.code, 0)
	expect(t, "log", got.log, "::add-mask::ghs_minted\n::add-mask::ghs_minted\n")
	expect(t, "requests", w.github.requests, append(mints[:4:4],
		"GET /repos/acme/service", "GET /repos/acme/telemetry/contents/"+runDir))
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

// preflightCase is one thing that preflight may find.
type preflightCase struct {
	name   string
	change func(*world)
	asked  []string
	repo   string // telemetry_repo
}

// preflightCases are what a platform without a registry may meet.
func preflightCases() []preflightCase {
	const dir = "GET /repos/acme/telemetry/contents/" + runDir
	all := append(mints[:4:4], "GET /repos/acme/service", dir)
	telemetryOnly := []string{mints[2], mints[3]}
	targetOnly := []string{mints[0], mints[1], "GET /repos/acme/service"}
	recorded := append(all[:6:6], dir+"/preflight.json")
	return []preflightCase{
		{"a problem of plan", func(w *world) { w.env["PROBLEM"] = "the input route is empty" }, all, telemetry},
		{"an unknown route", func(w *world) { w.env["ROUTE"] = "x" }, all, telemetry},
		{"a bad correlation id", func(w *world) { w.env["CORRELATION_ID"] = "../x" }, all[:5], telemetry},
		{"a bad date", func(w *world) { w.env["RUN_DATE"] = "today" }, all[:5], telemetry},
		{"another target", func(w *world) { w.env["TARGET_REPO"] = "acme/other" }, telemetryOnly, telemetry},
		{"engine App not installed", func(w *world) { w.github.absent["IvENGINE "+target] = true }, []string{mints[0], mints[2], mints[3], dir}, telemetry},
		{"telemetry App not installed", func(w *world) { w.github.absent["IvTELEMETRY "+telemetry] = true }, []string{mints[0], mints[1], mints[2], "GET /repos/acme/service"}, telemetry},
		{"suspended", func(w *world) { w.github.suspended = true }, []string{mints[0], mints[2]}, telemetry},
		{"the engine App's key is missing", func(w *world) { w.env["ENGINE_APP_KEY"] = "" }, []string{mints[2], mints[3], dir}, telemetry},
		{"the engine App's key is a public one", func(w *world) { w.env["ENGINE_APP_KEY"] = publicPEM }, []string{mints[2], mints[3], dir}, telemetry},
		{"the telemetry App's key is no PEM", func(w *world) { w.env["TELEMETRY_APP_KEY"] = "x" }, targetOnly, telemetry},
		{"a client id of another App", func(w *world) { w.github.answers["/installation"] = 401 }, []string{mints[0], mints[2]}, telemetry},
		{"tokens are not granted", func(w *world) { w.github.answers["/access_tokens"] = 422 }, []string{
			mints[0], "POST /app/installations/7/access_tokens", mints[2], "POST /app/installations/7/access_tokens"}, telemetry},
		{"wider tokens", func(w *world) { w.github.extra["issues"] = "write" }, mints, telemetry},
		{"the target is archived", func(w *world) { w.github.archived[target] = true }, all, telemetry},
		{"the target is disabled", func(w *world) { w.github.disabled[target] = true }, all, telemetry},
		{"the telemetry repository is archived", func(w *world) { w.github.archived[telemetry] = true }, all, telemetry},
		{"the telemetry repository is disabled", func(w *world) { w.github.disabled[telemetry] = true }, all, telemetry},
		{"repositories cannot be read", func(w *world) { w.github.status = 403 }, all, telemetry},
		{"telemetry is the target", func(w *world) { w.telemetryRule("{owner}/Service") }, targetOnly, ""},
		{"telemetry of another owner", func(w *world) { w.telemetryRule("other/telemetry") }, targetOnly, ""},
		{"telemetry that is no repository", func(w *world) { w.telemetryRule("{owner}") }, targetOnly, ""},
		{"permissions missing", func(w *world) { w.github.granted = map[string]string{"contents": "read", "issues": "read"} }, all, telemetry},
		{"engine_ref of another commit", func(w *world) { w.env["ENGINE_REF"] = strings.Repeat("b2", 20) }, all, telemetry},
		{"no engine_ref", func(w *world) { w.env["ENGINE_REF"] = "" }, all, telemetry},
		{"a runner that does not tell its commit", func(w *world) { w.env["JOB_CONTEXT"] = "{}" }, all, telemetry},
		{"recorded by another run", func(w *world) {
			w.github.files[telemetry+":"+runDir+"/preflight.json"] = `{"source":{"run_id":41,"run_attempt":2}}`
		}, recorded, telemetry},
		{"recorded by no one knows whom", func(w *world) { w.github.files[telemetry+":"+runDir+"/preflight.json"] = `x` }, recorded, telemetry},
		{"recorded before this system", func(w *world) {
			w.github.files[telemetry+":"+runDir+"/preflight.json"] = legacyRecord(w.t, "preflight")
		}, recorded, telemetry},
		{"all of it at once", func(w *world) {
			w.env["PROBLEM"], w.env["ROUTE"], w.env["TARGET_REPO"], w.env["ENGINE_REF"], w.env["TELEMETRY_APP_KEY"] = "the input x is not there", "y\n::error::z", "a/b", "main", ""
		}, nil, telemetry},
	}
}

const publicPEM = "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n"

// TestPreflight_SaysWhatToDo holds every sentence of preflight to testdata/preflight.txt, which is made to be read as an
// operator reads it: UPDATE=1 writes it.
func TestPreflight_SaysWhatToDo(t *testing.T) {
	said := "What preflight says of all that it may find. A check that passes is left out.\n"
	for _, c := range slices.Concat(preflightCases(), registryCases(), closedCases()) {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.change(w)
			got := w.run("preflight")
			report, _ := reportOf(t, got.outputs)
			expect(t, "requests", w.github.requests, c.asked)
			expect(t, "telemetry_repo", got.outputs["telemetry_repo"], c.repo)
			checkAnnotations(t, got, report)
			said += "\n== " + c.name + ": " + report.Summary + "\n" + sentences(report)
		})
	}
	golden(t, "testdata/preflight.txt", said)
}

// golden compares a text with a file, or writes that where UPDATE says so.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not what it was; UPDATE=1 writes it anew:\n%s", name, got)
	}
}

// sentences returns the checks that did not pass, one a line.
func sentences(report checkReport) string {
	var b strings.Builder
	for _, c := range report.Checks {
		if c.Outcome != "PASS" {
			fmt.Fprintf(&b, "%s %s: %s\n", c.Outcome, c.ID, c.Details)
		}
	}
	return b.String()
}

// checkAnnotations demands an error for every cause, a warning for every warning, nothing for a check that another one is
// in the way of, and that code and output ok tell the same.
func checkAnnotations(t *testing.T, got result, report checkReport) {
	t.Helper()
	log, err := readCommands(got.log)
	if err != nil {
		t.Fatal(err)
	}
	var said, want []string
	for _, c := range log {
		if c.name != "add-mask" {
			said = append(said, c.name+" "+c.data)
		}
	}
	failed := 0
	for _, kind := range []struct{ outcome, command string }{{"WARN", "warning"}, {"FAIL", "error"}} {
		for _, c := range report.Checks {
			if c.Outcome == kind.outcome && !strings.HasPrefix(c.Details, "not checked: ") {
				want = append(want, kind.command+" preflight check "+c.ID+": "+c.Details)
			}
			if c.Outcome == "FAIL" && kind.outcome == "FAIL" {
				failed++
			}
		}
	}
	expect(t, "annotations", said, want)
	expect(t, "code", got.code, min(failed, 1))
	expect(t, "ok", got.outputs["ok"], fmt.Sprint(failed == 0))
}

// telemetryRule sets the platform's rule for the telemetry repository.
func (w *world) telemetryRule(rule string) {
	f := testFacts()
	f.Telemetry.Repository = rule
	w.facts(f)
}

func TestPreflight_WithoutARouteNeedsNoPermission(t *testing.T) {
	w := newWorld(t)
	w.env["ROUTE"] = ""
	w.github.granted = map[string]string{"metadata": "read"}
	expect(t, "code", w.run("preflight").code, 0)
}
