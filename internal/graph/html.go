package graph

import (
	"fmt"
	"strings"
)

const pageHead = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>%s</title>
<style>
:root{--ground:#ffffff;--ink:#1c2530;--soft:#5b6775;--line:#d8dee6;--head:#f4f6f9}
@media (prefers-color-scheme:dark){:root{--ground:#12161c;--ink:#e8edf3;--soft:#a3afbd;--line:#313b47;--head:#1a2028}}
body{margin:0 auto;padding:1.5rem;max-width:110rem;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:1.5rem;margin:0 0 .25rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .5rem}
p{margin:.25rem 0 1rem}.soft{color:var(--soft)}code{overflow-wrap:anywhere}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:8px;margin:1rem 0}.wide svg{display:block;height:auto}
table{border-collapse:collapse;width:100%%}th,td{text-align:left;vertical-align:top;padding:.4rem .75rem;border-bottom:1px solid var(--line)}
th{background:var(--head);font-weight:600}tr:last-child td{border-bottom:0}.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
section+section{margin-top:3rem}
</style>
</head>
<body>
`

// HTML returns a page that needs nothing but itself: each platform's picture and figures.
func HTML(graphs []Graph) string {
	var b strings.Builder
	fmt.Fprintf(&b, pageHead, markup(label(graphs)))
	for _, g := range graphs {
		fmt.Fprintf(&b, "<section>\n<h1>%s</h1>\n<p class=\"soft\">Platform <code>%s</code> in <code>%s</code>, %s mode; telemetry goes to <code>%s</code></p>\n",
			markup(g.Title), markup(g.Platform), markup(g.Repository), markup(g.Mode), markup(g.Telemetry))
		fmt.Fprintf(&b, "<div class=\"wide\" tabindex=\"0\">\n%s</div>\n", picture([]Graph{g}, false))
		routesTable(&b, g)
		enginesTable(&b, g)
		targetsTable(&b, g)
		b.WriteString("</section>\n")
	}
	b.WriteString("</body>\n</html>\n")
	return b.String()
}

func routesTable(b *strings.Builder, g Graph) {
	b.WriteString("<h2>What a run costs</h2>\n<div class=\"wide\"><table>\n<tr><th>Route</th><th>Starts on</th><th class=\"number\">Engines</th>" +
		"<th class=\"number\">Jobs</th><th class=\"number\">Billed minutes, at least</th><th class=\"number\">at most</th></tr>\n")
	for _, r := range g.Routes {
		fmt.Fprintf(b, "<tr><td>%s</td><td>%s</td>%s%s%s%s</tr>\n", markup(r.Name), list(r.Events),
			number(r.Engines()), number(r.Cost.Jobs), number(r.Cost.Min()), number(r.Cost.Max))
	}
	fmt.Fprintf(b, "</table></div>\n<p class=\"soft\">%s</p>\n", markup(strings.ReplaceAll(Assumptions, "\n", " ")))
}

func enginesTable(b *strings.Builder, g Graph) {
	b.WriteString("<h2>Engines</h2>\n<div class=\"wide\"><table>\n<tr><th>Engine</th><th>Class</th><th>Its tokens may</th><th>Jobs</th>" +
		"<th class=\"number\">Minutes, at most</th></tr>\n")
	for _, e := range g.Engines {
		permissions := list(e.Permissions)
		if permissions == "" {
			permissions = "nothing: it has none"
		}
		fmt.Fprintf(b, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td>%s</tr>\n",
			markup(e.Name), markup(e.Class), permissions, markup(strings.Join(e.Jobs, ", ")), number(e.Cost.Max))
	}
	b.WriteString("</table></div>\n")
}

func targetsTable(b *strings.Builder, g Graph) {
	if len(g.Targets) == 0 {
		return
	}
	b.WriteString("<h2>Where it goes</h2>\n<div class=\"wide\"><table>\n<tr><th>Target</th><th>Gets</th><th>By</th><th>Schedules there</th></tr>\n")
	for _, t := range g.Targets {
		fmt.Fprintf(b, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", markup(t.Where), markup(t.What), markup(t.How), list(t.Times))
	}
	b.WriteString("</table></div>\n")
}

func number(n int) string { return fmt.Sprintf("<td class=\"number\">%d</td>", n) }

func list(items []string) string {
	out := make([]string, len(items))
	for i, s := range items {
		out[i] = markup(s)
	}
	return strings.Join(out, "<br>")
}
