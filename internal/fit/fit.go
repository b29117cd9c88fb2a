// Package fit says where rendered workflow files are more than GitHub takes.
//
// In: the specs, a plan, and its files as they were rendered. Out: findings at
// the place in the specs that makes a file or an expression so large. What can
// be told from the specs alone is a rule of package validate; here is what only
// the rendered bytes tell.
package fit

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/limits"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/spec"
)

const (
	// RuleFile is the rule of files that start no runs.
	RuleFile = "file-size"
	// RuleExpression is the rule of expressions that GitHub does not parse.
	RuleExpression = "expression-length"
)

// File is one rendered file; Path is relative to the platform's output folder.
type File struct {
	Path string
	Size int // bytes
}

// Check returns what is too large of one platform's files.
func Check(set *spec.Set, p *spec.Platform, planned plan.Plan, files []File) []diag.Diagnostic {
	c := &check{set: set, platform: p}
	sizes := map[string]int{}
	for _, f := range files {
		sizes[f.Path] = f.Size
	}
	for _, w := range planned.Workflows {
		if strings.HasPrefix(w.Path, "org/") {
			continue // the stub of a profile, which host/ has too
		}
		if size := sizes[w.Path]; size > limits.FileBytes {
			c.file(w, size)
		}
		if sizes[w.Path] > limits.ExpressionChars { // else no expression in it can be
			c.expressions(w)
		}
	}
	return c.found
}

type check struct {
	set      *spec.Set
	platform *spec.Platform
	found    []diag.Diagnostic
}

func (c *check) file(w plan.Workflow, size int) {
	pos, cause, fix := c.blame(w)
	c.found = append(c.found, diag.Diagnostic{Rule: RuleFile, Pos: pos, Message: fmt.Sprintf("%s would have %d bytes: %s", w.Path, size, cause),
		Expected: fmt.Sprintf("at most %d bytes: GitHub starts no run of a larger workflow file", limits.FileBytes), Fix: fix})
}

// blame returns what in the specs makes a workflow large, and what to do about it.
func (c *check) blame(w plan.Workflow) (pos diag.Pos, cause, fix string) {
	name := w.Path[strings.LastIndexByte(w.Path, '/')+1:]
	if e, ok := c.set.Engine(strings.TrimSuffix(strings.TrimPrefix(name, "engine-"), ".yml")); ok && strings.HasPrefix(name, "engine-") {
		text := largest(e)
		return text.Pos, fmt.Sprintf("the largest text of engine %q has %d", e.Name.Value, len(text.Value)), "move the text to a file beside the spec, and name it in files"
	}
	for _, pr := range c.platform.Profiles {
		if strings.HasPrefix(w.Path, "host/"+pr.Name.Value+"/") {
			return pr.Name.Pos, fmt.Sprintf("profile %q has %d routes", pr.Name.Value, len(pr.Routes)), "make two profiles of it, or shorten the options and paths of its routes"
		}
	}
	return c.platform.Name.Pos, fmt.Sprintf("platform %q has %d routes", c.platform.Name.Value, len(c.platform.Routes)), "make two platforms of it, or have fewer routes name an engine"
}

// largest returns the largest text among the steps and the environment of an engine.
func largest(e *spec.Engine) spec.String {
	out := spec.String{Pos: e.Name.Pos}
	note := func(s spec.String) {
		if len(s.Value) > len(out.Value) {
			out = s
		}
	}
	pairs := func(all []spec.Pair) {
		for _, p := range all {
			note(p.Value)
		}
	}
	pairs(e.Env)
	for _, s := range e.Steps {
		note(s.Run)
		pairs(s.With)
		pairs(s.Env)
	}
	return out
}

// expressions looks at the conditions of jobs: of all expressions only they grow with the specs.
func (c *check) expressions(w plan.Workflow) {
	for _, j := range w.Jobs {
		if j.If == nil {
			continue
		}
		length := len(utf16.Encode([]rune(expr.Print(j.If))))
		if length <= limits.ExpressionChars {
			continue
		}
		e, _ := c.set.Engine(strings.TrimPrefix(j.ID, "engine-"))
		pos, what := c.platform.Name.Pos, "job "+j.ID
		if e != nil {
			pos, what = e.Name.Pos, fmt.Sprintf("engine %q", e.Name.Value)
		}
		routes, before := c.routes(j.ID)
		why := fmt.Sprintf("%d routes name it", routes)
		if before > 0 {
			why += fmt.Sprintf(", behind up to %d engines that must succeed", before)
		}
		c.found = append(c.found, diag.Diagnostic{Rule: RuleExpression, Pos: cmp.Or(pos, c.platform.Name.Pos),
			Message:  fmt.Sprintf("the condition of %s would have %d characters: %s", what, length, why),
			Expected: fmt.Sprintf("at most %d characters: GitHub parses no longer expression", limits.ExpressionChars), Fix: "have fewer routes name the engine, or fewer stages say when: \"all-succeeded\""})
	}
}

// routes counts the routes that name an engine's job, and the most engines that one of them runs before it.
func (c *check) routes(job string) (routes, before int) {
	for _, r := range c.platform.Routes {
		seen := 0
		for _, s := range r.Stages {
			for _, e := range s.Engines {
				if "engine-"+e.Value == job {
					routes++
					before = max(before, seen)
				}
			}
			seen += len(s.Engines)
		}
	}
	return routes, before
}
