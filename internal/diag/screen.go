package diag

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Screen is a terminal that findings are shown on, each with the line it is about.
type Screen struct {
	// Width is how many columns it has; 0 stands for 100.
	Width int
	// Colour says that it shows colours and that its user wants them.
	Colour bool
}

const (
	usualWidth, leastWidth = 100, 40
	tabWidth               = 4
)

func (s *Screen) width() int {
	if s.Width == 0 {
		return usualWidth
	}
	return max(s.Width, leastWidth)
}

// The looks of what is printed, as parameters of the escape sequence SGR.
const (
	bold  = "1"
	faint = "2"
	red   = "1;31"
	cyan  = "36"
)

// paint gives a text a look. The nil *Screen has none.
func (s *Screen) paint(look, text string) string {
	if s == nil || !s.Colour || text == "" {
		return text
	}
	return "\x1b[" + look + "m" + text + "\x1b[0m"
}

// excerpt shows the line of a position with carets below what it is about; "" where there is none to show.
func (s *Screen) excerpt(lines *Lines, p Pos, indent string) string {
	line, ok := lines.show(p)
	if s == nil || !ok {
		return ""
	}
	number := strconv.Itoa(p.Line)
	v := cut(line, max(p.Column, 1), s.width()-len(indent)-len(number)-len(" | "))
	gutter := indent + strings.Repeat(" ", len(number)) + " "
	return s.paint(faint, indent+number+" |") + strings.TrimRight(" "+v.text, " ") + "\n" +
		s.paint(faint, gutter+"|") + " " + strings.Repeat(" ", v.at) + s.paint(red, strings.Repeat("^", v.length)) + "\n"
}

// view is the part of a line that a screen has room for, and where the carets below it stand.
type view struct {
	text       string
	at, length int
}

// cut lays out a line, of which it shows no more than width columns: those around a column of the text.
func cut(line string, column, width int) view {
	column = min(column, utf8.RuneCountInString(line)+1)
	w := around(line, column-1, width)
	at, length := w.extent(Span(line, column) - column)
	left, right := 0, at+width
	if whole := w.first == 0 && !w.more && w.columns() <= width; !whole {
		if at+length >= width {
			left = max(0, at-width/3) // the first third is for what stands before
		}
		right = left + width - 1
	}
	shown := w.between(left, right)
	var v view
	origin := 0
	if w.first > 0 || left > 0 {
		v.text, origin = "…", shown.origin()-1
	}
	for _, c := range shown.cells {
		v.text += c.text
	}
	if shown.more {
		v.text += "…"
	}
	v.at = at - origin
	v.length = min(length, max(1, width-v.at))
	return v
}

// cell is one character as a screen shows it, from which column on, and how wide.
type cell struct {
	text      string
	at, width int
}

func (c cell) after() int { return c.at + c.width }

// window are some of the characters of a line.
type window struct {
	cells []cell
	// first and index count characters from 0: first is that of the first cell, index the one that matters.
	first, index int
	// more says that the line goes on behind the cells.
	more bool
}

// around returns the characters around one of a line: no more than could be shown, since a line may have any length.
func around(line string, index, width int) window {
	w := window{index: index}
	if utf8.RuneCountInString(line) > 4*width {
		w.first = max(0, index-width)
	}
	i, at := -1, 0
	for _, r := range line {
		if i++; i < w.first {
			continue
		}
		if w.more = i-w.first == 4*width; w.more {
			break
		}
		c := cell{string(r), at, runeWidth(r)}
		switch {
		case r == '\t':
			c.width = tabWidth - at%tabWidth
			c.text = strings.Repeat(" ", c.width)
		case harmful(r):
			c.text, c.width = string(utf8.RuneError), 1
		}
		at = c.after()
		w.cells = append(w.cells, c)
	}
	return w
}

// origin is the column that the first cell is shown in.
func (w window) origin() int {
	if len(w.cells) == 0 {
		return 0
	}
	return w.cells[0].at
}

// columns is how many columns the cells and those before them take.
func (w window) columns() int {
	if len(w.cells) == 0 {
		return 0
	}
	return w.cells[len(w.cells)-1].after()
}

// between keeps the cells that are shown whole between two columns, and room for a mark where some are left out.
// What joins a cell that is left out goes with it.
func (w window) between(left, right int) window {
	from := 0
	for from < len(w.cells) && (w.cells[from].at <= left && left > 0 || left > 0 && w.cells[from].width == 0) {
		from++
	}
	to := from
	for to < len(w.cells) && w.cells[to].after() <= right {
		to++
	}
	return window{cells: w.cells[from:to], more: w.more || to < len(w.cells)}
}

// extent says where the characters that matter are shown, and how wide they are; behind the last one it is one column.
func (w window) extent(count int) (at, width int) {
	from := w.index - w.first
	if from >= len(w.cells) {
		return w.columns(), 1
	}
	last := w.cells[min(from+max(count, 1), len(w.cells))-1]
	return w.cells[from].at, max(1, last.after()-w.cells[from].at)
}

// harmful tells whether a character would do something to a terminal, or show something else than what stands there.
func harmful(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// runeWidth is how many columns terminals give a character that does them no harm.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me) || r >= 0x1160 && r <= 0x11ff: // Hangul vowels and finals join what stands before
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// position is a place as it is printed.
func (s *Screen) position(p Pos) string { return s.paint(bold, Printable(p.String())) }

// text is a finding for people: on a screen with the lines that it is about.
func (s *Screen) text(d Diagnostic, lines *Lines) string {
	var b strings.Builder
	if d.Pos.IsValid() {
		b.WriteString(s.position(d.Pos) + ": ")
	}
	fmt.Fprintf(&b, "%s %s\n%s", Printable(d.Message), s.paint(cyan, "["+d.Rule+"]"), s.excerpt(lines, d.Pos, "    "))
	for _, n := range d.Notes {
		fmt.Fprintf(&b, "    %s: %s\n%s", s.position(n.Pos), Printable(n.Message), s.excerpt(lines, n.Pos, "        "))
	}
	if d.Expected != "" {
		fmt.Fprintf(&b, "    %s %s\n", s.paint(cyan, "expected:"), Printable(d.Expected))
	}
	if d.Fix != "" {
		fmt.Fprintf(&b, "    %s %s\n", s.paint(cyan, "fix:"), Printable(d.Fix))
	}
	return b.String()
}
