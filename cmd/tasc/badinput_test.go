package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

const (
	// maxTime and maxMemory are what a command may use for input that it refuses. It needs a tenth; the rest is for
	// machines that are busy with other tests.
	maxTime   = 30 * time.Second
	maxMemory = 400 << 20
)

// badInput is one thing that people or machines do to a project.
type badInput struct {
	name string
	// do does it to the project in dir, a copy of testdata/base.
	do func(t *testing.T, dir string)
	// args are generate where they are not given.
	args []string
	// before are the arguments of a command that succeeds before do.
	before []string
	// limit is the size, in blocks of the shell's ulimit -f, that no file may exceed; 0 is none. It stands for a disk
	// that is full: the write fails half-way.
	limit int
}

// TestBadInput: whatever is wrong, the real command says so once, where it stands, with what was expected and what
// to do; it ends soon, with exit code 1 or 2, needs little memory, and leaves every file as it was. What it says is
// in testdata/badinput.txtar, word for word; UPDATE=1 rewrites it.
func TestBadInput(t *testing.T) {
	const golden = "testdata/badinput.txtar"
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range archive.Files {
		want[f.Name] = string(f.Data)
	}
	archive.Files = nil
	for _, in := range badInputs {
		t.Run(in.name, func(t *testing.T) {
			got := in.run(t)
			archive.Files = append(archive.Files, txtar.File{Name: in.name, Data: []byte(got)})
			if got != want[in.name] && os.Getenv("UPDATE") != "1" {
				t.Errorf("got\n%swant\n%s", got, want[in.name])
			}
		})
	}
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(golden, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if len(want) != len(badInputs) {
		t.Errorf("%s has %d sections for %d inputs", golden, len(want), len(badInputs))
	}
}

// run returns what the command says.
func (in badInput) run(t *testing.T) string {
	t.Helper()
	dir := openFolder(t)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "base"))); err != nil {
		t.Fatal(err)
	}
	if in.before != nil {
		if out := tasc(t, dir, 0, in.before); out.code != 0 {
			t.Fatalf("tasc %v: exit code %d\n%s", in.before, out.code, out.stderr)
		}
	}
	in.do(t, dir)
	args := in.args
	if args == nil {
		args = []string{"generate"}
	}
	before := snapshot(t, dir)
	out := tasc(t, dir, in.limit, args)
	if after := snapshot(t, dir); after != before {
		t.Errorf("files changed: %d lines of text about them before, %d after", strings.Count(before, "\n"), strings.Count(after, "\n"))
	}
	if out.code != 1 && out.code != 2 {
		t.Errorf("exit code %d", out.code)
	}
	if heads := headlines(out.stderr); heads != 1 {
		t.Errorf("%d messages, want one", heads)
	}
	for _, trace := range []string{"goroutine ", "panic", "runtime error", dir} {
		if strings.Contains(out.stderr+out.stdout, trace) {
			t.Errorf("%q is in what the command says", trace)
		}
	}
	if out.time > maxTime || out.memory > maxMemory {
		t.Errorf("it took %s and %d MB", out.time, out.memory>>20)
	}
	return out.stderr
}

// headlines counts messages: what belongs to one is indented.
func headlines(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "Run `tasc ") {
			n++
		}
	}
	return n
}

// result is what one run of the command gave and used.
type result struct {
	stdout, stderr string
	code           int
	time           time.Duration
	memory         int64 // bytes, at most at any time
}

// tasc runs the real command in dir. Root may read and write what others may
// not, so that where the tests run as root the command runs as nobody.
func tasc(t *testing.T, dir string, limit int, args []string) result {
	t.Helper()
	name, err := exec.LookPath("tasc")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*maxTime) // of a command that hangs
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	if limit > 0 {
		cmd = exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", fmt.Sprintf(`ulimit -f %d && exec "$0" "$@"`, limit), name}, args...)...)
	}
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = dir, &stdout, &stderr, append(os.Environ(), "TASC_CACHE=off")
	if os.Getuid() == 0 {
		for d := filepath.Dir(name); d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
			if err := os.Chmod(d, 0o755); err != nil { // made for root alone
				t.Fatal(err)
			}
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	start := time.Now()
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	used, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), time.Since(start), int64(used.Maxrss) << 10}
}

// nobody is the user without rights on Linux.
const nobody = 65534

// openFolder returns a new folder that the command can write to, whoever runs it.
func openFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() { // a folder that cannot be read cannot be removed
		_ = filepath.WalkDir(dir, func(name string, e fs.DirEntry, _ error) error {
			if e != nil && e.IsDir() {
				_ = os.Chmod(name, 0o755)
			}
			return nil
		})
	})
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// snapshot lists everything below dir: mode, path, and what is in it; large files by their size.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		content := fmt.Sprintf("%d bytes", info.Size())
		if info.Mode().IsRegular() && info.Size() < 1<<20 {
			data, err := os.ReadFile(name)
			if err != nil && !errors.Is(err, fs.ErrPermission) {
				return err
			}
			content = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		if info.IsDir() {
			content = ""
		}
		rel, err := filepath.Rel(dir, name)
		fmt.Fprintf(&b, "%s %s %s\n", info.Mode(), rel, content)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	return b.String()
}
