package validate

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cronFields are the five fields of GitHub's schedule event with their bounds and names
// (docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows, schedule).
var cronFields = []struct {
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

// checkCron tells why GitHub would not take a cron text, or nil.
func checkCron(s string) error {
	fields := strings.Fields(s)
	if len(fields) != len(cronFields) {
		return fmt.Errorf("it has %d fields", len(fields))
	}
	if s != strings.Join(fields, " ") {
		return errors.New("its fields are not parted by one blank each, as the payload of the event has them")
	}
	values := make([][]int, len(fields))
	for i, text := range fields {
		var err error
		if values[i], err = cronValues(text, i); err != nil {
			return fmt.Errorf("the %s %q %w", cronFields[i].name, text, err)
		}
	}
	if fields[4] == "*" && !dayExists(values[2], values[3]) { // with a weekday either of the two will do
		return errors.New("the day never comes")
	}
	return cronInterval(values[0], values[1])
}

// cronInterval demands minInterval between two starts, also from the last minute of an hour to the first of the next.
func cronInterval(minutes, hours []int) error {
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

// cronValues returns what a field stands for, in order, each once.
func cronValues(text string, field int) ([]int, error) {
	var out []int
	for part := range strings.SplitSeq(text, ",") {
		span, step, stepped := strings.Cut(part, "/")
		lo, hi, err := cronSpan(span, field)
		if err != nil {
			return nil, err
		}
		by := 1
		if stepped {
			if by, err = strconv.Atoi(step); err != nil || by < 1 || by > cronFields[field].hi {
				return nil, errors.New("has a step that is no number in its bounds")
			}
			if span != "*" && !strings.Contains(span, "-") {
				hi = cronFields[field].hi
			}
		}
		for v := lo; v <= hi; v += by {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func cronSpan(span string, field int) (lo, hi int, err error) {
	f := cronFields[field]
	if span == "*" {
		return f.lo, f.hi, nil
	}
	first, last, ranged := strings.Cut(span, "-")
	if lo, err = cronValue(first, field); err != nil {
		return 0, 0, err
	}
	if !ranged {
		return lo, lo, nil
	}
	if hi, err = cronValue(last, field); err == nil && hi < lo {
		err = errors.New("ends before it begins")
	}
	return lo, hi, err
}

func cronValue(s string, field int) (int, error) {
	f := cronFields[field]
	if i := slices.Index(f.words, strings.ToUpper(s)); i >= 0 {
		return f.lo + i, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < f.lo || n > f.hi || s[0] == '+' || len(s) > 2 {
		return 0, fmt.Errorf("is not from %d to %d", f.lo, f.hi)
	}
	return n, nil
}
