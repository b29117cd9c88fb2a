// Package reference prints the reference of the spec language, docs/spec.md.
//
// In: the definitions of the embedded schema, as load reads them, and the
// defaults that plan applies. Out: one page of Markdown. What a field means is
// said in the schema, in the comment above it, and nowhere else.
package reference

import (
	"fmt"
	"strings"

	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/plan"
)

const head = `<!-- Generated from the schema's comments: UPDATE=1 go test ./internal/reference. Do not edit. -->
# The spec

A spec is one CUE package: ` + "`platforms`" + ` holds a [Platform](#platform) by name, ` + "`engines`" + ` an [Engine](#engine) by name. The
names are [Names](#name). Shared values are definitions (` + "`#Node`" + `) or hidden fields (` + "`_node`" + `); no other field is known.

` + "```cue" + `
package engines

import "github.com/task-assistant/tasc/schema"

platforms: "task-assistant": schema.#Platform & {…}
engines: validate: schema.#Engine & {…}
` + "```" + `

The schema refuses what it does not know; what needs two values to judge is a [rule](rules/README.md). A field that is
not required may be left out: the last column says what then holds.
`

// Page returns docs/spec.md.
func Page() string {
	defaults := map[string]string{}
	for _, d := range plan.Defaults() {
		defaults[d.Field] = d.Value
	}
	var b strings.Builder
	b.WriteString(head)
	for _, def := range load.Definitions() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", def.Name, strings.TrimPrefix(def.Doc, "#"))
		if def.Type != "" {
			fmt.Fprintf(&b, "\nType: %s.\n", def.Type)
		}
		if len(def.Fields) == 0 {
			continue
		}
		b.WriteString("\n| field | required | type | meaning | where it is absent |\n|---|---|---|---|---|\n")
		for _, f := range def.Fields {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.Path, required(f), cell(f.Type), cell(strings.ReplaceAll(f.Doc, "<", `\<`)), code(defaults[def.Name+"."+f.Path]))
		}
	}
	return b.String()
}

func required(f load.Field) string {
	switch {
	case f.Reserved:
		return "reserved"
	case f.Required:
		return "yes"
	}
	return "no"
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// cell keeps a text inside its cell.
func cell(s string) string {
	return strings.ReplaceAll(s, "|", `\|`)
}
