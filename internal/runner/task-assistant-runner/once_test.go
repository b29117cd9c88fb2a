package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/signed"
	"github.com/task-assistant/tasc/internal/testseed"
)

// The tests below let every kind of fault happen to every request of emit and of sweep, once, three times and from
// then on, and run the verb again: exactly one correct record on a history that was only added to. They take a sample,
// drawn by TASC_SEED; TASC_FAULTS=full takes all.

// place is one fault in one scenario.
type place struct {
	scenario string
	nth      int
	fault    githubtest.Fault
}

func (p place) String() string {
	many := map[int]string{1: "once", 3: "three times", -1: "from then on"}[p.fault.Times]
	return fmt.Sprintf("%s, %s at request %d %s", p.scenario, p.fault.Do, p.nth, many)
}

// newOnceLab is a lab on whose server time passes as the runner sleeps.
func newOnceLab(t *testing.T) *lab {
	t.Helper()
	var l *lab
	l = newLabAt(t, func() time.Time {
		if l == nil {
			return now
		}
		return now.Add(time.Duration(l.slept.Load()))
	})
	f := l.readFacts()
	f.Telemetry.LogFallback = "always"
	l.facts(*f)
	l.handOver(packText(t, `{"summary":"done"}`), "1")
	return l
}

// scenario is a verb in a state of the world, and what must be true after a fault and a second run.
type scenario struct {
	name, verb string
	jammed     bool // the direct lane is
	prepare    func(l *lab)
	again      func(l *lab, first result)
}

func scenarios() []scenario {
	return []scenario{
		{"emit", "emit", false, func(*lab) {}, (*lab).emitAgain},
		{"emit by the spool", "emit", true, func(*lab) {}, (*lab).emitAgain},
		{"sweep", "sweep", false, (*lab).sweepable, (*lab).sweepAgain},
	}
}

func (s scenario) lab(t *testing.T) *lab {
	t.Helper()
	l := newOnceLab(t)
	if !s.jammed {
		l.jam = nil
	}
	s.prepare(l)
	return l
}

// requests are those of the verb without a fault.
func (s scenario) requests(t *testing.T) []githubtest.Request {
	t.Helper()
	l := s.lab(t)
	before := len(l.server.Requests())
	l.run(s.verb)
	return l.server.Requests()[before:]
}

// conflicts are answers to writes of the branch alone, skews matter only to the JWT of an App.
var (
	conflicts = []githubtest.Kind{githubtest.Conflict, githubtest.ConflictOld, githubtest.Conflict422}
	skews     = []githubtest.Kind{githubtest.SkewBehind, githubtest.SkewAhead}
)

// places are all faults that can happen to the n-th request.
func (s scenario) places(n int, r githubtest.Request) []place {
	var all []place
	for _, kind := range githubtest.Kinds() {
		on := githubtest.On{Nth: n}
		if slices.Contains(conflicts, kind) {
			on = githubtest.On{Method: http.MethodPut}
			if r.Method != on.Method {
				continue
			}
		}
		if slices.Contains(skews, kind) && !strings.HasPrefix(r.Who, "app ") {
			continue
		}
		for _, times := range []int{1, 3, -1} {
			all = append(all, place{s.name, n, githubtest.Fault{On: on, Do: kind, Times: times, Repository: telemetry}})
		}
	}
	return all
}

func TestFault_ExactlyOnce(t *testing.T) {
	all, tried, sample := 0, 0, testseed.New(t)
	for _, s := range scenarios() {
		for i, r := range s.requests(t) {
			for _, p := range s.places(i+1, r) {
				if all++; sample.IntN(100) > 0 && faultStep() > 1 {
					continue
				}
				tried++
				t.Run(p.String(), func(t *testing.T) { t.Parallel(); s.survives(t, p) })
			}
		}
	}
	t.Logf("%d of %d combinations", tried, all)
}

// survives runs a verb with a fault, and then again without.
func (s scenario) survives(t *testing.T, p place) {
	l := s.lab(t)
	l.server.Break(p.fault)
	first := l.run(s.verb)
	if l.server.Broke() == 0 {
		t.Fatalf("the fault did not happen:\n%s", first.log)
	}
	l.server.Mend()
	s.again(l, first)
	if t.Failed() {
		t.Logf("the first run ended with %d:\n%s", first.code, first.log)
	}
}

// nothingLost demands of a first run of emit that what it says is true.
func (l *lab) nothingLost(first result) {
	l.t.Helper()
	_, onBranch := l.server.File(telemetry, "main", recordPath)
	spooled := l.git("for-each-ref", signed.Spool) != ""
	kept := first.code != 0 && strings.Contains(first.log, "tasc-record-v1 end")
	if !onBranch && !spooled && !kept {
		l.t.Error("the record is neither stored nor in the log of a failed run")
	}
}

// emitAgain demands that both runs together make one record.
func (l *lab) emitAgain(first result) {
	l.t.Helper()
	l.nothingLost(first)
	l.env["GITHUB_RUN_ATTEMPT"] = "2"
	second := l.run("emit")
	l.inTelemetry()
	swept := l.run("sweep")
	if second.code != 0 || swept.code != 0 {
		l.t.Errorf("the second run: emit %d, sweep %d\n%s%s", second.code, swept.code, second.log, swept.log)
	}
	l.holdsOne()
}

// sweepable fills the spool with two good records and a wrong one.
func (l *lab) sweepable() {
	l.t.Helper()
	l.inTelemetry()
	l.spooledRuns(2)
	wrong := l.sign(sampleRecord(1002))
	wrong.Signature = make([]byte, 256)
	l.wait(wrong, "")
}

// sweepAgain demands that both good records are on the branch, and the wrong one is where wrong ones go.
func (l *lab) sweepAgain(first result) {
	l.t.Helper()
	l.inTelemetry() // a new token
	var again result
	for range 2 { // a sweep that rejects is red, and the next one is not
		if again = l.run("sweep"); again.code == 0 {
			break
		}
	}
	expect(l.t, "code of a second sweep", again.code, 0)
	l.swept(2)
	if got := strings.Fields(l.git("for-each-ref", "--format=%(refname)", signed.Rejected)); len(got) != 1 {
		l.t.Errorf("rejected: %q", got)
	}
	if l.t.Failed() {
		l.t.Logf("the second run ended with %d:\n%s", again.code, again.log)
	}
}
