package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	executor "github.com/task-assistant/tasc/internal/act"
)

const tutorial = "../../docs/tutorial.md"

// part is what the test reads of the page: a fenced block with its language, the file that it names and its text, or
// the comment by which the page takes its last change back.
var part = regexp.MustCompile("(?ms)^```([a-z]+)(?: ([^\n]+))?\n(.*?)^```$|^<!-- undo -->$")

// TestTutorial does in a new folder what docs/tutorial.md says. A console block is run, and what it prints compared; a
// line of … stands for any lines. A diff block changes the file that it names. Any other block writes the file that it
// names, or, where that is there, has to be in it. UPDATE=1 rewrites what commands print, where no … stands for it.
func TestTutorial(t *testing.T) {
	data, err := os.ReadFile(tutorial)
	if err != nil {
		t.Fatal(err)
	}
	s := &student{T: t, dir: t.TempDir(), cache: t.TempDir()}
	s.lend()
	blocks := 0
	page := part.ReplaceAllStringFunc(string(data), func(text string) string {
		m := part.FindStringSubmatch(text)
		blocks++
		switch language, file, body := m[1], m[2], m[3]; {
		case language == "":
			s.write(s.changed, s.before)
		case language == "console":
			return "```console\n" + s.run(body) + "```"
		case file == "":
			t.Errorf("this block is neither run nor compared with a file:\n%s", text)
		case language == "diff":
			s.change(file, body)
		default:
			s.show(file, body)
		}
		return text
	})
	if blocks < 10 || strings.Count(page, "\n") > 210 {
		t.Errorf("%d blocks on %d lines; a tutorial of at most 210 lines is expected", blocks, strings.Count(page, "\n"))
	}
	if os.Getenv("UPDATE") == "1" && !t.Failed() {
		if err := os.WriteFile(tutorial, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTutorial_Links: every relative link leads to a file.
func TestTutorial_Links(t *testing.T) {
	data, err := os.ReadFile(tutorial)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\]\(([^):#]+)\)`).FindAllStringSubmatch(string(data), -1) {
		if _, err := os.Stat(filepath.Join(filepath.Dir(tutorial), m[1])); err != nil {
			t.Errorf("the tutorial links to %s: %v", m[1], err)
		}
	}
}

// student follows the page in a folder.
type student struct {
	*testing.T
	dir, cache string
	// act and goCache are the machine's own: building act anew would take a minute, and the runner seconds.
	act, goCache string
	// changed is the file that was changed last, before what it was.
	changed, before string
}

// lend finds, or makes, what a student has built before.
func (s *student) lend() {
	s.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		s.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err == nil {
		s.act, err = executor.Build(s.Context(), filepath.Join(cache, "tasc"), s.Output())
	}
	if err != nil {
		s.Fatal(err)
	}
	s.goCache = strings.TrimSpace(string(out))
}

// run runs the commands of a console block, each behind a "$ ", and returns the block with what they print.
func (s *student) run(block string) string {
	s.Helper()
	var out strings.Builder
	for _, each := range strings.Split("\n"+block, "\n$ ")[1:] {
		command, want, _ := strings.Cut(each, "\n")
		if want != "" && !strings.HasSuffix(want, "\n") {
			want += "\n"
		}
		got := s.exec(command)
		switch {
		case strings.Contains("\n"+want, "\n…\n"):
			if !matches(got, want) {
				s.Errorf("%s prints\n%s\nthe tutorial has\n%s", command, got, want)
			}
			got = want
		case got != want && os.Getenv("UPDATE") != "1":
			s.Errorf("%s prints\n%s\nthe tutorial has\n%s", command, got, want)
		}
		out.WriteString("$ " + command + "\n" + got)
	}
	return out.String()
}

// matches reports whether a text is that of a pattern, in which a line of … stands for any lines.
func matches(text, pattern string) bool {
	quoted := regexp.QuoteMeta("\n" + pattern)
	re := regexp.MustCompile(`^` + strings.ReplaceAll(quoted, "\n…\n", "\n(?:.*\n)*?") + `$`)
	return re.MatchString("\n" + text)
}

// exec runs a command line as a person would; it fails where it prints findings, and only there.
func (s *student) exec(command string) string {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), "bash", "-c", command)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.cache, "LC_ALL=C.UTF-8", "TASC_ACT=" + s.act, "GOCACHE=" + s.goCache}
	out, err := cmd.CombinedOutput()
	if found := strings.Contains(string(out), "\n    fix: "); found != (cmd.ProcessState.ExitCode() == 1) || err != nil && !found {
		s.Errorf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

// change applies a diff block: its lines stand in the file once.
func (s *student) change(file, block string) {
	s.Helper()
	var from, to strings.Builder
	for line := range strings.Lines(block) {
		if line[0] != '+' {
			from.WriteString(line[1:])
		}
		if line[0] != '-' {
			to.WriteString(line[1:])
		}
	}
	s.changed, s.before = file, s.read(file)
	if n := strings.Count(s.before, from.String()); n != 1 {
		s.Fatalf("%s holds these lines %d times:\n%s", file, n, from.String())
	}
	s.write(file, strings.Replace(s.before, from.String(), to.String(), 1))
}

// show writes a file that is not there, and looks for the block in one that is.
func (s *student) show(file, block string) {
	s.Helper()
	if _, err := os.Stat(filepath.Join(s.dir, file)); err != nil {
		s.write(file, block)
	} else if text := s.read(file); !strings.Contains(text, block) {
		s.Errorf("%s does not hold\n%s\nit is\n%s", file, block, text)
	}
}

func (s *student) read(file string) string {
	s.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, file))
	if err != nil {
		s.Fatal(err)
	}
	return string(data)
}

func (s *student) write(file, text string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, file), []byte(text), 0o644); err != nil {
		s.Fatal(err)
	}
}
