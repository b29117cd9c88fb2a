//go:build unix

package act

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup keeps what a terminal sends to its foreground from act, which is told by us alone.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// terminate lets act kill its steps and end.
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
