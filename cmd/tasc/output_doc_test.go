package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/version"
)

// uploadExample is the workflow that docs/output.md shows.
func uploadExample(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/output.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindStringSubmatch(string(doc))
	if m == nil {
		t.Fatal("docs/output.md shows no workflow")
	}
	return m[1]
}

// TestUploadExample_IsSound: tasc audit and actionlint find nothing in it, and it gets the tasc that the page is about.
func TestUploadExample_IsSound(t *testing.T) {
	text := uploadExample(t)
	dir := openFolder(t)
	put(".github/workflows/tasc-audit.yml", text)(t, dir)
	if out := tasc(t, dir, 0, []string{"audit"}); out.code != 0 {
		t.Errorf("tasc audit: exit code %d\n%s", out.code, out.stderr)
	}
	if _, errs := actionlint.Parse([]byte(text)); len(errs) > 0 {
		t.Errorf("actionlint: %v", errs)
	}
	if !strings.Contains(text, "VERSION: "+version.Tasc+"\n") {
		t.Errorf("the workflow gets another tasc than %s", version.Tasc)
	}
}

// TestUploadExample_Runs its step that audits: findings are stored and do not fail it, a wrong call does.
func TestUploadExample_Runs(t *testing.T) {
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(uploadExample(t)), &workflow); err != nil {
		t.Fatal(err)
	}
	script := ""
	for _, s := range workflow.Jobs["audit"].Steps {
		if s.Name == "Audit" {
			script = s.Run
		}
	}
	name, err := exec.LookPath("tasc")
	if err != nil {
		t.Fatal(err)
	}
	dir := openFolder(t)
	put(".github/workflows/ci.yml", "on: push\njobs: {}\n")(t, dir)
	link("temp/tasc", name)(t, dir)
	run := func(script string) error {
		cmd := exec.Command("bash", "-e", "-c", script)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "RUNNER_TEMP="+filepath.Join(dir, "temp"))
		return cmd.Run()
	}
	if err := run(script); err != nil {
		t.Errorf("with findings: %v", err)
	}
	var doc struct {
		Runs []struct{ Results []json.RawMessage }
	}
	data, err := os.ReadFile(filepath.Join(dir, "temp", "tasc.sarif"))
	if err == nil {
		err = json.Unmarshal(data, &doc)
	}
	if err != nil || len(doc.Runs) != 1 || len(doc.Runs[0].Results) == 0 {
		t.Errorf("%v; the document: %.300s", err, data)
	}
	if err := run(strings.Replace(script, "audit", "audit nowhere", 1)); err == nil {
		t.Error("a wrong call does not fail the step")
	}
}
