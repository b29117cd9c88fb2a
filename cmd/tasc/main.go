// Command tasc compiles Task Assistant specs into pinned GitHub workflows.
package main

import (
	"context"
	"os"

	"github.com/task-assistant/tasc/internal/cli"
)

func main() {
	env := cli.Env{Dir: ".", Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(cli.Run(context.Background(), env, os.Args[1:]))
}
