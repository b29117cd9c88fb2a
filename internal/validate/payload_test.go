package validate

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestPayloadFields_AreReal: every field that an input may come from stands in a real payload of its event, and is one
// text, number or bool there, or nothing.
func TestPayloadFields_AreReal(t *testing.T) {
	data, err := os.ReadFile("../webhooks/payloads.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples struct {
		Payloads []struct {
			Event   string
			Payload map[string]any
		}
	}
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	for event, paths := range payloadFields {
		for _, path := range paths {
			found := false
			for _, e := range examples.Payloads {
				found = found || e.Event == event && isLeaf(e.Payload, path)
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
