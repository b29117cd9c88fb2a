package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/cli"
)

// onTerminal runs a command line in an empty folder with a person at the keyboard who types input.
func onTerminal(t *testing.T, input string, args ...string) (code int, dir, stderr string) {
	t.Helper()
	dir = t.TempDir()
	var out, err strings.Builder
	env := cli.Env{Dir: dir, Stdout: &out, Stderr: &err, Now: time.Now, Stdin: strings.NewReader(input), IsTerminal: func() bool { return true }}
	return cli.Run(context.Background(), env, args), dir, err.String()
}

// TestInit_Asks: an empty answer is the default, a wrong one is asked for again, what a flag says is not asked.
func TestInit_Asks(t *testing.T) {
	input := "marketplace\nacme\n acme/tasks \n\nAcme Tasks\nacme-tasks\nIv2\n\n\n"
	code, dir, stderr := onTerminal(t, input, "init", "--telemetry-client-id", "Iv7")
	if code != cli.ExitOK {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	const want = `Enter takes what stands in brackets. What you do not know yet, such as an App that is
still to be made, can stay as it is: platform.cue will hold every answer.

Mode: development takes refs as they are, marketplace only locked releases [development]: ` +
		`Repository of the platform, as owner/name [your-org/task-assistant]:   a repository is written "owner/name"
Repository of the platform, as owner/name [your-org/task-assistant]: ` +
		`Client id of the GitHub App that acts on monitored repositories [Iv23liENGINEAPP]: ` +
		`Its slug, the last part of github.com/apps/… [acme-task-assistant]:   slug must be the App's URL name, such as "acme-task-assistant"
Its slug, the last part of github.com/apps/… [acme-task-assistant]: ` +
		`Its slug [acme-telemetry]:   slug must be the App's URL name, such as "acme-task-assistant"
Its slug [acme-telemetry]: ` +
		`Repository of the telemetry; {owner} is the owner of the monitored repository [{owner}/task-assistant-telemetry]: `
	if stderr != want {
		t.Errorf("asked\n%s\nwant\n%s", stderr, want)
	}
	data, err := os.ReadFile(filepath.Join(dir, "engines", "platform.cue"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`repository: "acme/tasks"`,
		`mode:       "marketplace"`,
		`engine: {client_id: "Iv23liENGINEAPP", slug: "acme-tasks", private_key_secret: "TASK_ASSISTANT_PRIVATE_KEY"}`,
		`telemetry: {client_id: "Iv7", slug: "acme-telemetry", private_key_secret: "TASK_ASSISTANT_TELEMETRY_KEY"}`,
		`telemetry: repository: "{owner}/task-assistant-telemetry"`,
	} {
		if !strings.Contains(string(data), line+"\n") {
			t.Errorf("the spec does not say %s:\n%s", line, data)
		}
	}
}

// TestInit_InputEnds: half an interview leaves nothing behind.
func TestInit_InputEnds(t *testing.T) {
	code, dir, stderr := onTerminal(t, "development\nacme/tasks\n", "init")
	if code != cli.ExitUsage || !strings.Contains(stderr, "the input ended before every question was answered; nothing was written") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}
