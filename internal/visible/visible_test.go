package visible

import "testing"

func TestHidden(t *testing.T) {
	tests := []struct {
		name, in string
		want     int
	}{
		{"nothing", "", -1},
		{"text", "a b\n\tc ~", -1},
		{"letters of all kinds", "é ж 漢 🙂 👩\u200d👩", -1},
		{"a control", "a\x1b[31m", 1},
		{"the end of a line of other systems", "é\r\n", 2},
		{"delete", "ab\x7f", 2},
		{"a control of 8 bits", "a\u0085b", 1},
		{"the last control", "\u009f", 0},
		{"no UTF-8", "a\xff", 1},
		{"the mark for no UTF-8, written on purpose", "a\ufffd", -1},
		{"a line separator", "a\u2028", 1},
		{"a paragraph separator", "a\u2029", 1},
		{"a soft hyphen", "a\u00ad", 1},
		{"no width", "a\u200bb", 1},
		{"a word joiner", "a\u2060", 1},
		{"an invisible plus", "\u2064", 0},
		{"a byte order mark", "\ufeffa", 0},
		{"the first tag", "a\U000e0000", 1},
		{"the last tag", "a\U000e007f", 1},
		{"right to left", "a\u202eb", 1},
		{"the first embedding", "\u202a", 0},
		{"an isolate", "\u2066", 0},
		{"the last isolate", "\u2069", 0},
		{"marks of direction", "ab\u200f", 2},
		{"the other mark of direction", "\u200e", 0},
		{"an Arabic mark", "\u061c", 0},
		{"what stands beside them", "\u00a0\u00ac\u00ae\u200a\u2010\u2027\u202f\u2065\u206a\ufefe", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Hidden(tt.in); got != tt.want {
				t.Errorf("Hidden(%q) = %d, want %d", tt.in, got, tt.want)
			}
		})
	}
}
