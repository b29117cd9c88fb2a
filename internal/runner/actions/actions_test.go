package actions

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "a b", "a b"},
		{"newlines and tabs", "a\r\nb\tc", "a  b c"},
		{"escape sequence", "\x1b[31mred", " [31mred"},
		{"NUL", "a\x00b", "a b"},
		{"line separator", "a\u2028b", "a b"},
		{"right-to-left override", "a\u202eb", "a b"},
		{"invalid UTF-8", "a\xffb", "a b"},
		{"at the limit", "1234567890", "1234567890"},
		{"one more", "12345678901", "1234567…"},
		{"cut inside a letter", "123456é8901", "123456…"},
		{"1 MB", strings.Repeat("x", 1<<20), "xxxxxxx…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Line(tt.in, 10); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMarkdown_ShowsStructureAsText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "engine-1 a.b/c", "engine-1 a.b/c"},
		{"letters", "é漢", "é漢"},
		{"table and code", "a|b`c", "a&#124;b&#96;c"},
		{"HTML", "<b>&", "&#60;b&#62;&#38;"},
		{"link", "[x](y)", "&#91;x&#93;&#40;y&#41;"},
		{"backslash", `\|`, "&#92;&#124;"},
		{"emphasis", "*_~", "&#42;&#95;&#126;"},
		{"newlines", "a\n\n# b", "a  &#35; b"},
		{"mention", "@x", "&#64;x"},
		{"issue", "#1", "&#35;1"},
		{"address", "https://x.y", "https&#58;//x.y"},
		{"address without a scheme", "see www.x.y or WwW.x.y", "see www&#46;x.y or WwW&#46;x.y"},
		{"dots of no address", "ww.x .www. ", "ww.x .www&#46; "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Markdown(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func surface(t *testing.T) (*Surface, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	return &Surface{
		Log:         &log,
		OutputFile:  filepath.Join(t.TempDir(), "output"),
		SummaryFile: filepath.Join(t.TempDir(), "summary"),
		Random:      bytes.NewReader(make([]byte, 64)),
	}, &log
}

func TestCommands_AreOneLine(t *testing.T) {
	s, log := surface(t)
	s.Error("a\r\n::add-mask::x %0A 100%")
	s.Notice("##[add-mask]y")
	s.Mask("tok\nen")
	want := "::error::a%0D%0A::add-mask::x %250A 100%25\n::notice::##[add-mask]y\n::add-mask::tok%0Aen\n"
	if log.String() != want {
		t.Errorf("log:\n%q\nwant:\n%q", log, want)
	}
}

func TestOutputs_AreDelimited(t *testing.T) {
	s, _ := surface(t)
	if err := s.Outputs(Output{"a", "1"}, Output{"b", "x\nc=2\ntasc_\n"}, Output{"c", ""}); err != nil {
		t.Fatal(err)
	}
	d := "tasc_" + strings.Repeat("00", 16)
	want := "a<<" + d + "\n1\n" + d + "\nb<<" + d + "\nx\nc=2\ntasc_\n\n" + d + "\nc<<" + d + "\n\n" + d + "\n"
	if got := read(t, s.OutputFile); got != want {
		t.Errorf("outputs:\n%q\nwant:\n%q", got, want)
	}
}

func TestOutputs_AreAllOrNone(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Surface)
		value  string
	}{
		{"NUL", func(*Surface) {}, "a\x00b"},
		{"no randomness", func(s *Surface) { s.Random = strings.NewReader("") }, "a"},
		{"no file", func(s *Surface) { s.OutputFile = "" }, "a"},
		{"a delimiter that was guessed", func(*Surface) {}, "a\ntasc_" + strings.Repeat("00", 16) + "\nroute<<x\ny\nx"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := surface(t)
			file := s.OutputFile
			tt.change(s)
			if err := s.Outputs(Output{"first", "1"}, Output{"second", tt.value}); err == nil {
				t.Error("got no error")
			}
			if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something was written: %v", err)
			}
		})
	}
}

func TestSummary_IsAdded(t *testing.T) {
	s, _ := surface(t)
	for _, text := range []string{"a\n", "b\n"} {
		if err := s.Summary(text); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, s.SummaryFile); got != "a\nb\n" {
		t.Errorf("summary: got %q", got)
	}
}

func TestEnv_NamesAllThatIsMissing(t *testing.T) {
	values := map[string]string{"SET": "1", "EMPTY": ""}
	env := NewEnv(func(name string) (string, bool) { v, ok := values[name]; return v, ok })
	got := []string{env.Text("SET"), env.Need("SET"), env.Text("EMPTY"), env.Optional("GONE"), env.Optional("SET")}
	if want := []string{"1", "1", "", "", "1"}; strings.Join(got, ",") != strings.Join(want, ",") {
		t.Errorf("values: got %q, want %q", got, want)
	}
	if err := env.Err(); err != nil {
		t.Errorf("nothing is missing: got %v", err)
	}
	env.Need("EMPTY")
	env.Text("GONE")
	var usage *UsageError
	if err := env.Err(); !errors.As(err, &usage) || !strings.HasPrefix(err.Error(), "missing EMPTY, GONE:") {
		t.Errorf("error: got %v, want one that names EMPTY and GONE", err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPlain_PrintsNothingThatCouldBeACommand(t *testing.T) {
	tests := []struct {
		name string
		in   []string
		want string
		ok   bool
	}{
		{"base64", []string{"tasc-record-v1 begin 1", "tasc-record-v1 1 aA0+/="}, "tasc-record-v1 begin 1\ntasc-record-v1 1 aA0+/=\n", true},
		{"a command", []string{"a", "::error::x"}, "", false},
		{"an old command", []string{"##[error]x"}, "", false},
		{"a line break", []string{"a\nb"}, "", false},
		{"another letter", []string{"é"}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log strings.Builder
			err := (&Surface{Log: &log}).Plain(tt.in)
			if log.String() != tt.want || (err == nil) != tt.ok {
				t.Errorf("got %q, %v, want %q, ok %t", log.String(), err, tt.want, tt.ok)
			}
		})
	}
}
