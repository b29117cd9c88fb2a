package actlint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	dispatcher = "platform/.github/workflows/dispatcher.yml"
	engine     = "platform/.github/workflows/engine.yml"
	host       = "host/.github/workflows/task-assistant.yml"
)

// An edit breaks one file of testdata.
type edit struct{ file, old, new string }

func TestFindings(t *testing.T) {
	tests := []struct {
		name string
		edit edit
		want []string // each a part of one finding, in order
	}{
		{"nothing is wrong", edit{}, nil},
		{"an expression does not parse", edit{dispatcher, "always() &&", "always() &"}, []string{
			"dispatcher.yml:32:9: Unexpected symbol: '${{'", "dispatcher.yml:32:9: Unexpected symbol: '&'. Located at position 10",
			"dispatcher.yml:32:23: got unexpected character ' ' while lexing && operator, expecting '&' (expression) [actionlint]",
		}},
		{"an output that nobody sets", edit{dispatcher, "needs.plan.outputs.sha", "needs.plan.outputs.hash"}, []string{
			"Context access might be invalid: hash [parser]",
			`property "hash" is not defined in object type {sha: string} (expression) [actionlint]`,
		}},
		{"a step that does not exist", edit{dispatcher, "steps.sha.outputs.sha", "steps.plan.outputs.sha"}, []string{
			"Context access might be invalid: plan [parser]", `property "plan" is not defined`,
		}},
		{"an input of an action that it does not have", edit{dispatcher, "persist-credentials:", "persist-credential:"}, []string{
			"dispatcher.yml:25:11: Invalid action input 'persist-credential' [parser]",
		}},
		{"an action that nobody knows", edit{dispatcher, "actions/checkout@", "actions/check-out@"}, []string{
			"Unable to resolve action",
		}},
		{"a script that takes untrusted text", edit{dispatcher, `"sha=$SHA"`, `"sha=${{ github.event.issue.title }}"`}, []string{
			"SC2296",
			`"github.event.issue.title" is potentially untrusted`,
		}},
		{"a variable without quotes in a script", edit{dispatcher, `"sha=$SHA"`, `sha=$SHA`}, []string{
			"dispatcher.yml:29:23: SC2086: Double quote to prevent globbing and word splitting. [shellcheck]",
		}},
		{"a required input is missing in a local call", edit{dispatcher, "sha: ${{ needs.plan.outputs.sha }}\n      count", "count"}, []string{
			"[actionlint]", "[parser]",
		}},
		{"a called file does not exist", edit{dispatcher, "workflows/engine.yml", "workflows/motor.yml"}, []string{
			"[actionlint]", "Unable to find reusable workflow [parser]",
		}},
		{"a required secret is missing in a remote call", edit{host, "    secrets:\n      KEY: ${{ secrets.KEY }}\n", ""}, []string{
			`secret "KEY" is required by`, "Secret KEY is required, but not provided while calling. [parser]",
		}},
		{"an unknown input in a remote call", edit{host, "dry: false", "wet: false"}, []string{
			`input "wet" is not defined in`, "Invalid input, wet is not defined in the referenced workflow. [parser]",
		}},
		{"a repository that nobody knows", edit{host, "acme/platform/", "acme/platfrom/"}, []string{
			"Unable to find reusable workflow [parser]",
		}},
		{"a cron that cannot be", edit{host, "17 3 * * *", "17 25 * * *"}, []string{
			"[actionlint]", "Invalid cron expression",
		}},
		{"an event type that does not exist", edit{host, "  schedule:", "  issues: {types: [labelled]}\n  schedule:"}, []string{
			"[actionlint]", "[parser]",
		}},
		{"a permission that the caller does not grant", edit{engine, "contents: read", "contents: write"}, []string{
			`dispatcher.yml:35:11: job "work" of the called workflow asks for contents: write, the call grants read [permissions]`,
		}},
		{"permissions of a called workflow as a whole", edit{engine, "permissions: {}", "permissions: {issues: write}"}, []string{
			"dispatcher.yml:35:11: the called workflow asks for issues: write, the call grants none [permissions]",
		}},
		{"permissions over two calls", edit{host, "    permissions:\n      contents: read\n", "    permissions: {}\n"}, []string{
			`task-assistant.yml:17:11: job "engine" of the called workflow asks for contents: read, the call grants none [permissions]`,
		}},
		{"a word for a boolean", edit{dispatcher, "dry: true", `dry: "true"`}, []string{
			`dispatcher.yml:39:12: input "dry" is a boolean, found "true", expected a literal without quotes or an expression [literals]`,
		}},
		{"a word for a boolean in a remote call", edit{host, "dry: false", "dry: no"}, []string{
			`task-assistant.yml:21:12: input "dry" is a boolean, found "no"`,
		}},
		{"a default of the wrong type", edit{engine, "default: 1", `default: "1"`}, []string{
			`engine.yml:10:18: default of input "count" is a number, found "1"`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			test.edit.apply(t, dir)
			compare(t, findingsBelow(t, dir, test.edit.file), test.want)
		})
	}
}

func TestFindings_cannotCheck(t *testing.T) {
	_, err := Findings(t.TempDir(), nil)
	if err == nil || !strings.Contains(err.Error(), "holds no workflow files") {
		t.Errorf("a tree without workflows: error %v", err)
	}
	err = installed(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "run: npm ci --prefix internal/actlint/parser") {
		t.Errorf("a parser without its packages: error %v", err)
	}
}

// apply writes testdata with the edit made to dir.
func (e edit) apply(t *testing.T, dir string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	if e.file == "" {
		return
	}
	name := filepath.Join(dir, filepath.FromSlash(e.file))
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), e.old) != 1 {
		t.Fatalf("%s holds %q %d times, expected once", e.file, e.old, strings.Count(string(text), e.old))
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// findingsBelow checks the repository that the edited file is in, or both where none is.
func findingsBelow(t *testing.T, dir, file string) []Finding {
	t.Helper()
	remote := map[string]string{"actions/checkout": filepath.Join(dir, "checkout"), "acme/platform": filepath.Join(dir, "platform")}
	repository, _, _ := strings.Cut(file, "/")
	var all []Finding
	for _, r := range []string{"platform", "host"} {
		if file != "" && r != repository {
			continue
		}
		found, err := Findings(filepath.Join(dir, r), remote)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

func compare(t *testing.T, got []Finding, want []string) {
	t.Helper()
	ok := len(got) == len(want)
	for i := 0; ok && i < len(got); i++ {
		ok = strings.Contains(got[i].String(), want[i])
	}
	if !ok {
		t.Errorf("%d findings:", len(got))
		for _, f := range got {
			t.Errorf("\t%s", f)
		}
		t.Errorf("want\n\t%s", strings.Join(want, "\n\t"))
	}
}
