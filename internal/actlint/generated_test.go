package actlint

import "testing"

// checkout stands for the action that every generated workflow uses: its inputs are those of the real one.
const checkout = "../e2e/testdata/checkout"

// TestGenerated: the committed tree is clean, the platform's workflows and the stub that calls them.
func TestGenerated(t *testing.T) {
	const root = "../../generated/task-assistant/"
	Check(t, root+"platform", map[string]string{"acme/task-assistant": root + "platform", "actions/checkout": checkout})
	Check(t, root+"telemetry", map[string]string{"actions/checkout": checkout})
	for _, profile := range []string{"full", "standard"} {
		Check(t, root+"host/"+profile, map[string]string{"acme/task-assistant": root + "platform", "actions/checkout": checkout})
	}
}
