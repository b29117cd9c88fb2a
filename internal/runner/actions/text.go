package actions

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line makes untrusted text fit to stand in one line: invalid UTF-8 and control characters become
// spaces, and what is longer than limit bytes is cut.
func Line(s string, limit int) string {
	if len(s) > limit {
		end := limit - len("…")
		for end > 0 && !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end] + "…"
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r == ' ' || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}

// data escapes the text of a workflow command. Inside a command GitHub's runner looks for no other.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// harmless is punctuation that means nothing to Markdown, HTML or GitHub's autolinks, but for the dot after www.
const harmless = " .,;-/"

// Markdown escapes s so that it shows as it is in a line or a table cell: what is neither letter, digit nor
// harmless becomes a character reference, which neither Markdown nor HTML reads as structure.
func Markdown(s string) string {
	var b strings.Builder
	line := Line(s, 1024)
	for i, r := range line {
		startsLink := r == '.' && strings.EqualFold(line[max(0, i-3):i], "www")
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(harmless, r) && !startsLink {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}
