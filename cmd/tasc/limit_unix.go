//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreFileLimit makes a file that grows beyond the shell's limit (ulimit -f) an
// error of the write, which is handled, where it would end the process with a stack trace.
func ignoreFileLimit() { signal.Ignore(syscall.SIGXFSZ) }
