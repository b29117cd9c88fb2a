// Package scaffold holds what a new platform begins with.
//
// In: answers to a few questions. Out: the files of a project that has no
// finding: a platform, one example engine, a lock without releases, and the
// schema as stock cue and editors read it. Nothing is written here.
package scaffold

import (
	"embed"
	"io/fs"
	"path"
	"strings"

	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/schema"
)

// Module is the file that makes a CUE module of the project.
const Module = "cue.mod/module.cue"

// SchemaDir is where stock cue and editors look for the schema. The compiler
// never reads it: files there could open the schema's closed definitions.
const SchemaDir = "cue.mod/pkg/" + schema.ImportPath

// languageVersion is the oldest CUE that knows all of what the schema uses
// (error()): a newer one would lock out older commands for nothing.
const languageVersion = "v0.14.0"

//go:embed files
var files embed.FS

// File is a new file; Path is relative to the project, with forward slashes.
type File struct {
	Path string
	Data []byte
}

// Question is what a new platform must know.
type Question struct {
	// ID is the name of the flag that answers it.
	ID string
	// Text asks a person.
	Text string
	// Field is the field of the schema that the answer must suit: Platform.repository.
	Field string
	// Initial is taken where nothing is answered.
	Initial string
	// Own says that Initial only holds a place: every platform has an answer of its own.
	Own bool
}

// Questions lists them in the order of asking; what an answer may be is in the schema.
// owner is that of the platform's repository, as far as it is known.
func Questions(owner string) []Question {
	owner = strings.ToLower(owner)
	return []Question{
		{"mode", "Mode: development takes refs as they are, marketplace only locked releases", "Platform.mode", "development", false},
		{"repository", "Repository of the platform, as owner/name", "Platform.repository", owner + "/task-assistant", true},
		{"engine-client-id", "Client id of the GitHub App that acts on monitored repositories", "App.client_id", "Iv23liENGINEAPP", true},
		{"engine-slug", "Its slug, the last part of github.com/apps/…", "App.slug", owner + "-task-assistant", true},
		{"telemetry-client-id", "Client id of the GitHub App that writes telemetry", "App.client_id", "Iv23liTELEMETRYAPP", true},
		{"telemetry-slug", "Its slug", "App.slug", owner + "-telemetry", true},
		{"telemetry", "Repository of the telemetry; {owner} is the owner of the monitored repository", "Platform.telemetry.repository", "{owner}/task-assistant-telemetry", false},
	}
}

// Owner stands for the owner that is not known yet.
const Owner = "your-org"

// Files returns the files of a new project. dir is the folder of the specs;
// answers are by the id of the question, and suit the schema.
func Files(dir string, answers map[string]string) []File {
	var fill []string
	for _, q := range Questions(Owner) {
		fill = append(fill, "{{"+q.ID+"}}", answers[q.ID])
	}
	replace := strings.NewReplacer(fill...)
	var out []File
	for _, name := range []string{"platform.cue", "hello.cue", lock.File} {
		out = append(out, File{path.Join(dir, name), []byte(replace.Replace(string(read(files, "files/"+name))))})
	}
	out = append(out, File{Module, []byte("module: \"" + module(answers["repository"]) + "\"\nlanguage: version: \"" + languageVersion + "\"\n")})
	return append(out, Schema()...)
}

// Schema returns the copy of the schema for stock cue and editors.
func Schema() []File {
	names, err := fs.Glob(schema.Files, "*.cue")
	if err != nil {
		panic(err)
	}
	var out []File
	for _, name := range names {
		out = append(out, File{path.Join(SchemaDir, name), read(schema.Files, name)})
	}
	return out
}

// module names the CUE module after the repository, where CUE takes that as a
// name. Nothing outside of the project imports it, so any name will do.
func module(repository string) string {
	if m := "github.com/" + strings.ToLower(repository) + "@v0"; load.IsModule(m) {
		return m
	}
	return "platform.example/specs@v0"
}

func read(fsys embed.FS, name string) []byte {
	data, err := fsys.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return data
}
