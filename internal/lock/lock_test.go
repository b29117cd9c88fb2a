package lock

import (
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
)

//go:embed testdata/good.lock
var good string

func at(line, column int) diag.Pos {
	return diag.Pos{File: "engines/tasc.lock", Line: line, Column: column}
}

func text(found []diag.Diagnostic) string {
	var b strings.Builder
	_ = diag.Write(&b, "text", found) // a builder takes everything
	return b.String()
}

func parse(t *testing.T, data string) (*Lock, []diag.Diagnostic) {
	t.Helper()
	l, found := Parse("engines/tasc.lock", []byte(data))
	if (l == nil) != (len(found) > 0) {
		t.Errorf("Parse gives the lock %v together with %s", l, text(found))
	}
	for _, d := range found {
		lines := strings.Split(data, "\n")
		if d.File != "engines/tasc.lock" || d.Line < 1 || d.Line > len(lines) || d.Column < 1 || d.Column > len(lines[d.Line-1])+1 {
			t.Errorf("%s is no place in the file", d.Pos)
		}
		if d.Rule != "lock" || d.Message == "" || d.Expected == "" || d.Fix == "" {
			t.Errorf("incomplete finding %s", text(found))
		}
		if strings.Contains(d.Message, "Go ") || strings.Contains(d.Message, "Entry") {
			t.Errorf("%q speaks of the implementation", d.Message)
		}
	}
	return l, found
}

func TestParse_Good(t *testing.T) {
	got, found := parse(t, good)
	want := &Lock{
		Name:   "engines/tasc.lock",
		Digest: fmt.Sprintf("%x", sha256.Sum256([]byte(good))),
		EngineRefs: []EngineRef{
			{"another", "v2.0.0-rc.1", "1b5f2d6c1a7e4938b2c6d0f1e3a59874c6d2b1e0", at(8, 5)},
			{"task-assistant", "v0.1.0", "0b5f2d6c1a7e4938b2c6d0f1e3a59874c6d2b1e0", at(4, 5)},
		},
		Actions: []Action{
			{"actions/checkout@v7.0.1", "3d3c42e5aac5ba805825da76410c181273ba90b1", []string{}, "unproven", at(22, 5)},
			{"actions/setup-node@v6.0.0", "2b5f2d6c1a7e4938b2c6d0f1e3a59874c6d2b1e0",
				[]string{"actions/cache@3b5f2d6c1a7e4938b2c6d0f1e3a59874c6d2b1e0", "docker://alpine"}, "unproven", at(14, 5)},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %s\nwant %+v", got, text(found), want)
	}
}

// withRunner returns good with a runner entry of these members.
func withRunner(members string) string {
	return strings.TrimSuffix(good, "}\n") + "  , \"runner\": {" + members + "}\n}\n"
}

func TestParse_Runner(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	got, found := parse(t, withRunner(`"version": "v0.1.0", "linux/arm64": "sha256:`+digest+`", "linux/amd64": "sha256:`+strings.Repeat("cd", 32)+`"`))
	if len(found) > 0 {
		t.Fatal(text(found))
	}
	want := &Binary{Version: "v0.1.0", Digests: []Digest{{"linux/amd64", strings.Repeat("cd", 32)}, {"linux/arm64", digest}}, Pos: at(31, 5)}
	if !reflect.DeepEqual(got.Runner, want) {
		t.Errorf("got %+v, want %+v", got.Runner, want)
	}
	for _, tt := range []struct{ name, in, message, expected string }{
		{"nothing", "", `runner has the version ""`, "a full version tag such as v0.1.0"},
		{"a tag that moves", `"version": "v0", "linux/amd64": "sha256:` + digest + `"`, `runner has the version "v0"`, "a full version tag such as v0.1.0"},
		{"no digest", `"version": "v0.1.0"`, "runner has no digest", "one for each platform that it runs on: linux/amd64, linux/arm64"},
		{"a digest without its kind", `"version": "v0.1.0", "linux/amd64": "` + digest + `"`, `runner has the digest "` + digest + `" for linux/amd64`, "sha256:<64 hex digits>"},
		{"a digest cut short", `"version": "v0.1.0", "linux/amd64": "sha256:ab"`, `runner has the digest "sha256:ab" for linux/amd64`, "sha256:<64 hex digits>"},
		{"another platform", `"version": "v0.1.0", "plan9/amd64": "sha256:` + digest + `"`, `the lock cannot be read: unknown field "plan9/amd64"`, "a JSON object with version 1, engine_ref and actions"},
	} {
		_, found := parse(t, withRunner(tt.in))
		if len(found) != 1 || found[0].Message != tt.message || found[0].Expected != tt.expected || found[0].Pos.Line != 31 {
			t.Errorf("%s: got %s, want %s (%s)", tt.name, text(found), tt.message, tt.expected)
		}
	}
}

func TestParse_Compiler(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	entry := `"version": "v0.1.0", "linux/amd64": "sha256:` + digest + `"`
	got, found := parse(t, strings.Replace(withRunner(entry), `"version": 1,`, `"version": 1, "compiler": {`+entry+`},`, 1))
	if len(found) > 0 {
		t.Fatal(text(found))
	}
	if c, r := *got.Compiler, *got.Runner; c.Version != r.Version || !reflect.DeepEqual(c.Digests, r.Digests) || c.Pos != at(2, 17) || r.Pos != at(31, 5) {
		t.Errorf("got %+v and %+v", c, r)
	}
	_, found = parse(t, strings.Replace(good, `"version": 1,`, `"version": 1, "compiler": {"version": "v1"},`, 1))
	if len(found) != 1 || found[0].Message != `compiler has the version "v1"` {
		t.Errorf("got %s", text(found))
	}
}

func TestParse_GoodVariants(t *testing.T) {
	for name, data := range map[string]string{
		"nothing locked":   `{"version": 1}`,
		"empty":            `{"version": 1, "engine_ref": {}, "actions": {}}`,
		"no final newline": strings.TrimSpace(good),
		"CRLF":             strings.ReplaceAll(good, "\n", "\r\n"),
		"one line":         strings.ReplaceAll(good, "\n", " "),
		"no uses":          strings.ReplaceAll(good, `      "uses": [],`+"\n", ""),
	} {
		if _, found := parse(t, data); len(found) > 0 {
			t.Errorf("%s: %s", name, text(found))
		}
	}
}

func TestLock_Lookups(t *testing.T) {
	l, _ := parse(t, good)
	if e, ok := l.EngineRef("task-assistant", "v0.1.0"); !ok || e.Commit[:2] != "0b" {
		t.Errorf("EngineRef = %+v, %t", e, ok)
	}
	for _, at := range [][2]string{{"task-assistant", "v0.1.1"}, {"another", "v0.1.0"}, {"", ""}} {
		if e, ok := l.EngineRef(at[0], at[1]); ok || e != (EngineRef{}) {
			t.Errorf("EngineRef(%q) = %+v, want none", at, e)
		}
	}
	if a, ok := l.Action(Checkout); !ok || a.Commit[:2] != "3d" {
		t.Errorf("Action(%s) = %+v, %t", Checkout, a, ok)
	}
	for _, key := range []string{"", "actions/checkout", "actions/checkout@v7.0.2", "Actions/checkout@v7.0.1", "zzz/z@v1.0.0"} {
		if a, ok := l.Action(key); ok {
			t.Errorf("Action(%q) = %+v, want none", key, a)
		}
	}
	empty := &Lock{}
	if _, ok := empty.Action(Checkout); ok {
		t.Error("an empty lock holds checkout")
	}
}

// TestParse_Truncated: wherever a write or a merge broke off, there is one finding, at the end.
func TestParse_Truncated(t *testing.T) {
	for n := 1; n < len(strings.TrimSpace(good)); n++ {
		l, found := parse(t, good[:n])
		line, column := 1+strings.Count(good[:n], "\n"), n-strings.LastIndexByte(good[:n], '\n')
		if l != nil || len(found) != 1 || found[0].Pos != at(line, column) || found[0].Message != "the lock ends in the middle" {
			t.Fatalf("%d bytes: got %s, want one finding at %d:%d", n, text(found), line, column)
		}
	}
}

// TestParse_OneByteChanged: no byte can be replaced so that Parse panics or reports outside the file.
func TestParse_OneByteChanged(t *testing.T) {
	for i := range good {
		for _, by := range []byte("\x00\"{}[]:,0\xff\n<A\\") {
			changed := []byte(good)
			changed[i] = by
			parse(t, string(changed))
		}
	}
}

func TestParse_IsDeterministic(t *testing.T) {
	data := strings.NewReplacer("2026-11-22", "tomorrow", `"unproven"`, `"trust me"`, `b1e0"`, `"`).Replace(good)
	_, want := parse(t, data)
	if len(want) != 7 {
		t.Errorf("%d findings, want 2 dates, 2 proofs and 3 commits: %s", len(want), text(want))
	}
	for range 20 {
		if _, got := parse(t, data); !reflect.DeepEqual(got, want) {
			t.Fatalf("the order varies:\n%s\n%s", text(got), text(want))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{good, "", "null", "[]", `{"version": 1}`, `{"version": 1, "actions": {"a/b@v1": {"uses": [{"": 1}]}}}`, `{"\u0000": 1}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if l, _ := parse(t, data); l != nil && !json.Valid([]byte(data)) {
			t.Errorf("%q is no JSON and is a lock", data)
		}
	})
}
