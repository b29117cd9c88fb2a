package verify

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
)

const templatesDir = "org/workflow-templates"

// placeholders are what GitHub replaces when a template is used: a copy would not be what was proven.
var placeholders = []string{"$default-branch", "$protected-branches", "$cron-daily"}

// templates: what the organisation offers is the stub of a profile, and what is said of it is planned.
func (v *verifier) templates(files []File, seen map[string]File) {
	for _, f := range files {
		profile, ok := strings.CutPrefix(strings.TrimSuffix(f.Path, ".yml"), templatesDir+"/")
		if ok && isWorkflow(f.Path) {
			v.template(f, seen["host/"+profile+"/.github/workflows/"+v.plan.Platform+".yml"])
			if _, ok := seen[templatesDir+"/"+profile+".properties.json"]; !ok {
				v.report("verify-template", diag.Pos{File: f.Path}, "nothing says what it is")
			}
		}
	}
	for _, t := range v.plan.Templates {
		want := map[string]any{"name": t.Name, "description": t.Description, "iconName": t.Icon, "categories": list(t.Categories)}
		if len(t.FilePatterns) > 0 {
			want["filePatterns"] = list(t.FilePatterns)
		}
		var got map[string]any
		if err := json.Unmarshal(seen[t.Path].Data, &got); err != nil || !reflect.DeepEqual(got, want) {
			v.report("verify-template", diag.Pos{File: t.Path}, "it is missing, or does not say what was planned")
		}
	}
}

func (v *verifier) template(f, stub File) {
	if !maps.Equal(v.values(f), v.values(stub)) {
		v.report("verify-template", diag.Pos{File: f.Path}, "it is not the stub of its profile")
	}
	for _, p := range placeholders {
		if bytes.Contains(f.Data, []byte(p)) {
			v.report("verify-template", diag.Pos{File: f.Path}, "GitHub would replace %s in it", p)
		}
	}
}

// values are all values of a workflow by path, as GitHub takes them; none where it cannot be read, which decode has reported.
func (v *verifier) values(f File) map[string]canonical {
	var doc yaml.Node
	if yaml.Unmarshal(f.Data, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	out := map[string]canonical{}
	for _, l := range flatten(doc.Content[0], "", nil) {
		out[l.path] = v.canonical(l.node)
		if l.isCondition() {
			out[l.path] = canonical{expression, v.condition(l.node).printed}
		}
	}
	return out
}

// list is a JSON array of texts, as a decoder gives it.
func list(texts []string) []any {
	var out []any
	for _, t := range texts {
		out = append(out, t)
	}
	return out
}
