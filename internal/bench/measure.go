package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// figures are what one process took: the least of several runs, each by itself.
type figures struct {
	wall, user, system time.Duration
	peak               int64 // bytes
}

func (f figures) cpu() time.Duration { return f.user + f.system }

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }
func mb(bytes int64) float64     { return float64(bytes) / 1e6 }

// command is one thing to measure.
type command struct {
	what string
	// isPeer says that the others are compared with it.
	isPeer bool
	dir    string
	env    []string
	args   []string
	// mute says that what it prints is not kept: what this process holds counts as the memory of those that it starts.
	mute bool
	// exit is the code that the process ends with.
	exit int
	// before is done before every run, unmeasured.
	before func() error
}

// measure runs a command several times. User and system time are those of the run with the least of both.
func measure(c command, runs int) (least figures, err error) {
	for i := range runs {
		if c.before != nil {
			if err := c.before(); err != nil {
				return figures{}, err
			}
		}
		f, err := once(c)
		if err != nil {
			return figures{}, fmt.Errorf("%s in %s: %w", c.what, c.dir, err)
		}
		if i == 0 {
			least = f
			continue
		}
		least.wall, least.peak = min(least.wall, f.wall), min(least.peak, f.peak)
		if f.cpu() < least.cpu() {
			least.user, least.system = f.user, f.system
		}
	}
	return least, nil
}

func once(c command) (figures, error) {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), c.env...)
	begin := time.Now()
	out, err := output(cmd, c.mute)
	wall := time.Since(begin)
	if cmd.ProcessState == nil {
		return figures{}, err
	}
	if code := cmd.ProcessState.ExitCode(); code != c.exit {
		return figures{}, fmt.Errorf("it ended with code %d, expected %d\n%s", code, c.exit, out)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return figures{}, errors.New("this system does not tell what a process used")
	}
	return figures{wall, cmd.ProcessState.UserTime(), cmd.ProcessState.SystemTime(), usage.Maxrss << 10}, nil
}

func output(cmd *exec.Cmd, mute bool) ([]byte, error) {
	if mute {
		return []byte("what it printed was not kept"), cmd.Run()
	}
	return cmd.CombinedOutput()
}
