package delta

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// defaultTypes are those that an event has without types; of every other event it is all
// (docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows).
var defaultTypes = map[string][]string{
	"pull_request":        {"opened", "reopened", "synchronize"},
	"pull_request_target": {"opened", "reopened", "synchronize"},
}

// triggers adds the events that start a workflow, and what holds them back.
func (w *workflow) triggers() {
	on := get(w.doc, "on")
	if on == nil {
		return
	}
	if on.Kind != yaml.MappingNode {
		for _, event := range texts(on) {
			w.trigger(event, on, nil)
		}
		return
	}
	for _, f := range fields(on) {
		w.trigger(f.key.Value, f.key, f.value)
	}
}

// trigger adds one event.
func (w *workflow) trigger(event string, at, n *yaml.Node) {
	w.add(fact{place: place{"trigger", w.where, event}, pos: w.pos(at)})
	if event == "schedule" {
		w.schedule(at, n)
		return
	}
	given := []place{{"trigger", w.where, event}}
	filter := func(what string, list []string) {
		if list == nil {
			return
		}
		if !slices.ContainsFunc(list, excludes) { // where one takes something away their order counts
			slices.Sort(list)
		}
		w.add(fact{place: place{"filter", w.where, what + " of " + event}, value: listed(list), pos: w.pos(at), given: given})
	}
	filter("refs", refsOf(n))
	filter("paths", excluding(texts(get(n, "paths")), texts(get(n, "paths-ignore"))))
	types := texts(get(n, "types"))
	if types == nil {
		types = slices.Clone(defaultTypes[event])
	}
	filter("types", types)
	filter("workflows", texts(get(n, "workflows")))
	w.settingsOf(event, n, given)
}

func excludes(pattern string) bool { return strings.HasPrefix(pattern, "!") }

// refsOf joins branches and tags into one list: naming only one kind of them leaves out the other.
func refsOf(n *yaml.Node) []string {
	var out []string
	for _, kind := range []struct{ only, not, as string }{{"branches", "branches-ignore", "branch "}, {"tags", "tags-ignore", "tag "}} {
		for _, pattern := range excluding(texts(get(n, kind.only)), texts(get(n, kind.not))) {
			if rest, negative := strings.CutPrefix(pattern, "!"); negative {
				pattern = "!" + kind.as + rest
			} else {
				pattern = kind.as + pattern
			}
			out = append(out, pattern)
		}
	}
	return out
}

// excluding writes what is ignored as GitHub's patterns do: everything, but not these.
func excluding(only, not []string) []string {
	out := slices.Clone(only)
	if len(not) > 0 {
		out = append(out, "**")
	}
	for _, pattern := range not {
		out = append(out, "!"+pattern)
	}
	return out
}

// schedule adds the times, as one value.
func (w *workflow) schedule(at, n *yaml.Node) {
	var times []string
	if n != nil {
		for _, c := range n.Content {
			time := text(get(c, "cron"))
			if zone := text(get(c, "timezone")); zone != "" {
				time += " (" + zone + ")"
			}
			times = append(times, time)
		}
	}
	slices.Sort(times)
	w.add(fact{place: place{"schedule", w.where, ""}, value: strings.Join(times, "; "), pos: w.pos(at), given: []place{{"trigger", w.where, "schedule"}}})
}

// settingsOf adds what else an event says: the inputs of a form or a call.
func (w *workflow) settingsOf(event string, n *yaml.Node, given []place) {
	from := len(w.facts)
	for _, f := range fields(n) {
		switch f.key.Value {
		case "branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "types", "workflows":
		case "secrets": // those that are used are facts of their own
		default:
			w.setting(w.where, "on."+event+"."+f.key.Value, f)
		}
	}
	for i := range w.facts[from:] {
		w.facts[from+i].given = given
	}
}
