package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// Config is what a repository declares, in the order of the file.
type Config struct {
	// Labels are those of the file and, after them, the tracks' that it does not list.
	Labels     []Label
	Milestones []string // titles
	// Groups are the label groups with a rule, in the order of GroupNames.
	Groups []Group
	// PhaseMilestones leads from phase labels to titles of milestones; nil where the file has no such mapping.
	PhaseMilestones map[string]string
}

// Label is a label as it should be; Color has six hexadecimal digits in lower case.
type Label struct{ Name, Description, Color string }

// Group is the rule of one label group.
type Group struct {
	Name     string   // phase, priority, track or state
	Mode     string   // enforce, warn, fail or off
	Strategy string   // highest or lowest: which label stays
	Terminal []string // labels that end the matter: an issue with one of them is left alone
}

// GroupNames are the label groups there are.
var GroupNames = [...]string{"phase", "priority", "track", "state"}

// Has tells whether a label belongs to the group: phase-<number>, priority/…, track/…, state/….
func (g Group) Has(label string) bool {
	prefix := g.Name + "/"
	if g.Name == "phase" {
		prefix = "phase-"
	}
	return strings.HasPrefix(Fold(label), prefix)
}

// Fold returns the form in which two names are the same label to GitHub, which does not tell their case apart.
func Fold(name string) string { return strings.ToLower(name) }

// trackColor is what a track's label gets that the file does not list among its labels.
const trackColor = "c5def5"

// decode reads a file that has no problems.
func decode(n *yaml.Node) *Config {
	c := &Config{}
	listed := map[string]bool{}
	for _, item := range items(n, "labels") {
		l := Label{text(item, "name"), text(item, "description"), strings.ToLower(strings.TrimPrefix(text(item, "color"), "#"))}
		c.Labels = append(c.Labels, l)
		listed[Fold(l.Name)] = true
	}
	for _, item := range items(n, "tracks") {
		if l := text(item, "label"); !listed[Fold(l)] {
			c.Labels = append(c.Labels, Label{l, text(item, "description"), trackColor})
			listed[Fold(l)] = true
		}
	}
	for _, item := range items(n, "milestones") {
		c.Milestones = append(c.Milestones, text(item, "title"))
	}
	c.Groups, c.PhaseMilestones = decodeEnforcement(member(n, "enforcement"))
	return c
}

func decodeEnforcement(n *yaml.Node) (groups []Group, phaseMilestones map[string]string) {
	exclusivity := member(n, "exclusivity")
	for _, name := range GroupNames {
		rule := member(exclusivity, name)
		if rule == nil {
			continue
		}
		g := Group{Name: name, Mode: text(rule, "mode"), Strategy: "highest"}
		if s := text(rule, "strategy"); s != "" {
			g.Strategy = s
		}
		for _, t := range items(rule, "terminal") {
			g.Terminal = append(g.Terminal, t.Value)
		}
		groups = append(groups, g)
	}
	mapping := member(n, "phase_milestones")
	if mapping == nil {
		return groups, nil
	}
	phaseMilestones = map[string]string{}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		phaseMilestones[Fold(resolve(mapping.Content[i]).Value)] = resolve(mapping.Content[i+1]).Value
	}
	return groups, phaseMilestones
}

// items returns the entries of a list; none where there is no list.
func items(n *yaml.Node, key string) []*yaml.Node {
	list := member(n, key)
	if list == nil {
		return nil
	}
	resolved := make([]*yaml.Node, len(list.Content))
	for i, item := range list.Content {
		resolved[i] = resolve(item)
	}
	return resolved
}

// text returns a scalar as it is written; "" where it is missing.
func text(n *yaml.Node, key string) string {
	if v := member(n, key); v != nil {
		return v.Value
	}
	return ""
}

// Count returns how many labels and milestones are declared.
func (c *Config) Count() int { return len(c.Labels) + len(c.Milestones) }
