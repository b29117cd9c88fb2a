// Package telemetry projects the telemetry records of one repository to the figures of its dashboard.
//
// The projection depends on the records alone, not on their order and not on the clock.
package telemetry

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Root is where a telemetry repository keeps the records of all repositories.
const Root = "telemetry/v1/repos/"

// MaxRecord is the largest file that can be a record. Details are capped at 64 KiB, but they stand indented in the record,
// and what is wide and deep grows by that up to what emit writes at most.
const MaxRecord = 512 << 10

// Projection is what the records say.
type Projection struct {
	SchemaVersion string   `json:"schema_version"`
	Repository    string   `json:"repository"`
	Runs          int      `json:"runs"`           // correlation ids
	Records       int      `json:"records"`        // all records
	Legacy        int      `json:"legacy_records"` // of them, those from before engine_name, engine_ref and ok existed
	OKRate        float64  `json:"ok_rate"`        // of all records, from 0 to 1
	FirstDay      string   `json:"first_day"`      // YYYY-MM-DD; "" where there is no record
	LastDay       string   `json:"last_day"`
	Coverage      Coverage `json:"coverage"`
	Engines       []Engine `json:"engines"` // by name
}

// Coverage is on how many of the days from the first to the last there is a record.
type Coverage struct {
	Days    int     `json:"days"`
	Present int     `json:"present"`
	Rate    float64 `json:"rate"`
}

// Engine is the part of one engine.
type Engine struct {
	Name     string  `json:"name"`
	Records  int     `json:"records"`
	OK       int     `json:"ok"`
	OKRate   float64 `json:"ok_rate"`
	FirstDay string  `json:"first_day"`
	LastDay  string  `json:"last_day"`
}

// Collector takes the records of one repository.
type Collector struct {
	owner, repo string
	ok          int
	legacy      int
	runs, days  map[string]bool
	engines     map[string]*Engine
}

// NewCollector returns a collector of the records of owner/name.
func NewCollector(repository string) (*Collector, error) {
	owner, repo, ok := strings.Cut(repository, "/")
	if !ok || owner == "" || repo == "" {
		return nil, fmt.Errorf("the repository is %q; expected owner/name", repository)
	}
	return &Collector{owner: owner, repo: repo, runs: map[string]bool{}, days: map[string]bool{}, engines: map[string]*Engine{}}, nil
}

// Add takes the file at path if it belongs to the repository. A file there that is no record is an error:
// the figures are of all records or there are none.
func (c *Collector) Add(path string, data []byte) error {
	folder, rest, _ := strings.Cut(strings.TrimPrefix(path, Root), "/")
	// Writers use owner-name; the public system wrote under the bare name.
	if !strings.EqualFold(folder, c.owner+"-"+c.repo) && !strings.EqualFold(folder, c.repo) {
		return nil
	}
	r, err := parse(rest, data)
	if err != nil {
		return fmt.Errorf("%s is not a telemetry record: %w", path, err)
	}
	if !strings.EqualFold(r.Entity.Owner, c.owner) || !strings.EqualFold(r.Entity.Repo, c.repo) {
		// One repository's bare name can be another's owner-name.
		if strings.EqualFold(folder, r.Entity.Repo) || strings.EqualFold(folder, r.Entity.Owner+"-"+r.Entity.Repo) {
			return nil
		}
		return fmt.Errorf("%s is not a telemetry record: its entity is %q, which belongs elsewhere", path, r.Entity.Owner+"/"+r.Entity.Repo)
	}
	c.count(r)
	return nil
}

func (c *Collector) count(r record) {
	c.runs[r.day+"/"+r.CorrelationID] = true
	c.days[r.day] = true
	e := c.engines[r.engine]
	if e == nil {
		e = &Engine{Name: r.engine, FirstDay: r.day, LastDay: r.day}
		c.engines[r.engine] = e
	}
	e.Records++
	e.FirstDay, e.LastDay = min(e.FirstDay, r.day), max(e.LastDay, r.day)
	if r.ok() {
		e.OK++
		c.ok++
	}
	if r.OK == nil {
		c.legacy++
	}
}

// Projection returns the figures of all that was added.
func (c *Collector) Projection() Projection {
	p := Projection{SchemaVersion: "1.0", Repository: c.owner + "/" + c.repo, Runs: len(c.runs), Legacy: c.legacy, Engines: []Engine{}}
	for _, e := range c.engines {
		p.Records += e.Records
		e.OKRate = rate(e.OK, e.Records)
		p.Engines = append(p.Engines, *e)
	}
	slices.SortFunc(p.Engines, func(a, b Engine) int { return strings.Compare(a.Name, b.Name) })
	p.OKRate = rate(c.ok, p.Records)
	for day := range c.days {
		if p.FirstDay == "" || day < p.FirstDay {
			p.FirstDay = day
		}
		p.LastDay = max(p.LastDay, day)
	}
	if len(c.days) > 0 {
		first, last := date(p.FirstDay), date(p.LastDay)
		days := int(last.Sub(first).Hours()/24) + 1
		p.Coverage = Coverage{Days: days, Present: len(c.days), Rate: rate(len(c.days), days)}
	}
	return p
}

// rate returns n of all with four digits; 0 of nothing.
func rate(n, all int) float64 {
	if all == 0 {
		return 0
	}
	return math.Round(float64(n)/float64(all)*1e4) / 1e4
}

// record is what counts of a record; day and engine stand in its path. Unknown fields are ignored, as the schema asks of readers.
type record struct {
	day, engine   string
	SchemaVersion string  `json:"schema_version"`
	CorrelationID string  `json:"correlation_id"`
	EngineName    *string `json:"engine_name"`
	Entity        struct {
		Owner string `json:"owner"`
		Repo  string `json:"repo"`
	} `json:"entity"`
	Event struct {
		Action string `json:"action"`
	} `json:"event"`
	OK *bool `json:"ok"`
}

func (r record) ok() bool {
	if r.OK != nil {
		return *r.OK
	}
	return r.Event.Action == "success"
}

// parse reads a record and holds it to its path: <date>/<correlation id>/<engine>.json.
func parse(path string, data []byte) (record, error) {
	var r record
	parts := strings.Split(path, "/")
	if len(parts) != 3 || !strings.HasSuffix(parts[2], ".json") {
		return r, errors.New("expected a path <date>/<correlation id>/<engine>.json")
	}
	r.day, r.engine = parts[0], strings.TrimSuffix(parts[2], ".json")
	if date(r.day).IsZero() {
		return r, fmt.Errorf("%q is not a day", r.day)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("it is not JSON of a record: %w", err)
	}
	switch {
	case r.SchemaVersion != "1.0":
		return r, fmt.Errorf("schema_version is %q; expected \"1.0\"", r.SchemaVersion)
	case r.CorrelationID != parts[1]:
		return r, fmt.Errorf("correlation_id is %q; expected that of its path", r.CorrelationID)
	case r.EngineName != nil && *r.EngineName != r.engine:
		return r, fmt.Errorf("engine_name is %q; expected that of its path", *r.EngineName)
	case (r.EngineName == nil) != (r.OK == nil):
		return r, errors.New("it has one of engine_name and ok without the other")
	case r.Event.Action != "success" && r.Event.Action != "failure":
		return r, fmt.Errorf("event.action is %q; expected success or failure", r.Event.Action)
	}
	return r, nil
}

// date returns the day that a text names; the zero time if it names none.
func date(day string) time.Time {
	t, _ := time.Parse(time.DateOnly, day)
	return t
}
