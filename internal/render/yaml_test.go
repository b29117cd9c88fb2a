package render

import (
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/testseed"
)

// texts are what a reader could take for something else, or what a printer could spoil.
var texts = []string{
	"", " ", "  ", "a", " a", "a ", "a  b", "\t", "a\tb", "\ta", "a\t", "\n", "a\n", "a\n\n", "\na\n", "a\nb\n", "a\n\nb\n", " a\nb\n", "a\n b\n", "a\n  \n", "a\n \nb\n", "a \nb\n",
	"a\n\tb\n", "\ta\nb\n", "a\r\nb\r\n", "a\rb\n", "\r", "a\u0085b\n", "a\u2028b\n", "a\u2029b", "\ufeffa", "a\ufeffb\n", "\x00", "a\x07b\n", "\x1b[31m", "\x7f", "\u0080", "\u009f",
	"y", "Y", "n", "yes", "Yes", "YES", "no", "on", "On", "off", "true", "True", "TRUE", "false", "null", "Null", "NULL", "~", "nan", ".nan", ".NaN", ".inf", "-.inf", "+.INF", "Infinity",
	"0", "1", "-1", "+1", "01", "0x1f", "0o17", "0b1", "1_000", "1.5", "1.", ".5", "1e3", "1E-3", ".5e1", "12:30:45", "190:20:30", "2026-11-22", "2026-11-22T10:00:00Z", "1.2.3", "v1", "v1.2.3",
	"-", "- a", "--", "---", "--- a", "...", ".", "..", "?", "? a", ":", ": a", "a:", "a: b", "a:b", "::", "#", "# a", "a #b", "a#b", "a # b", ",", "a, b", "[", "[a]", "]", "{", "{a: b}", "}", "{}", "[]",
	"&", "&a", "*", "*a", "!", "!a", "!!str", "|", "|-", ">", ">-", "'", "''", "'a'", "it's", `"`, `"a"`, `a"b`, `\`, `\n`, `a\b`, "%", "%YAML 1.2", "@", "@a", "`", "`a`", "<<", "=", "a=b", "$", "${{ a && !b }}", "${{ 'x: y' }}",
	"ü", "日本語", "🙂", "👩\u200d👧", "a\u0301", "\u200b", "\u202ea", "\uffff", "\ufffd", "\U0001ffff", "\U0010ffff", "\ue000",
	"set -euo pipefail\necho \"a: b\" # c\n\n# d\n", "cat <<'E'\n  x\n---\n...\nE\n", strings.Repeat("a", 1000), strings.Repeat("word ", 300) + "end", strings.Repeat("x: y\n", 300),
}

// decode reads YAML that holds one document and returns its root mapping.
func decode(t *testing.T, data []byte) *yaml.Node {
	t.Helper()
	var doc, second yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	if err := dec.Decode(&doc); err != nil {
		t.Fatalf("%v in\n%q", err, data)
	}
	if err := dec.Decode(&second); err == nil {
		t.Fatalf("two documents in\n%q", data)
	}
	return doc.Content[0]
}

// everywhere prints a text in each place that a text can have, and demands that it is read back as that text.
func everywhere(t *testing.T, s string) {
	t.Helper()
	k := s
	if len(key(k)) > 1000 { // YAML reads a plain "key:" only within 1,024 characters; no spec has longer ones
		k = "k"
	}
	data := encode(mapping{
		{key: "scalar", value: scalar(s), comment: s, trailing: s},
		{key: "block", value: block(s), blank: true},
		{key: "flow", value: flow{s, "x", s}, trailing: s},
		{key: "deep", value: mapping{{key: k, value: mapping{{key: "block", value: block(s), comment: s}}}}, comment: s},
		{key: "list", value: sequence{
			{{key: k, value: scalar(s), comment: s, trailing: s}, {key: "then " + k, value: block(s), comment: s}},
			{{key: "block", value: block(s)}},
			{{key: "map", value: mapping{{key: k, value: flow{s}}}}},
		}},
		{key: "last", value: scalar("end")},
	})
	root := decode(t, data)
	check := func(where, s string, n *yaml.Node) {
		t.Helper()
		if n.Kind != yaml.ScalarNode || n.Value != s || n.Tag != "!!str" {
			t.Errorf("%s: %q is read as %s %q in\n%s", where, s, n.Tag, n.Value, data)
		}
	}
	if got := keys(root); !slices.Equal(got, []string{"scalar", "block", "flow", "deep", "list", "last"}) {
		t.Errorf("%q: the keys are %q in\n%s", s, got, data)
		return
	}
	value := func(n *yaml.Node, i int) *yaml.Node { return n.Content[2*i+1] }
	check("scalar", s, value(root, 0))
	check("block", s, value(root, 1))
	check("flow, first", s, value(root, 2).Content[0])
	check("flow, last", s, value(root, 2).Content[2])
	check("key", k, value(root, 3).Content[0])
	check("deep block", s, value(value(root, 3), 0).Content[1])
	list := value(root, 4).Content
	check("key of an item", k, list[0].Content[0])
	check("scalar of an item", s, list[0].Content[1])
	check("block of an item", s, list[0].Content[3])
	check("block that starts an item", s, list[1].Content[1])
	check("key in an item", k, list[2].Content[1].Content[0])
	check("flow in an item", s, list[2].Content[1].Content[1].Content[0])
}

func keys(n *yaml.Node) []string {
	var out []string
	for i := 0; i < len(n.Content); i += 2 {
		out = append(out, n.Content[i].Value)
	}
	return out
}

func TestEncode_EveryTextSurvives(t *testing.T) {
	for _, s := range texts {
		everywhere(t, s)
	}
}

func TestEncode_RandomTextsSurvive(t *testing.T) {
	r := testseed.New(t)
	for range 2000 {
		var b strings.Builder
		for range 1 + r.IntN(4) {
			if r.IntN(2) == 0 {
				b.WriteString(texts[r.IntN(len(texts)-3)]) // not the longest
				continue
			}
			c := []rune{rune(r.IntN(0x80)), rune(r.IntN(0x3000)), rune(0xe000 + r.IntN(0x102000))}[r.IntN(3)]
			b.WriteRune(c)
		}
		everywhere(t, b.String())
		if t.Failed() {
			t.FailNow()
		}
	}
}

// TestEncode_CommentsStayComments: no text of a comment becomes a key, whatever its line breaks.
func TestEncode_CommentsStayComments(t *testing.T) {
	for _, br := range []string{"\n", "\r", "\r\n", "\u0085", "\u2028", "\u2029", "\n\n", "\x00", "\v", "\f", "\ufeff"} {
		evil := "harmless" + br + "evil: yes" + br + "- evil"
		data := encode(mapping{
			{key: "a", value: scalar("b"), comment: evil, trailing: evil},
			{key: "c", value: mapping{}, comment: evil, trailing: evil},
			{key: "d", value: flow{"x"}, trailing: evil},
			{key: "e", value: mapping{{key: "f", value: bare("1"), comment: evil}}, trailing: evil},
			{key: "g", value: sequence{{{key: "h", value: block("i\n"), comment: evil, trailing: evil}}}, trailing: evil},
		})
		root := decode(t, data)
		if got := keys(root); !slices.Equal(got, []string{"a", "c", "d", "e", "g"}) || root.Content[1].Value != "b" {
			t.Errorf("%q: the keys are %q in\n%q", br, got, data)
		}
		for l := range strings.Lines(string(data)) {
			if strings.Contains(l, "evil") && !strings.Contains(l, "#") {
				t.Errorf("%q: the line %q is no comment", br, l)
			}
		}
	}
}

func TestEncode_Layout(t *testing.T) {
	got := string(encode(mapping{
		{key: "name", value: scalar("A"), comment: "Why.\nAnd why."},
		{key: "on", value: mapping{{key: "push", value: mapping{}}, {key: "paths", value: flow{"a/**", "b"}}}, blank: true},
		{key: "none", value: flow{}},
		{key: "no", value: bare("true"), trailing: "v1"},
		{key: "if", value: fold{"${{ a &&", "b &&", "c }}"}},
		{key: "steps", value: sequence{
			{{key: "name", value: scalar("x: y"), comment: "First."}, {key: "run", value: block("a\n\nb\n")}},
			{{key: "with", value: mapping{{key: "k", value: bare("1")}}}, {key: "env", value: mapping{}, comment: "Last."}},
		}},
		{key: "empty", value: sequence{}},
	}))
	want := `# Why.
# And why.
name: A

on:
  push: {}
  paths: ["a/**", b]
none: []
"no": true # v1
if: >-
  ${{ a &&
  b &&
  c }}
steps:
  # First.
  - name: "x: y"
    run: |
      a

      b
  - with:
      k: 1
    # Last.
    env: {}
empty: []
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	root := decode(t, []byte(got))
	if s := root.Content[9]; s.Value != "${{ a && b && c }}" {
		t.Errorf("the folded text is read as %q", s.Value)
	}
	for i, kind := range map[int]yaml.Kind{5: yaml.SequenceNode, 13: yaml.SequenceNode} {
		if n := root.Content[i]; n.Kind != kind || len(n.Content) > 0 {
			t.Errorf("%s is read as %s %q", root.Content[i-1].Value, n.Tag, n.Value)
		}
	}
}

func TestEncode_UnknownNodePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a value that is no node was printed")
		}
	}()
	encode(mapping{{key: "a", value: 3}})
}
