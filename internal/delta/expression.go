package delta

import (
	"regexp"
	"slices"
	"strings"
)

func sortTexts(s []string) { slices.Sort(s) }

// conjuncts splits a condition at its outermost &&; text in quotes and brackets stays whole.
func conjuncts(condition string) []string { return split(condition, "&&") }

// alternatives splits at the outermost ||.
func alternatives(condition string) []string { return split(condition, "||") }

// split cuts an expression where an operator stands outside of quotes and brackets. Blanks are made one each,
// and brackets around a whole part are taken off.
func split(s, operator string) []string {
	var out []string
	depth, from := 0, 0
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], operator):
			out = append(out, bare(s[from:i]))
			i += len(operator) - 1
			from = i + 1
		}
	}
	return append(out, bare(s[from:]))
}

// bare takes blanks and outer brackets off.
func bare(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	for strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") && closes(s) == len(s)-1 {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// closes finds the bracket that closes the first.
func closes(s string) int {
	depth, quoted := 0, false
	for i := range len(s) {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case quoted:
		case s[i] == '(':
			depth++
		case s[i] == ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// unwrap takes ${{ }} off a condition, which may stand without it.
func unwrap(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "${{") && strings.HasSuffix(s, "}}") && strings.Count(s, "${{") == 1 {
		return strings.TrimSpace(s[3 : len(s)-2])
	}
	return s
}

// used are the secrets or variables that a text names in expressions.
type used struct{ secrets, variables []string }

var (
	// contextRE finds secrets and vars with what is asked of them; names in quotes may hold anything.
	contextRE = regexp.MustCompile(`(?i)(?:^|[^\w.'-])(secrets|vars)\s*(?:\.\s*([a-z_*][\w-]*)|\[\s*'([^']*)'\s*\])?`)
	tokenRE   = regexp.MustCompile(`(?i)(?:^|[^\w.'-])github\s*(?:\.\s*token\b|\[\s*'token'\s*\])`)
	wholeRE   = regexp.MustCompile(`(?i)tojson\s*\(\s*github\s*\)`)
)

// everything stands for a whole context.
const everything = "(all)"

// find adds what the expressions of a text name; condition says that all of it is one.
func (u *used) find(s string, condition bool) {
	for _, part := range expressions(s, condition) {
		for _, m := range contextRE.FindAllStringSubmatch(part, -1) {
			name := strings.ToUpper(m[2] + m[3])
			if name == "" || name == "*" {
				name = everything
			}
			if strings.EqualFold(m[1], "secrets") {
				u.secrets = append(u.secrets, name)
			} else {
				u.variables = append(u.variables, name)
			}
		}
		if tokenRE.MatchString(part) || wholeRE.MatchString(part) {
			u.secrets = append(u.secrets, "GITHUB_TOKEN")
		}
	}
}

// expressions returns what stands in ${{ }}.
func expressions(s string, condition bool) []string {
	if condition && !strings.Contains(s, "${{") {
		return []string{s}
	}
	var out []string
	for {
		_, rest, ok := strings.Cut(s, "${{")
		if !ok {
			return out
		}
		part, after, _ := strings.Cut(rest, "}}")
		out, s = append(out, part), after
	}
}
