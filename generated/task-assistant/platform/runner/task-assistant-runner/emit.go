package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// emit writes the one record of an engine. It is the only author of records, and trusts nothing that comes
// from the engine's job.
func emit(ctx context.Context, j *job) error {
	in := j.emission()
	dir, received := j.env.Need("HANDOVER_DIR"), j.env.Text("HANDOVER_RECEIVED")
	key, api := j.env.Text("TELEMETRY_APP_KEY"), j.env.Need("GITHUB_API_URL")
	run, err := j.trusted()
	if err != nil {
		return err
	}
	if err := in.check(run); err != nil {
		return fmt.Errorf("nothing can be recorded: %s", oneLine(err))
	}
	if err := in.receive(run, dir, received == "success"); err != nil {
		return err
	}
	digest, err := j.digest()
	if err != nil {
		return err
	}
	r, data, err := in.encode(run, record.Source{RunnerDigest: digest}, j.now())
	if err != nil {
		return err
	}
	d := delivery{job: j, run: run, client: j.github(api), app: appOf(run.facts.Apps.Telemetry, key)}
	var errPlace error
	in.telemetry, errPlace = run.telemetryRepository(in.telemetry)
	d.file, d.action = in.file(run, r, data), r.Event.Action
	sha, err := d.deliver(ctx, errPlace)
	if err != nil {
		return err
	}
	return j.out.Outputs(
		actions.Output{Name: "ok", Value: strconv.FormatBool(r.OK)},
		actions.Output{Name: "record", Value: sha},
	)
}

// emission is what emit is asked to record.
type emission struct {
	request
	engine, telemetry string
	// result and authorize are the results of the engine's job and of its authorize job, which is "" where there is none.
	result, authorize string
	handed            handed
	// legs are what the jobs of an engine with a matrix handed over, in place of handed; none for any other engine.
	legs []leg
}

// emission reads what emit is asked to record, but for the handover.
func (j *job) emission() emission {
	return emission{
		request:   j.request(),
		engine:    j.env.Text("ENGINE_NAME"),
		telemetry: j.env.Text("TELEMETRY_REPO"),
		result:    j.env.Text("ENGINE_RESULT"),
		authorize: j.env.Optional("AUTHORIZE_RESULT"),
	}
}

// check refuses what must not become a path.
func (in emission) check(run runContext) error {
	errEngine := record.CheckEngineName(in.engine)
	if _, ok := run.facts.Engine(in.engine); !ok && errEngine == nil && in.engine != record.Preflight {
		errEngine = fmt.Errorf("the engine %s is not one of this platform", in.engine)
	}
	return errors.Join(in.request.check(run), errEngine)
}

// handed is what the engine's job handed over: untrusted text.
type handed struct {
	packed
	attempt string
	// late is "true" if the engine's last step was stopped when its time was over.
	late string
	// received is false if the step that should have stored the texts failed, as it does for texts
	// that are larger than an environment may be.
	received bool
}

// maxHandover bounds a file of the handover: 64 KiB that cannot be compressed, as gzip in base64.
const maxHandover = 128 << 10

// handoverFile names the files of one job's handover: those of a leg have its number behind them.
type handoverFile struct{ dir, suffix string }

// read returns the text of a file; one that is not there, or was not received, is empty text.
func (f handoverFile) read(name string, received bool) (string, error) {
	if !received {
		return "", nil
	}
	data, err := readFile(filepath.Join(f.dir, name+f.suffix), maxHandover)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("cannot read the handover: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// readHandover reads the files of one job's handover.
func readHandover(from handoverFile, received bool) (handed, error) {
	h := handed{received: received}
	for _, f := range []struct {
		name string
		into *string
	}{
		{"details", &h.details}, {"details_sha256", &h.digest}, {"details_state", &h.state}, {"run_attempt", &h.attempt}, {"timed_out", &h.late},
	} {
		text, err := from.read(f.name, received)
		if err != nil {
			return h, err
		}
		*f.into = text
	}
	return h, nil
}

// encode builds the record and its file. Details that are within bounds can still make a file that is not,
// since indentation grows with depth; they are refused then.
func (in emission) encode(run runContext, source record.Source, now time.Time) (record.Record, []byte, error) {
	r := in.record(run, source, now, in.conclude(run, nil))
	data, err := r.Encode()
	if err == nil && len(data) > record.MaxRecord {
		tooLarge := refuse(record.ResultTooLarge, fmt.Sprintf("the result makes a record larger than %d bytes", record.MaxRecord))
		r = in.record(run, source, now, in.conclude(run, tooLarge))
		data, err = r.Encode()
	}
	return r, data, errors.Join(err, r.Validate())
}

// record fills the envelope.
func (in emission) record(run runContext, source record.Source, now time.Time, v judgement) record.Record {
	owner, repo, _ := strings.Cut(in.target, "/")
	source.Workflow, source.Job = record.SourceOf(in.engine)
	source.RunID, source.RunAttempt = run.runID, cmp.Or(in.attempt(run.attempt), run.attempt)
	r := record.Record{
		SchemaVersion: record.SchemaVersion,
		GeneratedAt:   now.UTC().Format("2006-01-02T15:04:05Z"),
		CorrelationID: in.correlationID,
		EngineName:    in.engine,
		EngineRef:     actions.Line(in.engineRef, 100),
		Source:        source,
		Entity:        record.Entity{Type: "repository", Owner: owner, Repo: repo},
		Event:         record.Event{Category: in.engine, Action: "success"},
		OK:            v.code == "",
		Details:       v.details,
	}
	if !r.OK {
		reason := string(v.code) + ": " + v.text
		r.Event.Action, r.Event.Reason = "failure", &reason
	}
	return r
}

// runAttempt returns the attempt in which the engine ran, as it was handed over, or 0 if that is no possible one.
// It is an earlier one than the current where GitHub carried the outputs of a job over that was not run again.
func (h handed) runAttempt(current int) int {
	n, err := strconv.Atoi(h.attempt)
	if err != nil || strconv.Itoa(n) != h.attempt || n < 1 || n > current {
		return 0
	}
	return n
}

// file returns the file to create for the record r, whose bytes are data; check has passed.
func (in emission) file(run runContext, r record.Record, data []byte) github.NewFile {
	return github.NewFile{
		Repository: in.telemetry,
		Path:       in.dir() + "/" + record.FileName(in.engine),
		Data:       data,
		Message:    "telemetry: " + in.engine + " " + in.correlationID,
		Detour:     spools(run.facts),
		Same: func(stored []byte) bool {
			before, err := record.Decode(stored)
			if in.attempt(run.attempt) == 0 {
				// r names the attempt of this job, which grows when emit alone is run again.
				before.Source.RunAttempt = r.Source.RunAttempt
			}
			return err == nil && record.Same(before, r)
		},
	}
}

// summarise returns a details object for where the engine's own cannot be recorded.
func summarise(text string) json.RawMessage {
	data, err := record.Marshal(struct {
		Summary string `json:"summary"`
	}{text})
	if err != nil {
		panic(err) // a string always encodes
	}
	return data
}
