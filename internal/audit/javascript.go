package audit

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
)

// inJavaScript moves expressions out of the code of actions/github-script into variables of its step, all of them or
// none: a string that is one becomes process.env.NAME, and a string that holds one becomes a template with it.
// Comments, regular expressions, keys and all that is not sure stay.
func (p *pass) inJavaScript(s *step, moved []expression) {
	n := s.input("script")
	if len(moved) == 0 || len(moved) == maxInjections || !s.isA("actions/github-script") || n == nil || s.node.Style&yaml.FlowStyle != 0 || !movable(moved) {
		return
	}
	names := p.newNames(s, n.Value, moved)
	r := &rewriter{code: n.Value, at: moved, names: names}
	if !r.run() {
		return
	}
	var edits []edit
	for _, e := range r.edits {
		at, was := p.source(n, e.start), n.Value[e.start:e.end]
		if at < 0 || !bytes.HasPrefix(p.data[at:], []byte(was)) {
			return
		}
		edits = append(edits, edit{at, at + len(was), e.text})
	}
	if into, ok := p.addVariables(s, names.lines); ok {
		p.edits = append(append(p.edits, into), edits...)
	}
}

// rewriter goes through code once, and writes down what is to be replaced, by offsets in the code.
type rewriter struct {
	code  string
	at    []expression // those that are not replaced yet, in order
	names variables
	edits []edit
}

// run is false where an expression stands in a place that is not understood.
func (r *rewriter) run() bool {
	last := byte(0) // what stands before, but for blanks
	for i := 0; i < len(r.code) && len(r.at) > 0; {
		c, ok := r.code[i], true
		switch {
		case i == r.at[0].start:
			return false // code by itself
		case c == '\'' || c == '"':
			i, ok = r.quoted(i)
		case c == '`':
			i, ok = r.template(i, last)
		case strings.HasPrefix(r.code[i:], "//"):
			i, ok = r.comment(i, "\n")
		case strings.HasPrefix(r.code[i:], "/*"):
			i, ok = r.comment(i, "*/")
		case c == '/':
			ok = isWord(last) || last == ')' || last == ']' // else it begins a regular expression
			i++
		default:
			i++
		}
		if !ok {
			return false
		}
		if !isBlank(c) {
			last = c
		}
	}
	return len(r.at) == 0
}

// replace notes an edit and what it takes care of.
func (r *rewriter) replace(start, end int, text string, expressions int) {
	r.edits = append(r.edits, edit{start, end, text})
	r.at = r.at[expressions:]
}

// quoted is a string in single or double quotes.
func (r *rewriter) quoted(start int) (behind int, ok bool) {
	quote, end := r.code[start], start+1
	inside := 0
	for ; end < len(r.code) && r.code[end] != quote; end++ {
		switch {
		case inside < len(r.at) && end == r.at[inside].start:
			end = r.at[inside].end - 1
			inside++
		case r.code[end] == '\n':
			return 0, false
		case r.code[end] == '\\':
			end++
		}
	}
	if end >= len(r.code) {
		return 0, false
	}
	if inside == 0 {
		return end + 1, true
	}
	if strings.HasPrefix(strings.TrimLeft(r.code[end+1:], " \t"), ":") {
		return 0, false // a key
	}
	if e := r.at[0]; inside == 1 && e.start == start+1 && e.end == end {
		r.replace(start, end+1, "process.env."+r.names.of[e.text], 1)
		return end + 1, true
	}
	text := r.templated(start+1, end, inside)
	if text == "" {
		return 0, false
	}
	r.replace(start, end+1, text, inside)
	return end + 1, true
}

// templated is a text with expressions in it as a template; "" where what is between them means something else there.
func (r *rewriter) templated(from, to, inside int) string {
	var b strings.Builder
	b.WriteByte('`')
	for _, e := range r.at[:inside] {
		between := r.code[from:e.start]
		if strings.ContainsAny(between, "`\\") || strings.Contains(between, "${") || strings.HasSuffix(between, "$") {
			return ""
		}
		b.WriteString(between + "${process.env." + r.names.of[e.text] + "}")
		from = e.end
	}
	rest := r.code[from:to]
	if strings.ContainsAny(rest, "`\\") || strings.Contains(rest, "${") {
		return ""
	}
	return b.String() + rest + "`"
}

// template is a string in backquotes that no function takes apart.
func (r *rewriter) template(start int, before byte) (behind int, ok bool) {
	for i := start + 1; i < len(r.code); i++ {
		switch {
		case len(r.at) > 0 && i == r.at[0].start:
			if isWord(before) && !r.afterKeyword(start) || before == ')' || before == ']' {
				return 0, false
			}
			e := r.at[0]
			r.replace(e.start, e.end, "${process.env."+r.names.of[e.text]+"}", 1)
			i = e.end - 1
		case strings.HasPrefix(r.code[i:], "${") && !strings.HasPrefix(r.code[i:], "${{"):
			end := strings.IndexAny(r.code[i+2:], "{}`'\"")
			if end < 0 || r.code[i+2+end] != '}' || len(r.at) > 0 && r.at[0].start < i+2+end {
				return 0, false
			}
			i += 2 + end
		case r.code[i] == '\\':
			i++
		case r.code[i] == '`':
			return i + 1, true
		}
	}
	return 0, false
}

// afterKeyword tells whether the word before a place is one behind which a value stands.
func (r *rewriter) afterKeyword(at int) bool {
	words := strings.FieldsFunc(r.code[:at], func(c rune) bool { return !isLetter(byte(c)) })
	return len(words) > 0 && anyOf(words[len(words)-1], "return", "typeof", "case", "await", "throw", "in", "of", "default")
}

// comment must hold no expression: to move it would be to change nothing.
func (r *rewriter) comment(start int, end string) (behind int, ok bool) {
	n := strings.Index(r.code[start:], end)
	if n < 0 {
		return 0, false
	}
	behind = start + n + len(end)
	return behind, len(r.at) == 0 || r.at[0].start >= behind
}

// literals tells, by where they begin, which expressions of JavaScript are a value that toJSON writes and stand outside
// of strings and comments: JSON is a literal there, whatever the text is.
func literals(code string, list []expression) map[int]bool {
	out := map[int]bool{}
	var end string // of the string or comment that is open
	last := byte(0)
	for i := 0; i < len(code) && len(list) > 0; i++ {
		c := code[i]
		switch {
		case i == list[0].start:
			if end == "" && isJSON(list[0]) {
				out[i] = true
			}
			i, list, last = list[0].end-1, list[1:], ')'
			continue
		case end != "":
			if c == '\\' && end[0] != '\n' && end[0] != '*' {
				i++
			} else if strings.HasPrefix(code[i:], end) {
				i, end = i+len(end)-1, ""
			}
		case c == '\'' || c == '"' || c == '`':
			end = string(c)
		case strings.HasPrefix(code[i:], "//"):
			end = "\n"
		case strings.HasPrefix(code[i:], "/*"):
			end, i = "*/", i+1
		case c == '/' && !isWord(last) && last != ')' && last != ']':
			return out // a regular expression: what follows is not told apart
		}
		if !isBlank(c) {
			last = c
		}
	}
	return out
}

func isJSON(e expression) bool {
	tree, err := parse(e.text)
	call, ok := tree.(expr.Call)
	return err == nil && ok && strings.EqualFold(call.Func, "toJSON")
}
