package main

import (
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rhysd/actionlint"

	"github.com/task-assistant/tasc/internal/audit"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/validate"
)

// TestProject: the projects that are measured have no findings, and are those that were asked for.
func TestProject(t *testing.T) {
	for _, n := range []int{1, 6, 48, 49, 130} {
		files := project(n)
		if !maps.Equal(files, project(n)) {
			t.Errorf("%d engines: two projects differ", n)
		}
		fsys := fstest.MapFS{}
		for name, text := range files {
			fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
		}
		set, found := load.Load(fsys, "engines")
		if len(found) > 0 {
			t.Fatalf("%d engines: %v", n, found)
		}
		lk, found := lock.Parse("engines/tasc.lock", []byte(files["engines/tasc.lock"]))
		if found = append(found, validate.Run(set, lk, "2026-11-22")...); len(found) > 0 {
			t.Fatalf("%d engines: %v", n, found)
		}
		if want := (n + perPlatform - 1) / perPlatform; len(set.Engines) != n || len(set.Platforms) != want {
			t.Errorf("%d engines on %d platforms, want %d on %d", len(set.Engines), len(set.Platforms), n, want)
		}
	}
}

// TestChange: what is changed between runs is there in every project.
func TestChange(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir, project(1)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := change(dir); err != nil {
			t.Error(err)
		}
	}
}

// TestWorkflows: the files that are audited differ, can be read by both judges, and have something for each to find.
func TestWorkflows(t *testing.T) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	files := workflows(40)
	ours, theirs, seen := 0, 0, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if seen[files[name]] {
			t.Errorf("%s stands there twice", name)
		}
		seen[files[name]] = true
		found, err := linter.Lint(name, []byte(files[name]), nil)
		if err != nil {
			t.Fatal(err)
		}
		theirs += len(found)
		for _, f := range found {
			if f.Kind == "syntax-check" {
				t.Errorf("%s:%d: %s", name, f.Line, f.Message)
			}
		}
		for _, d := range audit.Judge(audit.File{Name: name, Data: []byte(files[name])}, &lock.Lock{}).Findings {
			if ours++; d.Rule == audit.RuleYAML || d.Rule == "audit-shape" {
				t.Errorf("%+v", d)
			}
		}
	}
	if ours == 0 || theirs == 0 {
		t.Errorf("%d findings of ours, %d of actionlint's", ours, theirs)
	}
}

func TestRun_Sizes(t *testing.T) {
	for _, sizes := range []string{"", "0", "x", "1,,2", "-5"} {
		if err := run(&bench{}, sizes, "1", "", false); err == nil || !strings.Contains(err.Error(), "is not a number of engines") {
			t.Errorf("%q: %v", sizes, err)
		}
	}
}

// TestOnce_Fails: what did not do its work has no figures.
func TestOnce_Fails(t *testing.T) {
	for _, tt := range []struct {
		name string
		command
		ok bool
	}{
		{"does what it should", command{args: []string{"true"}}, true},
		{"fails", command{args: []string{"false"}}, false},
		{"fails as it should", command{args: []string{"false"}, exit: 1}, true},
		{"does not fail as it should", command{args: []string{"true"}, exit: 1}, false},
		{"is not there", command{args: []string{"/nosuch"}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := once(tt.command); (err == nil) != tt.ok {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestBudget_Line(t *testing.T) {
	r := results{{coldNew, 1000}: {wall: 700 * time.Millisecond, peak: 150e6}, {coldNew, 100}: {user: 100 * time.Millisecond}, {coldNew, 5000}: {user: 4 * time.Second, system: time.Second}}
	for _, tt := range []struct {
		name   string
		budget budget
		want   string
	}{
		{"missed", budget{"time", 600, "ms", wallOf(coldNew, 1000)}, "| time | 600 ms | 700.0 ms | **not met** |"},
		{"just met", budget{"memory", 150, "MB", peakOf(coldNew, 1000)}, "| memory | 150 MB | 150.0 MB | met |"},
		{"growth", budget{"growth", 1.25, "×", growth}, "| growth | 1.25 × | 1.0 × | met |"},
		{"no such size", budget{"time", 40, "ms", wallOf(coldNew, 6)}, "| time | 40 ms | | not measured |"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.budget.line(r); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestMountOf(t *testing.T) {
	const mounts = "/dev/root / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp/disk xfs rw 0 0\nshort\n"
	for _, tt := range []struct{ dir, want string }{
		{"/", "ext4"}, {"/srv", "ext4"}, {"/tmp", "tmpfs"}, {"/tmp/a", "tmpfs"}, {"/tmp/disk/a", "xfs"}, {"/tmp/disks", "tmpfs"},
	} {
		if got := mountOf(tt.dir, mounts); got != tt.want {
			t.Errorf("%s is on %s, want %s", tt.dir, got, tt.want)
		}
	}
	if got := mountOf("/a", ""); got != "an unknown file system" {
		t.Errorf("without mounts: %s", got)
	}
}
