package load

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzLoad: whatever the files of a package are, Load gives a set or findings with
// places that exist, soon, and the same a second time. An input is a txtar archive of the files.
func FuzzLoad(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, archive string) {
		if len(archive) > 8<<10 {
			return // larger ones are slow, and say nothing else
		}
		fsys := unpack(archive)
		o := Options{Guard: patience, batch: 1}
		set, found := o.Load(fsys, "engines")
		if (set == nil) != (len(found) > 0) {
			t.Errorf("a set and findings, or neither:\n%s", text(found))
		}
		for _, d := range found {
			if d.Rule == RuleEndless || d.Rule == RuleCUE {
				return // of CUE, and named; a second evaluation would not end either
			}
			if d.Rule == "" || d.Message == "" || inSchema(d.Pos) {
				t.Errorf("not a finding for people: %s", text(found))
			}
			checkPos(t, fsys, d.Pos)
		}
		if _, again := o.Load(fsys, "engines"); text(again) != text(found) {
			t.Errorf("first\n%s\nthen\n%s", text(found), text(again))
		}
	})
}

// fileMarker begins a file of an archive. Package txtar itself fails on a marker without a name.
var fileMarker = regexp.MustCompile(`(?m)^-- (\S+) --\n`)

func unpack(archive string) fstest.MapFS {
	fsys := fstest.MapFS{}
	at := fileMarker.FindAllStringSubmatchIndex(archive, -1)
	for i, m := range at {
		end := len(archive)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		if name := archive[m[2]:m[3]]; fs.ValidPath(name) && name != "." {
			fsys[name] = &fstest.MapFile{Data: []byte(archive[m[1]:end]), Mode: 0o644}
		}
	}
	return fsys
}

// patience is a guard that ends an evaluation long after any that a fuzzer's small inputs need.
func patience(int) (<-chan End, func()) {
	giveUp := make(chan End, 1)
	timer := time.AfterFunc(5*time.Second, func() { giveUp <- End{Why: "it took 5 s"} })
	return giveUp, func() { timer.Stop() }
}

// seeds are archives of the good project, of the packages that the property tests draw, and of the cases of the rules.
func seeds(f *testing.F) []string {
	f.Helper()
	var whole txtar.Archive
	err := fs.WalkDir(good, "testdata/good", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := good.ReadFile(name)
		whole.Files = append(whole.Files, txtar.File{Name: strings.TrimPrefix(name, "testdata/good/"), Data: data})
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	out := []string{string(txtar.Format(&whole))}
	for _, snippet := range slices.Concat(sharing, doubtful) {
		out = append(out, "-- engines/a.cue --\npackage engines\n"+snippet+"-- engines/e.cue --\n"+plainEngine(0)+"-- engines/p.cue --\n"+randomPlatform("p"))
	}
	for _, field := range slices.Concat(valid, faults) {
		out = append(out, "-- engines/e.cue --\npackage engines\n\nengines: e0: {\n\tsummary: \"s\"\n\tclass: \"read-only\"\n\t"+field+"\n\tsteps: [{name: \"n\", run: \"true\"}]\n}\n-- engines/p.cue --\n"+randomPlatform("p"))
	}
	base, err := os.ReadFile(filepath.FromSlash("../validate/testdata/base.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	return append(out, string(base))
}
