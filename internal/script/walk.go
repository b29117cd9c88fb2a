package script

import (
	"maps"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

func (r *reader) stmts(sc *scope, list []*syntax.Stmt) {
	for _, s := range list {
		r.stmt(sc, s)
	}
}

func (r *reader) stmt(sc *scope, s *syntax.Stmt) {
	if s == nil || !r.step() {
		return
	}
	if s.Background || s.Coprocess {
		sc = sc.with(apart)
	}
	r.command(r.redirected(sc, s), s.Cmd)
}

func maybe(c *scope) { c.maybe = true }
func loop(c *scope)  { c.maybe, c.loop = true, true }

// apart is a shell of its own with the parameters of the one it comes from.
func apart(c *scope) {
	args := *c.args
	c.args, c.apart = &args, true
}

// command follows each form of a command.
func (r *reader) command(sc *scope, cmd syntax.Command) {
	switch c := cmd.(type) {
	case *syntax.CallExpr:
		r.call(sc, c)
	case *syntax.BinaryCmd:
		r.binary(sc, c)
	case *syntax.Block:
		r.stmts(sc, c.Stmts)
	case *syntax.Subshell:
		r.stmts(sc.with(apart), c.Stmts)
	case *syntax.IfClause:
		for ; c != nil; c = c.Else {
			r.stmts(sc, c.Cond)
			r.stmts(sc.with(maybe), c.Then)
		}
	case *syntax.WhileClause:
		r.stmts(sc.with(loop), c.Cond)
		r.loopBody(sc, c.Do)
	case *syntax.ForClause:
		r.forLoop(sc, c)
	case *syntax.CaseClause:
		r.caseClause(sc, c)
	case *syntax.FuncDecl:
		r.define(sc, c)
	case *syntax.DeclClause:
		r.declare(sc, c)
	case *syntax.TimeClause:
		r.stmt(sc, c.Stmt)
	case *syntax.CoprocClause:
		r.stmt(sc.with(func(n *scope) { apart(n); n.stdin = r.unread("a coprocess's input") }), c.Stmt)
	case nil:
	default: // [[ ]], (( )) and let hold no commands but those of substitutions
		r.matched(sc, c)
		r.inside(sc, c)
	}
}

func (r *reader) binary(sc *scope, c *syntax.BinaryCmd) {
	switch c.Op {
	case syntax.Pipe, syntax.PipeAll:
		r.stmt(sc.with(apart), c.X)
		r.stmt(sc.with(func(n *scope) { apart(n); n.stdin = r.later(func() []string { return r.output(sc, c.X) }) }), c.Y)
	default:
		r.stmt(sc, c.X)
		r.stmt(sc.with(maybe), c.Y)
	}
}

// later computes once, when it is asked for, and without effect.
func (r *reader) later(f func() []string) input {
	var out []string
	done := false
	return func() []string {
		if !done {
			r.silent++
			out, done = f(), true
			r.silent--
		}
		return out
	}
}

func (r *reader) forLoop(sc *scope, c *syntax.ForClause) {
	switch l := c.Loop.(type) {
	case *syntax.WordIter:
		items := sc.args.alts
		if l.InPos.IsValid() {
			items = r.fields(sc, l.Items)
		}
		r.set(sc.with(func(n *scope) { n.here = sc.at(int(l.Name.Pos().Offset())) }), l.Name.Value, r.anyElement(items), false)
	case *syntax.CStyleLoop:
		for _, x := range []syntax.ArithmExpr{l.Init, l.Cond, l.Post} {
			r.inside(sc, x)
		}
	}
	r.loopBody(sc, c.Do)
}

// loopBody follows what a loop repeats, and once more where that has changed the positional parameters.
func (r *reader) loopBody(sc *scope, body []*syntax.Stmt) {
	before := sc.args.alts
	r.stmts(sc.with(loop), body)
	if !slices.EqualFunc(before, sc.args.alts, slices.Equal) {
		r.stmts(sc.with(loop), body)
	}
}

func (r *reader) caseClause(sc *scope, c *syntax.CaseClause) {
	r.word(sc, c.Word)
	for _, item := range c.Items {
		for _, p := range item.Patterns {
			r.word(sc, p)
		}
		r.stmts(sc.with(maybe), item.Stmts)
	}
}

func (r *reader) define(sc *scope, c *syntax.FuncDecl) {
	if c.Name == nil || r.silent > 0 {
		return
	}
	name := c.Name.Value
	if _, pipe := c.Body.Cmd.(*syntax.BinaryCmd); !pipe && !sc.maybe && !sc.apart { // f() { …; } | x defines it in a shell of its own
		r.certain[name] = true
	}
	if !slices.ContainsFunc(r.functions[name], func(f function) bool { return f.body == c.Body }) && len(r.functions[name]) < maxAlts {
		r.functions[name] = append(r.functions[name], function{c.Body, sc.at})
	}
}

// inside follows the substitutions in what is no command itself: arithmetic and tests.
func (r *reader) inside(sc *scope, n syntax.Node) {
	if n == nil || r.silent > 0 {
		return
	}
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			r.substitute(sc, n)
			return false
		case *syntax.ProcSubst:
			r.process(sc, n)
			return false
		}
		return true
	})
}

// call follows a simple command.
func (r *reader) call(sc *scope, c *syntax.CallExpr) {
	for _, a := range c.Assigns {
		r.assign(sc, a)
	}
	if len(c.Args) == 0 {
		return
	}
	at := sc.at(int(c.Args[0].Pos().Offset()))
	if sc.caller >= 0 && positional(c.Args[0]) {
		at = sc.caller // "$@" starts what stands at the call
	}
	sc = sc.with(func(n *scope) {
		n.origins = origins(c.Args)
		maps.Copy(n.origins, sc.origins) // of a here-document
	})
	for _, argv := range r.fields(sc, c.Args) {
		if len(argv) == 1 && argv[0] == "exec" && sc.stdin != nil {
			for _, text := range sc.stdin() {
				r.keep(sc, standardInput, text, at)
			}
		}
		r.start(sc, argv, at)
	}
}

// positional says that a word holds a positional parameter.
func positional(w *syntax.Word) bool {
	found := false
	syntax.Walk(w, func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil && strings.Contains("@*123456789", p.Param.Value) {
			found = true
		}
		return !found
	})
	return found
}

// origins finds the words that stand in the code as the program gets them, but for their quotes.
func origins(words []*syntax.Word) map[string]int {
	out := map[string]int{}
	for _, w := range words {
		if len(w.Parts) != 1 {
			continue
		}
		text, offset := "", 0
		switch p := w.Parts[0].(type) {
		case *syntax.SglQuoted:
			if p.Dollar {
				continue
			}
			text, offset = p.Value, int(p.Left.Offset())+1
		case *syntax.DblQuoted:
			lit, ok := (*syntax.Lit)(nil), false
			if len(p.Parts) == 1 && !p.Dollar {
				lit, ok = p.Parts[0].(*syntax.Lit)
			}
			if !ok || strings.Contains(lit.Value, `\`) {
				continue
			}
			text, offset = lit.Value, int(lit.ValuePos.Offset())
		default:
			continue
		}
		out[text] = offset
	}
	return out
}
