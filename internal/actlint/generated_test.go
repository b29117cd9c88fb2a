package actlint

import (
	"regexp"
	"slices"
	"testing"
)

// checkout stands for the action that every generated workflow uses: its inputs are those of the real one.
const checkout = "../act/checkout"

// TestGenerated: the committed tree is clean, the platform's workflows and the stub that calls them.
func TestGenerated(t *testing.T) {
	const root = "../../generated/task-assistant/"
	Check(t, root+"platform", map[string]string{"acme/task-assistant": root + "platform", "actions/checkout": checkout})
	Check(t, root+"telemetry", map[string]string{"actions/checkout": checkout})
	for _, profile := range []string{"full", "standard"} {
		Check(t, root+"host/"+profile, map[string]string{"acme/task-assistant": root + "platform", "actions/checkout": checkout})
	}
}

// TestUnknownToActionlint: everything that actionlint is said not to know stands in the committed tree or in
// testdata, and it does not know it. What a newer actionlint knows is taken from the list.
func TestUnknownToActionlint(t *testing.T) {
	var found []Finding
	for _, root := range []string{"../../generated/task-assistant/platform", "testdata/platform"} {
		files, err := workflows(root)
		if err != nil {
			t.Fatal(err)
		}
		more, err := lint(root, files, nil)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, more...)
	}
	for _, pattern := range unknownToActionlint() {
		known := regexp.MustCompile(pattern)
		if !slices.ContainsFunc(found, func(f Finding) bool { return known.MatchString(f.Message) }) {
			t.Errorf("%s: actionlint says nothing of the kind any more", pattern)
		}
	}
}
