package facts

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func example() Facts {
	return Facts{
		Platform: "p", Title: "A <b> & c", Repository: "acme/platform", Mode: "development",
		Apps:      Apps{Engine: App{ClientID: "Iv1", Slug: "one"}, Telemetry: App{ClientID: "Iv2", Slug: "two", PublicKeys: []string{"one\n", "two\n"}}},
		Telemetry: Telemetry{Repository: "{owner}/telemetry"},
		Routes: []Route{
			{Name: "a", On: On{Push: &Push{}}, Stages: []Stage{{Engines: []string{"x"}, When: "always"}}},
			{Name: "b", On: On{WorkflowDispatch: &WorkflowDispatch{}}},
		},
		Engines: []Engine{{Name: "x", Class: "read-only", Permissions: map[string]string{"issues": "read", "contents": "read"}}},
	}
}

func TestRead_GivesBackWhatWasEncoded(t *testing.T) {
	data := Encode(example())
	file := filepath.Join(t.TempDir(), "facts.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Read(file, Digest(data))
	if err != nil || !reflect.DeepEqual(*got, example()) {
		t.Errorf("got %+v, %v, want %+v", got, err, example())
	}
	if _, err := Read(file, Digest(nil)); err == nil || !strings.Contains(err.Error(), "not of one release") {
		t.Errorf("another digest: got %v", err)
	}
	if _, err := Read(file+".gone", Digest(data)); err == nil || !strings.Contains(err.Error(), "cannot read") {
		t.Errorf("no file: got %v", err)
	}
	if !strings.Contains(string(data), `"title": "A <b> & c"`) {
		t.Errorf("the title is escaped:\n%s", data)
	}
}

func TestDecode_RefusesUnknownMembers(t *testing.T) {
	for _, in := range []string{`{"platform":"p","new":1}`, `{`, `[]`} {
		if f, err := Decode([]byte(in)); err == nil {
			t.Errorf("%s: got %+v, want an error", in, f)
		}
	}
}

func TestFacts_LookUps(t *testing.T) {
	f := example()
	if r, ok := f.Route("b"); !ok || r.Name != "b" {
		t.Errorf("route b: got %+v, %t", r, ok)
	}
	if _, ok := f.Route("c"); ok {
		t.Error("route c was found")
	}
	if e, ok := f.Engine("x"); !ok || e.Class != "read-only" {
		t.Errorf("engine x: got %+v, %t", e, ok)
	}
	if _, ok := f.Engine(""); ok {
		t.Error("an engine without a name was found")
	}
	if got := f.TelemetryRepository("acme/service"); got != "acme/telemetry" {
		t.Errorf("telemetry of the owner: got %s", got)
	}
	f.Telemetry.Repository = "acme/fixed"
	if got := f.TelemetryRepository("other/service"); got != "acme/fixed" {
		t.Errorf("fixed telemetry: got %s", got)
	}
}
