package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/task-assistant/tasc/internal/runner/facts"
)

// version prints which runner this is; its digest is the one that the records of its runs name.
func version(_ context.Context, j *job) error {
	digest, err := j.digest()
	if err != nil {
		return err
	}
	release := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok {
		release = info.Main.Version
	}
	_, err = fmt.Fprintf(j.log, "task-assistant-runner %s %s %s/%s %s\n", release, runtime.Version(), runtime.GOOS, runtime.GOARCH, digest)
	return err
}

// digest returns "sha256:" and the hex digest of this program's file.
func (j *job) digest() (string, error) {
	name, err := j.executable()
	if err != nil {
		return "", fmt.Errorf("cannot find the runner's own file: %w", err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("cannot read the runner's own file: %w", err)
	}
	return "sha256:" + facts.Digest(data), nil
}
