package load

import (
	"fmt"
	"io/fs"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/task-assistant/tasc/internal/spec"
)

func TestLoad_Good(t *testing.T) {
	set, found := load(t, project(t, nil))
	if len(found) > 0 {
		t.Fatal(text(found))
	}
	p := set.Platforms[0]
	got := []any{len(set.Platforms), p.Name.Value, p.Title.Value, p.Repository.Value, p.Visibility.Value, p.Mode.Value, p.EngineRef.Value, p.AllowUnproven,
		p.EngineApp.ClientID.Value, p.EngineApp.Slug.Value, p.EngineApp.PrivateKeySecret.Value,
		p.TelemetryApp.ClientID.Value, p.TelemetryApp.Slug.Value, p.TelemetryApp.PrivateKeySecret.Value,
		p.HandoverKeySecret.Value, p.Telemetry.Value, p.Delivery.Value, p.TrustedRunsOn[0].Value, p.EnginesRunsOn[0].Value}
	want := []any{1, "task-assistant", "Task Assistant", "acme/task-assistant", "public", "marketplace", "v0.1.0", true,
		"Iv1", "acme-engine", "ENGINE_KEY", "Iv2", "acme-telemetry", "TELEMETRY_KEY",
		"HANDOVER_KEY", "{owner}/telemetry", "source", "ubuntu-24.04", "ubuntu-22.04"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("platform:\n%v\nwant\n%v", got, want)
	}
	routes := fmt.Sprintln(values(p.Routes), values(p.Profiles))
	if want := "[hand [workflow_dispatch] [[validate always]] push [push a.yml b/**] [[validate] [tidy validate all-succeeded]]] [standard push hand]\n"; routes != want {
		t.Errorf("routes and profiles:\n%swant\n%s", routes, want)
	}
	tidy, validate := set.Engines[0], set.Engines[1]
	if got, want := fmt.Sprintln(values(tidy)), "[tidy Tidies enforcement [[Tidy up|echo \"\\(x)\"]]]\n"; got != want {
		t.Errorf("tidy:\n%swant\n%s", got, want)
	}
	if got, want := fmt.Sprintln(values(validate)), `[validate Checks the configuration: "all" of it read-only 5 issues="write" contents="read" ZETA="z" ALPHA="" run.sh lib tools`+
		` [[Set up|uses actions/setup-node@v6.0.0|node-version=22|cache=true|depth=2|path="x"|LEVEL="info"] [Run|set -x`+"\n./run.sh \"$TARGET_REPO\"\n]]]\n"; got != want {
		t.Errorf("validate:\n%swant\n%s", got, want)
	}
	if len(set.Digest) != 64 {
		t.Errorf("digest %q", set.Digest)
	}
}

// TestLoad_PositionsPointAtTheText visits every text of the good set and looks where its position says it stands.
// CUE tells other positions for a value that meets the schema in the spec than for one that does not.
func TestLoad_PositionsPointAtTheText(t *testing.T) {
	bare := project(t, nil)
	for _, f := range bare {
		without := strings.NewReplacer("import \"github.com/task-assistant/tasc/schema\"\n", "", "schema.#Platform & ", "", "schema.#Engine & ", "")
		f.Data = []byte(without.Replace(string(f.Data)))
	}
	for name, fsys := range map[string]fstest.MapFS{"with the schema": project(t, nil), "without": bare} {
		set, found := load(t, fsys)
		if len(found) > 0 {
			t.Fatalf("%s: %s", name, text(found))
		}
		n := 0
		visit(reflect.ValueOf(set), func(s spec.String) {
			if s.Pos.IsValid() {
				n++
			}
			checkText(t, fsys, s)
		})
		if n < 60 {
			t.Errorf("%s: visited only %d texts", name, n)
		}
	}
}

func checkText(t *testing.T, fsys fstest.MapFS, s spec.String) {
	t.Helper()
	if s.Pos.Line == 0 {
		if s.Value != "" {
			t.Errorf("%q has no position", s.Value)
		}
		return
	}
	checkPos(t, fsys, s.Pos)
	rest := string(fsys[s.Pos.File].Data)
	for range s.Pos.Line - 1 {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	rest = rest[s.Pos.Column-1:]
	for _, form := range []string{strconv.Quote(s.Value), s.Value + ":", s.Value + ",", s.Value + "}", `#"` + s.Value + `"#`, `"""`, "_class\n"} {
		if strings.HasPrefix(rest, form) {
			return
		}
	}
	t.Errorf("%s: %q is said to stand at %.30q", s.Pos, s.Value, rest)
}

func visit(v reflect.Value, f func(spec.String)) {
	switch {
	case v.Type() == reflect.TypeFor[spec.String]():
		f(v.Interface().(spec.String))
	case v.Kind() == reflect.Pointer && !v.IsNil():
		visit(v.Elem(), f)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			visit(v.Field(i), f)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		for i := range v.Len() {
			visit(v.Index(i), f)
		}
	}
}

func TestLoad_Digest(t *testing.T) {
	digest := func(fsys fs.FS) string {
		set, found := load(t, fsys)
		if len(found) > 0 {
			t.Fatal(text(found))
		}
		return set.Digest
	}
	seen := map[string]string{}
	for name, fsys := range map[string]fs.FS{
		"as it is":        project(t, nil),
		"a comment":       edited(t, "engines/tidy.cue", "A step that", "The step that"),
		"another file":    with(t, "engines/more.cue", "package engines\n"),
		"another name":    with(t, "engines/more2.cue", "package engines\n"),
		"another content": with(t, "engines/more.cue", "package engines\n\n"),
	} {
		if other, twice := seen[digest(fsys)]; twice {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[digest(fsys)] = name
	}
	if a, b := digest(project(t, nil)), digest(with(t, "engines/README.md", "x", "other/x.cue", "package x\n")); a != b {
		t.Error("a file that is no spec changes the digest")
	}
}
