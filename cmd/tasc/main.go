// Command tasc compiles Task Assistant specs into pinned GitHub workflows.
package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/task-assistant/tasc/internal/cache"
	"github.com/task-assistant/tasc/internal/cli"
	"github.com/task-assistant/tasc/internal/diag"
)

func main() {
	tuneGC()
	ignoreFileLimit()
	env := cli.Env{
		Dir: ".", Stdout: os.Stdout, Stderr: os.Stderr, Stdin: os.Stdin, IsTerminal: stdinIsTerminal, Screen: screen(os.Stderr), Now: time.Now, Cache: userCache(),
		LookupEnv: os.LookupEnv, CacheDir: cacheDir(),
	}
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

// cacheDir is the folder for what can be had again.
func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "tasc")
}

// screen is the terminal that a stream leads to, nil where it leads to none. Colours are for those who want them:
// https://no-color.org and https://bixense.com/clicolors.
func screen(stream *os.File) *diag.Screen {
	width, ok := terminalWidth(stream)
	if !ok {
		return nil
	}
	term := os.Getenv("TERM")
	return &diag.Screen{Width: width, Colour: term != "" && term != "dumb" && os.Getenv("NO_COLOR") == "" && os.Getenv("CLICOLOR") != "0"}
}

// userCache is where results are remembered: nowhere with TASC_CACHE=off, and
// nowhere in CI, whose caches others may have filled, and where a judgement is to
// be made from the files alone.
func userCache() *cache.Cache {
	program, err := "/proc/self/exe", error(nil)
	if runtime.GOOS != "linux" {
		program, err = os.Executable()
	}
	dir, err2 := os.UserCacheDir()
	if err != nil || err2 != nil || os.Getenv("TASC_CACHE") == "off" || os.Getenv("CI") != "" {
		return nil
	}
	return cache.New(filepath.Join(dir, "tasc"), program)
}

// tuneGC trades memory for time: a command lives for a second at most, and at Go's
// default of 100 it spends much of that on collecting garbage. Beyond 250 more
// memory buys next to nothing, and from 2 GiB on, which only
// thousands of engines that must be evaluated at once reach, memory counts more.
func tuneGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(250)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(2 << 30)
	}
}
