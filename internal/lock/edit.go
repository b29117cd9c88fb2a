package lock

import (
	"bytes"
	"encoding/json"
)

// WithEngineRef returns the lock with the release of a platform in it, laid out as
// locks are. data is a lock that Parse has accepted, or nothing.
func WithEngineRef(data []byte, platform, release, commit string) []byte {
	doc := document{Version: Version}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &doc); err != nil {
			panic(err) // Parse has read it
		}
	}
	if doc.EngineRef == nil {
		doc.EngineRef = map[string]engineRefEntry{}
	}
	if doc.Actions == nil {
		doc.Actions = map[string]actionEntry{}
	}
	doc.EngineRef[platform] = engineRefEntry{Ref: release, Commit: commit}
	for key, a := range doc.Actions {
		if a.Uses == nil {
			a.Uses = []string{}
			doc.Actions[key] = a
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		panic(err) // texts always encode
	}
	return b.Bytes()
}
