package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// edit FILE OLD NEW replaces the first OLD in a file; it fails where there is none.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit file old new")
	}
	data := ts.ReadFile(args[0])
	if !strings.Contains(data, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(data, args[1], args[2], 1)), 0o644))
}

// fill DIR N adds N engines to a folder of specs, one a file: enough of them are evaluated in batches.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fill dir n")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	for i := range n {
		text := fmt.Sprintf("package engines\n\nengines: \"filler-%d\": {summary: \"Engine %d\", class: \"read-only\", steps: [{name: \"Run\", run: \"true\"}]}\n", i, i)
		ts.Check(os.WriteFile(ts.MkAbs(filepath.Join(args[0], fmt.Sprintf("filler-%d.cue", i))), []byte(text), 0o644))
	}
}
