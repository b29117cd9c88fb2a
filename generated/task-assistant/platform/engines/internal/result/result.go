// Package result is what an engine reports: the details object of its telemetry record.
package result

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// The outcomes of a check.
const (
	Pass = "PASS"
	Warn = "WARN"
	Fail = "FAIL"
)

// Details are the common fields of an engine's details.
type Details struct {
	Summary string   `json:"summary"`
	Tool    string   `json:"tool"`
	Mode    string   `json:"mode,omitempty"` // apply or dry-run, of an engine that can do both
	Checks  []Check  `json:"checks"`
	Actions []Action `json:"actions"`
	// Projection is the dashboard's.
	Projection any `json:"projection,omitempty"`
}

// Check is one thing that was looked at; Details is a sentence for people.
type Check struct {
	ID      string `json:"id"`
	Outcome string `json:"outcome"`
	Details string `json:"details"`
}

// Action is one write to the repository that was done, or would be in a dry run.
type Action struct {
	ID      string `json:"id"` // such as label.create
	Details string `json:"details"`
}

// Check adds a check.
func (d *Details) Check(id, outcome, format string, args ...any) {
	d.Checks = append(d.Checks, Check{id, outcome, fmt.Sprintf(format, args...)})
}

// Failed reports whether any check failed.
func (d Details) Failed() bool {
	for _, c := range d.Checks {
		if c.Outcome == Fail {
			return true
		}
	}
	return false
}

// maxListed bounds how many checks and how many actions one record lists: it is capped at 64 KiB, and the first are the useful ones.
const maxListed = 100

// cut returns the details with no more than maxListed checks and actions, and says how many there are more.
// A failed check among those that are cut keeps the rest failed.
func (d Details) cut() Details {
	if more := len(d.Checks) - maxListed; more > 0 {
		rest := Details{Checks: d.Checks[maxListed:]}
		outcome := Warn
		if rest.Failed() {
			outcome = Fail
		}
		d.Checks = append(d.Checks[:maxListed:maxListed], Check{"more", outcome, fmt.Sprintf("%d more checks", more)})
	}
	if more := len(d.Actions) - maxListed; more > 0 {
		d.Actions = append(d.Actions[:maxListed:maxListed], Action{"more", fmt.Sprintf("%d more actions", more)})
	}
	if d.Checks == nil {
		d.Checks = []Check{}
	}
	if d.Actions == nil {
		d.Actions = []Action{}
	}
	return d
}

// Write puts the details into the file that the environment variable RESULT_FILE names.
func Write(file string, d Details) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d.cut()); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o600)
}
