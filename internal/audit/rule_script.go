package audit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/script"
)

// codeInputs are inputs of actions that run as code.
var codeInputs = []struct{ action, input, language string }{
	{"actions/github-script", "script", "code of github-script"},
	{"addnab/docker-run-action", "run", "script in a container"},
	{"appleboy/ssh-action", "script", "script on another machine"},
	{"azure/cli", "inlineScript", "script of azure/cli"},
	{"azure/powershell", "inlineScript", "script of azure/powershell"},
	{"Amadevus/pwsh-script", "script", "script of pwsh-script"},
	{"jannekem/run-python-script-action", "script", "Python script"},
	{"mikefarah/yq", "cmd", "command of yq"},
	{"nick-fields/retry", "command", "command of retry"},
}

// code is a scalar that is run, and what it is: a step's script, or that of an action.
func (s *step) code() (n *yaml.Node, what string) {
	if s.run != nil {
		return s.run, "script"
	}
	for _, c := range codeInputs {
		if s.isA(c.action) {
			if n := s.input(c.input); n != nil && n.Kind == yaml.ScalarNode {
				return n, c.language
			}
		}
	}
	return nil, ""
}

// maxInjections are reported of one script: finding the place of each takes as long as the script is.
const maxInjections = 100

func injection(p *pass) {
	for _, s := range p.steps() {
		n, what := s.code()
		var moved []expression
		list, fix, harmless := expressions(text(n)), "hand it over in env, and read the variable in the script", map[int]bool(nil)
		if s.isA("actions/github-script") {
			fix, harmless = "hand it over in env, and read process.env in the code", literals(text(n), list)
		}
		for _, e := range list {
			taints := p.texts.taints(s, e)
			if len(taints) == 0 || harmless[e.start] {
				continue
			}
			p.found = append(p.found, diag.Diagnostic{Rule: p.rule, Pos: p.posIn(n, e.start), Message: takes(what, e, taints),
				Expected: "the text in a variable, which no shell reads as code", Fix: fix, Notes: p.notes(taints)})
			if moved = append(moved, e); len(moved) == maxInjections {
				break
			}
		}
		p.indirect(s, moved)
		p.inJavaScript(s, moved)
	}
}

// takes says what is wrong, and where the text comes from if the expression does not name it.
func takes(what string, e expression, taints []taint) string {
	for _, t := range taints {
		if strings.Contains(strings.ToLower(e.text), strings.TrimSuffix(t.context, ".*")) || t.by == nil && strings.Contains(plain(strings.ToLower(e.text)), t.context) {
			return fmt.Sprintf("the %s takes %s as code, and others write it", what, q(e.text))
		}
	}
	return fmt.Sprintf("the %s takes %s as code: it holds %s, and others write that", what, q(e.text), q(taints[0].context))
}

// facts are what a step's script does, with every ${{ }} as a variable of the same length. It does nothing that
// can be told where it is a script for another shell, or does not parse. To read a script takes as long as
// to read the file around it: rules ask where it matters.
func (s *step) facts() *script.Facts {
	if s.does == nil {
		s.does = s.document.readScript(s)
	}
	return s.does
}

func (d *document) readScript(s *step) *script.Facts {
	if s.run == nil || !anyOf(s.shell, "bash", "sh", "") {
		return &script.Facts{}
	}
	if known := d.scripts[s.run.Value]; known != nil {
		return known
	}
	facts, err := script.Read(masked(s.run.Value), script.Environment{})
	if err != nil {
		facts = &script.Facts{}
	}
	d.scripts[s.run.Value] = facts
	return facts
}

// masked writes ${__INPUTS_A__} for ${{ inputs.a }}: places stay, and the name still tells what it was.
func masked(s string) string {
	out := []byte(s)
	for _, e := range expressions(s) {
		copy(out[e.start+2:], maskedName(s, e))
	}
	return string(out)
}

// maskedName is the name of the variable that stands for an expression of s.
func maskedName(s string, e expression) string {
	out := []byte(s[e.start+2 : e.end-1])
	for i, c := range out {
		switch {
		case c >= 'a' && c <= 'z':
			out[i] = c - 'a' + 'A'
		case !isDigit(c) && (c < 'A' || c > 'Z'):
			out[i] = '_'
		}
	}
	return string(out)
}

// download looks for code that comes over the network into a shell: the reader of scripts calls it so. Scripts for
// PowerShell and Python, be it as a whole or as a word of a command, are searched for it.
func download(p *pass) {
	for _, s := range p.steps() {
		if !mayDownload(text(s.run)) {
			continue
		}
		for _, o := range s.facts().Opaque {
			asFile := strings.Contains(o.What, "$(curl") || strings.Contains(o.What, "$(wget")
			if strings.Contains(o.What, "a download") && !(asFile && compared(s.facts())) {
				p.downloaded(s, o.Offset, o.What)
			}
		}
		for _, c := range s.facts().Commands {
			if len(foreignDownloads(c.Name, strings.Join(wordsOf(c), " "))) > 0 {
				p.downloaded(s, c.Offset, c.Name+" runs a download as code")
			}
		}
		for _, at := range foreignDownloads(s.shell, text(s.run)) {
			p.downloaded(s, at[0], s.shell+" runs a download as code")
		}
	}
}

func (p *pass) downloaded(s *step, offset int, what string) {
	p.report(p.posIn(s.run, offset), finding{"the script runs what it downloads: " + what,
		"a file whose digest is checked before it runs, or an action at a commit", "download to a file, compare its sha256 with one in the script, then run it"})
}

// downloaders are programs that download, and languages that do. A script without the name of one downloads nothing.
var downloaders = []string{"curl", "wget", "gh", "http", "https", "xh", "aria2c", "nc", "ncat", "socat", "iwr", "irm", "webclient", "python", "python3", "pwsh", "powershell",
	"invoke-webrequest", "invoke-restmethod", "urlopen"}

// unquoted is without what a shell takes out of a name.
var unquoted = strings.NewReplacer("'", "", `"`, "", `\`, "")

func mayDownload(run string) bool {
	if run == "" {
		return false
	}
	plain := []byte(strings.ToLower(unquoted.Replace(run)))
	return slices.ContainsFunc(downloaders, func(name string) bool { return hasWord(plain, name) })
}

// compared tells whether a script compares files with digests.
func compared(facts *script.Facts) bool {
	return slices.ContainsFunc(facts.Commands, func(c script.Command) bool {
		words := strings.Join(wordsOf(c), " ")
		switch c.Name {
		case "sha256sum", "sha512sum", "shasum", "sha1sum", "b2sum":
			return strings.Contains(words, "-c") || strings.Contains(words, "--check")
		case "cosign", "gpg", "minisign", "slsa-verifier":
			return strings.Contains(words, "verify")
		case "gh":
			return strings.HasPrefix(words, "attestation verify")
		}
		return false
	})
}

// PowerShell's names for a download and for running a text, in either order, and Python's.
var (
	pwshDownloadRE = regexp.MustCompile(`(?i)\b(iwr|irm|curl|wget|invoke-webrequest|invoke-restmethod|downloadstring)\b[^\n;]*\|\s*(iex|invoke-expression)\b|` +
		`\b(iex|invoke-expression)\b[^\n;]*\b(iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b|` +
		`\[scriptblock\]::create\([^\n;]*\b(iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b`)
	pythonDownloadRE = regexp.MustCompile(`\b(exec|eval)\s*\([^\n]*(urlopen|requests\.get|httpx\.get)\b`)
)

// foreignDownloads finds where code of another language runs what it downloads.
func foreignDownloads(program, code string) [][]int {
	switch {
	case anyOf(program, "pwsh", "powershell"):
		return pwshDownloadRE.FindAllStringIndex(code, -1)
	case strings.HasPrefix(program, "python"):
		return pythonDownloadRE.FindAllStringIndex(code, -1)
	}
	return nil
}

// environmentFile: a line in GITHUB_ENV sets a variable of every later step, and there are variables that start programs. Text
// of one line does no harm behind a name; text of several lines, or that a program makes several of, begins a line of its own, and in
// GITHUB_PATH any text names the folder of programs. Inputs are left out: who calls may set variables as well.
func environmentFile(p *pass) {
	for _, s := range p.steps() {
		if run := text(s.run); !strings.Contains(run, "GITHUB_ENV") && !strings.Contains(run, "GITHUB_PATH") {
			continue
		}
		for _, h := range s.facts().Handed {
			if !anyOf(h.File, "GITHUB_ENV", "GITHUB_PATH") {
				continue
			}
			whole := h.File == "GITHUB_PATH" || h.Name == "" && strings.HasPrefix(h.Value.Text, "$")
			taints := slices.DeleteFunc(p.texts.taintsOfText(s, h), func(t taint) bool {
				return strings.Contains(t.context, "inputs.") || !whole && !h.Lines && !severalLines(t.context)
			})
			if len(taints) > 0 {
				p.report(p.posIn(s.run, h.Offset), finding{fmt.Sprintf("the script writes %s to %s, and others write it", q(taints[0].context), h.File), "text that is checked, or no text of others",
					"hand it to the steps that need it as an output, or check that it is what it should be before"})
			}
		}
	}
}

// severalLines tells whether a text of an event may have several lines.
func severalLines(context string) bool {
	last := context[strings.LastIndexByte(context, '.')+1:]
	return anyOf(last, "body", "message", "description", "*") || strings.HasPrefix(context, "github.event.client_payload.")
}
