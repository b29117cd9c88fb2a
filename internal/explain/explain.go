// Package explain says of every rule that a finding can name what it demands,
// why, and what breaks and what keeps it.
//
// In: the rule tables of packages validate and audit, the few rules of the stages around them,
// and the cases that their tests run. Out: one Rule each, and its text for a
// terminal or a page of docs/rules. Nothing is written twice: an example here is
// a case that a test runs, with the findings that the test demands. To add a
// rule outside of package validate, add a line to around and testdata/<id>.txtar.
package explain

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/audit"
	"github.com/task-assistant/tasc/internal/fit"
	"github.com/task-assistant/tasc/internal/validate"
)

// Rule is what there is to know of one rule.
type Rule struct {
	ID string `json:"rule"`
	// Doc is one sentence that states the invariant; lower case, no full stop.
	Doc string `json:"doc"`
	// Why says what goes wrong without it.
	Why    string  `json:"why"`
	Fails  Example `json:"fails"`
	Passes Example `json:"passes"`
}

// Example is one set of files, by the places that matter.
type Example struct {
	// What says in few words what the example is about.
	What     string    `json:"what"`
	Excerpts []Excerpt `json:"excerpts"`
	// Findings are those of the rule, as `--format text` prints them; none where the example passes.
	Findings string `json:"findings,omitempty"`
}

// Excerpt is a run of lines of one file.
type Excerpt struct {
	File string `json:"file"`
	// Line is the number of the first line, from 1; 0 in a file that is generated.
	Line int    `json:"line,omitempty"`
	Text string `json:"text"`
}

// source is a rule and where its cases stand. A rule about what cannot be shown
// in a few lines has no cases, and says here why it is there.
type source struct {
	id, doc string
	cases   fs.FS
	why     string
}

//go:embed testdata/*.txtar
var own embed.FS

// around are the rules of the stages around validate.
var around = struct{ before, after []source }{
	before: []source{
		{"usage", "tasc is called as its help says, in a folder that it can open", nil,
			"Nothing was judged: a verb, a flag or a path is wrong, or a folder cannot be opened. The exit code is 2. People read it on standard error; --format json, github and sarif tell programs too, so that no result is not taken for a good one."},
		{"bug", "no failure is one of tasc itself", nil,
			"Nothing was judged and nothing was written: tasc has come to a place where it cannot go on, or what it has rendered is not what was planned. The exit code is 3. It is never the fault of the specs; report it with the files that led there."},
		{"spec", "specs are CUE files of one package that declare platforms and engines, and depend on nothing but themselves", own, ""},
		{"schema", "every value is one that the schema allows, and every field one that it knows", own, ""},
		{"spec-endless", "the evaluation of the specs ends, in bounded time and memory", nil,
			"A chain of disjunctions can cost CUE more time than there is, and it cannot be interrupted; tasc gives the evaluation up and names the files, so that CI does not hang. Replace the disjunctions by optional fields, or evaluate less at once."},
		{"cue-bug", "CUE evaluates the specs without failing itself", nil,
			"CUE is a program too: where it panics the specs may be right. The finding names the files; take the newest of them apart until it passes, and report what is left to CUE."},
		{"engine-files", "what an engine names in files and script is there, beside the spec, and no symbolic link; a script is carried by files", own, ""},
		{"lock", "tasc.lock can be read, and every entry in it is whole", own, ""},
	},
	after: []source{
		{fit.RuleFile, "no generated workflow file is larger than GitHub takes", nil,
			"GitHub starts no run of a workflow file of more than 512,000 bytes, and says so nowhere that people look. The finding names the file and the text in the specs that makes it large: a script belongs into a file beside the spec."},
		{fit.RuleExpression, "no generated expression is longer than GitHub parses", nil,
			"The condition of an engine's job names every route that runs the engine, and with when: \"all-succeeded\" every engine before it; GitHub parses no expression of more than 21,000 characters, and would end the run before any job starts."},
		{"format", "every spec file is laid out the one way that tasc fmt has", own, ""},
		{"output", "the folders that tasc writes to can be read and written", own, ""},
		{"release", "a release is a new tag on a commit in which everything is checked and committed", nil,
			"A tag is what monitored repositories enter at, for good. So tasc release demands a repository whose top holds the platform tree, a clean work tree on a branch, files that pass check, and a tag that is not taken; where git cannot tag or commit it takes back what it has done."},
		{"run", "a run on this machine has what it needs: specs that compile, a route, an executor and the programs that the jobs call", nil,
			"Nothing was executed, or not to its end: tasc run renders the specs, lets a route start in a made-up repository and executes the jobs with the executor act. The finding names what is missing, and the command that gets it. A run that came to its end and failed is no finding; its trace says why, and the exit code is 1."},
		{"drift", "the generated files are what the specs say, and nobody has changed them", own, ""},
	},
}

func sources() []source {
	out := slices.Clone(around.before)
	for _, r := range validate.Rules {
		out = append(out, source{r.ID, r.Doc, validate.Cases, ""})
	}
	out = append(out, around.after...)
	for _, r := range audit.Rules {
		out = append(out, source{r.ID, r.Doc, audit.Cases, ""})
	}
	return out
}

// base is where the files stand that a rule's cases edit: specs, or workflows that nobody has generated.
func (s source) base() fs.FS {
	if s.cases == fs.FS(audit.Cases) {
		return audit.Cases
	}
	return validate.Cases
}

// Brief is a rule by its id and its sentence.
type Brief struct{ ID, Doc string }

// Briefs lists every rule in the order of the compiler's stages.
func Briefs() []Brief {
	var out []Brief
	for _, s := range sources() {
		out = append(out, Brief{s.id, s.doc})
	}
	return out
}

// IDs lists the id of every rule, in the order of Briefs.
func IDs() []string {
	var out []string
	for _, b := range Briefs() {
		out = append(out, b.ID)
	}
	return out
}

// Find explains one rule.
func Find(id string) (Rule, bool) {
	for _, s := range sources() {
		if s.id == id {
			return s.rule(), true
		}
	}
	return Rule{}, false
}

// rule panics where the embedded cases are broken: they are part of the program.
func (s source) rule() Rule {
	if s.cases == nil {
		return Rule{ID: s.id, Doc: s.doc, Why: s.why}
	}
	base, err := ParseCases(read(s.base(), "base"))
	if err == nil {
		var cases Cases
		if cases, err = ParseCases(read(s.cases, s.id)); err == nil {
			var r Rule
			if r, err = build(s, base.Files, cases); err == nil {
				return r
			}
		}
	}
	panic(fmt.Sprintf("the cases of rule %s: %v", s.id, err))
}

func read(fsys fs.FS, id string) []byte {
	data, err := fs.ReadFile(fsys, "testdata/"+id+".txtar")
	if err != nil {
		panic(err)
	}
	return data
}

func build(s source, base map[string]string, cases Cases) (Rule, error) {
	r := Rule{ID: s.id, Doc: s.doc, Why: cases.Why}
	bad, good, err := cases.first()
	if err != nil {
		return r, err
	}
	r.Fails = Example{What: bad.What, Findings: ofRule(bad.Want, s.id)}
	r.Passes = Example{What: good.What}
	r.Fails.Excerpts, r.Passes.Excerpts, err = excerpts(base, bad, good, r.Fails.Findings)
	return r, err
}

// ofRule keeps the findings of one rule: an edit may break others with it.
func ofRule(findings, id string) string {
	var b strings.Builder
	keep := false
	for line := range strings.Lines(findings) {
		if !strings.HasPrefix(line, "    ") {
			keep = strings.HasSuffix(line, " ["+id+"]\n")
		}
		if keep {
			b.WriteString(line)
		}
	}
	return b.String()
}
