package load

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/task-assistant/tasc/internal/testseed"
)

// TestLoad_Files: a file that cannot be evaluated has one finding, in that file.
func TestLoad_Files(t *testing.T) {
	const syntax = " [schema]\n    expected: CUE source\n    fix: correct the syntax"
	const notText = " the file is not UTF-8 text [spec]\n    expected: CUE source in UTF-8\n    fix: save the file as UTF-8"
	tests := []struct{ name, add, want string }{
		{"empty", "", ""},
		{"blank", "\n\n", ""},
		{"byte order mark", "\ufeffpackage engines\n", ""},
		{"CRLF", "package engines\r\n#x: {\r\n\ta: 1\r\n}\r\n", ""},
		{"deep but within CUE's limit", "package engines\n_x: " + strings.Repeat("{a:", 3000) + "1" + strings.Repeat("}", 3000), ""},
		{"binary", "\x7fELF\x02\x01\xff", "engines/more.cue:1:1:" + notText},
		{"invalid UTF-8", "package engines\n\n// caf\xe9\n", "engines/more.cue:3:1:" + notText},
		{"NUL in a comment", "package engines\n// \x00\n", "engines/more.cue:2:1:" + notText},
		{"UTF-16", "\xff\xfep\x00a\x00", "engines/more.cue:1:1:" + notText},
		{"control characters", "\x01\x02", "engines/more.cue:1:1: illegal character U+0001" + syntax},
		{"another package", "package other\n", `engines/platform.cue:1:1: package name "engines" conflicts with previous package name "other" [schema]
    expected: one package in the folder
    fix: give every file of it the same package clause`},
		{"unclosed brace", "package engines\nengines: x: {\n", "engines/more.cue:2:15: expected '}', found 'EOF'" + syntax},
		{"no operand", "package engines\nengines: x: = 3\n", "engines/more.cue:2:13: expected operand, found '='" + syntax},
		{"GitHub's spelling of a field", "package engines\nengines: tidy: timeout-minutes: 5\n", `
engines/more.cue:2:16: the name timeout-minutes holds a dash, and CUE reads a minus [schema]
    expected: a field of the schema
    fix: did you mean "timeout_minutes"?`},
		{"names with dashes", "package engines\n_p: {contents: \"read\", pull-requests: \"read\"}\n_w: {\n\tnode-version: \"22\"\n}\n", `
engines/more.cue:2:24: the name pull-requests holds a dash, and CUE reads a minus [schema]
    expected: quotes around such a name
    fix: write "pull-requests"
engines/more.cue:4:2: the name node-version holds a dash, and CUE reads a minus [schema]
    expected: quotes around such a name
    fix: write "node-version"`},
		{"no comma", "package engines\n_x: {a: 1 b: 2}\n", `
engines/more.cue:2:11: missing ',' in struct literal [schema]
    expected: CUE source
    fix: put a comma or a new line between two fields, and a comma between two elements of a list`},
		{"a backslash of the shell", "package engines\n_x: \"grep '\\d'\"\n", `
engines/more.cue:2:13: unknown escape sequence [schema]
    expected: \\ for a backslash, or one of CUE's sequences, such as \n
    fix: write \\, or begin the text with #" and end it with "# (#""" and """# over several lines)`},
		{"a text over two lines", "package engines\n_x: \"a\nb\"\n_y: 1\n", `
engines/more.cue:2:5: string literal not terminated [schema]
    expected: a text that ends on its line
    fix: close it, or write """, a new line, the text and """ on a line of its own`},
		{"a line that is indented less", "package engines\n_x: \"\"\"\n\t\ta\n\tb\n\t\t\"\"\"\n", `
engines/more.cue:2:5: non-matching whitespace for multiline strings [schema]
    expected: every line indented as the """ that ends the text
    fix: indent the lines alike`},
		{"YAML", "engines:\n  - x\n", `engines/more.cue:2:3: engines: reference "x" not found [schema]
    expected: a name that the package declares
    fix: declare it, or put it in quotes if it is a text`},
		{"the schema is not imported", "package engines\nengines: tidy: schema.#Engine\n", `
engines/more.cue:2:16: engines.tidy: reference "schema" not found [schema]
    expected: an import of the schema
    fix: write import "github.com/task-assistant/tasc/schema" below the package clause`},
		{"deep braces", "package engines\n_x: " + strings.Repeat("{a:", 20000) + "1" + strings.Repeat("}", 20000),
			"engines/more.cue:2:30003: expression exceeds maximum nesting depth of 10000" + syntax},
		{"deep braces without an end", "package engines\n_x: " + strings.Repeat("{", 20000),
			"engines/more.cue:2:10005: expression exceeds maximum nesting depth of 10000" + syntax},
		{"deep brackets", "package engines\n_x: " + strings.Repeat("[", 20000),
			"engines/more.cue:2:10005: expression exceeds maximum nesting depth of 10000" + syntax},
		{"many signs", "package engines\n_x: " + strings.Repeat("-", 20000) + "1",
			"engines/more.cue:2:10005: expression exceeds maximum nesting depth of 10000" + syntax},
		{"too large", "package engines\n//" + strings.Repeat("x", maxSpecBytes), `
engines/more.cue: cannot read the file: it is too large [spec]
    expected: a readable CUE file of at most 4 MiB inside the project
    fix: put such a file there, or remove what stands there`},
		{"standard package", "package engines\nimport \"strings\"\n_x: strings.ToUpper(\"a\")\n", ""},
		{"import that is not used", "package engines\nimport \"strings\"\n", `engines/more.cue:2:8: imported and not used: "strings" [schema]
    expected: imports that the file uses
    fix: use it, or remove the import`},
		{"unknown standard package", "package engines\nimport \"nosuch\"\n_x: nosuch.y\n", `
engines/more.cue:2:8: builtin package "nosuch" undefined [schema]
    expected: a standard package of CUE, a package of the same module, or "github.com/task-assistant/tasc/schema"
    fix: correct the import`},
		{"unknown import", "package engines\nimport \"example.com/x\"\n_x: x.y\n", `
engines/more.cue:2:8: cannot import "example.com/x" [spec]
    expected: a standard package of CUE, a package of the same module, or "github.com/task-assistant/tasc/schema"
    fix: move what you need into the module`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := load(t, with(t, "engines/more.cue", tt.add))
			expect(t, found, tt.want)
		})
	}
}

func TestLoad_Folders(t *testing.T) {
	const none = "\n    expected: a folder with platform.cue and one file per engine\n    fix: name the folder of the specs with --spec"
	const unreadable = "\n    expected: a folder with CUE specs\n    fix: name it with --spec"
	const noPlatform = "engines: no platform is declared here [spec]\n    expected: a field such as platforms: \"task-assistant\": schema.#Platform & {…}\n    fix: add one, or name the folder of the specs with --spec"
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	tests := []struct {
		name string
		in   fstest.MapFS
		want string
	}{
		{"nothing at all", fstest.MapFS{}, "engines: there is no such folder [spec]\n    expected: a folder with CUE specs\n    fix: begin a project with `tasc init`, or name the folder with --spec and the project with -C"},
		{"no CUE file", fstest.MapFS{"engines/README.md": file("x")}, "engines: no CUE file is here [spec]" + none},
		{"a file, no folder", fstest.MapFS{"engines": file("x")}, "engines: cannot read the folder: not implemented [spec]" + unreadable},
		{"an empty file", fstest.MapFS{"engines/a.cue": file("")}, noPlatform},
		{"a package clause", fstest.MapFS{"engines/a.cue": file("package engines\n")}, noPlatform},
		{"no platform in platforms", fstest.MapFS{"engines/a.cue": file("platforms: {}\nengines: {}\n")}, noPlatform},
		{"a folder named as a file", fstest.MapFS{"engines/a.cue/x": file("")}, "engines: no CUE file is here [spec]" + none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := load(t, tt.in)
			expect(t, found, tt.want)
		})
	}
}

func TestLoad_RefusesAttributes(t *testing.T) {
	for _, name := range []string{"tag", "if", "embed", "extern"} {
		for _, in := range []string{
			"package engines\n\n#x: string @" + name + "(y)\n",
			"package engines\n\n#x: {@" + name + "(y,type=int)}\n",
			"@" + name + "(y)\n\npackage engines\n",
		} {
			_, found := load(t, with(t, "engines/more.cue", in))
			if len(found) != 1 || found[0].Message != "@"+name+" is not supported in specs" || found[0].Line == 0 {
				t.Errorf("%q: got\n%s", in, text(found))
			}
		}
	}
	if _, found := load(t, with(t, "engines/more.cue", "package engines\n#x: string @go(X)\n")); len(found) > 0 {
		t.Errorf("an attribute without effect is refused:\n%s", text(found))
	}
}

const module = "module: \"acme.test/platform@v0\"\nlanguage: version: \"v0.14.0\"\n"

func TestLoad_Imports(t *testing.T) {
	use := func(p string) string {
		return "package engines\nimport x \"" + p + "\"\nengines: tidy: timeout_minutes: x.#Minutes\n"
	}
	const usual = "acme.test/platform/shared"
	tests := []struct {
		name  string
		files []string
		want  string
	}{
		{"package of the module", []string{"shared/a.cue", "package shared\n#Minutes: 5\n", "engines/more.cue", use(usual)}, ""},
		{"with the package's name", []string{"shared/a.cue", "package shared\n#Minutes: 5\n", "engines/more.cue", use(usual + ":shared")}, ""},
		{"over a third package", []string{"shared/a.cue", "package shared\nimport \"acme.test/platform/deep/er\"\n#Minutes: er.#M\n", "deep/er/a.cue", "package er\n#M: 5\n", "engines/more.cue", use(usual)}, ""},
		{"wrong value in it", []string{"shared/a.cue", "package shared\n#Minutes: 500\n", "engines/more.cue", use(usual)}, `
engines/more.cue:3:33: engines.tidy.timeout_minutes: timeout_minutes must be a whole number from 1 to 350 [schema]
    shared/a.cue:2:11: and here`},
		{"without a module", []string{"cue.mod/module.cue", "", "shared/a.cue", "package shared\n#Minutes: 5\n", "engines/more.cue", use(usual)}, `
engines/more.cue:2:10: cannot import "acme.test/platform/shared" [spec]
    expected: a standard package of CUE, a package of the same module, or "github.com/task-assistant/tasc/schema"
    fix: move what you need into the module`},
		{"no such folder", []string{"engines/more.cue", use(usual)}, `
engines/more.cue:2:8: cannot import "acme.test/platform/shared": there is no folder "shared" [spec]
    expected: a folder of the module with CUE files
    fix: correct the import`},
		{"a file", []string{"shared", "x", "engines/more.cue", use(usual)}, `
engines/more.cue:2:8: cannot import "acme.test/platform/shared": there is no folder "shared" [spec]
    expected: a folder of the module with CUE files
    fix: correct the import`},
		{"out of the module", []string{"engines/more.cue", use("acme.test/platform/../x")}, `
engines/more.cue:2:8: cannot import "acme.test/platform/../x": there is no folder "../x" [spec]
    expected: a folder of the module with CUE files
    fix: correct the import`},
		{"syntax error in it", []string{"shared/a.cue", "package shared\n#x: {\n", "engines/more.cue", use(usual)}, `
shared/a.cue:2:7: expected '}', found 'EOF' [schema]
    expected: CUE source
    fix: correct the syntax`},
		{"attribute in it", []string{"shared/a.cue", "package shared\n#Minutes: int @tag(m)\n", "engines/more.cue", use(usual)}, `
shared/a.cue:2:15: @tag is not supported in specs [spec]
    expected: plain CUE: the result depends on the files alone
    fix: remove the attribute`},
		{"itself", []string{"engines/more.cue", use("acme.test/platform/engines")}, `
engines/more.cue:2:8: cannot import "acme.test/platform/engines": the packages import each other [spec]
    expected: packages that do not depend on each other in a circle
    fix: move what both need into a third package`},
		{"a circle", []string{"shared/a.cue", "package shared\nimport \"acme.test/platform/b\"\n#Minutes: b.#M\n", "b/b.cue", "package b\nimport \"acme.test/platform/shared\"\n#M: shared.#Minutes\n", "engines/more.cue", use(usual)}, `
b/b.cue:2:8: cannot import "acme.test/platform/shared": the packages import each other [spec]
    expected: packages that do not depend on each other in a circle
    fix: move what both need into a third package`},
		{"module.cue is broken", []string{"cue.mod/module.cue", "module: {", "engines/more.cue", ""}, `
cue.mod/module.cue:1:10: expected '}', found 'EOF' [schema]
    expected: CUE source
    fix: correct the syntax`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := load(t, with(t, append([]string{"cue.mod/module.cue", module}, tt.files...)...))
			expect(t, found, tt.want)
		})
	}
}

// TestLoad_DiamondsAreReadOnce: without that, twenty levels of packages that import two each would be read a million times.
func TestLoad_DiamondsAreReadOnce(t *testing.T) {
	files := []string{"cue.mod/module.cue", module, "p20/a.cue", "package p20\n#M: 5\n", "q20/a.cue", "package q20\n#M: 5\n"}
	for i := range 20 {
		n, m := string(rune('0'+i/10))+string(rune('0'+i%10)), string(rune('0'+(i+1)/10))+string(rune('0'+(i+1)%10))
		for _, p := range []string{"p", "q"} {
			files = append(files, p+n+"/a.cue", "package "+p+n+"\nimport p \"acme.test/platform/p"+m+"\"\nimport q \"acme.test/platform/q"+m+"\"\n#M: p.#M & q.#M\n")
		}
	}
	start := time.Now()
	_, found := load(t, with(t, append(files, "engines/more.cue", "package engines\nimport \"acme.test/platform/p00\"\nengines: tidy: timeout_minutes: p00.#M\n")...))
	expect(t, found, "")
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it took %s", d)
	}
}

// TestLoad_NothingLoosensTheSchema: files that stock CUE would merge into the schema have no say.
func TestLoad_NothingLoosensTheSchema(t *testing.T) {
	const loose = "package schema\n#Engine: {retries?: _, ...}\n#Step: {...}\n#Platform: {...}\n"
	const own = "module: \"github.com/task-assistant/tasc@v0\"\n"
	for name, files := range map[string][]string{
		"cue.mod/usr":          {"cue.mod/usr/github.com/task-assistant/tasc/schema/x.cue", loose},
		"cue.mod/pkg":          {"cue.mod/pkg/github.com/task-assistant/tasc/schema/x.cue", loose},
		"cue.mod/gen":          {"cue.mod/gen/github.com/task-assistant/tasc/schema/x.cue", loose},
		"a module of its name": {"cue.mod/module.cue", own, "schema/x.cue", loose},
		"a folder of its name": {"github.com/task-assistant/tasc/schema/x.cue", loose},
		"a definition":         {"engines/more.cue", "package engines\nengines: [string]: {...}\nengines: tidy: {...}\n"},
	} {
		fsys := with(t, files...)
		for _, old := range []string{"tasc/schema\"", "tasc/schema:schema\""} {
			e := string(edited(t, "engines/validate.cue", "\tclass:", "\tretries: 3\n\tclass:")["engines/validate.cue"].Data)
			fsys["engines/validate.cue"].Data = []byte(strings.Replace(e, "tasc/schema\"", old, 1))
			_, found := load(t, fsys)
			if len(found) != 1 || !strings.Contains(found[0].Message, "retries") && !strings.Contains(found[0].Message, "cannot import") {
				t.Errorf("%s, %s: got\n%s", name, old, text(found))
			}
		}
	}
}

// TestLoad_Mutations deletes, doubles and swaps pieces of the good files: no panic, and every finding has its place.
func TestLoad_Mutations(t *testing.T) {
	r := testseed.New(t)
	for range 300 {
		fsys := project(t, nil)
		f := fsys[[]string{"engines/platform.cue", "engines/validate.cue", "engines/tidy.cue"}[r.IntN(3)]]
		s := string(f.Data)
		i := r.IntN(len(s))
		j := min(len(s), i+1+r.IntN(20))
		f.Data = []byte(s[:i] + []string{"", s[i:j] + s[i:j], "}", "{", `"`, "3", "_", "\n", " & ", "a: ", "[...]", "*", "|", "\xff"}[r.IntN(14)] + s[j:])
		load(t, fsys)
	}
}

// TestLoad_ErrorThatValidatePassesOver: CUE's Err tells of an error that its Validate does not.
func TestLoad_ErrorThatValidatePassesOver(t *testing.T) {
	fsys := project(t, nil)
	f := fsys["engines/tidy.cue"]
	f.Data = []byte("package engines\n\nimport \"github.com/task-assistant/tasc/schema\"\n\n#Run: {run: \"true\"}\n\nengines: tidy: schema.#Engine & {\n\tsummary: \"Tidies\"\n\tclass:   \"read-only\"\n\tsteps: [#Run]\n}\n")
	if _, found := load(t, fsys); len(found) == 0 {
		t.Error("a step without a name is accepted")
	}
}
