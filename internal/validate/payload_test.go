package validate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/webhooks"
)

// TestPayloadFields_AreReal: every field that an input may come from stands in a real payload of its event, and is one
// text, number or bool there, or nothing.
func TestPayloadFields_AreReal(t *testing.T) {
	examples, err := webhooks.Examples()
	if err != nil {
		t.Fatal(err)
	}
	payloads := make([]map[string]any, len(examples))
	for i, e := range examples {
		if err := json.Unmarshal(e.Payload, &payloads[i]); err != nil {
			t.Fatal(err)
		}
	}
	for event, paths := range payloadFields {
		for _, path := range paths {
			found := false
			for i, e := range examples {
				found = found || e.Event == event && isLeaf(payloads[i], path)
			}
			if !found {
				t.Errorf("no example of %s has %s as one value", event, path)
			}
		}
	}
}

// isLeaf reports whether a path with dots leads to a value that is neither an object nor a list.
func isLeaf(payload map[string]any, path string) bool {
	name, rest, more := strings.Cut(path, ".")
	value, ok := payload[name]
	if !more {
		_, list := value.([]any)
		_, object := value.(map[string]any)
		return ok && !list && !object
	}
	inner, _ := value.(map[string]any)
	return isLeaf(inner, rest)
}
