package lock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
)

// parser knows where every key of the file stands, which encoding/json does not tell.
type parser struct {
	name    string
	data    []byte
	offsets map[string]int // of keys, by path
	starts  map[int]int    // of values, by where their first token ends
	found   []diag.Diagnostic
}

func (p *parser) report(pos diag.Pos, message, expected, fix string) {
	p.found = append(p.found, diag.Diagnostic{Rule: "lock", Pos: pos, Message: message, Expected: expected, Fix: fix})
}

// broken reports a file that is no lock at all. A merge conflict is named, since that is what mostly happens to lock files.
func (p *parser) broken(err error) []diag.Diagnostic {
	pos := diag.Pos{File: p.name, Line: 1, Column: 1}
	message := "the lock cannot be read: " + strings.TrimPrefix(err.Error(), "json: ")
	expected := fmt.Sprintf("a JSON object with version %d, engine_ref and actions", Version)
	fix := "restore the file from version control, or write it anew (docs/lock.md)"
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var key *keyError
	switch {
	case strings.Contains("\n"+string(p.data), "\n<<<<<<< "):
		pos = p.at(strings.Index("\n"+string(p.data), "\n<<<<<<< "))
		message, fix = "the lock holds a merge conflict", "resolve it: keep what the specs use"
	case errors.As(err, &syntax):
		pos = p.at(int(syntax.Offset) - 1)
	case errors.As(err, &kind):
		pos = p.at(p.starts[int(kind.Offset)])
		if message = "the lock is a JSON " + kind.Value; kind.Field != "" {
			message, expected = kind.Field+" is a JSON "+kind.Value, shapes[kind.Type.Kind()]
		}
	case errors.As(err, &key):
		pos = p.at(key.offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		if pos, message = p.at(len(p.data)), "the lock ends in the middle"; len(bytes.TrimSpace(p.data)) == 0 {
			message = "the lock is empty"
		}
	}
	p.report(pos, message, expected, fix)
	return p.found
}

// shapes names the Go kinds of a document as people who read JSON do.
var shapes = map[reflect.Kind]string{
	reflect.Int: "a whole number", reflect.String: "a string", reflect.Slice: "a list", reflect.Map: "an object", reflect.Struct: "an object",
}

// at turns a byte offset into a position.
func (p *parser) at(offset int) diag.Pos {
	before := p.data[:min(max(offset, 0), len(p.data))]
	return diag.Pos{File: p.name, Line: 1 + bytes.Count(before, []byte("\n")), Column: len(before) - bytes.LastIndexByte(before, '\n')}
}

func (p *parser) pos(path ...string) diag.Pos {
	return p.at(p.offsets[strings.Join(path, "\x00")])
}

type keyError struct {
	message string
	offset  int
}

func (e *keyError) Error() string { return e.message }

// index checks the syntax, walks the tokens and notes where every key and value
// stands. It refuses a key that stands twice and one that no lock has: encoding/json
// takes the last of two, and takes "COMMIT" for "commit".
func (p *parser) index() error {
	dec := json.NewDecoder(bytes.NewReader(p.data))
	if err := dec.Decode(new(json.RawMessage)); err != nil {
		return err
	}
	if rest := p.skip(dec); rest < len(p.data) {
		return &keyError{"there is text after the end of the JSON object", rest}
	}
	dec = json.NewDecoder(bytes.NewReader(p.data))
	dec.UseNumber()
	return p.value(dec, nil)
}

// skip returns where the token after the one that dec has read begins.
func (p *parser) skip(dec *json.Decoder) int {
	return len(p.data) - len(bytes.TrimLeft(p.data[dec.InputOffset():], " \t\r\n,:"))
}

func (p *parser) value(dec *json.Decoder, path []string) error {
	start := p.skip(dec)
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	p.starts[int(dec.InputOffset())] = start
	switch tok {
	case json.Delim('{'):
		return p.object(dec, path)
	case json.Delim('['):
		for dec.More() {
			if err := p.value(dec, append(path, "[]")); err != nil {
				return err
			}
		}
		_, err := dec.Token()
		return err
	}
	return nil
}

func (p *parser) object(dec *json.Decoder, path []string) error {
	for dec.More() {
		offset := p.skip(dec)
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		full := append(slices.Clone(path), key)
		joined := strings.Join(full, "\x00")
		if _, twice := p.offsets[joined]; twice {
			return &keyError{fmt.Sprintf("the key %q stands there twice", key), offset}
		}
		if known := members(path); known != nil && !slices.Contains(known, key) {
			return &keyError{fmt.Sprintf("unknown field %q", key), offset}
		}
		p.offsets[joined] = offset
		if err := p.value(dec, full); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

// members returns the keys that the object at path may have; nil where they are names.
func members(path []string) []string {
	switch {
	case len(path) == 0:
		return []string{"version", "compiler", "engine_ref", "actions", "runner"}
	case len(path) == 1 && (path[0] == "compiler" || path[0] == "runner"):
		return append([]string{"version"}, Platforms...)
	case len(path) == 2 && path[0] == "engine_ref":
		return []string{"ref", "commit"}
	case len(path) == 2 && path[0] == "actions":
		return []string{"commit", "owner_id", "repo_id", "uses", "resolved", "proof"}
	}
	return nil
}
