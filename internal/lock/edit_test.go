package lock

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

const (
	first  = "0b5f2d6c1a7e4938b2c6d0f1e3a59874c6d2b1e0"
	second = "1b5f2d6c1a7e4938b2c6d0f1e3a59874c6d2b1e0"
)

// TestWithEngineRef: the entry changes and no other byte of a lock that is laid out as locks are.
func TestWithEngineRef(t *testing.T) {
	for _, name := range []string{"../../engines/tasc.lock", "../scaffold/files/tasc.lock"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		locked := WithEngineRef(data, "task-assistant", "v0.2.0", first)
		if again := WithEngineRef(locked, "task-assistant", "v0.2.0", first); string(again) != string(locked) {
			t.Errorf("%s: twice is not once:\n%s", name, again)
		}
		got, found := Parse(name, locked)
		if len(found) > 0 {
			t.Fatal(text(found))
		}
		if e, ok := got.EngineRef("task-assistant", "v0.2.0"); !ok || e.Commit != first || len(got.EngineRefs) != 1 {
			t.Errorf("%s: %+v", name, got.EngineRefs)
		}
		if strings.Contains(string(data), "v0.1.0\",") && string(WithEngineRef(locked, "task-assistant", "v0.1.0", first)) != string(data) {
			t.Errorf("%s: back again is\n%s", name, WithEngineRef(locked, "task-assistant", "v0.1.0", first))
		}
	}
}

// TestWithEngineRef_KeepsTheRest: whatever else is locked stays, for another platform too.
func TestWithEngineRef_KeepsTheRest(t *testing.T) {
	entry := `{"version": "v0.1.0", "linux/amd64": "sha256:` + strings.Repeat("ab", 32) + `"}`
	data := strings.Replace(good, `"version": 1,`, `"version": 1, "compiler": `+entry+`, "runner": `+entry+`,`, 1)
	before, _ := parse(t, data)
	after, found := parse(t, string(WithEngineRef([]byte(data), "third", "v3.0.0", second)))
	if len(found) > 0 {
		t.Fatal(text(found))
	}
	if len(after.EngineRefs) != len(before.EngineRefs)+1 || len(after.Actions) != len(before.Actions) ||
		!reflect.DeepEqual(after.Compiler.Digests, before.Compiler.Digests) || !reflect.DeepEqual(after.Runner.Digests, before.Runner.Digests) {
		t.Errorf("got %+v\nfrom %+v", after, before)
	}
	for i, a := range before.Actions {
		if b := after.Actions[i]; a.Key != b.Key || a.Commit != b.Commit || !reflect.DeepEqual(a.Uses, b.Uses) {
			t.Errorf("got %+v, want %+v", b, a)
		}
	}
	if _, found := parse(t, string(WithEngineRef(nil, "p", "v1.0.0", first))); len(found) > 0 {
		t.Errorf("from nothing: %s", text(found))
	}
}
