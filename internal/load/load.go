// Package load turns CUE text into a spec.Set. It is the only importer of cuelang.org/go.
//
// In: a file system and the folder of one CUE package in it. Out: the set, and
// findings with positions in the user's files. It evaluates against the
// embedded schema only: no registry, no network, nothing of cue.mod but the
// module's name (so that packages of the same module can be imported).
// A set comes back only when there are no findings.
//
// A large package is evaluated in batches, side by side, where that is known
// to give what the whole gives (batch.go). Only a success is taken from there:
// for anything else the whole package is evaluated, and its findings count.
package load

import (
	"io/fs"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// Options are how a package is loaded. The zero value is what callers want who
// need no guard.
type Options struct {
	// Guard ends evaluations that take too long; nil ends none.
	Guard Guard
	// batch is the number of files that are evaluated together; 0 stands for
	// batchFiles, and a negative one for the whole package at once.
	batch int
}

// Load reads the CUE package in folder dir of fsys ("engines", with forward
// slashes; fsys is rooted at the project). Findings are of the rules "spec"
// (the file cannot be used at all), "schema" (a value is not what the schema
// allows), "engine-files", RuleEndless and RuleCUE.
func Load(fsys fs.FS, dir string) (*spec.Set, []diag.Diagnostic) { return Options{}.Load(fsys, dir) }

// Load is the function Load, with options.
func (o Options) Load(fsys fs.FS, dir string) (*spec.Set, []diag.Diagnostic) {
	p := newPackage(fsys, dir)
	out, ok := o.batched(p)
	if !ok {
		out = o.whole(p, out)
	}
	if len(out.found) > 0 {
		return nil, out.found
	}
	set := &spec.Set{Dir: p.dir, Digest: p.digest(), Platforms: out.platforms, Engines: out.engines}
	if len(set.Platforms) == 0 {
		return nil, []diag.Diagnostic{{Rule: "spec", Pos: diag.Pos{File: p.dir}, Message: "no platform is declared here",
			Expected: "a field such as platforms: \"task-assistant\": schema.#Platform & {…}", Fix: "add one, or name the folder of the specs with --spec"}}
	}
	l := p.loader()
	if set.Files = l.sources(set.Engines); len(l.found) == 0 {
		l.scripts(set.Engines, set.Files)
	}
	if len(l.found) > 0 {
		return nil, l.found
	}
	return set, nil
}

// whole evaluates the package at once. Where that fails in the end, the finding
// names as few files as it can: those of the batch that failed before, if one did.
func (o Options) whole(p *pkg, before outcome) outcome {
	out := o.Guard.run(1, names(p.files), func() outcome { return p.evaluate(p.files, nil) })
	switch {
	case !out.broken():
		return out
	case before.broken():
		return before
	}
	if lay, ok := o.layout(p); ok {
		return o.blame(p, lay, [][]localFile{lay.local}, []outcome{out})
	}
	return out
}

// outcome is what one evaluation gives: specs sorted by name, or findings.
type outcome struct {
	platforms []*spec.Platform
	engines   []*spec.Engine
	found     []diag.Diagnostic
	end       End // set where the evaluation was given up
}

// broken tells whether the evaluation has no result at all: it was given up, or CUE failed.
func (o outcome) broken() bool {
	return slices.ContainsFunc(o.found, func(d diag.Diagnostic) bool { return d.Rule == RuleEndless || d.Rule == RuleCUE })
}

// newContext returns a context that CUE_DEBUG does not reach: opendef=1 in a user's
// environment would open every definition, and a misspelt field be no finding any more.
func newContext() *cue.Context { return cuecontext.New(cuecontext.CUE_DEBUG("")) }

// evaluate evaluates files of the package together and returns what owns says
// yes to; nil stands for all.
func (p *pkg) evaluate(files []*file, owns func(group, name string) bool) outcome {
	l := p.loader()
	l.owns = owns
	inst := l.instance(files)
	if len(l.found) > 0 {
		return outcome{found: l.found}
	}
	l.cue = newContext()
	value, schema := l.cue.BuildInstance(inst), l.cue.BuildInstance(l.schema())
	l.defs = map[string]cue.Value{}
	for group, def := range definitions {
		l.defs[group] = schema.LookupPath(cue.ParsePath(def))
	}
	if err := value.Err(); err != nil {
		l.found = l.findings(value.Validate()) // all errors, where Err is the first
		if len(l.found) == 0 {
			l.found = l.findings(err) // one that Validate passes over
		}
		l.addTypos()
		return outcome{found: l.found}
	}
	d := &decoder{loader: l}
	var out outcome
	for _, v := range l.check(value, schema, "platforms") {
		out.platforms = append(out.platforms, d.platform(v))
	}
	for _, v := range l.check(value, schema, "engines") {
		out.engines = append(out.engines, d.engine(v))
	}
	l.unknownTopLevel(value)
	if len(l.found) > 0 {
		l.addTypos()
	}
	out.found = l.found
	return out
}

// loader holds what one evaluation reads and finds.
type loader struct {
	*pkg
	ctx *build.Context
	cue *cue.Context
	// imported are the packages of the module by folder; nil while one is being built.
	imported map[string]*build.Instance
	embedded *build.Instance      // of the schema, once it is asked for
	syntax   []*ast.File          // of the package and of those that it imports
	index    *placeIndex          // of syntax
	defs     map[string]cue.Value // what the fields of a top-level struct must be
	owns     func(group, name string) bool
	found    []diag.Diagnostic
}

func (p *pkg) loader() *loader {
	return &loader{pkg: p, ctx: build.NewContext(), imported: map[string]*build.Instance{}}
}

func (l *loader) report(pos diag.Pos, message, expected, fix string) {
	l.found = append(l.found, diag.Diagnostic{Rule: "spec", Pos: pos, Message: message, Expected: expected, Fix: fix})
}

// definitions are what the fields of the top-level structs must be.
var definitions = map[string]string{"platforms": "#Platform", "engines": "#Engine"}

// named is one field of platforms or engines.
type named struct {
	name string
	cue.Value
}

// reservedNames would make an engine's record look like one that the platform writes itself.
var reservedNames = []string{"emit", "preflight"}

// check validates every field of a top-level struct against its definition in
// the embedded schema and returns them sorted by name.
func (l *loader) check(value, schema cue.Value, field string) []named {
	group := value.LookupPath(cue.ParsePath(field))
	if !group.Exists() {
		return nil
	}
	iter, err := group.Fields()
	if err != nil {
		l.found = append(l.found, l.findings(err)...)
		return nil
	}
	says := l.says(field, definitions[field])
	nameDef := schema.LookupPath(cue.ParsePath("#Name"))
	var out []named
	for iter.Next() {
		v := named{iter.Selector().Unquoted(), iter.Value()}
		if l.owns != nil && !l.owns(field, v.name) {
			continue
		}
		if nameDef.Unify(l.cue.Encode(v.name)).Err() != nil {
			l.report(l.label(v.Value), "the name "+quote(v.name)+" in "+field+" cannot be used"+odd(v.name),
				"lower-case words joined by dashes, at most 60 characters: it becomes a file name and a job id", "rename it")
			continue
		}
		if field == "engines" && slices.Contains(reservedNames, v.name) {
			l.report(l.label(v.Value), "the engine name "+quote(v.name)+" is reserved: the records of the platform's own jobs have it", "another name", "rename it")
			continue
		}
		if says[v.name] && v.Validate(cue.Concrete(true), cue.Final()) == nil {
			out = append(out, v) // unified with its definition already; to do that again is a third of the whole work
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
func (l *loader) unknownTopLevel(value cue.Value) {
	iter, err := value.Fields()
	if err != nil {
		return
	}
	for iter.Next() {
		name := iter.Selector().Unquoted()
		if name == "platforms" || name == "engines" {
			continue
		}
		l.found = append(l.found, unknownTop(name, l.label(iter.Value())))
	}
}

func unknownTop(name string, pos diag.Pos) diag.Diagnostic {
	return diag.Diagnostic{Rule: "spec", Pos: pos, Message: "unknown field " + quote(name), Expected: "platforms or engines; shared values are definitions (#Name) or hidden fields (_name)",
		Fix: otherwise(diag.Suggest(name, []string{"engines", "platforms"}), "rename it to _"+name+" if specs share it, or remove it")}
}
