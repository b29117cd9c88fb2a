package expr

import (
	"fmt"
	"strings"
)

// maxLength is the longest expression that GitHub reads; it also bounds how deep the parser recurses.
const maxLength = 21_000

// Parse reads an expression without ${{ }}. Operators of one level are
// flattened: a && b && c is one And.
func Parse(s string) (Expr, error) {
	if len(s) > maxLength {
		return nil, fmt.Errorf("it has %d characters; GitHub reads at most %d", len(s), maxLength)
	}
	p := &parser{}
	for rest := strings.TrimSpace(s); rest != ""; rest = strings.TrimSpace(rest) {
		tok := token(rest)
		if tok == "" {
			return nil, fmt.Errorf("%.40q does not start with a name, a quoted text or an operator", rest)
		}
		p.tokens, rest = append(p.tokens, tok), rest[len(tok):]
	}
	e, err := p.or()
	if err == nil && p.peek() != "" {
		err = fmt.Errorf("%.40q is left over", strings.Join(p.tokens, " "))
	}
	return e, err
}

// token returns the token that s begins with: an operator, a literal or a name;
// "" if there is none. It is written by hand since every value of every
// generated workflow passes here.
func token(s string) string {
	switch {
	case strings.HasPrefix(s, "&&"), strings.HasPrefix(s, "||"), strings.HasPrefix(s, "=="), strings.HasPrefix(s, "!="):
		return s[:2]
	case strings.IndexByte("!().,[]", s[0]) >= 0:
		return s[:1]
	case s[0] == '\'':
		return quoted(s)
	case !isName(s):
		return ""
	}
	n := 1
	for n < len(s) && (isName(s[n:]) || s[n] >= '0' && s[n] <= '9' || s[n] == '-') { // GitHub's names may hold dashes
		n++
	}
	return s[:n]
}

// quoted returns the literal that s begins with; a quote in it stands twice.
func quoted(s string) string {
	for n := 1; n < len(s); n++ {
		if s[n] != '\'' {
			continue
		}
		if n+1 == len(s) || s[n+1] != '\'' {
			return s[:n+1]
		}
		n++
	}
	return ""
}

// Unwrap returns what stands in ${{ }}, if the whole of s is one expression.
func Unwrap(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "${{") || !strings.HasSuffix(s, "}}") || strings.Count(s, "${{") != 1 {
		return "", false
	}
	return strings.TrimSpace(s[3 : len(s)-2]), true
}

type parser struct{ tokens []string }

func (p *parser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *parser) next() string {
	t := p.peek()
	if t != "" {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) or() (Expr, error) {
	es, err := p.chain("||", p.and)
	if err != nil || len(es) == 1 {
		return first(es), err
	}
	return Or(es), nil
}

func (p *parser) and() (Expr, error) {
	es, err := p.chain("&&", p.equal)
	if err != nil || len(es) == 1 {
		return first(es), err
	}
	return And(es), nil
}

func first(es []Expr) Expr {
	if len(es) == 0 {
		return nil
	}
	return es[0]
}

func (p *parser) chain(op string, operand func() (Expr, error)) ([]Expr, error) {
	var es []Expr
	for {
		e, err := operand()
		if err != nil {
			return nil, err
		}
		es = append(es, e)
		if p.peek() != op {
			return es, nil
		}
		p.next()
	}
}

func (p *parser) equal() (Expr, error) {
	x, err := p.unary()
	if err != nil {
		return nil, err
	}
	op := p.peek()
	if op != "==" && op != "!=" {
		return x, nil
	}
	p.next()
	y, err := p.unary()
	if err != nil {
		return nil, err
	}
	if op == "==" {
		return Equal{x, y}, nil
	}
	return NotEqual{x, y}, nil
}

func (p *parser) unary() (Expr, error) {
	if p.peek() == "!" {
		p.next()
		x, err := p.unary()
		return Not{x}, err
	}
	return p.atom()
}

func (p *parser) atom() (Expr, error) {
	tok := p.next()
	var e Expr
	switch {
	case tok == "(":
		inner, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.next() != ")" {
			return nil, fmt.Errorf("a closing parenthesis is missing")
		}
		e = inner
	case strings.HasPrefix(tok, "'"):
		return String(strings.ReplaceAll(tok[1:len(tok)-1], "''", "'")), nil
	case tok == "NaN" || tok == "Infinity":
		return nil, fmt.Errorf("%s is a number", tok)
	case isName(tok):
		if p.peek() != "(" {
			e = Name(tok)
			break
		}
		args, err := p.args()
		if err != nil {
			return nil, err
		}
		e = Call{tok, args}
	default:
		return nil, fmt.Errorf("a value is missing before %q", tok)
	}
	return p.properties(e)
}

// properties reads what stands behind a value: .name, or ['name'], which says the same.
func (p *parser) properties(e Expr) (Expr, error) {
	for {
		switch p.peek() {
		case ".":
			p.next()
			name := p.next()
			if !isName(name) {
				return nil, fmt.Errorf("a property's name is missing before %q", name)
			}
			e = Prop{e, name}
		case "[":
			p.next()
			literal := p.next()
			name := strings.Trim(literal, "'")
			if p.next() != "]" || !strings.HasPrefix(literal, "'") || token(name+" ") != name || !isName(name) {
				return nil, fmt.Errorf("%.40q in brackets is not a name in quotes", literal)
			}
			e = Prop{e, name}
		default:
			return e, nil
		}
	}
}

// isName tells whether a text begins as a name does.
func isName(tok string) bool {
	return tok != "" && (tok[0] == '_' || tok[0]|0x20 >= 'a' && tok[0]|0x20 <= 'z')
}

func (p *parser) args() ([]Expr, error) {
	p.next()
	if p.peek() == ")" {
		p.next()
		return nil, nil
	}
	args, err := p.chain(",", p.or)
	if err == nil && p.next() != ")" {
		err = fmt.Errorf("a closing parenthesis is missing")
	}
	return args, err
}
