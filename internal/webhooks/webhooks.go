// Package webhooks holds, for tests, what GitHub sends: the examples of @octokit/webhooks-examples, reduced to what a
// payload in Actions has. `make payloads` makes payloads.json.
package webhooks

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed payloads.json
var text []byte

// An Example is one real payload.
type Example struct {
	Event   string          // such as "issues"
	Payload json.RawMessage // what github.event holds
}

// Examples returns all of them, in the order of the file.
func Examples() ([]Example, error) {
	var all struct{ Payloads []Example }
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("payloads.json cannot be read: %w", err)
	}
	return all.Payloads, nil
}
