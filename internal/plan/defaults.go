package plan

import "strconv"

// Default is what a field of the spec stands for where it is absent.
type Default struct {
	// Field is a definition of the schema and a path in it: Engine.timeout_minutes.
	Field string
	Value string
}

// Defaults lists what Build fills in. The schema has no defaults of its own.
func Defaults() []Default {
	return []Default{
		{"Platform.allow_unproven", "false"},
		{"Platform.telemetry.log_fallback", defaultLogFallback},
		{"Stage.when", defaultWhen},
		{"Template.icon", defaultIcon},
		{"Template.categories", defaultCategory},
		{"Target.deliver", defaultDeliver},
		{"Engine.reads_telemetry", "false"},
		{"Engine.timeout_minutes", strconv.Itoa(defaultTimeout)},
	}
}
