package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/handover"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// judgement is how an engine's run is recorded: with no code it was a success.
type judgement struct {
	code    record.Code
	text    string
	details json.RawMessage
}

// accept returns the details that were handed over if they may be recorded: at most limit bytes, and all that
// record.Accept demands.
func (h handed) accept(limit int) (json.RawMessage, *record.Refusal) {
	if !h.received || len(h.details) > maxHandover {
		return nil, refuse(record.ResultTooLarge, "the result is larger than may be handed over")
	}
	switch h.state {
	case stateNoResult, "":
		return nil, refuse(record.NoResult, "the engine wrote no result")
	case stateTooLarge:
		return nil, refuse(record.ResultTooLarge, fmt.Sprintf("the result is larger than %d bytes", limit))
	case stateNotObject:
		return nil, refuse(record.ResultNotObject, "the result is not exactly one JSON object in UTF-8")
	case stateOK:
		return h.unpack(limit)
	}
	return nil, refuse(record.ResultRefused, "the result was handed over in an unknown state")
}

// unpack repeats every check that collect made: collect ran on the engine's machine.
func (h handed) unpack(limit int) (json.RawMessage, *record.Refusal) {
	if h.details == "" {
		return nil, refuse(record.ResultWithheld, "Actions dropped the result, as it does with an output that holds a masked value")
	}
	data, err := handover.Unpack(h.details, limit)
	switch {
	case errors.Is(err, handover.ErrTooLarge):
		return nil, refuse(record.ResultTooLarge, fmt.Sprintf("the result is larger than %d bytes", limit))
	case err != nil:
		return nil, refuse(record.ResultRefused, err.Error())
	case facts.Digest(data) != h.digest:
		return nil, refuse(record.ResultRefused, "the result does not have the sha256 that was handed over with it")
	}
	return record.Accept(data)
}

func refuse(code record.Code, text string) *record.Refusal {
	return &record.Refusal{Code: code, Text: text}
}

// conclude decides how what was handed over is recorded. tooLarge is set where the whole of it makes too large a record.
func (in emission) conclude(run runContext, tooLarge *record.Refusal) judgement {
	switch {
	case len(in.legs) > 0:
		return in.judgeLegs(run, tooLarge)
	case tooLarge != nil:
		return in.judge(run, nil, tooLarge)
	}
	details, refusal := in.handed.accept(record.MaxDetails)
	return in.judge(run, details, refusal)
}

// judge decides how the run of the engine is recorded. Details that were accepted are kept on failure too.
func (in emission) judge(run runContext, details json.RawMessage, refusal *record.Refusal) judgement {
	code, text := in.reason(run, details)
	if code == "" && refusal != nil {
		return judgement{refusal.Code, refusal.Text, summarise(refusal.Text)}
	}
	if refusal != nil {
		details = summarise(text + "; " + refusal.Text)
	}
	return judgement{code, text, details}
}

// reason returns why the engine's job counts as failed, or "". The order of the cases is that of record.Codes.
func (in emission) reason(run runContext, details json.RawMessage) (record.Code, string) {
	if err := run.checkRef(in.engineRef); err != nil {
		return record.EngineRefMismatch, err.Error()
	}
	failing := failingChecks(details)
	switch {
	case in.engine == record.Preflight && len(failing) > 0:
		return record.PreflightFailed, "failed checks: " + actions.Line(strings.Join(failing, ", "), 300)
	case in.engine == record.Preflight && in.result == "failure":
		return record.PreflightFailed, "preflight failed and handed over no failed check"
	case in.authorize == "failure":
		return record.NotAuthorized, "the engine got no token, so it was not started"
	case in.result == "cancelled":
		return record.Cancelled, "the engine's job was cancelled"
	case in.result == "skipped":
		return record.Cancelled, "the run was cancelled before the engine started"
	case in.result == "failure" && in.handed == handed{received: true}:
		return record.MachineLost, "the machine was lost or its setup failed before the engine started: see the job's log"
	case in.result == "failure" && in.handed.late == "true":
		return record.Timeout, "a step of the engine was stopped when its time was over"
	case in.result != "success":
		return record.Failed, fmt.Sprintf("the engine's job ended as %q", actions.Line(in.result, 100))
	}
	return "", ""
}

// failingChecks returns the ids of the checks in details that failed.
func failingChecks(details json.RawMessage) []string {
	var report checkReport
	if json.Unmarshal(details, &report) != nil {
		return nil // no report of checks, or none at all
	}
	var ids []string
	for _, c := range report.Checks {
		if c.Outcome == outcomeFail {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
