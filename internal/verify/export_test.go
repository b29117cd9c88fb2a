package verify

import (
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/plan"
)

// Judge verifies one platform again and again while only one of its files differs from what was proven, which is what
// the suite of mutants asks some ten thousand times. That it says what Files says is a test of its own.
type Judge struct {
	clean     *verifier
	workflows map[string]plan.Workflow
	files     map[string]File
}

// NewJudge takes files in which Files finds nothing.
func NewJudge(p plan.Plan, files []File) *Judge {
	j := &Judge{clean: newVerifier(p), workflows: map[string]plan.Workflow{}, files: map[string]File{}}
	for _, w := range p.Workflows {
		j.workflows[w.Path] = w
	}
	for _, f := range files {
		j.files[f.Path] = f
		if w, ok := j.workflows[f.Path]; ok {
			j.clean.workflow(w, f)
		}
	}
	return j
}

// Workflow returns what is found when a file is replaced by one of the same path.
func (j *Judge) Workflow(f File) []diag.Diagnostic {
	v := newVerifier(j.clean.plan)
	v.known, v.entered = j.clean.known, j.clean.entered
	v.workflow(j.workflows[f.Path], f)
	for path, template := range j.files {
		profile, ok := strings.CutPrefix(strings.TrimSuffix(path, ".yml"), templatesDir+"/")
		stub := j.files["host/"+profile+"/.github/workflows/"+v.plan.Platform+".yml"]
		switch {
		case !ok || !isWorkflow(path):
		case f.Path == path:
			v.template(f, stub)
		case f.Path == stub.Path:
			v.template(template, f)
		}
	}
	return v.found
}

// Trees returns what is found when files are missing, too many or others, but for what their workflows say.
func (j *Judge) Trees(files []File) []diag.Diagnostic {
	v := newVerifier(j.clean.plan)
	v.known, v.actions, v.triggers = j.clean.known, j.clean.actions, j.clean.triggers
	v.trees(j.workflows, files)
	return v.found
}
