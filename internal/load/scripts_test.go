package load

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// scripted returns the good project with a script as the second step of its engine.
func scripted(t *testing.T, script string) fstest.MapFS {
	t.Helper()
	return edited(t, "engines/validate.cue", "run: \"\"\"\n\t\t\tset -x\n\t\t\t./run.sh \"$TARGET_REPO\"\n\n\t\t\t\"\"\"\n", "script: \""+script+"\"\n")
}

func TestLoad_Script(t *testing.T) {
	fsys := scripted(t, "lib/check.sh")
	fsys["engines/lib/check.sh"] = &fstest.MapFile{Data: []byte("set -x\n\ngrün=1"), Mode: 0o644}
	set, found := load(t, fsys)
	if len(found) > 0 {
		t.Fatal(text(found))
	}
	e, _ := set.Engine("validate")
	s := e.Steps[1]
	if s.Run.Pos.IsValid() || s.Script.Value != "lib/check.sh" || s.Code != (spec.String{Value: "set -x\n\ngrün=1", Pos: diag.Pos{File: "engines/lib/check.sh", Line: 1, Column: 1}}) {
		t.Errorf("got %+v", s)
	}
	for offset, want := range map[int]string{0: "1:1", 4: "1:5", 6: "1:7", 7: "2:1", 8: "3:1", 13: "3:6", 15: "3:8"} {
		if got := s.At(offset); got.String() != "engines/lib/check.sh:"+want {
			t.Errorf("offset %d is at %s, want %s", offset, got, want)
		}
	}
	if first := e.Steps[0]; first.Code != (spec.String{}) {
		t.Errorf("a step without a script has the code %+v", first.Code)
	}
}

func TestLoad_ScriptRefused(t *testing.T) {
	const at = "engines/validate.cue:19:11: "
	const rest = " [engine-files]\n    expected: a file beside the spec that files of the engine carries, with no symbolic link on the way\n    fix: "
	const correct = rest + "correct the path in script"
	tests := []struct{ name, in, want string }{
		{"missing", "lib/nosuch.sh", at + `script names "lib/nosuch.sh", which cannot be read: file does not exist` + correct},
		{"a folder", "lib", at + `script names "lib", which is a folder` + correct},
		{"parent", "../x.sh", at + `script names "../x.sh", which does not stay below the spec folder` + correct},
		{"parent inside", "lib/../run.sh", at + `script names "lib/../run.sh", which does not stay below the spec folder` + correct},
		{"not carried", "other.sh", at + `script names "other.sh", which no entry of files carries, so the platform tree would not have it` + rest + `add "other.sh" to files, or its folder`},
		{"passed over", "tools/testdata/data.txt", at + `script names "tools/testdata/data.txt", which no entry of files carries, so the platform tree would not have it` + rest + `add "tools/testdata/data.txt" to files, or its folder`},
		{"absolute", "/bin/ls", at + "engines.validate.steps.1.script: script is the path of a file beside the spec, of letters, digits, dots, dashes and underscores, with forward slashes [schema]"},
		{"not UTF-8", "lib/latin.sh", `
engines/lib/latin.sh:2:1: the script is not UTF-8 text [engine-files]
    engines/validate.cue:19:11: the step that runs it
    expected: a script in UTF-8, without NUL
    fix: save the file as UTF-8`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := scripted(t, tt.in)
			fsys["engines/other.sh"] = &fstest.MapFile{Data: []byte("true\n"), Mode: 0o644}
			fsys["engines/lib/latin.sh"] = &fstest.MapFile{Data: []byte("true\necho gr\xfcn\n"), Mode: 0o644}
			_, found := load(t, fsys)
			expect(t, found, tt.want)
		})
	}
}

// TestLoad_ScriptOfAnotherEngine: what another engine's files carry is not there on a platform without that engine.
func TestLoad_ScriptOfAnotherEngine(t *testing.T) {
	fsys := scripted(t, "run.sh")
	data := strings.Replace(string(fsys["engines/validate.cue"].Data), `["run.sh", "lib", "tools"]`, `["lib"]`, 1)
	fsys["engines/validate.cue"].Data = []byte(data + "\nengines: tidy: files: [\"run.sh\"]\n")
	_, found := load(t, fsys)
	if len(found) != 1 || found[0].Message != `script names "run.sh", which no entry of files carries, so the platform tree would not have it` {
		t.Errorf("got\n%s", text(found))
	}
}

// TestLoad_ScriptOnDisk: a script behind a symbolic link is refused, and not read.
func TestLoad_ScriptOnDisk(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, link, target, script, message string }{
		{"a file", "link.sh", outside, "link.sh", `script names "link.sh", and "engines/link.sh" is a symbolic link`},
		{"a file inside", "link.sh", "run.sh", "link.sh", `script names "link.sh", and "engines/link.sh" is a symbolic link`},
		{"a folder on the way", "link", filepath.Dir(outside), "link/secret", `script names "link/secret", and "engines/link" is a symbolic link`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, scripted(t, tt.script)); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(tt.target, filepath.Join(dir, "engines", tt.link)); err != nil {
				t.Fatal(err)
			}
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			_, found := load(t, root.FS())
			if len(found) != 1 || found[0].Rule != "engine-files" || found[0].Pos.String() != "engines/validate.cue:19:11" || found[0].Message != tt.message {
				t.Errorf("got\n%swant %s", text(found), tt.message)
			}
		})
	}
}
