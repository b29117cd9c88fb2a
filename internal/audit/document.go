package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/limits"
	"github.com/task-assistant/tasc/internal/script"
)

// document is one file with its YAML nodes and what they say as a workflow or an action.
type document struct {
	name string
	data []byte
	// starts are the offsets of the lines, broken those of the lines as YAML counts them: it also breaks
	// at a lone CR and at three characters of Unicode.
	starts, broken []int
	root           *yaml.Node
	action         bool
	ofModel        bool // a word of the runtime model stands in it
	// scripts remembers what was read: jobs of one file often begin alike.
	scripts map[string]*script.Facts
	workflow
}

// read parses a file. A file that YAML or GitHub could not read at all leads to findings and is not judged further.
func read(f File) (*document, []diag.Diagnostic) {
	d := &document{name: f.Name, data: f.Data, ofModel: speaksModel(f.Data), scripts: map[string]*script.Facts{}}
	if len(f.Data) > limits.FileBytes {
		return nil, d.unreadable(diag.Pos{File: f.Name}, fmt.Sprintf("the file has %d bytes", len(f.Data)), fmt.Sprintf("at most %d bytes, which is what GitHub reads", limits.FileBytes))
	}
	d.index()
	found := d.parse()
	if len(found) == 0 {
		if found = d.duplicates(d.root, nil); len(found) == 0 {
			d.action = isAction(f.Name, d.root)
			d.workflow = d.outline()
			d.freeRefs = d.namesRefs()
		}
	}
	return d, diag.Sort(found)
}

// index finds where the lines begin.
func (d *document) index() {
	d.starts, d.broken = []int{0}, []int{0}
	for i, c := range d.data {
		switch rest := d.data[i:]; {
		case c == '\n':
			d.starts = append(d.starts, i+1)
			d.broken = append(d.broken, i+1)
		case c == '\r' && (len(rest) == 1 || rest[1] != '\n'):
			d.broken = append(d.broken, i+1)
		case c == 0xc2 && bytes.HasPrefix(rest, []byte("\u0085")):
			d.broken = append(d.broken, i+2)
		case c == 0xe2 && (bytes.HasPrefix(rest, []byte("\u2028")) || bytes.HasPrefix(rest, []byte("\u2029"))):
			d.broken = append(d.broken, i+3)
		}
	}
}

func (d *document) unreadable(at diag.Pos, message, expected string) []diag.Diagnostic {
	return []diag.Diagnostic{{Rule: RuleYAML, Pos: at, Message: message, Expected: expected, Fix: "correct the file; nothing else in it was judged"}}
}

// yamlLineRE takes the line out of the reader's message; the reader knows no column.
var yamlLineRE = regexp.MustCompile(`^yaml: line ([0-9]+): `)

// parserRE are messages whose line the reader counts from 0 (yaml.v3 adds one only for those of its scanner).
var parserRE = regexp.MustCompile(`^did not find expected (key|'-' indicator|<document start>|node content|',' or '[\]}]')`)

// parse reads the first document of the file, and that there is no second.
func (d *document) parse() (found []diag.Diagnostic) {
	defer func() { // the reader is not ours, and files are anybody's
		if r := recover(); r != nil {
			found = d.unreadable(diag.Pos{File: d.name, Line: 1, Column: 1}, fmt.Sprintf("the YAML reader gave up: %v", r), "a YAML mapping")
		}
	}()
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(d.data))
	err := dec.Decode(&doc)
	if err == nil {
		if again := dec.Decode(&more); again == nil {
			return d.unreadable(d.pos(&more), "a second YAML document begins here", "one document in a file")
		} else if !errors.Is(again, io.EOF) {
			err = again
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		at := diag.Pos{File: d.name, Line: 1, Column: 1}
		message := strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLineRE.FindStringSubmatch(err.Error()); m != nil {
			line, _ := strconv.Atoi(m[1])
			if message = strings.TrimPrefix(err.Error(), m[0]); parserRE.MatchString(message) {
				line++
			}
			at.Line = max(1, min(line, len(d.starts)))
		}
		return d.unreadable(at, "this is no YAML: "+message, "a YAML mapping")
	}
	if len(doc.Content) == 0 || resolve(doc.Content[0]).Kind != yaml.MappingNode {
		return d.unreadable(diag.Pos{File: d.name, Line: 1, Column: 1}, "the file holds no mapping", "a workflow or an action")
	}
	d.root = resolve(doc.Content[0])
	return nil
}

// duplicates finds keys that stand twice in one mapping; what aliases lead to is looked at where it stands.
func (d *document) duplicates(n *yaml.Node, found []diag.Diagnostic) []diag.Diagnostic {
	var seen map[string]*yaml.Node
	if n.Kind == yaml.MappingNode {
		seen = make(map[string]*yaml.Node, len(n.Content)/2)
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Kind == yaml.ScalarNode {
			if first, twice := seen[c.Value]; twice {
				found = append(found, diag.Diagnostic{Rule: RuleYAML, Pos: d.pos(c), Message: fmt.Sprintf("the key %s stands there twice", q(c.Value)),
					Expected: "every key once", Fix: "remove one of the two; nothing else in the file was judged", Notes: []diag.Note{{Pos: d.pos(first), Message: "the first"}}})
			} else {
				seen[c.Value] = c
			}
		}
		found = d.duplicates(c, found)
	}
	return found
}

// isAction tells an action's metadata from a workflow: by the name that GitHub looks for, or by what it holds.
func isAction(name string, root *yaml.Node) bool {
	base := path.Base(name)
	if strings.Contains("/"+name, "/.github/workflows/") {
		return false
	}
	_, runs := get(root, "runs")
	_, jobs := get(root, "jobs")
	return (base == "action.yml" || base == "action.yaml") && jobs == nil || runs != nil && jobs == nil
}

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for range 8 { // an alias of an alias cannot be written, a loop of them cannot be excluded
		if n == nil || n.Kind != yaml.AliasNode {
			break
		}
		n = n.Alias
	}
	return n
}

// get returns a mapping's key and the value behind it, nil where there is none.
func get(n *yaml.Node, key string) (k, v *yaml.Node) {
	if n = resolve(n); n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && n.Content[i].Kind == yaml.ScalarNode {
			return n.Content[i], resolve(n.Content[i+1])
		}
	}
	return nil, nil
}

// getFold is get for names whose case does not matter to GitHub.
func getFold(n *yaml.Node, key string) (k, v *yaml.Node) {
	for _, f := range fields(n) {
		if strings.EqualFold(f.key.Value, key) {
			return f.key, f.value
		}
	}
	return nil, nil
}

// field is one entry of a mapping, its value resolved.
type field struct{ key, value *yaml.Node }

// fields lists a mapping; none where n is no mapping.
func fields(n *yaml.Node) []field {
	if n = resolve(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	out := make([]field, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Kind == yaml.ScalarNode {
			out = append(out, field{n.Content[i], resolve(n.Content[i+1])})
		}
	}
	return out
}

// text returns a scalar's text, "" where n is none.
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// scalars lists a scalar itself, or those of a list.
func scalars(n *yaml.Node) []*yaml.Node {
	if n = resolve(n); n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []*yaml.Node{n}
	}
	var out []*yaml.Node
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			if c = resolve(c); c.Kind == yaml.ScalarNode {
				out = append(out, c)
			}
		}
	}
	return out
}

// pos is where a node begins; columns count characters.
func (d *document) pos(n *yaml.Node) diag.Pos {
	if at := d.offset(n); at >= 0 {
		return d.at(at)
	}
	return diag.Pos{File: d.name, Line: 1, Column: 1}
}

// at turns an offset in the file into a position.
func (d *document) at(offset int) diag.Pos {
	low, high := 0, len(d.starts)
	for high-low > 1 {
		if middle := (low + high) / 2; d.starts[middle] <= offset {
			low = middle
		} else {
			high = middle
		}
	}
	return diag.Pos{File: d.name, Line: low + 1, Column: 1 + utf8.RuneCount(bytes.TrimPrefix(d.data[d.starts[low]:offset], []byte("\ufeff")))}
}

// offset is where a node begins in the file, -1 where its position is none of the file's.
func (d *document) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(d.broken) {
		return -1
	}
	at := d.broken[n.Line-1]
	if n.Line == 1 && bytes.HasPrefix(d.data, []byte("\ufeff")) {
		at += len("\ufeff")
	}
	for range n.Column - 1 {
		if at >= len(d.data) {
			return -1
		}
		_, size := utf8.DecodeRune(d.data[at:])
		at += size
	}
	return at
}
