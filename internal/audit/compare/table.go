package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// class explains disagreements of one pair.
type class struct {
	pair string
	// weAlone says that only we find something; else only they do.
	weAlone bool
	// message is what one of the findings says that only one side has, line what its line in the file holds, file the file's name.
	// Empty ones hold for all.
	message, line, file string
	// hidden demands that the other judge keeps findings back.
	hidden bool
	why    string
}

func (c class) explains(pair string, weAlone bool, v verdict, f finding) bool {
	return c.pair == pair && c.weAlone == weAlone && (!c.hidden || v.hidden > 0) && matches(c.file, v.name) && matches(c.message, f.message) && matches(c.line, line(v.data, f.line))
}

func matches(pattern, s string) bool {
	return pattern == "" || regexp.MustCompile(pattern).MatchString(s)
}

func line(data []byte, n int) string {
	lines := strings.Split(string(data), "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[n-1])
}

// table prints the comparison with one judge.
type table struct {
	peer    string
	of      string // whose files
	pairs   []pair
	classes []class
	verbose bool
}

// counts are files.
type counts struct{ both, we, they, none int }

// print returns how many disagreements no class explains.
func (t table) print(w io.Writer, cases []verdict) (unexplained int) {
	fmt.Fprintf(w, "\n%d files of %s\n\n| what | %s | tasc | both | only tasc | only %s | none |\n|---|---|---|--:|--:|--:|--:|\n", len(cases), t.of, t.peer, t.peer)
	var why []string
	seen := map[string]int{}
	for _, p := range t.pairs {
		var n counts
		for _, v := range cases {
			ours := slices.DeleteFunc(slices.Clone(v.ours), func(f finding) bool { return !contains(p.ours, f.rule) })
			theirs := slices.DeleteFunc(slices.Clone(v.theirs), func(f finding) bool { return !p.ofTheirs(f) })
			switch {
			case len(ours) > 0 && len(theirs) > 0:
				n.both++
				continue
			case len(ours)+len(theirs) == 0:
				n.none++
				continue
			case len(ours) > 0:
				n.we++
			default:
				n.they++
			}
			side := map[bool]string{true: "tasc", false: t.peer}[len(ours) > 0]
			counted := map[string]bool{}
			for _, f := range append(ours, theirs...) {
				reason, ok := t.reason(p.what, len(ours) > 0, v, f)
				if !ok {
					unexplained++
				}
				key := fmt.Sprintf("| %s | %s | %s |", p.what, side, reason)
				if seen[key] == 0 {
					why = append(why, key)
				}
				if !counted[key] {
					seen[key], counted[key] = seen[key]+1, true
				}
				if t.verbose || !ok {
					fmt.Fprintf(w, "only %s %s:%d: %s [%s] | %s\n", side, v.name, f.line, f.message, f.rule, line(v.data, f.line))
				}
			}
		}
		fmt.Fprintf(w, "| %s | `%s` | `%s` | %d | %d | %d | %d |\n", p.what, strings.Join(p.theirs, "`, `"), strings.Join(p.ours, "`, `"), n.both, n.we, n.they, n.none)
	}
	fmt.Fprint(w, "\n| what | only | why | files |\n|---|---|---|--:|\n")
	for _, key := range why {
		fmt.Fprintf(w, "%s %d |\n", key, seen[key])
	}
	return unexplained
}

func (t table) reason(pair string, weAlone bool, v verdict, f finding) (string, bool) {
	for _, c := range t.classes {
		if c.explains(pair, weAlone, v, f) {
			return c.why, true
		}
	}
	return "**no class**", false
}
