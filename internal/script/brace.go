package script

import (
	"slices"

	"mvdan.cc/sh/v3/syntax"
)

// braces expands {a,b} before all else, as bash does.
func (r *reader) braces(w *syntax.Word) []*syntax.Word {
	c := *w
	if !syntax.SplitBraces(&c) {
		return []*syntax.Word{w}
	}
	words := []*syntax.Word{{}}
	for _, part := range c.Parts {
		tails := []*syntax.Word{{Parts: []syntax.WordPart{part}}}
		if brace, ok := part.(*syntax.BraceExp); ok {
			tails = r.elements(brace)
		}
		if len(words)*len(tails) > 4*maxAlts {
			return []*syntax.Word{{Parts: []syntax.WordPart{r.unlisted()}}}
		}
		var out []*syntax.Word
		for _, head := range words {
			for _, tail := range tails {
				out = append(out, &syntax.Word{Parts: slices.Concat(head.Parts, tail.Parts)})
			}
		}
		words = out
	}
	return slices.DeleteFunc(words, func(x *syntax.Word) bool { return len(x.Parts) == 0 })
}

// elements are what a brace expansion lists. What is in a sequence is not listed.
func (r *reader) elements(b *syntax.BraceExp) []*syntax.Word {
	if b.Sequence {
		return []*syntax.Word{{Parts: []syntax.WordPart{r.unlisted()}}}
	}
	var out []*syntax.Word
	for _, e := range b.Elems {
		if len(e.Parts) == 0 {
			e = &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{}}}
		}
		out = append(out, r.braces(e)...)
	}
	return out
}

func (r *reader) unlisted() syntax.WordPart {
	return &syntax.SglQuoted{Value: r.text(hole{show: "{…}", many: true})}
}
