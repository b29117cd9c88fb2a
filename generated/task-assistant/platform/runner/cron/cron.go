// Package cron reads the times of GitHub's schedule event, and moves them: a
// schedule may be spread, so that not every monitored repository starts at once.
//
// In: the text of a schedule. Out: what is wrong with it, how far it can be
// moved, and the text of the moved one. Compiler and runner share it, since the
// runner finds a route by that text.
package cron

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// fields are the five fields of GitHub's schedule event with their bounds and names
// (docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows, schedule).
var fields = []struct {
	name   string
	lo, hi int
	words  []string // from lo on
}{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of the month", 1, 31, nil},
	{"month", 1, 12, []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{"day of the week", 0, 6, []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
}

// minInterval is the shortest time between two runs that GitHub accepts, in minutes.
const minInterval = 5

// Schedule is a text that Parse has accepted.
type Schedule struct {
	text  []string // of each field
	times [][]int  // what each field stands for, in order
}

// Parse reads a schedule; the error tells why GitHub would not take it.
func Parse(s string) (Schedule, error) {
	out := Schedule{text: strings.Fields(s)}
	if len(out.text) != len(fields) {
		return Schedule{}, fmt.Errorf("%d fields are needed, and it has %d", len(fields), len(out.text))
	}
	if s != strings.Join(out.text, " ") {
		return Schedule{}, errors.New("its fields are not parted by one blank each, as the payload of the event has them")
	}
	for i, text := range out.text {
		v, err := values(text, i)
		if err != nil {
			return Schedule{}, fmt.Errorf("the %s %q %w", fields[i].name, text, err)
		}
		out.times = append(out.times, v)
	}
	if out.text[4] == "*" && !dayExists(out.times[2], out.times[3]) { // with a weekday either of the two will do
		return Schedule{}, errors.New("the day never comes")
	}
	return out, interval(out.times[0], out.times[1])
}

// interval demands minInterval between two starts, also from the last minute of an hour to the first of the next.
func interval(minutes, hours []int) error {
	for i := 1; i < len(minutes); i++ {
		if minutes[i]-minutes[i-1] < minInterval {
			return fmt.Errorf("it starts at minutes %d and %d", minutes[i-1], minutes[i])
		}
	}
	last, first := minutes[len(minutes)-1], minutes[0]
	for _, h := range hours {
		if next := (h + 1) % 24; first+60-last < minInterval && slices.Contains(hours, next) {
			return fmt.Errorf("it starts at %02d:%02d and %02d:%02d", h, last, next, first)
		}
	}
	return nil
}

// dayExists tells whether any of the months has any of the days.
func dayExists(days, months []int) bool {
	longest := []int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	return slices.ContainsFunc(months, func(m int) bool { return days[0] <= longest[m-1] })
}

// values returns what a field stands for, in order, each once.
func values(text string, field int) ([]int, error) {
	var out []int
	for part := range strings.SplitSeq(text, ",") {
		from, step, stepped := strings.Cut(part, "/")
		lo, hi, err := span(from, field)
		if err != nil {
			return nil, err
		}
		by := 1
		if stepped {
			if by, err = strconv.Atoi(step); err != nil || by < 1 || by > fields[field].hi {
				return nil, errors.New("has a step that is no number in its bounds")
			}
			if from != "*" && !strings.Contains(from, "-") {
				hi = fields[field].hi
			}
		}
		for v := lo; v <= hi; v += by {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func span(text string, field int) (lo, hi int, err error) {
	f := fields[field]
	if text == "*" {
		return f.lo, f.hi, nil
	}
	first, last, ranged := strings.Cut(text, "-")
	if lo, err = value(first, field); err != nil {
		return 0, 0, err
	}
	if !ranged {
		return lo, lo, nil
	}
	if hi, err = value(last, field); err == nil && hi < lo {
		err = errors.New("ends before it begins")
	}
	return lo, hi, err
}

func value(s string, field int) (int, error) {
	f := fields[field]
	if i := slices.Index(f.words, strings.ToUpper(s)); i >= 0 {
		return f.lo + i, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < f.lo || n > f.hi || s[0] == '+' || len(s) > 2 {
		return 0, fmt.Errorf("is not from %d to %d", f.lo, f.hi)
	}
	return n, nil
}
