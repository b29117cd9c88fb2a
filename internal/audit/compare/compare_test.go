package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestActionlint: on actionlint's own test data every disagreement has a class.
func TestActionlint(t *testing.T) {
	var out strings.Builder
	if err := run(&out, peers{}, false); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if !strings.Contains(out.String(), "| passwords of registries | `credentials` | `audit-credentials` | 3 | 0 | 0 |") {
		t.Errorf("the table has no row in which both find the same:\n%s", out.String())
	}
}

// A test of zizmor's form: one that finds two things, and one that shows less of the same input.
const zizmorTest = `
#[test]
fn less() -> Result<()> {
    insta::assert_snapshot!(
        zizmor().input(input_under_test("a/b.yml")).run()?,
        @"No findings to report. Good job! (3 suppressed)"
    );
}

#[test]
fn more() -> Result<()> {
    insta::assert_snapshot!(
        zizmor()
            .input(input_under_test(
                "a/b.yml"
            ))
            .args(["--persona=auditor"])
            .run()?,
        @r#"
    warning[self-hosted-runner]: runs on a self-hosted runner
      --> @@INPUT@@:4:5
       |
     4 |     runs-on: [self-hosted]

    error[secrets-inherit]: secrets unconditionally inherited by called workflow
      --> @@INPUT@@:6:5

    3 findings (1 ignored): 0 informational, 0 low, 2 medium, 0 high
    "#
    );
}
`

func TestZizmorCases(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "crates/zizmor/tests/integration/audit/x.rs"), zizmorTest)
	write(t, filepath.Join(dir, "crates/zizmor/tests/integration/test-data/a/b.yml"), "on: pull_request\njobs:\n  a:\n    runs-on: [self-hosted]\n  b:\n    secrets: inherit\n    uses: a/b/.github/workflows/c.yml@main\n")
	cases, err := zizmorCases(dir)
	if err != nil || len(cases) != 1 || len(cases[0].theirs) != 2 || cases[0].hidden != 1 || cases[0].theirs[1] != (finding{"secrets-inherit", "secrets unconditionally inherited by called workflow", 6}) {
		t.Fatalf("%+v, %v", cases, err)
	}
	var out strings.Builder
	if n := (table{peer: "zizmor", pairs: zizmorPairs, classes: nil}).print(&out, cases); n == 0 {
		t.Errorf("findings of ours alone have a class:\n%s", out.String())
	}
	for _, want := range []string{"| `self-hosted-runner` | `audit-self-hosted` | 1 | 0 | 0 | 0 |", "| `secrets-inherit` | `audit-secrets-inherit` | 1 | 0 | 0 | 0 |", "| `unpinned-uses` | `audit-action-ref` | 0 | 1 | 0 | 0 |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
	if _, err := zizmorCases(t.TempDir()); err == nil {
		t.Error("a folder without tests is none of zizmor's")
	}
}

func write(t *testing.T, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}
