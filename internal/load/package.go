package load

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/parallel"
	"github.com/task-assistant/tasc/schema"
)

// maxSpecBytes bounds one CUE file; specs of thousands of engines stay far below it.
const maxSpecBytes = 4 << 20

// pkg is the package on the disk. Every file is read once, however often it is
// parsed, so that all evaluations see the same bytes. It is safe for concurrent use.
type pkg struct {
	fsys   fs.FS
	dir    string
	module string
	// files are those of the folder, sorted by name; found says why they could not be listed.
	files []*file
	found []diag.Diagnostic

	mu   sync.Mutex
	read map[string]*file // by name, those of imported packages too
}

// file is one spec file as it was read.
type file struct {
	name string
	once sync.Once // data and err are set
	data []byte
	err  error
	// syntax is the file parsed and accepted, for the one evaluation that takes it.
	syntax atomic.Pointer[ast.File]
}

func names(files []*file) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = f.name
	}
	return out
}

func newPackage(fsys fs.FS, dir string) *pkg {
	p := &pkg{fsys: fsys, dir: path.Clean(dir), read: map[string]*file{}}
	l := p.loader()
	p.module = l.moduleName()
	names, ok := l.list(p.dir)
	if ok && len(names) == 0 && len(l.found) == 0 {
		l.report(diag.Pos{File: p.dir}, "no CUE file is here", "a folder with platform.cue and one file per engine", "name the folder of the specs with --spec")
	}
	p.found = l.found
	p.files = make([]*file, len(names))
	parallel.Do(len(names), func(i int) { p.files[i] = p.file(names[i]) })
	return p
}

// file reads a file, once.
func (p *pkg) file(name string) *file {
	p.mu.Lock()
	f, ok := p.read[name]
	if !ok {
		f = &file{name: name}
		p.read[name] = f
	}
	p.mu.Unlock()
	f.once.Do(func() { f.data, f.err = readFile(p.fsys, name, maxSpecBytes) })
	return f
}

// digest is the sha256 (hex) of all spec files that were read, by name.
func (p *pkg) digest() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(p.read)) {
		fmt.Fprintf(sum, "%d %s %d\n", len(name), name, len(p.read[name].data))
		sum.Write(p.read[name].data)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// instance parses files of the package and resolves their imports.
func (l *loader) instance(files []*file) *build.Instance {
	inst := l.ctx.NewInstance(l.dir, l.importer)
	inst.ImportPath = importPath(l.dir)
	l.found = slices.Clone(l.pkg.found)
	l.addFiles(inst, files)
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

// list returns the names of the *.cue files of one folder.
func (l *loader) list(dir string) (names []string, ok bool) {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		what, fix := "cannot read the folder: "+reason(err), "name it with --spec"
		if errors.Is(err, fs.ErrNotExist) {
			what, fix = "there is no such folder", "begin a project with `tasc init`, or name the folder with --spec and the project with -C"
		}
		l.report(diag.Pos{File: dir}, what, "a folder with CUE specs", fix)
		return nil, false
	}
	for _, e := range entries {
		if !e.IsDir() && path.Ext(e.Name()) == ".cue" {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	return names, true
}

// addFiles parses files into inst.
func (l *loader) addFiles(inst *build.Instance, files []*file) {
	for _, file := range files {
		if f := l.parse(file); f != nil {
			l.syntax = append(l.syntax, f)
			if err := inst.AddSyntax(f); err != nil {
				l.found = append(l.found, l.findings(err)...)
				break // of two packages: every file that follows would say so again
			}
		}
	}
}

// parse returns nil and reports where the file is not one that may be evaluated.
// No tree is given out twice, since an instance resolves identifiers in place.
func (l *loader) parse(file *file) *ast.File {
	if f := file.syntax.Swap(nil); f != nil {
		return f
	}
	name := file.name
	data, ok := l.text(file)
	if !ok {
		return nil
	}
	f, err := parser.ParseFile(name, data, parser.ParseComments)
	if err != nil {
		l.found = append(l.found, l.notCUE(name, data, err)...)
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

// text returns the text of a spec file, or reports why there is none.
func (l *loader) text(f *file) ([]byte, bool) {
	if f.err != nil {
		l.report(diag.Pos{File: f.name}, "cannot read the file: "+reason(f.err), "a readable CUE file of at most 4 MiB inside the project", "put such a file there, or remove what stands there")
		return nil, false
	}
	if i := invalidUTF8(f.data); i >= 0 {
		line := 1 + strings.Count(string(f.data[:i]), "\n")
		l.report(diag.Pos{File: f.name, Line: line, Column: 1}, "the file is not UTF-8 text", "CUE source in UTF-8", "save the file as UTF-8")
		return nil, false
	}
	return f.data, true
}

// refuseAttributes keeps out what would make the result depend on more than the files: @tag, @if, @embed and their kin.
// An @extern that only prepares for an @embed of the same file is not named beside it.
func (l *loader) refuseAttributes(f *ast.File) {
	refused := map[string][]token.Pos{}
	ast.Walk(f, func(n ast.Node) bool {
		if a, ok := n.(*ast.Attribute); ok {
			name, _ := a.Split()
			refused[name] = append(refused[name], a.Pos())
		}
		return true
	}, nil)
	if len(refused["embed"]) > 0 {
		delete(refused, "extern")
	}
	for _, name := range []string{"tag", "if", "embed", "extern"} {
		for _, at := range refused[name] {
			l.report(position(at), "@"+name+" is not supported in specs", "plain CUE: the result depends on the files alone", "remove the attribute")
		}
	}
}

// importable is what a spec can import.
const importable = "a standard package of CUE, a package of the same module, or \"" + schema.ImportPath + "\""

func (l *loader) refuseImports(f *ast.File) {
	for imp := range f.ImportSpecs() {
		p, err := strconv.Unquote(imp.Path.Value)
		if err != nil || p == schema.ImportPath || l.module != "" && strings.HasPrefix(p, l.module+"/") {
			continue
		}
		if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") {
			l.report(position(imp.Path.Pos()), "cannot import "+quote(p), importable, "move what you need into the module")
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
		var files []*file
		names, _ := l.list(dir)
		for _, name := range names {
			files = append(files, l.file(name))
		}
		l.addFiles(inst, files)
		_ = inst.Complete() // its errors surface in the importing package
		l.imported[dir] = inst
	}
	return inst
}

func isDir(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
}

// schema builds the embedded schema, once in an evaluation.
func (l *loader) schema() *build.Instance {
	if l.embedded != nil {
		return l.embedded
	}
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
	l.embedded = inst
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
		l.found = append(l.found, l.notCUE("cue.mod/module.cue", data, err)...)
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
