package openapi

import (
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// operation is a line of the description: what a method does at a path.
type operation struct {
	method, path string // path as the description has it: /repos/{owner}/{repo}
	*openapi3.Operation
}

// operations returns all of them; of two paths that both fit, the one with more literal text comes first.
func operations(doc *openapi3.T) []operation {
	var all []operation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			all = append(all, operation{method, path, op})
		}
	}
	slices.SortFunc(all, func(a, b operation) int {
		if a.path != b.path {
			return strings.Compare(a.path, b.path)
		}
		return strings.Compare(a.method, b.method)
	})
	return all
}

// find returns the operation of a request and the values of its path's parameters, unescaped.
func (c *Checker) find(method, path string) (operation, map[string]string, bool) {
	for _, op := range c.operations {
		if op.method != method {
			continue
		}
		if params, ok := op.match(path); ok {
			return op, params, true
		}
	}
	return operation{}, nil, false
}

// match takes an escaped path apart as the operation's own says.
func (op operation) match(path string) (map[string]string, bool) {
	params := map[string]string{}
	want, have := strings.Split(op.path, "/"), strings.Split(path, "/")
	if short := strings.Split(strings.TrimSuffix(path, "/"), "/"); len(short) == len(want)-1 && op.mayEndEarly() {
		last := len(want) - 1
		params[strings.Trim(want[last], "{}")] = "omitted" // the validator wants one
		want, have = want[:last], short
	}
	for i, part := range want {
		if i >= len(have) {
			return nil, false
		}
		value := have[i]
		if i == len(want)-1 && op.isMultiSegment(part) {
			value, have = strings.Join(have[i:], "/"), have[:i+1]
		}
		if !bind(part, value, params) {
			return nil, false
		}
	}
	return params, len(have) == len(want)
}

// bind holds one part of a template, "text", "{a}" or "{a}...{b}", against one of a path.
func bind(part, value string, params map[string]string) bool {
	before, rest, isParam := strings.Cut(part, "{")
	value, ok := strings.CutPrefix(value, before)
	if !isParam || !ok {
		return ok && value == ""
	}
	name, rest, _ := strings.Cut(rest, "}")
	literal, _, _ := strings.Cut(rest, "{")
	own, after := value, ""
	if literal != "" {
		if own, after, ok = strings.Cut(value, literal); !ok {
			return false
		}
	}
	text, err := url.PathUnescape(own)
	if err != nil || text == "" {
		return false
	}
	params[name] = text
	return bind(strings.TrimPrefix(rest, literal), after, params)
}
