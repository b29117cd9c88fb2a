package delta

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// trust: another value is another party that is relied on, whichever way it goes.
func trust(_, _ string) Direction { return Widened }

// later: days, written YYYY-MM-DD.
func later(before, after string) Direction { return direction(cmp.Compare(after, before)) }

func direction(more int) Direction {
	switch {
	case more > 0:
		return Widened
	case more < 0:
		return Narrowed
	}
	return Changed
}

func mirrored(o order) order {
	return func(before, after string) Direction { return o(after, before) }
}

// rank orders values from the narrowest to the widest; one that it does not know is wider than all.
func rank(values ...string) order {
	at := func(v string) int {
		if i := slices.Index(values, v); i >= 0 {
			return i
		}
		return len(values)
	}
	return func(before, after string) Direction {
		if at(before) == len(values) && at(after) == len(values) {
			return Widened
		}
		return direction(at(after) - at(before))
	}
}

// listed joins a list into a value, items reads it.
func listed(items []string) string {
	out := slices.Clone(items)
	for i := range out {
		out[i] = strings.ReplaceAll(out[i], ", ", `,\x20`) // so that one item is never taken for two
	}
	return strings.Join(out, ", ")
}

func items(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, ", ")
}

// wider compares lists of what is let through; an entry that begins with ! takes something away. One that
// lets other things through counts as wider, whichever way it goes.
func wider(before, after string) Direction {
	more, less := false, false
	count := func(of, in []string, mark func(excluding bool)) {
		for _, item := range of {
			if !covers(in, item) {
				mark(strings.HasPrefix(item, "!"))
			}
		}
	}
	a, b := items(before), items(after)
	count(b, a, func(excluding bool) { more, less = more || !excluding, less || excluding })
	count(a, b, func(excluding bool) { more, less = more || excluding, less || !excluding })
	switch {
	case more:
		return Widened
	case less:
		return Narrowed
	case strings.Contains(before+after, "!"): // the order of such entries counts
		return Widened
	}
	return Changed
}

// covers tells whether a list holds an item, or a pattern that all of its kind match.
func covers(list []string, item string) bool {
	all := "**"
	if kind, _, ok := strings.Cut(item, " "); ok && (kind == "branch" || kind == "tag") {
		all = kind + " **"
	}
	return slices.Contains(list, item) || !strings.HasPrefix(item, "!") && slices.Contains(list, all)
}

// oftener compares lists of schedules by how many starts they come to.
func oftener(before, after string) Direction {
	return direction(cmp.Compare(starts(after), starts(before)))
}

// starts estimates how often the schedules of a value start something in a year.
func starts(value string) int {
	n := 0
	for _, schedule := range strings.Split(value, "; ") {
		cron, _, _ := strings.Cut(schedule, " (") // what stands behind is for people
		fields := strings.Fields(cron)
		if len(fields) != 5 {
			n += 1 << 30 // nobody knows
			continue
		}
		product := 1
		for i, size := range []int{60, 24, 31, 12, 7} {
			product *= parts(fields[i], size)
		}
		n += product
	}
	return n
}

// parts is how many values a field of a schedule stands for.
func parts(field string, size int) int {
	n := 0
	for part := range strings.SplitSeq(field, ",") {
		span, step, stepped := strings.Cut(part, "/")
		count := 1
		if from, to, ranged := strings.Cut(span, "-"); ranged {
			lo, err := strconv.Atoi(from)
			hi, err2 := strconv.Atoi(to)
			if count = hi - lo + 1; err != nil || err2 != nil || count < 1 || count > size {
				count = size
			}
		} else if span == "*" || stepped {
			count = size
		}
		if by, err := strconv.Atoi(step); stepped && err == nil && by > 0 {
			count = (count + by - 1) / by
		}
		n += count
	}
	return min(max(n, 1), size)
}

// hostedRE are labels of machines that GitHub makes for one job and throws away
// (docs.github.com/actions/reference/runners/github-hosted-runners).
var hostedRE = regexp.MustCompile(`^(ubuntu|windows|macos)-[0-9a-z.]+(-[0-9a-z]+)*$`)

// isHosted tells whether all labels are of GitHub's machines.
func isHosted(labels string) bool {
	return labels != "" && !slices.ContainsFunc(items(labels), func(l string) bool { return !hostedRE.MatchString(l) })
}

// hosted compares machines.
func hosted(before, after string) Direction {
	switch a, b := isHosted(before), isHosted(after); {
	case a && !b:
		return Widened
	case b && !a:
		return Narrowed
	case !a && !b:
		return Widened // other machines of somebody's own
	}
	return Changed
}

var pinnedRE = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64}|sha256:[0-9a-f]{64}|\$\{\{ (inputs\.engine_ref|fromJSON\(toJSON\(job\)\)\.workflow_sha) \}\})( # .*)?$`)

// pins compares refs: one that cannot move with one that can.
func pins(before, after string) Direction {
	_, was, _ := strings.Cut(before, " # ")
	_, is, _ := strings.Cut(after, " # ")
	switch a, b := pinnedRE.MatchString(before), pinnedRE.MatchString(after); {
	case a && !b:
		return Widened
	case b && !a:
		return Narrowed
	case was != "" && was == is: // versions do not move
		return Widened
	}
	return Changed
}

// proven compares what the lock says of an action: how it was checked, and what it uses inside.
func proven(before, after string) Direction {
	was, in, _ := strings.Cut(before, ", ")
	is, now, _ := strings.Cut(after, ", ")
	if in != now {
		return Widened
	}
	return rank("proven", "unproven")(was, is)
}
