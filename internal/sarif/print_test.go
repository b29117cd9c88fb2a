package sarif

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
)

// TestLineHashes: the hashes are those that GitHub's action computes of the same texts (github.com/github/codeql-action,
// src/fingerprints.test.ts has these values).
func TestLineHashes(t *testing.T) {
	greetings := []string{"e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1", "b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1"}
	tests := []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", []string{"c129715d7a2bc9a3:1"}},
		{"blanks", " a\nb\n  \t\tc\n d", []string{"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"}},
		{"line feeds", " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", greetings},
		{"carriage returns", " hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", greetings},
		{"both", " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", greetings},
		{"a mixture", " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", greetings},
		{"equal lines", strings.Repeat("Lorem ipsum dolor sit amet.\n", 10), []string{"a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2", "a7f2ff13bc495cf2:3", "a7f2ff13bc495cf2:4",
			"a7f2ff13bc495cf2:5", "a7f2ff13bc495cf2:6", "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1", "c129715d7a2bc9a3:1"}},
		{"lines that differ late", "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n", []string{"e54938cc54b302f1:1", "bb609acbe9138d60:1",
			"1131fd5871777f34:1", "5c482a0f8b35ea28:1", "54517377da7028d2:1", "2c644846cb18d53e:1", "f1b89f20de0d133:1", "c129715d7a2bc9a3:1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := lineHashes([]byte(tt.in)); !slices.Equal(got, tt.want) {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
}

// fingerprints returns those of the findings, in the order of the document.
func fingerprints(t *testing.T, texts map[string]string, ds ...diag.Diagnostic) []map[string]string {
	t.Helper()
	_, doc := written(t, report(texts, ds...))
	var out []map[string]string
	for _, r := range *doc.Runs[0].Results {
		out = append(out, r.Fingerprints)
	}
	return out
}

func same(a, b map[string]string) bool {
	return a[lineHash] == b[lineHash] && a[findingHash] == b[findingHash]
}

// TestFingerprints_Stay: what changes around a finding, and not in it, leaves its fingerprints as they are.
func TestFingerprints_Stay(t *testing.T) {
	long := strings.Repeat("# "+strings.Repeat("x", 98)+"\n", 2)
	text := "on: push\nrun: echo ${{ github.head_ref }}\n" + long + "name: x\n"
	want := fingerprints(t, map[string]string{"f": text}, at("f", 2, 11, "m"))[0]
	tests := []struct {
		name, file, text string
		line, column     int
		message          string
		same             bool
	}{
		{"nothing", "f", text, 2, 11, "m", true},
		{"lines above", "f", "# a\n\n# b\n" + text, 5, 11, "m", true},
		{"lines further below", "f", text + "# c\n", 2, 11, "m", true},
		{"it is indented", "f", strings.Replace(text, "run:", "\t  run:", 1), 2, 14, "m", true},
		{"CRLF", "f", strings.ReplaceAll(text, "\n", "\r\n"), 2, 11, "m", true},
		{"its line has changed", "f", strings.Replace(text, "echo", "printf", 1), 2, 13, "m", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fingerprints(t, map[string]string{"f": tt.text}, at("f", tt.line, tt.column, tt.message))[0]; same(got, want) != tt.same {
				t.Errorf("got %v, before it was %v", got, want)
			}
		})
	}
	other := fingerprints(t, map[string]string{"f": text}, at("f", 2, 11, "n"))[0]
	if other[lineHash] != want[lineHash] || other[findingHash] == want[findingHash] {
		t.Errorf("with another message: %v, before it was %v", other, want)
	}
}

// TestFingerprints_Differ: of findings in one document no two have one fingerprint.
func TestFingerprints_Differ(t *testing.T) {
	text := strings.Repeat("run: echo ${{ github.head_ref }} ${{ github.head_ref }}\n", 3)
	format := at("f", 1, 11, "m")
	format.Rule = "format"
	all := fingerprints(t, map[string]string{"f": text, "g": text},
		at("f", 1, 11, "m"), at("f", 1, 34, "m"), at("f", 1, 34, "n"), at("f", 2, 11, "m"), at("f", 3, 11, "m"), format, at("g", 1, 11, "m"),
		at("gone", 1, 1, "m"), at("gone", 2, 1, "m"), at("gone", 2, 1, "n"), at("f", 0, 0, "m"), at("", 0, 0, "m"))
	for i := range all {
		for j := range all[:i] {
			if all[i][findingHash] == all[j][findingHash] {
				t.Errorf("findings %d and %d have the fingerprints %v", j, i, all[i])
			}
		}
	}
}

// TestRegion: columns are counted in UTF-16 code units, and the end is the one behind the word.
func TestRegion(t *testing.T) {
	texts := map[string]string{"f": "a: ]\nä: \"b\"\n🚀🚀: word x\n"}
	tests := []struct {
		name string
		in   diag.Pos
		want region
	}{
		{"one character", diag.Pos{File: "f", Line: 1, Column: 4}, region{1, 4, 1, 5}},
		{"one unit for each", diag.Pos{File: "f", Line: 2, Column: 4}, region{2, 4, 2, 7}},
		{"two units for some", diag.Pos{File: "f", Line: 3, Column: 5}, region{3, 7, 3, 11}},
		{"on one of them", diag.Pos{File: "f", Line: 3, Column: 2}, region{3, 3, 3, 5}},
		{"one past the end", diag.Pos{File: "f", Line: 1, Column: 5}, region{1, 5, 1, 5}},
		{"further past the end", diag.Pos{File: "f", Line: 3, Column: 12}, region{3, 14, 3, 14}},
		{"the file as such", diag.Pos{File: "f"}, region{1, 1, 1, 1}},
		{"a file that is gone", diag.Pos{File: "g", Line: 4, Column: 2}, region{4, 2, 4, 3}},
		{"no column", diag.Pos{File: "f", Line: 1}, region{1, 1, 1, 2}},
	}
	lines := diag.NewLines(source(texts))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := extent(tt.in, lines); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestArtifact(t *testing.T) {
	root := rootID
	tests := []struct {
		name, in string
		want     artifactLocation
	}{
		{"a path", ".github/workflows/ci.yml", artifactLocation{URI: ".github/workflows/ci.yml", BaseID: root}},
		{"what a URI gives a meaning", "a b/50%?#:[1]&=+,;@!$'()*.yml", artifactLocation{URI: "a%20b/50%25%3F%23%3A%5B1%5D%26%3D%2B%2C%3B%40%21%24%27%28%29%2A.yml", BaseID: root}},
		{"other letters", "日/é.yml", artifactLocation{URI: "%E6%97%A5/%C3%A9.yml", BaseID: root}},
		{"no UTF-8", "\xff", artifactLocation{URI: "%FF", BaseID: root}},
		{"a backslash is a character", `a\b`, artifactLocation{URI: "a%5Cb", BaseID: root}},
		{"an absolute path", "/srv/a b", artifactLocation{URI: "file:///srv/a%20b"}},
		{"a drive", "C:/a b", artifactLocation{URI: "file:///C:/a%20b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := artifact(tt.in); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestReport_Place: what is printed is a path from where tasc was called, what is read one of the project.
func TestReport_Place(t *testing.T) {
	r := report(map[string]string{"f": "日本 word\n"}, at("f", 1, 4, "m"))
	r.Place = func(file string) string { return "platform/" + file }
	var b bytes.Buffer
	if _, err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	var doc log
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	want := physical{artifactLocation{URI: "platform/f", BaseID: rootID}, region{1, 4, 1, 8}}
	if got := (*doc.Runs[0].Results)[0].Locations[0].Physical; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
