package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/git"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// Whoever may write to the telemetry repository can push what git takes to any ref of the spool. These tests do, and
// demand that the good records land, that each wrong ref is named, moved and gone, and that nothing of it becomes a path,
// an annotation, Markdown or a reason for the sweep to stop.

// object stores bytes as an object of git as they are, wrong or not, and returns its id.
func (l *lab) object(kind string, data []byte) string {
	l.t.Helper()
	cmd := exec.Command("git", "-C", l.server.GitDir(telemetry), "hash-object", "--literally", "-w", "-t", kind, "--stdin")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		l.t.Fatalf("git hash-object: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// treeOf is a tree of entries, each mode, name and id.
func (l *lab) treeOf(entries ...[3]string) string {
	l.t.Helper()
	var data []byte
	for _, e := range entries {
		raw, err := hex.DecodeString(e[2])
		if err != nil {
			l.t.Fatal(err)
		}
		data = append(data, e[0]+" "+e[1]+"\x00"+string(raw)...)
	}
	return l.object("tree", data)
}

// nested is the tree that has the entry of that mode at the path of a record.
func (l *lab) nested(path, mode, id string) string {
	l.t.Helper()
	parts := strings.Split(path, "/")
	for _, name := range slices.Backward(parts) {
		id, mode = l.treeOf([3]string{mode, name, id}), "40000"
	}
	return id
}

// commitAs is a commit of a tree with that message and further headers.
func (l *lab) commitAs(tree, headers, message string) string {
	l.t.Helper()
	const who = "a <a@b> 1 +0000"
	return l.object("commit", []byte("tree "+tree+"\n"+headers+"author "+who+"\ncommitter "+who+"\n\n"+message))
}

// forged puts a signed record into the spool with another tree, headers or message than emit's.
func (l *lab) forged(ref string, run int, change func(r signed.Record, blob string) (tree, headers, message string)) {
	l.t.Helper()
	r := l.sign(sampleRecord(run))
	tree, headers, message := change(r, l.object("blob", r.Data))
	l.server.SetRef(telemetry, ref, l.commitAs(tree, headers, message))
}

// plain is the tree that emit makes.
func (l *lab) plain(r signed.Record, blob string) string { return l.nested(r.Path, "100644", blob) }

const notAlone = "it holds more than the file of its record, or not as a plain file"

// forgeries carry a good signature of their record, in a commit that emit does not make.
var forgeries = []struct {
	name string
	push func(l *lab, ref string, run int)
	why  string
}{
	{"a symlink", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, blob string) (string, string, string) {
			return l.nested(r.Path, "120000", blob), "", r.Message()
		})
	}, notAlone},
	{"executable", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, blob string) (string, string, string) {
			return l.nested(r.Path, "100755", blob), "", r.Message()
		})
	}, notAlone},
	{"a submodule", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, _ string) (string, string, string) {
			return l.nested(r.Path, "160000", l.server.Ref(telemetry, "refs/heads/main")), "", r.Message()
		})
	}, "it holds no file at its path"},
	{"another file", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, blob string) (string, string, string) {
			rest := strings.TrimPrefix(r.Path, "telemetry/")
			return l.treeOf([3]string{"100755", "run.sh", blob}, [3]string{"40000", "telemetry", l.nested(rest, "100644", blob)}), "", r.Message()
		})
	}, notAlone},
	{"a hundred thousand files", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, blob string) (string, string, string) {
			entries := make([][3]string, 0, 100_001)
			for i := range 100_000 {
				entries = append(entries, [3]string{"100644", fmt.Sprintf("%06d", i), blob})
			}
			entries = append(entries, [3]string{"40000", "telemetry", l.nested(strings.TrimPrefix(r.Path, "telemetry/"), "100644", blob)})
			return l.treeOf(entries...), "", r.Message()
		})
	}, notAlone},
	{"with a parent", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, blob string) (string, string, string) {
			return l.plain(r, blob), "parent " + l.server.Ref(telemetry, "refs/heads/main") + "\n", r.Message()
		})
	}, "its commit has a parent"},
	{"with two signatures", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, blob string) (string, string, string) {
			return l.plain(r, blob), "", r.Message() + "Record-Signature: AAAA\n"
		})
	}, "its message names 1 paths and 2 signatures"},
	{"with a line of a megabyte", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, blob string) (string, string, string) {
			return l.plain(r, blob), "", r.Message() + strings.Repeat("x", 1<<20)
		})
	}, "its object is too large"},
	{"with a path of 400 kB", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, blob string) (string, string, string) {
			return l.plain(r, blob), "", strings.Replace(r.Message(), r.Path, r.Path+strings.Repeat("/x", 200_000), 1)
		})
	}, "belongs to another ref"},
	{"with a path of NULs that leads up again", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, blob string) (string, string, string) {
			return l.plain(r, blob), "", strings.Replace(r.Message(), "/validate.json", "/\x00/../validate.json", 1)
		})
	}, "belongs to another ref"},
	{"with a message that is no UTF-8", func(l *lab, ref string, run int) {
		l.forged(ref, run, func(r signed.Record, blob string) (string, string, string) {
			return l.plain(r, blob), "", "Record-Path: \xff\xfe\u202e\nRecord-Signature: AAAA\n"
		})
	}, "belongs to another ref"},
	{"signed for another path by the right key", func(l *lab, ref string, run int) {
		data, err := sampleRecord(run + 7000).Encode()
		if err != nil {
			l.t.Fatal(err)
		}
		l.wait(l.signText(sampleRecord(run).Path("2026-11-22"), data), ref)
	}, "and what is in it belongs to"},
	{"behind a tag", func(l *lab, ref string, run int) {
		r := l.sign(sampleRecord(run))
		id := l.commitOf(r.Message(), githubtest.File{Path: r.Path, Content: string(r.Data)})
		l.server.SetRef(telemetry, ref, l.object("tag", []byte("object "+id+"\ntype commit\ntag x\ntagger a <a@b> 1 +0000\n\nx\n")))
	}, "it points to a tag"},
}

func TestSweep_TakesNoCommitThatEmitDoesNotMake(t *testing.T) {
	l := newSweepLab(t)
	refs := map[string]string{}
	for i, f := range forgeries {
		refs[f.name] = signed.SpoolRef(sampleRecord(2000 + i).Path("2026-11-22"))
		f.push(l, refs[f.name], 2000+i)
	}
	l.spooledRuns(2)
	got := l.run("sweep")
	expect(t, "code", got.code, 1)
	for _, f := range forgeries {
		_, said, found := strings.Cut(got.log, "::error::rejected "+refs[f.name]+": ")
		said, _, _ = strings.Cut(said, "\n")
		if !found || !strings.Contains(said, f.why) || len(said) > 1000 {
			t.Errorf("%s: the log says %.1000q of it, want %q", f.name, said, f.why)
		}
	}
	l.sweptBeside(2, len(forgeries))
	l.harmless(got, len(forgeries))
	expect(t, "code of the next sweep", l.run("sweep").code, 0)
}

// sweptBeside is swept where objects lie about that git itself calls wrong.
func (l *lab) sweptBeside(runs, rejected int) {
	l.t.Helper()
	for i := range runs {
		want := l.sign(sampleRecord(1000 + i))
		if data, ok := l.server.File(telemetry, "main", want.Path); !ok || !bytes.Equal(data, want.Data) {
			l.t.Errorf("%s is not on the branch", want.Path)
		}
	}
	expect(l.t, "files on the branch", len(strings.Fields(l.git("ls-tree", "-r", "--name-only", "main", "telemetry/"))), runs)
	expect(l.t, "spool", l.git("for-each-ref", "refs/telemetry/spool"), "")
	expect(l.t, "rejected", len(strings.Fields(l.git("for-each-ref", "--format=%(refname)", "refs/telemetry/rejected"))), rejected)
}

// harmless demands that log and summary hold one line for each rejected ref, and nothing that a reader could take for more.
func (l *lab) harmless(got result, rejected int) {
	l.t.Helper()
	commands := 0
	for line := range strings.Lines(got.log) {
		if strings.HasPrefix(line, "::error::") {
			commands++
		}
		if !strings.HasPrefix(line, "::") || strings.Contains(line, "##[") || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\x1b\u202e\x00") {
			l.t.Errorf("the log has the line %.300q", line)
		}
	}
	if want := min(rejected, 20+1); commands != want {
		l.t.Errorf("%d errors in the log, want %d", commands, want)
	}
	if lines := strings.Count(got.summary, "\n- rejected "); lines != rejected || strings.ContainsAny(got.summary, "<>`|[]\x00\x1b\u202e") || len(got.summary) > 1<<20 {
		l.t.Errorf("the summary has %d lines of rejected refs, want %d, or what is more than text:\n%.3000s", lines, rejected, got.summary)
	}
}

// strangeNames are refs that git takes and emit never makes, "ID" being that of the commit which each points to.
var strangeNames = []string{
	"x", "x.y", "2026-11-23", "2026-11-22-/a/b/c",
	"2026-11-22/acme-service/42-1/Validate",
	"2026-11-22/Acme-Service/1000-1/validate",
	"2026-11-22/acme-service/1000-1/validate/deeper", "2026-11-22/acme-services",
	"2026-11-22/acme-service/v\u0430lidate/\u202eetadilav",
	"2026-11-22/acme-service/\u200b/validate",
	"2026-11-22/acme-service/a\xff\xfe/validate",
	"2026-11-22/acme-service/%0A--error--x/validate",
	"2026-11-22/acme-service/</details><img/src=x>",
	"2026-11-22/acme-service/`|&amp;/#42",
	"2026-11-22/acme-service/$(id)/;id;'\"",
	"2026-11-22/acme-service/-f/--force",
	"2026-11-22/acme-service/9000-1/validate.json",
	"other/x/y", "rejected/ID", "a/" + strings.Repeat("long", 60) + "/" + strings.Repeat("name", 60),
}

func TestSweep_TakesNoNameThatEmitDoesNotMake(t *testing.T) {
	l := newSweepLab(t)
	r := l.sign(sampleRecord(4000))
	id := l.commitOf(r.Message(), githubtest.File{Path: r.Path, Content: string(r.Data)})
	for _, name := range strangeNames {
		l.server.SetRef(telemetry, signed.Spool+strings.ReplaceAll(name, "ID", id), id)
	}
	l.git("update-ref", "refs/heads/refs/telemetry/spool/mine", id) // a branch, whatever it is called
	l.spooledRuns(0)
	good := l.sign(sampleRecord(1001))
	l.wait(good, "")
	l.wait(l.sign(sampleRecord(1002)), "")
	got := l.run("sweep")
	expect(t, "code", got.code, 1)
	for _, name := range []string{"1001", "1002"} {
		if _, ok := l.server.File(telemetry, "main", strings.Replace(good.Path, "1001", name, 1)); !ok {
			t.Errorf("the record of run %s is not on the branch", name)
		}
	}
	expect(t, "spool", l.git("for-each-ref", "refs/telemetry/spool"), "")
	expect(t, "the branch", l.git("rev-parse", "refs/heads/refs/telemetry/spool/mine"), id)
	expect(t, "rejected", len(strings.Split(l.git("for-each-ref", "--format=%(refname)", "refs/telemetry/rejected"), "\n")), len(strangeNames))
	l.harmless(got, len(strangeNames))
	expect(t, "code of the next sweep", l.run("sweep").code, 0)
}

// TestSweep_RejectedNamesAreInNobodysWay: a ref that is called like one that was rejected, with more behind it.
func TestSweep_RejectedNamesAreInNobodysWay(t *testing.T) {
	l := newSweepLab(t)
	r := l.sign(sampleRecord(4000))
	id := l.commitOf("x", githubtest.File{Path: r.Path, Content: "x"})
	ref := signed.SpoolRef(r.Path)
	for _, name := range []string{ref, ref + "/" + id, ref + "/" + id + "/" + id} {
		l.server.SetRef(telemetry, name, id)
		expect(t, "code for "+name, l.run("sweep").code, 1)
		expect(t, "spool", l.git("for-each-ref", "refs/telemetry/spool"), "")
	}
	l.wait(l.sign(sampleRecord(1000)), "")
	expect(t, "code of the next sweep", l.run("sweep").code, 0)
	l.sweptBeside(1, 3)
}

// TestSweep_GoesOnWhereARejectionFails: something stands where a rejected ref should go. The good records are swept and gone
// all the same, and the sweep is red as long as it lasts.
func TestSweep_GoesOnWhereARejectionFails(t *testing.T) {
	l := newSweepLab(t)
	r := l.sign(sampleRecord(4000))
	id := l.commitOf("x", githubtest.File{Path: r.Path, Content: "x"})
	l.server.SetRef(telemetry, signed.SpoolRef(r.Path), id)
	l.server.SetRef(telemetry, signed.RejectedRef(signed.SpoolRef(r.Path), id)+"/in/the/way", id)
	l.spooledRuns(2)
	for range 2 {
		got := l.run("sweep")
		expect(t, "code", got.code, 1)
		if !strings.Contains(got.log, "::error::the sweep did not end: the spool is not empty") {
			t.Errorf("log: %q", got.log)
		}
		expect(t, "spool", l.git("for-each-ref", "--format=%(refname)", "refs/telemetry/spool"), signed.SpoolRef(r.Path))
	}
	l.git("update-ref", "-d", signed.RejectedRef(signed.SpoolRef(r.Path), id)+"/in/the/way")
	expect(t, "code when nothing is in the way", l.run("sweep").code, 1)
	l.sweptBeside(2, 1)
	expect(t, "code of the next sweep", l.run("sweep").code, 0)
}

// TestSweep_TakesManyLongNames: what is pushed at once must fit into the arguments of a process.
func TestSweep_TakesManyLongNames(t *testing.T) {
	l := newSweepLab(t)
	const n = 300
	id := l.commitOf("x", githubtest.File{Path: "x", Content: "x"})
	var updates strings.Builder
	for i := range n {
		fmt.Fprintf(&updates, "create %sx%d%s %s\n", signed.Spool, i, strings.Repeat("/"+strings.Repeat("long", 60), 15), id)
	}
	cmd := exec.Command("git", "-C", l.server.GitDir(telemetry), "update-ref", "--stdin")
	cmd.Stdin = strings.NewReader(updates.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l.spooledRuns(1)
	expect(t, "code", l.run("sweep").code, 1)
	l.sweptBeside(1, n)
}

// TestTreeID_IsGits compares the id that holdsAlone computes with git's own.
func TestTreeID_IsGits(t *testing.T) {
	l := newSweepLab(t)
	r := l.sign(sampleRecord(1))
	id := l.commitOf(r.Message(), githubtest.File{Path: r.Path, Content: string(r.Data)})
	got, err := git.TreeID(r.Path, l.git("rev-parse", id+":"+r.Path))
	if err != nil || got != l.git("rev-parse", id+"^{tree}") {
		t.Errorf("got %s %v", got, err)
	}
	if _, err := git.TreeID("x", "no id"); err == nil {
		t.Error("it took what is no id")
	}
}
