package actlint

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxDepth is how deep workflows may call each other (docs.github.com, reusing workflows: ten levels).
const maxDepth = 10

// ownFindings checks what the other checkers do not: the permissions of called workflows, as
// src/Sdk/WorkflowParser/Conversion/PermissionsHelper.cs of github.com/actions/runner does before any job starts, and
// the types of literals that are given to typed inputs.
func ownFindings(t tree, files []string) ([]Finding, error) {
	var findings []Finding
	for _, file := range files {
		w, err := readWorkflow(t.root, file)
		if err != nil {
			return nil, err
		}
		findings = append(findings, defaultFindings(file, w)...)
		for _, id := range sortedKeys(w.Jobs) {
			c, err := t.call(t.root, w, id)
			if err != nil {
				return nil, err
			}
			if c == nil {
				continue
			}
			c.file = file
			findings = append(findings, c.literalFindings()...)
			excess, err := c.excess(w.Permissions, maxDepth)
			if err != nil {
				return nil, err
			}
			for _, e := range excess {
				findings = append(findings, c.at(c.job.Uses, "permissions", e))
			}
		}
	}
	return findings, nil
}

// A call is a job that calls a workflow.
type call struct {
	tree   tree
	file   string // that holds the call
	job    job
	root   string // folder of the repository that holds the called workflow
	called workflow
}

func (c call) at(node yaml.Node, checker, message string) Finding {
	return Finding{c.file, node.Line, node.Column, checker, message}
}

// call returns the call that a job is, and nil where it is none or calls what the other checkers report as missing.
func (t tree) call(root string, w workflow, id string) (*call, error) {
	j := w.Jobs[id]
	uses := j.Uses.Value
	file, local := strings.CutPrefix(uses, "./")
	if !local {
		m := remoteCall.FindStringSubmatch(uses)
		if m == nil || t.remote[m[1]] == "" {
			return nil, nil
		}
		root, file = t.remote[m[1]], ".github/workflows/"+m[2]
	}
	if _, err := filepath.Localize(file); err != nil || !exists(root, file) {
		return nil, nil
	}
	called, err := readWorkflow(root, file)
	return &call{tree: t, job: j, root: root, called: called}, err
}

// excess says for what the called workflow, its jobs and the workflows they call ask beyond what this call grants.
// around are the permissions that the calling job has if it states none.
func (c call) excess(around *permissions, depth int) ([]string, error) {
	granted := c.job.Permissions
	if granted == nil {
		granted = around
	}
	messages := c.refused(granted)
	inherited := c.called.Permissions
	if inherited == nil {
		inherited = granted
	}
	for _, id := range sortedKeys(c.called.Jobs) {
		inner, err := c.tree.call(c.root, c.called, id)
		if err != nil {
			return nil, err
		}
		if inner == nil || depth == 0 {
			continue
		}
		deeper, err := inner.excess(inherited, depth-1)
		if err != nil {
			return nil, err
		}
		for _, m := range deeper {
			messages = append(messages, fmt.Sprintf("job %q of the called workflow: %s", id, m))
		}
	}
	return messages, nil
}

// refused says for what the called workflow and its jobs ask in vain.
func (c call) refused(granted *permissions) []string {
	if granted == nil {
		granted = &permissions{"contents": 1, "packages": 1} // what a repository gives that restricts its default
	}
	messages := granted.refuse("the called workflow", c.called.Permissions)
	for _, id := range sortedKeys(c.called.Jobs) {
		messages = append(messages, granted.refuse(fmt.Sprintf("job %q of the called workflow", id), c.called.Jobs[id].Permissions)...)
	}
	return messages
}

// literalFindings reports literals of another type than the called workflow's input has.
func (c call) literalFindings() []Finding {
	var findings []Finding
	for _, name := range sortedKeys(c.job.With) {
		if problem := literalProblem(c.called.inputs()[name].Type, c.job.With[name]); problem != "" {
			findings = append(findings, c.at(c.job.With[name], "literals", fmt.Sprintf("input %q %s", name, problem)))
		}
	}
	return findings
}

// defaultFindings reports defaults of another type than their input has.
func defaultFindings(file string, w workflow) []Finding {
	var findings []Finding
	inputs := w.inputs()
	for _, name := range sortedKeys(inputs) {
		value := inputs[name].Default
		if problem := literalProblem(inputs[name].Type, value); problem != "" {
			message := fmt.Sprintf("default of input %q %s", name, problem)
			findings = append(findings, Finding{file, value.Line, value.Column, "literals", message})
		}
	}
	return findings
}

// literalProblem says what is wrong with a value for an input of a type; nothing is wrong with an expression.
func literalProblem(typ string, value yaml.Node) string {
	if value.Kind != yaml.ScalarNode || strings.Contains(value.Value, "${{") {
		return ""
	}
	tags := map[string][]string{"boolean": {"!!bool"}, "number": {"!!int", "!!float"}}[typ]
	if tags == nil || slices.Contains(tags, value.ShortTag()) {
		return ""
	}
	return fmt.Sprintf("is a %s, found %q, expected a literal without quotes or an expression", typ, value.Value)
}
