package audit

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/script"
)

// indirect moves expressions out of a script into variables of its step: all of them or none. It does so
// only where the text shows that the result means the same: a shell that reads ${NAME}, a place
// where it does so, and YAML in which a line can be added. Outside of quotes the variable gets none:
// then it is split into words, or left out where it is empty, as the text was.
func (p *pass) indirect(s *step, moved []expression) {
	if len(moved) == 0 || len(moved) == maxInjections || s.run == nil || !anyOf(s.shell, "bash", "sh") || s.node.Style&yaml.FlowStyle != 0 {
		return
	}
	if !onlyText(s.facts()) || !readsVariables(s.run.Value, moved) {
		return
	}
	if !movable(moved) {
		return
	}
	names := p.newNames(s, s.run.Value, moved)
	var edits []edit
	for _, e := range moved {
		at := p.source(s.run, e.start)
		whole := s.run.Value[e.start:e.end]
		if at < 0 || !bytes.HasPrefix(p.data[at:], []byte(whole)) {
			return
		}
		edits = append(edits, edit{at, at + len(whole), "${" + names.of[e.text] + "}"})
	}
	if into, ok := p.addVariables(s, names.lines); ok {
		p.edits = append(append(p.edits, into), edits...)
	}
}

// movable tells whether all expressions can stand in a variable of their step: in YAML without quotes, and without what
// they may find in env, since env of a step does not see itself.
func movable(moved []expression) bool {
	return !slices.ContainsFunc(moved, func(e expression) bool {
		return !plainScalar(e.text) || strings.Contains(strings.ToLower(e.text), "env")
	})
}

// variables are the names that expressions get, by their text, and the lines that set them.
type variables struct {
	of    map[string]string
	lines []string
}

func (p *pass) newNames(s *step, code string, moved []expression) variables {
	taken, out := p.taken(s), variables{of: map[string]string{}}
	for _, e := range moved {
		if _, known := out.of[e.text]; known {
			continue
		}
		name := free(nameFor(e.text), taken, code)
		out.of[e.text], taken[name] = name, true
		out.lines = append(out.lines, fmt.Sprintf("%s: ${{ %s }}", name, e.text))
	}
	return out
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
	key := s.runKey
	if key == nil {
		key = s.usesKey
	}
	at, column := p.offset(key), key.Column-1
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

// taken are the names that the step has a value for already, in capitals.
func (p *pass) taken(s *step) map[string]bool {
	out := map[string]bool{}
	for _, env := range []*yaml.Node{s.env, s.job.env, p.env} {
		for name := range p.texts.variablesOf(s, env) {
			out[strings.ToUpper(name)] = true
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

// readsVariables tells whether the shell reads a variable wherever one of the expressions stands. It is a
// simple look from left to right, and says no where that cannot tell: in single quotes and comments,
// after a here-document, a backtick, an arithmetic or a substitution inside double quotes, and after
// an expression that stays, since that may hold a quote.
func readsVariables(s string, at []expression) bool {
	quoted := false
	for i := 0; i < len(s) && len(at) > 0; i++ {
		if i == at[0].start {
			if !quoted && !standsFree(s, at[0]) || openNameRE.MatchString(s[max(0, i-100):i]) {
				return false
			}
			i, at = at[0].end-1, at[1:]
			continue
		}
		switch rest := s[i:]; {
		case hasAny(rest, "${{", "`", "<<", "$'", "$((", "((", "[["), quoted && hasAny(rest, "$(", "${"):
			return false
		case s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case quoted:
		case s[i] == '\'':
			end := strings.IndexByte(s[i+1:], '\'')
			if end < 0 || i+1+end > at[0].start {
				return false
			}
			i += end + 1
		case s[i] == '#' && (i == 0 || isBlank(s[i-1]) || s[i-1] == ';'):
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 || i+end > at[0].start {
				return false
			}
			i += end
		}
	}
	return true
}

// openNameRE is the name of a variable that what follows would go on with: "$A${{ b }}".
var openNameRE = regexp.MustCompile(`\$([A-Za-z_][A-Za-z0-9_]*)?$`)

func hasAny(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// standsFree: outside of quotes an expression must be the whole of a word that is an argument; a command,
// a part of a word or an assignment could be read as something else.
func standsFree(s string, e expression) bool {
	line := s[strings.LastIndexByte(s[:e.start], '\n')+1 : e.start]
	words := strings.Fields(line)
	if len(words) == 0 || !isBlank(line[len(line)-1]) {
		return false
	}
	last := words[len(words)-1]
	return !strings.ContainsAny(last[len(last)-1:], "|&;({!=") &&
		!anyOf(last, "if", "then", "else", "elif", "do", "while", "until", "for", "in", "case", "time", "exec", "command", "env", "sudo") &&
		(e.end == len(s) || strings.IndexByte(" \t\r\n;|&)", s[e.end]) >= 0)
}

// interpreters take code as an argument: a variable in it would be code again, and no longer be found.
var interpreters = []string{"bash", "sh", "dash", "zsh", "eval", "source", "ssh", "su", "docker", "podman", "kubectl", "xargs", "find", "parallel", "watch", "timeout", "python", "python3", "node", "deno", "bun", "perl",
	"ruby", "php", "pwsh", "powershell", "awk", "gawk", "sed", "jq", "yq", "psql", "mysql", "sqlite3", "make", "trap", "test", "declare", "let", "printf"}

// onlyText tells whether a script was read as a whole, and starts nothing that takes its words for code.
func onlyText(facts *script.Facts) bool {
	return len(facts.Commands) > 0 && len(facts.Opaque) == 0 &&
		!slices.ContainsFunc(facts.Commands, func(c script.Command) bool { return anyOf(c.Name, interpreters...) })
}
