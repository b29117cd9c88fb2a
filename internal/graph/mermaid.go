package graph

import (
	"fmt"
	"strings"
)

// Mermaid returns one flowchart of all platforms. Ids are counted, since names could be words of Mermaid's.
func Mermaid(graphs []Graph) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, g := range graphs {
		p := fmt.Sprintf("p%d", i)
		fmt.Fprintf(&b, "  subgraph %s[\"%s<br/>%s\"]\n    direction LR\n", p, mermaid(g.Title), mermaid(g.Repository))
		for j, r := range g.Routes {
			mermaidRoute(&b, fmt.Sprintf("%sr%d", p, j), g.Telemetry, r)
		}
		for j, t := range g.Targets {
			fmt.Fprintf(&b, "    %sv%d>\"%s<br/>%s, by %s", p, j, mermaid(t.Where), mermaid(t.What), mermaid(t.How))
			for _, time := range t.Times {
				b.WriteString("<br/>" + mermaid(time))
			}
			b.WriteString("\"]\n")
		}
		b.WriteString("  end\n")
	}
	b.WriteString("  classDef read-only stroke:#2f6fd6\n  classDef enforcement stroke:#b26a00\n  classDef materialization stroke:#8447c9\n")
	return b.String()
}

func mermaidRoute(b *strings.Builder, id, repository string, r Route) {
	telemetry := id + "t"
	events := make([]string, len(r.Events))
	for i, e := range r.Events {
		events[i] = mermaid(e)
	}
	fmt.Fprintf(b, "    %s([\"%s<br/>%s<br/>%s\"]) --> %sd[\"Dispatcher<br/>plan\"] --> %sp[\"Preflight<br/>check, emit\"]\n",
		id, mermaid(r.Name), strings.Join(events, "<br/>"), r.Cost.figures(), id, id)
	fmt.Fprintf(b, "    %sp -. 1 record .-> %s[(\"telemetry<br/>%s\")]\n", id, telemetry, mermaid(repository))
	before := id + "p"
	for i, s := range r.Stages {
		stage := fmt.Sprintf("%ss%d", id, i)
		title := fmt.Sprintf("Stage %d", i+1)
		if s.When == "all-succeeded" {
			title += ", if all before succeeded"
		}
		fmt.Fprintf(b, "    subgraph %s[\"%s\"]\n      direction LR\n", stage, title)
		for k, e := range s.Engines {
			fmt.Fprintf(b, "      %se%d[\"%s<br/>%s\"]:::%s\n", stage, k, mermaid(e.Name), strings.Join(e.Jobs, ", "), e.Class)
		}
		fmt.Fprintf(b, "    end\n    %s --> %s\n    %s -. %s .-> %s\n", before, stage, stage, plural(len(s.Engines), "record"), telemetry)
		before = stage
	}
	fmt.Fprintf(b, "    %s --> %sv[\"Verdict\"]\n    %s -. read back .-> %sv\n", before, id, telemetry, id)
}
