package plan

import (
	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/runner/facts"
)

const (
	// sweepCron is for the records that no emit could ask a sweep for: an emit that spooled its record asks at
	// once. Each start is billed as a minute at least, where the repository is private. It keeps away from the full
	// hour, when GitHub starts most schedules.
	sweepCron    = "17 * * * *"
	sweepTimeout = 30 // minutes; ten thousand records take a few
)

// telemetry is the workflow of the telemetry repository. Its one job runs the platform's release, at a commit that
// the file names, since no caller hands one over.
func (b *builder) telemetry(release Pinned) Workflow {
	run := &Run{
		RunsOn:         values(b.platform.TrustedRunsOn),
		TimeoutMinutes: sweepTimeout,
		Concurrency:    &Concurrency{Group: expr.String(b.platform.Name.Value + "-sweep"), Queue: b.queue()},
		Steps: append(b.groundAt(Field{Name: "ref", Text: release.Value, Version: release.Version}), verb("Sweep the spool", "", "sweep",
			b.factsFile(), path("GITHUB_TOKEN", "github.token"))),
	}
	return Workflow{
		Path: "telemetry/.github/workflows/telemetry.yml",
		Name: b.platform.Title.Value + " telemetry",
		On:   On{Schedule: []string{sweepCron}, Dispatch: &WorkflowDispatch{}, RepositoryDispatch: []string{facts.SweepEvent}},
		Jobs: []Job{{
			ID:          "sweep",
			Name:        "Sweep",
			Comment:     "Puts signed records that wait in refs on the branch; the only job that may write with this repository's token.",
			Permissions: []Field{text("contents", "write")},
			Run:         run,
		}},
	}
}
