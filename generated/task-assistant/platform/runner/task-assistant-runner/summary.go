package main

import (
	"fmt"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/record"
)

// summary returns the job summary in Markdown. All text in it that is not the runner's own is escaped.
func (c *trial) summary(title string, failed failures) string {
	var b strings.Builder
	state := "passed"
	if len(failed) > 0 {
		state = "failed"
	}
	fmt.Fprintf(&b, "### %s: %s\n\n", actions.Markdown(title), state)
	fmt.Fprintf(&b, "Route %s, correlation id %s, engine_ref %s\n\n",
		shown(c.plan.Outputs["route"]), shown(c.in.correlationID), shown(short(c.in.engineRef)))
	b.WriteString("| engine | result | ok | record |\n| --- | --- | --- | --- |\n")
	for _, r := range c.rows {
		if r.expected || r.need.Result != "skipped" && r.need.Result != "" || r.stored != "" || r.spooled {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", shown(r.engine), shown(r.need.Result), shown(r.need.Outputs["ok"]), c.link(r))
		}
	}
	b.WriteString("\n")
	for _, text := range failed {
		fmt.Fprintf(&b, "- %s\n", actions.Markdown(text))
	}
	return b.String()
}

// link returns a link to the stored record. Its path was checked before the records were read.
func (c *trial) link(r row) string {
	switch {
	case r.stored == "" && r.spooled:
		return "in the spool"
	case r.stored == "":
		return "none"
	}
	return fmt.Sprintf("[%s](%s/%s/blob/HEAD/%s/%s)", shown(short(r.stored)), c.server, c.telemetry, c.in.dir(), record.FileName(r.engine))
}

func short(sha string) string {
	if len(sha) > 7 {
		return sha[:7]
	}
	return sha
}

// shown returns s escaped, and a word where there is nothing.
func shown(s string) string {
	if s == "" {
		return "none"
	}
	return actions.Markdown(s)
}
