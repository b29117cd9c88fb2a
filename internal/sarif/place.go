package sarif

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/task-assistant/tasc/internal/diag"
)

// physical is a place as SARIF writes it: GitHub demands a file and a whole region of every one. A finding about a
// file as such is shown at its beginning.
func (r Report) physical(p diag.Pos, lines *diag.Lines) physical {
	file := p.File
	if file == "" {
		file = r.Base
	}
	if r.Place != nil {
		file = r.Place(file)
	}
	return physical{artifact(file), extent(p, lines)}
}

// artifact names a file: relative to the root, or absolute where its user named it so.
func artifact(file string) artifactLocation {
	if strings.HasPrefix(file, "/") {
		return artifactLocation{URI: "file://" + escape(file)}
	}
	if len(file) > 2 && file[1] == ':' && file[2] == '/' { // a drive
		return artifactLocation{URI: "file:///" + file[:2] + escape(file[2:])}
	}
	return artifactLocation{URI: escape(file), BaseID: rootID}
}

// escape keeps what may stand in the path of any URI (RFC 3986, unreserved characters), byte by byte: a colon could
// end a scheme, and what is no UTF-8 must not get lost.
func escape(path string) string {
	var b strings.Builder
	for _, c := range []byte(path) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// extent is what a position is about, in UTF-16 code units, which is what GitHub and most viewers count.
func extent(p diag.Pos, lines *diag.Lines) region {
	if p.Line < 1 {
		return region{1, 1, 1, 1}
	}
	start := max(p.Column, 1)
	line, ok := lines.At(p)
	if !ok {
		return region{p.Line, start, p.Line, start + 1}
	}
	units := unitsBefore(line, start)
	return region{p.Line, units, p.Line, unitsBefore(line, diag.Span(line, start))}
}

// unitsBefore turns a column of characters into one of code units.
func unitsBefore(line string, column int) int {
	units, left := 1, column-1
	for _, r := range line {
		if left == 0 {
			break
		}
		left--
		units += utf16.RuneLen(r)
	}
	return units + left
}
