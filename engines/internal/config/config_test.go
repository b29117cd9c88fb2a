package config

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestParse_Problems(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"all":                   {"schema_version: \"1.0\"\ntracks:\n  - {id: a, label: track/a, description: A}\nlabels:\n  - {name: bug, description: Broken, color: d73a4a}\n  - {name: old, description: Old, color: 000000}\nmilestones:\n  - {title: M1, due: soon}\nenforcement: {}\n", nil},
		"version alone":         {"schema_version: '1.2'\n", nil},
		"empty":                 {"", []string{"it is empty; expected a mapping with schema_version"}},
		"comment only":          {"# nothing\n", []string{"it is empty; expected a mapping with schema_version"}},
		"a list":                {"- a\n", []string{"1:1: the file is a list; expected a mapping with schema_version"}},
		"not YAML":              {"a: [\n", []string{"it is not YAML: "}},
		"no version":            {"labels: []\n", []string{`1:1: schema_version is missing; expected schema_version: "1.0"`}},
		"version is a number":   {"schema_version: 1.0\n", []string{`1:17: schema_version is the number 1.0; expected a text in quotes, such as "1.0"`}},
		"version 2":             {"schema_version: \"2.0\"\n", []string{`1:17: schema_version is "2.0"; expected major version 1`}},
		"version is a list":     {"schema_version: [1]\n", []string{`1:17: schema_version is a list; expected a text in quotes`}},
		"a key twice":           {"schema_version: \"1\"\nschema_version: \"1\"\n", []string{`2:1: the key "schema_version" stands here twice`}},
		"tracks are a mapping":  {"schema_version: \"1\"\ntracks: {a: b}\n", []string{"2:9: tracks is a mapping; expected a list"}},
		"a track is a text":     {"schema_version: \"1\"\ntracks: [a]\n", []string{`2:10: an entry of tracks is "a"; expected a mapping with id`}},
		"a track without label": {"schema_version: \"1\"\ntracks:\n  - {id: a, description: A}\n", []string{"3:5: an entry of tracks has no label"}},
		"a track twice":         {"schema_version: \"1\"\ntracks:\n  - {id: a, label: x, description: A}\n  - {id: a, label: y, description: A}\n", []string{`4:10: tracks has id "a" twice; it stands in line 3 already`}},
		"an empty id":           {"schema_version: \"1\"\ntracks:\n  - {id: \"\", label: x, description: A}\n", []string{"3:10: id of an entry of tracks is empty; expected a text"}},
		"a bool as description": {"schema_version: \"1\"\ntracks:\n  - {id: a, label: x, description: yes}\n", nil},
		"a true as description": {"schema_version: \"1\"\ntracks:\n  - {id: a, label: x, description: true}\n", []string{"3:36: description of an entry of tracks is the bool true; expected a text"}},
		"a color by name":       {"schema_version: \"1\"\nlabels:\n  - {name: bug, description: B, color: red}\n", []string{`3:40: the color "red" is not hexadecimal; expected six digits such as "d73a4a"`}},
		"a short color":         {"schema_version: \"1\"\nlabels:\n  - {name: bug, description: B, color: fff}\n", []string{`3:40: the color "fff" is not hexadecimal`}},
		"a color list":          {"schema_version: \"1\"\nlabels:\n  - {name: bug, description: B, color: [1]}\n", []string{"3:40: color of an entry of labels is a list; expected a text"}},
		"a milestone no title":  {"schema_version: \"1\"\nmilestones:\n  - {due: soon}\n", []string{"3:5: an entry of milestones has no title"}},
		"aliases":               {"schema_version: \"1\"\nmilestones:\n  - &m {title: M1}\n  - *m\n", []string{`3:16: milestones has title "M1" twice`}},
		"null lists":            {"schema_version: \"1\"\nlabels:\n", []string{"2:8: labels is empty; expected a list"}},
		"a long color":          {"schema_version: \"1\"\nlabels:\n  - {name: bug, description: B, color: " + strings.Repeat("é", 35_000) + "}\n", []string{`3:40: the color "` + strings.Repeat("é", 50) + `…" is not hexadecimal`}},
		"a color of controls":   {"schema_version: \"1\"\nlabels:\n  - {name: bug, description: B, color: \"" + strings.Repeat(`\x01`, 70_000) + "\"}\n", []string{`3:40: the color "` + strings.Repeat(`\x01`, 25) + `…" is not hexadecimal`}},
		"a long version":        {"schema_version: \"" + strings.Repeat("2", 70_000) + "\"\n", []string{`1:17: schema_version is "` + strings.Repeat("2", 100) + `…"; expected`}},
		"a long number":         {"schema_version: 1." + strings.Repeat("0", 70_000) + "\n", []string{`1:17: schema_version is the number 1.` + strings.Repeat("0", 98) + `…; expected`}},
		"a number of commands":  {"schema_version: !!int \"x\\n##[add-mask]1\"\n", []string{`1:17: schema_version is the number x\n##[add-mask]1; expected`}},
		"a long bool":           {"schema_version: !!bool " + strings.Repeat("x", 70_000) + "\n", []string{`1:17: schema_version is the bool ` + strings.Repeat("x", 100) + `…; expected`}},
		"a long text":           {"schema_version: \"1\"\ntracks: " + strings.Repeat("x", 70_000) + "\n", []string{`2:9: tracks is "` + strings.Repeat("x", 100) + `…"; expected`}},
		"a long title, twice":   {"schema_version: \"1\"\nmilestones:\n  - {title: &t " + strings.Repeat("x", 70_000) + "}\n  - {title: *t}\n", []string{"3:13: title of an entry of milestones has 70000 characters", "3:13: title of an entry of milestones has 70000 characters", `3:13: milestones has title "` + strings.Repeat("x", 100) + `…" twice`}},
		"a long anchor":         {"a: *" + strings.Repeat("x", 70_000) + "\n", []string{"it is not YAML: yaml: unknown anchor '" + strings.Repeat("x", 78) + "…"}},
		"a value of 100 bytes":  {"schema_version: \"" + strings.Repeat("2", 100) + "\"\n", []string{`1:17: schema_version is "` + strings.Repeat("2", 100) + `"; expected`}},
		"a long description":    {"schema_version: \"1\"\nlabels:\n  - {name: bug, color: d73a4a, description: " + strings.Repeat("é", 101) + "}\n", []string{"3:45: description of an entry of labels has 101 characters; GitHub takes 100"}},
		"a label by case":       {"schema_version: \"1\"\nlabels:\n  - {name: bug, color: d73a4a, description: a}\n  - {name: Bug, color: d73a4a, description: b}\n", []string{`4:12: labels has name "Bug" twice; it stands in line 3 already`}},
		"enforcement is a list": {"schema_version: \"1\"\nenforcement: []\n", []string{"2:14: enforcement is a list; expected a mapping with exclusivity and phase_milestones"}},
		"exclusivity is a text": {"schema_version: \"1\"\nenforcement: {exclusivity: all}\n", []string{`2:28: exclusivity is "all"; expected a mapping with the groups phase, priority, track and state`}},
		"a group is a text":     {"schema_version: \"1\"\nenforcement: {exclusivity: {phase: warn}}\n", []string{`2:36: phase is "warn"; expected a mapping with mode, strategy and terminal`}},
		"a group without mode":  {"schema_version: \"1\"\nenforcement: {exclusivity: {phase: {strategy: lowest}}}\n", []string{"2:36: the group phase has no mode; expected enforce, warn, fail or off"}},
		"an unknown mode":       {"schema_version: \"1\"\nenforcement: {exclusivity: {track: {mode: strict}}}\n", []string{`2:43: mode is "strict"; expected enforce, warn, fail or off`}},
		"an unknown strategy":   {"schema_version: \"1\"\nenforcement: {exclusivity: {track: {mode: off, strategy: newest}}}\n", []string{`2:58: strategy is "newest"; expected highest or lowest`}},
		"terminal is a text":    {"schema_version: \"1\"\nenforcement: {exclusivity: {state: {mode: warn, terminal: done}}}\n", []string{`2:59: terminal is "done"; expected a list of labels`}},
		"a terminal stranger":   {"schema_version: \"1\"\nenforcement: {exclusivity: {state: {mode: warn, terminal: [state/done, done]}}}\n", []string{`2:72: an entry of terminal is "done"; expected a label of the group state`}},
		"an unknown group":      {"schema_version: \"1\"\nenforcement: {exclusivity: {size: 1}}\n", nil},
		"a phase by name":       {"schema_version: \"1\"\nenforcement: {phase_milestones: {phase-one: One}}\n", []string{`2:34: phase_milestones has the key "phase-one"; expected a phase label such as phase-1 or phase-3.2`}},
		"a milestone by number": {"schema_version: \"1\"\nenforcement: {phase_milestones: {phase-1: 1}}\n", []string{`2:43: the milestone of "phase-1" is the number 1; expected the title of a milestone`}},
		"two, in order":         {"labels: 1\nschema_version: 1\n", []string{"1:9: labels is the number 1; expected a list", "2:17: schema_version is the number 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := Parse([]byte(c.in))
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %q", got, c.want)
			}
			for i, p := range got {
				text, ok := strings.CutPrefix(p.String(), File+":")
				if !ok || !strings.HasPrefix(strings.TrimPrefix(text, " "), c.want[i]) {
					t.Errorf("got %q, want %q", p, c.want[i])
				}
			}
		})
	}
}

func TestParse_Config(t *testing.T) {
	const file = `
schema_version: "1.0"
tracks:
  - {id: sprint, label: track/sprint, description: Active work}
  - {id: ops, label: Track/Ops, description: Operations}
labels:
  - {name: phase-1, description: One, color: "#0E8A16"}
  - {name: track/ops, description: Listed, color: 000000}
milestones: [{title: M1, later: key}, {title: M2}]
enforcement:
  exclusivity:
    state: {mode: off, terminal: [state/done]}
    phase: {mode: enforce, strategy: lowest}
  phase_milestones: {Phase-1: M1}
`
	want := &Config{
		Labels:     []Label{{"phase-1", "One", "0e8a16"}, {"track/ops", "Listed", "000000"}, {"track/sprint", "Active work", "c5def5"}},
		Milestones: []string{"M1", "M2"},
		Groups: []Group{
			{Name: "phase", Mode: "enforce", Strategy: "lowest"},
			{Name: "state", Mode: "off", Strategy: "highest", Terminal: []string{"state/done"}},
		},
		PhaseMilestones: map[string]string{"phase-1": "M1"},
	}
	got, problems := Parse([]byte(file))
	if problems != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, problems %v, want %+v", got, problems, want)
	}
}

// TestDocs: the file that docs/engines.md shows is valid.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../../docs/engines.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ = strings.Cut(example, "```\n")
	got, problems := Parse([]byte(example))
	if problems != nil || got.Count() != 5 || len(got.Groups) != 4 {
		t.Errorf("got %+v, problems %v", got, problems)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a: &a [*a]\n", "schema_version: \"1\"\ntracks:\n  - {id: a}\n", "? [a]\n: b\n", "<<: {a: b}\n", "!!binary x\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + strings.Count(string(data), "\u0085") +
			strings.Count(string(data), "\u2028") + strings.Count(string(data), "\u2029") + 1 // all that YAML breaks a line at
		_, problems := Parse(data)
		for _, p := range problems {
			if p.Line < 0 || p.Line > lines+1 || p.Message == "" || len(p.Message) > 300 {
				t.Errorf("%+v, of %d bytes, in a file of %d lines", p, len(p.Message), lines)
			}
		}
	})
}
