package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/task-assistant/tasc/engines/internal/engine"
	"github.com/task-assistant/tasc/engines/internal/result"
)

// Ran is what a run of an engine left behind.
type Ran struct {
	Err     error
	Details result.Details
	Log     string
	Size    int // of the result file, in bytes
}

// Run runs an engine on the repository, with env beside what every engine gets. Start comes first.
func (s *Repository) Run(t *testing.T, name string, f engine.Func, env map[string]string) Ran {
	t.Helper()
	file := filepath.Join(t.TempDir(), "result.json")
	all := map[string]string{"TARGET_REPO": Name, "GITHUB_API_URL": s.URL, "GH_TOKEN": Token, "RESULT_FILE": file}
	for k, v := range env {
		all[k] = v
	}
	var log bytes.Buffer
	var got Ran
	got.Err = engine.Run(context.Background(), name, f, func(name string) string { return all[name] }, &log)
	got.Log = log.String()
	data, err := os.ReadFile(file)
	if err != nil {
		return got
	}
	got.Size = len(data)
	if err := json.Unmarshal(data, &got.Details); err != nil {
		t.Fatal(err)
	}
	return got
}
