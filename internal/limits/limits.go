// Package limits holds what GitHub takes of workflow files and of a run.
//
// In: a platform. Out: the numbers that hold where it runs. Rules and the check
// of the rendered files ask here and know no such number themselves. A limit of
// a new kind of GitHub is a new function beside GitHub, and a case in Of.
package limits

import "github.com/task-assistant/tasc/internal/spec"

// Limits are the numbers of one kind of GitHub.
type Limits struct {
	// Name is how a message calls it.
	Name string
	// CalledWorkflows are the different workflow files that a run may call, directly or not
	// (docs.github.com/actions/reference/workflows-and-actions/reusing-workflow-configurations).
	CalledWorkflows int
	// Levels is how deep workflows may call each other, the one that is started counted.
	Levels int
	// DispatchInputs of one workflow file (docs.github.com/actions/reference/workflows-and-actions/workflow-syntax).
	DispatchInputs int
	// JobMinutes is how long a job may take on a machine of GitHub's, or may be asked to
	// (docs.github.com/actions/reference/limits).
	JobMinutes int
}

// GitHub is github.com.
func GitHub() Limits {
	return Limits{Name: "GitHub", CalledWorkflows: 50, Levels: 10, DispatchInputs: 25, JobMinutes: 360}
}

// EnterpriseServer is GitHub Enterprise Server, by the versions that are supported in 2026.
func EnterpriseServer() Limits {
	return Limits{Name: "GitHub Enterprise Server", CalledWorkflows: 20, Levels: 4, DispatchInputs: 10, JobMinutes: 360}
}

// Of returns the limits that hold for a platform.
func Of(p *spec.Platform) Limits {
	if p.Server.Pos.IsValid() {
		return EnterpriseServer()
	}
	return GitHub()
}

// What every kind of GitHub shares.
const (
	// FileBytes is the largest workflow file that still starts runs: documented as 500 KB (docs.github.com/actions/reference/limits).
	FileBytes = 512_000
	// ExpressionChars is MaxLength of ExpressionConstants.cs in github.com/actions/runner.
	ExpressionChars = 21_000
	// GroupChars is what a concurrency group may have (ConcurrencyConverter in github.com/actions/runner).
	GroupChars = 400
	// IDChars is the longest id of a job or step (IdBuilder.cs in github.com/actions/runner).
	IDChars = 99
	// Jobs is the most that a run has been seen to take: the bound of a matrix (docs.github.com/actions/reference/limits).
	Jobs = 256
	// PayloadMembers are the top-level members of a client_payload
	// (docs.github.com/rest/repos/repos, create a repository dispatch event).
	PayloadMembers = 10
	// SlimMinutes is how long a job may take on ubuntu-slim (docs.github.com/actions/reference/runners/github-hosted-runners).
	SlimMinutes = 15
)

// What the platform itself adds to its engines.
const (
	// OwnWorkflows are called beside the engines': the dispatcher and preflight.
	OwnWorkflows = 2
	// OwnLevels is how deep a run of ours is: stub, dispatcher, engine.
	OwnLevels = 3
	// OwnDispatchInputs are route and correlation_id.
	OwnDispatchInputs = 2
	// OwnJobs are plan, verdict, and the two of preflight; EngineJobs are those of one engine.
	OwnJobs, EngineJobs = 4, 3
	// Legs is how many legs the matrix of an engine may have: they share the 64 KiB of one record's details.
	Legs = 32
	// StepMinutes is the timeout of a step that names none.
	StepMinutes = 10
	// JobOverheadMinutes is what an engine's job may take beside the engine's steps, so that a step that
	// takes too long is stopped by its own timeout and not by the job's.
	JobOverheadMinutes = 5
	// TargetChars is the longest owner/name of a repository; NumberChars the longest number that the runner accepts.
	TargetChars, NumberChars = 39 + 1 + 100, 40
)

// Engines is how many engines a platform may have.
func (l Limits) Engines() int { return l.CalledWorkflows - OwnWorkflows }
