package verify_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// An operator changes one place of one workflow. at says whether it fits there:
// file and path (jobs.emit.steps.2.env.X), the key's index in the parent mapping.
type operator struct {
	name string
	// rule must be among the findings: the verifier sees not only that something differs but what is wrong.
	rule   string
	change func(p place) bool
}

// place is one key of one mapping of a workflow.
type place struct {
	variant, file, path string
	parent, above       *yaml.Node // a mapping, and the one that it is a value in
	index               int        // of the key in parent.Content
}

func (p place) key() string      { return p.parent.Content[p.index].Value }
func (p place) node() *yaml.Node { return p.parent.Content[p.index+1] }
func (p place) drop() bool {
	p.parent.Content = slices.Delete(p.parent.Content, p.index, p.index+2)
	return true
}

func (p place) rename(key string) bool {
	p.parent.Content[p.index].Value = key
	return true
}

func (p place) insert(key string, value *yaml.Node) bool {
	p.parent.Content = append(p.parent.Content, str(key), value)
	return true
}

func str(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func object(pairs ...string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, s := range pairs {
		n.Content = append(n.Content, str(s))
	}
	return n
}

func replace(p place, old, text string) bool {
	n := p.node()
	if !strings.Contains(n.Value, old) {
		return false
	}
	n.Value = strings.Replace(n.Value, old, text, 1)
	return true
}

// in reports whether the place is key at depth parts, such as "jobs.*.needs".
func (p place) in(pattern string) bool {
	path, more := p.path, true
	for more {
		var want, got string
		var deeper bool
		want, pattern, more = strings.Cut(pattern, ".")
		got, path, deeper = strings.Cut(path, ".")
		if want != "*" && want != got || more != deeper {
			return false
		}
	}
	return true
}

func (p place) isTelemetry() bool { return strings.HasPrefix(p.file, "telemetry/") }

func (p place) isDispatcherEngine() bool {
	return strings.HasSuffix(p.file, "dispatcher.yml") && strings.HasPrefix(p.path, "jobs.engine-")
}

// places lists every key of a tree with its path.
func places(variant, file string, root *yaml.Node) []place {
	var out []place
	var walk func(n, above *yaml.Node, path string)
	walk = func(n, above *yaml.Node, path string) {
		for i, c := range n.Content {
			switch {
			case n.Kind == yaml.SequenceNode:
				walk(c, n, path+"."+strconv.Itoa(i))
			case i%2 == 0:
				at := strings.TrimPrefix(path+"."+c.Value, ".")
				out = append(out, place{variant, file, at, n, above, i})
				walk(n.Content[i+1], n, at)
			}
		}
	}
	walk(root, nil, "")
	return out
}

// clone copies a tree of plain nodes.
func clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = clone(child)
	}
	return &c
}

// subject is one workflow of one platform.
type subject struct {
	variant, path string
	root          *yaml.Node
	// places is how many places of it an operator may change, each on its own.
	places int
}

// mutants calls try with the bodies that the operator makes of one workflow, each with one place changed.
func (op operator) mutants(t *testing.T, in subject, try func(body []byte)) {
	t.Helper()
	for next, done := 0, 0; done < in.places; done++ {
		changed := clone(in.root)
		all := places(in.variant, in.path, changed)
		for next < len(all) && !op.change(all[next]) { // an operator that does not fit changes nothing
			next++
		}
		if next++; next > len(all) {
			return
		}
		try(encode(t, changed))
	}
}
