package diag

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Source returns the text of a file that a position names, nil where it has
// none: the file is gone, is a folder, or may not be read. What reads files is
// handed in; this package does not.
type Source func(file string) []byte

// keep is how many files Lines holds at most: findings come sorted by file.
const keep = 64

// Lines finds the lines of files, and holds those of the last few. The nil *Lines knows none.
type Lines struct {
	source Source
	files  map[string]fileLines
	// hidden are lines, without their columns, that are not to be shown.
	hidden map[Pos]bool
}

// fileLines are the lines of one file without their ends; none where it is no text.
type fileLines struct {
	lines []string
	// mark says that the file begins with a byte order mark, which is no part of its first line.
	mark bool
}

const byteOrderMark = "\ufeff"

// NewLines returns the lines of what source reads.
func NewLines(source Source) *Lines {
	if source == nil {
		return nil
	}
	return &Lines{source: source, files: map[string]fileLines{}}
}

// At returns the line that p is in, without its end; false where there is none to show.
func (l *Lines) At(p Pos) (string, bool) {
	f := l.file(p.File)
	if p.Line < 1 || p.Line > len(f.lines) {
		return "", false
	}
	return f.lines[p.Line-1], true
}

func (l *Lines) hide(lines map[Pos]bool) {
	if l != nil {
		l.hidden = lines
	}
}

// show is At for lines that may be shown.
func (l *Lines) show(p Pos) (string, bool) {
	if l != nil && l.hidden[Pos{File: p.File, Line: p.Line}] {
		return "", false
	}
	return l.At(p)
}

// End is the column behind what stands at p, on the same line; false where that cannot be told.
func (l *Lines) End(p Pos) (column int, ok bool) {
	line, ok := l.At(p)
	if !ok || p.Column < 1 || p.Column > utf8.RuneCountInString(line) {
		return 0, false
	}
	return Span(line, p.Column), true
}

func (l *Lines) file(name string) fileLines {
	if l == nil || name == "" {
		return fileLines{}
	}
	f, ok := l.files[name]
	if !ok {
		if len(l.files) == keep {
			clear(l.files)
		}
		f = split(l.source(name))
		l.files[name] = f
	}
	return f
}

// split takes a text apart. What is no UTF-8, or holds the byte 0, is no text.
func split(data []byte) fileLines {
	if len(data) == 0 || !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return fileLines{}
	}
	text, mark := strings.CutPrefix(string(data), byteOrderMark)
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return fileLines{lines, mark}
}

// Characters returns the findings with columns that count characters, which is
// what they are reported in, where the stages that read CUE and JSON count
// bytes. Where a line cannot be read its columns stay as they are.
func (l *Lines) Characters(ds []Diagnostic) []Diagnostic {
	out := make([]Diagnostic, 0, len(ds))
	for _, d := range ds {
		d.Pos = l.characters(d.Pos)
		notes := d.Notes
		d.Notes = nil
		for _, n := range notes {
			n.Pos = l.characters(n.Pos)
			d.Notes = append(d.Notes, n)
		}
		out = append(out, d)
	}
	return out
}

func (l *Lines) characters(p Pos) Pos {
	line, ok := l.At(p)
	if !ok || p.Column < 1 {
		return p
	}
	before := p.Column - 1
	if p.Line == 1 && l.file(p.File).mark {
		before -= len(byteOrderMark)
	}
	if before = max(before, 0); before < len(line) {
		line = line[:before]
	}
	p.Column = 1 + utf8.RuneCountInString(line) + before - len(line)
	return p
}

// Span returns the column behind what begins at a column of a line: a text in
// quotes, an expression, a word, or else one character. Columns count characters
// from 1; one behind the end of the line spans nothing and is returned as it is.
func Span(line string, column int) int {
	rest := line
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
	}
	if column < 1 || rest == "" {
		return column
	}
	return column + utf8.RuneCountInString(rest[:token(rest)])
}

// token is the length in bytes of what a text, which is not empty, begins with.
func token(s string) int {
	_, size := utf8.DecodeRuneInString(s)
	switch {
	case strings.HasPrefix(s, "${{"):
		if end := strings.Index(s, "}}"); end >= 0 {
			return end + len("}}")
		}
	case s[0] == '"' || s[0] == '\'':
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] == '\\' && s[0] == '"':
				i++
			case s[i] == s[0]:
				return i + 1
			}
		}
	default:
		return max(size, word(s))
	}
	return size
}

// word is the length of a name, a path, an action or an image: what may stand
// inside but not at the end, such as the colon behind a key, does not belong to it.
func word(s string) int {
	end := 0
	for i, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_#$-", r) {
			end = i + utf8.RuneLen(r)
		} else if !strings.ContainsRune("./@:+%=", r) {
			break
		}
	}
	return end
}
