package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tasc": main})
}

// TestScript runs testdata/script: one behaviour that a user sees per file. Every
// script starts in a folder with a copy of testdata/base, a project without faults.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       os.Getenv("UPDATE") == "1",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			return os.CopyFS(env.WorkDir, os.DirFS(filepath.Join("testdata", "base")))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"cue": cue, "edit": edit},
	})
}
