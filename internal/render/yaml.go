package render

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A node is a mapping, a sequence, a flow, a scalar, a block or a fold.
// The printer is our own because it must be quick (one file takes microseconds),
// and because it quotes whenever a reader could take a text for something else.
type node any

type (
	// mapping keeps its order.
	mapping []entry
	// entry is one key; comment lines stand above it, trailing behind its value.
	entry struct {
		key      string
		value    node
		comment  string
		trailing string
		blank    bool // an empty line before it
	}
	sequence []mapping
	// flow is a list of scalars on one line.
	flow []string
	// scalar is text; bare is a number or bool.
	scalar string
	bare   string
	// block is text with line breaks, printed as it is.
	block string
	// fold is one text printed over several lines, joined by spaces when read.
	fold []string
)

func encode(m mapping) []byte {
	var p printer
	p.mapping(m, 0)
	return p.b.Bytes()
}

type printer struct{ b bytes.Buffer }

func (p *printer) line(indent int, s string) {
	if s != "" {
		for range indent {
			p.b.WriteByte(' ')
		}
		p.b.WriteString(s)
	}
	p.b.WriteByte('\n')
}

func (p *printer) mapping(m mapping, indent int) {
	for _, e := range m {
		p.entry(e, indent, "")
	}
}

// entry prints a key and its value; lead is "- " for the first key of a list item.
func (p *printer) entry(e entry, indent int, lead string) {
	if e.blank {
		p.line(0, "")
	}
	for _, c := range comments(e.comment) {
		p.line(indent, c)
	}
	at := indent
	if lead != "" {
		at -= len(lead)
	}
	p.value(e, lead+key(e.key)+":", at, indent)
}

func (p *printer) value(e entry, head string, at, indent int) {
	tail := ""
	if e.trailing != "" {
		tail = " " + comment(e.trailing)
	}
	switch v := e.value.(type) {
	case mapping:
		if len(v) == 0 {
			p.line(at, head+" {}"+tail)
			return
		}
		p.line(at, head+tail)
		p.mapping(v, indent+2)
	case sequence:
		if len(v) == 0 {
			p.line(at, head+" []"+tail)
			return
		}
		p.line(at, head+tail)
		for _, item := range v {
			p.item(item, indent+2)
		}
	case flow:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = flowScalar(s)
		}
		p.line(at, head+" ["+strings.Join(quoted, ", ")+"]"+tail)
	case bare:
		p.line(at, head+" "+string(v)+tail)
	case scalar:
		p.line(at, head+" "+plain(string(v))+tail)
	case block:
		p.block(head, string(v), at, indent)
	case fold:
		p.line(at, head+" >-")
		for _, s := range v {
			p.line(indent+2, s)
		}
	default:
		panic(fmt.Sprintf("render: %T is not a node", v))
	}
}

func (p *printer) item(m mapping, indent int) {
	for i, e := range m {
		lead := ""
		if i == 0 {
			for _, c := range comments(e.comment) {
				p.line(indent, c)
			}
			e.comment = ""
			lead = "- "
		}
		p.entry(e, indent+2, lead)
	}
}

// block prints a script. A text that a literal block would change is quoted instead.
func (p *printer) block(head, text string, at, indent int) {
	if !literal(text) {
		p.line(at, head+" "+double(text))
		return
	}
	p.line(at, head+" |")
	for l := range strings.Lines(text) {
		p.line(indent+2, strings.TrimSuffix(l, "\n"))
	}
}

// literal reports whether a literal block keeps the text byte for byte.
func literal(s string) bool {
	if !strings.HasSuffix(s, "\n") || strings.HasSuffix(s, "\n\n") || s[0] == ' ' || s[0] == '\t' || s[0] == '\n' || !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && !printable(r) })
}

// printable is YAML 1.2's c-printable without line breaks, tab, the byte order mark and what YAML 1.1 takes for line breaks.
func printable(r rune) bool {
	return r >= 0x20 && r < 0x7f || r >= 0xa0 && r <= 0xd7ff && r != 0x2028 && r != 0x2029 || r >= 0xe000 && r <= 0xfffd && r != 0xfeff || r >= 0x10000
}

func comments(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = comment(l)
	}
	return lines
}

// comment prints one line. What ends a line for some YAML reader, or is no text for it, becomes a blank: it would end the comment.
func comment(s string) string {
	blank := func(r rune) rune {
		if printable(r) {
			return r
		}
		return ' '
	}
	return strings.TrimRight("# "+strings.Map(blank, s), " ")
}

var ambiguous = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}

func key(s string) string {
	if s == "on" { // GitHub's readers take it for the text, and so does everybody who reads workflows
		return s
	}
	return plain(s)
}

// plain prints a scalar without quotes where every YAML reader agrees that it is that text.
func plain(s string) string {
	if !begins(s, "/.$") || !holds(s, " _/.,(){}@$='!&|<>+-") || strings.HasSuffix(s, " ") || isAmbiguous(s) {
		return double(s)
	}
	return s
}

func flowScalar(s string) string {
	if !begins(s, "/.") || !holds(s, "_/.-") || isAmbiguous(s) {
		return double(s)
	}
	return s
}

// begins tells whether a text begins with a letter or one of marks.
func begins(s, marks string) bool {
	return s != "" && (isLetter(s[0]) || strings.IndexByte(marks, s[0]) >= 0)
}

// holds tells whether a text has letters, digits and marks only.
func holds(s, marks string) bool {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && strings.IndexByte(marks, c) < 0 {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func isAmbiguous(s string) bool {
	bare := strings.TrimPrefix(s, ".")
	return bare != "" && isDigit(bare[0]) || slices.Contains(ambiguous, strings.ToLower(strings.TrimLeft(s, ".")))
}

// double prints a scalar in double quotes.
func double(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case printable(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
