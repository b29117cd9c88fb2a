package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// leg is one job of an engine that has a matrix.
type leg struct {
	// values are those of the matrix, by name, from the platform's facts.
	values map[string]string
	handed
	// status is how the job says that it ended: a text of the engine's machine, which only counts where GitHub
	// says that not every leg succeeded.
	status string
}

// legLimit is the greatest size of the details of one of n legs: together they fit into one record.
func legLimit(n int) int { return record.MaxDetails/n - 256 }

// receive reads what was handed over: by one job, or by each leg of an engine that has a matrix.
func (in *emission) receive(run runContext, dir string, received bool) error {
	engine, _ := run.facts.Engine(in.engine)
	if len(engine.Legs) == 0 {
		h, err := readHandover(handoverFile{dir: dir}, received)
		in.handed = h
		return err
	}
	for i, values := range engine.Legs {
		from := handoverFile{dir, fmt.Sprintf("_%d", i)}
		h, err := readHandover(from, received)
		if err != nil {
			return err
		}
		status, err := from.read("job_status", received)
		if err != nil {
			return err
		}
		in.legs = append(in.legs, leg{values, h, status})
	}
	return nil
}

// attempt returns the attempt in which the engine ran, 0 where nothing says it; of several legs the latest.
func (in emission) attempt(current int) int {
	n := in.handed.runAttempt(current)
	for _, l := range in.legs {
		n = max(n, l.runAttempt(current))
	}
	return n
}

// outcome is how one leg is recorded: with no code it was a success.
type outcome struct {
	code    record.Code
	text    string
	details json.RawMessage
}

// outcome judges one leg; result is what GitHub says of all of them.
func (l leg) outcome(result string, limit int) outcome {
	details, refusal := l.accept(limit)
	var out outcome
	switch {
	case result == "success" || l.status == "success" || !l.received:
	case l.handed == handed{received: true}:
		out = outcome{code: record.MachineLost, text: "the machine was lost or its setup failed before the engine started: see the job's log"}
		if result != "failure" {
			out = outcome{code: record.Cancelled, text: "the job was cancelled"}
		}
	case l.status == "cancelled":
		out = outcome{code: record.Cancelled, text: "the job was cancelled"}
	case l.late == "true":
		out = outcome{code: record.Timeout, text: "a step was stopped when its time was over"}
	default:
		out = outcome{code: record.Failed, text: fmt.Sprintf("the job ended as %q", actions.Line(l.status, 100))}
	}
	if out.code == "" && refusal != nil {
		out = outcome{code: refusal.Code, text: refusal.Text}
	}
	out.details = details
	return out
}

// name tells a leg from the others: "go=1.26 os=linux".
func (l leg) name() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(l.values)) {
		parts = append(parts, key+"="+l.values[key])
	}
	return strings.Join(parts, " ")
}

// judgeLegs decides how the run of an engine with a matrix is recorded: the most telling code of all, and in the
// details each leg with its values, its result and its own details. tooLarge is why the details of no leg can be recorded.
func (in emission) judgeLegs(run runContext, tooLarge *record.Refusal) judgement {
	var out judgement
	out.code, out.text = in.reason(run, nil)
	outcomes := make([]outcome, len(in.legs))
	for i, l := range in.legs {
		outcomes[i] = l.outcome(in.result, legLimit(len(in.legs)))
	}
	if i := worst(outcomes); outcomes[i].code != "" && !before(out.code, outcomes[i].code) {
		out.code, out.text = outcomes[i].code, "leg "+in.legs[i].name()+": "+outcomes[i].text
	}
	if out.details = in.report(out, outcomes); tooLarge == nil && len(out.details) > record.MaxDetails {
		tooLarge = refuse(record.ResultTooLarge, fmt.Sprintf("the results of all legs are larger than %d bytes", record.MaxDetails))
	}
	if tooLarge == nil {
		return out
	}
	for i := range outcomes {
		outcomes[i].details = nil
	}
	if out.code == "" {
		out.code, out.text = tooLarge.Code, tooLarge.Text
	}
	out.details = in.report(out, outcomes)
	return out
}

// worst returns the index of the outcome with the most telling code, the first of several.
func worst(outcomes []outcome) int {
	at := 0
	for i, o := range outcomes {
		if before(o.code, outcomes[at].code) {
			at = i
		}
	}
	return at
}

// before tells whether a code is more telling than another one; every code is more so than none.
func before(a, b record.Code) bool {
	codes := record.Codes()
	return a != "" && (b == "" || slices.Index(codes, a) < slices.Index(codes, b))
}

// report returns the details of a record of several legs, of which out says how they are judged together.
func (in emission) report(out judgement, outcomes []outcome) json.RawMessage {
	type legReport struct {
		Matrix  map[string]string `json:"matrix"`
		Result  string            `json:"result"`
		Reason  string            `json:"reason,omitempty"`
		Details json.RawMessage   `json:"details,omitempty"`
	}
	var report struct {
		Summary string      `json:"summary"`
		Legs    []legReport `json:"legs"`
	}
	good := 0
	for i, o := range outcomes {
		l := legReport{Matrix: in.legs[i].values, Result: string(o.code), Reason: o.text, Details: o.details}
		if o.code == "" {
			l.Result = "success"
			good++
		}
		report.Legs = append(report.Legs, l)
	}
	report.Summary = fmt.Sprintf("%d of %d legs succeeded", good, len(outcomes))
	if good == len(outcomes) && out.code != "" {
		report.Summary = out.text // what the legs say of themselves is not what GitHub says
	}
	data, err := record.Marshal(report)
	if err != nil {
		panic(err) // texts and JSON that was accepted always encode
	}
	return data
}
