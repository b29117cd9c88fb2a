// Package result writes what an engine reports: the details object of its telemetry record.
package result

import (
	"bytes"
	"encoding/json"
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
	Summary string  `json:"summary"`
	Tool    string  `json:"tool"`
	Checks  []Check `json:"checks"`
}

// Check is one thing that was looked at; Details is a sentence for people.
type Check struct {
	ID      string `json:"id"`
	Outcome string `json:"outcome"`
	Details string `json:"details"`
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

// Write puts the details into the file that the environment variable RESULT_FILE names.
func Write(file string, d Details) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o600)
}
