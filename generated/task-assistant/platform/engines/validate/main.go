// Command validate is the engine that checks a repository's .github/task-assistant.yml.
// It writes nothing to the repository, and fails if the file is missing or wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/task-assistant/tasc/engines/internal/config"
	"github.com/task-assistant/tasc/engines/internal/report"
	"github.com/task-assistant/tasc/engines/internal/result"
	"github.com/task-assistant/tasc/engines/internal/target"
)

func main() {
	if err := run(context.Background(), os.Getenv, os.Stdout); err != nil {
		report.Error(os.Stderr, "validate: "+err.Error())
		os.Exit(1)
	}
}

var errFailed = errors.New("the configuration is not valid; see the checks above")

func run(ctx context.Context, getenv func(string) string, log io.Writer) error {
	repo, err := target.FromEnv(getenv)
	if err != nil {
		return err
	}
	data, err := repo.ReadFile(ctx, config.File)
	if err != nil && !errors.Is(err, target.ErrNotFound) {
		return err
	}
	details := judge(data, err == nil)
	for _, c := range details.Checks {
		report.Check(log, c)
	}
	if err := result.Write(getenv("RESULT_FILE"), details); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	if details.Failed() {
		return errFailed
	}
	return nil
}

// maxChecks bounds what one file can put into a record: records are capped, and the first problems are the useful ones.
const maxChecks = 100

// judge turns the file into the engine's details.
func judge(data []byte, found bool) result.Details {
	d := result.Details{Tool: "validate"}
	if !found {
		d.Summary = config.File + " is missing"
		d.Checks = []result.Check{{ID: "file", Outcome: result.Fail, Details: config.File + " is not on the default branch; add it to have this repository managed"}}
		return d
	}
	problems := config.Check(data)
	for i, p := range problems {
		if i == maxChecks {
			d.Checks = append(d.Checks, result.Check{ID: "more", Outcome: result.Fail, Details: fmt.Sprintf("%d more problems", len(problems)-maxChecks)})
			break
		}
		d.Checks = append(d.Checks, result.Check{ID: "config", Outcome: result.Fail, Details: p.String()})
	}
	if len(problems) == 0 {
		d.Summary = config.File + " is valid"
		d.Checks = []result.Check{{ID: "config", Outcome: result.Pass, Details: config.File + " is valid"}}
		return d
	}
	d.Summary = fmt.Sprintf("%s has %d problems", config.File, len(problems))
	if len(problems) == 1 {
		d.Summary = config.File + " has 1 problem"
	}
	return d
}
