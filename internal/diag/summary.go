package diag

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// summaryFindings and summaryBytes bound a summary: GitHub drops all of a step's above 1 MiB, and nobody reads on so far.
	summaryFindings = 100
	summaryBytes    = 256 << 10
)

// Summary is what was found as Markdown, for the summary of a workflow's step. title says what was done; page is where
// a rule is explained, "" where that is not known. The findings stand in a block of code, as text: whatever a file has
// brought into them is shown and never rendered.
func Summary(title string, ds []Diagnostic, page func(rule string) string) string {
	ds = Sort(ds)
	var b, block strings.Builder
	fmt.Fprintf(&b, "### %s: %s\n", title, count(len(ds)))
	if len(ds) == 0 {
		return b.String()
	}
	var rules []string
	shown := 0
	for _, d := range ds[:min(len(ds), summaryFindings)] {
		text := (*Screen)(nil).text(d, nil)
		if block.Len()+len(text) > summaryBytes {
			break
		}
		block.WriteString(text)
		shown++
		if url := page(d.Rule); url != "" {
			rules = append(rules, fmt.Sprintf("[%s](%s)", d.Rule, url))
		}
	}
	fence := fence(block.String())
	fmt.Fprintf(&b, "\n%s\n%s%s\n", fence+"text", block.String(), fence)
	if more := len(ds) - shown; more > 0 {
		fmt.Fprintf(&b, "\n%d more are in the log of the step.\n", more)
	}
	slices.Sort(rules)
	if rules = slices.Compact(rules); len(rules) > 0 {
		fmt.Fprintf(&b, "\nRules: %s\n", strings.Join(rules, ", "))
	}
	return b.String()
}

func count(n int) string {
	switch n {
	case 0:
		return "nothing found"
	case 1:
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", n)
}

// fence is a line of backquotes that no line of the text can end.
func fence(text string) string {
	longest, run := 2, 0
	for _, c := range []byte(text) {
		if run++; c != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	return strings.Repeat("`", longest+1)
}
