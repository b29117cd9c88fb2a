package audit

import (
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// indirect moves expressions out of a script into variables of its step: all of them or none. It does so
// only where the text shows that the result means the same: a shell that reads ${NAME}, a place
// where it does so, and YAML in which a line can be added.
func (p *pass) indirect(s *step, moved []expression) {
	if len(moved) == 0 || s.run == nil || !anyOf(p.shell(s), "bash", "sh") || s.node.Style&yaml.FlowStyle != 0 {
		return
	}
	contexts := quoting(s.run.Value, moved)
	if contexts == nil {
		return
	}
	taken := p.variables(s)
	names := map[string]string{}
	var added []string
	var edits []edit
	for i, e := range moved {
		at := p.source(s.run, e.start)
		whole := s.run.Value[e.start:e.end]
		if at < 0 || !strings.HasPrefix(string(p.data[at:]), whole) || !plainScalar(e.text) || strings.Contains(strings.ToLower(e.text), "env") { // env of a step does not see itself
			return
		}
		name, known := names[e.text]
		if !known {
			name = free(nameFor(e.text), taken, s.run.Value)
			names[e.text], taken[name] = name, true
			added = append(added, fmt.Sprintf("%s: ${{ %s }}", name, e.text))
		}
		variable := "${" + name + "}"
		if contexts[i] == bare {
			variable = `"` + variable + `"`
		}
		edits = append(edits, edit{at, at + len(whole), variable})
	}
	if into, ok := p.addVariables(s, added); ok && fits(s.run, contexts) {
		p.edits = append(append(p.edits, into), edits...)
	}
}

// fits: a quote that the edit adds must not begin or end the scalar, nor stand in one that is quoted itself.
func fits(n *yaml.Node, contexts []int) bool {
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return true
	}
	for _, c := range contexts {
		if c == bare && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			return false
		}
	}
	return true
}

// addVariables is the edit that adds lines to the step's env, or an env before its script.
func (p *pass) addVariables(s *step, lines []string) (edit, bool) {
	if key, raw := rawField(s.node, "env"); key != nil {
		if raw.Kind != yaml.MappingNode || raw.Style&yaml.FlowStyle != 0 || raw.Anchor != "" || len(raw.Content) == 0 {
			return edit{}, false
		}
		at := p.offset(raw.Content[0])
		return edit{at, at, p.lines(lines, raw.Content[0].Column-1)}, at >= 0
	}
	at := p.offset(s.runKey)
	column := s.runKey.Column - 1
	text := "env:" + p.newline() + strings.Repeat(" ", column+2) + p.lines(lines, column+2)
	text = strings.TrimSuffix(text, strings.Repeat(" ", column+2)) + strings.Repeat(" ", column)
	return edit{at, at, text}, at >= 0
}

// lines puts each on a line of its own, what follows indented as they are.
func (p *pass) lines(lines []string, column int) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l + p.newline() + strings.Repeat(" ", column))
	}
	return b.String()
}

// newline is the one that the file uses.
func (p *pass) newline() string {
	if len(p.starts) > 1 && p.starts[1] > 1 && p.data[p.starts[1]-2] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// rawField is get without following an alias: what stands elsewhere is not edited.
func rawField(n *yaml.Node, key string) (k, v *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// variables are the names that the step has a value for already.
func (p *pass) variables(s *step) map[string]bool {
	out := map[string]bool{}
	_, ofJob := get(s.job.node, "env")
	_, ofWorkflow := get(p.root, "env")
	for _, env := range []*yaml.Node{s.env, ofJob, ofWorkflow} {
		for _, f := range fields(env) {
			out[strings.ToUpper(f.key.Value)] = true
		}
	}
	return out
}

var wordRE = regexp.MustCompile(`[A-Za-z0-9]+`)

// nameFor names a variable after the last two parts of a context: github.event.issue.title is ISSUE_TITLE.
func nameFor(text string) string {
	if sole(&yaml.Node{Kind: yaml.ScalarNode, Value: "${{ " + text + " }}"}) == "" || strings.ContainsAny(text, "[*(") {
		return "UNTRUSTED"
	}
	parts := strings.Split(text, ".")
	parts = parts[max(0, len(parts)-2):]
	name := strings.ToUpper(strings.Join(wordRE.FindAllString(strings.Join(parts, "_"), -1), "_"))
	switch first, rest, _ := strings.Cut(name, "_"); first { // GitHub keeps these beginnings for itself
	case "GITHUB", "RUNNER", "ACTIONS":
		return rest
	}
	return name
}

// free is a name that neither env nor the script has.
func free(name string, taken map[string]bool, script string) string {
	for i, try := 1, name; ; i++ {
		if i > 1 {
			try = fmt.Sprintf("%s_%d", name, i)
		}
		if !taken[try] && !strings.Contains(script, try) {
			return try
		}
	}
}

// plainScalar tells whether an expression can stand in YAML without quotes.
func plainScalar(s string) bool {
	return !strings.Contains(s, ": ") && !strings.Contains(s, " #") && !strings.ContainsAny(s, "\r\n\t")
}

// Where an expression stands in a script.
const (
	bare   = iota + 1 // outside of quotes
	quoted            // in double quotes
)

// quoting tells of each expression how the shell reads its place; nil where one stands where no
// variable is read, or where a simple look cannot tell: after a here-document, a backtick or
// a substitution inside double quotes.
func quoting(s string, at []expression) []int {
	var out []int
	mode := bare
	for i := 0; i < len(s) && len(out) < len(at); i++ {
		if i == at[len(out)].start {
			if mode == bare && !standsFree(s, at[len(out)]) {
				return nil
			}
			out = append(out, mode)
			i = at[len(out)-1].end - 1
			continue
		}
		switch rest := s[i:]; {
		case strings.HasPrefix(rest, "${{"): // another expression: whatever it holds, it may be a quote
			return nil
		case s[i] == '\\':
			i++
		case s[i] == '`', strings.HasPrefix(rest, "<<"), strings.HasPrefix(rest, "$'"), mode == quoted && (strings.HasPrefix(rest, "$(") || strings.HasPrefix(rest, "${")), strings.HasPrefix(rest, "$(("), strings.HasPrefix(rest, "[["), strings.HasPrefix(rest, "(("):
			return nil
		case s[i] == '"':
			mode = bare + quoted - mode
		case mode == bare && s[i] == '\'':
			end := strings.IndexByte(s[i+1:], '\'')
			if end < 0 || i+1+end > at[len(out)].start {
				return nil
			}
			i += end + 1
		case mode == bare && s[i] == '#' && (i == 0 || isBlank(s[i-1]) || s[i-1] == ';'):
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 || i+end > at[len(out)].start {
				return nil
			}
			i += end
		}
	}
	return out
}

// standsFree: outside of quotes an expression must be the whole of a word that is no command and no
// assignment, or what is added to it could be read as something else.
func standsFree(s string, e expression) bool {
	line := s[strings.LastIndexByte(s[:e.start], '\n')+1 : e.start]
	if strings.TrimSpace(line) == "" || !strings.HasSuffix(line, " ") || strings.ContainsAny(strings.TrimSpace(line)[len(strings.TrimSpace(line))-1:], "|&;({!") {
		return false
	}
	if last := line[strings.LastIndexByte(strings.TrimSpace(line), ' ')+1:]; anyOf(strings.TrimSpace(last), "if", "then", "else", "elif", "do", "while", "until", "for", "in", "case", "time", "exec", "eval") {
		return false
	}
	return e.end == len(s) || strings.IndexByte(" \t\r\n;|&)", s[e.end]) >= 0
}
