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
	var why reasons
	for _, p := range t.pairs {
		var n counts
		for _, v := range cases {
			ours := slices.DeleteFunc(slices.Clone(v.ours), func(f finding) bool { return !contains(p.ours, f.rule) })
			theirs := slices.DeleteFunc(slices.Clone(v.theirs), func(f finding) bool { return !p.ofTheirs(f) })
			switch {
			case len(ours) > 0 && len(theirs) > 0:
				n.both++
			case len(ours) > 0:
				n.we++
				unexplained += t.explain(w, &why, difference{p.what, "tasc", v, ours})
			case len(theirs) > 0:
				n.they++
				unexplained += t.explain(w, &why, difference{p.what, t.peer, v, theirs})
			default:
				n.none++
			}
		}
		fmt.Fprintf(w, "| %s | `%s` | `%s` | %d | %d | %d | %d |\n", p.what, strings.Join(p.theirs, "`, `"), strings.Join(p.ours, "`, `"), n.both, n.we, n.they, n.none)
	}
	fmt.Fprint(w, "\n| what | only | why | files |\n|---|---|---|--:|\n")
	for _, r := range why {
		fmt.Fprintf(w, "%s %d |\n", r.row, r.files)
	}
	return unexplained
}

// difference is a file in which one side alone finds something of a kind.
type difference struct {
	what, side string
	file       verdict
	found      []finding
}

// reasons are rows of the table of classes, in the order in which they come up.
type reasons []struct {
	row   string
	files int
}

func (r *reasons) add(row string) {
	for i := range *r {
		if (*r)[i].row == row {
			(*r)[i].files++
			return
		}
	}
	*r = append(*r, struct {
		row   string
		files int
	}{row, 1})
}

// explain counts the classes of a difference, each once, and returns how many findings have none.
func (t table) explain(w io.Writer, why *reasons, d difference) (unexplained int) {
	counted := map[string]bool{}
	for _, f := range d.found {
		reason, ok := t.reason(d.what, d.side == "tasc", d.file, f)
		if row := fmt.Sprintf("| %s | %s | %s |", d.what, d.side, reason); !counted[row] {
			counted[row] = true
			why.add(row)
		}
		if !ok {
			unexplained++
		}
		if t.verbose || !ok {
			fmt.Fprintf(w, "only %s %s:%d: %s [%s] | %s\n", d.side, d.file.name, f.line, f.message, f.rule, line(d.file.data, f.line))
		}
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
