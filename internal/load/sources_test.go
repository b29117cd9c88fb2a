package load

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLoad_Sources(t *testing.T) {
	set, found := load(t, project(t, nil))
	if len(found) > 0 {
		t.Fatal(text(found))
	}
	var got []string
	for _, f := range set.Files {
		got = append(got, fmt.Sprintf("%s %t %q", f.Path, f.Executable, f.Data))
	}
	want := []string{`lib/empty false ""`, `lib/lib.txt false "package lib\n"`, `run.sh true "#!/bin/sh\necho run\n"`, `tools/tool.txt false "tool\n"`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, f := range set.Files {
		if f.Data == nil {
			t.Errorf("%s has no bytes at all; an empty file has", f.Path)
		}
	}
}

func TestLoad_SourcesNamedOnPurpose(t *testing.T) {
	set, found := load(t, edited(t, "engines/validate.cue", `["run.sh", "lib", "tools"]`, `["lib/lib_test.go", "tools/testdata", "run.sh", "run.sh"]`))
	if len(found) > 0 {
		t.Fatal(text(found))
	}
	var got []string
	for _, f := range set.Files {
		got = append(got, f.Path)
	}
	if want := "lib/lib_test.go run.sh tools/testdata/data.txt"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestLoad_SourcesRefused(t *testing.T) {
	const rest = "\n    expected: a file or folder beside the spec, with no symbolic link in it\n    fix: correct the path in files"
	const pattern = " [schema]\n    expected: a string; it matches ^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$\n    fix: correct the value"
	const at = "engines/validate.cue:11:10: "
	tests := []struct{ name, in, want string }{
		{"missing", "nosuch", at + `files names "nosuch", which cannot be read: file does not exist [engine-files]` + rest},
		{"missing in a folder", "lib/nosuch", at + `files names "lib/nosuch", which cannot be read: file does not exist [engine-files]` + rest},
		{"below a file", "run.sh/x", at + `files names "run.sh/x", which cannot be read: file does not exist [engine-files]` + rest},
		{"parent", "..", at + `files names "..", which does not stay below the spec folder [engine-files]` + rest},
		{"parent inside", "lib/../../x", at + `files names "lib/../../x", which does not stay below the spec folder [engine-files]` + rest},
		{"itself", ".", at + `files names ".", which does not stay below the spec folder [engine-files]` + rest},
		{"dot inside", "lib/./lib.txt", at + `files names "lib/./lib.txt", which does not stay below the spec folder [engine-files]` + rest},
		{"absolute", "/etc/passwd", at + `engines.validate.files.0: invalid value "/etc/passwd"` + pattern},
		{"empty", "", at + `engines.validate.files.0: invalid value ""` + pattern},
		{"slash behind", "lib/", at + `engines.validate.files.0: invalid value "lib/"` + pattern},
		{"expression", "${{ x }}", at + `engines.validate.files.0: invalid value "${{ x }}"` + pattern},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := load(t, edited(t, "engines/validate.cue", `["run.sh", "lib", "tools"]`, `["`+tt.in+`"]`))
			expect(t, found, tt.want)
		})
	}
}

func TestLoad_SourcesTooLarge(t *testing.T) {
	fsys := with(t, "engines/lib/big", strings.Repeat("x", maxSourceBytes+1))
	_, found := load(t, fsys)
	if len(found) != 1 || found[0].Message != `files names "lib", which cannot be read: it is too large` {
		t.Errorf("got\n%s", text(found))
	}
}

// TestLoad_SourcesTooLargeTogether: each file is small enough, and all of them are held in memory.
func TestLoad_SourcesTooLargeTogether(t *testing.T) {
	fsys := project(t, nil)
	large := make([]byte, maxSourceBytes)
	for i := range maxSourcesBytes/maxSourceBytes + 1 {
		fsys[fmt.Sprintf("engines/lib/big%d", i)] = &fstest.MapFile{Data: large, Mode: 0o644}
	}
	_, found := load(t, fsys)
	if len(found) != 1 || found[0].Message != `files names "lib", which cannot be read: the sources of all engines are more than 100 MiB together` {
		t.Errorf("got\n%s", text(found))
	}
}

// TestLoad_SourcesOnDisk: symbolic links are refused, be they a file or a folder,
// inside or outside, named or found; and nothing behind them is read.
func TestLoad_SourcesOnDisk(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, link, target, files, message string }{
		{"file outside, named", "link", outside, "link", `files names "link", and "engines/link" is not a regular file`},
		{"file outside, found", "lib/link", outside, "lib", `files names "lib", and "engines/lib/link" is not a regular file`},
		{"file inside, found", "lib/link", "lib.txt", "lib", `files names "lib", and "engines/lib/link" is not a regular file`},
		{"folder outside, named", "link", filepath.Dir(outside), "link", `files names "link", and "engines/link" is not a regular file`},
		{"folder inside, named", "link", "lib", "link", `files names "link", and "engines/link" is not a regular file`},
		{"folder outside, on the way", "link", filepath.Dir(outside), "link/secret", `files names "link/secret", and "engines/link" is not a regular file`},
		{"folder inside, on the way", "link", "lib", "link/lib.txt", `files names "link/lib.txt", and "engines/link" is not a regular file`},
		{"to nowhere", "lib/link", "nosuch", "lib", `files names "lib", and "engines/lib/link" is not a regular file`},
		{"to itself", "lib/link", "link", "lib", `files names "lib", and "engines/lib/link" is not a regular file`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			fsys := edited(t, "engines/validate.cue", `["run.sh", "lib", "tools"]`, `["`+tt.files+`"]`)
			if err := os.CopyFS(dir, fsys); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(tt.target, filepath.Join(dir, "engines", filepath.FromSlash(tt.link))); err != nil {
				t.Fatal(err)
			}
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			_, found := load(t, root.FS())
			if len(found) != 1 || found[0].Rule != "engine-files" || found[0].Pos.String() != "engines/validate.cue:11:10" || found[0].Message != tt.message {
				t.Errorf("got\n%swant %s", text(found), tt.message)
			}
		})
	}
}
