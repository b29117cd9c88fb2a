package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Validate returns everything that forbids to write the record, or nil.
func (r Record) Validate() error {
	return errors.Join(
		equal("schema_version", r.SchemaVersion, SchemaVersion),
		checkTime(r.GeneratedAt),
		CheckCorrelationID(r.CorrelationID),
		CheckEngineName(r.EngineName),
		CheckRepository(r.Entity.Owner+"/"+r.Entity.Repo),
		equal("entity.type", r.Entity.Type, "repository"),
		equal("event.category", r.Event.Category, r.EngineName),
		r.validateSource(),
		r.validateEvent(),
		r.validateDetails(),
	)
}

func (r Record) validateSource() error {
	workflow, job := SourceOf(r.EngineName)
	err := errors.Join(
		equal("source.workflow", r.Source.Workflow, workflow),
		equal("source.job", r.Source.Job, job),
	)
	if r.Source.RunID < 1 || r.Source.RunAttempt < 1 {
		err = errors.Join(err, fmt.Errorf("source names run %d, attempt %d; both are expected to be positive", r.Source.RunID, r.Source.RunAttempt))
	}
	return err
}

// validateEvent demands that ok, action and reason tell one story.
func (r Record) validateEvent() error {
	if r.OK {
		if r.Event.Reason != nil {
			return fmt.Errorf("event.reason is %q on success, expected null", *r.Event.Reason)
		}
		return equal("event.action", r.Event.Action, "success")
	}
	if r.Event.Reason == nil {
		return errors.New("event.reason is null on failure, expected a code")
	}
	code, _, _ := strings.Cut(*r.Event.Reason, ": ")
	if !isCode(Code(code)) {
		return fmt.Errorf("event.reason starts with %q, which is no known code", code)
	}
	return equal("event.action", r.Event.Action, "failure")
}

func (r Record) validateDetails() error {
	if !json.Valid(r.Details) || r.Details[0] != '{' {
		return errors.New("details are not a JSON object")
	}
	return nil
}

func checkTime(s string) error {
	if _, err := time.Parse("2006-01-02T15:04:05Z", s); err != nil {
		return fmt.Errorf("generated_at is %q, expected RFC 3339 in UTC with a Z", s)
	}
	return nil
}

func equal(field, got, want string) error {
	if got != want {
		return fmt.Errorf("%s is %q, expected %q", field, got, want)
	}
	return nil
}
