// Package actions is the runner's side of GitHub Actions: the environment a step is given, and the
// ways in which a step speaks back (outputs, workflow commands, job summary).
//
// Everything that leaves through this package is escaped here, so that no text can turn into a workflow
// command, another output, Markdown or HTML. The package reads no process state: the environment, the
// log and the files are handed in.
package actions

import (
	"fmt"
	"strings"
)

// Env reads the variables of a step and remembers those that are missing.
type Env struct {
	lookup  func(name string) (string, bool)
	missing []string
}

// NewEnv returns an Env over lookup, which is os.LookupEnv or a test's stand-in.
func NewEnv(lookup func(string) (string, bool)) *Env { return &Env{lookup: lookup} }

// Text returns a variable that must be there and may be empty: Actions hands absent values on as "".
func (e *Env) Text(name string) string {
	value, ok := e.lookup(name)
	if !ok {
		e.missing = append(e.missing, name)
	}
	return value
}

// Need returns a variable that must be there and must not be empty.
func (e *Env) Need(name string) string {
	value, _ := e.lookup(name)
	if value == "" {
		e.missing = append(e.missing, name)
	}
	return value
}

// Optional returns a variable, or "" if it is not there.
func (e *Env) Optional(name string) string {
	value, _ := e.lookup(name)
	return value
}

// Err returns a [UsageError] that names every variable found missing so far, or nil.
func (e *Env) Err() error {
	if len(e.missing) == 0 {
		return nil
	}
	return &UsageError{fmt.Sprintf("missing %s: the step that starts the runner must set it", strings.Join(e.missing, ", "))}
}

// UsageError says that no generated workflow would start the runner like this.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }
