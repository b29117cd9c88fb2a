package delta

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/ref"
)

// workflow reads a workflow or an action's metadata; where are the units that it is.
func (r *reader) workflow(where []string, data []byte) {
	root, err := parseYAML(data)
	if err != nil {
		r.add(fact{place: place{"unreadable", where, ""}, value: err.Error() + " (sha256 " + digest(data)[:12] + ")"})
		return
	}
	w := &workflow{reader: r, where: where, doc: root}
	if runs := get(root, "runs"); runs != nil && get(root, "jobs") == nil {
		w.action(runs)
		return
	}
	w.triggers()
	w.concurrency(where, root)
	w.references(where, get(root, "env"))
	w.settings(where, root, "on", "permissions", "jobs", "concurrency")
	for _, f := range fields(get(root, "jobs")) {
		w.job(f)
	}
}

type workflow struct {
	*reader
	where []string
	doc   *yaml.Node
}

func (r *reader) pos(n *yaml.Node) diag.Pos {
	return diag.Pos{File: r.at, Line: n.Line, Column: n.Column}
}

func in(where []string, unit string) []string { return append(slices.Clip(where), unit) }

// unit adds the job or step that a path leads to.
func (w *workflow) unit(path []string, at *yaml.Node) {
	p := unitOf(path)
	w.add(fact{place: p, pos: w.pos(at)})
}

// action reads what an action runs.
func (w *workflow) action(runs *yaml.Node) {
	w.settings(w.where, w.doc, "runs")
	w.settings(w.where, runs, "steps", "image")
	if image := get(runs, "image"); image != nil {
		w.image(w.where, image)
	}
	w.steps(w.where, get(runs, "steps"))
}

// job reads one job.
func (w *workflow) job(f field) {
	where, n := w.jobPlace(f.key.Value, f.value), f.value
	w.unit(where, f.key)
	permissions := get(n, "permissions")
	if permissions == nil {
		permissions = get(w.doc, "permissions")
	}
	w.token(where, f.key, permissions)
	w.waits(where, f.key.Value, n)
	w.condition(where, get(n, "if"), w.routed(f.key.Value, n))
	w.bounds(where, n)
	if uses := get(n, "uses"); uses != nil {
		w.uses(where, uses)
	}
	w.machines(where, n)
	w.handed(where, get(n, "secrets"))
	for _, key := range []string{"env", "with", "outputs", "strategy", "defaults", "runs-on", "environment", "concurrency", "container", "services", "if", "timeout-minutes", "continue-on-error"} {
		w.references(where, get(n, key))
	}
	w.settings(where, n, "permissions", "needs", "if", "uses", "secrets", "runs-on", "timeout-minutes", "concurrency", "continue-on-error", "environment", "steps", "container", "services")
	w.steps(where, get(n, "steps"))
}

// scopes are those of GITHUB_TOKEN (docs.github.com/actions/reference/workflows-and-actions/workflow-syntax, permissions).
var scopes = []string{"actions", "artifact-metadata", "attestations", "checks", "contents", "deployments", "discussions", "issues", "models", "packages", "pages", "pull-requests", "security-events", "statuses"}

// token adds what GITHUB_TOKEN may do in a job.
func (w *workflow) token(where []string, job, permissions *yaml.Node) {
	all := func(level string, at *yaml.Node) {
		for _, s := range scopes {
			w.add(fact{place: place{"token", where, s}, value: level, pos: w.pos(at)})
		}
	}
	switch text(permissions) {
	case "write-all":
		all("write", permissions)
		w.add(fact{place: place{"token", where, "id-token"}, value: "write", pos: w.pos(permissions)})
	case "read-all":
		all("read", permissions)
	}
	if permissions == nil {
		all("unstated", job)
	}
	for _, f := range fields(permissions) {
		if level := text(f.value); level != "none" {
			w.add(fact{place: place{"token", where, f.key.Value}, value: level, pos: w.pos(f.key)})
		}
	}
}

// waits adds what a job waits for, but for what the routes explain.
func (w *workflow) waits(where []string, id string, n *yaml.Node) {
	needs := texts(get(n, "needs"))
	want, known := w.expectedNeeds(id, n)
	for _, need := range needs {
		if known && slices.Contains(want, need) {
			continue
		}
		job := w.jobPlace(need, get(w.doc, "jobs", need))
		w.add(fact{place: place{"needs", where, w.named(need)}, pos: w.pos(get(n, "needs")), given: []place{unitOf(job)}})
	}
	for _, need := range want {
		if !slices.Contains(needs, need) {
			w.add(fact{place: place{"gate-missing", where, "needs: " + w.named(need)}, pos: w.pos(n)})
		}
	}
}

// condition adds what must hold; routed are those parts that the routes say, in the words of the dispatcher.
func (w *workflow) condition(where []string, n *yaml.Node, routed [][]string) {
	found := false
	if n != nil {
		for _, c := range conjuncts(unwrap(text(n))) {
			switch {
			case slices.Contains([]string{"always()", "!cancelled()", "failure()", "success()"}, c):
				if c != "success()" {
					w.add(fact{place: place{"status", where, ""}, value: c, pos: w.pos(n)})
				}
			case routed != nil && sameAlternatives(c, routed):
				found = true
			case c != "true":
				w.add(fact{place: place{"gate", where, c}, pos: w.pos(n), given: w.eventOf(c)})
			}
		}
	}
	if routed != nil && !found {
		at := n
		if at == nil {
			at = w.doc
		}
		w.add(fact{place: place{"gate-missing", where, "if: the routes that run the engine, and their stages"}, pos: w.pos(at)})
	}
}

// eventOf is the trigger without which a part of a condition says nothing: github.event_name != 'push' || ….
func (w *workflow) eventOf(conjunct string) []place {
	rest, ok := strings.CutPrefix(conjunct, "github.event_name != '")
	event, _, ok2 := strings.Cut(rest, "' ||")
	if !ok || !ok2 {
		return nil
	}
	return []place{{"trigger", w.where, event}}
}

// bounds adds what keeps a job or step in bounds.
func (w *workflow) bounds(where []string, n *yaml.Node) {
	if t := get(n, "timeout-minutes"); t != nil {
		w.add(fact{place: place{"timeout", where, ""}, value: text(t), pos: w.pos(t)})
	}
	if c := get(n, "continue-on-error"); c != nil && text(c) != "false" {
		w.add(fact{place: place{"continue", where, ""}, value: text(c), pos: w.pos(c)})
	}
	w.concurrency(where, n)
}

func (w *workflow) concurrency(where []string, n *yaml.Node) {
	c := get(n, "concurrency")
	if c == nil {
		return
	}
	value := cmp.Or(text(c), text(get(c, "group")))
	for _, f := range fields(c) {
		if f.key.Value != "group" {
			value += ", " + f.key.Value + " " + text(f.value)
		}
	}
	w.add(fact{place: place{"concurrency", where, ""}, value: value, pos: w.pos(c)})
}

// machines adds where a job runs.
func (w *workflow) machines(where []string, n *yaml.Node) {
	if on := get(n, "runs-on"); on != nil {
		labels := texts(on)
		if on.Kind == yaml.MappingNode {
			labels = append(texts(get(on, "labels")), "group "+text(get(on, "group")))
		}
		slices.Sort(labels)
		w.add(fact{place: place{"machine", where, ""}, value: listed(labels), pos: w.pos(on)})
	}
	if e := get(n, "environment"); e != nil {
		w.add(fact{place: place{"environment", where, cmp.Or(text(e), text(get(e, "name")))}, pos: w.pos(e)})
	}
	w.container(where, "container", get(n, "container"))
	for _, f := range fields(get(n, "services")) {
		w.container(where, "service "+f.key.Value, f.value)
	}
}

// container adds an image and how it is run.
func (w *workflow) container(where []string, name string, n *yaml.Node) {
	if n == nil {
		return
	}
	image := n
	if n.Kind == yaml.MappingNode {
		image = get(n, "image")
	}
	if image != nil {
		w.image(where, image)
	}
	for _, f := range fields(n) {
		switch f.key.Value {
		case "image", "credentials", "env":
		default:
			w.add(fact{place: place{"options", where, f.key.Value + " of " + name}, value: canonical(f.value), pos: w.pos(f.key)})
		}
	}
	w.settings(where, get(n, "env"))
}

// image adds what an image is named by.
func (w *workflow) image(where []string, n *yaml.Node) {
	image := strings.TrimPrefix(text(n), "docker://")
	name, at, ok := strings.Cut(image, "@")
	if !ok {
		if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
			name, at = image[:i], image[i+1:]
		} else {
			name, at = image, "latest"
		}
	} else if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name, at = name[:i], at+" # "+name[i+1:]
	}
	w.add(fact{place: place{"image-ref", where, name}, value: at, pos: w.pos(n)})
}

// uses adds what a job or step uses.
func (w *workflow) uses(where []string, n *yaml.Node) {
	if strings.HasPrefix(text(n), "docker://") {
		w.image(where, n)
		return
	}
	name, at, _ := strings.Cut(text(n), "@")
	if u, err := ref.ParseUses(text(n)); err == nil && u.Form == "action" {
		name = u.Repository
		if u.Path != "" {
			name += "/" + u.Path
		}
	}
	if comment := strings.TrimSpace(strings.TrimLeft(n.LineComment, "# ")); comment != "" {
		at += " # " + comment
	}
	w.add(fact{place: place{"ref", where, w.named(name)}, value: at, pos: w.pos(n)})
}

// handed adds the secrets that a called workflow gets.
func (w *workflow) handed(where []string, n *yaml.Node) {
	if text(n) == "inherit" {
		w.add(fact{place: place{"secret", where, everything}, pos: w.pos(n)})
	}
	w.references(where, n)
	for _, f := range fields(n) {
		if unwrap(text(f.value)) != "secrets."+f.key.Value {
			w.add(fact{place: place{"setting", where, "secrets." + f.key.Value}, value: canonical(f.value), pos: w.pos(f.key)})
		}
	}
}

// references adds the secrets and variables that a node names.
func (w *workflow) references(where []string, n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind != yaml.ScalarNode {
		for _, c := range n.Content {
			w.references(where, c)
		}
		return
	}
	if !strings.Contains(n.Value, "secrets") && !strings.Contains(n.Value, "vars") && !strings.Contains(n.Value, "github") && !strings.Contains(n.Value, "${{") {
		return
	}
	var u used
	u.find(n.Value, true)
	for _, name := range u.secrets {
		w.add(fact{place: place{"secret", where, name}, pos: w.pos(n)})
	}
	for _, name := range u.variables {
		w.add(fact{place: place{"variable", where, name}, pos: w.pos(n)})
	}
}

// unnamed is how a step is called that has neither a name nor an id.
const unnamed = "number "

// steps reads the steps of a job, each under its name.
func (w *workflow) steps(where []string, n *yaml.Node) {
	if n == nil {
		return
	}
	var names []string
	count := map[string]int{}
	for i, s := range n.Content {
		name := cmp.Or(text(get(s, "name")), text(get(s, "id")), text(get(s, "uses")), unnamed+strconv.Itoa(i+1))
		if strings.Contains(name, "@") && get(s, "name") == nil {
			name, _, _ = strings.Cut(name, "@")
		}
		if count[name]++; count[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, count[name])
		}
		names = append(names, name)
		w.step(in(where, "step "+name), s)
	}
	w.add(fact{place: place{"step-order", where, ""}, value: strings.Join(names, separator), pos: w.pos(n)})
}

// step reads one step.
func (w *workflow) step(where []string, n *yaml.Node) {
	w.unit(where, n)
	w.condition(where, get(n, "if"), nil)
	w.bounds(where, n)
	if uses := get(n, "uses"); uses != nil {
		w.uses(where, uses)
		w.checkout(where, n)
	}
	if run := get(n, "run"); run != nil {
		script := w.withoutFacts(text(run))
		w.add(fact{place: place{"script", where, ""}, value: digest([]byte(script)), pos: w.pos(run)})
	}
	w.references(where, n)
	w.settings(where, n, "name", "if", "uses", "run", "with", "timeout-minutes", "continue-on-error")
	for _, f := range fields(get(n, "with")) {
		if !isCheckout(n) || !slices.Contains([]string{"ref", "repository", "persist-credentials"}, f.key.Value) { // these are facts already
			w.setting(where, "with."+f.key.Value, f)
		}
	}
}

func isCheckout(step *yaml.Node) bool {
	u, err := ref.ParseUses(text(get(step, "uses")))
	return err == nil && strings.EqualFold(u.Repository, "actions/checkout")
}

// ownRepository is what a checkout fetches that names no other.
const ownRepository = "its own repository"

// checkout adds what actions/checkout fetches, and whether it leaves its token behind.
func (w *workflow) checkout(where []string, n *yaml.Node) {
	if !isCheckout(n) {
		return
	}
	with := get(n, "with")
	at := cmp.Or(canonical(get(with, "ref")), "the ref of the event")
	w.add(fact{place: place{"checkout", where, cmp.Or(text(get(with, "repository")), ownRepository)}, value: at, pos: w.pos(n)})
	if keep := get(with, "persist-credentials"); keep == nil || text(keep) != "false" {
		w.add(fact{place: place{"credentials", where, ""}, pos: w.pos(n)})
	}
}

// settings adds all other texts of a mapping, so that no change of meaning passes unseen.
func (w *workflow) settings(where []string, n *yaml.Node, but ...string) {
	for _, f := range fields(n) {
		if !slices.Contains(but, f.key.Value) {
			w.setting(where, f.key.Value, f)
		}
	}
}

func (w *workflow) setting(where []string, what string, f field) {
	if f.value.Kind == yaml.MappingNode && len(f.value.Content) > 0 {
		for _, inner := range fields(f.value) {
			w.setting(where, what+"."+inner.key.Value, field{inner.key, inner.value})
		}
		return
	}
	value := canonical(f.value)
	if context, name, _ := strings.Cut(unwrap(value), "."); (context == "secrets" || context == "vars") && !strings.ContainsAny(name, ". &|()[]=!") {
		return // it is a fact already
	}
	if value = w.withoutFacts(value); what == "name" && w.known != nil && len(where) == len(w.where) {
		if rest, ok := strings.CutPrefix(value, w.known.Title); ok && w.known.Title != "" {
			value = "the title" + rest // which is told once
		}
	}
	w.add(fact{place: place{"setting", where, what}, value: w.engineName(where, value), pos: w.pos(f.key)})
}
