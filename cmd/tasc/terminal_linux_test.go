package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// TestTerminal runs the real command with its findings on a real terminal: there, and only there, it shows the lines
// that findings are about, and colours where its user wants them.
func TestTerminal(t *testing.T) {
	const plain = `engines/lint.cue:7:2: unknown field "clas" in engines.lint [schema]
    7 |     clas:   "read-only"
      |     ^^^^
`
	const coloured = "\x1b[1mengines/lint.cue:7:2\x1b[0m: unknown field \"clas\" in engines.lint \x1b[36m[schema]\x1b[0m\n" +
		"\x1b[2m    7 |\x1b[0m     clas:   \"read-only\"\n\x1b[2m      |\x1b[0m     \x1b[1;31m^^^^\x1b[0m\n"
	tests := []struct {
		name     string
		env      []string
		args     []string
		terminal bool
		want     string
	}{
		{"colours", []string{"TERM=xterm"}, nil, true, coloured},
		{"NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1"}, nil, true, plain},
		{"an empty NO_COLOR is none", []string{"TERM=xterm", "NO_COLOR="}, nil, true, coloured},
		{"CLICOLOR=0", []string{"TERM=xterm", "CLICOLOR=0"}, nil, true, plain},
		{"a terminal without abilities", []string{"TERM=dumb"}, nil, true, plain},
		{"a terminal that says nothing", nil, nil, true, plain},
		{"no terminal", []string{"TERM=xterm", "CLICOLOR_FORCE=1"}, nil, false, strings.SplitAfter(plain, "\n")[0]},
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "base"))); err != nil {
		t.Fatal(err)
	}
	replace("engines/lint.cue", "class:", "clas:")(t, dir)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := onTerminal(t, dir, tt.env, tt.terminal)
			got, _, _ = strings.Cut(strings.ReplaceAll(got, "\r\n", "\n"), "    expected:")
			got, _, _ = strings.Cut(got, "    \x1b[36mexpected:")
			if got != tt.want {
				t.Errorf("got:\n%q\nwant:\n%q", got, tt.want)
			}
		})
	}
}

// onTerminal returns what `tasc vet` writes to standard error, which is a terminal or a pipe.
func onTerminal(t *testing.T, dir string, env []string, terminal bool) string {
	t.Helper()
	name, err := exec.LookPath("tasc")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, "vet")
	cmd.Dir, cmd.Env = dir, append([]string{"TASC_CACHE=off", "HOME=" + dir, "PATH=" + os.Getenv("PATH")}, env...)
	read, write, err := os.Pipe()
	if terminal {
		read.Close()
		write.Close()
		read, write = openTerminal(t)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd.Stderr = write
	err = cmd.Run()
	write.Close()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
		t.Fatalf("tasc vet: %v", err)
	}
	text := make([]byte, 1<<16) // a terminal gives all that waits at once, and an error instead of an end
	n, err := read.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(text[:n])
}

// openTerminal makes a terminal of 80 columns: what is written to one side is shown, that is read, at the other.
func openTerminal(t *testing.T) (screen, program *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatalf("%v; these tests need pseudo terminals: mount -t devpts devpts /dev/pts", err)
	}
	var number, unlocked uint32
	control(t, screen, syscall.TIOCGPTN, unsafe.Pointer(&number))
	control(t, screen, syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	size := [4]uint16{24, 80}
	control(t, program, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	return screen, program
}

func control(t *testing.T, f *os.File, request uintptr, value unsafe.Pointer) {
	t.Helper()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(value)); errno != 0 {
		t.Fatal(errno)
	}
}
