// Command subset reduces GitHub's OpenAPI description, on stdin, to the operations that this project uses, with all
// that they refer to, and prints it: one path or component a line, keys sorted, without examples and prose. The same
// input gives the same bytes. See description/README.md for where the input comes from.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// operations are those whose routes the stand-in has.
var operations = []string{
	"actions/create-or-update-repo-secret",
	"actions/create-workflow-dispatch",
	"apps/create-installation-access-token",
	"apps/get-repo-installation",
	"apps/list-repos-accessible-to-installation",
	"apps/revoke-installation-access-token",
	"git/create-ref",
	"git/get-ref",
	"git/list-matching-refs",
	"issues/create-label",
	"issues/create-milestone",
	"issues/get",
	"issues/list-labels-for-repo",
	"issues/list-milestones",
	"issues/remove-label",
	"issues/update",
	"issues/update-label",
	"pulls/create",
	"rate-limit/get",
	"repos/compare-commits",
	"repos/create-dispatch-event",
	"repos/create-or-update-file-contents",
	"repos/download-tarball-archive",
	"repos/get",
	"repos/get-commit",
	"repos/get-content",
}

// told are the operations whose prose says what their schema leaves out; package openapi quotes it.
var told = []string{"repos/download-tarball-archive", "repos/get-content"}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "subset:", err)
		os.Exit(1)
	}
}

type node = map[string]any

type description struct {
	OpenAPI    string                     `json:"openapi"`
	Info       node                       `json:"info"`
	Paths      map[string]node            `json:"paths"`
	Components map[string]map[string]node `json:"components"`
}

func run(in io.Reader, out io.Writer) error {
	var whole description
	decoder := json.NewDecoder(in)
	decoder.UseNumber()
	if err := decoder.Decode(&whole); err != nil {
		return err
	}
	paths, err := choose(whole.Paths)
	if err != nil {
		return err
	}
	part := description{OpenAPI: whole.OpenAPI, Info: node{}, Paths: paths, Components: map[string]map[string]node{}}
	for _, key := range []string{"title", "version", "license"} {
		part.Info[key] = whole.Info[key]
	}
	for _, path := range paths {
		strip(path, true)
		if err := follow(path, whole.Components, part.Components); err != nil {
			return err
		}
	}
	return print(out, part)
}

// choose picks the operations, and what their paths say of all of them.
func choose(all map[string]node) (map[string]node, error) {
	chosen, found := map[string]node{}, 0
	for path, item := range all {
		for method, value := range item {
			op, ok := value.(node)
			if !ok {
				continue
			}
			if id, _ := op["operationId"].(string); slices.Contains(operations, id) {
				if chosen[path] == nil {
					chosen[path] = node{}
				}
				prose := op["description"]
				if !slices.Contains(told, id) {
					prose = nil
				}
				chosen[path][method] = op
				op["x-prose"] = prose // strip takes descriptions away
				found++
			}
		}
	}
	if found != len(operations) {
		return nil, fmt.Errorf("%d of %d operations are in the description", found, len(operations))
	}
	return chosen, nil
}

// prose are the members that say nothing to a validator.
var prose = []string{"description", "summary", "example", "examples", "externalDocs", "tags", "x-octokit", "x-github", "x-github-breaking-changes", "deprecated", "discriminator"}

// strip takes prose out of a value. The members of "properties" are names of GitHub's, whatever they are.
func strip(value any, isNode bool) {
	switch v := value.(type) {
	case node:
		for key, member := range v {
			if isNode && (slices.Contains(prose, key) || member == nil) {
				delete(v, key)
				continue
			}
			strip(member, !(isNode && key == "properties"))
		}
	case []any:
		for _, item := range v {
			strip(item, true)
		}
	}
}

// follow copies every component that value refers to, and what those refer to.
func follow(value any, from, into map[string]map[string]node) error {
	switch v := value.(type) {
	case node:
		if name, ok := v["$ref"].(string); ok {
			return fetch(name, from, into)
		}
		for _, member := range v {
			if err := follow(member, from, into); err != nil {
				return err
			}
		}
	case []any:
		for _, item := range v {
			if err := follow(item, from, into); err != nil {
				return err
			}
		}
	}
	return nil
}

func fetch(name string, from, into map[string]map[string]node) error {
	parts := strings.Split(strings.TrimPrefix(name, "#/components/"), "/")
	if len(parts) != 2 || from[parts[0]][parts[1]] == nil {
		return fmt.Errorf("nothing is at %s", name)
	}
	kind, id := parts[0], parts[1]
	if into[kind] == nil {
		into[kind] = map[string]node{}
	}
	if into[kind][id] != nil {
		return nil
	}
	component := from[kind][id]
	strip(component, true)
	into[kind][id] = component
	return follow(component, from, into)
}

// print writes what a person can compare line by line.
func print(out io.Writer, d description) error {
	var b bytes.Buffer
	info, err := json.Marshal(d.Info)
	if err != nil {
		return err
	}
	fmt.Fprintf(&b, "{\n\"openapi\": %q,\n\"info\": %s,\n\"paths\": ", d.OpenAPI, info)
	if err := printLines(&b, d.Paths); err != nil {
		return err
	}
	b.WriteString(",\n\"components\": {\n")
	for i, kind := range slices.Sorted(maps.Keys(d.Components)) {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "%q: ", kind)
		if err := printLines(&b, d.Components[kind]); err != nil {
			return err
		}
	}
	b.WriteString("\n}\n}\n")
	_, err = out.Write(b.Bytes())
	return err
}

func printLines(b *bytes.Buffer, all map[string]node) error {
	b.WriteString("{\n")
	for i, key := range slices.Sorted(maps.Keys(all)) {
		line, err := json.Marshal(all[key])
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(b, "%q: %s", key, line)
	}
	b.WriteString("\n}")
	return nil
}
