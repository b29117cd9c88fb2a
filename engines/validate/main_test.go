package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/engines/internal/result"
)

// ran is what a run of validate left behind.
type ran struct {
	err     error
	details result.Details
	log     string
	size    int // of the result file
	request *http.Request
}

// engine runs validate against a GitHub that answers with status and body.
func engine(t *testing.T, status int, body string) ran {
	t.Helper()
	var got ran
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got.request = r
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "result.json")
	env := map[string]string{"TARGET_REPO": "acme/host", "GITHUB_API_URL": server.URL, "GH_TOKEN": "ghs_x", "RESULT_FILE": file}
	var log bytes.Buffer
	got.err = run(context.Background(), func(name string) string { return env[name] }, &log)
	got.log = log.String()
	if data, err := os.ReadFile(file); err == nil {
		got.size = len(data)
		if err := json.Unmarshal(data, &got.details); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

func TestValid(t *testing.T) {
	got := engine(t, 200, "schema_version: \"1.0\"\n")
	err, d, r := got.err, got.details, got.request
	if err != nil || len(d.Checks) != 1 || d.Checks[0].Outcome != result.Pass || d.Tool != "validate" {
		t.Errorf("err %v, details %+v", err, d)
	}
	if r.Method != http.MethodGet || r.URL.Path != "/repos/acme/host/contents/.github/task-assistant.yml" || r.Header.Get("Authorization") != "Bearer ghs_x" {
		t.Errorf("request %s %s", r.Method, r.URL)
	}
}

func TestWrong(t *testing.T) {
	got := engine(t, 200, "schema_version: 1\nlabels: x\n")
	err, d := got.err, got.details
	if err == nil || len(d.Checks) != 2 || d.Checks[0].Outcome != result.Fail || d.Summary != ".github/task-assistant.yml has 2 problems" {
		t.Errorf("err %v, details %+v", err, d)
	}
}

func TestMissing(t *testing.T) {
	got := engine(t, 404, "{}")
	err, d := got.err, got.details
	if err == nil || len(d.Checks) != 1 || d.Checks[0].ID != "file" || d.Checks[0].Outcome != result.Fail {
		t.Errorf("err %v, details %+v", err, d)
	}
}

func TestManyProblemsAreCut(t *testing.T) {
	d := engine(t, 200, "schema_version: \"1\"\nmilestones:\n"+strings.Repeat("  - {}\n", 500)).details
	if len(d.Checks) != maxChecks+1 || d.Checks[maxChecks].Details != "400 more problems" {
		t.Errorf("%d checks", len(d.Checks))
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
		if got := engine(t, 200, body).log; got != want {
			t.Errorf("%q:\n got %q\nwant %q", body, got, want)
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
		got := engine(t, 200, "schema_version: \"1\"\nlabels:\n"+strings.Repeat("  - {name: '', description: d, color: "+color+"}\n", times))
		if len(got.details.Checks) < 10 || got.size > maxResult {
			t.Errorf("%s: %d checks, %d bytes", name, len(got.details.Checks), got.size)
		}
	}
}

// TestUnreadable: what GitHub could not tell is no finding about the repository; no details are left behind.
func TestUnreadable(t *testing.T) {
	for status, body := range map[int]string{500: "", 403: "{}", 200: strings.Repeat("x", 1<<20+1)} {
		got := engine(t, status, body)
		err, d := got.err, got.details
		if err == nil || d.Tool != "" {
			t.Errorf("%d: err %v, details %+v", status, err, d)
		}
	}
}

func TestNoEnvironment(t *testing.T) {
	if err := run(context.Background(), func(string) string { return "" }, io.Discard); err == nil || !strings.Contains(err.Error(), "TARGET_REPO is not set") {
		t.Errorf("err %v", err)
	}
}
