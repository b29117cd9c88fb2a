package verify

import (
	"bytes"
	"maps"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
)

const templatesDir = "org/workflow-templates"

// placeholders are what GitHub replaces when a template is used: a copy would not be what was proven.
var placeholders = []string{"$default-branch", "$protected-branches", "$cron-daily"}

// properties are what GitHub shows of a template
// (docs.github.com/actions/reference/workflows-and-actions/workflow-templates).
type properties struct {
	Name         string   `json:"name"`
	Description  string   `json:"description"`
	IconName     string   `json:"iconName"`
	Categories   []string `json:"categories"`
	FilePatterns []string `json:"filePatterns,omitempty"`
}

// templates: what the organisation offers is the stub of a profile, and what is said of it is planned.
func (v *verifier) templates(files []File, seen map[string]File) {
	for _, f := range files {
		profile, ok := strings.CutPrefix(strings.TrimSuffix(f.Path, ".yml"), templatesDir+"/")
		if ok && isWorkflow(f.Path) {
			v.template(f, seen["host/"+profile+"/.github/workflows/"+v.plan.Platform+".yml"])
		}
	}
	for _, t := range v.plan.Templates {
		want := asJSON(properties{t.Name, t.Description, t.Icon, t.Categories, t.FilePatterns})
		if !bytes.Equal(seen[t.Path].Data, want) {
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
