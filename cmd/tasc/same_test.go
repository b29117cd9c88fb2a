package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSameBytes: what is generated depends on the specs and the lock alone, to the byte and the mode of every file.
// What changes only the digest of the specs changes the manifest alone.
func TestSameBytes(t *testing.T) {
	reference := generate(t, variation{})
	if len(reference) < 80 {
		t.Fatalf("only %d files are generated: the test says too little", len(reference))
	}
	for name, v := range map[string]variation{
		"another folder":        {},
		"one processor":         {env: []string{"GOMAXPROCS=1"}},
		"two processors":        {env: []string{"GOMAXPROCS=2"}},
		"another time zone":     {env: []string{"TZ=Pacific/Kiritimati"}},
		"another language":      {env: []string{"LC_ALL=tr_TR.UTF-8", "LANG=tr_TR.UTF-8"}},
		"another garbage":       {env: []string{"GOGC=1"}},
		"no home":               {env: []string{"HOME=", "XDG_CACHE_HOME="}},
		"a wide umask":          {umask: "000"},
		"a narrow umask":        {umask: "077"},
		"a run over the last":   {times: 2},
		"a comment":             {do: put("engines/lint.cue", "// A comment.\n"+read(t, "lint.cue")), digest: true},
		"another layout":        {do: replace("engines/platform.cue", "\ttitle:          \"Demo\"\n", "\n\n\n\t\"title\":\n\"Demo\"\n"), digest: true},
		"other file names":      {do: steps(move("engines/lint.cue", "engines/zzz.cue"), move("engines/platform.cue", "engines/aaa.cue"), move("engines/filler-3.cue", "engines/0.cue")), digest: true},
		"files made in reverse": {do: reversed},
		"one file for all":      {do: joined, digest: true},
		"a hidden field":        {do: put("engines/more.cue", "package engines\n\n_unused: 1\n"), digest: true},
		"a file that is no spec": {do: steps(put("engines/README.md", "text\n"), put("other/a.cue", "package other\n"), put(".git/config", "\n"),
			put("engines/.cue/x", "\n"))},
	} {
		t.Run(name, func(t *testing.T) {
			got := generate(t, v)
			for file, want := range reference {
				if got[file] != want && !(v.digest && strings.HasSuffix(file, "manifest.json")) {
					t.Errorf("%s is %s, want %s", file, got[file], want)
				}
			}
			if len(got) != len(reference) {
				t.Errorf("%d files, want %d", len(got), len(reference))
			}
			const manifest = "generated/demo/manifest.json"
			if v.digest == (got[manifest] == reference[manifest]) {
				t.Errorf("the manifest's digest of the specs: differs %t, want %t", !v.digest, v.digest)
			}
		})
	}
}

// variation is one way of running the command on the same specs.
type variation struct {
	env   []string
	umask string
	times int
	// do changes the project first; digest says that this changes the digest of the specs.
	do     act
	digest bool
}

// generate runs the real command and returns what it has written: mode and content by path.
func generate(t *testing.T, v variation) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "base"))); err != nil {
		t.Fatal(err)
	}
	fillers(t, dir)
	if v.do != nil {
		v.do(t, dir)
	}
	umask := v.umask
	if umask == "" {
		umask = "022"
	}
	for range max(v.times, 1) {
		cmd := exec.Command("/bin/sh", "-c", "umask "+umask+" && exec tasc generate")
		cmd.Dir, cmd.Env = dir, append(append(os.Environ(), "TASC_CACHE=off"), v.env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	files := map[string]string{}
	err := filepath.WalkDir(filepath.Join(dir, "generated"), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[rel] = fmt.Sprintf("%s %q", info.Mode(), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// fillers are engines enough for several batches, all on one route.
func fillers(t *testing.T, dir string) {
	t.Helper()
	var names strings.Builder
	for i := range 40 {
		put(fmt.Sprintf("engines/filler-%d.cue", i), fmt.Sprintf("package engines\n\nengines: \"filler-%d\": {summary: \"s\", class: \"read-only\", env: {B: \"b\", A: \"a\"}, permissions: {issues: \"read\", contents: \"read\"}, steps: [{name: \"n\", run: \"true\"}]}\n", i))(t, dir)
		fmt.Fprintf(&names, ", \"filler-%d\"", i)
	}
	replace("engines/platform.cue", `["lint"]`, `["lint"`+names.String()+`]`)(t, dir)
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "base", "engines", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// specFiles are the spec files of a project with their texts.
func specFiles(t *testing.T, dir string) (names, texts []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "engines", "*.cue"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	return names, texts
}

// reversed makes the spec files anew, the last one first: a folder lists them as it likes.
func reversed(t *testing.T, dir string) {
	t.Helper()
	names, texts := specFiles(t, dir)
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	for i := len(names) - 1; i >= 0; i-- {
		if err := os.WriteFile(names[i], []byte(texts[i]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// joined makes one file of all specs.
func joined(t *testing.T, dir string) {
	t.Helper()
	const head, schema = "package engines\n", "import \"github.com/task-assistant/tasc/schema\"\n"
	all := head + "\n" + schema
	names, texts := specFiles(t, dir)
	for i, name := range names {
		all += strings.NewReplacer(head, "", schema, "").Replace(texts[i])
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	put("engines/all.cue", all)(t, dir)
}
