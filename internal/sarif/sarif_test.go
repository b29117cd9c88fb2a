package sarif

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/task-assistant/tasc/internal/diag"
)

var rules = []Rule{
	{ID: "audit-injection", Short: "No script takes text as code.", Full: "Because it runs.", Help: "audit-injection", Markdown: "# audit-injection",
		URI: "https://example.com/audit-injection.md", Tags: []string{"github-actions", "security"}, Score: "9.3"},
	{ID: "format", Short: "One layout.", Full: strings.Repeat("é", 2000), Help: "format", Markdown: "# format", URI: "https://example.com/format.md", Tags: []string{"correctness"}},
}

// source is a diag.Source of texts by name.
func source(texts map[string]string) diag.Source {
	return func(name string) []byte {
		if text, ok := texts[name]; ok {
			return []byte(text)
		}
		return nil
	}
}

func report(texts map[string]string, ds ...diag.Diagnostic) Report {
	return Report{Version: "v1.2.3", Category: "tasc-audit", Rules: rules, Findings: ds, Source: source(texts), Base: "engines"}
}

func at(file string, line, column int, message string) diag.Diagnostic {
	return diag.Diagnostic{Rule: "audit-injection", Pos: diag.Pos{File: file, Line: line, Column: column}, Message: message}
}

// written is a document that the published schema and GitHub both take, as bytes and decoded.
func written(t *testing.T, r Report) ([]byte, log) {
	t.Helper()
	var b bytes.Buffer
	if _, err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), decoded(t, b.Bytes())
}

func decoded(t *testing.T, data []byte) log {
	t.Helper()
	accepts(t, data)
	var l log
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatal(err)
	}
	return l
}

var schema = func() *jsonschema.Schema {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		panic(err)
	}
	return s
}()

// accepts holds a document against the schema that OASIS has published.
func accepts(t *testing.T, data []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		t.Fatalf("%v\nin %s", err, data)
	}
}

// TestSchema_Refuses: the schema that all tests rely on is able to fail.
func TestSchema_Refuses(t *testing.T) {
	for _, bad := range []string{`{}`, `{"version": "2.1.0"}`, `{"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {"text": "m"}, "level": "fatal"}]}]}`} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil || schema.Validate(v) == nil {
			t.Errorf("the schema takes %s (%v)", bad, err)
		}
	}
}

// TestWrite_Golden is one document, byte for byte. UPDATE=1 rewrites it.
func TestWrite_Golden(t *testing.T) {
	const golden = "testdata/golden.sarif"
	d := at(".github/workflows/ci.yml", 2, 11, "${{ github.head_ref }} is text of others [see](https://example.com)\x1b[2J")
	d.Expected, d.Fix = "a variable", `did you mean "x"?`
	d.Notes = []diag.Note{{Pos: diag.Pos{File: "a b.yml", Line: 1, Column: 1}, Message: "it [comes] from here"}}
	format := diag.Diagnostic{Rule: "format", Pos: diag.Pos{File: "engines"}, Message: "the file is not laid out"}
	nowhere := diag.Diagnostic{Rule: "format", Message: "there is nothing"}
	got, _ := written(t, report(map[string]string{".github/workflows/ci.yml": "on: push\nrun: echo ${{ github.head_ref }}\n", "a b.yml": "日本: x\n"}, nowhere, d, format))
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v; got:\n%s", err, got)
	}
}

// TestWrite_Accepted: the schema and GitHub take every document, whatever was found.
func TestWrite_Accepted(t *testing.T) {
	many := at("f", 1, 1, "m")
	for i := range 50 {
		many.Notes = append(many.Notes, diag.Note{Pos: diag.Pos{File: "f", Line: i, Column: 1}, Message: "n"})
	}
	unknown := at("f", 1, 1, "m")
	unknown.Rule = "of-another-tool"
	hostile := at("../a:b?c#d%\xff\n", -3, -7, "a\x00b\x1b\u202e\u2028\xff{0} [x](1) </script>")
	tests := []struct {
		name string
		in   []diag.Diagnostic
	}{
		{"nothing", nil},
		{"a finding", []diag.Diagnostic{at("f", 1, 1, "m")}},
		{"one without a file", []diag.Diagnostic{{Rule: "format", Message: "m"}}},
		{"one without a line", []diag.Diagnostic{{Rule: "format", Pos: diag.Pos{File: "engines"}, Message: "m"}}},
		{"one in a file that is gone", []diag.Diagnostic{at("gone", 7, 9, "m")}},
		{"one past the end of a line", []diag.Diagnostic{at("f", 1, 99, "m")}},
		{"more notes than help", []diag.Diagnostic{many}},
		{"a rule that is not known", []diag.Diagnostic{unknown}},
		{"a hostile one", []diag.Diagnostic{hostile}},
		{"an absolute path", []diag.Diagnostic{at("/srv/a b/ci.yml", 1, 1, "m"), at("C:/a/ci.yml", 1, 1, "m")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, doc := written(t, report(map[string]string{"f": "a: b\n"}, tt.in...))
			demands(t, data)
			if got := len(*doc.Runs[0].Results); got != len(tt.in) {
				t.Errorf("%d results of %d findings", got, len(tt.in))
			}
		})
	}
}

// TestWrite_Limits: GitHub refuses a document of more results than it takes, so that the rest is left out, and said to be.
func TestWrite_Limits(t *testing.T) {
	var ds []diag.Diagnostic
	for i := range MaxResults + 3 {
		ds = append(ds, at(fmt.Sprintf(".github/workflows/ci-%d.yml", i), 1, 1, "m"))
	}
	var b bytes.Buffer
	left, err := Write(&b, report(nil, ds...))
	if err != nil || left != 3 {
		t.Fatalf("left out: %d, %v", left, err)
	}
	demands(t, b.Bytes())
	var doc log
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	note := doc.Runs[0].Invocations[0].Execution
	if len(*doc.Runs[0].Results) != MaxResults || len(note) != 1 || note[0].Message.Text != "3 more findings are left out: GitHub takes 25000 results of a run" {
		t.Errorf("%d results, %v", len(*doc.Runs[0].Results), note)
	}
	if left, _ := Write(&b, report(nil, ds[3:]...)); left != 0 {
		t.Errorf("of %d findings %d are left out", MaxResults, left)
	}
}

// TestFail: a document without results is no document without findings.
func TestFail(t *testing.T) {
	tests := []struct {
		rule string
		code int
		of   func(invocation) []notification
	}{
		{"usage", 2, func(i invocation) []notification { return i.Configuration }},
		{"bug", 3, func(i invocation) []notification { return i.Execution }},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			var b bytes.Buffer
			if err := Fail(&b, report(nil), diag.Diagnostic{Rule: tt.rule, Message: "it is wrong", Fix: "mend it"}, tt.code); err != nil {
				t.Fatal(err)
			}
			doc := decoded(t, b.Bytes())
			inv := doc.Runs[0].Invocations[0]
			if note := tt.of(inv); doc.Runs[0].Results != nil || inv.Successful || *inv.ExitCode != tt.code || len(note) != 1 || note[0] != (notification{"error", text{"it is wrong. Fix: mend it."}}) {
				t.Errorf("results %v, invocation %+v", doc.Runs[0].Results, inv)
			}
			if strings.Contains(b.String(), `"results"`) {
				t.Error("it has results")
			}
		})
	}
}

// TestWrite_InWhateverOrder: the same findings are the same document.
func TestWrite_InWhateverOrder(t *testing.T) {
	text := strings.Repeat("run: echo ${{ github.head_ref }} ${{ github.head_ref }}\n", 5)
	var ds []diag.Diagnostic
	for line := range 5 {
		ds = append(ds, at("f", line+1, 11, "m"), at("f", line+1, 34, "m"), at("f", line+1, 34, "n"), at("g", line+1, 1, "m"), at("h", 0, 0, fmt.Sprint(line%2)))
	}
	want, _ := written(t, report(map[string]string{"f": text, "g": text}, ds...))
	random := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		random.Shuffle(len(ds), func(i, j int) { ds[i], ds[j] = ds[j], ds[i] })
		if got, _ := written(t, report(map[string]string{"f": text, "g": text}, ds...)); !bytes.Equal(got, want) {
			t.Fatalf("the order matters:\n%s\n%s", got, want)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWrite_ReturnsTheWritersError(t *testing.T) {
	if _, err := Write(brokenPipe{}, report(nil)); err == nil {
		t.Error("a writer that fails goes unnoticed")
	}
}

// FuzzWrite: whatever a finding says and wherever it points, the document is one that GitHub takes, and holds no raw control character.
func FuzzWrite(f *testing.F) {
	f.Add("a: b\n", "m", "f", 1, 1)
	f.Add("日本\r\n\xff", "\x1b[31m\u202e[a](1){0}\\", "../ü:%\x00", 2, -1)
	f.Add("", "", "", 0, 0)
	f.Fuzz(func(t *testing.T, text, message, name string, line, column int) {
		p := diag.Pos{File: name, Line: line, Column: column}
		d := diag.Diagnostic{Rule: "format", Pos: p, Message: "m" + message, Expected: message, Fix: message, Notes: []diag.Note{{Pos: p, Message: message}}}
		var b bytes.Buffer
		if _, err := Write(&b, report(map[string]string{name: text}, d, at("f", 1, 1, message+"m"))); err != nil {
			t.Fatal(err)
		}
		demands(t, b.Bytes())
		if at := slices.IndexFunc(b.Bytes(), func(c byte) bool { return c < ' ' && c != '\n' || c == 0x7f }); at >= 0 {
			t.Errorf("a control character at %d of %s", at, b.Bytes())
		}
	})
}
