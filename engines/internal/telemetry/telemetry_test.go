package telemetry

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

type file struct{ path, data string }

// rec returns a record of acme/host as emit writes it.
func rec(day, run, engine string, ok bool) file {
	action := map[bool]string{true: "success", false: "failure"}[ok]
	return file{Root + "acme-host/" + day + "/" + run + "/" + engine + ".json",
		fmt.Sprintf(`{"schema_version":"1.0","correlation_id":%q,"engine_name":%q,"engine_ref":"x","entity":{"type":"repository","owner":"acme","repo":"host"},"event":{"action":%q},"ok":%v,"later":1}`, run, engine, action, ok)}
}

// legacy returns a record as the public system wrote it, under the bare name of the repository.
func legacy(day, run, engine string) file {
	return file{Root + "host/" + day + "/" + run + "/" + engine + ".json",
		fmt.Sprintf(`{"schema_version":"1.0","correlation_id":%q,"entity":{"owner":"acme","repo":"host"},"event":{"action":"success"}}`, run)}
}

func TestProjection(t *testing.T) {
	files := []file{
		rec("2026-03-01", "1-1", "preflight", true), rec("2026-03-01", "1-1", "validate", false),
		rec("2026-03-04", "2-1", "preflight", true), legacy("2026-02-27", "0-1", "validate"),
		{Root + "acme-other/2026-03-01/9-1/validate.json", "not ours, so not looked at"},
		{Root + "host/2026-03-01/9-1/validate.json", `{"schema_version":"1.0","correlation_id":"9-1","entity":{"owner":"zeta","repo":"host"},"event":{"action":"success"}}`},
	}
	want := Projection{
		SchemaVersion: "1.0", Repository: "acme/host", Runs: 3, Records: 4, Legacy: 1, OKRate: 0.75, FirstDay: "2026-02-27", LastDay: "2026-03-04",
		Coverage: Coverage{Days: 6, Present: 3, Rate: 0.5},
		Engines: []Engine{
			{Name: "preflight", Records: 2, OK: 2, OKRate: 1, FirstDay: "2026-03-01", LastDay: "2026-03-04"},
			{Name: "validate", Records: 2, OK: 1, OKRate: 0.5, FirstDay: "2026-02-27", LastDay: "2026-03-01"},
		},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		c, err := NewCollector("acme/host")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if err := c.Add(f.path, []byte(f.data)); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.Projection(); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
}

func TestProjection_OfNothing(t *testing.T) {
	c, err := NewCollector("acme/host")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Projection(), (Projection{SchemaVersion: "1.0", Repository: "acme/host", Engines: []Engine{}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestAdd_NoRecord(t *testing.T) {
	good := rec("2026-03-01", "1-1", "validate", true)
	for name, c := range map[string]struct{ path, old, new, want string }{
		"short path":   {path: Root + "acme-host/x.json", want: "expected a path <date>/<correlation id>/<engine>.json"},
		"other file":   {path: Root + "acme-host/2026-03-01/1-1/validate.txt", want: "expected a path"},
		"no day":       {path: Root + "acme-host/2026-02-30/1-1/validate.json", want: `"2026-02-30" is not a day`},
		"not JSON":     {old: "{", new: "[", want: "it is not JSON of a record"},
		"version":      {old: `"1.0"`, new: `"2.0"`, want: `schema_version is "2.0"`},
		"other run":    {old: `"1-1"`, new: `"2-1"`, want: `correlation_id is "2-1"`},
		"other engine": {old: `"engine_name":"validate"`, new: `"engine_name":"enforce"`, want: `engine_name is "enforce"`},
		"half legacy":  {old: `"engine_name":"validate",`, new: ``, want: "one of engine_name and ok without the other"},
		"other entity": {old: `"repo":"host"`, new: `"repo":"x"`, want: `its entity is "acme/x", which belongs elsewhere`},
		"no action":    {old: `"action":"success"`, new: `"action":"done"`, want: `event.action is "done"`},
		"ok is a text": {old: `"ok":true`, new: `"ok":"yes"`, want: "it is not JSON of a record"},
	} {
		t.Run(name, func(t *testing.T) {
			c2, err := NewCollector("acme/host")
			if err != nil {
				t.Fatal(err)
			}
			f := good
			if c.path != "" {
				f.path = c.path
			}
			data := strings.Replace(f.data, c.old, c.new, 1)
			if c.old != "" && data == f.data {
				t.Fatalf("%q does not hold %q", f.data, c.old)
			}
			if err := c2.Add(f.path, []byte(data)); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), f.path+" is not a telemetry record: ") {
				t.Errorf("err %v, want %q", err, c.want)
			}
		})
	}
}
