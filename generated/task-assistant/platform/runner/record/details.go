package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// MaxDetails is the greatest size of an engine's details in bytes.
const MaxDetails = 64 << 10

// maxDepth bounds how deep details may nest: indentation makes the record grow with depth times members.
const maxDepth = 64

// Refusal says why details cannot be recorded. Its text never repeats what the details hold, except the
// names of members of the envelope.
type Refusal struct {
	Code Code
	Text string
}

// Accept returns the details in compact form if they may be recorded: at most [MaxDetails] bytes of UTF-8,
// exactly one JSON object without a member twice at its top, without a member that is identity of the
// envelope, and without anything that looks like a token or a key.
func Accept(data []byte) (json.RawMessage, *Refusal) {
	if len(data) > MaxDetails {
		return nil, &Refusal{ResultTooLarge, fmt.Sprintf("the result is larger than %d bytes", MaxDetails)}
	}
	if !isObject(data) {
		return nil, &Refusal{ResultNotObject, "the result is not exactly one JSON object in UTF-8"}
	}
	if r := inspect(data); r != nil {
		return nil, r
	}
	return compact(data), nil
}

// Compact returns data in compact form if it is exactly one JSON object in UTF-8.
func Compact(data []byte) ([]byte, bool) {
	if !isObject(data) {
		return nil, false
	}
	return compact(data), true
}

// Marshal returns the JSON text of v in compact form, with <, > and & as they are.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("cannot encode %T: %w", v, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func isObject(data []byte) bool {
	return utf8.Valid(data) && json.Valid(data) && bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
}

func compact(data []byte) []byte {
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		panic(err) // isObject found it valid
	}
	return b.Bytes()
}

// inspect walks the tokens of one valid JSON object. Strings are judged decoded, so that an escape
// cannot hide a token.
func inspect(data []byte) *Refusal {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // a number may be too large for a float64
	w := walk{seen: map[string]bool{}}
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return &Refusal{ResultNotObject, "the result is not readable as JSON"}
		}
		if r := w.step(token); r != nil {
			return r
		}
	}
}

// walk is the state between two tokens.
type walk struct {
	depth int
	// atValue is true at the top level between a member's name and its value.
	atValue bool
	seen    map[string]bool
}

func (w *walk) step(token json.Token) *Refusal {
	switch t := token.(type) {
	case json.Delim:
		return w.delim(t)
	case string:
		if isSecret(t) {
			return &Refusal{ResultRefused, "the result holds something that looks like a token or a private key"}
		}
		if w.depth == 1 && !w.atValue {
			return w.member(t)
		}
	}
	w.atValue = w.atValue && w.depth > 1
	return nil
}

func (w *walk) delim(d json.Delim) *Refusal {
	if d == '{' || d == '[' {
		w.depth++
		if w.depth > maxDepth {
			return &Refusal{ResultRefused, fmt.Sprintf("the result nests deeper than %d levels", maxDepth)}
		}
		return nil
	}
	w.depth--
	w.atValue = w.atValue && w.depth > 1
	return nil
}

func (w *walk) member(name string) *Refusal {
	if w.seen[name] {
		return &Refusal{ResultRefused, "the result has a member twice"}
	}
	if slices.Contains(identity(), name) {
		return &Refusal{ResultRefused, fmt.Sprintf("the result has the member %q, which belongs to the record's envelope", name)}
	}
	w.seen[name] = true
	w.atValue = true
	return nil
}

// identity returns the members of the envelope that details may not claim for themselves.
func identity() []string {
	return []string{
		"schema_version", "generated_at", "correlation_id", "engine_name", "engine_ref",
		"source", "entity", "event", "ok",
	}
}
