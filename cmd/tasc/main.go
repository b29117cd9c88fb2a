// Command tasc compiles Task Assistant specs into pinned GitHub workflows.
package main

import (
	"context"
	"os"

	"github.com/task-assistant/tasc/internal/cli"
)

func main() {
	env := cli.Env{Dir: ".", Stdout: os.Stdout, Stderr: os.Stderr, Stdin: os.Stdin, IsTerminal: stdinIsTerminal}
	os.Exit(cli.Run(context.Background(), env, os.Args[1:]))
}

// stdinIsTerminal reports whether a person can answer. The null device is a character device too, and answers nothing.
func stdinIsTerminal() bool {
	in, err := os.Stdin.Stat()
	if err != nil || in.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(in, null)
}
