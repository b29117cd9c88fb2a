package render

import (
	"bytes"
	"encoding/json"

	"github.com/task-assistant/tasc/internal/plan"
)

// properties prints what GitHub shows of a workflow template
// (docs.github.com/actions/reference/workflows-and-actions/workflow-templates).
func properties(t plan.Template) []byte {
	return indented(struct {
		Name         string   `json:"name"`
		Description  string   `json:"description"`
		IconName     string   `json:"iconName"`
		Categories   []string `json:"categories"`
		FilePatterns []string `json:"filePatterns,omitempty"`
	}{t.Name, t.Description, t.Icon, t.Categories, t.FilePatterns})
}

// indented encodes a value as people read JSON, the same on every machine.
func indented(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic(err) // texts and slices always encode
	}
	return b.Bytes()
}
