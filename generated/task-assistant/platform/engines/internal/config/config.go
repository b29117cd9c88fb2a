// Package config reads a repository's .github/task-assistant.yml.
//
// Unknown keys are ignored, since newer engines may know them; wrong ones are
// problems with line and column. A file with a problem is not acted upon.
package config

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// File is where a repository keeps its configuration.
const File = ".github/task-assistant.yml"

// Problem is something wrong in the file; Line and Column count from 1, and are 0 where the file cannot be read as YAML at all.
type Problem struct {
	Line, Column int
	Message      string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", File, p.Line, p.Column, p.Message)
}

// Parse returns what the file declares, or every problem of it, in the order of the file.
func Parse(data []byte) (*Config, []Problem) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, []Problem{{Message: "it is not YAML: " + shown(err.Error())}}
	}
	if len(doc.Content) == 0 {
		return nil, []Problem{{Message: "it is empty; expected a mapping with schema_version"}}
	}
	c := &checker{}
	c.file(doc.Content[0])
	if len(c.problems) == 0 {
		return decode(doc.Content[0]), nil
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	return nil, c.problems
}

type checker struct{ problems []Problem }

func (c *checker) report(n *yaml.Node, format string, args ...any) {
	c.problems = append(c.problems, Problem{n.Line, n.Column, fmt.Sprintf(format, args...)})
}

func (c *checker) file(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		c.report(n, "the file is %s; expected a mapping with schema_version", kind(n))
		return
	}
	c.duplicates(n)
	c.version(n)
	c.list(n, "tracks", "id", "label", "description")
	c.list(n, "labels", "name", "description", "color")
	c.list(n, "milestones", "title")
	c.enforcement(n)
}

var versionRE = regexp.MustCompile(`^1(\.[0-9]+)*$`)

func (c *checker) version(n *yaml.Node) {
	v := member(n, "schema_version")
	switch {
	case v == nil:
		c.report(n, `schema_version is missing; expected schema_version: "1.0"`)
	case v.Kind != yaml.ScalarNode || v.Tag != "!!str":
		c.report(v, `schema_version is %s; expected a text in quotes, such as "1.0"`, kind(v))
	case !versionRE.MatchString(v.Value):
		c.report(v, "schema_version is %s; expected major version 1", quote(v.Value))
	}
}

// list checks a list of mappings whose keys are all required texts. The first key names an entry, so it must be unique.
func (c *checker) list(n *yaml.Node, key string, fields ...string) {
	list := member(n, key)
	if list == nil {
		return
	}
	if list.Kind != yaml.SequenceNode {
		c.report(list, "%s is %s; expected a list", key, kind(list))
		return
	}
	seen := map[string]int{}
	for _, item := range list.Content {
		item = resolve(item)
		if item.Kind != yaml.MappingNode {
			c.report(item, "an entry of %s is %s; expected a mapping with %s", key, kind(item), fields[0])
			continue
		}
		c.duplicates(item)
		for _, f := range fields {
			c.field(key, f, item)
		}
		if id := member(item, fields[0]); id != nil && id.Kind == yaml.ScalarNode {
			if line, twice := seen[Fold(id.Value)]; twice {
				c.report(id, "%s has %s %s twice; it stands in line %d already", key, fields[0], quote(id.Value), line)
			}
			seen[Fold(id.Value)] = id.Line
		}
	}
}

var colorRE = regexp.MustCompile(`^#?[0-9A-Fa-f]{6}$`)

func (c *checker) field(list, name string, item *yaml.Node) {
	v := member(item, name)
	switch {
	case v == nil:
		c.report(item, "an entry of %s has no %s", list, name)
	case name == "color" && v.Kind == yaml.ScalarNode && !colorRE.MatchString(v.Value):
		c.report(v, "the color %s is not hexadecimal; expected six digits such as \"d73a4a\"", quote(v.Value))
	case name == "color" && v.Kind == yaml.ScalarNode:
		// 000000 without quotes is a number to YAML and a color to people
	case v.Kind != yaml.ScalarNode || v.Tag != "!!str" || v.Value == "":
		c.report(v, "%s of an entry of %s is %s; expected a text", name, list, kind(v))
	case utf8.RuneCountInString(v.Value) > longest(list, name):
		c.report(v, "%s of an entry of %s has %d characters; GitHub takes %d", name, list, utf8.RuneCountInString(v.Value), longest(list, name))
	}
}

// longest is how many characters GitHub takes for a field of a label or a milestone (docs.github.com REST labels, milestones).
func longest(list, field string) int {
	switch {
	case field == "label", list == "labels" && field == "name":
		return 50
	case field == "description":
		return 100
	case field == "title":
		return 255
	}
	return math.MaxInt
}

// duplicates reports a key that stands twice: readers differ on which one counts.
func (c *checker) duplicates(n *yaml.Node) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := resolve(n.Content[i])
		if seen[k.Value] {
			c.report(n.Content[i], "the key %s stands here twice", quote(k.Value))
		}
		seen[k.Value] = true
	}
}

// member returns the value of a key, or nil; nil of nil, too.
func member(n *yaml.Node, key string) *yaml.Node {
	if n == nil {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return resolve(n.Content[i+1])
		}
	}
	return nil
}

// resolve follows an alias.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// kind names what a node is, as a message does.
func kind(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null" || n.Value == "":
		return "empty"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "the number " + shown(n.Value)
	case n.Tag == "!!bool":
		return "the bool " + shown(n.Value)
	}
	return quote(n.Value)
}

// maxShown is about how many bytes of a value a message shows: a result with many problems must stay within 64 KiB.
const maxShown = 100

// quote returns s shown in quotes.
func quote(s string) string { return `"` + shown(s) + `"` }

// shown returns s escaped as in a Go string, and cut between two runes where that is long.
func shown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if b.Len() >= maxShown {
			return b.String() + "…"
		}
		quoted := strconv.Quote(string(r))
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
