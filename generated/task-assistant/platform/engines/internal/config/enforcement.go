package config

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// enforcement checks what engine enforce may do: the label groups that are exclusive, and which phase means which milestone.
func (c *checker) enforcement(n *yaml.Node) {
	e := c.mapping(n, "enforcement", "exclusivity and phase_milestones")
	if e == nil {
		return
	}
	if groups := c.mapping(e, "exclusivity", "the groups phase, priority, track and state"); groups != nil {
		for _, name := range GroupNames {
			if rule := c.mapping(groups, name, "mode, strategy and terminal"); rule != nil {
				c.group(name, rule)
			}
		}
	}
	if m := c.mapping(e, "phase_milestones", "phase labels and titles of milestones"); m != nil {
		c.phaseMilestones(m)
	}
}

// mapping returns the value of a key if it is a mapping, and reports it if it is anything else.
func (c *checker) mapping(n *yaml.Node, key, holds string) *yaml.Node {
	v := member(n, key)
	if v == nil {
		return nil
	}
	if v.Kind != yaml.MappingNode {
		c.report(v, "%s is %s; expected a mapping with %s", key, kind(v), holds)
		return nil
	}
	c.duplicates(v)
	return v
}

func (c *checker) group(name string, rule *yaml.Node) {
	if member(rule, "mode") == nil {
		c.report(rule, "the group %s has no mode; expected enforce, warn, fail or off", name)
	}
	c.oneOf(rule, "mode", "enforce", "warn", "fail", "off")
	c.oneOf(rule, "strategy", "highest", "lowest")
	terminal := member(rule, "terminal")
	if terminal == nil {
		return
	}
	if terminal.Kind != yaml.SequenceNode {
		c.report(terminal, "terminal is %s; expected a list of labels", kind(terminal))
		return
	}
	for _, item := range terminal.Content {
		item = resolve(item)
		if item.Kind != yaml.ScalarNode || item.Tag != "!!str" || !(Group{Name: name}).Has(item.Value) {
			c.report(item, "an entry of terminal is %s; expected a label of the group %s", kind(item), name)
		}
	}
}

// oneOf checks a text that is one of a few words; "off" without quotes is a bool to YAML 1.1 and a word to people.
func (c *checker) oneOf(n *yaml.Node, key string, words ...string) {
	v := member(n, key)
	if v != nil && (v.Kind != yaml.ScalarNode || !slices.Contains(words, v.Value)) {
		last := len(words) - 1
		c.report(v, "%s is %s; expected %s or %s", key, kind(v), strings.Join(words[:last], ", "), words[last])
	}
}

var phaseRE = regexp.MustCompile(`^(?i:phase)-[0-9]+(\.[0-9]+)*$`)

func (c *checker) phaseMilestones(m *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		k, v := resolve(m.Content[i]), resolve(m.Content[i+1])
		if !phaseRE.MatchString(k.Value) {
			c.report(k, "phase_milestones has the key %s; expected a phase label such as phase-1 or phase-3.2", quote(k.Value))
		}
		if v.Kind != yaml.ScalarNode || v.Tag != "!!str" || v.Value == "" {
			c.report(v, "the milestone of %s is %s; expected the title of a milestone", quote(k.Value), kind(v))
		}
	}
}
