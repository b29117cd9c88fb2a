package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Kind says what a file of a telemetry repository is.
type Kind int

const (
	// Corrupt is a file that is no record of any kind.
	Corrupt Kind = iota
	// Legacy is a record of schema 1.0 from before engine_name, engine_ref and ok existed. It stays as it is.
	Legacy
	// Current is a record as [Record] describes it, whatever a later writer put beside its fields.
	Current
)

func (k Kind) String() string { return [...]string{"corrupt", "legacy", "current"}[k] }

// legacyRecord are the fields of a legacy record. Its writers named the engine in the path and as the event's category.
type legacyRecord struct {
	SchemaVersion string `json:"schema_version"`
	GeneratedAt   string `json:"generated_at"`
	CorrelationID string `json:"correlation_id"`
	Source        struct {
		Workflow string `json:"workflow"`
		Job      string `json:"job"`
	} `json:"source"`
	Entity  Entity          `json:"entity"`
	Event   Event           `json:"event"`
	Details json.RawMessage `json:"details"`
}

// Classify says what kind of record the bytes of a file are. Where they are corrupt the error says why.
func Classify(data []byte) (Kind, error) {
	members, err := readMembers(data)
	if err != nil {
		return Corrupt, err
	}
	added := 0
	for _, name := range []string{"engine_name", "engine_ref", "ok"} {
		if _, ok := members[name]; ok {
			added++
		}
	}
	if added == 0 {
		return Legacy.unless(checkLegacy(data))
	}
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return Corrupt, fmt.Errorf("not a record of schema %s: %w", SchemaVersion, err)
	}
	return Current.unless(r.Validate())
}

func (k Kind) unless(err error) (Kind, error) {
	if err != nil {
		return Corrupt, errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return k, nil
}

// readMembers returns the members of what must be exactly one JSON object of at most [MaxRecord] bytes.
func readMembers(data []byte) (map[string]json.RawMessage, error) {
	if len(data) > MaxRecord {
		return nil, fmt.Errorf("it is larger than %d bytes", MaxRecord)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	var members map[string]json.RawMessage
	if err := dec.Decode(&members); err != nil || members == nil {
		return nil, errors.New("it is not a JSON object")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("there is text after the object")
	}
	return members, nil
}

// checkLegacy returns everything in which a record differs from those that were written before.
func checkLegacy(data []byte) error {
	var r legacyRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("not a record of schema %s: %w", SchemaVersion, err)
	}
	err := errors.Join(
		equal("schema_version", r.SchemaVersion, SchemaVersion),
		checkTime(r.GeneratedAt),
		CheckCorrelationID(r.CorrelationID),
		CheckRepository(r.Entity.Owner+"/"+r.Entity.Repo),
		equal("entity.type", r.Entity.Type, "repository"),
		CheckEngineName(r.Event.Category),
	)
	if r.Event.Action != "success" && r.Event.Action != "failure" {
		err = errors.Join(err, fmt.Errorf("event.action is %q, expected success or failure", cut(r.Event.Action)))
	}
	if r.Source.Workflow == "" || r.Source.Job == "" {
		err = errors.Join(err, errors.New("source names no workflow or no job"))
	}
	if !isObject(r.Details) {
		err = errors.Join(err, errors.New("details are not a JSON object"))
	}
	return err
}
