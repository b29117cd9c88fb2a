// Package load turns CUE text into a spec.Set. It is the only importer of cuelang.org/go.
//
// In: a file system and the folder of one CUE package in it. Out: the set, and
// findings with positions in the user's files. It evaluates against the
// embedded schema only: no registry, no network, nothing of cue.mod but the
// module's name (so that packages of the same module can be imported).
// A set comes back only when there are no findings.
package load

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io/fs"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// Load reads the CUE package in folder dir of fsys ("engines", with forward
// slashes; fsys is rooted at the project). Findings are of the rules "spec"
// (the file cannot be used at all) and "schema" (a value is not what the
// schema allows).
func Load(fsys fs.FS, dir string) (*spec.Set, []diag.Diagnostic) {
	l := &loader{fsys: fsys, dir: path.Clean(dir), ctx: build.NewContext(), digest: sha256.New(), imported: map[string]*build.Instance{}}
	inst := l.instance()
	if len(l.found) > 0 {
		return nil, l.found
	}
	l.cue = cuecontext.New()
	pkg, schema := l.cue.BuildInstance(inst), l.cue.BuildInstance(l.schema())
	l.defs = map[string]cue.Value{
		"platforms": schema.LookupPath(cue.ParsePath("#Platform")),
		"engines":   schema.LookupPath(cue.ParsePath("#Engine")),
	}
	if err := pkg.Err(); err != nil {
		found := l.findings(pkg.Validate()) // all errors, where Err is the first
		if len(found) == 0 {
			found = l.findings(err) // one that Validate passes over
		}
		return nil, found
	}
	d := &decoder{loader: l}
	set := &spec.Set{Digest: hex.EncodeToString(l.digest.Sum(nil))}
	for _, v := range l.check(pkg, schema, "platforms") {
		set.Platforms = append(set.Platforms, d.platform(v))
	}
	for _, v := range l.check(pkg, schema, "engines") {
		set.Engines = append(set.Engines, d.engine(v))
	}
	l.unknownTopLevel(pkg)
	if len(l.found) == 0 && len(set.Platforms) == 0 {
		l.report(diag.Pos{File: l.dir}, "no platform is declared here",
			"a field such as platforms: \"task-assistant\": schema.#Platform & {…}", "add one, or name the folder of the specs with --spec")
	}
	if len(l.found) > 0 {
		return nil, l.found
	}
	set.Files = l.sources(set.Engines)
	if len(l.found) > 0 {
		return nil, l.found
	}
	return set, nil
}

// loader holds what one call of Load reads and finds.
type loader struct {
	fsys   fs.FS
	dir    string
	ctx    *build.Context
	cue    *cue.Context
	module string
	// imported are the packages of the module by folder; nil while one is being built.
	imported map[string]*build.Instance
	syntax   []*ast.File          // of the package and of those that it imports
	index    *placeIndex          // of syntax
	defs     map[string]cue.Value // what the fields of a top-level struct must be
	digest   hash.Hash            // of every spec file read
	found    []diag.Diagnostic
}

func (l *loader) report(pos diag.Pos, message, expected, fix string) {
	l.found = append(l.found, diag.Diagnostic{Rule: "spec", Pos: pos, Message: message, Expected: expected, Fix: fix})
}

// named is one field of platforms or engines.
type named struct {
	name string
	cue.Value
}

// reservedNames would make an engine's record look like one that the platform writes itself.
var reservedNames = []string{"emit", "preflight"}

// check validates every field of a top-level struct against its definition in
// the embedded schema and returns them sorted by name.
func (l *loader) check(pkg, schema cue.Value, field string) []named {
	group := pkg.LookupPath(cue.ParsePath(field))
	if !group.Exists() {
		return nil
	}
	iter, err := group.Fields()
	if err != nil {
		l.found = append(l.found, l.findings(err)...)
		return nil
	}
	nameDef := schema.LookupPath(cue.ParsePath("#Name"))
	var out []named
	for iter.Next() {
		v := named{iter.Selector().Unquoted(), iter.Value()}
		if nameDef.Unify(l.cue.Encode(v.name)).Err() != nil {
			l.report(l.label(v.Value), "the name "+quote(v.name)+" in "+field+" cannot be used",
				"lower-case words joined by dashes, at most 60 characters: it becomes a file name and a job id", "rename it")
			continue
		}
		if field == "engines" && slices.Contains(reservedNames, v.name) {
			l.report(l.label(v.Value), "the engine name "+quote(v.name)+" is reserved: the records of the platform's own jobs have it", "another name", "rename it")
			continue
		}
		if err := l.defs[field].Unify(v.Value).Validate(cue.Concrete(true), cue.Final()); err != nil {
			l.found = append(l.found, l.findings(err, field, v.name)...)
			continue
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b named) int { return strings.Compare(a.name, b.name) })
	return out
}

// unknownTopLevel reports fields that no stage reads: a typo there would be lost in silence.
func (l *loader) unknownTopLevel(pkg cue.Value) {
	iter, err := pkg.Fields()
	if err != nil {
		return
	}
	for iter.Next() {
		name := iter.Selector().Unquoted()
		if name == "platforms" || name == "engines" {
			continue
		}
		l.report(l.label(iter.Value()), "unknown field "+quote(name), "platforms or engines; shared values are definitions (#Name) or hidden fields (_name)",
			diag.Suggest(name, []string{"engines", "platforms"}))
	}
}
