package main

import (
	"fmt"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/actions"
)

// readOutputs reads the text of $GITHUB_OUTPUT by the rules of GitHub's runner: a line is NAME=VALUE or NAME<<DELIMITER,
// by which of the two signs comes first, empty lines are skipped, and a value ends before the line that is its delimiter
// (github.com/actions/runner, src/Runner.Worker/FileCommandManager.cs). Values are in the order of the file.
func readOutputs(text string) ([]actions.Output, error) {
	var all []actions.Output
	line, rest, more := nextLine(text)
	for ; more; line, rest, more = nextLine(rest) {
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case line == "":
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			all = append(all, actions.Output{Name: line[:equals], Value: line[equals+1:]})
		case heredoc > 0 && heredoc+2 < len(line):
			value, behind, ok := readHeredoc(rest, line[heredoc+2:])
			if !ok {
				return nil, fmt.Errorf("invalid value: matching delimiter not found %q", line[heredoc+2:])
			}
			all = append(all, actions.Output{Name: line[:heredoc], Value: value})
			rest = behind
		default:
			return nil, fmt.Errorf("invalid format %q", line)
		}
	}
	return all, nil
}

// readHeredoc returns the lines of text up to the one that is the delimiter, and what is behind it.
func readHeredoc(text, delimiter string) (value, behind string, ok bool) {
	end := 0
	for rest := text; ; {
		line, next, more := nextLine(rest)
		if !more {
			return "", "", false
		}
		if line == delimiter {
			return text[:end], next, true
		}
		end = len(text) - len(rest) + len(line)
		rest = next
	}
}

// nextLine splits at line feeds alone; there is no line behind the last line feed.
func nextLine(text string) (line, rest string, more bool) {
	line, rest, _ = strings.Cut(text, "\n")
	return line, rest, text != ""
}

// command is a workflow command as GitHub's runner takes it from a log.
type command struct{ name, data string }

// readCommands reads a log by the rules of GitHub's runner: its lines end at line feeds and carriage returns, and one
// that begins with "::" is a command (github.com/actions/runner, src/Runner.Common/ActionCommand.cs). The error names a
// line that is no command: the runner prints none but the few that [actions.Surface.Plain] lets out.
func readCommands(log string) ([]command, error) {
	var all []command
	unescape := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%")
	for line := range strings.SplitSeq(strings.TrimSuffix(log, "\n"), "\n") {
		name, data, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		switch {
		case line == "":
		case !strings.HasPrefix(line, "::") || !ok || strings.Contains(line, "\r"):
			return nil, fmt.Errorf("the log has the line %.200q", line)
		default:
			all = append(all, command{name, unescape.Replace(data)})
		}
	}
	return all, nil
}
