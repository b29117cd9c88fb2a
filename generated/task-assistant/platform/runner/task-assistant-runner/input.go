package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
)

// maxNumber bounds the digits of a number: it may be part of the name of a concurrency group.
const maxNumber = 40

// maxInput bounds a value that comes from an event.
const maxInput = 1 << 10

// source is where inputs come from: the event of that name, as it was read.
type source struct {
	event string
	tree  any
}

// engineInputs returns an output for every input of every engine: the value
// from the event for the engines of the route, the empty text for all others.
// What is missing or of another type is added to the problem of d.
func engineInputs(f *facts.Facts, d *decision, from source) []actions.Output {
	route, _ := f.Route(d.route)
	var out []actions.Output
	var problems []error
	for _, e := range f.Engines {
		wanted := slices.ContainsFunc(route.Stages, func(s facts.Stage) bool { return slices.Contains(s.Engines, e.Name) })
		for _, in := range e.Inputs {
			value := ""
			if wanted {
				text, err := inputValue(in, from)
				if err == nil {
					value = text
				} else {
					problems = append(problems, fmt.Errorf("the input %s of engine %s %w", in.Name, e.Name, err))
				}
			}
			out = append(out, actions.Output{Name: in.Output(e.Name), Value: value})
		}
	}
	if err := errors.Join(problems...); err != nil && d.problem == "" {
		d.problem = actions.Line(oneLine(err), 300)
	}
	return out
}

// inputValue returns the text of an input. A value that the event does not
// carry, or carries as null or as the empty text, is its default.
func inputValue(in facts.Input, from source) (string, error) {
	text, err := scalar(member(from.tree, in.From[from.event]))
	if err != nil {
		return "", err
	}
	if text == "" && in.Default != nil {
		return *in.Default, nil
	}
	if text == "" && in.Required {
		return "", fmt.Errorf("is required, and the event %s does not carry it", actions.Line(from.event, 100))
	}
	if text == "" {
		return "", nil
	}
	return text, checkInput(in, text)
}

// member follows a path with dots from the payload; nil where it leads nowhere.
func member(v any, path string) any {
	if path == "" {
		return nil
	}
	for _, name := range strings.Split(path, ".") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

// scalar returns a value as text. A long text is cut, at a whole character.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return cut(strings.ToValidUTF8(strings.ReplaceAll(v, "\x00", ""), "\uFFFD")), nil
	case bool:
		return strconv.FormatBool(v), nil
	case json.Number:
		return v.String(), nil
	}
	return "", errors.New("is no text, number or bool in the event")
}

func cut(s string) string {
	if len(s) <= maxInput {
		return s
	}
	end := maxInput
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// checkInput holds a text to the input's type.
func checkInput(in facts.Input, text string) error {
	switch in.Type {
	case "number":
		var n json.Number
		digit := text[0] == '-' || text[0] >= '0' && text[0] <= '9' // json takes a number in quotes and blanks around it
		if !digit || len(text) > maxNumber || strings.TrimSpace(text) != text || json.Unmarshal([]byte(text), &n) != nil {
			return fmt.Errorf("is %q, expected a number", actions.Line(text, 100))
		}
	case "boolean":
		if text != "true" && text != "false" {
			return fmt.Errorf("is %q, expected true or false", actions.Line(text, 100))
		}
	case "choice":
		if !slices.Contains(in.Options, text) {
			return fmt.Errorf("is %q, expected one of %s", actions.Line(text, 100), strings.Join(in.Options, ", "))
		}
	}
	return nil
}
