package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/handover"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// The states in which an engine's job hands its result over.
const (
	stateOK        = "ok"
	stateNoResult  = "no-result"
	stateTooLarge  = "too-large"
	stateNotObject = "not-object"
)

// collect packs the engine's result for emit. It runs beside the engine and decides nothing: emit trusts
// none of its outputs.
func collect(_ context.Context, j *job) error {
	file, started, stepLimit := j.env.Need("RESULT_FILE"), j.env.Need("STEP_STARTED"), j.env.Need("STEP_TIMEOUT_MINUTES")
	_, attempt, err := j.runNumbers()
	if err != nil {
		return err
	}
	late, err := j.timedOut(started, stepLimit)
	if err != nil {
		return err
	}
	limit, outputs, err := j.leg()
	if err != nil {
		return err
	}
	result, err := readResult(file, limit)
	if err != nil {
		return err
	}
	p, err := pack(result, limit)
	if err != nil {
		return err
	}
	outputs = append(outputs, actions.Output{Name: "timed_out", Value: strconv.FormatBool(late)})
	return j.out.Outputs(append(p.outputs(attempt), outputs...)...)
}

// timedOut reports whether the engine's last step began as long ago as a step may take, or longer. collect runs
// right after that step, and a step that takes so long was stopped. started is touched before every step.
func (j *job) timedOut(started, limit string) (bool, error) {
	minutes, err := strconv.Atoi(limit)
	if err != nil || minutes < 1 {
		return false, &actions.UsageError{Text: fmt.Sprintf("STEP_TIMEOUT_MINUTES is %q, expected whole minutes", limit)}
	}
	info, err := os.Stat(started)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // no step of the engine began
	}
	if err != nil {
		return false, fmt.Errorf("cannot tell when the last step began: %w", err)
	}
	return j.now().Sub(info.ModTime()) >= time.Duration(minutes)*time.Minute, nil
}

// leg returns how large the result of this job may be, and what the job hands over besides: as one of the legs of an
// engine with a matrix, how it ends.
func (j *job) leg() (limit int, outputs []actions.Output, err error) {
	legs := j.env.Optional("LEGS")
	if legs == "" {
		return record.MaxDetails, nil, nil
	}
	n, err := strconv.Atoi(legs)
	if err != nil || n < 1 || legLimit(n) < 1 {
		return 0, nil, &actions.UsageError{Text: fmt.Sprintf("LEGS is %q, expected the number of legs", legs)}
	}
	return legLimit(n), []actions.Output{{Name: "job_status", Value: j.env.Optional("JOB_STATUS")}}, nil
}

// readResult returns the bytes of the result, at most one more than limit, or nil if there is none.
func readResult(name string, limit int) ([]byte, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the result: %w", err)
	}
	return readFile(name, int64(limit))
}

// readFile returns the bytes of a file, at most one more than limit.
func readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// packed is a result on its way from the engine's job to emit.
type packed struct{ details, digest, state string }

// pack returns the result packed, or why it cannot be handed over; nil means that there is no result.
func pack(result []byte, limit int) (packed, error) {
	if result == nil {
		return packed{state: stateNoResult}, nil
	}
	if len(result) > limit {
		return packed{state: stateTooLarge}, nil
	}
	compact, ok := record.Compact(result)
	if !ok {
		return packed{state: stateNotObject}, nil
	}
	details, err := handover.Pack(compact)
	return packed{details: details, digest: facts.Digest(compact), state: stateOK}, err
}

// outputs are the four outputs in which details travel.
func (p packed) outputs(attempt int) []actions.Output {
	return []actions.Output{
		{Name: "details", Value: p.details},
		{Name: "details_sha256", Value: p.digest},
		{Name: "details_state", Value: p.state},
		{Name: "run_attempt", Value: strconv.Itoa(attempt)},
	}
}
