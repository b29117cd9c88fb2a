package scaffold_test

import (
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/scaffold"
)

// TestQuestions: every default suits the field that it is for, and every answer has its place in the spec.
func TestQuestions(t *testing.T) {
	answers := map[string]string{}
	for _, q := range scaffold.Questions("Acme") {
		if problem := load.Check(q.Field, q.Initial); problem != "" {
			t.Errorf("the default %q of %s: %s", q.Initial, q.ID, problem)
		}
		answers[q.ID] = "<" + q.ID + ">"
	}
	spec := string(scaffold.Files("engines", answers)[0].Data)
	for _, q := range scaffold.Questions("Acme") {
		if strings.Count(spec, `"<`+q.ID+`>"`) != 1 {
			t.Errorf("the answer to %s is not in the spec once:\n%s", q.ID, spec)
		}
	}
	if strings.Contains(spec, "{{") {
		t.Errorf("a place is not filled:\n%s", spec)
	}
}

// TestLock: the lock holds what every generated workflow uses.
func TestLock(t *testing.T) {
	for _, f := range scaffold.Files("engines", nil) {
		if f.Path != "engines/tasc.lock" {
			continue
		}
		lk, found := lock.Parse(f.Path, f.Data)
		if len(found) > 0 {
			t.Fatal(found)
		}
		if _, ok := lk.Action(lock.Checkout); !ok || len(lk.EngineRefs) > 0 {
			t.Errorf("got %+v, want %s alone", lk, lock.Checkout)
		}
		return
	}
	t.Error("there is no lock")
}

func TestModule(t *testing.T) {
	tests := []struct{ repository, want string }{
		{"acme/tasks", "github.com/acme/tasks@v0"},
		{"Acme/Task_Assistant", "github.com/acme/task_assistant@v0"},
		{"acme/.github", "platform.example/specs@v0"},
		{"acme/con", "platform.example/specs@v0"},
	}
	for _, tt := range tests {
		for _, f := range scaffold.Files("engines", map[string]string{"repository": tt.repository}) {
			if f.Path == scaffold.Module && !strings.HasPrefix(string(f.Data), "module: \""+tt.want+"\"\n") {
				t.Errorf("%s: got %s, want %s", tt.repository, f.Data, tt.want)
			}
		}
	}
}
