package diag

import (
	"errors"
	"strings"
	"testing"
)

func full() Diagnostic {
	return Diagnostic{
		Rule: "engine-ref-floating", Pos: Pos{"engines/platform.cue", 9, 14}, Message: `engine_ref "v1" is a tag that may move`,
		Expected: "a full version tag", Fix: "name a release",
		Notes: []Note{{Pos{"tasc.lock", 1, 2}, "locked here"}},
	}
}

func TestWrite(t *testing.T) {
	bare := Diagnostic{Rule: "spec", Message: "100% wrong"}
	folder := Diagnostic{Rule: "spec", Pos: Pos{File: "engines"}, Message: "no CUE file is here"}
	tests := []struct {
		name, format string
		in           []Diagnostic
		want         string
	}{
		{"text of nothing", "text", nil, ""},
		{"github of nothing", "github", nil, ""},
		{"json of nothing", "json", nil, "[]\n"},
		{"json of an empty list", "json", []Diagnostic{}, "[]\n"},
		{"text in full", "text", []Diagnostic{full()}, "engines/platform.cue:9:14: engine_ref \"v1\" is a tag that may move [engine-ref-floating]\n" +
			"    tasc.lock:1:2: locked here\n    expected: a full version tag\n    fix: name a release\n"},
		{"text without a position", "text", []Diagnostic{bare}, "100% wrong [spec]\n"},
		{"text with a folder", "text", []Diagnostic{folder}, "engines: no CUE file is here [spec]\n"},
		{"text, sorted and each once", "text", []Diagnostic{full(), folder, bare, folder},
			"100% wrong [spec]\nengines: no CUE file is here [spec]\nengines/platform.cue:9:14: engine_ref \"v1\" is a tag that may move [engine-ref-floating]\n" +
				"    tasc.lock:1:2: locked here\n    expected: a full version tag\n    fix: name a release\n"},
		{"github in full", "github", []Diagnostic{full()}, "::error title=engine-ref-floating,file=engines/platform.cue,line=9,col=14::" +
			"engines/platform.cue:9:14: engine_ref \"v1\" is a tag that may move [engine-ref-floating]%0Atasc.lock:1:2: locked here%0Aexpected: a full version tag%0Afix: name a release\n"},
		{"github without a position", "github", []Diagnostic{bare}, "::error title=spec::100%25 wrong [spec]\n"},
		{"github with a folder", "github", []Diagnostic{folder}, "::error title=spec,file=engines::engines: no CUE file is here [spec]\n"},
		{"github with a line alone", "github", []Diagnostic{{Rule: "r", Pos: Pos{"f", 3, 0}, Message: "m"}}, "::error title=r,file=f,line=3::f:3:0: m [r]\n"},
		{"github escapes properties", "github", []Diagnostic{{Rule: "r", Pos: Pos{"a:b,c%\r\n::d", 1, 1}, Message: "m"}},
			"::error title=r,file=a%3Ab%2Cc%25%0D%0A%3A%3Ad,line=1,col=1::a:b,c%25� ::d:1:1: m [r]\n"},
		{"json in full", "json", []Diagnostic{full()}, `[
  {
    "rule": "engine-ref-floating",
    "file": "engines/platform.cue",
    "line": 9,
    "column": 14,
    "message": "engine_ref \"v1\" is a tag that may move",
    "expected": "a full version tag",
    "fix": "name a release",
    "notes": [
      {
        "file": "tasc.lock",
        "line": 1,
        "column": 2,
        "message": "locked here"
      }
    ]
  }
]
`},
		{"json leaves out what is empty, and keeps < and >", "json", []Diagnostic{{Rule: "r", Pos: Pos{File: "f"}, Message: "<a> & b"}}, `[
  {
    "rule": "r",
    "file": "f",
    "line": 0,
    "column": 0,
    "message": "<a> & b"
  }
]
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if err := Write(&b, tt.format, tt.in); err != nil {
				t.Fatal(err)
			}
			if got := b.String(); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestPrinter_GitHub: what is known of the end is said, and where findings are too many to be shown, that is said too.
func TestPrinter_GitHub(t *testing.T) {
	lines := files(map[string]string{"f": "uses: actions/checkout@v4\nä: 日本\n"})
	var ds []Diagnostic
	for i := range 11 {
		ds = append(ds, at("g", i+1, 1, "r", "m"))
	}
	tests := []struct {
		name string
		in   []Diagnostic
		want string
	}{
		{"a word", []Diagnostic{at("f", 1, 7, "r", "m")}, "::error title=r,file=f,line=1,col=7,endLine=1,endColumn=25::f:1:7: m [r]\n"},
		{"columns are characters", []Diagnostic{at("f", 2, 4, "r", "m")}, "::error title=r,file=f,line=2,col=4,endLine=2,endColumn=5::f:2:4: m [r]\n"},
		{"one character has no end of its own", []Diagnostic{at("f", 2, 1, "r", "m")}, "::error title=r,file=f,line=2,col=1::f:2:1: m [r]\n"},
		{"past the end", []Diagnostic{at("f", 2, 6, "r", "m")}, "::error title=r,file=f,line=2,col=6::f:2:6: m [r]\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := printed(t, Printer{Lines: lines}, "github", tt.in); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
	const notice = "::notice title=tasc::11 findings; GitHub shows 10 of a step as annotations, and the step's log has them all\n"
	if got := printed(t, Printer{}, "github", ds); strings.Count(got, "::error ") != 11 || !strings.HasSuffix(got, "\n"+notice) {
		t.Errorf("of 11 findings: %s", got)
	}
	if got := printed(t, Printer{}, "github", ds[:10]); strings.Contains(got, "::notice") {
		t.Errorf("of 10 findings: %s", got)
	}
}

func printed(t *testing.T, p Printer, format string, ds []Diagnostic) string {
	t.Helper()
	var b strings.Builder
	if err := p.Write(&b, format, ds); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hostile is what a file could hold to deceive the reader of a terminal or a log:
// line breaks of every kind, terminal escapes, and marks that turn text around.
var hostile = []rune{'\n', '\r', '\t', '\v', '\f', 0, '\b', 0x1b, 0x7f, 0x85, 0x9b, 0x2028, 0x2029,
	0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069}

// TestWrite_NeutralisesHostileText puts each hostile rune into each text of a finding: it must not reach the output.
func TestWrite_NeutralisesHostileText(t *testing.T) {
	lines := map[string]int{"text": 4, "github": 1}
	for _, format := range []string{"text", "github"} {
		for _, r := range hostile {
			evil := "a" + string(r) + "::error::b"
			d := Diagnostic{Rule: "r", Pos: Pos{evil, 1, 1}, Message: evil, Expected: evil, Fix: evil,
				Notes: []Note{{Pos{evil, 2, 2}, evil}}}
			var b strings.Builder
			if err := Write(&b, format, []Diagnostic{d}); err != nil {
				t.Fatal(err)
			}
			got := b.String()
			if n := strings.Count(got, "\n"); n != lines[format] {
				t.Errorf("%s: %U makes %d lines, want %d:\n%q", format, r, n, lines[format], got)
			}
			if r != '\n' && strings.ContainsRune(got, r) {
				t.Errorf("%s: %U reaches the output: %q", format, r, got)
			}
		}
	}
}

func TestWrite_InvalidUTF8BecomesText(t *testing.T) {
	for _, format := range Formats {
		var b strings.Builder
		if err := Write(&b, format, []Diagnostic{{Rule: "r", Pos: Pos{"f", 1, 1}, Message: "a\xffb"}}); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); !strings.Contains(got, "a\ufffdb") && !strings.Contains(got, `a\ufffdb`) {
			t.Errorf("%s: %q does not hold a\ufffdb", format, got)
		}
	}
}

func TestWrite_UnknownFormatNamesTheKnownOnes(t *testing.T) {
	err := Write(&strings.Builder{}, "xml", nil)
	if want := `unknown format "xml"; expected one of text, json, github`; err == nil || err.Error() != want {
		t.Errorf("Write = %v, want %s", err, want)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWrite_ReturnsTheWritersError(t *testing.T) {
	for _, format := range Formats {
		if err := Write(brokenPipe{}, format, []Diagnostic{full()}); err == nil {
			t.Errorf("%s: a writer that fails goes unnoticed", format)
		}
	}
}
