package load

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/schema"
)

// maxSpecBytes bounds one CUE file; specs of thousands of engines stay far below it.
const maxSpecBytes = 4 << 20

// instance parses the package in l.dir and resolves its imports.
func (l *loader) instance() *build.Instance {
	l.module = l.moduleName()
	inst := l.ctx.NewInstance(l.dir, l.importer)
	inst.ImportPath = importPath(l.dir)
	if l.addFiles(inst, l.dir) == 0 && len(l.found) == 0 {
		l.report(diag.Pos{File: l.dir}, "no CUE file is here", "a folder with platform.cue and one file per engine", "name the folder of the specs with --spec")
	}
	if len(l.found) > 0 {
		return inst
	}
	if err := inst.Complete(); err != nil {
		l.found = append(l.found, l.findings(err)...)
	}
	return inst
}

// importPath is the name of the spec package inside CUE; nothing imports it.
func importPath(dir string) string { return "spec/" + dir }

// addFiles parses the *.cue files of one folder into inst and returns how many there are.
func (l *loader) addFiles(inst *build.Instance, dir string) int {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		l.report(diag.Pos{File: dir}, "cannot read the folder: "+reason(err), "a folder with CUE specs", "name it with --spec")
		return 0
	}
	n := 0
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".cue" {
			continue
		}
		n++
		if f := l.parse(path.Join(dir, e.Name())); f != nil {
			l.syntax = append(l.syntax, f)
			if err := inst.AddSyntax(f); err != nil {
				l.found = append(l.found, l.findings(err)...)
				break // of two packages: every file that follows would say so again
			}
		}
	}
	return n
}

// parse returns nil and reports where the file is not one that may be evaluated.
func (l *loader) parse(name string) *ast.File {
	data, ok := l.readSpec(name)
	if !ok {
		return nil
	}
	fmt.Fprintf(l.digest, "%d %s %d\n", len(name), name, len(data))
	l.digest.Write(data)
	f, err := parser.ParseFile(name, data, parser.ParseComments)
	if err != nil {
		l.found = append(l.found, l.findings(err)...)
		return nil
	}
	before := len(l.found)
	l.refuseAttributes(f)
	l.refuseImports(f)
	if len(l.found) > before {
		return nil
	}
	return f
}

// readSpec returns the text of a spec file, or reports why there is none.
func (l *loader) readSpec(name string) ([]byte, bool) {
	data, err := readFile(l.fsys, name, maxSpecBytes)
	if err != nil {
		l.report(diag.Pos{File: name}, "cannot read the file: "+reason(err), "a readable CUE file of at most 4 MiB", "")
		return nil, false
	}
	if i := invalidUTF8(data); i >= 0 {
		line := 1 + strings.Count(string(data[:i]), "\n")
		l.report(diag.Pos{File: name, Line: line, Column: 1}, "the file is not UTF-8 text", "CUE source in UTF-8", "save the file as UTF-8")
		return nil, false
	}
	return data, true
}

// refuseAttributes keeps out what would make the result depend on more than the files: @tag, @if, @embed and their kin.
func (l *loader) refuseAttributes(f *ast.File) {
	ast.Walk(f, func(n ast.Node) bool {
		a, ok := n.(*ast.Attribute)
		if !ok {
			return true
		}
		name, _ := a.Split()
		switch name {
		case "tag", "if", "embed", "extern":
			l.report(position(a.Pos()), "@"+name+" is not supported in specs", "plain CUE: the result depends on the files alone", "remove the attribute")
		}
		return true
	}, nil)
}

func (l *loader) refuseImports(f *ast.File) {
	for imp := range f.ImportSpecs() {
		p, err := strconv.Unquote(imp.Path.Value)
		if err != nil || p == schema.ImportPath || l.module != "" && strings.HasPrefix(p, l.module+"/") {
			continue
		}
		if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") {
			l.report(position(imp.Path.Pos()), "cannot import "+quote(p),
				"a standard package of CUE, a package of the same module, or "+quote(schema.ImportPath), "move what you need into the module")
		}
	}
}

// importer resolves the schema to the embedded bytes and packages of the same
// module to the project's files, each once; nil leaves only CUE's own packages.
func (l *loader) importer(at token.Pos, p string) *build.Instance {
	switch {
	case p == schema.ImportPath:
		return l.schema()
	case l.module != "" && strings.HasPrefix(p, l.module+"/"):
		return l.modulePackage(at, p)
	}
	return nil
}

// modulePackage builds a package of the same module. CUE itself does not stop at packages that import each other.
func (l *loader) modulePackage(at token.Pos, p string) *build.Instance {
	dir, _, _ := strings.Cut(strings.TrimPrefix(p, l.module+"/"), ":")
	inst, begun := l.imported[dir]
	switch {
	case begun && inst == nil || dir == l.dir:
		l.report(position(at), "cannot import "+quote(p)+": the packages import each other", "packages that do not depend on each other in a circle", "move what both need into a third package")
	case !begun && !isDir(l.fsys, dir):
		l.report(position(at), "cannot import "+quote(p)+": there is no folder "+quote(dir), "a folder of the module with CUE files", "correct the import")
	case !begun:
		l.imported[dir] = nil
		inst = l.ctx.NewInstance(dir, l.importer)
		inst.ImportPath = p
		l.addFiles(inst, dir)
		_ = inst.Complete() // its errors surface in the importing package
		l.imported[dir] = inst
	}
	return inst
}

func isDir(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
}

// schema builds the embedded schema. Files are parsed anew each time, since an instance resolves identifiers in place.
func (l *loader) schema() *build.Instance {
	inst := l.ctx.NewInstance("schema", nil)
	inst.ImportPath = schema.ImportPath
	names, err := fs.Glob(schema.Files, "*.cue")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		data, err := schema.Files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		f, err := parser.ParseFile(schemaFile(name), data, parser.ParseComments)
		if err != nil {
			panic(err)
		}
		if err := inst.AddSyntax(f); err != nil {
			panic(err)
		}
	}
	if err := inst.Complete(); err != nil {
		panic(err)
	}
	return inst
}

// schemaFile is how a finding names a schema file; it cannot be mistaken for a file of the user's.
func schemaFile(name string) string { return schema.ImportPath + "/" + name }

// moduleName reads the module path, without its major version, from cue.mod/module.cue.
func (l *loader) moduleName() string {
	data, err := readFile(l.fsys, "cue.mod/module.cue", maxSpecBytes)
	if err != nil {
		return "" // without a module only the schema and standard packages can be imported
	}
	f, err := parser.ParseFile("cue.mod/module.cue", data)
	if err != nil {
		l.found = append(l.found, l.findings(err)...)
		return ""
	}
	for _, d := range f.Decls {
		field, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		label, _, _ := ast.LabelName(field.Label)
		lit, ok := field.Value.(*ast.BasicLit)
		if label == "module" && ok {
			p, _ := strconv.Unquote(lit.Value)
			p, _, _ = strings.Cut(p, "@")
			return p
		}
	}
	return ""
}

// readFile reads at most limit bytes of a regular file.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > limit:
		return nil, errors.New("it is too large")
	}
	return fs.ReadFile(fsys, name)
}

// reason is an error's cause without the path, which the position already names.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8 text, or -1. NUL is text to Go but to no editor.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 || r == 0 {
			return i
		}
		i += n
	}
	return -1
}
