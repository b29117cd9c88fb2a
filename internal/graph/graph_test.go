package graph_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/task-assistant/tasc/internal/graph"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/runner/facts"
)

const spec = `package engines

platforms: demo: {
	title: "Demo", repository: "acme/demo", visibility: "public", mode: "development", engine_ref: "v1.4.0"
	apps: {
		engine: {client_id: "Iv1", slug: "acme-demo", private_key_secret: "ENGINE_KEY"}
		telemetry: {client_id: "Iv2", slug: "acme-telemetry", private_key_secret: "TELEMETRY_KEY"}
	}
	handover_key_secret: "HANDOVER_KEY"
	telemetry: repository: "{owner}/telemetry"
	runner: delivery: "source"
	runs_on: {trusted: "ubuntu-24.04", engines: "ubuntu-24.04"}
	routes: {
		events: {on: {push: {}, issues: types: ["opened", "labeled"]}, stages: [{engines: ["lint"]}, {engines: ["fix"], when: "all-succeeded"}]}
		hand: {on: workflow_dispatch: {}, stages: [{engines: ["lint"]}]}
	}
	profiles: all: routes: ["events", "hand"]
	vend: targets: [{as: "host", repository: "acme/a", profile: "all"}]
}
engines: lint: {summary: "Lints", class: "read-only", timeout_minutes: 7, steps: [{name: "a", run: "true"}, {name: "b", run: "true"}]}
engines: fix: {summary: "Fixes", class: "enforcement", permissions: {issues: "write", contents: "read"}, steps: [{name: "a", run: "true"}]}
`

// demo returns the graph of spec, with edits: a text, what stands in its place, and so on.
func demo(t *testing.T, edits ...string) graph.Graph {
	t.Helper()
	source := strings.NewReplacer(edits...).Replace(spec)
	set, found := load.Load(fstest.MapFS{"engines/a.cue": {Data: []byte(source)}}, "engines")
	if len(found) > 0 {
		t.Fatal(found)
	}
	return graph.Of(plan.Build(set, set.Platforms[0], &lock.Lock{}))
}

func TestOf(t *testing.T) {
	lint := graph.Engine{Name: "lint", Class: "read-only", Jobs: []string{"engine", "emit"}, Cost: graph.Cost{Jobs: 2, Max: 49}}
	fix := graph.Engine{Name: "fix", Class: "enforcement", Permissions: []string{"contents: read", "issues: write"},
		Jobs: []string{"authorize", "engine", "emit"}, Cost: graph.Cost{Jobs: 3, Max: 75}}
	want := graph.Graph{Platform: "demo", Title: "Demo", Repository: "acme/demo", Mode: "development", Telemetry: "{owner}/telemetry",
		Engines: []graph.Engine{fix, lint},
		Routes: []graph.Route{
			{Name: "events", Events: []string{"push", "issues: opened, labeled"}, Cost: graph.Cost{Jobs: 4 + 2 + 3, Max: 120 + 49 + 75},
				Stages: []graph.Stage{{When: "always", Engines: []graph.Engine{lint}}, {When: "all-succeeded", Engines: []graph.Engine{fix}}}},
			{Name: "hand", Events: []string{"workflow_dispatch"}, Cost: graph.Cost{Jobs: 4 + 2, Max: 120 + 49},
				Stages: []graph.Stage{{When: "always", Engines: []graph.Engine{lint}}}},
		}}
	want.Targets = []graph.Target{{Where: "acme/a", What: "stub of profile all", How: "pull request"}}
	if got := demo(t); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// TestOf_ReadsTelemetry: a token for another repository is named, too.
func TestOf_ReadsTelemetry(t *testing.T) {
	g := demo(t, `class: "read-only", timeout`, `class: "read-only", reads_telemetry: true, timeout`)
	if got, want := g.Engines[1].Permissions, []string{"contents: read on the telemetry repository"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestEveryEventIsNamed: an event that the facts learn is one that the graph must learn too.
// TestOf_Matrix: every leg is a job of its own.
func TestOf_Matrix(t *testing.T) {
	g := demo(t, `timeout_minutes: 7`, `timeout_minutes: 7, matrix: {a: [1, 2], b: ["x", "y", "z"]}`)
	want := graph.Engine{Name: "lint", Class: "read-only", Jobs: []string{"engine", "emit"}, Cost: graph.Cost{Jobs: 7, Max: 6*19 + 30}}
	if got := g.Engines[1]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestEveryEventIsNamed(t *testing.T) {
	known := facts.On{Push: &facts.Push{Branches: []string{"x", "y/**"}}, Issues: []string{"x"}, Schedule: []facts.Schedule{{Cron: "x", SpreadMinutes: 60}}, WorkflowDispatch: &facts.WorkflowDispatch{}, RepositoryDispatch: []string{"x"}}
	v := reflect.ValueOf(known)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("facts.On has %s: name it in events and here", v.Type().Field(i).Name)
		}
	}
	g := graph.Of(plan.Plan{Facts: facts.Facts{Routes: []facts.Route{{Name: "r", On: known}}}})
	want := []string{"push: x, y/**", "issues: x", "schedule: x, spread over 60 minutes", "workflow_dispatch", "repository_dispatch: x"}
	if !reflect.DeepEqual(g.Routes[0].Events, want) || len(want) != v.NumField() {
		t.Errorf("got %q, want %q", g.Routes[0].Events, want)
	}
}

// TestTargets: each target is said in words; a repository that is named has its own times.
func TestTargets(t *testing.T) {
	p := plan.Plan{
		Profiles: []plan.Profile{{Name: "all", Routes: []string{"nightly", "hand"}}, {Name: "hand", Routes: []string{"hand"}}},
		Facts:    facts.Facts{Routes: []facts.Route{{Name: "hand"}, {Name: "nightly", On: facts.On{Schedule: []facts.Schedule{{Cron: "0 3 * * *", SpreadMinutes: 120}, {Cron: "0 12 * * 1"}}}}}},
		Targets: []plan.Target{
			{As: "org-templates", Repository: "acme/.github", Profile: "all", Deliver: "pull-request"},
			{As: "host", Repository: "acme/service", Profile: "all", Deliver: "commit"},
			{As: "host", Repository: "acme/service", Profile: "hand", Deliver: "commit"},
			{As: "host", Owner: "acme", Topics: []string{"a", "b"}, Except: []string{"acme/old-*", "acme/x"}, Profile: "all", Deliver: "pull-request"},
		},
	}
	want := []graph.Target{
		{Where: "acme/.github", What: "workflow template of profile all", How: "pull request"},
		{Where: "acme/service", What: "stub of profile all", How: "commit", Times: []string{"nightly: 39 3 * * *", "nightly: 0 12 * * 1"}},
		{Where: "acme/service", What: "stub of profile hand", How: "commit"},
		{Where: "repositories of acme with topic a and b but acme/old-*, acme/x", What: "stub of profile all", How: "pull request"},
	}
	g := graph.Of(p)
	if !reflect.DeepEqual(g.Targets, want) {
		t.Errorf("got %+v, want %+v", g.Targets, want)
	}
	if page := graph.HTML([]graph.Graph{g}); !strings.Contains(page, "<td>nightly: 39 3 * * *<br>nightly: 0 12 * * 1</td>") {
		t.Errorf("the page does not list the times:\n%s", page)
	}
	if chart := graph.Mermaid([]graph.Graph{g}); !strings.Contains(chart, `p0v1>"acme/service<br/>stub of profile all, by commit<br/>nightly: 39 3 #42; #42; #42;<br/>`) {
		t.Errorf("the chart does not list the times:\n%s", chart)
	}
}

// hostile puts a text into every field that a spec fills.
func hostile(text string) graph.Graph {
	e := graph.Engine{Name: text, Class: "read-only", Permissions: []string{text}, Jobs: []string{"engine", "emit"}}
	r := graph.Route{Name: text, Events: []string{text}, Stages: []graph.Stage{{When: "always", Engines: []graph.Engine{e}}}}
	return graph.Graph{Platform: "p", Title: text, Repository: text, Mode: "development", Telemetry: text, Routes: []graph.Route{r}, Engines: []graph.Engine{e},
		Targets: []graph.Target{{Where: text, What: text, How: text, Times: []string{text}}}}
}

var hostileTexts = []string{
	`</text><script>alert(1)</script>`, `" onload="alert(1)`, `' onload='alert(1)`, "&lt;", "]]>", "<!--", "a\u202eb\u2066c", "a\x00\x1b[31mb\x7f", "\ufffe",
	"%%{init: {\"securityLevel\": \"loose\"}}%%", "`**x**`", "$$x$$", "#quot;", "end\n  evil[x]", `a"]; click x "javascript:alert(1)"`, "\\n",
}

// TestHostileText: a text stays a text, whatever is in it.
func TestHostileText(t *testing.T) {
	plainSVG, plainLines := elements(t, graph.SVG([]graph.Graph{hostile("x")})), strings.Count(graph.Mermaid([]graph.Graph{hostile("x")}), "\n")
	plainHTML := strings.Count(graph.HTML([]graph.Graph{hostile("x")}), "<")
	for _, text := range hostileTexts {
		g := []graph.Graph{hostile(text)}
		if got := elements(t, graph.SVG(g)); got != plainSVG {
			t.Errorf("%q changes the elements of the picture", text)
		}
		page := graph.HTML(g)
		if got := strings.Count(page, "<"); got != plainHTML || strings.Contains(page, "\" onload") {
			t.Errorf("%q changes the elements of the page: %d, want %d", text, got, plainHTML)
		}
		chart := graph.Mermaid(g)
		if strings.Count(chart, "\n") != plainLines || strings.ContainsAny(strings.ReplaceAll(chart, "<br/>", ""), "%`$\\<") {
			t.Errorf("%q is more than text in the chart:\n%s", text, chart)
		}
		for line := range strings.Lines(chart) {
			if strings.Count(line, `"`)%2 != 0 || strings.Count(line, `"`) > 6 {
				t.Errorf("%q leaves its quotes: %s", text, line)
			}
		}
	}
}

// elements returns the names of all elements and their attributes; the picture must be XML.
func elements(t *testing.T, svg string) string {
	t.Helper()
	var out []string
	each(t, svg, func(e xml.StartElement) {
		out = append(out, e.Name.Local)
		for _, a := range e.Attr {
			out = append(out, a.Name.Local)
		}
	})
	return strings.Join(out, " ")
}

func each(t *testing.T, svg string, visit func(xml.StartElement)) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("the picture is not XML: %v\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok {
			visit(e)
		}
	}
}

// TestSVG_Fits: every box of the largest platform is inside the picture.
// TestForms_AreClean: where no text is hostile, nothing has to be replaced.
func TestForms_AreClean(t *testing.T) {
	for name, form := range map[string]func([]graph.Graph) string{"Mermaid": graph.Mermaid, "SVG": graph.SVG, "HTML": graph.HTML} {
		if out := form([]graph.Graph{demo(t)}); strings.ContainsRune(out, '\ufffd') {
			t.Errorf("%s holds a replacement character:\n%s", name, out)
		}
	}
}

func TestSVG_Fits(t *testing.T) {
	g := graph.Graph{Platform: "p", Title: "Demo"}
	r := graph.Route{Name: strings.Repeat("r", 60), Events: []string{strings.Repeat("event, ", 40), "push"}}
	for n := range 3 {
		s := graph.Stage{When: "all-succeeded"}
		for i := range 48 {
			s.Engines = append(s.Engines, graph.Engine{Name: fmt.Sprintf("%s-%d-%d", strings.Repeat("w", 50), n, i), Class: "enforcement"})
		}
		r.Stages = append(r.Stages, s)
	}
	g.Routes = []graph.Route{r, {Name: "short", Stages: r.Stages[:1]}, {Name: "none"}}
	var wide, high float64
	boxes := 0
	each(t, graph.SVG([]graph.Graph{g, g}), func(e xml.StartElement) {
		a := map[string]float64{}
		for _, attr := range e.Attr {
			a[attr.Name.Local], _ = strconv.ParseFloat(attr.Value, 64)
		}
		switch e.Name.Local {
		case "svg":
			wide, high = a["width"], a["height"]
		case "rect", "text":
			if boxes++; a["x"] < 0 || a["y"] < 0 || a["x"]+a["width"] > wide || a["y"]+a["height"] > high {
				t.Errorf("%v is outside of %.0f×%.0f", e.Attr, wide, high)
			}
		}
	})
	if boxes < 2*4*48 {
		t.Errorf("%d boxes; the test looks at the wrong thing", boxes)
	}
}
