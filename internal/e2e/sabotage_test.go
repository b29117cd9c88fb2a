package e2e_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// tampered lets the platform be released with changes by hand that no compiler looked at.
func tampered(by []edit) func(*world) {
	return func(w *world) { w.tampered = append(w.tampered, by...) }
}

// TestSabotage: the scenarios notice when a generated file does not keep its promise. Each sabotage is a change by hand,
// released as it is, and one scenario has to fail because of it.
func TestSabotage(t *testing.T) {
	t.Parallel()
	const dispatcher, validate, search, forge = ".github/workflows/dispatcher.yml", ".github/workflows/engine-validate.yml", ".github/workflows/engine-search.yml", ".github/workflows/engine-forge-2m.yml"
	const always = "    if: ${{ always() }}\n    runs-on: ubuntu-24.04\n    timeout-minutes: 30\n    permissions: {}\n    outputs:\n      ok:"
	for _, c := range []struct {
		name     string
		by       []edit
		scenario func(testing.TB, ...edit)
		notices  string // a part of what the scenario says
	}{
		{
			"the telemetry key in the engine's job",
			[]edit{{search, "      ENGINE_JOB: engine\n", "      ENGINE_JOB: engine\n      TELEMETRY_APP_KEY: ${{ secrets.TASK_ASSISTANT_TELEMETRY_KEY }}\n"}},
			engineFindsNoKey, "a line of TASK_ASSISTANT_TELEMETRY_KEY",
		},
		{
			"the handover key in reach of every step",
			[]edit{{search, "      ENGINE_JOB: engine\n", "      ENGINE_JOB: engine\n      HANDOVER_KEY: ${{ secrets.TASK_ASSISTANT_HANDOVER_KEY }}\n"}},
			engineFindsNoKey, "a line of TASK_ASSISTANT_HANDOVER_KEY",
		},
		{"emit without always()", []edit{{validate, always, strings.Replace(always, "    if: ${{ always() }}\n", "", 1)}}, engineExits1, "jobs:"},
		{
			"a negated gate", []edit{{dispatcher, "needs.preflight.outputs.ok == 'true' &&\n      (needs.plan.outputs.route == 'config-push'", "needs.preflight.outputs.ok != 'true' &&\n      (needs.plan.outputs.route == 'config-push'"}},
			allWell, "jobs:",
		},
		{
			"no gate, and a preflight that says yes", []edit{
				{dispatcher, "needs.preflight.result == 'success' &&\n      needs.preflight.outputs.ok == 'true' &&\n      (needs.plan.outputs.route == 'config-push'", "(needs.plan.outputs.route == 'config-push'"},
			},
			targetNotInstalled, "jobs:",
		},
		{"the unseal step behind the engine's", []edit{{validate, unsealStep, ""}, {validate, collectStep, unsealStep + collectStep}}, allWell, "jobs:"},
		{"details in the environment of emit", []edit{{forge, "        continue-on-error: true\n", ""}}, forgedDetails, "reasons:"},
		{"a verdict that does not always run", []edit{{dispatcher, "    if: ${{ always() }}\n    runs-on", "    runs-on"}}, engineExits1, "jobs:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			said := failure(t, func(t testing.TB) { c.scenario(t, c.by...) })
			if !strings.Contains(said, c.notices) {
				t.Errorf("the scenario does not say %q, it says:\n%s", c.notices, said)
			}
		})
	}
}

const unsealStep = `      - name: Unseal the engine's tokens
        id: unseal
        env:
          SEALED: ${{ needs.authorize.outputs.sealed }}
          HANDOVER_KEY: ${{ secrets.TASK_ASSISTANT_HANDOVER_KEY }}
        shell: bash
        run: |
          set -euo pipefail
          "$RUNNER_TEMP/task-assistant-runner" unseal
`

const collectStep = "      - name: Collect the result\n"

// failure runs a scenario that has to fail and returns what it says.
func failure(t *testing.T, scenario func(testing.TB)) string {
	t.Helper()
	f := &failing{TB: t}
	done := make(chan struct{})
	go func() { // a fatal failure ends the goroutine
		defer close(done)
		scenario(f)
	}()
	<-done
	if len(f.said) == 0 {
		t.Error("the scenario did not notice")
	}
	return strings.Join(f.said, "\n")
}

// failing is a test that keeps its failures to itself.
type failing struct {
	testing.TB
	said []string
}

func (f *failing) Error(args ...any) { f.said = append(f.said, fmt.Sprint(args...)) }
func (f *failing) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}
func (f *failing) Fatal(args ...any)                 { f.Error(args...); runtime.Goexit() }
func (f *failing) Fatalf(format string, args ...any) { f.Errorf(format, args...); runtime.Goexit() }
