package graph

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// clean replaces what no picture can show: controls, marks that turn text around, and what XML forbids.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20 || r >= 0x7f && r < 0xa0,
			r == '\u061c' || r == '\u200e' || r == '\u200f',
			r >= '\u2028' && r <= '\u202e', r >= '\u2066' && r <= '\u2069',
			r == 0xfffe || r == 0xffff || r == utf8.RuneError:
			return '\ufffd'
		}
		return r
	}, s)
}

// markup is a text inside SVG or HTML, in an element or in a quoted attribute.
func markup(s string) string { return html.EscapeString(clean(s)) }

// mermaid is a text inside a quoted label. Mermaid reads directives, comments,
// Markdown, formulas and HTML in labels too; a number behind # is a character.
func mermaid(s string) string {
	var b strings.Builder
	for _, r := range clean(s) {
		if strings.ContainsRune("\"#&<>%$`\\;*_", r) {
			fmt.Fprintf(&b, "#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// shorten cuts a text to n characters.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// width estimates how wide a text is drawn, in pixels. The font is the reader's,
// so the estimate is that of a wide one: a box may be roomy and never too small.
func width(s string, size float64, bold bool) float64 {
	var em float64
	for _, r := range s {
		switch {
		case strings.ContainsRune("ijlI.,:;'|!()[] -/", r):
			em += 0.38
		case strings.ContainsRune("mwMW@%", r):
			em += 0.97
		case r >= 'A' && r <= 'Z':
			em += 0.72
		case r < 0x2e80:
			em += 0.62
		default:
			em += 1.05
		}
	}
	if bold {
		em *= 1.1
	}
	return em * size
}

// plural counts things: 1 job, 2 jobs.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// figures says a cost in a line.
func (c Cost) figures() string {
	return fmt.Sprintf("%s, %d to %d minutes", plural(c.Jobs, "job"), c.Min(), c.Max)
}
