package record

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// legacyFiles are records of the form that writers used before engine_name, engine_ref and ok existed.
func legacyFiles(t testing.TB) map[string]string {
	t.Helper()
	files := map[string]string{}
	names, err := filepath.Glob("testdata/legacy/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d legacy records, %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(data)
	}
	return files
}

func TestClassify_Legacy(t *testing.T) {
	for name, text := range legacyFiles(t) {
		if kind, err := Classify([]byte(text)); kind != Legacy || err != nil {
			t.Errorf("%s: %s, %v", name, kind, err)
		}
	}
}

func TestClassify(t *testing.T) {
	legacy := legacyFiles(t)["materialize.json"]
	tests := []struct {
		name, base, old, text string
		kind                  Kind
		err                   string
	}{
		{"as emitted", exampleFile, "", "", Current, ""},
		{"with a field of a later writer", exampleFile, `"ok": true,`, `"ok": true, "later": {},`, Current, ""},
		{"legacy", legacy, "", "", Legacy, ""},
		{"legacy with a field that nobody knows", legacy, `"details"`, `"later": 1, "details"`, Legacy, ""},
		{"legacy with a reason on success", legacy, `"reason": null`, `"reason": "x"`, Legacy, ""},
		{"legacy in one line", legacy, "\n", " ", Legacy, ""},

		{"one of the new fields alone", legacy, `"details"`, `"ok": true, "details"`, Corrupt, "the engine's name is"},
		{"one of the new fields missing", exampleFile, `"engine_name": "enforce",`, "", Corrupt, "the engine's name is"},
		{"no schema_version", legacy, `"schema_version": "1.0",`, "", Corrupt, "schema_version"},
		{"another version", legacy, `"1.0"`, `"2.0"`, Corrupt, "schema_version"},
		{"no time", legacy, `"generated_at"`, `"at"`, Corrupt, "generated_at"},
		{"an id that leads up", legacy, `"1770000000-100001"`, `"../x"`, Corrupt, "the correlation id"},
		{"no entity", legacy, `"entity"`, `"target"`, Corrupt, "the repository is"},
		{"no event", legacy, `"event"`, `"events"`, Corrupt, "event.action"},
		{"no source", legacy, `"source"`, `"sources"`, Corrupt, "source names no workflow"},
		{"details that are a list", legacy, `"details": {`, `"details": [], "more": {`, Corrupt, "details are not a JSON object"},
		{"an engine that is a path", legacy, `"category": "materialize"`, `"category": "../x"`, Corrupt, "the engine's name is"},
		{"a number for a text", legacy, `"job": "materialize"`, `"job": 1`, Corrupt, "not a record of schema 1.0"},
		{"text behind", legacy, "", "", Corrupt, "text after the object"},
		{"nothing", "", "", "", Corrupt, "not a JSON object"},
		{"null", "null", "", "", Corrupt, "not a JSON object"},
		{"an array", "[]", "", "", Corrupt, "not a JSON object"},
		{"too large", "{" + strings.Repeat(" ", MaxRecord) + "}", "", "", Corrupt, "larger than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(tt.base, tt.old) {
				t.Fatalf("the record does not hold %q", tt.old)
			}
			text := strings.ReplaceAll(tt.base, tt.old, tt.text)
			if tt.old == "" {
				text = tt.base
			}
			if tt.name == "text behind" {
				text += "x"
			}
			kind, err := Classify([]byte(text))
			if kind != tt.kind || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %s, %v; want %s, %q", kind, err, tt.kind, tt.err)
			}
		})
	}
}

func FuzzClassify(f *testing.F) {
	f.Add([]byte(exampleFile))
	for _, text := range legacyFiles(f) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, err := Classify(data)
		if (kind == Corrupt) != (err != nil) {
			t.Errorf("%s, %v", kind, err)
		}
		r, errDecode := Decode(data)
		if errDecode == nil && r.Validate() == nil && kind != Current {
			t.Errorf("the envelope is %s, %v", kind, err)
		}
	})
}
