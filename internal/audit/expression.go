package audit

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/expr"
)

// expression is one ${{ }} in a text: what stands in it, and where the whole begins and ends.
type expression struct {
	text       string
	start, end int
}

// expressions lists those of a text. One that does not end is left out.
func expressions(s string) []expression {
	var out []expression
	for from := 0; ; {
		i := strings.Index(s[from:], "${{")
		if i < 0 {
			return out
		}
		start := from + i
		end := closing(s, start+3)
		if end < 0 {
			return out
		}
		out = append(out, expression{strings.TrimSpace(s[start+3 : end]), start, end + 2})
		from = end + 2
	}
}

// closing is where the }} stands that ends an expression; quotes may hold others.
func closing(s string, at int) int {
	quoted := false
	for ; at+1 < len(s); at++ {
		switch {
		case s[at] == '\'':
			quoted = !quoted
		case !quoted && s[at] == '}' && s[at+1] == '}':
			return at
		}
	}
	return -1
}

// parse reads an expression that may be anybody's. Numbers, indexes, object filters and comparisons
// by size are none of the compiler's grammar; what they stand for does not matter here, so they are
// written as what is: a['b'] as a.b, any other index and a filter as a property, a number as a text.
func parse(s string) (expr.Expr, error) { return expr.Parse(plain(s)) }

func plain(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\'':
			end := i + 1 + strings.IndexByte(s[i+1:], '\'')
			if end == i {
				return ""
			}
			b.WriteString(s[i : end+1])
			i = end + 1
		case c == '[':
			end := bracket(s, i)
			if end < 0 {
				return ""
			}
			b.WriteString("." + property(s[i+1:end]))
			i = end + 1
		case c == '*':
			b.WriteByte('_')
			i++
		case c == '<' || c == '>':
			b.WriteString("==")
			i++
			if i < len(s) && s[i] == '=' {
				i++
			}
		case isDigit(c) || c == '-' || c == '+':
			b.WriteString("'0'")
			for i < len(s) && (isWord(s[i]) || s[i] == '.' || s[i] == '+') {
				i++
			}
		case isWord(c):
			n := i
			for i < len(s) && isWord(s[i]) {
				i++
			}
			b.WriteString(s[n:i])
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isWord(c byte) bool {
	return c == '_' || c == '-' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// bracket is where the bracket ends that begins at at.
func bracket(s string, at int) int {
	depth, quoted := 0, false
	for ; at < len(s); at++ {
		switch {
		case s[at] == '\'':
			quoted = !quoted
		case quoted:
		case s[at] == '[':
			depth++
		case s[at] == ']':
			if depth--; depth == 0 {
				return at
			}
		}
	}
	return -1
}

// property is an index as a property: its own name if it is a literal one.
func property(index string) string {
	name := strings.Trim(strings.TrimSpace(index), "'")
	for i := range len(name) {
		if !isWord(name[i]) || i == 0 && (isDigit(name[i]) || name[i] == '-') {
			return "_"
		}
	}
	if name == "" || name == strings.TrimSpace(index) {
		return "_"
	}
	return name
}

// booleans are the functions whose result is no text of their arguments.
var booleans = []string{"contains", "startswith", "endswith", "always", "success", "failure", "cancelled", "hashfiles"}

// reaches lists the contexts whose text can be in the result of an expression, in lower case: not those
// that are only compared. One that was read whole as JSON has a * behind it.
func reaches(e expr.Expr) []string {
	switch e := e.(type) {
	case expr.Name, expr.Prop:
		if path := dotted(e); path != "" {
			return []string{path}
		}
		if p, ok := e.(expr.Prop); ok {
			return fromJSON(p)
		}
	case expr.Call:
		name := strings.ToLower(e.Func)
		if anyOf(name, booleans...) {
			return nil
		}
		var out []string
		for _, a := range e.Args {
			for _, path := range reaches(a) {
				if name == "tojson" && !strings.HasSuffix(path, ".*") {
					path += ".*"
				}
				out = append(out, path)
			}
		}
		return out
	case expr.And: // what stands before the last is the result only where it is empty or false
		return reaches(e[len(e)-1])
	case expr.Or:
		var out []string
		for _, x := range e {
			out = append(out, reaches(x)...)
		}
		return out
	}
	return nil
}

var pathRE = regexp.MustCompile(`[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)+`)

// contexts lists the contexts whose text can be in the result of an expression; all that it names where it cannot be read.
func contexts(e expression) []string {
	tree, err := parse(e.text)
	if err != nil {
		return pathRE.FindAllString(strings.ToLower(e.text), -1)
	}
	return reaches(tree)
}

// fromJSON reads a property of something that is no context: fromJSON(toJSON(job)).workflow_sha is job.workflow_sha.
func fromJSON(p expr.Prop) []string {
	below := p.Name
	x := p.X
	for {
		inner, ok := x.(expr.Prop)
		if !ok {
			break
		}
		below, x = inner.Name+"."+below, inner.X
	}
	var out []string
	for _, path := range reaches(x) {
		if whole, ok := strings.CutSuffix(path, ".*"); ok {
			path = whole + "." + strings.ToLower(below)
		}
		out = append(out, path)
	}
	return out
}

// dotted returns a chain of properties as a text in lower case, "" where it begins with something else than a name.
func dotted(e expr.Expr) string {
	switch e := e.(type) {
	case expr.Name:
		return strings.ToLower(string(e))
	case expr.Prop:
		if x := dotted(e.X); x != "" {
			return x + "." + strings.ToLower(e.Name)
		}
	}
	return ""
}

// sole returns the one context that a scalar's whole text is, in lower case; "" where it is anything else.
func sole(n *yaml.Node) string {
	inner, ok := expr.Unwrap(text(n))
	if !ok {
		return ""
	}
	e, err := parse(inner)
	if err != nil {
		return ""
	}
	switch e.(type) {
	case expr.Name, expr.Prop:
		if paths := reaches(e); len(paths) == 1 {
			return paths[0]
		}
	}
	return ""
}
