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
	var minutes []int
	for i, text := range fields {
		values, err := cronValues(text, i)
		if err != nil {
			return fmt.Errorf("the %s %q %w", cronFields[i].name, text, err)
		}
		if i == 0 {
			minutes = values
		}
	}
	for i := 1; i < len(minutes); i++ {
		if minutes[i]-minutes[i-1] < minInterval {
			return fmt.Errorf("it starts at minutes %d and %d", minutes[i-1], minutes[i])
		}
	}
	return nil
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
