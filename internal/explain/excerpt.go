package explain

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// excerpts shows of both cases the lines that their edits change and those that
// the findings point at; of the good one also what stands where the bad one is wrong.
func excerpts(base map[string]string, bad, good Case, findings string) (fails, passes []Excerpt, err error) {
	authored, generated, err := split(bad.Edits)
	if err != nil {
		return nil, nil, err
	}
	badFiles, err := Edit(base, authored)
	if err != nil {
		return nil, nil, err
	}
	goodFiles, err := Edit(base, good.Edits)
	if err != nil {
		return nil, nil, err
	}
	pointed := places(findings)
	names := slices.Concat(slices.Collect(maps.Keys(badFiles)), slices.Collect(maps.Keys(goodFiles)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		before, after := lines(base[name]), lines(badFiles[name])
		match := common(before, after)
		shown, inBase := map[int]bool{}, map[int]bool{}
		for i := range after {
			shown[i] = pointed[name][i+1] || !slices.Contains(match, i)
		}
		for i, to := range match {
			inBase[i] = to < 0 || shown[to]
		}
		fails = append(fails, cut(name, after, shown)...)
		passes = append(passes, passing(name, before, lines(goodFiles[name]), inBase)...)
	}
	for _, e := range generated {
		fails = append(fails, Excerpt{File: e.file, Text: clip(e.new)})
		if !e.create {
			passes = append(passes, Excerpt{File: e.file, Text: clip(e.old)})
		}
	}
	return fails, passes, nil
}

// split sets those edits apart that are of files which only exist once they are generated.
func split(edits string) (authored string, generated []edit, err error) {
	for line := range strings.Lines(edits) {
		list, err := parseEdits(line)
		if err != nil {
			return "", nil, err
		}
		if strings.HasPrefix(list[0].file, "generated") {
			generated = append(generated, list...)
		} else {
			authored += line
		}
	}
	return authored, generated, nil
}

func passing(name string, before, after []string, inBase map[int]bool) []Excerpt {
	match := common(before, after)
	shown := map[int]bool{}
	for i := range after {
		shown[i] = !slices.Contains(match, i)
	}
	for i, to := range match {
		if to >= 0 && inBase[i] {
			shown[to] = true
		}
	}
	return cut(name, after, shown)
}

var placeRE = regexp.MustCompile(`(?m)^ *(\S+?):(\d+):\d+: `)

// places returns the lines, by file, that findings and their notes point at.
func places(findings string) map[string]map[int]bool {
	out := map[string]map[int]bool{}
	for _, m := range placeRE.FindAllStringSubmatch(findings, -1) {
		if out[m[1]] == nil {
			out[m[1]] = map[int]bool{}
		}
		line, _ := strconv.Atoi(m[2])
		out[m[1]][line] = true
	}
	return out
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// common returns for each line of a its place in b, or -1, along a longest common subsequence.
func common(a, b []string) []int {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if length[i][j] = max(length[i+1][j], length[i][j+1]); a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			}
		}
	}
	out := make([]int, len(a))
	j := 0
	for i := range a {
		out[i] = -1
		for j < len(b) && a[i] != b[j] && length[i][j] == length[i][j+1] {
			j++
		}
		if j < len(b) && a[i] == b[j] {
			out[i], j = j, j+1
		}
	}
	return out
}

// cut makes one excerpt of every run of lines that are shown.
func cut(name string, text []string, shown map[int]bool) []Excerpt {
	var out []Excerpt
	for i := 0; i < len(text); i++ {
		start := i
		for i < len(text) && shown[i] {
			i++
		}
		if run := strings.Join(text[start:i], "\n"); strings.TrimSpace(run) != "" {
			out = append(out, Excerpt{File: name, Line: start + 1, Text: clip(run)})
		}
	}
	return out
}

const maxLines, maxColumns = 6, 140

// clip takes the common indentation away and shortens what is longer than a reader's patience.
func clip(text string) string {
	all := lines(text)
	indent := -1
	for _, l := range all {
		if n := len(l) - len(strings.TrimLeft(l, "\t ")); l != "" && (indent < 0 || n < indent) {
			indent = n
		}
	}
	var out []string
	for i, l := range all {
		if i == maxLines {
			out = append(out, "…")
			break
		}
		r := []rune(strings.ReplaceAll(l[min(len(l), max(indent, 0)):], "\t", "    "))
		if len(r) > maxColumns {
			r = append(r[:maxColumns], '…')
		}
		out = append(out, string(r))
	}
	return strings.Join(out, "\n")
}
