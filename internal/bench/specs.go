package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// perPlatform is how many engines a platform holds at most: what GitHub allows (rule platform-size).
const perPlatform = 48

// project returns the files of a project with n engines, by path: one platform
// a file, one engine a file, definitions that engines share, and a lock. The
// same n gives the same bytes; engines differ in class, permissions, steps,
// environment, variables, concurrency and in how they are written.
func project(n int) map[string]string {
	files := map[string]string{
		"cue.mod/module.cue":     "module: \"example.com/bench\"\nlanguage: version: \"v0.14.0\"\n",
		"engines/shared.cue":     shared,
		"engines/scripts/lib.sh": "log() { echo \"$(date -u +%T) $*\"; }\n",
	}
	var refs []string
	for at := 0; at*perPlatform < n; at++ {
		name := fmt.Sprintf("platform-%02d", at)
		refs = append(refs, fmt.Sprintf("    %q: {\"ref\": \"v1.2.3\", \"commit\": \"%040x\"}", name, at+1))
		var engines []int
		for i := at * perPlatform; i < min((at+1)*perPlatform, n); i++ {
			engines = append(engines, i)
			files["engines/"+engineName(i)+".cue"] = engine(i)
		}
		files["engines/"+name+".cue"] = platform(name, at, engines)
	}
	files["engines/tasc.lock"] = fmt.Sprintf(lockText, strings.Join(refs, ",\n"))
	return files
}

// write puts a project into a folder.
func write(dir string, files map[string]string) error {
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), fs.ModePerm); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

const header = "package engines\n\nimport \"github.com/task-assistant/tasc/schema\"\n\n"

const shared = `package engines

// Steps that engines share.
#Node: {name: "Set up Node", uses: "actions/setup-node@v6.0.0", with: {"node-version": "22", "check-latest": false}}
#Report: {name: "Report", run: "cat \"$RESULT_FILE\""}

_minutes: 4
`

const lockText = `{
  "version": 1,
  "engine_ref": {
%s
  },
  "actions": {
    "actions/checkout@v7.0.1": {
      "commit": "3d3c42e5aac5ba805825da76410c181273ba90b1", "owner_id": "1", "repo_id": "2", "uses": [], "resolved": "2026-11-22", "proof": "unproven"
    },
    "actions/setup-node@v6.0.0": {
      "commit": "4d3c42e5aac5ba805825da76410c181273ba90b2", "owner_id": "1", "repo_id": "3", "uses": [], "resolved": "2026-11-22", "proof": "unproven"
    }
  }
}
`

func engineName(i int) string { return fmt.Sprintf("engine-%04d", i) }

var classes = []string{"read-only", "read-only", "read-only", "enforcement", "enforcement", "materialization"}

func class(i int) string { return classes[i%len(classes)] }

func engine(i int) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	b.WriteString(header)
	line("// %s is engine %d of the benchmark.", engineName(i), i)
	line("engines: %q: schema.#Engine & {", engineName(i))
	line("\tsummary: \"Does the work of engine %d on one repository\"", i)
	line("\tclass:   %q", class(i))
	if class(i) != "read-only" {
		line("\tpermissions: {contents: \"read\", issues: \"write\"}")
	} else if i%2 == 0 {
		line("\tpermissions: contents: \"read\"")
	}
	if i%3 == 0 {
		line("\ttimeout_minutes: _minutes")
	} else {
		line("\ttimeout_minutes: %d", 5+i%20)
	}
	line("\tenv: {LOG_LEVEL: \"info\", ENGINE_NUMBER: \"%d\"}", i)
	if i%5 == 0 {
		line("\tconcurrency: by: [\"target_repo\"]")
	}
	if i%7 == 0 {
		line("\tvars: [\"ACCEPTED_LEVEL\"]")
	}
	if i%10 == 0 {
		line("\tfiles: [\"scripts\"]")
	}
	line("\tsteps: [")
	if i%4 == 0 {
		line("\t\t#Node,")
	}
	for s := range 2 + i%4 {
		line("\t\t{\n\t\t\tname: \"Step %d of %d\"\n\t\t\tenv: ROUND: \"%d\"\n\t\t\trun: \"\"\"", s+1, i, s)
		line("\t\t\t\tfor file in .github/*.yml; do\n\t\t\t\t  grep -c 'engine-%d' \"$file\" || true\n\t\t\t\tdone", i)
		line("\t\t\t\techo \"round $ROUND of $TARGET_REPO\"\n\t\t\t\t\"\"\"\n\t\t},")
	}
	line("\t\t#Report,\n\t]\n}")
	return b.String()
}

func platform(name string, at int, engines []int) string {
	of := map[string][]string{}
	for _, i := range engines {
		of[class(i)] = append(of[class(i)], fmt.Sprintf("%q", engineName(i)))
	}
	stage := func(class string) string { return "{engines: [" + strings.Join(of[class], ", ") + "]}" }
	pushed, profile := stage("read-only"), []string{`"config-push"`, `"by-hand"`}
	if len(of["enforcement"]) > 0 {
		pushed += ", " + stage("enforcement")
	}
	create := ""
	if len(of["materialization"]) > 0 {
		create = "\n\t\tcreate: {on: workflow_dispatch: {}, stages: [" + stage("materialization") + "]}"
		profile = append(profile, `"create"`)
	}
	return header + fmt.Sprintf(platformText, name, at, pushed, stage("read-only"), create, strings.Join(profile, ", "))
}

const platformText = `platforms: %[1]q: schema.#Platform & {
	title:          "Platform %[2]d"
	repository:     "acme/%[1]s"
	visibility:     "public"
	mode:           "marketplace"
	engine_ref:     "v1.2.3"
	allow_unproven: true
	apps: {
		engine: {client_id: "Iv23liENGINE%[2]d", slug: "acme-engine-%[2]d", private_key_secret: "ENGINE_KEY"}
		telemetry: {client_id: "Iv23liTELEM%[2]d", slug: "acme-telemetry-%[2]d", private_key_secret: "TELEMETRY_KEY"}
	}
	handover_key_secret: "HANDOVER_KEY"
	telemetry: repository: "{owner}/telemetry"
	runner: delivery: "source"
	runs_on: {trusted: "ubuntu-24.04", engines: "ubuntu-24.04"}
	routes: {
		"config-push": {on: push: paths: [".github/task-assistant.yml"], stages: [%[3]s]}
		"by-hand": {on: workflow_dispatch: {}, stages: [%[4]s]}%[5]s
	}
	profiles: standard: routes: [%[6]s]
}
`
