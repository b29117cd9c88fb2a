package main

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// cue runs the stock cue command, which must agree with tasc, without a registry.
func cue(ts *testscript.TestScript, neg bool, args []string) {
	tool, err := filepath.Abs("../../.tools/cue")
	ts.Check(err)
	if _, err := os.Stat(tool); err != nil {
		ts.Fatalf("the cue command is missing; install it with: make tools")
	}
	ts.Setenv("CUE_REGISTRY", "none")
	err = ts.Exec(tool, args...)
	if neg && err == nil {
		ts.Fatalf("cue did not fail")
	}
	if !neg {
		ts.Check(err)
	}
}
