package audit

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
)

// posIn is where the text at an offset of a scalar's value stands in the file; the scalar's own
// beginning where the two cannot be laid side by side.
func (d *document) posIn(n *yaml.Node, offset int) diag.Pos {
	if at := d.source(n, offset); at >= 0 {
		return d.at(at)
	}
	return d.pos(n)
}

// source is the offset in the file of an offset in a scalar's value, -1 where it cannot be told.
func (d *document) source(n *yaml.Node, offset int) int {
	start := d.offset(n)
	if start < 0 {
		return -1
	}
	start = skipProperties(d.data, start)
	if start >= len(d.data) {
		return -1
	}
	switch c := d.data[start]; {
	case n.Style&yaml.LiteralStyle != 0 && c == '|', n.Style&yaml.FoldedStyle != 0 && c == '>':
		return d.inBlock(n, start, offset)
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 && (c == '\'' || c == '"'):
		return align(d.data, start+1, n.Value[:offset], c)
	case n.Style == 0 || n.Style == yaml.TaggedStyle:
		return align(d.data, start, n.Value[:offset], 0)
	}
	return -1
}

// skipProperties goes over the tag and the anchor that stand before a scalar.
func skipProperties(data []byte, at int) int {
	for at < len(data) && (data[at] == '!' || data[at] == '&') {
		for at < len(data) && !isBlank(data[at]) {
			at++
		}
		for at < len(data) && isBlank(data[at]) {
			at++
		}
	}
	return at
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// inBlock finds an offset of a block scalar: every line of it stands below its indicator, indented.
func (d *document) inBlock(n *yaml.Node, start, offset int) int {
	line := d.at(start).Line // that of the indicator: the text begins on the next
	indent := d.indent(line, string(d.data[start:d.lineEnd(line-1)]))
	if indent < 0 {
		return -1
	}
	if n.Style&yaml.LiteralStyle == 0 {
		return d.inFolded(line, indent, n.Value, offset)
	}
	line += strings.Count(n.Value[:offset], "\n")
	column := offset - 1 - strings.LastIndexByte(n.Value[:offset], '\n')
	if line >= len(d.starts) || d.starts[line]+indent+column > len(d.data) {
		return -1
	}
	return d.starts[line] + indent + column
}

// lineEnd is the offset behind a line, counted from 0.
func (d *document) lineEnd(line int) int {
	if line+1 < len(d.starts) {
		return d.starts[line+1]
	}
	return len(d.data)
}

// indent is that of the first line of a block scalar which is not empty; -1 where a digit in its
// header counts it from the indentation around it.
func (d *document) indent(line int, header string) int {
	if header, _, _ = strings.Cut(header, "#"); strings.ContainsAny(header, "123456789") {
		return -1
	}
	for ; line < len(d.starts); line++ {
		text := string(d.data[d.starts[line]:d.lineEnd(line)])
		if strings.TrimSpace(text) != "" {
			return len(text) - len(strings.TrimLeft(text, " "))
		}
	}
	return 0
}

// inFolded walks a folded scalar and its lines side by side: a break between two lines is a blank in the value.
func (d *document) inFolded(line, indent int, value string, offset int) int {
	at := 0
	for ; line < len(d.starts); line++ {
		begin, end := d.starts[line], d.lineEnd(line)
		text := strings.TrimRight(string(d.data[begin:end]), "\r\n")
		text = text[min(indent, len(text)):]
		for at < len(value) && text != "" && (value[at] == '\n' || value[at] == ' ' && text[0] != ' ') {
			at++
		}
		if !strings.HasPrefix(value[min(at, len(value)):], text) {
			return -1
		}
		if offset >= at && offset <= at+len(text) && text != "" {
			return begin + indent + offset - at
		}
		at += len(text)
	}
	return -1
}

// align walks a plain or quoted scalar from at on until before has gone by.
func align(data []byte, at int, before string, quote byte) int {
	for before != "" {
		if at >= len(data) {
			return -1
		}
		r, size := utf8.DecodeRuneInString(before)
		switch c := data[at]; {
		case c == '\n' || c == '\r' || isBlank(c) && breaks(data[at:]):
			for at < len(data) && isBlank(data[at]) {
				at++
			}
			before = strings.TrimLeft(before[1:], "\n")
		case quote == '\'' && c == '\'' && at+1 < len(data) && data[at+1] == '\'' && r == '\'':
			at, before = at+2, before[1:]
		case quote == '"' && c == '\\':
			n := escaped(data[at:])
			if n == 0 {
				return -1
			}
			at, before = at+n, before[size:]
		case strings.HasPrefix(string(data[at:min(at+size, len(data))]), before[:size]):
			at, before = at+size, before[size:]
		default:
			return -1
		}
	}
	if quote == '"' && at < len(data) && data[at] == '\\' && escaped(data[at:]) == 0 {
		return -1
	}
	return at
}

// breaks tells whether only blanks stand before the end of the line.
func breaks(data []byte) bool {
	for _, c := range data {
		if c == '\n' {
			return true
		}
		if !isBlank(c) {
			return false
		}
	}
	return false
}

// escaped is the length of an escape in double quotes that stands for one character; 0 for a broken line.
func escaped(data []byte) int {
	if len(data) < 2 {
		return 0
	}
	switch data[1] {
	case '\n', '\r':
		return 0
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}
