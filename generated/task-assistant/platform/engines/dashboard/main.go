// Command dashboard is the engine that projects the telemetry of one repository: runs, records, engines, days.
// It reads the telemetry repository and writes nothing but its own result. If one record is invalid there is no
// projection: figures of some of the records would look like figures of all.
package main

import (
	"context"
	"fmt"

	"github.com/task-assistant/tasc/engines/internal/engine"
	"github.com/task-assistant/tasc/engines/internal/result"
	"github.com/task-assistant/tasc/engines/internal/telemetry"
)

func main() { engine.Main("dashboard", dashboard) }

func dashboard(ctx context.Context, env engine.Env) (result.Details, error) {
	var d result.Details
	store, err := env.Telemetry()
	if err != nil {
		return d, err
	}
	records, err := telemetry.NewCollector(env.Getenv("TARGET_REPO"))
	if err != nil {
		return d, err
	}
	if err := store.Walk(ctx, telemetry.Root, telemetry.MaxRecord, records.Add); err != nil {
		return d, err
	}
	p := records.Projection()
	d.Projection = p
	if p.Records == 0 {
		d.Summary = "there is no telemetry of this repository yet"
		d.Check("telemetry", result.Pass, "%s", d.Summary)
		return d, nil
	}
	d.Summary = fmt.Sprintf("records: %d, runs: %d, from %s to %s, %.1f %% ok", p.Records, p.Runs, p.FirstDay, p.LastDay, 100*p.OKRate)
	d.Check("telemetry", result.Pass, "all records are valid: %d, of them from before engine_ref was recorded: %d", p.Records, p.Legacy)
	return d, nil
}
