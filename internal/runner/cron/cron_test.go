package cron

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func parse(t *testing.T, text string) Schedule {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func TestMaxSpread(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"0 3 * * *", 1440},
		{"30 23 * * *", 1440},
		{"0 3 * * 1", 21 * 60},
		{"0 3 1 * *", 21 * 60},
		{"30 23 * * MON-FRI", 30},
		{"0 * * * *", 60},
		{"0 * * * 1-5", 60},
		{"30 * * * 1-5", 30},
		{"*/15 * * * *", 15},
		{"*/15 * * * 6", 15},
		{"0 */6 * * *", 6 * 60},
		{"0 9,17 * * *", 8 * 60},
		{"0 9,17 * * 1", 7 * 60},
		{"0,30 9 * * *", 30},
		{"5,35 9 * * *", 25},
		{"0 0 * 2 *", 1440},
		{"0 3 */1 * *", 1440},
	}
	for _, tt := range tests {
		want := tt.want
		if got := parse(t, tt.in).MaxSpread(); got != want {
			t.Errorf("%s: got %d, want %d", tt.in, got, want)
		}
	}
}

func TestTexts(t *testing.T) {
	tests := []struct {
		in    string
		by    int
		want  string
		notes string
	}{
		{"0 3 * * *", 0, "0 3 * * *", "its own"},
		{"00 03 * * *", 0, "00 03 * * *", "its own, as it was written"},
		{"0 3 * * *", 75, "15 4 * * *", "another hour"},
		{"30 23 * * *", 45, "15 0 * * *", "another day"},
		{"0 3 * JAN MON", 5, "5 3 * JAN MON", "words stay"},
		{"*/15 */1 * * *", 7, "7,22,37,52 */1 * * *", "a list for steps"},
		{"30 * * * *", 45, "15 * * * *", "every hour stays every hour"},
		{"0 9,17 * * *", 61, "1 10,18 * * *", "two hours"},
	}
	for _, tt := range tests {
		if got := parse(t, tt.in).Texts(tt.by + 1); got[tt.by] != tt.want {
			t.Errorf("%s, %s: got %s, want %s", tt.in, tt.notes, got[tt.by], tt.want)
		}
	}
}

// TestTexts_MeanTheSameLater: over a week, a moved schedule starts exactly when the schedule itself does, later by as much.
func TestTexts_MeanTheSameLater(t *testing.T) {
	for _, text := range []string{"0 3 * * *", "30 23 * * *", "0 3 * * 1", "30 23 * * 1-5", "*/15 * * * 6", "30 * * * 1-5", "0 9,17 * * *", "5,35 9-11 * * *", "0 */6 * * *", "10,50 * * * *"} {
		s := parse(t, text)
		own := starts(s)
		for by, moved := range s.Texts(s.MaxSpread()) {
			var want []int
			for _, at := range own {
				want = append(want, (at+by)%(7*day))
			}
			slices.Sort(want)
			if got := starts(parse(t, moved)); !slices.Equal(got, want) {
				t.Errorf("%s moved by %d is %s", text, by, moved)
			}
		}
	}
}

// starts returns the minutes of a week, from Sunday on, at which a schedule of weekdays starts.
func starts(s Schedule) []int {
	var out []int
	for _, d := range s.times[4] {
		for _, h := range s.times[1] {
			for _, m := range s.times[0] {
				out = append(out, d*day+h*60+m)
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestFor: a name has one time, whatever its case, and a thousand names have nearly all times.
func TestFor(t *testing.T) {
	s := parse(t, "0 3 * * *")
	if got := s.For("acme/service", 120); got != s.For("Acme/Service", 120) || got != "39 3 * * *" {
		t.Errorf("acme/service gets %s", got)
	}
	if got := s.For("acme/service", 0); got != "0 3 * * *" {
		t.Errorf("without a spread acme/service gets %s", got)
	}
	seen := map[string]int{}
	for i := range 1000 {
		seen[s.For(fmt.Sprintf("acme/service-%d", i), 120)]++
	}
	for text, n := range seen {
		if n > 30 || !strings.HasSuffix(text, " * * *") {
			t.Errorf("%d of 1000 repositories get %s", n, text)
		}
	}
	if len(seen) < 115 {
		t.Errorf("1000 repositories start at %d of 120 minutes", len(seen))
	}
}
