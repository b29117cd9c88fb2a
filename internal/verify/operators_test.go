package verify_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

var operators = []operator{
	{"drop the gates of an engine", "verify-gate", func(p place) bool { return p.isDispatcherEngine() && p.in("jobs.*.if") && p.drop() }},
	{"weaken a gate", "verify-gate", func(p place) bool {
		return p.isDispatcherEngine() && p.in("jobs.*.if") && replace(p, "needs.preflight.outputs.ok == 'true' &&", "")
	}},
	{"negate a gate", "verify-gate", func(p place) bool {
		return p.isDispatcherEngine() && p.in("jobs.*.if") && replace(p, "ok == 'true'", "ok != 'true'")
	}},
	{"turn a gate's and into or", "verify-gate", func(p place) bool { return p.isDispatcherEngine() && p.in("jobs.*.if") && replace(p, "&&", "||") }},
	{"open a route", "verify-gate", func(p place) bool {
		return p.isDispatcherEngine() && p.in("jobs.*.if") && replace(p, "needs.plan.outputs.route == 'push'", "needs.plan.outputs.route != ''")
	}},
	{"drop what a stage waits for", "verify-gate", func(p place) bool {
		return p.in("jobs.engine-report.if") && replace(p, "needs.engine-lint.result == 'success' &&", "")
	}},
	{"drop an edge", "verify-gate", func(p place) bool {
		return p.isDispatcherEngine() && p.in("jobs.*.needs") && len(p.node().Content) > 0 && cut(p.node())
	}},
	{"verdict waits for less", "verify-gate", func(p place) bool { return p.in("jobs.verdict.needs") && cut(p.node()) }},
	{"verdict only on success", "verify-gate", func(p place) bool { return p.in("jobs.verdict.if") && p.drop() }},
	{"preflight whatever plan did", "verify-gate", func(p place) bool { return p.in("jobs.preflight.if") && p.drop() }},
	{"preflight without plan", "verify-gate", func(p place) bool { return p.in("jobs.preflight.needs") && p.drop() }},
	{"emit only on success", "verify-emit", func(p place) bool { return p.in("jobs.emit.if") && p.drop() }},
	{"emit not when cancelled", "verify-emit", func(p place) bool { return p.in("jobs.emit.if") && replace(p, "always()", "!cancelled()") }},
	{"emit does not wait", "verify-emit", func(p place) bool { return p.in("jobs.emit.needs") && p.drop() }},
	{"the engine starts in a cancelled run", "verify-gate", func(p place) bool { return p.in("jobs.engine.if") && replace(p, "!cancelled()", "always()") }},
	{"authorize starts in a cancelled run", "verify-gate", func(p place) bool { return p.in("jobs.authorize.if") && p.drop() }},
	{"drop the check of the commit", "verify-engine-ref", func(p place) bool {
		return p.in("jobs.*.steps") && !p.isTelemetry() && !strings.Contains(p.file, "/tasc-") && cutFirst(p.node())
	}},
	{"sweep what was not checked out", "verify-telemetry", func(p place) bool { return p.isTelemetry() && p.in("jobs.*.steps") && cutFirst(p.node()) }},
	{"sweep another release", "verify-checkout", func(p place) bool {
		return p.isTelemetry() && p.in("jobs.*.steps.*.with.ref") && replace(p, p.node().Value, strings.Repeat("a1", 20))
	}},
	{"lie about the release", "verify-ref", func(p place) bool {
		if !p.isTelemetry() || !p.in("jobs.*.steps.*.with.ref") || p.node().LineComment == "" {
			return false
		}
		p.node().LineComment = "# v99.0.0"
		return true
	}},
	{"sweeps side by side", "verify-telemetry", func(p place) bool { return p.isTelemetry() && p.in("jobs.*.concurrency") && p.drop() }},
	{"one group with other sweeps", "verify-telemetry", func(p place) bool {
		return p.isTelemetry() && p.in("jobs.*.concurrency.group") && replace(p, "demo-", "")
	}},
	{"cancel a sweep", "verify-telemetry", func(p place) bool {
		return p.isTelemetry() && p.in("jobs.*.concurrency.cancel-in-progress") && replace(p, "false", "true")
	}},
	{"sweep for another event", "verify-event", func(p place) bool { return p.isTelemetry() && p.in("on") && appendTo(p.node(), "push", object()) }},
	{"sweep without the clock", "verify-event", func(p place) bool { return p.isTelemetry() && p.in("on.schedule") && p.drop() }},
	{"sweep for anybody's dispatch", "verify-event", func(p place) bool { return p.isTelemetry() && p.in("on.repository_dispatch.types") && p.drop() }},
	{"sweep on a condition", "verify-telemetry", func(p place) bool {
		return p.isTelemetry() && p.in("jobs.*.name") && p.insert("if", str("${{ github.event_name == 'schedule' }}"))
	}},
	{"a job beside the sweep", "verify-telemetry", func(p place) bool {
		return p.isTelemetry() && p.in("jobs") && appendTo(p.node(), "extra", object("runs-on", "ubuntu-24.04"))
	}},
	{"the repository's token for another step", "verify-secret", func(p place) bool {
		return p.in("jobs.*.steps.*.env.CGO_ENABLED") && p.insert("GITHUB_TOKEN", str("${{ github.token }}"))
	}},
	{"the repository's token for the checkout", "verify-secret", func(p place) bool {
		return p.in("jobs.*.steps.*.with.ref") && p.parentHasNo("token") && p.insert("token", str("${{ github.token }}"))
	}},
	{"all of the context", "verify-secret", func(p place) bool {
		return p.in("jobs.*.steps.*.env.RUNNING_COMMIT") && p.insert("ALL", str("${{ toJSON(github) }}"))
	}},
	{"compare with nothing", "verify-engine-ref", func(p place) bool {
		return p.key() == "RUNNING_COMMIT" && (replace(p, "fromJSON(toJSON(job)).workflow_sha", "inputs.engine_ref") || replace(p, "inputs.engine_ref", "github.sha"))
	}},
	{"check out a branch", "verify-checkout", func(p place) bool { return p.in("jobs.*.steps.*.with.ref") && replace(p, p.node().Value, "main") }},
	{"keep credentials", "verify-checkout", func(p place) bool { return p.key() == "persist-credentials" && p.drop() }},
	{"check out another repository", "verify-checkout", func(p place) bool {
		return p.in("jobs.*.steps.*.with.repository") && replace(p, "acme/demo", "evil/demo")
	}},
	{"unpin an action", "verify-ref", func(p place) bool { return p.in("jobs.*.steps.*.uses") && tag(p) }},
	{"shorten a commit", "verify-ref", func(p place) bool {
		return p.key() == "uses" && regexp.MustCompile(`@[0-9a-f]{40}$`).MatchString(p.node().Value) && replace(p, p.node().Value, p.node().Value[:len(p.node().Value)-1])
	}},
	{"call another workflow", "verify-ref", func(p place) bool {
		return p.in("jobs.*.uses") && replace(p, p.node().Value, "evil/x/.github/workflows/dispatcher.yml@1111111111111111111111111111111111111111")
	}},
	{"lie about the version", "verify-ref", func(p place) bool {
		n := p.node()
		if p.key() != "uses" || n.LineComment == "" {
			return false
		}
		n.LineComment = "# v99.0.0"
		return true
	}},
	{"grant a permission", "verify-permission", func(p place) bool {
		if p.key() != "permissions" {
			return false
		}
		*p.node() = *object("contents", "write", "issues", "write")
		return true
	}},
	{"drop permissions", "verify-permission", func(p place) bool { return p.key() == "permissions" && p.drop() }},
	{"inherit secrets", "verify-secret", func(p place) bool {
		if !p.in("jobs.*.secrets") {
			return false
		}
		*p.node() = *str("inherit")
		return true
	}},
	{"swap secrets", "verify-secret", func(p place) bool {
		return p.in("jobs.*.steps.*.env.TELEMETRY_APP_KEY") && replace(p, "TELEMETRY_KEY", "ENGINE_KEY")
	}},
	{"a key for every job's environment", "verify-secret", func(p place) bool {
		return p.in("jobs.*.runs-on") && p.parentHasNo("env") && p.insert("env", object("KEY", "${{ secrets.TELEMETRY_KEY }}"))
	}},
	{"a key in a job's environment", "verify-secret", func(p place) bool {
		return p.in("jobs.*.env") && appendTo(p.node(), "KEY", str("${{ secrets.TELEMETRY_KEY }}"))
	}},
	{"a key for the engine's steps", "verify-secret", func(p place) bool {
		return strings.HasPrefix(p.path, "jobs.engine.") && p.in("jobs.engine.steps.*.env.RESULT_FILE") && p.insert("KEY", str("${{ secrets.TELEMETRY_KEY }}"))
	}},
	{"all secrets as text", "verify-secret", func(p place) bool {
		return p.in("jobs.*.steps.*.env.RESULT_FILE") && p.insert("ALL", str("${{ toJSON(secrets) }}"))
	}},
	{"a secret by index", "verify-secret", func(p place) bool {
		return p.in("jobs.*.steps.*.env.RESULT_FILE") && p.insert("KEY", str("${{ secrets['TELEMETRY_KEY'] }}"))
	}},
	{"engine text beside the key", "verify-emit", func(p place) bool {
		return strings.Contains(p.file, "/engine-") && p.in("jobs.emit.steps.*.env.TELEMETRY_APP_KEY") && p.insert("DETAILS", str("${{ needs.engine.outputs.details }}"))
	}},
	{"an expression in a script", "verify-script", func(p place) bool {
		return p.in("jobs.*.steps.*.run") && replace(p, "set -euo pipefail\n", "set -euo pipefail\necho ${{ github.head_ref }}\n")
	}},
	{"another shell", "verify-script", func(p place) bool { return p.in("jobs.*.steps.*.shell") && replace(p, "bash", "sh") }},
	{"a shell that no spec has", "verify-script", func(p place) bool {
		return p.in("jobs.engine.steps.*.shell") && (replace(p, "python", "perl {0}") || replace(p, "pwsh", "powershell"))
	}},
	{"the runner's verb in another shell", "verify-script", func(p place) bool {
		return !p.in("jobs.engine.steps.*.shell") && p.in("jobs.*.steps.*.shell") && replace(p, "bash", "python")
	}},
	{"bash in place of python", "verify-script", func(p place) bool { return p.in("jobs.engine.steps.*.shell") && replace(p, "python", "bash") }},
	{"an engine's script in python", "verify-closed", func(p place) bool { return p.in("jobs.engine.steps.*.shell") && replace(p, "bash", "python") }},
	{"another file", "verify-closed", func(p place) bool {
		return p.in("jobs.engine.steps.*.run") && replace(p, "engines/lib/", "engines/")
	}},
	{"a word behind a file", "verify-closed", func(p place) bool {
		return p.in("jobs.engine.steps.*.run") && replace(p, "engines/lib/report.sh", "engines/lib/report.sh --force")
	}},
	{"a leg that fails ends the others", "verify-matrix", func(p place) bool {
		return p.in("jobs.engine.strategy.fail-fast") && replace(p, "false", "true")
	}},
	{"no word about legs that fail", "verify-matrix", func(p place) bool { return p.in("jobs.engine.strategy.fail-fast") && p.drop() }},
	{"a leg less", "verify-matrix", func(p place) bool { return p.in("jobs.engine.strategy.matrix.include") && cut(p.node()) }},
	{"a leg more", "verify-matrix", func(p place) bool {
		if !p.in("jobs.engine.strategy.matrix.include") {
			return false
		}
		p.node().Content = append(p.node().Content, object("leg", "9"))
		return true
	}},
	{"a variable of a matrix besides", "verify-closed", func(p place) bool {
		return p.in("jobs.engine.strategy.matrix") && appendTo(p.node(), "extra", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{str("x")}})
	}},
	{"another number of a leg", "verify-matrix", func(p place) bool {
		return p.in("jobs.engine.strategy.matrix.include.*.leg") && replace(p, p.node().Value, "7")
	}},
	{"another value of a leg", "verify-matrix", func(p place) bool {
		return p.in("jobs.engine.strategy.matrix.include.*.go_version") && replace(p, "1.2", "2.2")
	}},
	{"a number for a text", "verify-matrix", func(p place) bool {
		if !p.in("jobs.engine.strategy.matrix.include.*.go_version") {
			return false
		}
		p.node().Tag, p.node().Style = "!!float", 0
		return true
	}},
	{"a matrix for emit", "verify-closed", func(p place) bool {
		return p.in("jobs.emit.runs-on") && p.insert("strategy", object("max-parallel", "1"))
	}},
	{"a matrix for an engine that has none", "verify-matrix", func(p place) bool {
		return p.in("jobs.engine.runs-on") && p.parentHasNo("strategy") && p.insert("strategy", object("fail-fast", "false"))
	}},
	{"the leg of another job", "verify-matrix", func(p place) bool {
		return p.in("jobs.emit.steps.*.env.TARGET_REPO") && replace(p, "inputs.target_repo", "matrix.leg")
	}},
	{"outputs that every leg sets", "verify-matrix", func(p place) bool {
		return p.in("jobs.engine.outputs.details_0") && replace(p, "matrix.leg == '0' && ", "")
	}},
	{"outputs of another leg", "verify-matrix", func(p place) bool {
		return p.in("jobs.engine.outputs.*") && replace(p, "matrix.leg == '1'", "matrix.leg == '2'")
	}},
	{"another leg's details for emit", "verify-matrix", func(p place) bool {
		return p.in("jobs.emit.steps.*.env.DETAILS_1") && replace(p, "details_1", "details_0")
	}},
	{"a leg that emit does not receive", "verify-matrix", func(p place) bool {
		return p.in("jobs.emit.steps.*.run") && replace(p, `"$HANDOVER_DIR/details_1"`, `"$HANDOVER_DIR/details_0"`)
	}},
	{"another variable of the leg", "verify-matrix", func(p place) bool {
		return p.in("jobs.engine.env.GO_VERSION") && replace(p, "matrix.go_version", "matrix.fast")
	}},
	{"legs that wait for each other", "verify-matrix", func(p place) bool {
		return p.in("jobs.engine.concurrency.group") && replace(p, ", matrix.leg", ", inputs.target_repo")
	}},
	{"a status that a leg makes up", "verify-closed", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.JOB_STATUS") && replace(p, p.node().Value, "success")
	}},
	{"a result of a later step", "verify-result", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.NODE") && replace(p, "steps.node.", "steps.lint.")
	}},
	{"a result of no step", "verify-result", func(p place) bool {
		return p.in("jobs.engine.steps.*.with.node-version") && replace(p, "steps.lint.", "steps.other.")
	}},
	{"the token as a result", "verify-result", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.NODE") && replace(p, "steps.node.outputs.node-version", "steps.unseal.outputs.token")
	}},
	{"more than the outputs of a step", "verify-result", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.NODE") && replace(p, "steps.node.outputs.node-version", "toJSON(steps)")
	}},
	{"an id that nobody has", "verify-result", func(p place) bool { return p.in("jobs.engine.steps.*.id") && replace(p, "node", "knot") }},
	{"an id twice in other letters", "verify-limit", func(p place) bool { return p.in("jobs.engine.steps.*.id") && replace(p, "lint", "Collect") }},
	{"text of the event for a step", "verify-result", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.LEVEL") && replace(p, p.node().Value, "${{ github.event.issue.title }}")
	}},
	{"text of the event for an action", "verify-result", func(p place) bool {
		return p.in("jobs.engine.steps.*.with.check-latest") && p.insert("token", str("${{ github.token }}"))
	}},
	{"another result of the same step", "verify-closed", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.NODE") && replace(p, "node-version", "other")
	}},
	{"the result elsewhere", "verify-result", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.RESULT_FILE") && replace(p, "result.json", "other.json")
	}},
	{"a job for longer than GitHub lets it run", "verify-limit", func(p place) bool { return p.in("jobs.*.timeout-minutes") && replace(p, p.node().Value, "361") }},
	{"a job that ends at once", "verify-limit", func(p place) bool { return p.in("jobs.*.timeout-minutes") && replace(p, p.node().Value, "0") }},
	{"a job id that is too long", "verify-limit", func(p place) bool { return p.in("jobs.*") && p.rename(strings.Repeat("a", 100)) }},
	{"a job id that GitHub keeps for itself", "verify-limit", func(p place) bool { return p.in("jobs.*") && p.rename("__"+p.key()) }},
	{"two job ids that differ in case", "verify-limit", func(p place) bool {
		return p.in("jobs") && len(p.node().Content) > 0 && appendTo(p.node(), strings.ToUpper(p.node().Content[0].Value), object("runs-on", "ubuntu-24.04"))
	}},
	{"a step id with a dot", "verify-limit", func(p place) bool { return p.in("jobs.*.steps.*.id") && replace(p, p.node().Value, "a.b") }},
	{"more inputs than GitHub takes", "verify-limit", func(p place) bool {
		for i := range 25 {
			if !p.in("on.workflow_dispatch.inputs") || !appendTo(p.node(), fmt.Sprintf("i%d", i), object("type", "string")) {
				return false
			}
		}
		return true
	}},
	{"a file that GitHub does not start", "verify-limit", func(p place) bool { return p.in("name") && replace(p, p.node().Value, strings.Repeat("a", 512_000)) }},
	{"a start that nobody notes", "verify-timeout", func(p place) bool {
		return p.in("jobs.engine.steps.*.run") && replace(p, "touch", "true")
	}},
	{"a start that is noted elsewhere", "verify-timeout", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.STEP_STARTED") && replace(p, "step-started", "started")
	}},
	{"another time that a step may take", "verify-timeout", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.STEP_TIMEOUT_MINUTES") && replace(p, p.node().Value, "1")
	}},
	{"no timeout", "verify-timeout", func(p place) bool { return p.in("jobs.*.timeout-minutes") && p.drop() }},
	{"a trigger", "verify-event", func(p place) bool {
		return p.in("on") && strings.HasPrefix(p.file, "platform/") && appendTo(p.node(), "release", object())
	}},
	{"another time than the routes'", "verify-event", func(p place) bool { return p.key() == "cron" && replace(p, "3 *", "4 *") }},
	{"another time", "verify-closed", func(p place) bool {
		return p.key() == "cron" && (replace(p, "3 *", "4 *") || replace(p, "17 *", "18 *"))
	}},
	{"another action of an issue", "verify-closed", func(p place) bool {
		if !p.in("on.issues.types") {
			return false
		}
		p.node().Content = append(p.node().Content, str("opened"))
		return true
	}},
	{"an input", "verify-closed", func(p place) bool { return p.in("on.workflow_call") && appendTo(p.node(), "inputs2", object("a", "b")) }},
	{"a job", "verify-closed", func(p place) bool {
		return p.in("jobs") && appendTo(p.node(), "extra", object("runs-on", "ubuntu-24.04"))
	}},
	{"a job in the dispatcher", "verify-gate", func(p place) bool {
		return p.in("jobs") && strings.HasSuffix(p.file, "dispatcher.yml") && appendTo(p.node(), "extra", object("runs-on", "ubuntu-24.04"))
	}},
	{"a step", "verify-closed", func(p place) bool {
		if !p.in("jobs.*.steps") {
			return false
		}
		p.node().Content = append(p.node().Content, object("name", "extra", "run", "true"))
		return true
	}},
	{"a cache", "verify-closed", func(p place) bool { return p.in("jobs.*.steps.*.with") && appendTo(p.node(), "cache", str("npm")) }},
	{"an output", "verify-closed", func(p place) bool { return p.in("jobs.*.outputs") && appendTo(p.node(), "extra", str("x")) }},
	{"another runner", "verify-closed", func(p place) bool { return p.in("jobs.*.runs-on") && replace(p, "ubuntu", "self-hosted-ubuntu") }},
	{"tolerate a failure", "verify-closed", func(p place) bool {
		return p.in("jobs.*.steps.*.run") && p.parentHasNo("continue-on-error") && p.insert("continue-on-error", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
	}},
	{"receive stops the job", "verify-closed", func(p place) bool { return p.in("jobs.emit.steps.*.continue-on-error") && p.drop() }},
	{"collect only on success", "verify-closed", func(p place) bool { return p.in("jobs.engine.steps.*.if") && p.drop() }},
	{"swap two steps", "verify-closed", func(p place) bool {
		c := p.node().Content
		if !p.in("jobs.*.steps") || len(c) < 2 {
			return false
		}
		c[len(c)-1], c[len(c)-2] = c[len(c)-2], c[len(c)-1]
		return true
	}},
	{"a homoglyph in a key", "verify-yaml", func(p place) bool {
		if !p.in("jobs.*.if") {
			return false
		}
		p.parent.Content[p.index].Value = "іf" // a Cyrillic letter
		return true
	}},
	{"a key twice", "verify-yaml", func(p place) bool {
		return p.in("jobs.*.name") && appendTo(p.parent, "name", str("again"))
	}},
	{"an anchor", "verify-yaml", func(p place) bool {
		if p.in("jobs.*.env") || p.in("jobs.*.steps.*.env") {
			p.node().Anchor = "a"
			return true
		}
		return false
	}},
	{"fork gate gone", "verify-gate", func(p place) bool {
		return p.in("jobs.dispatch.if") && replace(p, "!github.event.repository.fork &&", "")
	}},
	{"pushes to any branch", "verify-gate", func(p place) bool {
		return p.in("jobs.dispatch.if") && replace(p, "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)", "github.ref != ''")
	}},
	{"pushes to the default branch for another profile", "verify-gate", func(p place) bool {
		return p.in("jobs.dispatch.if") && replace(p, "github.ref != format('refs/heads/{0}', github.event.repository.default_branch)", "github.ref != ''")
	}},
	{"a shorter beginning of a branch", "verify-gate", func(p place) bool {
		return p.in("jobs.dispatch.if") && replace(p, "'refs/heads/release/'", "'refs/heads/'")
	}},
	{"another branch by name", "verify-gate", func(p place) bool {
		return p.in("jobs.dispatch.if") && replace(p, "'refs/heads/stable'", "'refs/heads/other'")
	}},
	{"a wider filter", "verify-event", func(p place) bool {
		if !p.in("on.push.branches") || p.node().Content[0].Value == "**" {
			return false
		}
		p.node().Content[0].Value = "**"
		return true
	}},
	{"a check that may write", "verify-permission", func(p place) bool { return p.in("jobs.check.permissions.contents") && replace(p, "read", "write") }},
	{"another permission of the check", "verify-permission", func(p place) bool {
		return p.in("jobs.check.permissions.contents") && p.insert("issues", str("write"))
	}},
	{"a secret for the check", "verify-secret", func(p place) bool {
		return p.in("jobs.check.steps.*.env.SPECS") && p.insert("KEY", str("${{ secrets.ENGINE_KEY }}"))
	}},
	{"the token for the check", "verify-secret", func(p place) bool {
		return p.in("jobs.check.steps.*.env.SPECS") && p.insert("GH_TOKEN", str("${{ github.token }}"))
	}},
	{"the token for an engine", "verify-secret", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.RESULT_FILE") && p.insert("GITHUB", str("${{ github.token }}"))
	}},
	{"a check of what forks say with the target's rights", "verify-event", func(p place) bool {
		if !p.in("on.pull_request") {
			return false
		}
		p.parent.Content[p.index].Value = "pull_request_target"
		return true
	}},
	{"the check calls another program", "verify-script", func(p place) bool {
		return p.in("jobs.check.steps.*.run") && replace(p, "tasc\" check", "tasc\" generate")
	}},
	{"what the check finds becomes variables of the job", "verify-script", func(p place) bool {
		return p.in("jobs.check.steps.*.run") && replace(p, "$GITHUB_STEP_SUMMARY", "$GITHUB_ENV")
	}},
	{"the check out of another commit", "verify-checkout", func(p place) bool {
		return p.in("jobs.check.steps.*.with.ref") && replace(p, "github.sha", "github.head_ref")
	}},
	{"a tasc from elsewhere", "verify-runner", func(p place) bool {
		return strings.Contains(p.file, "/tasc-") && p.key() == "DOWNLOAD_FROM" && replace(p, "task-assistant/tasc", "evil/tasc")
	}},
	{"another permission of a release", "verify-permission", func(p place) bool {
		return p.in("jobs.release.permissions.contents") && p.insert("packages", str("write"))
	}},
	{"a release of no version", "verify-input", func(p place) bool {
		return p.in("on.workflow_dispatch.inputs.version.required") && replace(p, "true", "false")
	}},
	{"a version that nobody typed", "verify-input", func(p place) bool {
		return p.in("on.workflow_dispatch.inputs.version.required") && p.insert("default", str("v1.0.0"))
	}},
	{"a release that asks for more", "verify-input", func(p place) bool {
		return p.in("on.workflow_dispatch.inputs.version") && p.insert("specs", object("type", "string", "required", "true"))
	}},
	{"releases side by side", "verify-isolation", func(p place) bool { return p.in("jobs.release.concurrency") && p.drop() }},
	{"a release that is cancelled for the next", "verify-isolation", func(p place) bool {
		return p.in("jobs.release.concurrency.cancel-in-progress") && replace(p, "false", "true")
	}},
	{"a check that waits", "verify-isolation", func(p place) bool {
		return p.in("jobs.check.runs-on") && strings.Contains(p.file, "/tasc-") && p.insert("concurrency", object("group", "x", "cancel-in-progress", "false"))
	}},
	{"a release on a condition", "verify-gate", func(p place) bool {
		return p.in("jobs.release.name") && p.insert("if", str("${{ github.ref != '' }}"))
	}},
	{"a release of any branch", "verify-script", func(p place) bool {
		return p.in("jobs.release.steps.0.run") && replace(p, "$REF != \"refs/heads/$BRANCH\"", "-z $REF")
	}},
	{"a release of a branch that may be another", "verify-script", func(p place) bool {
		return p.in("jobs.release.steps.0.run") && p.insert("continue-on-error", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
	}},
	{"a release of the branch that it is started from", "verify-input", func(p place) bool {
		return p.in("jobs.release.steps.*.env.BRANCH") && replace(p, "github.event.repository.default_branch", "github.ref_name")
	}},
	{"a release that is not compared with its branch", "verify-input", func(p place) bool {
		return p.in("jobs.release.steps.0.env.REF") && replace(p, p.node().Value, "refs/heads/main")
	}},
	{"a release of what moved since", "verify-checkout", func(p place) bool {
		return p.in("jobs.release.steps.*.with.ref") && replace(p, "github.sha", "github.ref")
	}},
	{"another version than was typed", "verify-input", func(p place) bool {
		return p.in("jobs.release.steps.*.env.VERSION") && replace(p, "inputs.version", "github.ref_name")
	}},
	{"a variable that git obeys", "verify-input", func(p place) bool {
		return p.in("jobs.release.steps.*.env.BRANCH") && p.insert("GIT_SSH_COMMAND", str("true"))
	}},
	{"the token for tasc", "verify-secret", func(p place) bool {
		return p.in("jobs.release.steps.*.env.SPECS") && p.insert("GITHUB_TOKEN", str("${{ github.token }}"))
	}},
	{"the token for the look at the branch", "verify-secret", func(p place) bool {
		return p.in("jobs.release.steps.*.env.REF") && p.insert("GITHUB_TOKEN", str("${{ github.token }}"))
	}},
	{"the token under another name", "verify-secret", func(p place) bool {
		return p.in("jobs.release.steps.*.env.GITHUB_TOKEN") && p.rename("GIT_TRACE")
	}},
	{"a secret in the token's place", "verify-secret", func(p place) bool {
		return p.in("jobs.release.steps.*.env.GITHUB_TOKEN") && replace(p, "github.token", "secrets.ENGINE_KEY")
	}},
	{"the token for a release's job", "verify-secret", func(p place) bool {
		return p.in("jobs.release.runs-on") && p.insert("env", object("GITHUB_TOKEN", "${{ github.token }}"))
	}},
	{"a version that may be a flag", "verify-script", func(p place) bool { return p.in("jobs.release.steps.*.run") && replace(p, " -- ", " ") }},
	{"a tag without its commit", "verify-script", func(p place) bool { return p.in("jobs.release.steps.*.run") && replace(p, "--atomic ", "") }},
	{"a push that moves what is there", "verify-script", func(p place) bool {
		return p.in("jobs.release.steps.*.run") && replace(p, "--atomic", "--atomic --force")
	}},
	{"the token on a command line", "verify-script", func(p place) bool {
		return p.in("jobs.release.steps.*.run") && replace(p, "git push", "git -c \"http.extraHeader=Authorization: Basic $basic\" push")
	}},
	{"the token for whatever git is sent to", "verify-script", func(p place) bool {
		return p.in("jobs.release.steps.*.run") && replace(p, "http.$GITHUB_SERVER_URL/.extraHeader", "http.extraHeader")
	}},
	{"own events start runs", "verify-gate", func(p place) bool { return p.in("jobs.dispatch.if") && replace(p, "acme-demo[bot]", "nobody") }},
	{"a secret in other letters", "verify-secret", func(p place) bool {
		return p.in("jobs.*.steps.*.env.RESULT_FILE") && p.insert("KEY", str("${{ Secrets.TELEMETRY_KEY }}"))
	}},
	{"engine text by index", "verify-emit", func(p place) bool {
		return p.in("jobs.emit.steps.*.env.TELEMETRY_APP_KEY") && p.insert("X", str("${{ needs['engine'].outputs.details }}"))
	}},
	{"engine text for all of emit", "verify-isolation", func(p place) bool {
		return p.in("jobs.emit.runs-on") && p.insert("env", object("BASH_ENV", "${{ needs.engine.outputs.details }}"))
	}},
	{"another engine_ref for a call", "verify-input", func(p place) bool {
		return strings.HasSuffix(p.file, "dispatcher.yml") && p.in("jobs.*.with.engine_ref") && replace(p, "needs.plan.outputs.engine_ref", "github.sha")
	}},
	{"another target", "verify-input", func(p place) bool {
		return p.in("jobs.*.with.target_repo") && replace(p, "needs.plan.outputs.target_repo", "inputs.target_repo")
	}},
	{"another input of the same run", "verify-input", func(p place) bool {
		return p.in("jobs.engine-lint.with.depth") && replace(p, "lint__depth", "lint__mode")
	}},
	{"a record that waits", "verify-isolation", func(p place) bool {
		return p.in("jobs.emit.runs-on") && p.insert("concurrency", object("group", "x"))
	}},
	{"cancel what runs", "verify-closed", func(p place) bool { return p.key() == "cancel-in-progress" && replace(p, "false", "true") }},
	{"one group for all", "verify-closed", func(p place) bool { return p.in("jobs.*.concurrency.group") && replace(p, "-{0}", "") }},
	{"an engine's secret under another name", "verify-secret", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.API_TOKEN") && replace(p, "secrets.API_TOKEN", "secrets.ENGINE_KEY")
	}},
	{"an engine's secret for emit", "verify-secret", func(p place) bool {
		return p.in("jobs.emit.steps.*.env.TELEMETRY_APP_KEY") && p.insert("API_TOKEN", str("${{ secrets.API_TOKEN }}"))
	}},
	{"a variable that was not asked for", "verify-secret", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.REGION") && replace(p, "vars.REGION", "vars.OTHER")
	}},
	{"an engine's secret for another engine", "verify-secret", func(p place) bool {
		return p.in("jobs.engine-report.secrets") && appendTo(p.node(), "API_TOKEN", str("${{ secrets.API_TOKEN }}"))
	}},
	{"a forged result", "verify-emit", func(p place) bool { return p.key() == "ENGINE_RESULT" && replace(p, p.node().Value, "success") }},
	{"a forged ok", "verify-emit", func(p place) bool {
		return p.in("on.workflow_call.outputs.ok.value") && replace(p, "jobs.emit.outputs.ok", "jobs.check.outputs.ok")
	}},
	{"another engine's name", "verify-emit", func(p place) bool {
		return p.in("jobs.emit.steps.*.env.ENGINE_NAME") && replace(p, p.node().Value, "other")
	}},
	{"a problem that nobody hears of", "verify-input", func(p place) bool {
		return p.in("jobs.check.steps.*.env.PROBLEM") && replace(p, "inputs.problem", "inputs.route")
	}},
	{"a key with a dot", "verify-yaml", func(p place) bool {
		if !p.in("jobs.*.steps") {
			return false
		}
		p.parent.Content[p.index].Value = "steps[0]"
		return true
	}},
	{"part of a value is an expression", "verify-expression", func(p place) bool {
		return p.in("jobs.*.runs-on") && replace(p, "ubuntu-24.04", "ubuntu-${{ inputs.route }}")
	}},
	{"build the runner with the network", "verify-runner", func(p place) bool { return p.key() == "GOPROXY" && replace(p, "off", "direct") }},
	{"build another program", "verify-runner", func(p place) bool {
		return p.in("jobs.*.steps.*.run") && replace(p, "go build -C runner", "go build -C engines")
	}},
	{"another runner than is locked", "verify-runner", func(p place) bool { return p.key() == "LINUX_AMD64" && replace(p, "ab", "00") }},
	{"a runner that is not locked", "verify-runner", func(p place) bool { return p.key() == "LINUX_ARM64" && p.drop() }},
	{"download from elsewhere", "verify-runner", func(p place) bool { return p.key() == "DOWNLOAD_FROM" && replace(p, "acme", "evil") }},
	{"download without encryption", "verify-runner", func(p place) bool {
		return p.in("jobs.*.steps.*.run") && replace(p, "--proto '=https'", "--proto '=http,https'")
	}},
	{"go on with another digest", "verify-runner", func(p place) bool {
		return p.in("jobs.*.steps.*.run") && replace(p, "$platform\"\n  exit 1\nfi\nchmod", "$platform\"\n  exit 0\nfi\nchmod")
	}},
	{"compare nothing", "verify-runner", func(p place) bool {
		return p.in("jobs.*.steps.*.run") && replace(p, "if ! sha256sum", "if false && ! sha256sum")
	}},
	{"a second program", "verify-runner", func(p place) bool {
		return p.in("jobs.*.steps.0.run") && replace(p, "set -euo pipefail\n", "set -euo pipefail\ncurl https://evil.example\n")
	}},
	{"a download that may fail", "verify-runner", func(p place) bool {
		return p.in("jobs.*.steps.*.env") && hasKey(p.node(), "DOWNLOAD_FROM") && p.insert("continue-on-error", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
	}},
	{"check out where nothing needs it", "verify-checkout", func(p place) bool {
		if !p.in("jobs.emit.steps") {
			return false
		}
		p.node().Content = slices.Insert(p.node().Content, 1, object("uses", "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"))
		return true
	}},
	{"check out without the token", "verify-checkout", func(p place) bool { return p.in("jobs.engine.steps.*.with.token") && p.drop() }},
	{"keep no files from the engine", "verify-checkout", func(p place) bool {
		return p.in("jobs.engine.steps.*.uses") && strings.HasPrefix(p.node().Value, "actions/checkout@") && replace(p, "actions/checkout@", "actions/setup-node@")
	}},
	{"the platform's token for the engine", "verify-token", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.RESULT_FILE") && p.insert("TOKEN", str("${{ steps.unseal.outputs.platform_token }}"))
	}},
	{"another token for the engine", "verify-token", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.GH_TOKEN") && replace(p, "outputs.token", "outputs.platform_token")
	}},
	{"the engine's token for an action", "verify-token", func(p place) bool {
		return p.in("jobs.engine.steps.*.with") && appendTo(p.node(), "github-token", str("${{ steps.unseal.outputs.token }}"))
	}},
	{"the tokens as text", "verify-token", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.RESULT_FILE") && p.insert("ALL", str("${{ toJSON(steps.unseal) }}"))
	}},
	{"the telemetry token for an engine that must not read it", "verify-token", func(p place) bool {
		return strings.HasSuffix(p.file, "engine-lint.yml") && p.in("jobs.engine.steps.*.env.RESULT_FILE") && p.insert("TELEMETRY_TOKEN", str("${{ steps.unseal.outputs.telemetry_token }}"))
	}},
	{"the telemetry token under another name", "verify-token", func(p place) bool {
		return p.in("jobs.engine.steps.*.env.TELEMETRY_TOKEN") && p.insert("GH_TOKEN", str("${{ steps.unseal.outputs.telemetry_token }}"))
	}},
	{"revoke no token", "verify-token", func(p place) bool {
		return p.firstRevoke(func(steps, _ *yaml.Node, at int) bool {
			steps.Content = slices.Delete(steps.Content, at, at+1)
			return true
		})
	}},
	{"revoke only where all went well", "verify-token", func(p place) bool {
		return p.firstRevoke(func(_, step *yaml.Node, _ int) bool { member(step, "if").Value = "${{ success() }}"; return true })
	}},
	{"revoke another token", "verify-token", func(p place) bool {
		return p.firstRevoke(func(_, step *yaml.Node, _ int) bool {
			member(step, "env").Content[1].Value = "${{ github.token }}"
			return true
		})
	}},
	{"revoke before the engine needs its token", "verify-token", func(p place) bool {
		return p.firstRevoke(func(steps, step *yaml.Node, at int) bool {
			steps.Content = slices.Insert(slices.Delete(steps.Content, at, at+1), 0, step)
			return true
		})
	}},
	{"the platform's token behind the engine's steps", "verify-token", func(p place) bool {
		return p.firstRevoke(func(steps, step *yaml.Node, at int) bool {
			steps.Content = append(slices.Delete(steps.Content, at, at+1), step)
			return member(step, "env").Content[0].Value == "PLATFORM_TOKEN"
		})
	}},
	{"the telemetry key to mint an engine's token", "verify-secret", func(p place) bool {
		return strings.HasSuffix(p.file, "engine-lint.yml") && p.in("jobs.authorize.steps.*.env.HANDOVER_KEY") && p.insert("TELEMETRY_APP_KEY", str("${{ secrets.TELEMETRY_KEY }}"))
	}},
	{"the engine App's key to mint a telemetry token", "verify-secret", func(p place) bool {
		return p.in("jobs.authorize.steps.*.env.TELEMETRY_APP_KEY") && p.parentHasNo("ENGINE_APP_KEY") && p.insert("ENGINE_APP_KEY", str("${{ secrets.ENGINE_KEY }}"))
	}},
	{"hand another commit on", "verify-engine-ref", func(p place) bool {
		return p.in("jobs.dispatch.with.engine_ref") && replace(p, "1", "2")
	}},
	{"hand no commit on", "verify-engine-ref", func(p place) bool { return p.in("jobs.dispatch.with") && p.drop() }},
	{"hand a commit on that nobody asks for", "verify-engine-ref", func(p place) bool {
		return p.in("jobs.dispatch.uses") && p.parentHasNo("with") && p.insert("with", object("engine_ref", strings.Repeat("1", 40)))
	}},
	{"tell the runner another commit", "verify-engine-ref", func(p place) bool {
		return p.key() == "JOB_CONTEXT" && replace(p, "toJSON(job)", "toJSON(github)") || p.key() == "RUNNING_COMMIT" && hasKey(p.parent, "FACTS_SHA256") && replace(p, "inputs.engine_ref", "github.sha")
	}},
	{"a queue that the server does not know", "verify-server", func(p place) bool {
		return p.in("jobs.engine.concurrency") && !hasKey(p.node(), "queue") && appendTo(p.node(), "queue", str("max"))
	}},
	{"an engine without authorize", "verify-gate", func(p place) bool { return p.in("jobs.authorize") && p.drop() }},
	{"other facts in a workflow", "verify-facts", func(p place) bool {
		return p.in("jobs.*.steps.*.run") && replace(p, "\"marketplace\"", "\"development\"")
	}},
	{"facts of the checkout", "verify-facts", func(p place) bool {
		return p.key() == "FACTS_FILE" && replace(p, "${{", "x") || p.key() == "FACTS_FILE" && replace(p, "runner/", "engines/")
	}},
	{"digest of other facts", "verify-closed", func(p place) bool { return p.key() == "FACTS_SHA256" && replace(p, p.node().Value[:1], "x") }},
	{"an engine that nobody calls", "verify-gate", func(p place) bool { return p.isDispatcherEngine() && p.in("jobs.*") && p.drop() }},
	{"a step behind the record", "verify-emit", func(p place) bool {
		if !p.in("jobs.emit.steps") {
			return false
		}
		p.node().Content = append(p.node().Content, object("name", "extra", "run", "true"))
		return true
	}},
	{"emit without the record", "verify-emit", func(p place) bool { return p.in("jobs.emit.steps") && cut(p.node()) }},
	{"a record on a condition", "verify-emit", func(p place) bool {
		return p.in("jobs.emit.steps.*.env.TELEMETRY_APP_KEY") && p.step().insert("if", str("${{ needs.engine.result == 'success' }}"))
	}},
	{"an engine without authorize, and without its condition", "verify-gate", func(p place) bool {
		if !p.in("jobs.authorize") {
			return false
		}
		engine := valueOf(p.parent, "engine")
		*valueOf(engine, "if") = *str("${{ !cancelled() }}")
		return p.drop()
	}},
	{"an action that can move, and says nothing else", "verify-ref", func(p place) bool {
		return p.in("jobs.*.steps.*.uses") && p.variant != "development" && tag(p) && p.uncomment()
	}},
	{"an action at a branch", "verify-ref", func(p place) bool {
		at := strings.Index(p.node().Value, "@")
		return p.in("jobs.*.steps.*.uses") && at > 0 && replace(p, p.node().Value[at:], "@main") && p.uncomment()
	}},
	{"an action at a ref in words", "verify-ref", func(p place) bool {
		at := strings.Index(p.node().Value, "@")
		return p.in("jobs.*.steps.*.uses") && at > 0 && replace(p, p.node().Value[at:], "@refs/tags/v6.0.0") && p.uncomment()
	}},
	{"an image by its tag", "verify-ref", func(p place) bool {
		return p.in("jobs.*.steps.*.uses") && replace(p, p.node().Value, "docker://ghcr.io/acme/x:1") && p.uncomment()
	}},
	{"an action of the same commit on a server", "verify-server", func(p place) bool {
		return p.variant == "server" && p.in("jobs.*.steps.*.uses") && replace(p, p.node().Value, "$/x") && p.uncomment()
	}},
	{"a job in the platform's own workflows", "verify-gate", func(p place) bool {
		return p.in("jobs") && strings.Contains(p.file, "/tasc-") && appendTo(p.node(), "extra", object("runs-on", "ubuntu-24.04"))
	}},
	{"a step in the platform's own workflows", "verify-script", func(p place) bool {
		if !p.in("jobs.*.steps") || !strings.Contains(p.file, "/tasc-") {
			return false
		}
		p.node().Content = append(p.node().Content, object("name", "extra", "shell", "bash", "run", "set -euo pipefail\ntrue\n"))
		return true
	}},
	{"a sweep of what is not checked out", "verify-checkout", func(p place) bool {
		steps := p.node().Content
		i := slices.IndexFunc(steps, func(s *yaml.Node) bool { return hasKey(s, "uses") })
		if !p.isTelemetry() || !p.in("jobs.*.steps") || i < 0 {
			return false
		}
		p.node().Content = slices.Delete(steps, i, i+1)
		return true
	}},
	{"a sweep without its runner", "verify-runner", func(p place) bool {
		if !p.isTelemetry() || !p.in("jobs.*.steps") {
			return false
		}
		p.node().Content = p.node().Content[len(p.node().Content)-1:]
		return true
	}},
	{"a template that is no stub", "verify-template", func(p place) bool { return p.isTemplate() && p.in("name") && replace(p, p.node().Value, "Other") }},
	{"a template with another trigger", "verify-template", func(p place) bool { return p.isTemplate() && p.in("on.*") && p.drop() }},
	{"a template on another condition", "verify-template", func(p place) bool { return p.isTemplate() && p.in("jobs.*.if") && replace(p, "!", "") }},
	{"a stub that is not its template", "verify-template", func(p place) bool {
		return strings.HasPrefix(p.file, "host/") && p.in("name") && replace(p, p.node().Value, "Other")
	}},
	{"a word that GitHub fills in", "verify-template", func(p place) bool {
		if !p.isTemplate() || !p.in("jobs") {
			return false
		}
		p.parent.HeadComment = "# for $default-branch"
		return true
	}},
	{"legs that wait for each other by a text", "verify-matrix", func(p place) bool {
		return p.in("jobs.engine.concurrency.group") && strings.Contains(p.node().Value, "matrix.leg") && replace(p, p.node().Value, "matrix.leg")
	}},
	{"all that the engine hands over", "verify-emit", func(p place) bool {
		return strings.Contains(p.file, "/engine-") && p.in("jobs.emit.steps.*.env.TELEMETRY_APP_KEY") && p.insert("X", str("${{ toJSON(needs) }}"))
	}},
	{"engine text in a condition of emit", "verify-emit", func(p place) bool {
		return strings.Contains(p.file, "/engine-") && p.in("jobs.emit.steps.*.env.CGO_ENABLED") && p.step().insert("if", str("needs.ENGINE.outputs['details'] != ''"))
	}},
	{"engine text as an output of emit", "verify-emit", func(p place) bool {
		return strings.Contains(p.file, "/engine-") && p.in("jobs.emit.outputs") && appendTo(p.node(), "details", str("${{ needs.engine.outputs.details }}"))
	}},
	{"a negation twice, and once more", "verify-gate", func(p place) bool {
		return p.in("jobs.dispatch.if") && replace(p, "!github.event.repository.fork", "!!github.event.repository.fork")
	}},
	{"or binds less than and", "verify-gate", func(p place) bool {
		return p.isDispatcherEngine() && p.in("jobs.*.if") && replace(p, "always() &&", "always() || always() &&")
	}},
	{"a gate that parentheses open", "verify-gate", func(p place) bool {
		return p.isDispatcherEngine() && p.in("jobs.*.if") && replace(p, " &&", " && (true || ") && replace(p, " }}", ") }}")
	}},
	{"a gate that is compared", "verify-gate", func(p place) bool {
		return p.isDispatcherEngine() && p.in("jobs.*.if") && replace(p, "needs.preflight.result == 'success'", "(needs.preflight.result == 'success') == false")
	}},
	{"a constant for a gate", "verify-gate", func(p place) bool {
		return p.isDispatcherEngine() && p.in("jobs.*.if") && replace(p, "needs.preflight.outputs.ok == 'true'", "fromJSON('true')")
	}},
	{"a text for a gate", "verify-gate", func(p place) bool {
		return p.isDispatcherEngine() && p.in("jobs.*.if") && replace(p, "needs.preflight.outputs.ok == 'true'", "format('{0}', needs.preflight.outputs.ok)")
	}},
	{"a condition that is a text around it", "verify-expression", func(p place) bool {
		return p.in("jobs.*.if") && replace(p, " }}", " }} || x")
	}},
	{"a condition that is no expression", "verify-expression", func(p place) bool { return p.in("jobs.*.if") && replace(p, p.node().Value, "${{ ''") }},
	{"a filter of objects", "verify-expression", func(p place) bool {
		return p.in("jobs.*.steps.*.env.RESULT_FILE") && p.insert("ALL", str("${{ needs.*.outputs }}"))
	}},
	{"an index that is computed", "verify-expression", func(p place) bool {
		return p.in("jobs.*.steps.*.env.RESULT_FILE") && p.insert("KEY", str("${{ secrets[format('TELEMETRY_{0}', 'KEY')] }}"))
	}},
	{"a function that no generated file calls", "verify-expression", func(p place) bool {
		return p.in("jobs.*.if") && replace(p, "always()", "success()")
	}},
	{"a hash of files", "verify-expression", func(p place) bool {
		return p.in("jobs.*.steps.*.env.RESULT_FILE") && p.insert("H", str("${{ hashFiles('**') }}"))
	}},
	{"a context that no generated file names", "verify-expression", func(p place) bool {
		return p.in("jobs.*.steps.*.env.RESULT_FILE") && p.insert("E", str("${{ env.GITHUB_TOKEN }}"))
	}},
}

// step is the place of the step or job that the place's mapping belongs to, with the mapping as its parent.
func (p place) step() place { p.parent = p.above; return p }

// uncomment takes away what stands behind the value.
func (p place) uncomment() bool {
	p.node().LineComment = ""
	return true
}

func (p place) isTemplate() bool { return strings.HasPrefix(p.file, "org/") }

// valueOf returns the value of a key that a mapping has.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	panic("no key " + key)
}

// hasKey reports whether a mapping has a key.
func hasKey(n *yaml.Node, key string) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

func (p place) parentHasNo(key string) bool {
	for i := 0; i < len(p.parent.Content); i += 2 {
		if p.parent.Content[i].Value == key {
			return false
		}
	}
	return true
}

// firstRevoke changes the first step of an engine's job that revokes tokens, if there is one.
func (p place) firstRevoke(change func(steps, step *yaml.Node, at int) bool) bool {
	if !p.in("jobs.engine.steps") {
		return false
	}
	steps := p.node()
	at := slices.IndexFunc(steps.Content, func(step *yaml.Node) bool {
		run := member(step, "run")
		return run != nil && strings.HasSuffix(run.Value, " revoke\n")
	})
	return at >= 0 && change(steps, steps.Content[at], at)
}

// member returns the value of a key of a mapping, nil where there is none.
func member(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func appendTo(n *yaml.Node, key string, value *yaml.Node) bool {
	n.Content = append(n.Content, str(key), value)
	n.Style = 0
	return true
}

func cut(list *yaml.Node) bool {
	list.Content = list.Content[:len(list.Content)-1]
	return true
}

func cutFirst(list *yaml.Node) bool {
	list.Content = list.Content[1:]
	return true
}

// tag replaces a commit by the version in its comment.
func tag(p place) bool {
	n := p.node()
	at := strings.Index(n.Value, "@")
	if at < 0 || n.LineComment == "" {
		return false
	}
	n.Value = n.Value[:at+1] + strings.TrimPrefix(n.LineComment, "# ")
	return true
}
