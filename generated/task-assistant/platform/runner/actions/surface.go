package actions

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Surface is where a step speaks to Actions.
type Surface struct {
	// Log is the step's log, where Actions also looks for workflow commands.
	Log io.Writer
	// OutputFile and SummaryFile are $GITHUB_OUTPUT and $GITHUB_STEP_SUMMARY.
	OutputFile, SummaryFile string
	// Random delivers the delimiters of outputs.
	Random io.Reader
}

// Output is one output of a step.
type Output struct{ Name, Value string }

// Outputs hands the outputs on, in their order and all or none of them.
func (s *Surface) Outputs(outputs ...Output) error {
	var b strings.Builder
	for _, o := range outputs {
		if strings.ContainsRune(o.Value, 0) {
			return fmt.Errorf("the output %s holds a NUL byte, which Actions cannot carry", o.Name)
		}
		delimiter, err := s.delimiter()
		if err != nil {
			return err
		}
		if strings.Contains(o.Value, delimiter) {
			return fmt.Errorf("the output %s holds its own delimiter: the randomness of this machine is broken", o.Name)
		}
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", o.Name, delimiter, o.Value, delimiter)
	}
	return appendFile("GITHUB_OUTPUT", s.OutputFile, b.String())
}

// delimiter is random so that no value can hold it.
func (s *Surface) delimiter() (string, error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(s.Random, raw); err != nil {
		return "", fmt.Errorf("cannot read randomness for an output's delimiter: %w", err)
	}
	return "tasc_" + hex.EncodeToString(raw), nil
}

// Summary adds Markdown to the job's summary; what is not trusted in it must have passed [Markdown].
func (s *Surface) Summary(markdown string) error {
	return appendFile("GITHUB_STEP_SUMMARY", s.SummaryFile, markdown)
}

// Mask makes Actions hide secret in every log from now on.
func (s *Surface) Mask(secret string) { s.command("add-mask", secret) }

// Error shows text as an error of the job.
func (s *Surface) Error(text string) { s.command("error", text) }

// Warning shows text as a warning of the job.
func (s *Surface) Warning(text string) { s.command("warning", text) }

// Notice shows text as a notice of the job.
func (s *Surface) Notice(text string) { s.command("notice", text) }

// Plain prints lines as they are. One that holds more than letters, digits, blanks and +/=.- is refused: it
// could be a workflow command.
func (s *Surface) Plain(lines []string) error {
	for _, line := range lines {
		if strings.ContainsFunc(line, isUnplain) {
			return fmt.Errorf("the line %q must not be printed as it is", Line(line, 40))
		}
	}
	_, err := io.WriteString(s.Log, strings.Join(lines, "\n")+"\n")
	return err
}

func isUnplain(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune(" +/=.-", r)
}

// command writes one workflow command. All text of the runner but [Surface.Plain] goes out as one: in plain lines Actions
// looks for commands of two forms ("::" at the start, "##[" anywhere; github.com/actions/runner, ActionCommand.cs).
func (s *Surface) command(name, text string) {
	fmt.Fprintf(s.Log, "::%s::%s\n", name, data(text))
}

func appendFile(variable, name, text string) (err error) {
	if name == "" {
		return fmt.Errorf("missing %s: the runner must run in a step of GitHub Actions", variable)
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot open the file of %s: %w", variable, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteString(text); err != nil {
		return fmt.Errorf("cannot write the file of %s: %w", variable, err)
	}
	return nil
}
