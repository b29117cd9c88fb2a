package load

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/schema"
)

// notCUE are the findings for a text that does not parse. A merge conflict is named, since CUE only says where it stumbles.
func (l *loader) notCUE(name string, data []byte, err error) []diag.Diagnostic {
	if i := strings.Index("\n"+string(data), "\n<<<<<<< "); i >= 0 {
		return []diag.Diagnostic{{Rule: "spec", Pos: diag.Pos{File: name, Line: 1 + strings.Count(string(data[:i]), "\n"), Column: 1},
			Message: "the file holds a merge conflict", Expected: "CUE source", Fix: "resolve it: keep what should be compiled"}}
	}
	found := l.findings(err)
	if i := slices.IndexFunc(found, func(d diag.Diagnostic) bool { return d.Message == notTerminated }); i >= 0 {
		found = found[:i+1] // what follows is read with texts and code in each other's place
	}
	lines := strings.Split(string(data), "\n")
	for i := range found {
		found[i].Expected, found[i].Fix = "CUE source", "correct the syntax"
		if line := found[i].Line; line > 0 && line <= len(lines) {
			explainSyntax(&found[i], lines[line-1])
		}
	}
	return found
}

const notTerminated = "string literal not terminated"

// explainSyntax says what CUE wants where people write what YAML and the shell take. The texts that
// it looks for are those of the CUE release in go.mod; the tests notice when they change.
func explainSyntax(d *diag.Diagnostic, line string) {
	switch {
	case strings.HasPrefix(d.Message, "missing ','"):
		if name := dashed.FindString(line[:min(d.Column-1, len(line))]); name != "" {
			explainDash(d, name)
		} else {
			d.Fix = "put a comma or a new line between two fields, and a comma between two elements of a list"
		}
	case d.Message == "unknown escape sequence":
		d.Expected, d.Fix = `\\ for a backslash, or one of CUE's sequences, such as \n`, `write \\, or begin the text with #" and end it with "# (#""" and """# over several lines)`
	case d.Message == notTerminated:
		d.Expected, d.Fix = "a text that ends on its line", `close it, or write """, a new line, the text and """ on a line of its own`
	case strings.HasPrefix(d.Message, "non-matching whitespace"):
		d.Expected, d.Fix = `every line indented as the """ that ends the text`, "indent the lines alike"
	}
}

// explainName says what to do about a name that CUE does not find, or has no use for.
func explainName(f *fault, format string, args []any) {
	switch {
	case f.Fix != "":
	case format == "reference %q not found" && fmt.Sprint(args...) == "schema":
		f.Expected, f.Fix = "an import of the schema", "write import "+quote(schema.ImportPath)+" below the package clause"
	case format == "reference %q not found":
		f.Expected, f.Fix = "a name that the package declares", "declare it, or put it in quotes if it is a text"
	case format == "undefined field: %s":
		f.Expected, f.Fix = "a name that is declared there", otherwise(diag.Suggest(fmt.Sprint(args...), definitionNames()), "correct the name")
	case strings.HasPrefix(format, "imported and not used"):
		f.Expected, f.Fix = "imports that the file uses", "use it, or remove the import"
	case strings.HasPrefix(format, "package name"):
		f.Expected, f.Fix = "one package in the folder", "give every file of it the same package clause"
	}
}

// definitionNames are those of the schema, as a spec writes them.
func definitionNames() []string {
	var out []string
	for _, d := range Definitions() {
		out = append(out, "#"+d.Name)
	}
	return out
}

// dashed is a name with a dash at the end of a text.
var dashed = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*(-[A-Za-z0-9_]+)+$`)

// explainDash: CUE reads the dash of pull-requests as a minus, and stumbles over the colon.
func explainDash(d *diag.Diagnostic, name string) {
	d.Column -= len(name)
	d.Message = "the name " + name + " holds a dash, and CUE reads a minus"
	d.Expected, d.Fix = "quotes around such a name", "write "+quote(name)
	if plain := strings.ReplaceAll(name, "-", "_"); isField(plain) {
		d.Expected, d.Fix = "a field of the schema", "did you mean "+quote(plain)+"?"
	}
}

// isField reports whether any definition of the schema has a field of that name.
func isField(name string) bool {
	return slices.ContainsFunc(Definitions(), func(d Definition) bool {
		return slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Path[strings.LastIndexByte(f.Path, '.')+1:] == name })
	})
}
