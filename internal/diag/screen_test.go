package diag

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// files is a Source of texts by name.
func files(texts map[string]string) *Lines {
	return NewLines(func(name string) []byte {
		if text, ok := texts[name]; ok {
			return []byte(text)
		}
		return nil
	})
}

// TestScreen_ShowsTheLine: below a finding stands its line, and carets below what it is about.
func TestScreen_ShowsTheLine(t *testing.T) {
	tests := []struct {
		name, file   string
		line, column int
		want         string
	}{
		{"one character", "a: ]\n", 1, 4, "    1 | a: ]\n      |    ^\n"},
		{"a word", "  uses: actions/checkout@v4 # pin\n", 1, 9, "    1 |   uses: actions/checkout@v4 # pin\n      |         ^^^^^^^^^^^^^^^^^^^\n"},
		{"a key without its colon", "class: \"x\"\n", 1, 1, "    1 | class: \"x\"\n      | ^^^^^\n"},
		{"a text in quotes", `a: "b \" c" & d`, 1, 4, "    1 | a: \"b \\\" c\" & d\n      |    ^^^^^^^^\n"},
		{"a text in single quotes", "a: 'b c' # d\n", 1, 4, "    1 | a: 'b c' # d\n      |    ^^^^^\n"},
		{"quotes without an end", "a: \"b\n", 1, 4, "    1 | a: \"b\n      |    ^\n"},
		{"an expression", "run: echo ${{ github.actor }} x\n", 1, 11, "    1 | run: echo ${{ github.actor }} x\n      |           ^^^^^^^^^^^^^^^^^^^\n"},
		{"tabs", "\ta:\tbc\n", 1, 5, "    1 |     a:  bc\n      |         ^^\n"},
		{"the number is as wide as it is", strings.Repeat("\n", 99) + "a\n", 100, 1, "    100 | a\n        | ^\n"},
		{"wide characters", "版本: 日本\n", 1, 5, "    1 | 版本: 日本\n      |       ^^^^\n"},
		{"an emoji", "a: 🚀 b\n", 1, 6, "    1 | a: 🚀 b\n      |       ^\n"},
		{"combining characters", "e\u0301e\u0301: x\n", 1, 7, "    1 | e\u0301e\u0301: x\n      |     ^\n"},
		{"on a combining character", "e\u0301: x\n", 1, 2, "    1 | e\u0301: x\n      |  ^\n"},
		{"CRLF", "a: b\r\nc: d\r\n", 1, 4, "    1 | a: b\n      |    ^\n"},
		{"a byte order mark", "\ufeffa: b\n", 1, 4, "    1 | a: b\n      |    ^\n"},
		{"the last line, which does not end", "a\nb: c", 2, 4, "    2 | b: c\n      |    ^\n"},
		{"one past the end of the line", "a: b\n", 1, 5, "    1 | a: b\n      |     ^\n"},
		{"far past the end of the line", "a: b\n", 1, 50, "    1 | a: b\n      |     ^\n"},
		{"the end of the file", "a: b\n", 2, 1, "    2 |\n      | ^\n"},
		{"a line that is not there", "a: b\n", 3, 1, ""},
		{"a column that is not known", "a: b\n", 1, 0, "    1 | a: b\n      | ^\n"},
		{"no line", "a: b\n", 0, 0, ""},
		{"an empty file", "", 1, 1, ""},
		{"no UTF-8", "a: \xff\n", 1, 1, ""},
		{"a binary", "a: \x00\n", 1, 1, ""},
		{"what would steer the terminal", "\x1b[2J\u202ea\u200b\u2028\x07\x9b\u009b: b\n", 1, 1, ""},
		{"controls and marks are seen and take one column", "\x1b\u202e\u200b\u2028\x07\u009b: b\n", 1, 9, "    1 | ������: b\n      |         ^\n"},
		{"a carriage return inside", "a\rb: c\n", 1, 6, "    1 | a�b: c\n      |      ^\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines := files(map[string]string{"f": tt.file})
			got := (&Screen{}).excerpt(lines, Pos{"f", tt.line, tt.column}, "    ")
			if got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestScreen_CutsLongLines: of a long line that part is shown which matters, within the width of the screen.
func TestScreen_CutsLongLines(t *testing.T) {
	const width = 40
	long := strings.Repeat("a ", 30) + "HERE" + strings.Repeat(" b", 30)
	tests := []struct {
		name, line string
		column     int
		text       string
		caret      string
	}{
		{"it fits", strings.Repeat("x", 40), 1, strings.Repeat("x", 40), strings.Repeat("^", 40)},
		{"the beginning", long, 1, strings.Repeat("a ", 19) + "a…", "^"},
		{"the middle", long, 61, "…" + strings.Repeat("a ", 6) + "HERE" + strings.Repeat(" b", 11) + "…", strings.Repeat(" ", 13) + "^^^^"},
		{"the end", long, 125, "…" + strings.Repeat(" b", 6), strings.Repeat(" ", 13) + "^"},
		{"a word that is longer", "k: " + strings.Repeat("y", 500) + " z", 4, "k: " + strings.Repeat("y", 36) + "…", "   " + strings.Repeat("^", 37)},
		{"very far out", strings.Repeat("日。", 1000), 501, "…" + strings.Repeat("日。", 9) + "日…", strings.Repeat(" ", 13) + "^^"},
		{"a megabyte", strings.Repeat("x", 1<<20) + " HERE", 1<<20 + 2, "…" + strings.Repeat("x", 11) + " HERE", strings.Repeat(" ", 13) + "^^^^"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := cut(tt.line, tt.column, width)
			if got := strings.Repeat(" ", v.at) + strings.Repeat("^", v.length); v.text != tt.text || got != tt.caret {
				t.Errorf("got:\n%s|\n%s\nwant:\n%s|\n%s", v.text, got, tt.text, tt.caret)
			}
			n := 0
			for _, r := range v.text {
				n += runeWidth(r)
			}
			if n > width || v.at+v.length > width+1 || v.length < 1 {
				t.Errorf("%d columns, the carets from %d on, %d of them", n, v.at, v.length)
			}
		})
	}
}

// TestScreen_InFull: notes show their lines too, and what cannot be read shows none.
func TestScreen_InFull(t *testing.T) {
	lines := files(map[string]string{"engines/platform.cue": strings.Repeat("\n", 8) + "\tengine_ref: \"v1\"\n", "tasc.lock": "{\"version\": 1}\n"})
	d := full()
	d.Notes = append(d.Notes, Note{Pos{"gone.cue", 1, 1}, "once here"})
	tests := []struct {
		name   string
		screen *Screen
		want   string
	}{
		{"no terminal", nil, `engines/platform.cue:9:14: engine_ref "v1" is a tag that may move [engine-ref-floating]
    tasc.lock:1:2: locked here
    gone.cue:1:1: once here
    expected: a full version tag
    fix: name a release
`},
		{"a terminal", &Screen{}, `engines/platform.cue:9:14: engine_ref "v1" is a tag that may move [engine-ref-floating]
    9 |     engine_ref: "v1"
      |                 ^^^^
    tasc.lock:1:2: locked here
        1 | {"version": 1}
          |  ^^^^^^^^^
    gone.cue:1:1: once here
    expected: a full version tag
    fix: name a release
`},
		{"colours", &Screen{Colour: true}, "\x1b[1mengines/platform.cue:9:14\x1b[0m: engine_ref \"v1\" is a tag that may move \x1b[36m[engine-ref-floating]\x1b[0m\n" +
			"\x1b[2m    9 |\x1b[0m     engine_ref: \"v1\"\n\x1b[2m      |\x1b[0m                 \x1b[1;31m^^^^\x1b[0m\n" +
			"    \x1b[1mtasc.lock:1:2\x1b[0m: locked here\n\x1b[2m        1 |\x1b[0m {\"version\": 1}\n\x1b[2m          |\x1b[0m  \x1b[1;31m^^^^^^^^^\x1b[0m\n" +
			"    \x1b[1mgone.cue:1:1\x1b[0m: once here\n    \x1b[36mexpected:\x1b[0m a full version tag\n    \x1b[36mfix:\x1b[0m name a release\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if err := (Printer{Lines: lines, Screen: tt.screen}).Write(&b, "text", []Diagnostic{d}); err != nil {
				t.Fatal(err)
			}
			if got := b.String(); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestScreen_ShowsNoSecret: a line with a secret in it is shown for no finding and no note; the others are.
func TestScreen_ShowsNoSecret(t *testing.T) {
	lines := files(map[string]string{"f": "a: ghp_secret\nb: ok\n"})
	other := at("f", 1, 1, "r", "m")
	other.Notes = []Note{{Pos{"f", 1, 4}, "n"}}
	p := Printer{Lines: lines, Screen: &Screen{}, Secret: func(rule string) bool { return rule == "credentials" }}
	got := printed(t, p, "text", []Diagnostic{at("f", 1, 4, "credentials", "a token"), other, at("f", 2, 4, "r", "m")})
	const want = "f:1:1: m [r]\n    f:1:4: n\nf:1:4: a token [credentials]\nf:2:4: m [r]\n    2 | b: ok\n      |    ^^\n"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestLines_Characters: columns of bytes become columns of characters; the mark at the beginning of a file is none.
func TestLines_Characters(t *testing.T) {
	lines := files(map[string]string{"f": "éé: x\r\n日: y\nz", "mark": "\ufeffé: x\n"})
	tests := []struct {
		name     string
		in, want Pos
	}{
		{"before any other letter", Pos{"f", 1, 1}, Pos{"f", 1, 1}},
		{"behind two", Pos{"f", 1, 7}, Pos{"f", 1, 5}},
		{"behind one of three bytes", Pos{"f", 2, 6}, Pos{"f", 2, 4}},
		{"one past the end", Pos{"f", 1, 8}, Pos{"f", 1, 6}},
		{"two past the end", Pos{"f", 1, 9}, Pos{"f", 1, 7}},
		{"plain letters", Pos{"f", 3, 2}, Pos{"f", 3, 2}},
		{"behind the mark", Pos{"mark", 1, 4}, Pos{"mark", 1, 1}},
		{"further behind the mark", Pos{"mark", 1, 8}, Pos{"mark", 1, 4}},
		{"the mark itself", Pos{"mark", 1, 1}, Pos{"mark", 1, 1}},
		{"no line", Pos{"f", 0, 0}, Pos{"f", 0, 0}},
		{"a line alone", Pos{"f", 2, 0}, Pos{"f", 2, 0}},
		{"a line that is not there", Pos{"f", 9, 7}, Pos{"f", 9, 7}},
		{"a file that is not there", Pos{"g", 1, 7}, Pos{"g", 1, 7}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := []Diagnostic{{Rule: "r", Pos: tt.in, Message: "m", Notes: []Note{{tt.in, "n"}}}}
			got := lines.Characters(in)
			if got[0].Pos != tt.want || got[0].Notes[0].Pos != tt.want || got[0].Message != "m" {
				t.Errorf("got %+v, want %v", got, tt.want)
			}
			if in[0].Pos != tt.in || in[0].Notes[0].Pos != tt.in {
				t.Errorf("the findings that were given have changed: %+v", in)
			}
		})
	}
}

// TestLines_ReadsAFileOnce, as long as it holds it; it holds no more than keep.
func TestLines_ReadsAFileOnce(t *testing.T) {
	read := map[string]int{}
	l := NewLines(func(name string) []byte { read[name]++; return []byte("a\nb\n") })
	for range 3 {
		if line, ok := l.At(Pos{"f", 2, 1}); line != "b" || !ok {
			t.Errorf("At = %q, %t", line, ok)
		}
	}
	if read["f"] != 1 {
		t.Errorf("f was read %d times", read["f"])
	}
	for i := range 10 * keep {
		l.At(Pos{strings.Repeat("x", i+1), 1, 1})
	}
	if len(l.files) > keep {
		t.Errorf("%d files are held", len(l.files))
	}
}

var escapeRE = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// FuzzText: whatever a finding says and wherever it points, what is printed is UTF-8 text in lines, and steers no terminal;
// an annotation is one line, and one command.
func FuzzText(f *testing.F) {
	for _, r := range hostile {
		f.Add("a"+string(r)+": b\n", "m"+string(r), "f", 1, 3, 80)
	}
	f.Add("日本: \"x\n\xff", "\xff", "\x1b[2J", 1, 5, 0)
	f.Add(strings.Repeat("\t日e\u0301", 300), "m", "f", 1, 700, 50)
	f.Fuzz(func(t *testing.T, file, message, name string, line, column, width int) {
		p := Pos{name, line, column}
		d := Diagnostic{Rule: "r", Pos: p, Message: message, Expected: message, Fix: message, Notes: []Note{{p, message}}}
		lines := files(map[string]string{name: file})
		for _, screen := range []*Screen{nil, {Width: width, Colour: true}} {
			var b strings.Builder
			if err := (Printer{Lines: lines, Screen: screen}).Write(&b, "text", lines.Characters([]Diagnostic{d})); err != nil {
				t.Fatal(err)
			}
			got := escapeRE.ReplaceAllString(b.String(), "")
			if !utf8.ValidString(got) {
				t.Errorf("no UTF-8: %q", got)
			}
			for _, r := range got {
				if r != '\n' && r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e {
					t.Errorf("%U reaches the screen: %q", r, got)
				}
			}
			if n := strings.Count(got, "\n"); n < 2 || n > 8 {
				t.Errorf("%d lines: %q", n, got)
			}
		}
		got := printed(t, Printer{Lines: lines}, "github", []Diagnostic{d})
		if !strings.HasPrefix(got, "::error title=r,") && !strings.HasPrefix(got, "::error title=r::") || strings.Count(got, "\n") != 1 || !utf8.ValidString(got) {
			t.Errorf("no annotation: %q", got)
		}
	})
}
