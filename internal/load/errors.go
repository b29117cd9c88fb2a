package load

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/schema"
)

func position(p token.Pos) diag.Pos {
	if !p.IsValid() {
		return diag.Pos{}
	}
	return diag.Pos{File: p.Filename(), Line: p.Line(), Column: p.Column()}
}

func inSchema(p diag.Pos) bool { return strings.HasPrefix(p.File, schema.ImportPath+"/") }

// fault is one of CUE's errors on its way to a finding. path is that of the
// value in the user's package, unquoted: engines, validate, steps, 0.
type fault struct {
	path []string
	// conflict says that two places of the package do not agree on the value.
	conflict bool
	diag.Diagnostic
}

func (f fault) where() string { return strings.Join(f.path, ".") }

// findings turns a CUE error into diagnostics that lead with a place in the
// user's files. base is the path of the value that was checked against a
// definition. One path gets one finding, since CUE reports a wrong value once
// for every constraint that it breaks; so does a struct and what stands in it.
func (l *loader) findings(err error, base ...string) []diag.Diagnostic {
	var faults []fault
	for _, e := range errors.Errors(err) {
		f := l.fault(e, base)
		if len(f.path) == 0 || !slices.ContainsFunc(faults, func(o fault) bool { return slices.Equal(o.path, f.path) }) {
			faults = append(faults, f)
		}
	}
	faults = l.foldTwins(faults)
	var out []diag.Diagnostic
	for _, f := range faults {
		deeper := func(o fault) bool { return len(o.path) > len(f.path) && slices.Equal(o.path[:len(f.path)], f.path) }
		if len(f.path) == 0 || !slices.ContainsFunc(faults, deeper) {
			out = append(out, f.Diagnostic)
		}
	}
	return out
}

func (l *loader) fault(e errors.Error, base []string) fault {
	format, args := e.Msg()
	message := strings.ReplaceAll(fmt.Sprintf(format, args...), "("+importPath(l.dir)+")", "") // CUE marks hidden fields with their package
	f := fault{path: userPath(e.Path(), base), Diagnostic: diag.Diagnostic{Rule: "schema", Message: message}}
	l.locate(&f, errors.Positions(e))
	f.conflict = strings.HasPrefix(format, "conflicting values") || strings.HasPrefix(format, "incompatible list lengths")
	switch {
	case len(f.path) > 0:
		l.explain(&f, format)
	case strings.HasPrefix(format, "builtin package"):
		f.Expected, f.Fix = importable, "correct the import"
	}
	explainName(&f, format, args)
	return f
}

// userPath unquotes a path and puts base in the place of the definition where CUE began to count.
func userPath(path, base []string) []string {
	out := slices.Clone(path)
	for i, name := range out {
		if plain, err := strconv.Unquote(name); err == nil {
			out[i] = plain
		}
	}
	if len(base) > 0 && len(out) > 0 && strings.HasPrefix(out[0], "#") {
		out = slices.Concat(base, out[1:])
	}
	return out
}

// alsoHere leads to another place that has a say in a value.
const alsoHere = "and here"

// locate finds where the user has to look. What stands in the text at the path
// leads; then a literal that CUE names, which may have come by reference; then
// anything that CUE names; then what stands around the path.
func (l *loader) locate(f *fault, positions []token.Pos) {
	index, isLiteral := l.placeIndex(), l.literals()
	var users []diag.Pos
	var schema diag.Pos
	for _, p := range positions {
		switch pos := position(p); {
		case inSchema(pos) && !schema.IsValid():
			schema = pos
		case pos.IsValid() && !inSchema(pos) && !slices.Contains(users, pos):
			users = append(users, pos)
		}
	}
	literals := slices.DeleteFunc(slices.Clone(users), func(p diag.Pos) bool { return isLiteral[p] == nil })
	switch {
	case len(index.at(f.path)) > 0:
		f.Pos = position(index.at(f.path)[0].value)
	case len(literals) > 0:
		f.Pos = literals[0]
	case len(users) > 0:
		f.Pos = users[0]
	default:
		f.Pos = index.around(f.path)
	}
	if !f.Pos.IsValid() {
		f.Pos = diag.Pos{File: l.dir}
	}
	for _, p := range literals {
		if p != f.Pos {
			f.Notes = append(f.Notes, diag.Note{Pos: p, Message: alsoHere})
		}
	}
	if schema.IsValid() {
		if name := "cue.mod/pkg/" + schema.File; l.isThere(name) {
			schema.File = name // the project's copy, which the user can open
		}
		f.Notes = append(f.Notes, diag.Note{Pos: schema, Message: "the schema says so here"})
	}
}

// explain says in the user's terms what CUE says in its own. The texts that it
// looks for are those of the CUE release in go.mod; the tests notice when they change.
func (l *loader) explain(f *fault, format string) {
	what, last := f.where(), f.path[len(f.path)-1]
	def, parent := l.allowed(f.path), l.allowed(f.path[:len(f.path)-1])
	found := l.placeIndex().kind(f.path)
	switch {
	case parent.IncompleteKind() == cue.StructKind && !parent.Allows(cue.Str(last)):
		l.explainUnknown(f, parent, last)
	case format == "field is required but not present":
		f.Message, f.Expected, f.Fix = what+" is missing", meaning(def), "add it"
	case strings.HasPrefix(format, "incomplete value"):
		f.Message, f.Expected, f.Fix = what+" has no value, only a constraint", kindNames(def.IncompleteKind()), "write the value"
	case strings.HasPrefix(format, "incompatible list lengths"):
		f.Message, f.Expected, f.Fix = what+" is an empty list", "at least one element", "add one, or remove the field if it is optional"
	case strings.Contains(format, "out of bound"):
		message, bound, _ := strings.Cut(strings.TrimSuffix(f.Message, ")"), " (out of bound ")
		f.Message, f.Expected, f.Fix = what+": "+shorten(strings.TrimPrefix(message, what+": ")), meaning(def)+"; "+boundName(bound), "correct the value"
	case strings.HasPrefix(format, "conflicting values") && found != cue.BottomKind && def.Exists() && found&def.IncompleteKind() == 0:
		f.Message, f.Expected, f.Fix = what+" is "+kindNames(found), kindNames(def.IncompleteKind()), "correct the value"
	default:
		f.Message = what + ": " + shorten(strings.TrimPrefix(f.Message, what+": "))
		if lit := l.literals()[f.Pos]; lit != nil && lit.Kind == token.STRING {
			written, _ := strconv.Unquote(lit.Value)
			if all := choices(def); !slices.Contains(all, written) {
				f.Fix = diag.Suggest(written, all)
			}
		}
		if f.conflict && len(f.Notes) > 0 && f.Notes[0].Message == alsoHere {
			f.Expected, f.Fix = "one value", "keep one of them"
		}
	}
}

func (l *loader) isThere(name string) bool {
	_, err := fs.Stat(l.fsys, name)
	return err == nil
}

// choices are the texts that the schema has for a value: those of a disjunction, or of a pattern that is a list of words.
func choices(def cue.Value) []string {
	op, operands := def.Eval().Expr()
	switch op {
	case cue.OrOp, cue.AndOp:
		var out []string
		for _, o := range operands {
			out = append(out, choices(o)...)
		}
		return out
	case cue.RegexMatchOp:
		pattern, _ := operands[0].String()
		words, isList := strings.CutPrefix(strings.TrimSuffix(pattern, ")$"), "^(")
		if !isList || strings.ContainsAny(words, `\[](){}.*+?^$`) {
			return nil
		}
		return strings.Split(words, "|")
	}
	if s, err := def.String(); err == nil {
		return []string{s}
	}
	return nil
}

// boundName says what CUE writes as an operator: =~"^a$".
func boundName(bound string) string {
	if pattern, err := strconv.Unquote(strings.TrimPrefix(bound, "=~")); err == nil {
		return "it matches " + pattern
	}
	return "it is " + bound
}

func (l *loader) explainUnknown(f *fault, parent cue.Value, last string) {
	where := strings.Join(f.path[:len(f.path)-1], ".")
	f.Notes = nil
	if at := l.placeIndex().at(f.path); len(at) > 0 {
		f.Pos = position(at[0].label)
	}
	var names []string
	for iter, err := parent.Fields(cue.Optional(true)); err == nil && iter.Next(); {
		if iter.Value().Kind() != cue.BottomKind || iter.Value().Err() == nil { // else it is reserved
			names = append(names, iter.Selector().Unquoted())
		}
	}
	if len(names) == 0 {
		f.Message = where + " cannot have the key " + quote(last)
		f.Expected, f.Fix = meaning(parent), "rename it"
		return
	}
	f.Message = "unknown field " + quote(last) + " in " + where
	f.Expected = "one of " + strings.Join(slices.Sorted(slices.Values(names)), ", ")
	if f.Fix = diag.Suggest(last, names); f.Fix == "" {
		f.Fix = "remove it"
	}
}

// allowed returns what the schema says about the value at path; it does not
// exist where the schema says nothing.
func (l *loader) allowed(path []string) cue.Value {
	if len(path) < 2 {
		return cue.Value{}
	}
	def, ok := l.defs[path[0]]
	if !ok || len(path) == 2 {
		return def
	}
	sels := make([]cue.Selector, len(path)-2)
	for i, name := range path[2:] {
		sels[i] = cue.Str(name)
		if n, err := strconv.Atoi(name); err == nil && n < 1000 {
			sels[i] = cue.Index(n)
		}
	}
	p := cue.MakePath(sels...)
	return def.FillPath(p, l.cue.CompileString("_")).LookupPath(p)
}

// meaning is the first sentence of a field's comment in the schema, as a message has it.
func meaning(def cue.Value) string {
	for _, group := range def.Doc() {
		first, _, _ := strings.Cut(strings.Join(strings.Fields(group.Text()), " "), ". ")
		return strings.TrimSuffix(first, ".")
	}
	return kindNames(def.IncompleteKind())
}

func kindNames(k cue.Kind) string {
	var names []string
	for _, n := range []struct {
		kind cue.Kind
		name string
	}{
		{cue.StringKind, "a string"}, {cue.NumberKind, "a number"}, {cue.IntKind, "a whole number"}, {cue.BoolKind, "a bool"},
		{cue.StructKind, "a struct"}, {cue.ListKind, "a list"}, {cue.NullKind, "null"},
	} {
		if k&n.kind == n.kind {
			names, k = append(names, n.name), k&^n.kind
		}
	}
	return strings.Join(names, " or ")
}

// shorten keeps a finding readable: CUE prints whole definitions.
func shorten(s string) string {
	if r := []rune(s); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return s
}

// pos returns where a value stands in the user's files. After unification CUE
// gives the schema's position for structs, so the text at the value's path is
// looked for, and if it came from elsewhere the operands of the value and then
// its first field that the user wrote are asked.
func (l *loader) pos(v cue.Value) diag.Pos {
	if f, ok := v.Source().(*ast.Field); ok && v.IncompleteKind()&(cue.StructKind|cue.ListKind) == 0 {
		if p := position(f.Value.Pos()); p.IsValid() && !inSchema(p) {
			return p // a scalar stands where its literal does, not its label
		}
	}
	if p := position(v.Pos()); p.IsValid() && !inSchema(p) {
		return p
	}
	if at := l.placeIndex().at(pathOf(v)); len(at) > 0 && at[0].kind != cue.BottomKind {
		return position(at[0].label)
	}
	if _, operands := v.Expr(); len(operands) > 1 {
		for _, o := range operands {
			if p := position(o.Pos()); p.IsValid() && !inSchema(p) {
				return p
			}
		}
	}
	var first diag.Pos
	for c := range children(v) {
		if p := l.pos(c); p.IsValid() && (!first.IsValid() || p.Compare(first) < 0) {
			first = p
		}
	}
	return first
}

func children(v cue.Value) func(func(cue.Value) bool) {
	return func(yield func(cue.Value) bool) {
		if list, err := v.List(); err == nil {
			for list.Next() {
				if !yield(list.Value()) {
					return
				}
			}
			return
		}
		iter, err := v.Fields()
		if err != nil {
			return
		}
		for iter.Next() {
			if !yield(iter.Value()) {
				return
			}
		}
	}
}

// odd names the first character of a name that no name has, where it may look like one that they have.
func odd(name string) string {
	for _, r := range name {
		if r >= utf8.RuneSelf {
			return fmt.Sprintf(": U+%04X in it is none of the letters from a to z", r)
		}
	}
	return ""
}

func quote(s string) string { return fmt.Sprintf("%q", shorten(s)) }
