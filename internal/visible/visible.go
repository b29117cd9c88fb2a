// Package visible knows the characters that people who read a file do not see, or see in another place than programs
// do: what stands in a review is then not what runs (CVE-2021-42574).
package visible

import "unicode/utf8"

// Hidden returns where the first such character of s begins, -1 if there is none.
func Hidden(s string) int {
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if hides(r, size) {
			return i
		}
		i += size
	}
	return -1
}

// hides tells whether a character is a control, a line break that only some programs know, has no width, or turns the
// direction of what follows. The two that join letters (U+200C, U+200D) are part of words and of emoji, and stay.
func hides(r rune, size int) bool {
	switch {
	case r == utf8.RuneError && size == 1: // no UTF-8
		return true
	case r < ' ', r >= 0x7f && r <= 0x9f, r == 0x2028, r == 0x2029: // controls and line breaks
		return true
	case r == 0xad, r == 0x200b, r >= 0x2060 && r <= 0x2064, r == 0xfeff, r >= 0xe0000 && r <= 0xe007f: // no width
		return true
	case r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // direction
		return true
	}
	return false
}
