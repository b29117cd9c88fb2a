package explain

import (
	"fmt"
	"path"
	"strings"
)

// Text is the rule for a terminal.
func (r Rule) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n\n%s\n", r.ID, indent(wrap(sentence(r.Doc), 96), "  "), indent(wrap("Why: "+r.Why, 96), "  "))
	for _, e := range []struct {
		lead string
		Example
	}{{"Fails", r.Fails}, {"Passes", r.Passes}} {
		if e.What == "" {
			continue
		}
		fmt.Fprintf(&b, "\n%s: %s\n", e.lead, e.What)
		for _, x := range e.Excerpts {
			fmt.Fprintf(&b, "\n  %s\n%s\n", x.place(), indent(x.Text, "      "))
		}
		if e.Findings != "" {
			fmt.Fprintf(&b, "\n%s\n", indent(strings.TrimSuffix(e.Findings, "\n"), "  "))
		}
	}
	return b.String()
}

// Page is the rule as a page of docs/rules.
func (r Rule) Page() string {
	return "<!-- Generated from the rule's cases: UPDATE=1 go test ./internal/explain. Do not edit. -->\n" + r.Markdown()
}

// Markdown is the rule as a text in Markdown.
func (r Rule) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n%s\n", r.ID, wrap(markdown(sentence(r.Doc)), 120), wrap(markdown(r.Why), 120))
	if r.Fails.What == "" {
		return b.String()
	}
	fmt.Fprintf(&b, "\n## Fails: %s\n", markdown(r.Fails.What))
	excerptPage(&b, r.Fails.Excerpts)
	fmt.Fprintf(&b, "\nWhat `tasc` says:\n\n```text\n%s```\n\n## Passes: %s\n", r.Fails.Findings, markdown(r.Passes.What))
	excerptPage(&b, r.Passes.Excerpts)
	return b.String()
}

func excerptPage(b *strings.Builder, excerpts []Excerpt) {
	for _, x := range excerpts {
		language := map[string]string{".cue": "cue", ".lock": "json", ".yml": "yaml", ".yaml": "yaml"}[path.Ext(x.File)]
		fmt.Fprintf(b, "\n`%s`\n\n```%s\n%s\n```\n", x.place(), language, x.Text)
	}
}

// Index is the table of all rules, as docs/rules/README.md shows it.
func Index() string {
	var b strings.Builder
	b.WriteString("<!-- Generated from the table of rules: UPDATE=1 go test ./internal/explain. Do not edit. -->\n" +
		"# Rules\n\nEvery finding ends with the id of its rule in brackets; `tasc explain ID` prints the page.\n\n| rule | what must hold |\n|---|---|\n")
	for _, r := range Briefs() {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s |\n", r.ID, r.ID, markdown(r.Doc))
	}
	return b.String()
}

// Table lists all rules for a terminal.
func Table() string {
	width := 0
	for _, r := range Briefs() {
		width = max(width, len(r.ID))
	}
	var b strings.Builder
	for _, r := range Briefs() {
		fmt.Fprintf(&b, "%-*s  %s\n", width, r.ID, r.Doc)
	}
	return b.String()
}

func (x Excerpt) place() string {
	if x.Line == 0 {
		return x.File
	}
	return fmt.Sprintf("%s:%d", x.File, x.Line)
}

// Sentence is what the rule demands, as a sentence of its own.
func (r Rule) Sentence() string { return sentence(r.Doc) }

// sentence makes one of a rule's doc; ids such as engine_ref keep their case.
func sentence(doc string) string {
	first, _, _ := strings.Cut(doc, " ")
	if strings.ContainsAny(first, "_.") {
		return doc + "."
	}
	return strings.ToUpper(doc[:1]) + doc[1:] + "."
}

// markdown keeps a text from being read as markup.
func markdown(s string) string {
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "|", `\|`, "${{", "$\\{\\{").Replace(s)
}

func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case column == 0:
		case column+1+n > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

func indent(text, by string) string {
	out := lines(text)
	for i, l := range out {
		if l != "" {
			out[i] = by + l
		}
	}
	return strings.Join(out, "\n")
}
