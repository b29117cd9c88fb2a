package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/task-assistant/tasc/internal/graph"
	"github.com/task-assistant/tasc/internal/plan"
)

var graphForms = []string{"mermaid", "svg", "html"}

func (a *app) graph() *cobra.Command {
	var as, platform string
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Draw what runs on each route, and what it costs",
		Long: "Graph draws every route of every platform, from the event through dispatcher, preflight and\n" +
			"stages to the telemetry, with the jobs and billed minutes of a run: as Mermaid, as an SVG\n" +
			"picture, or as an HTML page that holds the picture and the figures and loads nothing. Mermaid\n" +
			"and page also list where the stubs go (vend.targets), with the times of schedules there.\n\n" + graph.Assumptions,
		Example: "  tasc graph\n  tasc graph --as svg > platform.svg\n  tasc graph --as html --platform task-assistant > platform.html",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runGraph(as, platform) },
	}
	cmd.Flags().StringVar(&as, "as", "mermaid", "what to print: "+strings.Join(graphForms, ", "))
	cmd.Flags().StringVar(&platform, "platform", "", "draw this platform alone")
	choices(cmd, "as", graphForms)
	return cmd
}

func (a *app) runGraph(as, platform string) error {
	print, ok := map[string]func([]graph.Graph) string{"mermaid": graph.Mermaid, "svg": graph.SVG, "html": graph.HTML}[as]
	if !ok {
		return fmt.Errorf("--as %s is unknown; expected one of %s", as, strings.Join(graphForms, ", "))
	}
	set, lk, found, err := a.specs()
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return a.findings(found)
	}
	var graphs []graph.Graph
	var names []string
	for _, p := range set.Platforms {
		names = append(names, p.Name.Value)
		if platform == "" || platform == p.Name.Value {
			graphs = append(graphs, graph.Of(plan.Build(set, p, lk)))
		}
	}
	if len(graphs) == 0 {
		return fmt.Errorf("%s", unknown("platform", platform, names, "expected one of "+strings.Join(names, ", ")))
	}
	_, err = fmt.Fprint(a.env.Stdout, print(graphs))
	return err
}
