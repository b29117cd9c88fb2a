package script

import (
	"slices"
	"strings"
)

// awk follows awk: its program is the first operand unless -f names a file.
func (r *reader) awk(sc *scope, name string, argv []string, at int) {
	taken, rest := options(argv[1:], "Fvief", []string{"--field-separator", "--assign", "--include", "--source", "--file"})
	text := ""
	for i, o := range taken {
		switch {
		case (o == "-f" || o == "--file") && i+1 < len(taken):
			r.foreignFile(sc, name, "awk", taken[i+1], at)
			return
		case (o == "-e" || o == "--source") && i+1 < len(taken):
			text = taken[i+1]
		}
	}
	if text == "" && len(rest) > 0 {
		text = rest[0]
	}
	switch {
	case r.kindOf(text) > ordinary && r.only(text):
		r.opaque(sc, at, name+" runs "+reasons[r.kindOf(text)]+" as code, "+r.print(text))
	case awkStarts(text):
		r.opaque(sc, at, name+" runs code that starts programs")
	}
}

// awkStarts finds what starts programs: system(), indirect calls and extensions, and outside of strings and patterns
// pipes to and from commands, and connections.
func awkStarts(text string) bool {
	if at := strings.Index(text, "system"); at >= 0 && strings.HasPrefix(strings.TrimLeft(text[at+len("system"):], " \t\\\n"), "(") {
		return true
	}
	inString, before := false, byte('{')
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '/' && strings.IndexByte("(,{};!~&|\n", before) >= 0: // a pattern
			i = len(text) - len(delimited(text[i+1:], '/')) - 1
		case strings.HasPrefix(text[i:], "||"):
			i++
		case c == '|' || c == '@':
			return true
		}
		if c != ' ' && c != '\t' {
			before = c
		}
	}
	return strings.Contains(text, "/inet")
}

// sed follows sed, whose command e and flag e of s run commands.
func (r *reader) sed(sc *scope, argv []string, at int) {
	taken, rest := options(argv[1:], "efl", []string{"--expression", "--file"})
	var scripts []string
	for i, o := range taken {
		switch {
		case (o == "-f" || o == "--file") && i+1 < len(taken):
			scripts = append(scripts, r.copied(sc, "cat", []string{taken[i+1]})...)
		case strings.HasPrefix(o, "-e") && len(o) > 2:
			scripts = append(scripts, o[2:])
		}
		if (o == "-e" || o == "--expression" || strings.HasSuffix(o, "e") && len(o) > 1 && o[1] != '-') && i+1 < len(taken) {
			scripts = append(scripts, taken[i+1])
		}
		if name, text, ok := strings.Cut(o, "="); ok && shortens(name, "--expression") {
			scripts = append(scripts, text)
		}
	}
	if len(scripts) == 0 && len(rest) > 0 {
		scripts = rest[:1:1]
	}
	if slices.ContainsFunc(scripts, sedStarts) {
		r.opaque(sc, at, "sed runs commands with e")
	}
}

// sedStarts reads a script of sed as far as it takes to find e.
func sedStarts(text string) bool {
	for text != "" {
		text = strings.TrimLeft(text, " \t\n;{}!0123456789,$~+")
		if text == "" {
			return false
		}
		c := text[0]
		switch {
		case c == '/' || c == '\\' && len(text) > 1: // an address
			if c == '\\' {
				text = text[1:]
			}
			text = strings.TrimLeft(delimited(text[1:], text[0]), "IM")
			continue
		case c == 'e':
			return true
		case c == 's' && len(text) > 1:
			text = delimited(pattern(text[2:], text[1]), text[1])
			end := strings.IndexAny(text, ";\n}")
			flags := text
			if end >= 0 {
				flags = text[:end]
			}
			if flags, _, _ = strings.Cut(flags, "w"); strings.Contains(flags, "e") {
				return true
			}
			text = text[len(flags):]
		case c == 'y' && len(text) > 1:
			text = delimited(delimited(text[2:], text[1]), text[1])
		default: // the rest of the line belongs to the command
			end := strings.IndexAny(text, "\n;")
			if strings.IndexByte("aicrwR:btT", c) >= 0 {
				end = strings.IndexByte(text, '\n')
			}
			if end < 0 {
				return false
			}
			text = text[end:]
		}
	}
	return false
}

// pattern returns what follows a pattern, in which the end may stand between brackets.
func pattern(text string, end byte) string {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '[':
			if length := strings.IndexByte(text[min(i+2, len(text)):], ']'); length >= 0 && !strings.Contains(text[i:i+2+length], "\n") {
				i += 2 + length
			}
		case end:
			return text[i+1:]
		}
	}
	return ""
}

// delimited returns what follows the next unescaped end.
func delimited(text string, end byte) string {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case end:
			return text[i+1:]
		}
	}
	return ""
}
