package plan

import (
	"strings"

	"github.com/task-assistant/tasc/internal/spec"
)

// templates is where GitHub looks for workflow templates in an organisation's .github repository
// (docs.github.com/actions/how-tos/reuse-automations/create-workflow-templates).
const templates = "org/workflow-templates/"

const (
	defaultIcon     = "octicon workflow"
	defaultCategory = "Automation"
)

// Template is what GitHub shows of a workflow template: the file beside the workflow of the same name.
type Template struct {
	// Path is relative to the platform's output folder, with forward slashes.
	Path         string
	Name         string
	Description  string
	Icon         string
	Categories   []string
	FilePatterns []string
}

// inTemplates is the same stub where the organisation offers it. It needs none of
// the words that GitHub fills in when a template is used, such as $default-branch:
// a copy has the bytes of the template, and can be told from one that was edited.
func inTemplates(stub Workflow, pr *spec.Profile) Workflow {
	stub.Path = templates + pr.Name.Value + ".yml"
	return stub
}

func (b *builder) template(pr *spec.Profile) Template {
	title := b.platform.Title.Value
	t := Template{
		Path:         templates + pr.Name.Value + ".properties.json",
		Name:         pr.Template.Name.Value,
		Description:  pr.Template.Description.Value,
		Icon:         pr.Template.Icon.Value,
		Categories:   values(pr.Template.Categories),
		FilePatterns: values(pr.Template.FilePatterns),
	}
	if t.Name == "" {
		t.Name = title + " (" + pr.Name.Value + ")"
	}
	if t.Description == "" {
		t.Description = "Hands the events of this repository to " + title + ": " + strings.Join(values(pr.Routes), ", ")
	}
	if t.Icon == "" {
		t.Icon = defaultIcon
	}
	if len(t.Categories) == 0 {
		t.Categories = []string{defaultCategory}
	}
	return t
}
