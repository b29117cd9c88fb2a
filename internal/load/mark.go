package load

import (
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// marks leads from the bytes of a text to the places in the file where they are written. There are none where
// the text is not one literal: an interpolation, a joined text.
func (l *loader) marks(s spec.String, v cue.Value) []spec.Mark {
	pos := s.Pos
	lit, ok := l.literals()[pos]
	if !ok { // it may be named here and stand elsewhere
		pos = l.pos(cue.Dereference(v))
		lit, ok = l.literals()[pos]
	}
	if !ok {
		return nil
	}
	m := &marker{raw: lit.Value, pos: pos}
	if text, ok := m.read(); !ok || text != s.Value {
		return nil
	}
	return m.marks
}

// marker walks over a literal of CUE. It knows the quotes, the escapes and the indentation of texts in lines, and
// nothing else; its reader compares the result with the value, so that a form it does not know costs the places only.
type marker struct {
	raw   string
	at    int      // in raw
	pos   diag.Pos // of raw[at]
	out   strings.Builder
	marks []spec.Mark
}

func (m *marker) read() (string, bool) {
	hashes := m.raw[:len(m.raw)-len(strings.TrimLeft(m.raw, "#"))]
	quote := `"`
	if strings.HasPrefix(m.raw[len(hashes):], `"""`) {
		quote = `"""`
	}
	end := len(m.raw) - len(hashes) - len(quote)
	m.skip(len(hashes) + len(quote))
	if !strings.HasPrefix(m.raw[len(hashes):], quote) || end < m.at {
		return "", false
	}
	indent := ""
	if quote == `"""` {
		i := strings.LastIndexByte(m.raw[:end], '\n')
		if i < 0 {
			return "", false
		}
		indent, end = m.raw[i+1:end], i
		m.skip(strings.IndexByte(m.raw, '\n') + 1 - m.at)
		m.skipIndent(indent)
	}
	m.mark()
	for m.at < end {
		if !m.next(`\`+hashes, indent) {
			return "", false
		}
	}
	return m.out.String(), true
}

// next reads one character of the text.
func (m *marker) next(escape, indent string) bool {
	rest := m.raw[m.at:]
	switch {
	case strings.HasPrefix(rest, escape) && len(rest) > len(escape):
		text, n := unescape(rest[len(escape):])
		if n == 0 {
			return false
		}
		m.out.WriteString(text)
		m.skip(len(escape) + n)
		m.mark()
	case rest[0] == '\n':
		m.out.WriteByte('\n')
		m.skip(1)
		m.skipIndent(indent)
		m.mark()
	default:
		m.out.WriteByte(rest[0])
		m.skip(1)
	}
	return true
}

func (m *marker) mark() {
	m.marks = append(m.marks, spec.Mark{Offset: m.out.Len(), Pos: m.pos})
}

// skipIndent passes what every line of the literal begins with; an empty line has none.
func (m *marker) skipIndent(indent string) {
	if strings.HasPrefix(m.raw[m.at:], indent) {
		m.skip(len(indent))
	}
}

func (m *marker) skip(n int) {
	for _, c := range []byte(m.raw[m.at : m.at+n]) {
		if m.pos.Column++; c == '\n' {
			m.pos.Line, m.pos.Column = m.pos.Line+1, 1
		}
	}
	m.at += n
}

// unescape reads what follows the backslash: the character it stands for, and its length in the file.
func unescape(s string) (string, int) {
	const from, to = `abfnrtv\"'/`, "\a\b\f\n\r\t\v\\\"'/"
	if i := strings.IndexByte(from, s[0]); i >= 0 {
		return to[i : i+1], 1
	}
	digits := map[byte]int{'u': 4, 'U': 8}[s[0]]
	if digits == 0 || len(s) <= digits {
		return "", 0
	}
	c := rune(0)
	for _, d := range []byte(s[1 : 1+digits]) {
		i := strings.IndexByte("0123456789abcdef", d|0x20)
		if i < 0 {
			return "", 0
		}
		c = c<<4 | rune(i)
	}
	return string(utf8.AppendRune(nil, c)), 1 + digits
}
