package verify

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/plan"
)

// runner: a job that calls the runner gets it in one step, behind the gate and before any other program of ours or an
// engine's, in the one way that the platform says: built with the network cut, or downloaded and compared with the
// digests of the lock.
func (v *verifier) runner(d document, id string, job *yaml.Node) {
	steps := items(get(job, "steps"))
	verb := slices.IndexFunc(steps, func(s *yaml.Node) bool { return lastVerb(s) != "" })
	if verb < 0 {
		return
	}
	gets := v.builds
	if v.plan.Download != nil {
		gets = v.downloads
	}
	at := slices.IndexFunc(steps, gets)
	gates := 1
	if d.file == telemetryFile {
		gates = 0
	}
	if at < gates || at > verb || get(steps[at], "if") != nil || get(steps[at], "continue-on-error") != nil {
		v.report("verify-runner", d.pos(job), "job %s does not get its runner as the platform says, before it calls it", id)
		return
	}
	for i, step := range steps[:verb] {
		if script := text(get(step, "run")); i != at && (strings.Contains(script, "task-assistant-runner") || strings.Contains(script, "curl")) {
			v.report("verify-runner", d.pos(step), "job %s gets a program in a second way", id)
		}
	}
}

// builds reports whether a step compiles the runner of the checkout with all ways to the network cut.
func (v *verifier) builds(step *yaml.Node) bool {
	for name, want := range map[string]string{"CGO_ENABLED": "0", "GOENV": "off", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOWORK": "off"} {
		if text(get(step, "env", name)) != want {
			return false
		}
	}
	return text(get(step, "run")) == "set -euo pipefail\ngo build -C runner -o \"$RUNNER_TEMP/task-assistant-runner\" ./task-assistant-runner\n" &&
		text(get(step, "env", "GOFLAGS")) == "-mod=readonly -trimpath -buildvcs=false -tags=nethttpomithttp2"
}

// downloadRE is what matters in the script of a download: each machine has its digest, what comes over https alone is
// kept apart until it was compared, and one of another digest ends the job.
var downloadRE = regexp.MustCompile(`(?s)^set -euo pipefail\n.*` +
	`Linux/X64\) platform=linux-amd64 sha256=\$LINUX_AMD64 ;;\n.*Linux/ARM64\) platform=linux-arm64 sha256=\$LINUX_ARM64 ;;\n.*` +
	`curl --fail [^\n]* --proto '=https' --proto-redir '=https' [^\n]*--output "\$file\.download" "\$DOWNLOAD_FROM/(task-assistant-runner|tasc)-\$platform"\n` +
	`if ! sha256sum --check --status <<< "\$sha256  \$file\.download"; then\n[^\n]*\n[^\n]*\n  exit 1\nfi\n` +
	`chmod 0755 "\$file\.download"\nmv "\$file\.download" "\$file"\n$`)

// downloads reports whether a step fetches the runner that is locked.
func (v *verifier) downloads(step *yaml.Node) bool {
	return fetches(step, v.plan.Download, "task-assistant-runner")
}

// fetches reports whether a step fetches one of tasc's own programs as it is locked, and puts it in its place.
func fetches(step *yaml.Node, d *plan.Download, program string) bool {
	digests := map[string]string{"LINUX_AMD64": "", "LINUX_ARM64": ""}
	for _, digest := range d.Digests {
		digests[strings.ToUpper(strings.ReplaceAll(digest.Platform, "/", "_"))] = digest.SHA256
	}
	for name, want := range digests {
		if get(step, "env", name) == nil || text(get(step, "env", name)) != want {
			return false
		}
	}
	from, script := text(get(step, "env", "DOWNLOAD_FROM")), text(get(step, "run"))
	m := downloadRE.FindStringSubmatch(script)
	return strings.HasPrefix(from, "https://") && from == d.From && m != nil && m[1] == program && strings.Contains(script, "\nfile=$RUNNER_TEMP/"+program+"\n") &&
		strings.Count(script, "curl") == 1
}
