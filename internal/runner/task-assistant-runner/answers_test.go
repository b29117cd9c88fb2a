package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// TestEmit_DecidesByAnswer has a row for every line of the table of what an answer to the one write means: which
// requests follow, how long it waits (chance is always half of its limit), and what becomes of the record. Where there is
// a spool, a limit that asks for more than 10 s is not waited for.
func TestEmit_DecidesByAnswer(t *testing.T) {
	put := func(do githubtest.Kind, times int) []githubtest.Fault {
		return []githubtest.Fault{{On: githubtest.On{Method: http.MethodPut}, Do: do, Times: times}}
	}
	secs := func(all ...float64) (sleeps []time.Duration) {
		for _, s := range all {
			sleeps = append(sleeps, time.Duration(s*float64(time.Second)))
		}
		return sleeps
	}
	const recorded, spooled, kept = "recorded " + recordPath, "spooled " + recordPath, "the record is in this log"
	noSpool := func(l *lab) {
		f := l.readFacts()
		f.Apps.Telemetry.PublicKeys = nil
		l.facts(*f)
	}
	tests := []struct {
		line, name string
		faults     []githubtest.Fault
		before     func(l *lab)
		asked      string // of the contents, by method
		slept      []time.Duration
		says       string
	}{
		{"201 and its own sha: done", "", nil, nil, "PUT", nil, recorded},

		{"unknown: the same PUT again", "empty 201", put(githubtest.EmptyAnswer, 1), nil, "PUT PUT GET", secs(.5), recorded},
		{"unknown: the same PUT again", "truncated JSON", put(githubtest.Truncated, 1), nil, "PUT PUT GET", secs(.5), recorded},
		{"unknown: the same PUT again", "no answer, no effect", put(githubtest.Cut, 1), nil, "PUT PUT", secs(.5), recorded},
		{"unknown: the same PUT again", "no answer, an effect", put(githubtest.CutAnswer, 1), nil, "PUT PUT GET", secs(.5), recorded},
		{"unknown: the same PUT again", "half an answer", put(githubtest.CutBody, 1), nil, "PUT PUT GET", secs(.5), recorded},
		{"unknown: the same PUT again", "500, no effect", put(githubtest.ErrorBefore, 2), nil, "PUT PUT PUT", secs(.5, 1), recorded},
		{"unknown: the same PUT again", "500, an effect", put(githubtest.ErrorAfter, 1), nil, "PUT PUT GET", secs(.5), recorded},
		{"unknown: the same PUT again", "a page of a proxy", put(githubtest.HTMLBefore, 1), nil, "PUT PUT", secs(.5), recorded},

		{"moved: again, with full jitter", "409", put(githubtest.Conflict, 3), nil, "PUT PUT PUT PUT", secs(.5, 1, 2), recorded},
		{"moved: again, with full jitter", "409 of 2014", put(githubtest.ConflictOld, 1), nil, "PUT PUT", secs(.5), recorded},
		{"moved: again, with full jitter", "422", put(githubtest.Conflict422, 1), nil, "PUT PUT", secs(.5), recorded},
		{"moved: again, with full jitter", "409 for ever", put(githubtest.Conflict, -1), nil, strings.TrimSpace(strings.Repeat("PUT ", 10)), secs(.5, 1, 2, 4, 8, 15, 15, 15, 15), spooled},

		{"exists: compare", "the same", nil, func(l *lab) { l.run("emit") }, "PUT GET", nil, recorded},
		{"exists: compare", "another", nil, func(l *lab) {
			l.server.Commit(telemetry, "main", "x", githubtest.File{Path: recordPath, Content: "{}\n"})
		}, "PUT GET", nil, "has a different record already, which stays"},
		{"exists: compare", "not to be read yet", put(githubtest.CutAnswer, 1), func(l *lab) { l.server.Lag(telemetry, 2) }, "PUT PUT GET GET GET", secs(.5, .5, 1), recorded},
		{"exists: compare", "not to be read for a minute", put(githubtest.CutAnswer, 1), func(l *lab) { l.server.Lag(telemetry, 100) },
			"PUT PUT GET GET GET GET GET GET GET GET", secs(.5, .5, 1, 2, 4, 8, 15, 15), spooled},

		{"limit with retry-after: that and up to 30 s", "403", put(githubtest.LimitAfter, 1), nil, "PUT PUT", secs(20), recorded},
		{"limit with retry-after: that and up to 30 s", "429", put(githubtest.Limit429, 1), nil, "PUT PUT", secs(20), recorded},
		{"limit used up: until the reset and up to 60 s", "with a spool", put(githubtest.LimitReset, 1), nil, "PUT", nil, spooled},
		{"limit used up: until the reset and up to 60 s", "without", put(githubtest.LimitReset, 1), noSpool, "PUT PUT", secs(60), recorded},
		{"secondary limit: 60 s and up to 60 s, never the reset", "with a spool", put(githubtest.LimitBare, 1), nil, "PUT", nil, spooled},
		{"secondary limit: 60 s and up to 60 s, never the reset", "without", put(githubtest.LimitBare, 1), noSpool, "PUT PUT", secs(90), recorded},
		{"secondary limit: 60 s and up to 60 s, never the reset", "429", put(githubtest.Limit429Bare, 1), noSpool, "PUT PUT", secs(90), recorded},
		{"secondary limit: 60 s and up to 60 s, never the reset", "twice", put(githubtest.LimitBare, 2), noSpool, "PUT PUT PUT", secs(90, 150), recorded},

		{"fatal", "401", put(githubtest.Unauthorized, 1), nil, "PUT", nil, kept},
		{"fatal", "403 names the permission", put(githubtest.Forbidden, 1), nil, "PUT", nil, "it accepts the permissions contents=write"},
		{"fatal", "403 of single sign-on", put(githubtest.SSO, 1), nil, "PUT", nil, kept},
		{"fatal", "404", put(githubtest.NotFound, 1), nil, "PUT", nil, kept},
		{"fatal", "404 of the branch", put(githubtest.BranchMissing, 1), nil, "PUT", nil, "Branch main not found"},
		{"fatal", "404 of an empty repository", put(githubtest.Emptied, 1), nil, "PUT", nil, "This repository is empty."},
		{"fatal", "409 of a ruleset", put(githubtest.Ruled, 1), nil, "PUT", nil, "Repository rule violations found"},
		{"fatal", "403 of an archived repository", put(githubtest.Archived, 1), nil, "PUT", nil, "Repository was archived"},

		{"redirect of the write", "307 on the same host", put(githubtest.Renamed, 1), nil, "PUT PUT", nil, recorded},
		{"redirect of the write", "301", nil, func(l *lab) {
			l.jam = func(*http.Request) *githubtest.Response {
				return &githubtest.Response{Status: 301, Header: map[string]string{"Location": l.server.APIURL() + "/repositories/1"}, Body: `{"message":"Moved Permanently"}`}
			}
		}, "PUT", nil, "is not followed: was the repository renamed or moved?"},
	}
	for _, tt := range tests {
		t.Run(tt.line+"/"+tt.name, func(t *testing.T) {
			l := newOnceLab(t)
			l.jam = nil
			if tt.before != nil {
				tt.before(l)
			}
			l.server.Break(tt.faults...)
			before := len(l.server.Requests())
			got := l.run("emit")
			var asked []string
			for _, r := range l.server.Requests()[before:] {
				if strings.Contains(r.Path, "/contents/") {
					asked = append(asked, r.Method)
				}
			}
			expect(t, "requests", strings.Join(asked, " "), tt.asked)
			expect(t, "sleeps", l.sleeps, tt.slept)
			if !strings.Contains(got.log, tt.says) {
				t.Errorf("log: got %s, want one that holds %q", got.log, tt.says)
			}
			stored := strings.Contains(tt.says, recordPath)
			expect(t, "code", got.code == 0, stored)
		})
	}
}
