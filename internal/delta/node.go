package delta

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxBytes is the most that GitHub reads of a workflow file (internal/limits has it for what is generated); twice that is read here.
const maxBytes = 1 << 20

// maxNodes bounds a file with its aliases followed: a few lines of them can stand for more than any memory.
const maxNodes = 200_000

// parseYAML reads a file that holds one mapping; aliases are followed, and keys stand there once.
func parseYAML(data []byte) (root *yaml.Node, err error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("it has %d bytes", len(data))
	}
	defer func() { // the reader is not ours, and files are anybody's
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("the YAML reader gave up: %v", r)
		}
	}()
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("it is empty")
		}
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("it holds more than one YAML document")
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("it is empty")
	}
	left := maxNodes
	root, err = plain(doc.Content[0], &left)
	if err == nil && root.Kind != yaml.MappingNode {
		err = errors.New("it holds no mapping")
	}
	return root, err
}

// plain copies a node with its aliases and merge keys replaced by what they stand for.
func plain(n *yaml.Node, left *int) (*yaml.Node, error) {
	if *left--; *left < 0 {
		return nil, errors.New("its aliases stand for too much")
	}
	if n.Kind == yaml.AliasNode {
		return plain(n.Alias, left)
	}
	out := *n
	out.Value = marks.Replace(n.Value)
	out.Alias, out.Content = nil, make([]*yaml.Node, len(n.Content))
	keys := map[string]bool{}
	for i, c := range n.Content {
		p, err := plain(c, left)
		if err != nil {
			return nil, err
		}
		out.Content[i] = p
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			continue
		}
		if p.Kind != yaml.ScalarNode || p.Value == "<<" && p.Style == 0 {
			return nil, fmt.Errorf("line %d: a key that GitHub does not read", p.Line)
		}
		if keys[p.Value] {
			return nil, fmt.Errorf("line %d: the key %s stands there twice", p.Line, strconv.Quote(p.Value))
		}
		keys[p.Value] = true
	}
	return &out, nil
}

// marks are the characters that part and mark what facts are made of; in a file's text they are written out.
var marks = strings.NewReplacer(separator, `\x00`, nameBegin, `\x02`, nameEnd, `\x03`)

// field is one entry of a mapping.
type field struct{ key, value *yaml.Node }

// fields lists a mapping; none where n is none.
func fields(n *yaml.Node) []field {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	out := make([]field, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, field{n.Content[i], n.Content[i+1]})
	}
	return out
}

// get returns the value behind a mapping's key, nil where there is none.
func get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var next *yaml.Node
		for _, f := range fields(n) {
			if f.key.Value == key {
				next = f.value
			}
		}
		n = next
	}
	return n
}

// text returns a scalar's text, "" where n is none.
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// texts lists a scalar itself, or those of a list.
func texts(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var out []string
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			out = append(out, canonical(c))
		}
	}
	return out
}

// canonical prints a node on one line, the same for all ways to write it down.
func canonical(n *yaml.Node) string {
	switch {
	case n == nil:
		return ""
	case n.Kind == yaml.ScalarNode:
		return n.Value
	}
	var parts []string
	open, end := "[", "]"
	if n.Kind == yaml.MappingNode {
		open, end = "{", "}"
		for _, f := range fields(n) {
			parts = append(parts, f.key.Value+": "+canonical(f.value))
		}
		sortTexts(parts)
	} else {
		for _, c := range n.Content {
			parts = append(parts, canonical(c))
		}
	}
	return open + strings.Join(parts, ", ") + end
}
