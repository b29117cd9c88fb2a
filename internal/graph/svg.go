package graph

import (
	"fmt"
	"math"
	"strings"
)

// The measures of the picture, in pixels.
const (
	margin    = 24
	gap       = 34 // between columns: room for an arrow
	laneGap   = 26
	padding   = 12
	titleSize = 17.0
	nameSize  = 13.0
	smallSize = 11.0
	lineStep  = 17
	chipHigh  = 44
	chipGap   = 8
	boxHigh   = 56
	barHigh   = 26
	barGap    = 30 // between a lane's boxes and its telemetry
	titleHigh = 22 // of a stage
	maxRows   = 16 // engines in one column of a stage
	maxEvent  = 46 // characters of an event that are shown
)

// smallest is how far a page may shrink the picture.
const smallest = 0.75

// SVG returns one picture of all platforms, below each other.
func SVG(graphs []Graph) string { return picture(graphs, true) }

// picture without a headline is for a page that has one of its own.
func picture(graphs []Graph, headline bool) string {
	var body strings.Builder
	wide, high, arrow := 0.0, 0.0, "arrow-"+graphs[0].Platform // one page holds several pictures
	for _, g := range graphs {
		d := &drawing{y: high + margin, arrow: arrow}
		w := d.platform(g, headline)
		body.WriteString(d.b.String())
		wide, high = math.Max(wide, w), d.y
	}
	size := fmt.Sprintf(`width="%.0f" height="%.0f"`, wide, high)
	if !headline { // in a page: as wide as there is room, but never too small to read
		size = fmt.Sprintf(`style="width:100%%;min-width:%.0fpx;max-width:%.0fpx"`, smallest*wide, wide)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" %s viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">
<style>%s</style>
<defs>%s</defs>
<rect class="ground" width="100%%" height="100%%"/>
%s</svg>
`, size, wide, high, markup(label(graphs)), style, tip(arrow, "head")+tip(arrow+recordTip, "record-head"), body.String())
}

// recordTip ends the id of the tips of arrows between a box and the telemetry, which have the colour of their lines.
const recordTip = "-record"

func tip(id, class string) string {
	return fmt.Sprintf(`<marker id="%s" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="%s" d="M0,0.5 L8,4 L0,7.5 z"/></marker>`, markup(id), class)
}

func label(graphs []Graph) string {
	var names []string
	for _, g := range graphs {
		names = append(names, g.Title)
	}
	return "What runs on each route of " + strings.Join(names, ", ")
}

// style follows the reader's light or dark, in a page and on its own.
const style = `
svg{--ground:#ffffff;--panel:#f4f6f9;--box:#ffffff;--line:#c6ced9;--ink:#1c2530;--soft:#5b6775;--arrow:#7d8998;--bar:#e6f2ec;--barline:#8fc0a6;--read:#2f6fd6;--enforce:#b26a00;--create:#8447c9}
@media (prefers-color-scheme:dark){svg{--ground:#12161c;--panel:#1a2028;--box:#222a34;--line:#3b4654;--ink:#e8edf3;--soft:#a3afbd;--arrow:#8491a1;--bar:#1b3329;--barline:#3f7a5f;--read:#6ea0f4;--enforce:#e0a04a;--create:#b98af0}}
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--ink)}
.title{font-size:17px;font-weight:650}.name{font-weight:600}.small{font-size:11px;fill:var(--soft)}.mid{text-anchor:middle}.end{text-anchor:end}
.ground{fill:var(--ground)}.panel{fill:var(--panel);stroke:var(--line)}.box{fill:var(--box);stroke:var(--line)}.route{fill:var(--panel);stroke:var(--arrow)}
.bar{fill:var(--bar);stroke:var(--barline)}.flow{fill:none;stroke:var(--arrow);stroke-width:1.5}.record{fill:none;stroke:var(--barline);stroke-width:1.5;stroke-dasharray:3 3}
.head{fill:var(--arrow)}.record-head{fill:var(--barline)}.read-only{fill:var(--read)}.enforcement{fill:var(--enforce)}.materialization{fill:var(--create)}`
