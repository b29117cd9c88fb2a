package main

import (
	"strings"
	"testing"

	"github.com/task-assistant/tasc/engines/internal/result"
	"github.com/task-assistant/tasc/engines/standin"
)

func run(t *testing.T, config string, status int) (standin.Ran, *standin.Repository) {
	t.Helper()
	repo := &standin.Repository{Config: config, Before: func(string, string) int { return status }}
	repo.Start(t)
	return repo.Run(t, "validate", validate, nil), repo
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name, config, summary string
		checks                []result.Check
	}{
		{"valid", "schema_version: \"1.0\"\n", ".github/task-assistant.yml is valid",
			[]result.Check{{ID: "config", Outcome: result.Pass, Details: ".github/task-assistant.yml is valid"}}},
		{"two problems", "schema_version: 1\nlabels: x\n", ".github/task-assistant.yml has 2 problems", []result.Check{
			{ID: "config", Outcome: result.Fail, Details: `.github/task-assistant.yml:1:17: schema_version is the number 1; expected a text in quotes, such as "1.0"`},
			{ID: "config", Outcome: result.Fail, Details: `.github/task-assistant.yml:2:9: labels is "x"; expected a list`},
		}},
		{"missing", "", ".github/task-assistant.yml is missing",
			[]result.Check{{ID: "config", Outcome: result.Fail, Details: ".github/task-assistant.yml is not on the default branch; add it to have this repository managed"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, repo := run(t, c.config, 0)
			failed := c.checks[0].Outcome == result.Fail
			if (got.Err != nil) != failed || got.Details.Summary != c.summary || got.Details.Tool != "validate" || !equal(got.Details.Checks, c.checks) {
				t.Errorf("err %v, details %+v", got.Err, got.Details)
			}
			if want := "GET /contents/.github/task-assistant.yml"; len(repo.Requests) != 1 || repo.Requests[0] != want {
				t.Errorf("requests %q, want %q", repo.Requests, want)
			}
		})
	}
}

func equal(a, b []result.Check) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestManyProblemsAreCut(t *testing.T) {
	got, _ := run(t, "schema_version: \"1\"\nmilestones:\n"+strings.Repeat("  - {}\n", 500), 0)
	last := got.Details.Checks[len(got.Details.Checks)-1]
	if want := (result.Check{ID: "more", Outcome: result.Fail, Details: "400 more checks"}); len(got.Details.Checks) != 101 || last != want {
		t.Errorf("%d checks, the last %+v", len(got.Details.Checks), last)
	}
}

// TestLog: text of the repository cannot become a workflow command of its own.
func TestLog(t *testing.T) {
	for body, want := range map[string]string{
		"schema_version: \"1.0\"\n":                    "::notice title=config::.github/task-assistant.yml is valid\n",
		"schema_version: \"##[add-mask]1%0Azz\"\n":     "::error title=config::.github/task-assistant.yml:1:17: schema_version is \"##[add-mask]1%250Azz\"; expected major version 1\n",
		"schema_version: \"x\\n::add-mask::1\"\n":      "::error title=config::.github/task-assistant.yml:1:17: schema_version is \"x\\n::add-mask::1\"; expected major version 1\n",
		"schema_version: !!int \"\\n::add-mask::1\"\n": "::error title=config::.github/task-assistant.yml:1:17: schema_version is the number \\n::add-mask::1; expected a text in quotes, such as \"1.0\"\n",
	} {
		if got, _ := run(t, body, 0); got.Log != want {
			t.Errorf("%q:\n got %q\nwant %q", body, got.Log, want)
		}
	}
}

// maxResult is what the runner takes from an engine.
const maxResult = 64 << 10

func TestLargeValuesMakeNoLargeResult(t *testing.T) {
	for name, color := range map[string]string{
		"one long value":    strings.Repeat("x", 70_000),
		"quotes":            `'` + strings.Repeat(`"`, 1000) + `'`,
		"backslashes":       `'` + strings.Repeat(`\`, 1000) + `'`,
		"control bytes":     `"` + strings.Repeat(`\x01`, 200) + `"`,
		"outside the plane": `"` + strings.Repeat(`\U000E0001`, 100) + `"`,
	} {
		times := min(500, 900_000/len(color)) // the file itself may have 1 MiB
		got, _ := run(t, "schema_version: \"1\"\nlabels:\n"+strings.Repeat("  - {name: '', description: d, color: "+color+"}\n", times), 0)
		if len(got.Details.Checks) < 10 || got.Size > maxResult {
			t.Errorf("%s: %d checks, %d bytes", name, len(got.Details.Checks), got.Size)
		}
	}
}

// TestUnreadable: what GitHub could not tell is no finding about the file.
func TestUnreadable(t *testing.T) {
	for _, c := range []struct {
		status       int
		config, want string
	}{
		{500, "", `GET /repos/acme/host/contents/.github/task-assistant.yml: GitHub answered 500 Internal Server Error ("refused by the test")`},
		{403, "", `GET /repos/acme/host/contents/.github/task-assistant.yml: GitHub answered 403 Forbidden ("refused by the test")`},
		{301, "", `GET /repos/acme/host/contents/.github/task-assistant.yml: GitHub answered 301 Moved Permanently ("refused by the test")`},
		{0, strings.Repeat("x", 1<<20+1), ".github/task-assistant.yml of acme/host is larger than 1 MiB"},
	} {
		got, repo := run(t, c.config, c.status)
		want := []result.Check{{ID: "engine", Outcome: result.Fail, Details: c.want}}
		if got.Err == nil || !equal(got.Details.Checks, want) || len(repo.Requests) != 1 {
			t.Errorf("%d: err %v, details %+v, requests %q", c.status, got.Err, got.Details, repo.Requests)
		}
	}
}

func TestNoEnvironment(t *testing.T) {
	repo := &standin.Repository{}
	repo.Start(t)
	for _, name := range []string{"TARGET_REPO", "GITHUB_API_URL", "GH_TOKEN", "RESULT_FILE"} {
		got := repo.Run(t, "validate", validate, map[string]string{name: ""})
		if want := name + " is not set: an engine is started by its generated workflow"; got.Err == nil || got.Err.Error() != want {
			t.Errorf("err %v, want %q", got.Err, want)
		}
	}
}
