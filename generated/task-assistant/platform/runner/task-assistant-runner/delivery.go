package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// delivery is one record on its way to the telemetry repository.
type delivery struct {
	job    *job
	run    runContext
	client *github.Client
	app    github.Credentials
	file   github.NewFile
	// action is the record's event.action.
	action string
}

// deliver brings the record into the telemetry repository and returns the id of its blob. A record that
// cannot be brought there is kept in the log, and the error says everything that went wrong. errPlace is why
// there is no telemetry repository.
func (d delivery) deliver(ctx context.Context, errPlace error) (string, error) {
	if errPlace != nil {
		return "", d.keep(fmt.Errorf("nothing can be recorded: %w", errPlace))
	}
	late, cancel := outlast(ctx, cancelGrace)
	defer cancel()
	token, err := d.client.Mint(late, d.app, github.Scope{Repository: d.file.Repository, Permissions: writeScope()})
	if err != nil {
		return "", d.keep(fmt.Errorf("the record was not written: %w", err))
	}
	lane := "recorded"
	sha, err := d.client.Create(ctx, token.Value, d.file)
	if github.IsJammed(err) {
		lane = "spooled"
		direct := err
		if sha, err = d.spool(late, token.Value); err != nil && !errors.Is(err, github.ErrDifferent) {
			err = fmt.Errorf("%w; the spool took it neither: %w", direct, err)
		}
		if err == nil {
			d.askForSweep(late, token.Value)
		}
	}
	switch {
	case errors.Is(err, github.ErrDifferent):
		return "", fmt.Errorf("%s has a different record already, which stays: use Re-run all jobs: a new attempt gets a new correlation id", d.file.Path)
	case err != nil:
		return "", d.keep(fmt.Errorf("the record %s was not written: %w", d.file.Path, err))
	}
	d.job.out.Notice(fmt.Sprintf("%s %s in %s: %s", lane, d.file.Path, d.file.Repository, d.action))
	return sha, nil
}

// keep prints the record, signed, where the platform lets it be printed, and returns why that was needed and
// what became of it.
func (d delivery) keep(cause error) error {
	said := failures{oneLine(cause)}
	if d.run.facts.Telemetry.LogFallback != "always" && !d.job.isPrivate() {
		return append(said, "the record is lost: it is not printed either, since everybody can read this log and telemetry.log_fallback is private-only")
	}
	lines, err := d.lines()
	if err == nil {
		err = d.job.out.Plain(lines)
	}
	if err != nil {
		return append(said, "the record is lost: it cannot be printed either: "+oneLine(err))
	}
	return append(said, "the record is in this log, signed, in the lines marked tasc-record-v1: keep the log until it is replayed")
}

func (d delivery) lines() ([]string, error) {
	r, err := d.sign()
	if err != nil {
		return nil, err
	}
	return r.Log()
}

// sign returns the record as it travels outside the contents API.
func (d delivery) sign() (signed.Record, error) {
	app, err := d.client.App(d.app)
	if err != nil {
		return signed.Record{}, err
	}
	signature, err := app.Sign(signed.Text(d.file.Path, d.file.Data))
	return signed.Record{Path: d.file.Path, Data: d.file.Data, Signature: signature}, err
}

// isPrivate reports whether the event says that the repository of the run is private. Whoever can read a
// repository can read its logs.
func (j *job) isPrivate() bool {
	data, err := os.ReadFile(j.env.Optional("GITHUB_EVENT_PATH"))
	var event struct{ Repository struct{ Private bool } }
	return err == nil && json.Unmarshal(data, &event) == nil && event.Repository.Private
}
