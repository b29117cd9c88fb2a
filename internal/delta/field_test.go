package delta_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/delta"
	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/version"
)

// field is a change of one field of a spec.
type field struct {
	edits []string
	// want are the kinds of the changes that it leads to, as "widened permission", among others.
	want []string
	// none says why no change of the field can change what files may do.
	none string
}

const lockedRunner = `"runner": {"version": "` + version.Tasc + `", "linux/amd64": "sha256:abababababababababababababababababababababababababababababababab", "linux/arm64": "sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"},
  "actions": {`

func edit(old, new string, want ...string) field {
	return field{edits: []string{old, new}, want: want}
}

func edits(pairs []string, want ...string) field { return field{edits: pairs, want: want} }

var released = []string{`delivery:      "source"`, `delivery: "release"`, `"actions": {`, lockedRunner}

// everyField has a change of every field that a spec can have, by its path in the types of package spec.
var everyField = map[string]field{
	"Platform.Name":              edits([]string{"platforms: demo", "platforms: other", `{"demo"`, `{"other"`}, "changed platform"),
	"Platform.Title":             edit(`"Demo"`, `"Other"`, "changed title"),
	"Platform.Repository":        edit(`"acme/demo"`, `"acme/other"`, "widened repository", "widened checkout"),
	"Platform.Visibility":        edits(append([]string{`"public"`, `"private"`}, released...), "narrowed visibility"),
	"Platform.Server":            edits([]string{`"public"`, `"public", server: "https://github.acme.example"`, `{trusted: "ubuntu-24.04", engines: "ubuntu-22.04"}`, `{trusted: "trusted", engines: "ubuntu"}`, `runs_on: "ubuntu-24.04"`, `runs_on: "ubuntu"`, `, queue: "max"`, ``}, "widened server", "widened machine"),
	"Platform.Mode":              edit(`"marketplace"`, `"development"`, "widened mode"),
	"Platform.EngineRef":         edits([]string{`"v1.4.0"`, `"v1.5.0"`, `"1111111111111111111111111111111111111111"`, `"3333333333333333333333333333333333333333"`}, "changed ref"),
	"Platform.AllowUnproven":     edits([]string{"allow_unproven: true", "", `"marketplace"`, `"development"`}, "narrowed unproven"),
	"Platform.HandoverKeySecret": edit(`"HANDOVER_KEY"`, `"OTHER_KEY"`, "widened secret"),
	"Platform.Telemetry":         edit(`"{owner}/telemetry"`, `"{owner}/records"`, "widened telemetry"),
	"Platform.LogFallback":       edit(`telemetry: repository: "{owner}/telemetry"`, `telemetry: {repository: "{owner}/telemetry", log_fallback: "always"}`, "widened log-fallback"),
	"Platform.Delivery":          edits(released, "widened download"),
	"Platform.Mirror":            edits([]string{`delivery:      "source"`, `{delivery: "release", mirror: "https://mirror.acme.example/tasc"}`, `"actions": {`, lockedRunner}, "widened download"),
	"Platform.TrustedRunsOn":     edit(`trusted: "ubuntu-24.04"`, `trusted: "ubuntu-22.04"`, "changed machine"),
	"Platform.EnginesRunsOn":     edit(`engines: "ubuntu-22.04"`, `engines: ["self-hosted", "linux"]`, "widened machine"),
	"Platform.Ephemeral":         edit(`engines: "ubuntu-22.04"`, `engines: "ubuntu-22.04", ephemeral: true`, "widened ephemeral"),
	"Platform.RegistryRepository": edit(`telemetry: repository: "{owner}/telemetry"`, `telemetry: registry: {repository: "acme/registry", path: "r.json"}`,
		"widened telemetry"),
	"Platform.RegistryPath": edit(`telemetry: repository: "{owner}/telemetry"`, `telemetry: registry: {repository: "acme/registry", path: "r.json"}`, "widened telemetry"),
	"Platform.Outputs":      edit(`vend: targets`, `outputs: host: "stubs"`+"\n\tvend: targets", "changed output"),

	"Platform.EngineApp.ClientID":            edit(`"Iv1"`, `"Iv9"`, "widened app"),
	"Platform.EngineApp.Slug":                edit(`"acme-demo"`, `"acme-other"`, "changed app-slug"),
	"Platform.EngineApp.PrivateKeySecret":    edit(`"ENGINE_KEY"`, `"OTHER_KEY"`, "widened secret"),
	"Platform.EngineApp.PublicKeys":          {none: "only the telemetry App has any"},
	"Platform.TelemetryApp.ClientID":         edit(`"Iv2"`, `"Iv9"`, "widened app"),
	"Platform.TelemetryApp.Slug":             edit(`"acme-telemetry"`, `"acme-other"`, "changed app-slug"),
	"Platform.TelemetryApp.PrivateKeySecret": edit(`"TELEMETRY_KEY"`, `"OTHER_KEY"`, "widened secret"),
	"Platform.TelemetryApp.PublicKeys":       edit(`public_keys: [`, `public_keys: [`+otherKey+`, `, "widened public-key"),

	"Platform.Routes.Name":                    edits([]string{`release: {on`, `released: {on`, `["release"]`, `["released"]`, `"manual", "release"]`, `"manual", "released"]`}, "changed route"),
	"Platform.Routes.Push.Branches":           edit(`"release/**", `, `"release/**", "next", `, "widened route-event", "widened filter"),
	"Platform.Routes.Push.Paths":              edit(`paths: ["a.yml"]`, `paths: ["a.yml", "b.yml"]`, "widened filter"),
	"Platform.Routes.IssueTypes":              edit(`issues: types: ["labeled"]`, `issues: types: ["labeled", "opened"]`, "widened route-event", "widened filter"),
	"Platform.Routes.Schedules.Cron":          edit(`"0 3 * * *"`, `"0 */2 * * *"`, "widened route-schedule", "widened schedule"),
	"Platform.Routes.Schedules.SpreadMinutes": edit(`spread_minutes: 90`, `spread_minutes: 30`, "changed route-schedule"),
	"Platform.Routes.WorkflowDispatch":        edits([]string{`on: push: paths: ["a.yml"], stages`, `on: {push: paths: ["a.yml"], workflow_dispatch: {}}, stages`}, "widened route-event"),
	"Platform.Routes.RepositoryDispatchTypes": edit(`repository_dispatch: types: ["go"]`, `repository_dispatch: types: ["go", "run"]`, "widened route-event", "widened filter"),
	"Platform.Routes.Stages.Engines":          edit(`paths: ["a.yml"]}, stages: [{engines: ["lint"]}]`, `paths: ["a.yml"]}, stages: [{engines: ["lint"]}, {engines: ["report"]}]`, "widened route-engine"),
	"Platform.Routes.Stages.When":             edit(`, when: "all-succeeded"`, ``, "widened when"),

	"Platform.Profiles.Name":                  edits([]string{"profiles: branches", "profiles: others", `"branches"`, `"others"`}, "changed profile"),
	"Platform.Profiles.Routes":                edit(`profiles: branches: routes: ["release"]`, `profiles: branches: routes: ["release", "manual"]`, "widened trigger"),
	"Platform.Profiles.Template.Name":         edit(`name: "All"`, `name: "Everything"`, "changed file"),
	"Platform.Profiles.Template.Description":  edit(`"All of it"`, `"Everything"`, "changed file"),
	"Platform.Profiles.Template.Icon":         edit(`"octicon workflow"`, `"octicon rocket"`, "changed file"),
	"Platform.Profiles.Template.Categories":   edit(`["Automation", "Go"]`, `["Automation"]`, "changed file"),
	"Platform.Profiles.Template.FilePatterns": edit(`file_patterns: ["go[.]mod$"]`, `file_patterns: ["package[.]json$"]`, "changed file"),

	"Platform.Targets.As":            edit(`{as: "org-templates", repository`, `{as: "host", repository`, "widened target", "narrowed target"),
	"Platform.Targets.Repository":    edit(`repository: "acme/one"`, `repository: "acme/two"`, "widened target", "narrowed target"),
	"Platform.Targets.Profile":       edit(`profile: "all", deliver`, `profile: "branches", deliver`, "widened target", "narrowed target"),
	"Platform.Targets.Deliver":       edit(`deliver: "pull-request"`, `deliver: "commit"`, "widened target-deliver"),
	"Platform.Targets.Select.Owner":  edits([]string{`owner: "acme"`, `owner: "other"`, `"acme/legacy-*"`, `"other/legacy-*"`}, "widened target", "narrowed target"),
	"Platform.Targets.Select.Topics": edit(`topics: ["tier-1", "go"]`, `topics: ["tier-1"]`, "widened target-topics"),
	"Platform.Targets.Select.Except": edit(`except: ["acme/legacy-*"]`, `except: ["acme/legacy-*", "acme/x"]`, "narrowed target-except"),

	"Engine.Name":           edits([]string{"engines: lint", "engines: check", `["lint"]`, `["check"]`}, "changed engine"),
	"Engine.Summary":        edit(`"Lints"`, `"Checks"`, "changed setting"),
	"Engine.Class":          edits([]string{`summary: "Lints"` + "\n\tclass:   \"read-only\"", `summary: "Lints"` + "\n\tclass: \"enforcement\"", `workflow_dispatch: {}, issues`, `issues`, "depth: {type: \"number\", from: {workflow_dispatch: true, issues", "depth: {type: \"number\", from: {issues", `from: workflow_dispatch: true, options`, `from: issues: "action", options`}, "widened class", "narrowed route-event"),
	"Engine.Permissions":    edit(`permissions: contents: "read"`, `permissions: {contents: "read", issues: "read"}`, "widened permission"),
	"Engine.ReadsTelemetry": edit(`class:   "read-only"`, `class: "read-only", reads_telemetry: true`, "widened reads-telemetry"),
	"Engine.ConcurrencyBy":  edit(`by: ["target_repo", "depth"]`, `by: ["target_repo"]`, "changed concurrency"),
	"Engine.Queue":          edit(`, queue: "max"`, ``, "changed concurrency"),
	"Engine.RunsOn":         edit(`runs_on: "ubuntu-24.04"`, `runs_on: ["self-hosted", "linux"]`, "widened machine"),
	"Engine.TimeoutMinutes": edit(`vars: ["REGION"]`, `vars: ["REGION"], timeout_minutes: 20`, "changed timeout"),
	"Engine.Env":            edit(`LEVEL: "yes"`, `LEVEL: "sure"`, "changed setting"),
	"Engine.Vars":           edit(`vars: ["REGION"]`, `vars: ["REGION", "ZONE"]`, "widened variable"),
	"Engine.Secrets":        edit(`secrets: ["API_TOKEN"]`, `secrets: ["API_TOKEN", "OTHER_TOKEN"]`, "widened secret"),
	"Engine.Files":          edit(`files: ["lib"]`, `files: ["lib", "platform.cue"]`, "changed source"),

	"Engine.Inputs.Name":        edit(`sha: {type`, `commit: {type`, "changed input"),
	"Engine.Inputs.Type":        edit(`sha: {type: "string", from: push: "after"`, `sha: {type: "boolean", from: push: "forced"`, "changed input"),
	"Engine.Inputs.From":        edit(`from: push: "after"`, `from: push: "before"`, "changed input"),
	"Engine.Inputs.Optional":    edits([]string{`from: push: "after", required: false`, `from: {push: "after", issues: "action", workflow_dispatch: true, repository_dispatch: "client_payload.sha"}, required: false`}, "changed input"),
	"Engine.Inputs.Default":     edit(`default: 1`, `default: 2`, "changed input"),
	"Engine.Inputs.Options":     edit(`["dry-run", "apply"]`, `["dry-run", "apply", "force"]`, "changed input", "changed setting"),
	"Engine.Inputs.Description": edit(`"What to do"`, `"How to do it"`, "changed setting"),

	"Engine.Matrix.Name":   edit(`go_version:`, `go:`, "changed matrix"),
	"Engine.Matrix.Values": edit(`["1.25", "1.26"]`, `["1.26"]`, "changed matrix"),

	"Engine.Steps.Name":   edit(`name: "Count"`, `name: "Add"`, "changed step"),
	"Engine.Steps.ID":     edits([]string{`id: "node"`, `id: "nodejs"`, `"node.node-version"`, `"nodejs.node-version"`}, "changed setting"),
	"Engine.Steps.Run":    edit(`./lint.sh`, `./lint.sh -a`, "changed script"),
	"Engine.Steps.Script": edit(`script: "lib/report.sh"`, `script: "lib/more.sh"`, "changed script"),
	"Engine.Steps.Shell":  edit(`shell: "python", run: "print(1 + 1)"`, `run: "echo 2"`, "changed script", "changed setting"),
	"Engine.Steps.Uses":   edits([]string{`"actions/setup-node@v6.0.0"`, `"acme/setup-node@v6.0.0"`}, "widened action", "narrowed action"),
	"Engine.Steps.With":   edit(`"node-version": "22"`, `"node-version": "24"`, "changed setting"),
	"Engine.Steps.Env":    edit(`LEVEL: "no"`, `LEVEL: "maybe"`, "changed setting"),
	"Engine.Steps.Code":   {none: "it is the text of run, or of the file that script names"},

	"Engine.Waive.Rule":   edits([]string{`[{rule: "script-opaque", reason: "a test", until: "2027-01-01"}]`, `[{rule: "script-opaque", reason: "a test", until: "2027-01-01"}, {rule: "script-push", reason: "a test", until: "2027-01-01"}]`, `eval \"$LATER\"`, `eval \"$LATER\"; git push`}, "widened waiver"),
	"Engine.Waive.Reason": edit(`reason: "a test"`, `reason: "another test"`),
	"Engine.Waive.Until":  edit(`until: "2027-01-01"`, `until: "2027-02-01"`, "widened waiver"),

	"File.Path":       {edits: []string{`files: ["lib"]`, `files: ["lib/report.sh", "lib/count.py", "lib/list.ps1"]`}, want: []string{"changed source"}},
	"File.Executable": {none: "the script names its shell"},
	"File.Data":       edit("echo report", "echo reports", "changed source"),
}

// otherKey is a public key whose private half nobody has.
const otherKey = `"-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqQBdNIzsIyVglg0bfarA\nfUt4KTepC/yP8YB/wCEc30ycnx82ik7VuPd79obN+CzDBW+itSn31W885XpD2wCU\nwSQY1gHC9gSRcZor6MVLnpc83WNFQxmXOp2FM9jlDZGs6d1GO3nGJtGcsOh582SB\n/GLHZVBY4zrVB9SEDmi1vcGyRKOjvK6OUy3CAs6aWLmQ/kcjo7TU6zol3za1LiwE\nNk1Z+hpenvbLFRYpKKADFCf34XMZOWCrxhdyxoJMeHOndwXT4ihtGCx430pAcuIH\nH27GHf69XXkkcrG7yVsY3GJbeyga+9v1In3Gyrh5883iyDmuf1HVTWG/mOmP31Ve\ntwIDAQAB\n-----END PUBLIC KEY-----\n"`

// TestEveryField: no field of a spec can be changed without a change that says so.
func TestEveryField(t *testing.T) {
	paths := fieldsOf(reflect.TypeFor[spec.Platform](), "Platform")
	paths = append(paths, fieldsOf(reflect.TypeFor[spec.Engine](), "Engine")...)
	paths = append(paths, fieldsOf(reflect.TypeFor[spec.File](), "File")...)
	for _, path := range paths {
		if _, ok := everyField[path]; !ok {
			t.Errorf("%s is a field of the specs, and no case changes it", path)
		}
	}
	was := read(t)
	base := was.surface()
	for path, f := range everyField {
		t.Run(path, func(t *testing.T) {
			if !slices.Contains(paths, path) {
				t.Fatal("the specs have no such field")
			}
			if f.none != "" {
				return
			}
			is := read(t, f.edits...)
			got := lines(delta.Compare(base, is.surface()))
			for _, want := range f.want {
				if !slices.ContainsFunc(got, func(l string) bool { return strings.HasPrefix(l, want+": ") }) {
					t.Errorf("there is no %s among\n%s", want, strings.Join(got, "\n"))
				}
			}
			if len(f.want) == 0 && len(got) > 0 {
				t.Errorf("this changes nothing that files may do:\n%s", strings.Join(got, "\n"))
			}
			read := slices.DeleteFunc(slices.Clone(got), func(l string) bool { return strings.HasPrefix(l, "changed setting") }) // of which only some are shown
			if len(read) > 15 {
				t.Errorf("%d changes are more than anybody reads:\n%s", len(read), strings.Join(read, "\n"))
			}
			mirrored(t, base, is.surface())
			old, new := delta.ReadBoth(was.trees, is.trees) // as tasc does
			if short := lines(delta.Compare(old.Declare(was.set, was.lock), new.Declare(is.set, is.lock))); !slices.Equal(short, got) {
				t.Errorf("ReadBoth leads to\n%s\nand Read to\n%s", strings.Join(short, "\n"), strings.Join(got, "\n"))
			}
		})
	}
}

// fieldsOf lists the leaves of a type of package spec.
func fieldsOf(t reflect.Type, path string) []string {
	for t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[spec.String](), reflect.TypeFor[spec.Int](), reflect.TypeFor[spec.Flag](), reflect.TypeFor[spec.Pair](), reflect.TypeFor[spec.Event]():
		return []string{path}
	case reflect.TypeFor[diag.Pos](), reflect.TypeFor[spec.Mark]():
		return nil
	}
	if t.Kind() != reflect.Struct {
		return []string{path}
	}
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		out = append(out, fieldsOf(f.Type, path+"."+f.Name)...)
	}
	return out
}

// mirrored: the way back says the same of the same things, with what is gained and what is lost exchanged. What is
// another party that is relied on widens both ways.
func mirrored(t *testing.T, old, new delta.Surface) {
	t.Helper()
	count := func(changes []delta.Change, flip bool) map[string][]delta.Direction {
		out := map[string][]delta.Direction{}
		for _, c := range changes {
			before, after := c.Before, c.After
			if flip {
				before, after = after, before
			}
			key := strings.Join([]string{c.Kind, c.Subject, before, after, strings.Join(c.Places, ";")}, "|")
			out[key] = append(out[key], c.Direction)
		}
		return out
	}
	forward, backward := delta.Compare(old, new), delta.Compare(new, old)
	if slices.ContainsFunc(forward, func(c delta.Change) bool { return strings.Contains(c.Message, "renamed") }) {
		return // places bear the new names then
	}
	there, back := count(forward, false), count(backward, true)
	for key, ds := range there {
		for i, d := range ds {
			if len(back[key]) != len(ds) {
				t.Errorf("%s: %v there, %v back", key, ds, back[key])
			} else if b := back[key][i]; b != d.Mirror() && (b != delta.Widened || d != delta.Widened) {
				t.Errorf("%s is %s, and %s on the way back", key, d, b)
			}
		}
	}
	if len(there) != len(back) {
		t.Errorf("%d changes there, %d back:\n%s\n\n%s", len(there), len(back), strings.Join(lines(forward), "\n"), strings.Join(lines(backward), "\n"))
	}
}
