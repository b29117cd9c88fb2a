package record

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxCorrelationID is the greatest length of a correlation id, which becomes a path and a git ref.
const MaxCorrelationID = 100

// maxEngineName is the greatest length of an engine's name: it becomes a part of a job id, which GitHub
// wants shorter than 100 characters.
const maxEngineName = 60

// DefaultCorrelationID returns the correlation id of a run that was given none.
func DefaultCorrelationID(runID int64, attempt int) string {
	return fmt.Sprintf("%d-%d", runID, attempt)
}

// CheckCorrelationID returns why s is not a correlation id, or nil. One is made of dot-separated parts of
// letters, digits, "_" and "-", starts with a letter or digit, and does not end in ".lock".
func CheckCorrelationID(s string) error {
	switch {
	case s == "":
		return errors.New("the correlation id is empty")
	case len(s) > MaxCorrelationID:
		return fmt.Errorf("the correlation id has %d bytes, expected at most %d", len(s), MaxCorrelationID)
	case strings.HasSuffix(s, ".lock"):
		return fmt.Errorf("the correlation id %q ends in .lock, which git refuses in a ref", s)
	case !isAlnum(s[0]):
		return fmt.Errorf("the correlation id %q does not start with a letter or a digit", s)
	}
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || !all(part, isWord) {
			return fmt.Errorf("the correlation id %q is not made of letters, digits, _ and -, with single dots between", s)
		}
	}
	return nil
}

// CheckExternalCorrelationID is [CheckCorrelationID] for an id that came with the event: it refuses the
// form of the default too, with which one run could squat the id of another.
func CheckExternalCorrelationID(s string) error {
	run, attempt, found := strings.Cut(s, "-")
	if found && isNumber(run) && isNumber(attempt) {
		return fmt.Errorf("the correlation id %q has the form <run id>-<attempt>, which is reserved for ids that runs give themselves", s)
	}
	return CheckCorrelationID(s)
}

// CheckEngineName returns why s is not an engine's name, or nil: lower-case letters and digits with
// single dashes between, starting with a letter.
func CheckEngineName(s string) error {
	ok := s != "" && len(s) <= maxEngineName && isLower(s[0])
	for part := range strings.SplitSeq(s, "-") {
		ok = ok && part != "" && all(part, func(c byte) bool { return isLower(c) || isDigit(c) })
	}
	if !ok {
		return fmt.Errorf("the engine's name is %q, expected lower-case letters, digits and single dashes, at most %d of them", cut(s), maxEngineName)
	}
	return nil
}

// CheckDate returns why s is not a day written YYYY-MM-DD, or nil.
func CheckDate(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return fmt.Errorf("the run's date is %q, expected a day written YYYY-MM-DD", cut(s))
	}
	return nil
}

// CheckRepository returns why s is not owner/name as GitHub writes it, or nil.
func CheckRepository(s string) error {
	owner, name, _ := strings.Cut(s, "/")
	ok := len(s) <= 140 && owner != "" && name != "" && name != "." && name != ".." &&
		isAlnum(owner[0]) && all(owner, isWord) && all(name, func(c byte) bool { return isWord(c) || c == '.' })
	if !ok {
		return fmt.Errorf("the repository is %q, expected owner/name", cut(s))
	}
	return nil
}

// CheckPath returns why s is not the path of a record's file, written the one way in which records are, or nil.
func CheckPath(s string) error {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(s, root+"/"), ".json"), "/")
	if !strings.HasPrefix(s, root+"/") || !strings.HasSuffix(s, ".json") || len(parts) != 4 {
		return fmt.Errorf("the path %q is not that of a record", cut(s))
	}
	err := errors.Join(CheckDate(parts[1]), CheckCorrelationID(parts[2]), CheckEngineName(parts[3]))
	if parts[0] == "" || !all(parts[0], func(c byte) bool { return isWord(c) || c == '.' }) {
		err = errors.Join(err, fmt.Errorf("the repository is %q, expected owner-name", cut(parts[0])))
	}
	return err
}

// IsCommit reports whether s is a full commit id: 40 lower-case hex digits.
func IsCommit(s string) bool {
	return len(s) == 40 && all(s, func(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' })
}

func all(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func isNumber(s string) bool { return s != "" && all(s, isDigit) }
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isLower(c byte) bool    { return 'a' <= c && c <= 'z' }
func isAlnum(c byte) bool    { return isDigit(c) || isLower(c) || 'A' <= c && c <= 'Z' }
func isWord(c byte) bool     { return isAlnum(c) || c == '_' || c == '-' }

// cut keeps a refused text short enough for a message.
func cut(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}
