package diag

import (
	"strings"
	"testing"
)

func pages(rule string) string {
	if rule == "unknown" {
		return ""
	}
	return "https://example.com/" + rule + ".md"
}

func TestSummary(t *testing.T) {
	fenced := at("f", 1, 1, "r", "````\n# [x](javascript:1) <img src=x> `")
	tests := []struct {
		name string
		in   []Diagnostic
		want string
	}{
		{"nothing", nil, "### tasc check: nothing found\n"},
		{"one", []Diagnostic{full()}, "### tasc check: 1 finding\n\n```text\nengines/platform.cue:9:14: engine_ref \"v1\" is a tag that may move [engine-ref-floating]\n" +
			"    tasc.lock:1:2: locked here\n    expected: a full version tag\n    fix: name a release\n```\n\nRules: [engine-ref-floating](https://example.com/engine-ref-floating.md)\n"},
		{"each rule once, sorted", []Diagnostic{at("b", 1, 1, "z", "m"), at("a", 1, 1, "z", "m"), at("c", 1, 1, "r", "m"), at("d", 1, 1, "unknown", "m")},
			"### tasc check: 4 findings\n\n```text\na:1:1: m [z]\nb:1:1: m [z]\nc:1:1: m [r]\nd:1:1: m [unknown]\n```\n\nRules: [r](https://example.com/r.md), [z](https://example.com/z.md)\n"},
		{"what a file has brought along", []Diagnostic{fenced}, "### tasc check: 1 finding\n\n`````text\nf:1:1: ```` # [x](javascript:1) <img src=x> ` [r]\n`````\n\nRules: [r](https://example.com/r.md)\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Summary("tasc check", tt.in, pages); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestSummary_IsBounded: what is too much is counted, since GitHub drops a summary that is too long.
func TestSummary_IsBounded(t *testing.T) {
	var many, long []Diagnostic
	for i := range 130 {
		many = append(many, at("f", i+1, 1, "r", "m"))
		long = append(long, at("f", i+1, 1, "r", strings.Repeat("x", 10_000)))
	}
	tests := []struct {
		name string
		in   []Diagnostic
		want string
	}{
		{"many", many, "\n30 more are in the log of the step.\n"},
		{"long", long, "\n104 more are in the log of the step.\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Summary("tasc check", tt.in, pages); !strings.Contains(got, tt.want) || len(got) > 300<<10 {
				t.Errorf("%d bytes without %q", len(got), tt.want)
			}
		})
	}
}
