package validate

import (
	"fmt"
	"slices"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/runner/cron"
	"github.com/task-assistant/tasc/internal/spec"
)

func cronInvalid(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, s := range schedulesOf(pl) {
			if _, err := cron.Parse(s.Cron.Value); err != nil {
				p.report(finding{pos: s.Cron.Pos, message: fmt.Sprintf("the schedule %s: %v", q(s.Cron.Value), err), expected: "minute hour day month weekday, such as \"0 3 * * *\", at least five minutes apart", fix: "correct cron"})
			}
		}
	}
}

// scheduleSpread: the last repository starts before the first one's next time, and every time is one cron text.
func scheduleSpread(p *pass) {
	for _, pl := range p.set.Platforms {
		for _, s := range schedulesOf(pl) {
			parsed, err := cron.Parse(s.Cron.Value)
			if err != nil || s.SpreadMinutes.Value <= parsed.MaxSpread() {
				continue
			}
			p.report(finding{pos: s.SpreadMinutes.Pos, message: fmt.Sprintf("the schedule %s cannot be spread over %d minutes: a later time meets the next one, leaves its day, or is no single cron text", q(s.Cron.Value), s.SpreadMinutes.Value),
				expected: fmt.Sprintf("at most %d", parsed.MaxSpread()), fix: "lower spread_minutes, or begin earlier"})
		}
	}
}

// routeSchedule is a schedule with the route that it starts.
type routeSchedule struct {
	route string
	spec.Schedule
}

func schedulesOf(pl *spec.Platform) []routeSchedule {
	var out []routeSchedule
	for _, r := range pl.Routes {
		for _, s := range r.Schedules {
			out = append(out, routeSchedule{r.Name.Value, s})
		}
	}
	return out
}

// texts are the cron texts that a schedule can have in some repository; none where it is no schedule.
func (s routeSchedule) texts() []string {
	parsed, err := cron.Parse(s.Cron.Value)
	if err != nil {
		return nil
	}
	return parsed.Texts(s.SpreadMinutes.Value)
}

// schedulesApart is the part of route-event for schedules that are spread: in no
// repository two have the same text. Two with one text have a finding already.
func (p *pass) schedulesApart(pl *spec.Platform) {
	all := schedulesOf(pl)
	for i, b := range all {
		for _, a := range all[:i] {
			if a.SpreadMinutes.Value+b.SpreadMinutes.Value == 0 || a.Cron.Value == b.Cron.Value {
				continue
			}
			of := a.texts()
			at := slices.IndexFunc(b.texts(), func(text string) bool { return slices.Contains(of, text) })
			if at < 0 {
				continue
			}
			p.report(finding{pos: b.Cron.Pos, message: fmt.Sprintf("the schedules %s of route %s and %s of route %s, spread, can both become %s", q(a.Cron.Value), q(a.route), q(b.Cron.Value), q(b.route), q(b.texts()[at])),
				expected: "one route for every time", fix: "move them apart, or lower spread_minutes", notes: []diag.Note{{Pos: a.Cron.Pos, Message: "the other schedule"}}})
		}
	}
}
