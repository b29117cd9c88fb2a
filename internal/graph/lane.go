package graph

import (
	"fmt"
	"math"
	"strings"
)

// drawing collects the elements of one platform from top to bottom.
type drawing struct {
	b strings.Builder
	// y is where the next element begins.
	y float64
	// arrow is the id of the arrowhead.
	arrow   string
	columns []column
}

// column is where a kind of box stands in every lane: the route, the
// dispatcher's plan, preflight, each stage, the verdict.
type column struct{ x, width float64 }

func (c column) right() float64  { return c.x + c.width }
func (c column) middle() float64 { return c.x + c.width/2 }

const (
	routeColumn = iota
	planColumn
	preflightColumn
	stageColumn // the first of them
)

// platform draws a lane for every route, and returns how wide that is.
func (d *drawing) platform(g Graph, headline bool) float64 {
	d.layout(g)
	about := fmt.Sprintf("%s · %s mode · %s, %s", g.Repository, g.Mode, plural(len(g.Routes), "route"), plural(len(g.Engines), "engine"))
	if headline {
		d.text(margin, d.y+16, "title", g.Title)
		d.text(margin, d.y+36, "small", about)
		d.y += 56
	}
	for _, r := range g.Routes {
		d.lane(g, r)
		d.y += laneGap
	}
	end := d.columns[len(d.columns)-1].right()
	if headline {
		end = math.Max(end, margin+math.Max(width(g.Title, titleSize, true), width(about, smallSize, false)))
	}
	return end + margin
}

func (d *drawing) layout(g Graph) {
	widths := []float64{0, 116, 130}
	for _, r := range g.Routes {
		widths[routeColumn] = math.Max(widths[routeColumn], r.cardWidth())
		for i, s := range r.Stages {
			if i+stageColumn == len(widths) {
				widths = append(widths, 0)
			}
			widths[i+stageColumn] = math.Max(widths[i+stageColumn], s.width())
		}
	}
	x := float64(margin)
	for _, w := range append(widths, 116) {
		d.columns = append(d.columns, column{x, w})
		x += w + gap
	}
}

// lane draws one route: what happens from left to right, and the telemetry below it.
func (d *drawing) lane(g Graph, r Route) {
	high := math.Max(r.cardHeight(), boxHigh)
	for _, s := range r.Stages {
		high = math.Max(high, s.height())
	}
	mid := d.y + high/2
	last := d.columns[len(d.columns)-1]
	bar := d.y + high + barGap
	d.card(r, mid)
	d.box(d.columns[planColumn], mid, "Dispatcher", "plan")
	d.box(d.columns[preflightColumn], mid, "Preflight", "check, emit")
	d.box(last, mid, "Verdict", "judges the run")
	d.flow(d.columns[routeColumn], d.columns[planColumn], mid)
	d.flow(d.columns[planColumn], d.columns[preflightColumn], mid)
	d.record(d.columns[preflightColumn].middle(), mid+boxHigh/2, bar)
	d.text(d.columns[preflightColumn].middle()+10, bar-9, "small", "1 record")
	from := d.columns[preflightColumn]
	for i, s := range r.Stages {
		to := d.columns[stageColumn+i]
		to.width = s.width() // stages begin at their column, and end where they end
		d.flow(from, to, mid)
		d.stage(i+1, s, to, mid)
		d.record(to.middle(), mid+s.height()/2, bar)
		d.text(to.middle()+10, bar-9, "small", plural(len(s.Engines), "record"))
		from = to
	}
	d.flow(from, last, mid)
	d.record(last.middle(), bar, mid+boxHigh/2)
	d.text(last.middle()-10, bar-9, "small end", "read back")
	d.telemetry(g, r, bar)
	d.y = bar + barHigh
}

func (r Route) lines() []string {
	out := []string{}
	for _, e := range r.Events {
		out = append(out, shorten(e, maxEvent))
	}
	return append(out, r.Cost.figures())
}

func (r Route) cardWidth() float64 {
	w := width(r.Name, nameSize, true)
	for _, l := range r.lines() {
		w = math.Max(w, width(l, smallSize, false))
	}
	return w + 2*padding
}

func (r Route) cardHeight() float64 { return float64(2*padding + lineStep*(1+len(r.lines()))) }

func (d *drawing) card(r Route, mid float64) {
	c, top := d.columns[routeColumn], mid-r.cardHeight()/2
	fmt.Fprintf(&d.b, "<g><title>%s</title>\n", markup(r.Name+": "+strings.Join(r.Events, "; ")))
	d.rect(c, top, r.cardHeight(), "route", 10)
	d.text(c.x+padding, top+padding+12, "name", r.Name)
	for i, l := range r.lines() {
		d.text(c.x+padding, top+padding+12+float64((i+1)*lineStep), "small", l)
	}
	d.b.WriteString("</g>\n")
}

func (d *drawing) box(c column, mid float64, name, what string) {
	d.rect(c, mid-boxHigh/2, boxHigh, "box", 6)
	d.text(c.middle(), mid-4, "name mid", name)
	d.text(c.middle(), mid+14, "small mid", what)
}

// grid returns in how many columns and rows the engines of a stage stand.
func (s Stage) grid() (across, down int) {
	n := len(s.Engines)
	across = (n + maxRows - 1) / maxRows
	return across, (n + across - 1) / across
}

func (s Stage) chipWidth() float64 {
	w := 150.0
	for _, e := range s.Engines {
		w = math.Max(w, math.Max(width(e.Name, nameSize, true), width(e.about(), smallSize, false))+2*padding+2)
	}
	return w
}

func (s Stage) width() float64 {
	across, _ := s.grid()
	w := float64(across)*(s.chipWidth()+chipGap) - chipGap
	return math.Max(w, width(s.title(9), smallSize, false)) + 2*padding
}

func (s Stage) height() float64 {
	_, down := s.grid()
	return float64(titleHigh + down*(chipHigh+chipGap) - chipGap + padding + padding/2)
}

func (s Stage) title(n int) string {
	if s.When == "all-succeeded" {
		return fmt.Sprintf("Stage %d, if all before succeeded", n)
	}
	return fmt.Sprintf("Stage %d", n)
}

func (e Engine) about() string {
	return fmt.Sprintf("%s · %s · ≤ %d min", e.Class, plural(e.Cost.Jobs, "job"), e.Cost.Max)
}

func (d *drawing) stage(n int, s Stage, c column, mid float64) {
	top := mid - s.height()/2
	d.rect(c, top, s.height(), "panel", 8)
	d.text(c.x+padding, top+padding+6, "small", s.title(n))
	_, down := s.grid()
	for i, e := range s.Engines {
		x := c.x + padding + float64(i/down)*(s.chipWidth()+chipGap)
		y := top + titleHigh + padding/2 + float64(i%down)*(chipHigh+chipGap)
		d.chip(e, column{x, s.chipWidth()}, y)
	}
}

func (d *drawing) chip(e Engine, c column, top float64) {
	detail := e.Name + ": " + strings.Join(e.Jobs, ", ")
	if len(e.Permissions) > 0 {
		detail += "; token with " + strings.Join(e.Permissions, ", ")
	}
	fmt.Fprintf(&d.b, "<g><title>%s</title>\n", markup(detail))
	d.rect(c, top, chipHigh, "box", 5)
	fmt.Fprintf(&d.b, `<rect class="%s" x="%.1f" y="%.1f" width="4" height="%d" rx="2"/>`+"\n", markup(e.Class), c.x+3, top+5, chipHigh-10)
	d.text(c.x+padding+2, top+19, "name", e.Name)
	d.text(c.x+padding+2, top+35, "small", e.about())
	d.b.WriteString("</g>\n")
}

func (d *drawing) telemetry(g Graph, r Route, top float64) {
	c := column{x: d.columns[preflightColumn].x}
	c.width = d.columns[len(d.columns)-1].right() - c.x
	d.rect(c, top, barHigh, "bar", 13)
	d.text(c.middle(), top+17, "small mid", fmt.Sprintf("telemetry · %s · %s", g.Telemetry, plural(r.Engines()+1, "record")))
}

// flow is the arrow between two boxes of a lane.
func (d *drawing) flow(from, to column, y float64) {
	fmt.Fprintf(&d.b, `<path class="flow" d="M%.1f,%.1f H%.1f" marker-end="url(#%s)"/>`+"\n", from.right()+3, y, to.x-3, markup(d.arrow))
}

// record is the line between a box and the telemetry, either way.
func (d *drawing) record(x, from, to float64) {
	sign := math.Copysign(2, to-from)
	fmt.Fprintf(&d.b, `<path class="record" d="M%.1f,%.1f V%.1f" marker-end="url(#%s)"/>`+"\n", x, from+sign, to-sign, markup(d.arrow+recordTip))
}

func (d *drawing) rect(c column, y, high float64, class string, radius int) {
	fmt.Fprintf(&d.b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%d"/>`+"\n", class, c.x, y, c.width, high, radius)
}

func (d *drawing) text(x, y float64, class, s string) {
	fmt.Fprintf(&d.b, `<text class="%s" x="%.1f" y="%.1f">%s</text>`+"\n", class, x, y, markup(s))
}
