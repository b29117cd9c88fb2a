package explain

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Cases are the worked examples of one rule: why it is there, and sets of files
// that break or keep it, each written as edits of a base that breaks none.
type Cases struct {
	Why  string
	List []Case
	// Files are sections that are no case, by name; the base has nothing else.
	Files map[string]string
}

// Case is one example. Want holds the findings that the edits must lead to; it is empty where Good.
type Case struct {
	Good  bool
	What  string
	Edits string
	Want  string
}

// ParseCases reads a txtar file: a comment that says why, then sections "bad:
// what", each followed by "want: what", and "good: what".
func ParseCases(data []byte) (Cases, error) {
	a := txtar.Parse(data)
	c := Cases{Why: strings.Join(strings.Fields(string(a.Comment)), " "), Files: map[string]string{}}
	for _, f := range a.Files {
		kind, what, _ := strings.Cut(f.Name, ": ")
		switch kind {
		case "bad", "good":
			c.List = append(c.List, Case{Good: kind == "good", What: what, Edits: string(f.Data)})
		case "want":
			if n := len(c.List); n == 0 || c.List[n-1].Good || c.List[n-1].What != what {
				return c, fmt.Errorf("section %q does not follow its case", f.Name)
			}
			c.List[len(c.List)-1].Want = string(f.Data)
		default:
			c.Files[f.Name] = string(f.Data)
		}
	}
	return c, nil
}

// first returns the first case of each kind: those are the ones to show.
func (c Cases) first() (bad, good Case, err error) {
	b := slices.IndexFunc(c.List, func(c Case) bool { return !c.Good })
	g := slices.IndexFunc(c.List, func(c Case) bool { return c.Good })
	if b < 0 || g < 0 {
		return bad, good, errors.New("a bad and a good case are needed")
	}
	return c.List[b], c.List[g], nil
}

// edit is one change of one file.
type edit struct {
	file     string
	old, new string
	// lines says that the whole line goes in which old stands.
	line bool
	// create says that new is the file.
	create bool
}

var (
	replaceRE = regexp.MustCompile(`^(\S+): (.+) => (.*)$`)
	deleteRE  = regexp.MustCompile(`^(\S+): delete (.+)$`)
	createRE  = regexp.MustCompile(`^(\S+): create (.*)$`)
)

// parseEdits reads one edit a line:
//
//	file: old => new
//	file: delete text
//	file: create text
//
// where \n, \r and \t stand for a line break, a carriage return and a tab. A file is relative to the
// folder of the specs, or to the project where it begins with a slash.
func parseEdits(text string) ([]edit, error) {
	breaks := strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t")
	var out []edit
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		var e edit
		if m := replaceRE.FindStringSubmatch(line); m != nil {
			e = edit{file: m[1], old: breaks.Replace(m[2]), new: breaks.Replace(m[3])}
		} else if m := deleteRE.FindStringSubmatch(line); m != nil {
			e = edit{file: m[1], old: m[2], line: true}
		} else if m := createRE.FindStringSubmatch(line); m != nil {
			e = edit{file: m[1], new: breaks.Replace(m[2]), create: true}
		} else {
			return nil, fmt.Errorf("%q is not an edit", line)
		}
		if rooted, ok := strings.CutPrefix(e.file, "/"); ok {
			e.file = rooted
		} else {
			e.file = "engines/" + e.file
		}
		out = append(out, e)
	}
	return out, nil
}

// Edit returns files, by path in the project, after the edits of a case. What
// an edit replaces or deletes must be there; its first place is taken.
func Edit(files map[string]string, edits string) (map[string]string, error) {
	list, err := parseEdits(edits)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(files)
	for _, e := range list {
		text, ok := out[e.file]
		if !e.create && (!ok || !strings.Contains(text, e.old)) {
			return nil, fmt.Errorf("there is no %q in %s", e.old, e.file)
		}
		out[e.file] = e.apply(text)
	}
	return out, nil
}

func (e edit) apply(text string) string {
	switch at := strings.Index(text, e.old); {
	case e.create:
		return e.new
	case e.line:
		start, end := strings.LastIndex(text[:at], "\n")+1, at+strings.Index(text[at:], "\n")+1
		return text[:start] + text[end:]
	}
	return strings.Replace(text, e.old, e.new, 1)
}
