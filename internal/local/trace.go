package local

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/task-assistant/tasc/internal/act"
	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// Trace says what a run did. Its JSON is what `tasc run --format json` prints; docs/run.md explains it. Everything is
// in the order of the workflows, whatever ran at the same time, so only seconds differ between two runs of the same.
type Trace struct {
	Format   int    `json:"format"` // 1
	Platform string `json:"platform"`
	Release  string `json:"release"` // the commit of the platform tree
	Event    string `json:"event"`
	Profile  string `json:"profile"`
	Target   string `json:"target"`    // owner/name of the monitored repository
	Folder   string `json:"folder"`    // what plays it, "" where that is made up
	Records  string `json:"telemetry"` // owner/name of the repository that takes the records
	Route    string `json:"route"`     // the one that plan chose, "" where it chose none
	// Green is whether GitHub would show the run as green; Why says what was wrong, or what was done.
	Green    bool      `json:"green"`
	Why      []string  `json:"why"`
	Seconds  float64   `json:"seconds"`
	Jobs     []Job     `json:"jobs"`
	Tokens   []Token   `json:"tokens"`
	Requests []Request `json:"requests"`
	Git      []Git     `json:"git"`
	Stored   []Record  `json:"records"`
	// Spool are the refs of records that wait for the telemetry repository's sweep.
	Spool []string `json:"spool"`
	// Summary is the verdict's, Markdown.
	Summary string   `json:"summary"`
	Notes   []string `json:"notes"`
}

// Job is one job, or one leg of a matrix.
type Job struct {
	// Path is the chain of calls from the stub, such as dispatch/preflight/check.
	Path string `json:"job"`
	// Result is "success", "failure", "cancelled" or "skipped".
	Result   string  `json:"result"`
	Seconds  float64 `json:"seconds"`
	Requests int     `json:"requests"`
	Steps    []Step  `json:"steps"`
}

// Step is one step; Log is its output where it failed.
type Step struct {
	Name    string  `json:"name"`
	Outcome string  `json:"outcome"`
	Seconds float64 `json:"seconds"`
	Log     string  `json:"log,omitempty"`
}

// Token is an installation token.
type Token struct {
	ID           int               `json:"id"` // 1, 2, … in this trace
	App          string            `json:"app"`
	Repositories []string          `json:"repositories"`
	Permissions  map[string]string `json:"permissions"`
	Minutes      int               `json:"minutes"` // for which it is valid
	Revoked      bool              `json:"revoked"`
	MintedBy     string            `json:"minted_by"`
	UsedBy       []string          `json:"used_by"`
	Requests     int               `json:"requests"`
}

// Request is one request to the REST API.
type Request struct {
	// Job is who made it, "" where that is not known.
	Job    string `json:"job"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
	// As is whose credential it carried: an App's, "token <id>" of this trace, "GITHUB_TOKEN", or "nobody".
	As string `json:"as"`
}

// Git is how often a repository was fetched from, and pushed to, with one credential.
type Git struct {
	Repository string `json:"repository"`
	As         string `json:"as"`
	Fetches    int    `json:"fetches"`
	Pushes     int    `json:"pushes"`
}

// Record is one telemetry record, as it is stored.
type Record struct {
	Path   string `json:"path"`
	Engine string `json:"engine"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason"`
	// Summary is that of the record's details.
	Summary string `json:"summary"`
	// Warnings are those of its checks that did not pass, "WARN id: details" each.
	Warnings []string `json:"warnings"`
	Bytes    int      `json:"bytes"`
}

// seconds rounds to a hundredth: less is noise.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*100) / 100 }

// trace looks at what the run left behind.
func (w *world) trace(ctx context.Context, result act.Result) (Trace, error) {
	e := w.config.Event
	t := Trace{
		Format: 1, Platform: w.plan.Platform, Release: w.release, Event: e.Name, Profile: e.Profile, Target: e.Repository,
		Folder: w.config.Target.Folder, Records: w.telemetry, Green: result.Code == 0, Notes: append([]string{}, e.Notes...), Git: []Git{}, Spool: []string{},
	}
	o := w.owners(result)
	t.Jobs = o.jobs()
	t.Tokens, t.Requests, t.Git = o.tokens(), o.api(), o.git()
	for i, j := range t.Jobs {
		for _, r := range t.Requests {
			if r.Job == j.Path {
				t.Jobs[i].Requests++
			}
		}
	}
	t.Route = result.Step(o.stub+"/plan", "plan").Outputs["route"]
	for _, s := range result.Steps {
		if s.Job == o.stub+"/verdict" && s.Summary != "" {
			t.Summary = s.Summary
		}
	}
	err := w.readTelemetry(ctx, &t)
	t.Why = t.why()
	for _, problem := range w.github.Problems() {
		t.Notes = append(t.Notes, "the stand-in of GitHub: "+problem+"; --answers says what GitHub answers where the stand-in does not know it")
	}
	return t, err
}

// readTelemetry lists the records that are stored, and those that wait.
func (w *world) readTelemetry(ctx context.Context, t *Trace) error {
	dir := w.github.GitDir(w.telemetry)
	names, err := git(ctx, "-C", dir, "ls-tree", "-r", "--name-only", "main", "telemetry/")
	if err != nil {
		return err
	}
	t.Stored = []Record{}
	for name := range strings.Lines(string(names)) {
		name = strings.TrimSuffix(name, "\n")
		data, _ := w.github.File(w.telemetry, "main", name)
		t.Stored = append(t.Stored, readRecord(name, data))
	}
	refs, err := git(ctx, "-C", dir, "for-each-ref", "--format=%(refname)", "refs/telemetry/")
	t.Spool = append(t.Spool, strings.Fields(string(refs))...)
	return err
}

func readRecord(name string, data []byte) Record {
	out := Record{Path: name, Bytes: len(data), Warnings: []string{}}
	r, err := record.Decode(data)
	if err == nil {
		err = r.Validate()
	}
	if err != nil {
		out.Reason = "no valid record: " + err.Error()
		return out
	}
	var details struct {
		Summary string `json:"summary"`
		Checks  []struct{ ID, Outcome, Details string }
	}
	_ = json.Unmarshal(r.Details, &details) // a summary of another type is none
	for _, c := range details.Checks {
		if c.Outcome == "WARN" || c.Outcome == "FAIL" {
			out.Warnings = append(out.Warnings, c.Outcome+" "+c.ID+": "+c.Details)
		}
	}
	out.Engine, out.OK, out.Summary = r.EngineName, r.OK, details.Summary
	if r.Event.Reason != nil {
		out.Reason = *r.Event.Reason
	}
	return out
}

// why says what the run comes down to.
func (t Trace) why() []string {
	var out []string
	if !t.Green {
		for line := range strings.Lines(t.Summary) { // the verdict's reasons are the list below its table
			if text, ok := strings.CutPrefix(line, "- "); ok {
				out = append(out, strings.TrimSpace(text))
			}
		}
		for _, j := range t.Jobs {
			for _, s := range j.Steps {
				if s.Outcome == "failure" && !strings.HasSuffix(j.Path, "/verdict") {
					out = append(out, fmt.Sprintf("%s: the step %q failed", j.Path, s.Name))
				}
			}
		}
		return out
	}
	if t.Route == "" {
		return []string{"no route starts on this event, so no engine ran"}
	}
	return []string{"route " + t.Route + ": every engine that had to run has left its record"}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// who names the credential of a request as the trace does.
func who(r githubtest.Request, ids map[int]int) string {
	id, minted := ids[r.Token]
	switch {
	case minted:
		return fmt.Sprintf("token %d", id)
	case r.Who == "anonymous":
		return "nobody"
	case r.Who == "unknown":
		return "a bad credential"
	}
	return strings.TrimPrefix(r.Who, "token ")
}
