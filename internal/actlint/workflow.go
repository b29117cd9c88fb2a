package actlint

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"
)

// A workflow is what our own checks need of a workflow file.
type workflow struct {
	On          yaml.Node
	Permissions *permissions
	Jobs        map[string]job
}

type job struct {
	Permissions *permissions
	Uses        yaml.Node
	With        map[string]yaml.Node
}

type input struct {
	Type    string
	Default yaml.Node
}

// readWorkflow reads a workflow file. One that cannot be decoded is empty: the other checkers say why.
func readWorkflow(root, file string) (workflow, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		return workflow{}, err
	}
	var w workflow
	if yaml.Unmarshal(text, &w) != nil {
		return workflow{}, nil
	}
	return w, nil
}

func exists(root, file string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(file)))
	return err == nil
}

// inputs returns the inputs of on.workflow_call.
func (w workflow) inputs() map[string]input {
	var on struct {
		WorkflowCall struct {
			Inputs map[string]input
		} `yaml:"workflow_call"`
	}
	if w.On.Decode(&on) != nil {
		return nil
	}
	return on.WorkflowCall.Inputs
}

// permissions is the level of each scope: 0 none, 1 read, 2 write. The scope "" stands for every other.
type permissions map[string]int

// UnmarshalYAML reads a mapping of scopes to levels, or one word for all scopes.
func (p *permissions) UnmarshalYAML(node *yaml.Node) error {
	levels := map[string]int{"none": 0, "read": 1, "write": 2, "read-all": 1, "write-all": 2}
	*p = permissions{}
	if node.Kind == yaml.ScalarNode {
		(*p)[""] = levels[node.Value]
		return nil
	}
	var words map[string]string
	if err := node.Decode(&words); err != nil {
		return err
	}
	for scope, word := range words {
		(*p)[scope] = levels[word]
	}
	return nil
}

func (p permissions) level(scope string) int {
	if level, ok := p[scope]; ok {
		return level
	}
	return p[""]
}

// refuse says which of the asked permissions are above p. Who asks for nothing in particular gets what there is.
func (p permissions) refuse(who string, asked *permissions) []string {
	if asked == nil {
		return nil
	}
	words := []string{"none", "read", "write"}
	var messages []string
	for _, scope := range sortedKeys(*asked) {
		if level := (*asked)[scope]; level > p.level(scope) {
			name := cmp.Or(scope, "all scopes")
			messages = append(messages, fmt.Sprintf("%s asks for %s: %s, the call grants %s", who, name, words[level], words[p.level(scope)]))
		}
	}
	return messages
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
