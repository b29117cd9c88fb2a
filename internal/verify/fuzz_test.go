package verify_test

import (
	"reflect"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/verify"
)

// FuzzVerify: whatever stands in the place of a workflow, the verifier does not fail, its findings have places in the
// file, and it is silent only where GitHub would read what was planned.
func FuzzVerify(f *testing.F) {
	p, files := sample(f)
	var workflows []verify.File
	for _, file := range files {
		if isWorkflow(file.Path) {
			f.Add(uint8(len(workflows)), bodyOf(file))
			workflows = append(workflows, file)
		}
	}
	for _, odd := range []string{"", "[]", "a: &a [*a]", "on: !!binary aa", "? {a: b}\n: c", "---\n---\n", "jobs: {a: {steps: [{}, 3]}}", "\xff", "<<: {a: b}", "jobs: 3\non: []\npermissions: x"} {
		f.Add(uint8(0), odd)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		file := workflows[int(which)%len(workflows)]
		found := verify.Files(p, with(t, files, file.Path, []byte(body)))
		lines := strings.Count(body, "\n") + 4 // with the header
		for _, d := range found {
			if !strings.HasPrefix(d.Rule, "verify-") || d.Message == "" || d.File == file.Path && d.Line > lines {
				t.Errorf("%+v is no finding in the file", d)
			}
		}
		if len(found) == 0 && !sameMeaning(t, body, bodyOf(file)) {
			t.Errorf("%s says something else, and nothing is found:\n%s", file.Path, body)
		}
	})
}

// bodyOf is a rendered file without its header.
func bodyOf(file verify.File) string {
	parts := strings.SplitN(string(file.Data), "\n", 3)
	return parts[len(parts)-1]
}

// sameMeaning compares what two texts are to a reader of YAML, the spelling of expressions aside.
func sameMeaning(t *testing.T, a, b string) bool {
	t.Helper()
	return reflect.DeepEqual(meaning(t, a), meaning(t, b))
}

func meaning(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("accepted, and it is no YAML: %v", err)
	}
	return spelled(v)
}

var spelling = strings.NewReplacer(" ", "", "\n", "", "\t", "", "\r", "", "(", "", ")", "", "${{", "", "}}", "")

func spelled(v any) any {
	switch v := v.(type) {
	case string:
		return spelling.Replace(v)
	case []any:
		for i := range v {
			v[i] = spelled(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = spelled(v[k])
		}
	}
	return v
}
