package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// loadDir is the directory of a run's records.
func loadDir(run int) string { return record.Dir(target, "2026-11-22", runID(run)) }

// expected returns the record that a run's emitter is to write, but for the time and the runner's digest.
func (l *load) expected(run int) []byte {
	r := sampleRecord(run)
	r.EngineName, r.Event.Category = record.Preflight, record.Preflight
	r.Source.Workflow, r.Source.Job = record.SourceOf(record.Preflight)
	r.Details = []byte(loadDetails(run))
	data, err := r.Encode()
	if err != nil {
		l.t.Error(err)
	}
	return data
}

// figures are what git says of a load run, and the figures of its table.
type figures struct {
	n                              int
	stored, spooled, lost, doubled int
	took                           []time.Duration // until stored, sorted
	last                           time.Duration   // until the last record was on the branch
	requests, conflicts, refused   int
	verdicts, verdictsRed, sweeps  int
}

// settle compares the branch with what was sent, by git: every record once, with the content it was given, on a history
// that was only added to.
func (l *load) settle(all []delivered) figures {
	l.t.Helper()
	lab := lab{world: &world{t: l.t}, server: l.server}
	lab.git("fsck", "--strict")
	expect(l.t, "history that was changed", lab.git("log", "--format=", "--name-status", "--diff-filter=a", "main"), "")
	expect(l.t, "spool", lab.git("for-each-ref", "refs/telemetry"), "")
	added := l.additions(lab.git("log", "--format=@%ct", "--name-only", "--diff-filter=A", "main"))
	o := figures{n: len(all), sweeps: len(l.swept), requests: l.asked[emitName], verdicts: l.asked[verdictName]}
	for _, d := range all {
		at := added[loadDir(d.run)+"/preflight.json"]
		o.count(d, at)
		if len(at) > 0 {
			o.last = max(o.last, at[len(at)-1].Sub(loadStart))
			l.checkContent(d)
		}
		if d.lane != "lost" && len(at) == 0 {
			l.t.Errorf("run %d says it is stored, and it is not on the branch:\n%s", d.run, d.log)
		}
	}
	slices.Sort(o.took)
	for _, r := range l.server.Requests() {
		switch r.Status {
		case http.StatusConflict:
			o.conflicts++
		case http.StatusForbidden, http.StatusTooManyRequests:
			o.refused++
		}
	}
	return o
}

func (o *figures) count(d delivered, at []time.Time) {
	switch {
	case len(at) == 0:
		o.lost++
		return
	case len(at) > 1:
		o.doubled++
	}
	o.stored++
	if d.lane == "spool" {
		o.spooled++
	}
	o.took = append(o.took, d.took)
	if d.judge.code != 0 {
		o.verdictsRed++
	}
}

// additions returns when each path was added, from the log of git.
func (l *load) additions(log string) map[string][]time.Time {
	added := map[string][]time.Time{}
	var at time.Time
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if text, ok := strings.CutPrefix(line, "@"); ok {
			seconds, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				l.t.Error(err)
			}
			at = time.Unix(seconds, 0)
		} else if line != "" {
			added[line] = append(added[line], at)
		}
	}
	return added
}

func (l *load) checkContent(d delivered) {
	l.t.Helper()
	name := path.Join(loadDir(d.run), "preflight.json")
	data, _ := l.server.File(telemetry, "main", name)
	got, errGot := record.Decode(data)
	want, errWant := record.Decode(l.expected(d.run))
	if errGot != nil || errWant != nil || !record.Same(got, want) {
		l.t.Errorf("%s: %v %v\n%s", name, errGot, errWant, data)
	}
}

// at returns the time within which a share of the records was stored.
func (o figures) at(share float64) time.Duration {
	if len(o.took) == 0 {
		return 0
	}
	return o.took[min(len(o.took)-1, int(share*float64(len(o.took))))]
}

const tableHead = "| emitters | policy | limits | lost | twice | direct | spooled | requests each | 409 | 403 | p50 | p99 | last on the branch | sweeps | verdicts red |\n" +
	"|--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"

func (o figures) row(policy, limits string) string {
	s := func(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }
	return fmt.Sprintf("| %d | %s | %s | %d | %d | %d | %d | %.2f | %d | %d | %s | %s | %s | %d | %d |", o.n, policy, limits, o.lost, o.doubled,
		o.stored-o.spooled, o.spooled, float64(o.requests)/float64(o.n), o.conflicts, o.refused, s(o.at(0.5)), s(o.at(0.99)), s(o.last), o.sweeps, o.verdictsRed)
}

// machineLoad is the machine's load average of a minute, "unknown" where the system does not tell it.
func machineLoad() string {
	data, err := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(data), " ")
	if err != nil {
		return "unknown"
	}
	return first
}

// loadForm is a form in which GitHub's limits answer, and how strictly they are read.
type loadForm struct {
	name   string
	limits githubtest.Limits
	// within is when the last record must be on the branch.
	within time.Duration
}

// loadForms are all of them. Where an App's own requests are limited too, two tokens for each of 1,000 runs, at 6 points,
// take 13 minutes whatever anybody does.
func loadForms() []loadForm {
	bare, timed, strict := githubtest.PublishedLimits(), githubtest.PublishedLimits(), githubtest.PublishedLimits()
	timed.RetryAfter = time.Minute
	strict.AppsToo = true
	return []loadForm{
		{"no retry-after", bare, 15 * time.Minute},
		{"retry-after: 60", timed, 15 * time.Minute},
		{"no retry-after, mints too", strict, 20 * time.Minute},
		{"none", githubtest.Limits{}, 15 * time.Minute},
	}
}

// TestLoad_EveryRecordOnce runs emitters at once under the published limits, beside the public system's policy. TASC_LOAD
// names how many, such as "10,50,200,1000".
func TestLoad_EveryRecordOnce(t *testing.T) {
	sizes := "10,50"
	if text := os.Getenv("TASC_LOAD"); text != "" {
		sizes = text
	}
	table := bytes.NewBufferString(tableHead)
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			t.Fatalf("TASC_LOAD: %v", err)
		}
		for _, form := range loadForms() {
			t.Run(fmt.Sprintf("%d, %s", n, form.name), func(t *testing.T) {
				began := time.Now()
				l := newLoad(t, form.limits)
				o := l.settle(l.run(n))
				fmt.Fprintln(table, o.row("tasc", form.name))
				expect(t, "lost", o.lost, 0)
				expect(t, "doubled", o.doubled, 0)
				expect(t, "verdicts that are red", o.verdictsRed, 0)
				if o.last > form.within {
					t.Errorf("the last record was on the branch after %s, want %s", o.last, form.within)
				}
				peer := newLoad(t, form.limits)
				fmt.Fprintln(table, peer.settle(peer.runPeer(n)).row("fixed 1 s × 5", form.name))
				t.Logf("%s of the machine's time, load %s", time.Since(began).Round(time.Millisecond), machineLoad())
			})
		}
	}
	t.Logf("\n%s", table.String())
}
