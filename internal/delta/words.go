package delta

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// maxText is how much of a file's text is shown.
const maxText = 160

// maxSubject is the same for what programs tell changes apart by.
const maxSubject = 4000

// show makes a file's text fit to be printed: on one line, without what steers a terminal or cannot be seen, and not endless.
func show(s string) string { return printable(s, maxText) }

// printable is show without an end.
func printable(s string, most int) string {
	s = strings.NewReplacer(nameBegin, "", nameEnd, "", separator, ", ", "##[", "## [").Replace(s) // a runner takes ##[ for a command, wherever it stands
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			b.WriteString("…")
			break
		}
		switch {
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case r == unicode.ReplacementChar, !unicode.IsPrint(r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r): // among them Cf: marks that turn text around, or have no width
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

var hexRE = regexp.MustCompile(`\b([0-9a-f]{12})[0-9a-f]{28,52}\b`)

// short shows two values with their digests cut, unless then they would be the same.
func short(before, after string) (string, string) {
	b, a := show(refText(before)), show(refText(after))
	if b == a && before != after {
		return show(before), show(after)
	}
	return b, a
}

// refText puts the version that a comment names before the commit.
func refText(value string) string {
	at, comment, ok := strings.Cut(value, " # ")
	at = hexRE.ReplaceAllString(at, "$1…")
	if ok {
		return comment + " (" + at + ")"
	}
	return at
}

// change is the bundle in words.
func (b bundle) change(platforms bool) Change {
	k := kindOf(b.kind)
	before, after := short(b.before, b.after)
	c := Change{Direction: b.direction, Kind: b.kind, Subject: b.subject(), Before: before, After: after}
	if b.pos.IsValid() {
		c.Line = b.pos.Line
		if c.File = show(b.pos.File); strings.HasPrefix(strings.TrimSpace(c.File), "::") {
			c.File = "./" + c.File // a runner takes :: for a command at the beginning of a line
		}
	}
	sentence := map[state]string{isAdded: k.Added, isRemoved: k.Removed, isChanged: k.Changed, isRenamed: k.Changed}[b.state]
	sentence = strings.NewReplacer("{what}", show(b.what), "{before}", before, "{after}", after).Replace(sentence)
	for _, where := range b.places {
		c.Places = append(c.Places, words(where, platforms))
	}
	slices.Sort(c.Places)
	if b.kind == "workflow" && len(b.where) == 0 {
		sentence = show(b.what) + ": " + sentence
	}
	if at := several(c.Places); at != "" {
		sentence = at + ": " + sentence
	}
	c.Message = sentence
	if c.Direction == Widened {
		c.Why = k.Why
	}
	c.Details = b.details()
	return c
}

// subject is the path of the first place.
func (b bundle) subject() string {
	parts := append(slices.Clone(b.where), strings.TrimSpace(b.kind+" "+b.what))
	for i := range parts {
		parts[i] = printable(parts[i], maxSubject)
	}
	return strings.Join(parts, " / ")
}

// words is where something is, for people; the platform is only named where there are several.
func words(where []string, platforms bool) string {
	if len(where) > 0 && strings.HasPrefix(where[0], "platform ") && !platforms {
		where = where[1:]
	}
	out := make([]string, len(where))
	for i := range where {
		out[i] = show(where[i])
	}
	return strings.Join(out, ", ")
}

// several names up to three places.
func several(places []string) string {
	const most = 3
	places = slices.Compact(slices.Clone(places))
	if len(places) <= most {
		return strings.Join(places, "; ")
	}
	return strings.Join(places[:most], "; ") + fmt.Sprintf(" and %d more", len(places)-most)
}

// telling are the kinds of facts that are said of a unit which comes or goes.
var telling = []string{"unreadable", "mode", "repository", "engine", "class", "permission", "reads-telemetry", "waiver", "route", "route-event", "route-schedule", "route-engine", "trigger", "token", "secret", "variable", "environment", "image-ref", "ref", "checkout", "credentials", "options", "machine"}

// tells is whether a part of a unit is said of it: not what every such unit has.
func (d difference) tells() bool {
	value := d.after
	if d.state == isRemoved {
		value = d.before
	}
	switch {
	case !slices.Contains(telling, d.kind), strings.HasPrefix(d.what, "./"):
		return false
	case d.kind == "machine":
		return !isHosted(value)
	case d.kind == "trigger":
		return d.what != "workflow_call" // its caller is what starts it
	case d.kind == "checkout":
		return d.what != ownRepository && !pinnedRE.MatchString(value)
	}
	return true
}

// details say what comes or goes with a unit, as far as it counts, in the order of Kinds.
func (b bundle) details() []string {
	parts := slices.Clone(b.parts)
	slices.SortStableFunc(parts, func(x, y difference) int {
		return cmp.Or(cmp.Compare(byID[x.kind], byID[y.kind]), strings.Compare(x.what, y.what))
	})
	var out []string
	for _, p := range wholeTokens(parts) {
		value := p.after
		if p.state == isRemoved {
			value = p.before
		}
		if !p.tells() {
			continue
		}
		_, value = short("", value)
		text := strings.TrimSpace(p.kind + " " + show(p.what))
		if value != "" {
			text += ": " + value
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}
