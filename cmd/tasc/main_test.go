package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/task-assistant/tasc/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tasc":           main,
		"impatient-tasc": limited(cli.Limits{Time: 5 * time.Second, Memory: cli.DefaultLimits.Memory}),
		"frugal-tasc":    limited(cli.Limits{Time: cli.DefaultLimits.Time, Memory: 100 << 20}),
	})
}

// limited returns a tasc with limits that a test can wait for.
func limited(limits cli.Limits) func() {
	return func() {
		env := cli.Env{Dir: ".", Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now, Limits: limits}
		os.Exit(cli.Run(context.Background(), env, os.Args[1:]))
	}
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
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			return os.CopyFS(env.WorkDir, os.DirFS(filepath.Join("testdata", "base")))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"cue": cue, "edit": edit, "fill": fill},
	})
}
