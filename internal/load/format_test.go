package load

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
)

func TestFormat(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"layout", "package engines\nengines: x: {\n  a: 1,\n  long:   2\n}\n", "package engines\n\nengines: x: {\n\ta:    1\n\tlong: 2\n}\n"},
		{"comments stay", "// before\npackage engines\n\n// doc\nx: 1   // behind\n\n\n// end\n", "// before\npackage engines\n\n// doc\nx: 1 // behind\n\n// end\n"},
		{"scripts stay", "package engines\n\nx: \"\"\"\n  if a; then\n      b\n  fi\n  \"\"\"\n", "package engines\n\nx: \"\"\"\n\tif a; then\n\t    b\n\tfi\n\t\"\"\"\n"},
		{"line breaks of another system", "package engines\r\nx:  1\r\n", "package engines\n\nx: 1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files, found := Format(with(t, "engines/more.cue", tt.in), "engines")
			if len(found) > 0 || len(files) != 1 || files[0].Path != "engines/more.cue" || string(files[0].Old) != tt.in || files[0].Executable {
				t.Fatalf("got %v, %s", files, text(found))
			}
			if got := string(files[0].New); got != tt.want {
				t.Errorf("got\n%q\nwant\n%q", got, tt.want)
			}
		})
	}
	if files, found := Format(project(t, nil), "engines"); len(files)+len(found) > 0 {
		t.Errorf("the good project is not formatted: %v, %s", files, text(found))
	}
}

func TestFormat_Findings(t *testing.T) {
	fsys := with(t, "engines/broken.cue", "package engines\n\nx: {\n", "engines/messy.cue", "package engines\nx:   1\n", "engines/text.cue", "package engines\nx: \"\xff\"\n")
	files, found := Format(fsys, "engines")
	if len(files) > 0 {
		t.Errorf("files came back beside findings: %v", files)
	}
	expect(t, found, `engines/broken.cue:3:6: expected '}', found 'EOF' [schema]
    expected: CUE source
    fix: correct the syntax
engines/text.cue:2:1: the file is not UTF-8 text [spec]
    expected: CUE source in UTF-8
    fix: save the file as UTF-8`)
	_, found = Format(fsys, "nowhere")
	expect(t, found, `nowhere: there is no such folder [spec]
    expected: a folder with CUE specs
    fix: begin a project with `+"`tasc init`"+`, or name the folder with --spec and the project with -C`)
}

func TestFormat_Link(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, with(t, "engines/lib/messy.txt", "package engines\nx:   1\n")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("lib/messy.txt", filepath.Join(dir, "engines", "messy.cue")); err != nil {
		t.Fatal(err)
	}
	files, found := Format(os.DirFS(dir), "engines")
	if len(files) > 0 {
		t.Errorf("got %v", files)
	}
	expect(t, found, `engines/messy.cue: the file is a symbolic link, and what it leads to is not formatted [spec]
    expected: a file of its own
    fix: format the file that it leads to`)
}

// FuzzSource: what is laid out is stable and holds every comment.
func FuzzSource(f *testing.F) {
	err := fs.WalkDir(good, "testdata/good", func(name string, e fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".cue" {
			data, _ := good.ReadFile(name)
			f.Add(data)
		}
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("package a\nx: {// trailing\n  y: 1 // c\n\n  z:   2\n}\n// end\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if invalidUTF8(data) >= 0 {
			return
		}
		tidy, err := Source("a.cue", data)
		if err != nil {
			return
		}
		again, err := Source("a.cue", tidy)
		if err != nil || string(again) != string(tidy) {
			t.Errorf("%q becomes %q, and that becomes %q (%v)", data, tidy, again, err)
		}
		if a, b := comments(t, data), comments(t, tidy); a != b {
			t.Errorf("%q has the comments %q, and %q has %q", data, a, tidy, b)
		}
	})
}

func comments(t *testing.T, data []byte) string {
	t.Helper()
	f, err := parser.ParseFile("a.cue", data, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Walk(f, func(n ast.Node) bool {
		if c, ok := n.(*ast.Comment); ok {
			out = append(out, strings.TrimSpace(c.Text))
		}
		return true
	}, nil)
	slices.Sort(out) // one may move behind another
	return strings.Join(out, "\n")
}
