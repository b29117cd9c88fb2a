package verify_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/verify"
)

// A filesOperator changes which files there are, or one that is no workflow.
type filesOperator struct {
	name, rule string
	// change returns the sets of files that it makes of one, each with one file changed.
	change func(files []verify.File) [][]verify.File
}

// each changes every file whose path ends in a text, on its own: change returns what stands in its place.
func eachFile(suffix string, change func(f verify.File) []verify.File) func([]verify.File) [][]verify.File {
	return func(files []verify.File) [][]verify.File {
		var out [][]verify.File
		for i, f := range files {
			if !strings.HasSuffix(f.Path, suffix) {
				continue
			}
			to := change(f)
			if len(to) == 1 && to[0].Path == f.Path && to[0].Executable == f.Executable && bytes.Equal(to[0].Data, f.Data) {
				continue // it does not fit here
			}
			out = append(out, slices.Concat(files[:i], to, files[i+1:]))
		}
		return out
	}
}

// named gives a file another path.
func named(change func(path string) string) func(f verify.File) []verify.File {
	return func(f verify.File) []verify.File {
		return []verify.File{{Path: change(f.Path), Executable: f.Executable, Data: f.Data}}
	}
}

// beside adds a copy of a file with another path.
func beside(change func(path string) string) func(f verify.File) []verify.File {
	return func(f verify.File) []verify.File {
		return []verify.File{f, {Path: change(f.Path), Executable: f.Executable, Data: f.Data}}
	}
}

// data changes the text of a file.
func data(change func(text string) string) func(f verify.File) []verify.File {
	return func(f verify.File) []verify.File {
		return []verify.File{{Path: f.Path, Executable: f.Executable, Data: []byte(change(string(f.Data)))}}
	}
}

func swap(old, text string) func(f verify.File) []verify.File {
	return data(func(s string) string { return strings.Replace(s, old, text, 1) })
}

// listed makes the change one that the manifest knows of.
func listed(change func([]verify.File) [][]verify.File) func([]verify.File) [][]verify.File {
	return func(files []verify.File) [][]verify.File {
		out := change(files)
		for i, changed := range out {
			out[i] = relisted(changed)
		}
		return out
	}
}

// relisted brings the list of files in a manifest up to date.
func relisted(files []verify.File) []verify.File {
	out := slices.Clone(files)
	at := slices.IndexFunc(out, func(f verify.File) bool { return f.Path == manifestPath })
	var m render.Manifest
	if err := json.Unmarshal(out[at].Data, &m); err != nil {
		panic(err)
	}
	before := m.Files
	m.Files = nil
	for _, f := range out {
		entry := render.ManifestEntry{Path: f.Path, SHA256: render.Digest(f.Data)}
		if i := slices.IndexFunc(before, func(e render.ManifestEntry) bool { return e.Path == f.Path }); i >= 0 {
			entry.InPlace = before[i].InPlace
		}
		if f.Path != manifestPath {
			m.Files = append(m.Files, entry)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		panic(err)
	}
	out[at].Data = b.Bytes()
	return out
}

// but leaves files with these endings as they are.
func but(change func(f verify.File) []verify.File, endings ...string) func(f verify.File) []verify.File {
	return func(f verify.File) []verify.File {
		if slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(f.Path, e) }) {
			return []verify.File{f}
		}
		return change(f)
	}
}

// otherCase is a path that some file systems take for the same.
func otherCase(path string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, path)
}

// extra adds a file.
func extra(path, text string) func([]verify.File) [][]verify.File {
	return func(files []verify.File) [][]verify.File {
		return [][]verify.File{append(slices.Clone(files), verify.File{Path: path, Data: []byte(text)})}
	}
}

const manifestPath, factsPath = "manifest.json", "platform/runner/facts.json"

var filesOperators = []filesOperator{
	{"a file less", "verify-files", eachFile("", but(func(verify.File) []verify.File { return nil }, ".properties.json"))},
	{"a template that nothing describes", "verify-template", eachFile(".properties.json", func(verify.File) []verify.File { return nil })},
	{"a file with another name", "verify-files", eachFile("", named(func(p string) string { return p + ".bak" }))},
	{"a file in another folder", "verify-files", eachFile("", named(func(p string) string { return "other/" + p }))},
	{"a file beside it in other letters", "verify-files", eachFile("", beside(otherCase))},
	{"a file beside it", "verify-files", eachFile("", beside(func(p string) string { return strings.Replace(p, ".", "2.", 1) }))},
	{"a file twice", "verify-files", eachFile("", beside(func(p string) string { return p }))},
	{"another mode", "verify-files", eachFile("", func(f verify.File) []verify.File {
		return []verify.File{{Path: f.Path, Executable: !f.Executable, Data: f.Data}}
	})},
	{"a byte more", "verify-files", eachFile("", but(data(func(s string) string { return s + "\n" }), ".yml", ".properties.json"))},
	{"a byte less", "verify-files", eachFile("", but(data(func(s string) string { return s[:len(s)-1] }), ".yml", ".properties.json"))},
	{"an empty file", "verify-files", eachFile("", but(data(func(string) string { return "" }), ".yml", ".properties.json"))},
	{"a workflow in the platform", "verify-files", extra("platform/.github/workflows/extra.yaml", string(render.WithHeader([]byte("on: push\n"))))},
	{"a workflow in a stub's tree", "verify-files", extra("host/all/.github/workflows/extra.yml", "on: push\n")},
	{"a workflow in the telemetry repository", "verify-files", extra("telemetry/.github/workflows/extra.yml", "on: push\n")},
	{"a template of no profile", "verify-template", extra("org/workflow-templates/other.yml", string(render.WithHeader([]byte("on: push\n"))))},
	{"a description of no template", "verify-files", extra("org/workflow-templates/other.properties.json", "{}\n")},
	{"a source of the runner", "verify-files", extra("platform/runner/facts/more.go", "package facts\n")},
	{"a source of an engine", "verify-files", extra("platform/engines/x.sh", "true\n")},
	{"a file above the trees", "verify-files", extra("action.yml", "runs: {using: node20, main: x.js}\n")},
	{"an action in the platform", "verify-files", extra("platform/.github/actions/x/action.yml", "runs: {using: node20, main: x.js}\n")},
	{"a file of git's", "verify-files", extra("platform/.gitattributes", "* filter=x\n")},
	{"owners of code", "verify-files", extra("platform/.github/CODEOWNERS", "* @evil\n")},
	{"a workspace of Go", "verify-files", extra("platform/go.work", "go 1.24\nuse ./runner\n")},
	{"dependencies of the runner", "verify-files", extra("platform/runner/vendor/modules.txt", "")},

	{"facts say another route", "verify-files", eachFile(factsPath, swap(`"manual"`, `"other"`))},
	{"facts say another mode", "verify-files", eachFile(factsPath, swap(`"marketplace"`, `"development"`))},
	{"facts say another repository", "verify-files", eachFile(factsPath, swap(`"acme/demo"`, `"evil/demo"`))},
	{"facts say other telemetry", "verify-files", eachFile(factsPath, swap(`{owner}/telemetry`, `evil/telemetry`))},
	{"facts that are not JSON", "verify-files", eachFile(factsPath, swap(`{`, `[`))},
	{"facts of another App", "verify-files", eachFile(factsPath, swap(`"Iv1"`, `"Iv9"`))},
	{"a key in the facts", "verify-files", eachFile(factsPath, swap(`BEGIN PUBLIC KEY-----\nM`, `BEGIN PUBLIC KEY-----\nN`))},
	{"a permission in the facts", "verify-files", eachFile(factsPath, swap(`"contents": "read"`, `"contents": "write"`))},
	{"facts in another layout", "verify-files", eachFile(factsPath, swap("  ", "    "))},
	{"facts in another layout, listed", "verify-files", listed(eachFile(factsPath, swap("  ", "    ")))},
	{"facts that are not JSON, listed", "verify-files", listed(eachFile(factsPath, swap(`{`, `[`)))},
	{"facts of another App, listed", "verify-files", listed(eachFile(factsPath, swap(`"Iv1"`, `"Iv9"`)))},
	{"a source that differs, listed", "verify-files", listed(eachFile(".go", data(func(s string) string { return s + "\n" })))},
	{"a source too many, listed", "verify-files", listed(extra("platform/engines/x.sh", "true\n"))},
	{"a workflow too many, listed", "verify-files", listed(extra("platform/.github/workflows/extra.yml", "on: push\n"))},
	{"a workflow less, listed", "verify-files", listed(eachFile("/workflows/preflight.yml", func(verify.File) []verify.File { return nil }))},
	{"the record's schema allows more", "verify-files", eachFile("telemetry-record.v1.schema.json", swap(`"type": "object"`, `"type": "string"`))},
	{"the runner's source", "verify-files", eachFile("task-assistant-runner/emit.go", swap("package main", "package  main"))},
	{"the runner's module", "verify-files", eachFile("runner/go.mod", swap("go 1.24", "go 1.24\n\nrequire evil.example/x v1.0.0"))},
	{"an engine's source", "verify-files", eachFile("lib/report.sh", swap("echo", "curl"))},

	{"the specs' digest", "verify-files", eachFile(manifestPath, swap(`"spec_sha256": "`, `"spec_sha256": "0`))},
	{"the lock's digest", "verify-files", eachFile(manifestPath, swap(`"lock_sha256": "`, `"lock_sha256": "0`))},
	{"a digest in the manifest", "verify-files", eachFile(manifestPath, swap(`"sha256": "`, `"sha256": "0`))},
	{"a file in the manifest", "verify-files", eachFile(manifestPath, swap(`"platform/runner/facts.json"`, `"platform/runner/other.json"`))},
	{"a file that the manifest forgets", "verify-files", eachFile(manifestPath, data(withoutLastFile))},
	{"another version of the manifest", "verify-files", eachFile(manifestPath, swap(`"version": 1`, `"version": 2`))},
	{"another platform in the manifest", "verify-files", eachFile(manifestPath, swap(`"platform": "demo"`, `"platform": "other"`))},
	{"another compiler in the manifest", "verify-files", eachFile(manifestPath, swap(`"compiler": "v`, `"compiler": "v9`))},
	{"an action in the manifest", "verify-files", eachFile(manifestPath, swap(`actions/checkout@3`, `actions/checkout@4`))},
	{"an action less in the manifest", "verify-files", eachFile(manifestPath, data(func(s string) string {
		head, rest, _ := strings.Cut(s, "\"actions\": [\n")
		_, rest, _ = strings.Cut(rest, "\n")
		return head + "\"actions\": [\n" + rest
	}))},
	{"an event in the manifest", "verify-files", eachFile(manifestPath, swap(`"workflow_call"`, `"push"`))},
	{"a permission in the manifest", "verify-files", eachFile(manifestPath, swap(`contents: read`, `contents: write`))},
	{"a key in the manifest", "verify-files", eachFile(manifestPath, swap(`"SHA256:`, `"SHA256:x`))},
	{"a right of the sweep", "verify-files", eachFile(manifestPath, swap(`"contents: write"`, "\"contents: write\",\n        \"issues: write\""))},
	{"a secret in the manifest", "verify-files", eachFile(manifestPath, swap(`"ENGINE_KEY"`, `"OTHER_KEY"`))},
	{"a variable in the manifest", "verify-files", eachFile(manifestPath, swap(`"REGION"`, `"OTHER"`))},
	{"a folder in the manifest", "verify-files", eachFile(manifestPath, swap(`"files": [`, "\"outputs\": {\n    \"host\": \"x\"\n  },\n  \"files\": ["))},
	{"a file of somebody else", "verify-files", eachFile(manifestPath, swap("\"\n    },\n", "\",\n      \"in_place\": true\n    },\n"))},
	{"a file that the manifest lists twice", "verify-files", eachFile(manifestPath, data(func(s string) string {
		first := strings.Index(s, "\"files\": [\n") + len("\"files\": [\n")
		entry := s[first : first+strings.Index(s[first:], "    },\n")+len("    },\n")]
		return s[:first] + entry + s[first:]
	}))},
	{"a download in the manifest", "verify-files", eachFile(manifestPath, swap("sha256:ab", "sha256:00"))},
	{"a member that nobody knows", "verify-files", eachFile(manifestPath, swap(`"version": 1`, "\"version\": 1,\n  \"note\": \"x\""))},
	{"a member twice", "verify-files", eachFile(manifestPath, swap(`"version": 1`, "\"version\": 1,\n  \"secrets\": []"))},
	{"a member in other letters", "verify-files", eachFile(manifestPath, swap(`"secrets"`, `"Secrets"`))},
	{"a manifest that is not JSON", "verify-files", eachFile(manifestPath, swap(`{`, `[`))},
	{"what a template is called", "verify-template", eachFile(".properties.json", swap(`Demo (all)`, `Other`))},
	{"a member of a template", "verify-template", eachFile(".properties.json", swap(`"iconName"`, `"icon"`))},
	{"a member of a template twice", "verify-template", eachFile(".properties.json", swap(`"name"`, `"name": "x", "name"`))},
}

// A planOperator changes a plan: what then comes out of it is what the planner would have done wrong.
type planOperator struct {
	name, rule string
	change     func(p *plan.Plan)
}

var planOperators = []planOperator{
	{"a source that the planner forgets", "verify-files", func(p *plan.Plan) { p.Sources = nil }},
	{"a script beside the file that it runs", "verify-files", func(p *plan.Plan) {
		p.Workflows = slices.Clone(p.Workflows)
		for i, w := range p.Workflows {
			p.Workflows[i].Jobs = slices.Clone(w.Jobs)
			for j, job := range w.Jobs {
				if job.Run == nil {
					continue
				}
				run := *job.Run
				p.Workflows[i].Jobs[j].Run, run.Steps = &run, slices.Clone(run.Steps)
				for k, s := range run.Steps {
					if s.File != "" {
						run.Steps[k].Script = s.Script + "true\n"
					}
				}
			}
		}
	}},
}

// withoutLastFile takes the last entry out of a manifest.
func withoutLastFile(s string) string {
	last := strings.LastIndex(s, ",\n    {")
	return s[:last] + s[strings.LastIndex(s, "\n  ]\n}"):]
}
