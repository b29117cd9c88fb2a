// Command bench measures tasc on generated projects beside stock cue on the same
// specs in the same run, and audit beside actionlint on the same files, each measurement a process of its own, and prints
// tables: what was measured, and the budgets beside it.
//
//	bench -tasc dist/tasc -runner dist/task-assistant-runner -cue .tools/cue -actionlint .tools/actionlint
//
// It also writes such a project: bench -write DIR -engines 1000.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	var b bench
	flag.StringVar(&b.tasc, "tasc", "dist/tasc", "the tasc to measure")
	flag.StringVar(&b.runner, "runner", "dist/task-assistant-runner", "the runner to measure")
	flag.StringVar(&b.source, "source", "generated/task-assistant/platform/runner", "the folder of the runner's source, to measure its build")
	flag.StringVar(&b.cue, "cue", ".tools/cue", "the cue to measure beside it")
	flag.StringVar(&b.actionlint, "actionlint", ".tools/actionlint", "the actionlint to measure beside it")
	flag.IntVar(&b.runs, "runs", 5, "runs of each measurement, of which the least counts")
	flag.StringVar(&b.dir, "dir", "dist", "folder for the projects; its file system is part of what is measured")
	engines := flag.String("engines", "1,6,100,1000,5000", "sizes of the projects")
	files := flag.String("files", "1000,10000", "numbers of workflow files to audit")
	dir := flag.String("write", "", "write a project of the first size into this folder, and measure nothing")
	only := flag.Bool("workflows", false, "with -write: workflow files in place of a project, the first number of -files")
	flag.Parse()
	if err := run(&b, *engines, *files, *dir, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(b *bench, engines, files, dir string, workflowsOnly bool) error {
	sizes, err := numbers("-engines", "engines", engines)
	if err != nil {
		return err
	}
	folders, err := numbers("-files", "files", files)
	if err != nil {
		return err
	}
	if dir != "" && workflowsOnly {
		return write(dir, workflows(folders[0]))
	}
	if dir != "" {
		files := project(sizes[0])
		if err := addPeer(files); err != nil {
			return err
		}
		return write(dir, files)
	}
	return b.all(os.Stdout, sizes, folders)
}

// numbers reads a list of them.
func numbers(flag, of, list string) ([]int, error) {
	var out []int
	for field := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s: %q is not a number of %s", flag, field, of)
		}
		out = append(out, n)
	}
	return out, nil
}

// bench is one run of all measurements.
type bench struct {
	tasc, runner, cue, actionlint string
	// source is the folder of the runner's module, as it stands in a platform.
	source string
	dir    string
	runs   int
	// root is the folder of this run, below dir.
	root     string
	trash    int
	measured results
}

func (b *bench) all(w io.Writer, sizes, folders []int) (err error) {
	for _, p := range []*string{&b.tasc, &b.runner, &b.source, &b.cue, &b.actionlint, &b.dir} {
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
		if _, err := os.Stat(*p); err != nil {
			return fmt.Errorf("%w; make bench builds what is measured", err)
		}
	}
	if b.root, err = os.MkdirTemp(b.dir, "bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.root)
	b.measured = results{}
	fmt.Fprintf(w, "%s\n\n", machine(b.root))
	fmt.Fprint(w, "| engines | what | wall ms | user + system ms | peak MB | wall, CPU to `cue vet` | wall, CPU to `cue cmd` |\n|--:|---|--:|--:|--:|--:|--:|\n")
	for _, n := range sizes {
		if err := b.size(w, n); err != nil {
			return err
		}
	}
	fmt.Fprint(w, "\n| files | what | wall ms | user + system ms | peak MB | files a second of CPU | wall, CPU to `actionlint` |\n|--:|---|--:|--:|--:|--:|--:|\n")
	for _, n := range folders {
		if err := b.audits(w, n); err != nil {
			return err
		}
	}
	if err := b.binaries(); err != nil {
		return err
	}
	if err := b.builds(w); err != nil {
		return err
	}
	fmt.Fprint(w, "\n| what | target | measured | |\n|---|--:|--:|---|\n")
	for _, x := range budgets {
		fmt.Fprintln(w, x.line(b.measured))
	}
	fmt.Fprintf(w, "\nAt the end: %s\n", busy())
	return nil
}

// size prints the rows of one project. Those of cue come first, since the others are compared with them.
func (b *bench) size(w io.Writer, n int) error {
	dir := filepath.Join(b.root, strconv.Itoa(n))
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// In a process of its own: a process's peak counts from what the one that started it held.
	if _, err := once(command{args: []string{self, "-write", dir, "-engines", strconv.Itoa(n)}}); err != nil {
		return err
	}
	runs := b.runs
	if n > 1000 {
		runs = min(runs, 2) // stock cue takes long
	}
	var peers []figures
	for _, c := range b.commands(dir) {
		f, err := measure(c, runs)
		if err != nil {
			return err
		}
		b.measured[result{c.what, n}] = f
		fmt.Fprintf(w, "| %d | %s | %.1f | %.1f + %.1f | %.0f |", n, c.what, ms(f.wall), ms(f.user), ms(f.system), mb(f.peak))
		if c.isPeer {
			peers = append(peers, f)
			fmt.Fprint(w, " | |\n")
			continue
		}
		for _, p := range peers {
			fmt.Fprintf(w, " %.2f, %.2f |", ms(f.wall)/ms(p.wall), ms(f.cpu())/ms(p.cpu()))
		}
		fmt.Fprintln(w)
	}
	return nil
}

// What is measured of a project.
const (
	cueVet    = "`cue vet -c`"
	cueWrite  = "`cue cmd`, writing workflows"
	copyAll   = "`cp -r` of what tasc writes"
	vetCold   = "`tasc vet`, no cache"
	coldNew   = "`tasc generate`, cold"
	coldSame  = "`tasc generate`, no cache, into what is there"
	oneFile   = "`tasc generate`, one file changed"
	unchanged = "`tasc generate`, nothing changed"
	check     = "`tasc check`, nothing changed"
)

func (b *bench) commands(dir string) []command {
	generated, peerOut, cache := filepath.Join(dir, "generated"), filepath.Join(dir, "peer-out"), filepath.Join(b.root, "cache")
	offline := []string{"CUE_REGISTRY=none"}
	warm := []string{"XDG_CACHE_HOME=" + cache, "TASC_CACHE=", "CI="}
	off := []string{"TASC_CACHE=off"}
	tasc := func(verb string) []string { return []string{b.tasc, verb, "-C", dir} }
	return []command{
		{what: cueVet, isPeer: true, dir: dir, env: offline, args: []string{b.cue, "vet", "-c", "./engines"}},
		{what: cueWrite, isPeer: true, dir: dir, env: offline, args: []string{b.cue, "cmd", "write", "./peer"}, before: func() error { return b.away(peerOut) }},
		{what: vetCold, dir: dir, env: off, args: tasc("vet")},
		{what: coldNew, dir: dir, env: warm, args: tasc("generate"), before: func() error { return b.away(generated, cache) }},
		{what: copyAll, dir: dir, args: []string{"cp", "-r", generated, peerOut}, before: func() error { return b.away(peerOut) }},
		{what: coldSame, dir: dir, env: off, args: tasc("generate")},
		{what: oneFile, dir: dir, env: warm, args: tasc("generate"), before: func() error { return change(dir) }},
		{what: unchanged, dir: dir, env: warm, args: tasc("generate")},
		{what: check, dir: dir, env: warm, args: tasc("check")},
	}
}

// away moves folders out of the way. They are not removed before the end: some file
// systems look long for room for new files where files were removed a moment ago
// (ext4 without a journal takes 2 s for 1,700 files then).
func (b *bench) away(names ...string) error {
	for _, name := range names {
		b.trash++
		err := os.Rename(name, filepath.Join(b.root, "trash-"+strconv.Itoa(b.trash)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// change edits one engine to and fro, so that its workflow is another each time.
func change(dir string) error {
	name := filepath.Join(dir, "engines", engineName(0)+".cue")
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(data), "my round", "round")
	if text == string(data) {
		text = strings.ReplaceAll(text, "round $", "my round $")
	}
	if text == string(data) {
		return fmt.Errorf("%s has nothing to change", name)
	}
	return os.WriteFile(name, []byte(text), 0o644)
}
