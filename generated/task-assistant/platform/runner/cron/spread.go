package cron

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
)

const day = 24 * 60 // minutes

// moved returns the text of the schedule a number of minutes later, if there is one:
// the times must be a set of minutes in each of a set of hours, and stay on the
// days that the text names.
func (s Schedule) moved(by int) (string, bool) {
	if by == 0 {
		return strings.Join(s.text, " "), true
	}
	var minutes, hours []int
	for _, h := range s.times[1] {
		for _, m := range s.times[0] {
			at := h*60 + m + by
			if at >= day && !s.everyDay() {
				return "", false
			}
			minutes, hours = append(minutes, at%60), append(hours, at/60%24)
		}
	}
	minutes, hours = distinct(minutes), distinct(hours)
	if len(minutes)*len(hours) != len(s.times[0])*len(s.times[1]) {
		return "", false
	}
	text := slices.Clone(s.text)
	text[0] = list(minutes)
	if !slices.Equal(hours, s.times[1]) {
		text[1] = list(hours)
	}
	return strings.Join(text, " "), true
}

func (s Schedule) everyDay() bool {
	for i := 2; i < len(fields); i++ {
		if len(s.times[i]) != fields[i].hi-fields[i].lo+1 {
			return false
		}
	}
	return true
}

// period returns the shortest time between two starts on one day or on two that follow each other, in minutes.
func (s Schedule) period() int {
	var starts []int
	for _, h := range s.times[1] {
		for _, m := range s.times[0] {
			starts = append(starts, h*60+m)
		}
	}
	slices.Sort(starts)
	shortest := starts[0] + day - starts[len(starts)-1]
	for i := 1; i < len(starts); i++ {
		shortest = min(shortest, starts[i]-starts[i-1])
	}
	return shortest
}

// MaxSpread returns over how many minutes the schedule can be spread: no start
// reaches the next one, and each is one cron text that means the same days.
func (s Schedule) MaxSpread() int {
	period := s.period()
	for by := range period {
		if _, ok := s.moved(by); !ok {
			return by
		}
	}
	return period
}

// Texts returns the texts that the schedule can have when it is spread over a
// number of minutes: its own, and then that of every minute later; 0 is no spread.
func (s Schedule) Texts(spread int) []string {
	var out []string
	for by := range max(spread, 1) {
		if text, ok := s.moved(by); ok {
			out = append(out, text)
		}
	}
	return out
}

// For returns the text that a repository (owner/name) gets of the schedule: a
// hash of its name says how many minutes later than the others it starts. It is
// always the same for one name, in whatever case GitHub or people write it.
func (s Schedule) For(repository string, spread int) string {
	texts := s.Texts(spread)
	sum := sha256.Sum256([]byte(strings.ToLower(repository)))
	return texts[binary.BigEndian.Uint64(sum[:8])%uint64(len(texts))]
}

func distinct(ns []int) []int {
	slices.Sort(ns)
	return slices.Compact(ns)
}

func list(ns []int) string {
	out := make([]string, len(ns))
	for i, n := range ns {
		out[i] = strconv.Itoa(n)
	}
	if len(ns) == 24 {
		return "*" // hours; no list of minutes is that long
	}
	return strings.Join(out, ",")
}
