// Package report shows what an engine found in the log of its job.
//
// Findings quote the repository that the engine looks at. GitHub's runner obeys "##[command]text" anywhere in a
// plain line of a log and "::command::text" at its start (github.com/actions/runner, ActionCommand.cs), so a line
// of this package is always one workflow command, in whose text the runner looks for no other.
package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/task-assistant/tasc/engines/internal/result"
)

// Check shows a check under its id, as loud as its outcome; an outcome that is none counts as failed.
func Check(log io.Writer, c result.Check) {
	command := "error"
	switch c.Outcome {
	case result.Pass:
		command = "notice"
	case result.Warn:
		command = "warning"
	}
	title := strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escape(c.ID))
	fmt.Fprintf(log, "::%s title=%s::%s\n", command, title, escape(c.Details))
}

// Action shows a write to the repository.
func Action(log io.Writer, a result.Action) {
	Check(log, result.Check{ID: a.ID, Outcome: result.Pass, Details: a.Details})
}

// Error shows why the engine failed.
func Error(log io.Writer, text string) {
	fmt.Fprintf(log, "::error::%s\n", escape(text))
}

// escape keeps s within the text of one workflow command.
func escape(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}
