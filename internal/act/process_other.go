//go:build !unix

package act

import (
	"os"
	"os/exec"
)

// ownGroup does nothing: there is no patched act to start, see Build.
func ownGroup(*exec.Cmd) {}

func terminate(p *os.Process) error { return p.Kill() }
