package actlint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// script is the text of one step, and where it stands.
type script struct {
	file string
	node *yaml.Node
}

// shellcheckFindings asks ShellCheck about every bash script of the files, all at once: most of its time is its start.
func shellcheckFindings(t tree, files []string) ([]Finding, error) {
	dir, err := parserDir()
	if err != nil {
		return nil, err
	}
	var scripts []script
	texts := []string{} // each once: the same few stand in every workflow
	for _, file := range files {
		found, err := bashScripts(t.root, file)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if scripts = append(scripts, s); !slices.Contains(texts, s.node.Value) {
				texts = append(texts, s.node.Value)
			}
		}
	}
	results, err := shellcheck(dir, texts)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, s := range scripts {
		for _, c := range results[slices.Index(texts, s.node.Value)] {
			findings = append(findings, s.at(c))
		}
	}
	return findings, nil
}

// comment is one finding of ShellCheck, counted in its script.
type comment struct {
	Line, Column, Code int
	Message            string
}

func shellcheck(dir string, texts []string) ([][]comment, error) {
	request, err := json.Marshal(texts)
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd := exec.Command("node", "shellcheck.mjs")
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, bytes.NewReader(request), &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("shellcheck (Node 20 or later is needed): %w\n%s", err, stderr.String())
	}
	var results [][]comment
	if err := json.Unmarshal(out, &results); err != nil || len(results) != len(texts) {
		return nil, fmt.Errorf("the answer of shellcheck to %d scripts: %d (%w)", len(texts), len(results), err)
	}
	return results, nil
}

// at turns a place in a script into one in its file. The text of a block stands below its indicator, two deeper than its key.
func (s script) at(c comment) Finding {
	line, column := s.node.Line+c.Line-1, s.node.Column+c.Column-1
	if s.node.Style&yaml.LiteralStyle != 0 {
		line, column = s.node.Line+c.Line, c.Column
	}
	return Finding{s.file, line, column, "shellcheck", fmt.Sprintf("SC%d: %s", c.Code, c.Message)}
}

// bashScripts returns the scripts of a workflow file that bash runs: those that name it, and those that name no shell.
func bashScripts(root, file string) ([]script, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		return nil, err
	}
	var w struct {
		Jobs yaml.Node
	}
	if yaml.Unmarshal(text, &w) != nil {
		return nil, nil // the other checkers say why
	}
	var out []script
	for i := 1; i < len(w.Jobs.Content); i += 2 {
		var job struct {
			Steps []struct {
				Run   yaml.Node
				Shell string
			}
		}
		if w.Jobs.Content[i].Decode(&job) != nil {
			continue
		}
		for _, s := range job.Steps {
			if shell, _, _ := strings.Cut(s.Shell, " "); s.Run.Value != "" && (shell == "" || shell == "bash") {
				run := s.Run
				out = append(out, script{file, &run})
			}
		}
	}
	return out, nil
}
