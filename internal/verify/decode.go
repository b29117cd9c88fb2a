package verify

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/visible"
)

// document is one decoded workflow.
type document struct {
	file string
	root *yaml.Node // a mapping
	// lines are those of the file, header and all.
	lines []string
	// leaves are all values of it.
	leaves []leaf
}

func (d document) pos(n *yaml.Node) diag.Pos {
	return diag.Pos{File: d.file, Line: n.Line, Column: n.Column}
}

// at returns the character at which a node begins, 0 for none.
func (d document) at(n *yaml.Node) rune {
	if n.Line < 1 || n.Line > len(d.lines) {
		return 0
	}
	column := 0
	for _, r := range d.lines[n.Line-1] {
		if column++; column == n.Column {
			return r
		}
	}
	return 0
}

// decode accepts one document of plain mappings, sequences and scalars: no
// anchors, aliases or tags, and no key that stands twice or hides what it is.
func (v *verifier) decode(f File) (document, bool) {
	if !v.plain(f) {
		return document{}, false
	}
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(f.Data))
	if err := dec.Decode(&doc); err != nil {
		v.report("verify-yaml", diag.Pos{File: f.Path}, "it is not YAML: %v", err)
		return document{}, false
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		v.report("verify-yaml", diag.Pos{File: f.Path}, "it holds more than one document")
		return document{}, false
	}
	d := document{file: f.Path, root: doc.Content[0], lines: strings.Split(string(f.Data), "\n")}
	before := len(v.found)
	v.strict(d, d.root)
	if d.root.Kind != yaml.MappingNode {
		v.report("verify-yaml", d.pos(d.root), "it is no mapping")
	}
	if len(v.found) > before {
		return d, false
	}
	d.leaves = flatten(d.root, "", nil)
	return d, true
}

// plain: what people see of the file is all that programs see, and it is one document from its first line to its last.
// Where two programs could differ in what a line is, they could differ in what a comment is.
func (v *verifier) plain(f File) bool {
	before, s := len(v.found), string(f.Data)
	if at := visible.Hidden(s); at >= 0 {
		line := strings.Count(s[:at], "\n") + 1
		v.report("verify-yaml", diag.Pos{File: f.Path, Line: line, Column: at - strings.LastIndexByte(s[:at], '\n')}, "a character that people do not see: %q", []rune(s[at:])[0])
	}
	for i := 0; i < len(s); i += next(s[i:]) {
		if rest := s[i:]; rest[0] == '%' || strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "...") {
			v.report("verify-yaml", diag.Pos{File: f.Path, Line: strings.Count(s[:i], "\n") + 1, Column: 1}, "a directive, or the beginning or end of a document")
		}
	}
	return len(v.found) == before
}

// next returns how far the next line is.
func next(s string) int {
	if end := strings.IndexByte(s, '\n'); end >= 0 {
		return end + 1
	}
	return len(s)
}

func (v *verifier) strict(d document, n *yaml.Node) {
	switch {
	case n.Anchor != "" || n.Kind == yaml.AliasNode:
		v.report("verify-yaml", d.pos(n), "an anchor or alias")
		return
	case n.Style&yaml.TaggedStyle != 0 || d.at(n) == '!': // of a tag that is ! alone the decoder says nothing
		v.report("verify-yaml", d.pos(n), "a tag")
	}
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i < len(n.Content); i += 2 {
			k := n.Content[i]
			if seen[k.Value] || !isKey(k.Value) { // a key that is no scalar has no value
				v.report("verify-yaml", d.pos(k), "the key %q stands twice or is not a plain word", k.Value)
			}
			seen[k.Value] = true
		}
	}
	for _, c := range n.Content {
		v.strict(d, c)
	}
}

// isKey tells whether a text is all that a key may be: closedWorld joins keys to paths, which a dot or a bracket would make ambiguous.
func isKey(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return s != ""
}

// get follows keys from a mapping; nil where one is absent.
func get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var next *yaml.Node
		for k, value := range pairs(n) {
			if k.Value == key {
				next = value
			}
		}
		n = next
	}
	return n
}

// pairs yields the entries of a mapping; nothing for any other node, nil included.
func pairs(n *yaml.Node) func(func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// items returns the entries of a sequence; nothing for any other node, nil included.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// text returns a scalar's value; empty for any other node, nil included.
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}
