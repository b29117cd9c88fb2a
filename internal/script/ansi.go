package script

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// ansiC decodes $'…' and the format of printf.
func ansiC(s string) string { return decode(s, 3) }

// echoed decodes what echo -e and printf %b do, where an octal number has three digits behind a 0.
func echoed(s string) string { return decode(s, 4) }

// decode keeps what it does not know, a hole behind a backslash above all.
func decode(s string, octal int) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		n := 0
		switch c := s[i]; c {
		case 'x':
			n = number(&b, s[i+1:], 16, 2, true)
		case 'u':
			n = number(&b, s[i+1:], 16, 4, false)
		case 'U':
			n = number(&b, s[i+1:], 16, 8, false)
		case '0':
			n = number(&b, s[i:], 8, octal, true) - 1
		case '1', '2', '3', '4', '5', '6', '7':
			n = number(&b, s[i:], 8, 3, true) - 1
		case 'c':
			if i+1 < len(s) {
				b.WriteByte(s[i+1] & 0x1f)
				n = 1
			}
		default:
			if c >= utf8.RuneSelf {
				n = -1 // it is written as it is
				break
			}
			b.WriteString(escape(c))
		}
		i += n
	}
	return b.String()
}

func escape(c byte) string {
	const from, to = `abeEfnrtv\'"?`, "\a\b\x1b\x1b\f\n\r\t\v\\'\"?"
	if i := strings.IndexByte(from, c); i >= 0 {
		return to[i : i+1]
	}
	return `\` + string(c)
}

// number writes the character of at most digits digits and returns how many there are.
func number(b *strings.Builder, s string, base, digits int, asByte bool) int {
	n := 0
	for n < min(digits, len(s)) {
		if _, err := strconv.ParseUint(s[n:n+1], base, 8); err != nil {
			break
		}
		n++
	}
	v, err := strconv.ParseUint(s[:n], base, 32)
	switch {
	case err != nil:
		return n
	case asByte:
		b.WriteByte(byte(v))
	default:
		b.WriteRune(rune(v))
	}
	return n
}
