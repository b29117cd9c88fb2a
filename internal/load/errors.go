package load

import (
	"fmt"
	"slices"
	"strings"

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

// findings turns a CUE error into diagnostics: the first position in the
// user's files leads, the schema's follow as notes. One path gets one finding,
// since CUE reports a wrong value once for every constraint that it breaks.
func (l *loader) findings(err error) []diag.Diagnostic {
	var out []diag.Diagnostic
	seen := map[string]bool{}
	for _, e := range errors.Errors(err) {
		d := l.finding(e)
		key := strings.Join(e.Path(), ".")
		if key != "" && seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, d)
	}
	return dropParents(out)
}

func (l *loader) finding(e errors.Error) diag.Diagnostic {
	format, args := e.Msg()
	d := diag.Diagnostic{Rule: "schema", Message: fmt.Sprintf(format, args...)}
	for _, p := range errors.Positions(e) {
		pos := position(p)
		switch {
		case !pos.IsValid():
		case inSchema(pos):
			d.Notes = append(d.Notes, diag.Note{Pos: pos, Message: "the schema says so here"})
		case !d.Pos.IsValid():
			d.Pos = pos
		default:
			d.Notes = append(d.Notes, diag.Note{Pos: pos, Message: "and here"})
		}
	}
	if len(e.Path()) > 0 {
		where := strings.Join(e.Path(), ".")
		d.Message = where + ": " + strings.TrimPrefix(d.Message, where+": ")
		if !d.Pos.IsValid() {
			d.Pos = l.nearest(e.Path())
		}
	}
	if !d.Pos.IsValid() {
		d.Pos = diag.Pos{File: l.dir}
	}
	return d
}

// dropParents leaves out a finding of a struct when a deeper one explains it.
func dropParents(ds []diag.Diagnostic) []diag.Diagnostic {
	return slices.DeleteFunc(ds, func(d diag.Diagnostic) bool {
		path, _, _ := strings.Cut(d.Message, ": ")
		return slices.ContainsFunc(ds, func(o diag.Diagnostic) bool {
			return strings.HasPrefix(o.Message, path+".") && path != ""
		})
	})
}

// pos returns where a value stands in the user's files. After unification CUE
// gives the schema's position for structs, so the operands of the value and
// then its first field that the user wrote are asked.
func (l *loader) pos(v cue.Value) diag.Pos {
	if f, ok := v.Source().(*ast.Field); ok && v.IncompleteKind()&(cue.StructKind|cue.ListKind) == 0 {
		if p := position(f.Value.Pos()); p.IsValid() && !inSchema(p) {
			return p // a scalar stands where its literal does, not its label
		}
	}
	if p := position(v.Pos()); p.IsValid() && !inSchema(p) {
		return p
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

func quote(s string) string { return fmt.Sprintf("%q", s) }

// nearest returns the position of the deepest value on path that the user wrote.
func (l *loader) nearest(path []string) diag.Pos {
	for n := len(path); n > 0; n-- {
		if v := field(l.root, path[:n]...); v.Exists() {
			if p := l.pos(v); p.IsValid() {
				return p
			}
		}
	}
	return diag.Pos{}
}
