package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

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
	file := j.env.Need("RESULT_FILE")
	_, attempt, err := j.runNumbers()
	if err != nil {
		return err
	}
	result, err := readResult(file)
	if err != nil {
		return err
	}
	p, err := pack(result)
	if err != nil {
		return err
	}
	return j.out.Outputs(p.outputs(attempt)...)
}

// readResult returns the bytes of the result, at most one more than may be recorded, or nil if there is none.
func readResult(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the result: %w", err)
	}
	return readFile(name, record.MaxDetails)
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
func pack(result []byte) (packed, error) {
	if result == nil {
		return packed{state: stateNoResult}, nil
	}
	if len(result) > record.MaxDetails {
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
