package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// builds prints how long a job takes to build the runner with the network cut, as runner.delivery "source" does it: with
// nothing compiled before, as on a hosted machine, with everything compiled, and after one of its files was touched.
func (b *bench) builds(w io.Writer) error {
	source, cache := filepath.Join(b.root, "runner"), filepath.Join(b.root, "go-build")
	if err := os.CopyFS(source, os.DirFS(b.source)); err != nil {
		return err
	}
	build := command{
		dir:  source,
		env:  []string{"CGO_ENABLED=0", "GOENV=off", "GOFLAGS=-mod=readonly -trimpath -buildvcs=false -tags=nethttpomithttp2", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off", "GOCACHE=" + cache},
		args: []string{"go", "build", "-o", filepath.Join(b.root, "runner.out"), "./task-assistant-runner"},
	}
	fmt.Fprint(w, "\n| the runner's build, network cut | wall ms | user + system ms | peak MB |\n|---|--:|--:|--:|\n")
	touched := filepath.Join(source, "task-assistant-runner", "plan.go")
	for _, x := range []struct {
		what   string
		runs   int
		before func() error
	}{
		{"cold: nothing is compiled", 1, func() error { return os.RemoveAll(cache) }},
		{"warm: nothing has changed", b.runs, nil},
		{"one file changed", b.runs, func() error { return appendLine(touched) }},
	} {
		build.what, build.before = x.what, x.before
		f, err := measure(build, x.runs)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "| %s | %.0f | %.0f + %.0f | %.0f |\n", x.what, ms(f.wall), ms(f.user), ms(f.system), mb(f.peak))
	}
	return nil
}

// appendLine makes a Go file another one that says the same.
func appendLine(name string) (err error) {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err = f.WriteString("\n// x\n"); err != nil {
		return err
	}
	return f.Close()
}
