package main

import (
	"io/fs"

	"github.com/task-assistant/tasc/schema"
)

// addPeer adds what stock cue needs to read the specs and to write files of a
// similar shape: the schema where cue looks for packages, and a command.
func addPeer(files map[string]string) error {
	names, err := fs.Glob(schema.Files, "*.cue")
	if err != nil {
		return err
	}
	for _, name := range names {
		data, err := schema.Files.ReadFile(name)
		if err != nil {
			return err
		}
		files["cue.mod/pkg/"+schema.ImportPath+"/"+name] = string(data)
	}
	files["peer/peer_tool.cue"] = peerTool
	return nil
}

// peerTool writes one workflow per engine: three jobs, the first and the last
// with fixed steps, the engine's own between them. It proves nothing about them.
const peerTool = `package peer

import (
	"encoding/yaml"
	"tool/file"

	specs "example.com/bench/engines"
)

_inputs: {for n in ["target_repo", "telemetry_repo", "correlation_id", "engine_ref", "run_date"] {(n): {type: "string", required: true}}}
_gate: {name: "Refuse any engine_ref but the running commit", env: {ENGINE_REF: "${{ inputs.engine_ref }}", RUNNING_COMMIT: "${{ github.sha }}"}, shell: "bash", run: """
	set -euo pipefail
	if [[ $ENGINE_REF != "$RUNNING_COMMIT" ]]; then
	  exit 1
	fi

	"""}
_checkout: {name: "Check out the platform", uses: "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", with: {ref: "${{ inputs.engine_ref }}", "persist-credentials": false}}
_build: {name: "Build the runner", env: {CGO_ENABLED: "0", GOENV: "off", GOPROXY: "off", GOTOOLCHAIN: "local", GOWORK: "off"}, shell: "bash", run: "go build -C runner -o \"$RUNNER_TEMP/runner\" .\n"}
_verb: {
	#name: string
	name:  "Run \(#name)", shell: "bash", run: "set -euo pipefail\n\"$RUNNER_TEMP/runner\" \(#name)\n"
	env: {for n in ["target_repo", "correlation_id", "engine_ref", "run_date"] {(n): "${{ inputs.\(n) }}"}}
}

command: write: {
	folder: file.MkdirAll & {path: "peer-out"}
	for name, e in specs.engines {
		(name): file.Create & {
			$after:   folder
			filename: "peer-out/\(name).yml"
			contents: yaml.Marshal({
				"name": name
				on: workflow_call: inputs: _inputs
				permissions: {}
				jobs: {
					authorize: {"runs-on": "ubuntu-24.04", permissions: {}, steps: [_gate, _checkout, _build, _verb & {#name: "authorize"}]}
					engine: {"runs-on": "ubuntu-24.04", permissions: {}, needs: ["authorize"], steps: [_gate, _checkout, _build, for s in e.steps {s}, _verb & {#name: "collect"}]}
					emit: {"runs-on": "ubuntu-24.04", permissions: {}, needs: ["engine"], steps: [_gate, _checkout, _build, _verb & {#name: "emit"}]}
				}
			})
		}
	}
}
`
