package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Error is GitHub's answer to a request that it did not do.
type Error struct {
	Method, Path string
	Status       int
	// Message is GitHub's own text, not trusted.
	Message string
	// Permissions are those that GitHub would have accepted, where it says so.
	Permissions string
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s %s: GitHub answered %d: %s", e.Method, e.Path, e.Status, e.Message)
	if e.Permissions != "" {
		s += " (it accepts the permissions " + e.Permissions + ")"
	}
	return s
}

// JammedError says that a request was given up or stopped while GitHub might still have done it on another try.
type JammedError struct{ err error }

func (e *JammedError) Error() string { return e.err.Error() }

// Unwrap returns what was in the way at last.
func (e *JammedError) Unwrap() error { return e.err }

// IsJammed reports whether a request was given up or stopped, and not refused.
func IsJammed(err error) bool {
	var e *JammedError
	return errors.As(err, &e)
}

// IsNotFound reports whether GitHub said that there is no such thing, or none that the token may see.
func IsNotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}

func newError(r request, a answer, message string) *Error {
	return &Error{
		Method: r.method, Path: r.path, Status: a.status, Message: message,
		Permissions: a.header.Get("X-Accepted-GitHub-Permissions"),
	}
}

// failure returns what to report for an answer that is no success: the error of the connection, or GitHub's.
func failure(r request, a answer, err error) error {
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			return err
		}
		return fmt.Errorf("%s %s: no usable answer: %w", r.method, r.path, err)
	}
	return newError(r, a, message(a))
}

// message returns the text in a body of GitHub's error form.
func message(a answer) string {
	var body struct{ Message string }
	if json.Unmarshal(a.body, &body) != nil || body.Message == "" {
		return http.StatusText(a.status)
	}
	return body.Message
}
