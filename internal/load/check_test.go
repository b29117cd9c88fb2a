package load

import "testing"

func TestCheck(t *testing.T) {
	tests := []struct{ field, value, want string }{
		{"Platform.mode", "development", ""},
		{"Platform.mode", "prod", `mode must be "marketplace" or "development"`},
		{"Platform.repository", "acme/x", ""},
		{"Platform.repository", "acme", `a repository is written "owner/name"`},
		{"Platform.telemetry.repository", "{owner}/records", ""},
		{"Platform.telemetry.repository", "records", `telemetry.repository must be "{owner}/name" or "owner/name"`},
		{"App.slug", "acme-tasks", ""},
		{"App.slug", "Acme", `slug must be the App's URL name, such as "acme-task-assistant"`},
		{"App.client_id", `Iv1"`, `client_id must be the client id of a GitHub App, such as "Iv23li…"`},
	}
	for _, tt := range tests {
		if got := Check(tt.field, tt.value); got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.field, tt.value, got, tt.want)
		}
	}
}
