package verify_test

import (
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/verify"
)

// sameTree are edits of a tree that mean nothing to GitHub, made at every node.
var sameTree = map[string]func(n *yaml.Node){
	"the order of keys": func(n *yaml.Node) {
		if n.Kind == yaml.MappingNode {
			for i, j := 0, len(n.Content)-2; i < j; i, j = i+2, j-2 {
				n.Content[i], n.Content[i+1], n.Content[j], n.Content[j+1] = n.Content[j], n.Content[j+1], n.Content[i], n.Content[i+1]
			}
		}
	},
	"double quotes": func(n *yaml.Node) { restyle(n, yaml.DoubleQuotedStyle) },
	"single quotes": func(n *yaml.Node) {
		if !strings.Contains(n.Value, "\n") {
			restyle(n, yaml.SingleQuotedStyle)
		}
	},
	"literal blocks": func(n *yaml.Node) {
		if n.Value != "" && !strings.HasPrefix(n.Value, "on") {
			restyle(n, yaml.LiteralStyle)
		}
	},
	"flow": func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			n.Style = yaml.FlowStyle
		} else {
			restyle(n, yaml.DoubleQuotedStyle)
		}
	},
	"blocks": func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode && len(n.Content) > 0 {
			n.Style = 0
		}
	},
	"comments above":  func(n *yaml.Node) { n.HeadComment = "# other words" },
	"comments gone":   func(n *yaml.Node) { n.HeadComment, n.FootComment = "", "" },
	"bare conditions": ofCondition(func(inner string) string { return inner }),
	"conditions that need no room": ofCondition(func(inner string) string {
		return "${{" + inner + "}}"
	}),
	"blanks around operators": ofExpression(func(inner string) string {
		return outside(inner, func(s string) string { return operatorRE.ReplaceAllString(s, " \n\t $0  ") })
	}),
	"no blanks": ofExpression(func(inner string) string {
		return outside(inner, func(s string) string { return strings.Join(strings.Fields(s), "") })
	}),
	"parentheses around all": ofExpression(func(inner string) string { return "((" + inner + "))" }),
	"parentheses around calls and names": ofExpression(func(inner string) string {
		return outside(inner, func(s string) string { return dottedRE.ReplaceAllString(s, "($0)") })
	}),
	"capitals":      ofExpression(func(inner string) string { return outside(inner, strings.ToUpper) }),
	"small letters": ofExpression(func(inner string) string { return outside(inner, strings.ToLower) }),
	"brackets for dots": ofExpression(func(inner string) string {
		return outside(inner, func(s string) string { return propertyRE.ReplaceAllString(s, "['$1']") })
	}),
	"some brackets, some capitals": ofExpression(func(inner string) string {
		return outside(inner, func(s string) string { return propertyRE.ReplaceAllString(strings.ReplaceAll(s, "e", "E"), "[ '$1' ]") })
	}),
}

// sameText are edits of the text of a workflow that mean nothing to GitHub.
var sameText = map[string]func(body string) string{
	"a comment at the end":       func(b string) string { return b + "# other words\n" },
	"a comment at the beginning": func(b string) string { return "# other words\n\n" + b },
	"empty lines between jobs":   func(b string) string { return regexp.MustCompile(`(?m)^(  [a-z-]+:)$`).ReplaceAllString(b, "\n\n$1") },
	"no empty lines between jobs": func(b string) string {
		return regexp.MustCompile(`\n\n(  [a-z-]+:\n    name)`).ReplaceAllString(b, "\n$1")
	},
	"blanks behind values":             func(b string) string { return regexp.MustCompile(`(?m)^( +runs-on: .*)$`).ReplaceAllString(b, "$1   ") },
	"blanks before values":             func(b string) string { return regexp.MustCompile(`(?m)^( +runs-on): `).ReplaceAllString(b, "$1:    ") },
	"on in quotes":                     func(b string) string { return strings.Replace(b, "\non:\n", "\n\"on\":\n", 1) },
	"a literal with its indentation":   func(b string) string { return strings.ReplaceAll(b, "        run: |\n", "        run: |2\n") },
	"a comment behind a literal's bar": func(b string) string { return strings.ReplaceAll(b, "run: |\n", "run: | # other words\n") },
	"letters by their numbers":         func(b string) string { return strings.ReplaceAll(b, "shell: bash\n", "shell: \"b\\x61\\u0073h\"\n") },
	"a text over two lines": func(b string) string {
		return regexp.MustCompile(`(?m)^( +)- name: (\w+) (\w+ [\w ]+)$`).ReplaceAllString(b, "$1- name: $2\n$1      $3")
	},
}

var (
	operatorRE = regexp.MustCompile(`&&|\|\||==|!=|[(),]`)
	dottedRE   = regexp.MustCompile(`\b(?:needs|inputs|github|steps|secrets)\.[\w.-]+`)
	propertyRE = regexp.MustCompile(`\.([A-Za-z_][\w-]*)`)
	literalRE  = regexp.MustCompile(`'(?:[^']|'')*'`)
)

func restyle(n *yaml.Node, style yaml.Style) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		n.Style = style
	}
}

// ofCondition changes what stands in the braces of an if.
func ofCondition(change func(inner string) string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i < len(n.Content); i += 2 {
			if v := n.Content[i+1]; n.Content[i].Value == "if" {
				v.Value, v.Style = change(strings.TrimSuffix(strings.TrimPrefix(v.Value, "${{ "), " }}")), yaml.DoubleQuotedStyle
			}
		}
	}
}

// ofExpression changes what stands in the braces of a value.
func ofExpression(change func(inner string) string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && strings.HasPrefix(n.Value, "${{ ") {
			n.Value, n.Style = "${{ "+change(strings.TrimSuffix(strings.TrimPrefix(n.Value, "${{ "), " }}"))+" }}", yaml.DoubleQuotedStyle
		}
	}
}

// outside changes an expression but for its literals.
func outside(inner string, change func(string) string) string {
	var b strings.Builder
	last := 0
	for _, m := range literalRE.FindAllStringIndex(inner, -1) {
		b.WriteString(change(inner[last:m[0]]) + inner[m[0]:m[1]])
		last = m[1]
	}
	return b.String() + change(inner[last:])
}

// TestMeaningPreservingEditsAreSilent: what means nothing to GitHub means nothing to the verifier.
func TestMeaningPreservingEditsAreSilent(t *testing.T) {
	changed := map[string]bool{}
	for variant, in := range variants {
		p, files := sample(t, in...)
		judge := verify.NewJudge(p, files)
		for _, f := range files {
			if !isWorkflow(f.Path) {
				continue
			}
			try := func(name, body string) {
				changed[name] = changed[name] || body != bodyOf(f)
				for _, d := range judge.Workflow(verify.File{Path: f.Path, Data: render.WithHeader([]byte(body))}) {
					t.Errorf("%s: %s: %s: %s: %s", variant, name, f.Path, d.Rule, d.Message)
				}
			}
			for name, change := range sameTree {
				root := decoded(t, f)
				each(root, change)
				try(name, string(encode(t, root)))
			}
			for name, change := range sameText {
				try(name, change(bodyOf(f)))
			}
		}
	}
	for name := range sameTree {
		if !changed[name] {
			t.Errorf("%s fits nowhere", name)
		}
	}
	for name := range sameText {
		if !changed[name] {
			t.Errorf("%s fits nowhere", name)
		}
	}
}

func each(n *yaml.Node, change func(*yaml.Node)) {
	change(n)
	for _, c := range n.Content {
		each(c, change)
	}
}
