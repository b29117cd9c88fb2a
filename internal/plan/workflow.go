package plan

import "github.com/task-assistant/tasc/internal/expr"

// Workflow is one workflow file. Where GitHub has a term, the fields have its name.
type Workflow struct {
	// Path is relative to the platform's output folder, with forward slashes.
	Path string
	Name string
	On   On
	Jobs []Job
}

// On holds the triggers of a workflow; nil members are absent.
type On struct {
	Call *WorkflowCall
	Push *Push
	// PullRequest is set for every pull request, with the activity types that GitHub takes by itself.
	PullRequest bool
	Issues      []string // activity types
	Schedule    []string // cron texts
	Dispatch    *WorkflowDispatch
	// RepositoryDispatch are event types.
	RepositoryDispatch []string
}

// WorkflowCall makes a workflow callable. Every input is a required string, every secret is required.
type WorkflowCall struct {
	Inputs  []string
	Secrets []string
	Outputs []Output
}

// Output is an output of a called workflow.
type Output struct {
	Name        string
	Description string
	Value       expr.Expr
}

// Push is the push trigger of a host stub: branches, and no tag. Without branches a tag
// would start it too, since paths are not looked at for tags
// (docs.github.com/actions/reference/workflows-and-actions/workflow-syntax, on.push).
type Push struct{ Branches, Paths []string }

// WorkflowDispatch is the manual trigger.
type WorkflowDispatch struct{ Inputs []DispatchInput }

// DispatchInput is an input that people fill in.
type DispatchInput struct {
	Name        string
	Description string
	// Required is set where GitHub must not take an empty one; of a host stub none is, since it may belong to another route.
	Required bool
	// Type is "choice", "string", "number" or "boolean"; Options are those of a choice.
	Type    string
	Options []string
}

// Job is one job: either Call or Run is set.
type Job struct {
	ID   string
	Name string
	// Comment says why the job is there; it may span lines.
	Comment string
	Needs   []string
	If      expr.Expr
	// Permissions are those of the workflow's own token, by name; none where it is empty, which is every job of a run.
	Permissions []Field
	Call        *Call
	Run         *Run
}

// Call is a job that calls a workflow.
type Call struct {
	Uses Pinned
	With []Field
	// Secrets are handed on under their own names.
	Secrets []string
}

// Run is a job that runs steps on a machine.
type Run struct {
	// RunsOn are labels that the machine has all of.
	RunsOn         []string
	TimeoutMinutes int
	Concurrency    *Concurrency
	// Legs are the jobs that GitHub makes of this one, by the values of each; none where it is one job.
	Legs    [][]Field
	Outputs []Field
	Env     []Field
	Steps   []Step
}

// Concurrency is a job's concurrency group: runs of one group wait for each other.
type Concurrency struct {
	Group expr.Expr
	// Queue is "single" or "max", or "" where GitHub does not know the key.
	Queue string
}

// Step is one step: Uses or Run is set.
type Step struct {
	Name            string
	ID              string
	Comment         string
	If              expr.Expr
	ContinueOnError bool
	TimeoutMinutes  int
	Uses            Pinned
	With            []Field
	Env             []Field
	// Script is what the shell reads; in bash it starts with set -euo pipefail.
	Script string
	// Shell is empty for bash; only an engine's own steps have another.
	Shell string
	// File is the source that Script runs, a path in Sources; empty where the script stands in the spec.
	File string
}

// Field is a name with a value: an expression, a text, or a bare number or bool.
type Field struct {
	Name string
	Expr expr.Expr
	Text string
	// Version is the tag that a commit belongs to, written as a comment; empty where there is none.
	Version string
	// Bare is set for a number or a bool, which YAML writes without quotes.
	Bare bool
}

func text(name, value string) Field    { return Field{Name: name, Text: value} }
func bare(name, value string) Field    { return Field{Name: name, Text: value, Bare: true} }
func path(name, dotted string) Field   { return Field{Name: name, Expr: expr.Path(dotted)} }
func secret(name, secret string) Field { return path(name, "secrets."+secret) }
