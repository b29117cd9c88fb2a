// Package sarif writes findings as a SARIF 2.1.0 document that GitHub's code
// scanning takes as it is.
//
// In: findings with their rules' texts, and what reads the files they name. Out:
// one document, the same bytes for the same findings in whatever order. It knows
// neither the rules nor what finds them, and reads no file itself. The standard is
// docs.oasis-open.org/sarif/sarif/v2.1.0; what GitHub demands beyond it stands on
// docs.github.com, "SARIF support for code scanning".
package sarif

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
)

// MaxResults is how many results GitHub takes of a run; it refuses a document with more.
const MaxResults = 25_000

// maxRelated bounds the places beside a result's own: more help nobody, and GitHub bounds locations too.
const maxRelated = 20

// maxDescription is how much of a rule's description GitHub takes, in characters.
const maxDescription = 1024

const (
	schemaURI   = "https://json.schemastore.org/sarif-2.1.0.json"
	information = "https://github.com/task-assistant/tasc"
	rootID      = "%SRCROOT%"
)

// Rule is what a document says of a rule.
type Rule struct {
	ID string
	// Short is one sentence, Full says why; Help and Markdown are the rule's page.
	Short, Full, Help, Markdown string
	// URI leads to the page.
	URI  string
	Tags []string
	// Score is the severity of a security rule, above "0.0" and up to "10.0"; "" where the rule is about something else.
	Score string
}

// Report is what one command found.
type Report struct {
	// Version is that of tasc, as its tag: v1.2.3.
	Version string
	// Category is what was done, such as tasc-audit.
	Category string
	Rules    []Rule
	Findings []diag.Diagnostic
	Source   diag.Source
	// Base is where a finding points that is about no file: GitHub shows none without a place.
	Base string
	// Place turns the name of a file into its path below the folder that Source's repository begins in; nil is no change.
	Place func(file string) string
}

// Write writes the document. It holds no more than MaxResults findings; left is how many it leaves out, and the
// document says so itself.
func Write(w io.Writer, r Report) (left int, err error) {
	found := diag.Sort(r.Findings)
	if left = max(0, len(found)-MaxResults); left > 0 {
		found = found[:MaxResults]
	}
	out := r.run()
	out.ColumnKind = "utf16CodeUnits"
	out.Invocations = []invocation{{Successful: true}}
	if left > 0 {
		out.Invocations[0].Execution = []notification{{"warning", text{LeftOut(left)}}}
	}
	p := newPrints(r)
	results := make([]result, 0, len(found))
	for _, d := range found {
		results = append(results, r.result(d, p))
	}
	out.Results = &results
	return left, write(w, out)
}

// LeftOut says that a document is not complete.
func LeftOut(n int) string {
	return fmt.Sprintf("%d more findings are left out: GitHub takes %d results of a run", n, MaxResults)
}

// Fail writes a document that says why there is no judgement. It has no results, which is something else than an
// empty list of them: GitHub would close every alert for that.
func Fail(w io.Writer, r Report, d diag.Diagnostic, exitCode int) error {
	out := r.run()
	note := []notification{{"error", text{message(d)}}}
	out.Invocations = []invocation{{ExitCode: &exitCode, Configuration: note}}
	if d.Rule != "usage" {
		out.Invocations = []invocation{{ExitCode: &exitCode, Execution: note}}
	}
	return write(w, out)
}

func write(w io.Writer, r run) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(log{Schema: schemaURI, Version: "2.1.0", Runs: []run{r}})
}

// run is what is the same whatever was found. It names every rule of the tool, found or not: documents of two
// repositories are to differ in their results alone (docs.github.com, "Understanding rules and results").
func (r Report) run() run {
	driver := component{Name: "tasc", Version: r.Version, SemanticVersion: strings.TrimPrefix(r.Version, "v"), InformationURI: information}
	for _, rule := range r.Rules {
		driver.Rules = append(driver.Rules, rule.descriptor())
	}
	return run{
		Tool:       tool{driver},
		Automation: automation{r.Category + "/"}, // the category of GitHub's is what stands before the last slash
		URIBaseIDs: map[string]artifactLocation{rootID: {Description: &text{"the folder that tasc was called in"}}},
	}
}

func (rule Rule) descriptor() descriptor {
	bag := properties{Tags: rule.Tags, Precision: "high", Score: rule.Score}
	if rule.Score == "" {
		bag.Severity = "error"
	}
	return descriptor{
		ID: rule.ID, Short: text{clip(rule.Short)}, Full: text{clip(rule.Full)}, Help: help{rule.Help, rule.Markdown}, HelpURI: rule.URI,
		Default: configuration{"error"}, Bag: bag,
	}
}

// clip shortens what GitHub would refuse.
func clip(s string) string {
	if r := []rune(s); len(r) > maxDescription {
		return string(r[:maxDescription-1]) + "…"
	}
	return s
}

func (r Report) result(d diag.Diagnostic, p *prints) result {
	out := result{
		RuleID:    d.Rule,
		Level:     "error",
		Message:   text{message(d)},
		Locations: []location{{Physical: r.physical(d.Pos, p.lines)}},
	}
	if at := slices.IndexFunc(r.Rules, func(rule Rule) bool { return rule.ID == d.Rule }); at >= 0 {
		out.RuleIndex = &at
	}
	for i, n := range d.Notes[:min(len(d.Notes), maxRelated)] {
		out.Related = append(out.Related, location{ID: i + 1, Physical: r.physical(n.Pos, p.lines), Message: &text{plain(n.Message)}})
	}
	out.Fingerprints = p.of(d)
	return out
}

// message is a finding in sentences, of which GitHub makes the first the title of an alert. Notes are links to their places.
//
// Braces stay as they are. The standard has them doubled, for messages with placeholders; this has none, and GitHub,
// as other tools that speak of ${{ }} show, displays them as they stand.
func message(d diag.Diagnostic) string {
	var b strings.Builder
	b.WriteString(sentence(d.Message))
	if d.Expected != "" {
		b.WriteString(" Expected: " + sentence(d.Expected))
	}
	if d.Fix != "" {
		b.WriteString(" Fix: " + sentence(d.Fix))
	}
	for i, n := range d.Notes[:min(len(d.Notes), maxRelated)] {
		link := strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(plain(n.Message))
		fmt.Fprintf(&b, " %s: [%s](%d).", plain(n.Pos.String()), link, i+1)
	}
	if more := len(d.Notes) - maxRelated; more > 0 {
		fmt.Fprintf(&b, " And %d more places.", more)
	}
	return b.String()
}

func sentence(s string) string {
	if s = plain(s); strings.HasSuffix(s, "?") || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}

// plain makes one line of a text in which nothing steers what shows it, and no link begins that a file has brought along.
func plain(s string) string {
	return strings.ReplaceAll(diag.Printable(s), "](", "] (")
}
