package local

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// logLines is how much of a failed step's output is shown.
const logLines = 15

// Print writes the trace for people. Jobs are named without the stub's, which all have in front.
func (t Trace) Print(w io.Writer) error {
	p := printer{t: t}
	from := "made up"
	if t.Folder != "" {
		from = "from " + t.Folder
	}
	p.line("%s: %s in %s (%s)", t.Platform, t.Event, t.Target, from)
	ran := slices.DeleteFunc(slices.Clone(t.Jobs), func(j Job) bool { return len(j.Steps) == 0 })
	p.line("platform tree %s, stub of profile %s, %.1f s", t.Release[:12], t.Profile, t.Seconds)
	p.line("%s, %s, %s, %s\n", count(len(ran), "job"), count(len(t.Tokens), "token"), count(len(t.Requests), "request"), count(len(t.Stored), "record"))
	p.jobs()
	p.tokens()
	p.requests()
	p.records()
	p.failed()
	if len(t.Notes) > 0 {
		p.line("notes")
		for _, n := range t.Notes {
			p.line("  %s", n)
		}
		p.line("")
	}
	p.verdict()
	_, err := io.WriteString(w, p.out.String())
	return err
}

type printer struct {
	t   Trace
	out strings.Builder
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

// table lines columns up; cells are separated by tabs.
func (p *printer) table(rows []string) {
	w := tabwriter.NewWriter(&p.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, "  "+row)
	}
	_ = w.Flush() // a strings.Builder takes everything
	p.line("")
}

// short is a job without the stub's.
func short(path string) string {
	if path == "" {
		return "(no one job)"
	}
	_, rest, ok := strings.Cut(path, "/")
	if !ok {
		return path
	}
	return rest
}

// jobs shows those that ran; of the ones that were skipped it is enough to know which.
func (p *printer) jobs() {
	rows := []string{"job\tresult\tseconds\trequests"}
	var skipped []string
	for _, j := range p.t.Jobs {
		switch {
		case j.Result == "skipped":
			skipped = append(skipped, short(j.Path))
		case len(j.Steps) > 0:
			rows = append(rows, fmt.Sprintf("%s\t%s\t%.1f\t%d", short(j.Path), j.Result, j.Seconds, j.Requests))
		}
	}
	p.line("jobs")
	if len(skipped) > 0 {
		rows = append(rows, "skipped: "+strings.Join(skipped, ", "))
	}
	p.table(rows)
}

func (p *printer) tokens() {
	p.line("tokens, and what each could do")
	for _, t := range p.t.Tokens {
		var used []string
		for _, job := range t.UsedBy {
			used = append(used, short(job))
		}
		by := "minted by " + short(t.MintedBy)
		switch {
		case len(used) == 0:
			by += ", not used"
		case len(used) == 1 && t.UsedBy[0] == t.MintedBy:
			by += ", used there: " + count(t.Requests, "request")
		default:
			by += ", used by " + strings.Join(used, ", ") + ": " + count(t.Requests, "request")
		}
		end := fmt.Sprintf("valid %d minutes", t.Minutes)
		if t.Revoked {
			end = "revoked"
		}
		p.line("  %d  %s on %s  {%s}", t.ID, t.App, strings.Join(t.Repositories, ", "), permissions(t.Permissions))
		p.line("     %s; %s", by, end)
	}
	if len(p.t.Tokens) == 0 {
		p.line("  none")
	}
	p.line("")
}

func permissions(of map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		out = append(out, name+": "+of[name])
	}
	return strings.Join(out, ", ")
}

func (p *printer) requests() {
	p.line("requests")
	job := "none yet"
	var rows []string
	for _, r := range p.t.Requests {
		if r.Job != job {
			job = r.Job
			rows = append(rows, short(job))
		}
		rows = append(rows, fmt.Sprintf("  %s\t%s\t%d\t%s", r.Method, r.Path, r.Status, r.As))
	}
	for _, g := range p.t.Git {
		pushes := ""
		if g.Pushes > 0 {
			pushes = ", " + count(g.Pushes, "push")
		}
		rows = append(rows, fmt.Sprintf("git: %s of %s%s, as %s", strings.Replace(count(g.Fetches, "fetch"), "fetchs", "fetches", 1), g.Repository, pushes, g.As))
	}
	p.table(rows)
}

func (p *printer) records() {
	p.line("records in %s", p.t.Records)
	var rows []string
	for _, r := range p.t.Stored {
		state, about := "ok", r.Summary
		if !r.OK {
			state, about = "not ok", r.Reason
		}
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s", r.Engine, state, r.Path, clean(about)))
		for _, text := range r.Warnings {
			rows = append(rows, "  "+clean(text))
		}
	}
	for _, ref := range p.t.Spool {
		rows = append(rows, "waiting\t\t"+ref+"\t")
	}
	if len(rows) == 0 {
		rows = []string{"none"}
	}
	p.table(rows)
}

// failed shows the end of the output of every step that failed.
func (p *printer) failed() {
	for _, j := range p.t.Jobs {
		for _, s := range j.Steps {
			if s.Outcome != "failure" {
				continue
			}
			p.line("%s, the step %q failed:", short(j.Path), s.Name)
			lines := strings.Split(strings.TrimSuffix(s.Log, "\n"), "\n")
			for _, line := range lines[max(0, len(lines)-logLines):] {
				p.line("  %s", clean(line))
			}
			p.line("")
		}
	}
}

// clean takes out of a line what a terminal would act upon: the output of a step is anybody's text.
func clean(line string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, line)
}

func (p *printer) verdict() {
	colour := "red"
	if p.t.Green {
		colour = "green"
	}
	if p.t.Green || len(p.t.Why) == 1 {
		p.line("%s: %s", colour, clean(strings.Join(p.t.Why, "; ")))
		return
	}
	p.line("%s", colour)
	for _, why := range p.t.Why {
		p.line("  %s", clean(why))
	}
}
