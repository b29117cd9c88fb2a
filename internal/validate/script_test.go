package validate_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/validate"
)

// judge returns what the script rules and the waiver rule say about one script.
func judge(src string) []diag.Diagnostic {
	pos := diag.Pos{File: "x.cue", Line: 1, Column: 1}
	set := &spec.Set{
		Platforms: []*spec.Platform{{Telemetry: spec.String{Value: "{owner}/telemetry", Pos: pos}}},
		Engines: []*spec.Engine{{
			Name:  spec.String{Value: "e", Pos: pos},
			Env:   []spec.Pair{pair("FROM_SPEC", "git push"), pair("HOOK", "https://api.github.com/repos/acme/x/dispatches"), pair("LEVEL", "info")},
			Vars:  []spec.String{{Value: "FROM_REPOSITORY", Pos: pos}},
			Steps: []spec.Step{{Pos: pos, Name: spec.String{Value: "s", Pos: pos}, Run: spec.String{Value: src, Pos: pos}, Code: spec.String{Value: src, Pos: pos}}},
		}},
	}
	return slices.DeleteFunc(validate.Run(set, &lock.Lock{}, "2026-06-15"), func(d diag.Diagnostic) bool { return !strings.HasPrefix(d.Rule, "script-") })
}

func pair(key, value string) spec.Pair {
	return spec.Pair{Key: spec.String{Value: key}, Value: spec.String{Value: value}}
}

func TestScripts_Evasions(t *testing.T) {
	cases := read(t, "testdata/script/evasion.txtar").Files
	if len(cases) < 60 {
		t.Errorf("only %d scripts", len(cases))
	}
	for _, c := range cases {
		rules, name, _ := strings.Cut(c.Name, ": ")
		t.Run(name, func(t *testing.T) {
			found := judge(string(c.Data))
			got := map[string]bool{}
			for _, d := range found {
				got[d.Rule] = true
			}
			if have := strings.Join(slices.Sorted(maps.Keys(got)), ","); have != rules {
				t.Errorf("found by %q, want %q\n%s%s", have, rules, c.Data, text(t, found))
			}
		})
	}
}

func TestScripts_Honest(t *testing.T) {
	cases := read(t, "testdata/script/honest.txtar").Files
	if len(cases) < 100 {
		t.Errorf("only %d scripts", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if found := judge(string(c.Data)); len(found) > 0 {
				t.Errorf("%s%s", c.Data, text(t, found))
			}
		})
	}
}

func text(t *testing.T, found []diag.Diagnostic) string {
	t.Helper()
	var b strings.Builder
	if err := diag.Write(&b, "text", found); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestScripts_AddedPush: whatever a script does, a push behind it is found, also where all of it is code of another shell.
func TestScripts_AddedPush(t *testing.T) {
	for _, c := range read(t, "testdata/script/honest.txtar").Files {
		for _, src := range []string{string(c.Data) + "\ngit push\n", "all() {\n" + string(c.Data) + "\ngit push\n}\nall\n", inner(string(c.Data) + "\ngit push\n")} {
			if found := judge(src); len(found) != 1 || found[0].Rule != "script-push" {
				t.Errorf("%s\n%s%s", c.Name, src, text(t, found))
			}
		}
	}
}

// TestScripts_Inner: what is said of a script is said of it as code of another shell, too.
func TestScripts_Inner(t *testing.T) {
	for _, c := range read(t, "testdata/script/evasion.txtar").Files {
		rules, _, _ := strings.Cut(c.Name, ": ")
		if rules == "script-syntax" {
			rules = "script-opaque" // another shell may think otherwise
		}
		found := judge(inner(string(c.Data)))
		for rule := range strings.SplitSeq(rules, ",") {
			if !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Rule == rule }) {
				t.Errorf("%s: not found by %s\n%s", c.Name, rule, text(t, found))
			}
		}
	}
}

// inner makes a script the input of another shell.
func inner(src string) string { return "bash <<'OUTER'\n" + src + "\nOUTER\n" }

// TestScripts_Waivable: every script rule can be waived, and no other rule.
func TestScripts_Waivable(t *testing.T) {
	for _, rule := range validate.Rules {
		pos := diag.Pos{File: "x.cue", Line: 1, Column: 1}
		set := &spec.Set{Engines: []*spec.Engine{{Waive: []spec.Waiver{{Pos: pos, Rule: spec.String{Value: rule.ID, Pos: pos}, Until: spec.String{Value: "2026-06-15", Pos: pos}}}}}}
		refused := slices.ContainsFunc(validate.Run(set, &lock.Lock{}, "2026-06-15"), func(d diag.Diagnostic) bool { return strings.HasSuffix(d.Message, "which is no script rule") })
		if refused == strings.HasPrefix(rule.ID, "script-") {
			t.Errorf("rule %s: its waiver is refused: %v", rule.ID, refused)
		}
	}
}
