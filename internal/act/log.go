package act

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A Result is what a run left behind. Secrets and masked values are *** in every text, as on GitHub.
type Result struct {
	Code  int               // act's exit code: 0 when no job failed
	Jobs  map[string]string // path of a job, "dispatch/preflight/check", to its result; a leg of a matrix ends in " (value)"
	Spans map[string]Span   // of every job by its path
	Order []string          // paths of the jobs in the order in which they ended
	Steps []Step            // every step of every job that ran, in the order in which they ended
	Log   string            // everything, one "[job path] text" a line
}

// A Span is when something ran, as seen from its log: from its first line to its last.
type Span struct{ Start, End time.Time }

// Contains reports whether the time is in the span.
func (s Span) Contains(t time.Time) bool { return !t.Before(s.Start) && !t.After(s.End) }

// A Step is one step of a job.
type Step struct {
	Job     string // path of its job
	ID      string // its id, or its index where it has none
	Name    string // its name, or what act shows for a step without one
	Outcome string // success, failure or skipped, before continue-on-error
	Log     string // its output and its workflow commands, one a line
	Summary string // what it wrote to $GITHUB_STEP_SUMMARY
	Outputs map[string]string
	Span    Span
}

// Step returns the step of a job with that id or name; its Outcome is empty if there is none.
func (r Result) Step(job, step string) Step {
	for _, s := range r.Steps {
		if s.Job == job && (s.ID == step || s.Name == step) {
			return s
		}
	}
	return Step{Job: job, Name: step}
}

// An entry is one line that act logs with --json. Names are matched without regard to case: act
// writes both stepID and stepid.
type entry struct {
	Msg        string
	JobID      string // the path of the job, by our patch
	JobResult  string
	StepID     []string // of a step, and of the steps of composite actions inside it
	Step       string
	Stage      string // Pre, Main or Post
	StepResult string
	Output     bool   `json:"raw_output"`
	Command    string // workflow command, or "summary" for what a step wrote to its summary
	Name, Arg  string // of the command set-output
}

// A logReader gathers a Result from act's log, line by line.
type logReader struct {
	result   Result
	log      strings.Builder
	output   map[stepKey]*strings.Builder
	summary  map[stepKey]string
	outputs  map[stepKey]map[string]string
	started  map[stepKey]time.Time
	problems []string
	watch    func(Event)
	now      func() time.Time
}

type stepKey struct{ job, id string }

func newLogReader(watch func(Event)) *logReader {
	return &logReader{
		result:  Result{Jobs: map[string]string{}, Spans: map[string]Span{}},
		output:  map[stepKey]*strings.Builder{},
		summary: map[stepKey]string{},
		outputs: map[stepKey]map[string]string{},
		started: map[stepKey]time.Time{},
		watch:   watch,
		now:     time.Now,
	}
}

// line takes one line of act's output, with its end.
func (r *logReader) line(line []byte) {
	var e entry
	if json.Unmarshal(line, &e) != nil {
		r.readPlain(string(line))
		return
	}
	r.read(e)
}

// finish returns what the lines told, and the problems that act passes over though GitHub would not.
func (r *logReader) finish() (Result, []string) {
	for i, s := range r.result.Steps {
		key := stepKey{s.Job, s.ID}
		if text := r.output[key]; text != nil {
			r.result.Steps[i].Log = text.String()
		}
		r.result.Steps[i].Summary, r.result.Steps[i].Outputs = r.summary[key], r.outputs[key]
	}
	r.result.Log = r.log.String()
	return r.result, r.problems
}

// readPlain takes a line that is not JSON: act's last words, which name the job that failed or say why
// the run could not go on.
func (r *logReader) readPlain(line string) {
	r.log.WriteString(line)
	if text, ok := strings.CutPrefix(line, "Error: "); ok && !strings.HasPrefix(text, "Job '") {
		r.problems = append(r.problems, strings.TrimSpace(text))
	}
}

func (r *logReader) read(e entry) {
	fmt.Fprintf(&r.log, "[%s] %s\n", e.JobID, strings.TrimRight(e.Msg, "\n"))
	for _, problem := range []string{"Unable to interpolate expression", "Skipping unsupported platform", "Error while evaluating"} {
		if strings.Contains(e.Msg, problem) && !e.Output {
			r.problems = append(r.problems, e.Msg)
		}
	}
	if e.JobID != "" {
		r.span(e.JobID)
	}
	if e.JobResult != "" {
		r.result.Jobs[e.JobID] = e.JobResult
		r.result.Order = append(r.result.Order, e.JobID)
		r.watch(Event{Job: e.JobID, Result: e.JobResult})
	}
	if len(e.StepID) > 0 && e.Stage != "" {
		r.readStep(e)
	}
}

// span extends that of a job up to now.
func (r *logReader) span(job string) {
	s, known := r.result.Spans[job]
	s.End = r.now()
	if !known {
		s.Start = s.End
	}
	r.result.Spans[job] = s
}

// readStep takes what belongs to a step. The output of a composite action's steps is the output of
// the step that uses the action.
func (r *logReader) readStep(e entry) {
	key := stepKey{e.JobID, e.StepID[0]}
	if r.output[key] == nil {
		r.output[key] = &strings.Builder{}
		r.started[key] = r.now()
		r.watch(Event{Job: e.JobID, Step: e.Step})
	}
	if e.Output {
		r.output[key].WriteString(strings.TrimRight(e.Msg, "\n") + "\n")
	}
	switch e.Command {
	case "summary":
		_, text, _ := strings.Cut(e.Msg, "Summary - ") // the field with the text alone is not masked
		r.summary[key] += text
	case "set-output":
		if r.outputs[key] == nil {
			r.outputs[key] = map[string]string{}
		}
		r.outputs[key][e.Name] = e.Arg
	case "error", "warning", "notice", "debug", "group", "endgroup":
		_, command, _ := strings.Cut(e.Msg, "::") // act puts a sign before it
		r.output[key].WriteString("::" + strings.TrimRight(command, "\r\n") + "\n")
	}
	if e.StepResult != "" && e.Stage == "Main" && len(e.StepID) == 1 {
		r.result.Steps = append(r.result.Steps, Step{
			Job: e.JobID, ID: e.StepID[0], Name: e.Step, Outcome: e.StepResult, Span: Span{Start: r.started[key], End: r.now()},
		})
	}
}
