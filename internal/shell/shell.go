// Package shell knows the shells in which the script of an engine's step can run.
//
// In: what a step says of its shell, and the path of its script. Out: the
// shell, or why there is none. The names are GitHub's
// (docs.github.com/actions/reference/workflows-and-actions/workflow-syntax, jobs.<job_id>.steps[*].shell).
package shell

import (
	"fmt"
	"path"
)

// The shells. Bash runs with set -euo pipefail, pwsh stops at the first error, as GitHub's does.
const (
	Bash   = "bash"
	Python = "python"
	Pwsh   = "pwsh"
)

// byExtension says in which shell a file runs. A file without an extension is bash's unless the step says python:
// pwsh takes a file for a script by its extension only.
var byExtension = map[string]string{".sh": Bash, ".bash": Bash, ".py": Python, ".ps1": Pwsh}

// Of returns the shell of a script. given is what the step says, "" where it says nothing; file is the path of the
// script, "" where it stands in the spec. The error says what is wrong with the two.
func Of(given, file string) (string, error) {
	extension := path.Ext(file)
	if file == "" || extension == "" {
		switch {
		case given == "":
			return Bash, nil
		case given == Pwsh && file != "":
			return "", fmt.Errorf("pwsh takes no file without an extension for a script, and %q has none", file)
		}
		return given, nil
	}
	of, known := byExtension[extension]
	switch {
	case !known:
		return "", fmt.Errorf("%q has the extension %s, which belongs to no shell of a step", file, extension)
	case given != "" && given != of:
		return "", fmt.Errorf("%q is a script for %s by its extension, and shell says %s", file, of, given)
	}
	return of, nil
}
