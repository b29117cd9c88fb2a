package lock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
)

// parser knows where every key of the file stands, which encoding/json does not tell.
type parser struct {
	name    string
	data    []byte
	offsets map[string]int
	found   []diag.Diagnostic
}

func (p *parser) report(pos diag.Pos, message, expected, fix string) {
	p.found = append(p.found, diag.Diagnostic{Rule: "lock", Pos: pos, Message: message, Expected: expected, Fix: fix})
}

// broken reports a file that is no lock at all. A merge conflict is named, since that is what mostly happens to lock files.
func (p *parser) broken(err error) []diag.Diagnostic {
	pos := diag.Pos{File: p.name, Line: 1, Column: 1}
	message := "the lock cannot be read: " + strings.TrimPrefix(err.Error(), "json: ")
	fix := "restore the file from version control, or run `tasc lock`"
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var dup *duplicateError
	switch {
	case strings.Contains("\n"+string(p.data), "\n<<<<<<< "):
		pos = p.at(strings.Index("\n"+string(p.data), "\n<<<<<<< "))
		message, fix = "the lock holds a merge conflict", "resolve it: keep one side and run `tasc lock`"
	case errors.As(err, &syntax):
		pos = p.at(int(syntax.Offset) - 1)
	case errors.As(err, &kind):
		pos = p.at(int(kind.Offset) - 1)
	case errors.As(err, &dup):
		pos = p.at(dup.offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		pos, message = p.at(len(p.data)), "the lock ends in the middle"
	}
	p.report(pos, message, fmt.Sprintf("a JSON object with version %d, engine_ref and actions", Version), fix)
	return p.found
}

// at turns a byte offset into a position.
func (p *parser) at(offset int) diag.Pos {
	before := string(p.data[:min(max(offset, 0), len(p.data))])
	return diag.Pos{File: p.name, Line: 1 + strings.Count(before, "\n"), Column: len(before) - strings.LastIndexByte(before, '\n')}
}

func (p *parser) pos(path ...string) diag.Pos {
	return p.at(p.offsets[strings.Join(path, "\x00")])
}

type duplicateError struct {
	key    string
	offset int
}

func (e *duplicateError) Error() string { return fmt.Sprintf("the key %q stands there twice", e.key) }

// index walks the tokens, notes where every key of an object stands and refuses a key that stands twice.
func (p *parser) index() error {
	dec := json.NewDecoder(strings.NewReader(string(p.data)))
	if err := p.value(dec, ""); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("there is text after the end of the JSON object")
	}
	return nil
}

func (p *parser) value(dec *json.Decoder, path string) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	switch tok {
	case json.Delim('{'):
		return p.object(dec, path)
	case json.Delim('['):
		for dec.More() {
			if err := p.value(dec, path+"\x00[]"); err != nil {
				return err
			}
		}
		_, err := dec.Token()
		return err
	}
	return nil
}

func (p *parser) object(dec *json.Decoder, path string) error {
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		quoted, _ := json.Marshal(key)
		offset := int(dec.InputOffset()) - len(quoted)
		full := key
		if path != "" {
			full = path + "\x00" + key
		}
		if _, twice := p.offsets[full]; twice && !strings.Contains(path, "[]") {
			return &duplicateError{key, offset}
		}
		p.offsets[full] = offset
		if err := p.value(dec, full); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}
