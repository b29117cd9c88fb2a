package local

import (
	"regexp"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/act"
	"github.com/task-assistant/tasc/internal/githubtest"
)

// owners knows which job did what. The runner names its verb and the engine in its user agent; what uses a token that
// an authorize job minted is that engine's job; and what neither tells was done by the one job that ran at that time,
// if there was only one.
type owners struct {
	stub     string // id of the stub's one job, the first part of every path
	result   act.Result
	requests []githubtest.Request
	minted   []githubtest.Token // in the order of the trace
	paths    []string           // of the jobs, in the order of the workflows
	owner    []string           // by request
	mintedBy map[int]string     // job by ID of the stand-in's token
	ids      map[int]int        // of the trace by that of the stand-in
}

func (w *world) owners(result act.Result) *owners {
	o := &owners{
		stub: stubOf(w.plan, w.config.Event.Profile).Jobs[0].ID, result: result, requests: w.github.Requests(),
		paths: w.paths(result), mintedBy: map[int]string{}, ids: map[int]int{},
	}
	o.owner = make([]string, len(o.requests))
	for i, r := range o.requests {
		o.owner[i] = o.of(r)
		if r.Minted != 0 {
			o.mintedBy[r.Minted] = o.owner[i]
		}
	}
	for _, t := range w.github.Tokens() {
		if t.App != "" {
			o.minted = append(o.minted, t)
		}
	}
	slices.SortStableFunc(o.minted, func(a, b githubtest.Token) int { return o.place(o.mintedBy[a.ID]) - o.place(o.mintedBy[b.ID]) })
	for i, t := range o.minted {
		o.ids[t.ID] = i + 1
	}
	return o
}

// paths returns the jobs in the order of the workflows: the stub's, the dispatcher's in their order, each followed by
// those of the workflow that it calls. Legs stand by their values where their job would.
func (w *world) paths(result act.Result) []string {
	stub := stubOf(w.plan, w.config.Event.Profile).Jobs[0].ID
	order := []string{stub}
	for _, p := range w.plan.Workflows {
		if p.Path != "platform/.github/workflows/dispatcher.yml" {
			continue
		}
		for _, job := range p.Jobs {
			order = append(order, stub+"/"+job.ID)
			for _, inner := range []string{"check", "authorize", "engine", "emit"} {
				order = append(order, stub+"/"+job.ID+"/"+inner)
			}
		}
	}
	place := func(path string) int {
		bare, _, _ := strings.Cut(path, " (")
		return slices.Index(order, bare)
	}
	paths := make([]string, 0, len(result.Jobs))
	for path := range result.Jobs {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, func(a, b string) int {
		if d := place(a) - place(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return paths
}

// place is where a job stands; what no job did comes last.
func (o *owners) place(path string) int {
	if at := slices.Index(o.paths, path); at >= 0 {
		return at
	}
	return len(o.paths)
}

var agentRE = regexp.MustCompile(`^task-assistant-runner \(([a-z]+)(?:; ([a-z0-9-]+))?\)$`)

// of returns the job that made a request, "" where that is not known.
func (o *owners) of(r githubtest.Request) string {
	if m := agentRE.FindStringSubmatch(r.Agent); m != nil {
		return o.running(r, o.stub+"/"+jobOf(m[1], m[2]))
	}
	if engine, ok := strings.CutSuffix(o.mintedBy[r.Token], "/authorize"); ok {
		return o.running(r, engine+"/engine")
	}
	return o.running(r, "")
}

// jobOf returns the job in which the runner's verb works for an engine.
func jobOf(verb, engine string) string {
	switch {
	case verb == "preflight":
		return "preflight/check"
	case engine == "preflight":
		return "preflight/" + verb
	case verb == "authorize", verb == "emit":
		return "engine-" + engine + "/" + verb
	case engine != "":
		return "engine-" + engine + "/engine" // it works among the engine's own steps
	}
	return verb
}

// running returns the one job below a path that had a step at the time of the request; where several had, the path.
func (o *owners) running(r githubtest.Request, below string) string {
	var found []string
	for _, path := range o.paths {
		if span := o.result.Spans[path]; strings.HasPrefix(path, below) && o.hasSteps(path) && span.Contains(r.At) {
			found = append(found, path)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return below
}

func (o *owners) hasSteps(path string) bool {
	return slices.ContainsFunc(o.result.Steps, func(s act.Step) bool { return s.Job == path })
}

// jobs returns all jobs with their steps.
func (o *owners) jobs() []Job {
	out := []Job{}
	for _, path := range o.paths {
		span := o.result.Spans[path]
		j := Job{Path: path, Result: o.result.Jobs[path], Steps: []Step{}}
		if j.Result != "skipped" {
			j.Seconds = seconds(span.End.Sub(span.Start))
		}
		for _, s := range o.result.Steps {
			if s.Job != path {
				continue
			}
			step := Step{Name: s.Name, Outcome: s.Outcome, Seconds: seconds(s.Span.End.Sub(s.Span.Start))}
			if s.Outcome == "failure" {
				step.Log = s.Log
			}
			j.Steps = append(j.Steps, step)
		}
		out = append(out, j)
	}
	return out
}

// tokens returns the installation tokens with what they could do and who used them.
func (o *owners) tokens() []Token {
	out := []Token{}
	for _, t := range o.minted {
		token := Token{
			ID: o.ids[t.ID], App: t.App, Repositories: t.Repositories, Permissions: t.Permissions, Revoked: t.Revoked, MintedBy: o.mintedBy[t.ID], UsedBy: []string{},
		}
		if token.Repositories == nil {
			token.Repositories = []string{t.Owner + "/*"}
		}
		for i, r := range o.requests {
			if r.Minted == t.ID {
				token.Minutes = int(t.ExpiresAt.Sub(r.At).Round(0).Minutes() + 0.5)
			}
			if r.Token != t.ID {
				continue
			}
			token.Requests++
			if !slices.Contains(token.UsedBy, o.owner[i]) {
				token.UsedBy = append(token.UsedBy, o.owner[i])
			}
		}
		slices.SortFunc(token.UsedBy, func(a, b string) int { return o.place(a) - o.place(b) })
		out = append(out, token)
	}
	return out
}

var installationRE = regexp.MustCompile(`^/app/installations/\d+/`)

// api returns the requests to the REST API, by job.
func (o *owners) api() []Request {
	out := []Request{}
	for i, r := range o.requests {
		if !r.Git {
			path := installationRE.ReplaceAllString(r.Path, "/app/installations/{id}/")
			out = append(out, Request{Job: o.owner[i], Method: r.Method, Path: path, Status: r.Status, As: who(r, o.ids)})
		}
	}
	slices.SortStableFunc(out, func(a, b Request) int { return o.place(a.Job) - o.place(b.Job) })
	return out
}

// git returns what was fetched and pushed. Each is two requests or more; the first of them counts.
func (o *owners) git() []Git {
	out := []Git{}
	for _, r := range o.requests {
		if !r.Git || !strings.HasSuffix(r.Path, "/info/refs") || r.Status/100 != 2 {
			continue
		}
		g := Git{Repository: strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(r.Path, "/"), "/info/refs"), ".git"), As: who(r, o.ids)}
		at := slices.IndexFunc(out, func(have Git) bool { return have.Repository == g.Repository && have.As == g.As })
		if at < 0 {
			out = append(out, g)
			at = len(out) - 1
		}
		if strings.Contains(r.Query, "git-receive-pack") {
			out[at].Pushes++
		} else {
			out[at].Fetches++
		}
	}
	slices.SortFunc(out, func(a, b Git) int { return strings.Compare(a.Repository+" "+a.As, b.Repository+" "+b.As) })
	return out
}
