package load

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// scripts gives every step the text of the file that its script names. files are the sources that were read, sorted by path.
func (l *loader) scripts(engines []*spec.Engine, files []spec.File) {
	for _, e := range engines {
		entries := map[string]bool{}
		for _, f := range e.Files {
			entries[f.Value] = true
		}
		for i := range e.Steps {
			s := &e.Steps[i]
			if !s.Script.Pos.IsValid() {
				continue
			}
			at, ok := slices.BinarySearchFunc(files, s.Script.Value, func(f spec.File, path string) int { return strings.Compare(f.Path, path) })
			if !ok || !spec.Carried(s.Script.Value, entries) {
				l.refuseScript(s.Script)
				continue
			}
			l.readScript(s, files[at].Data)
		}
	}
}

// refuseScript reports why a path names no file that files carries.
func (l *loader) refuseScript(script spec.String) {
	why, fix := "", "correct the path in script"
	if !fs.ValidPath(script.Value) || script.Value == "." {
		l.noScript(script, "which does not stay below the spec folder", fix)
		return
	}
	link := l.link(script.Value)
	info, err := fs.Lstat(l.fsys, path.Join(l.dir, script.Value))
	switch {
	case link != "":
		why = "and " + quote(link) + " is a symbolic link"
	case err != nil:
		why = "which cannot be read: " + reason(err)
	case info.IsDir():
		why = "which is a folder"
	default:
		why, fix = "which no entry of files carries, so the platform tree would not have it", "add "+quote(script.Value)+" to files, or its folder"
	}
	l.noScript(script, why, fix)
}

func (l *loader) noScript(script spec.String, why, fix string) {
	l.found = append(l.found, diag.Diagnostic{Rule: "engine-files", Pos: script.Pos, Message: "script names " + quote(script.Value) + ", " + why,
		Expected: "a file beside the spec that files of the engine carries, with no symbolic link on the way", Fix: fix})
}

// readScript sets what the step's shell reads, with a mark for each line of the file.
func (l *loader) readScript(s *spec.Step, data []byte) {
	pos := diag.Pos{File: path.Join(l.dir, s.Script.Value), Line: 1, Column: 1}
	if at := invalidUTF8(data); at >= 0 {
		pos.Line += bytes.Count(data[:at], []byte("\n"))
		l.found = append(l.found, diag.Diagnostic{Rule: "engine-files", Pos: pos, Message: "the script is not UTF-8 text",
			Expected: "a script in UTF-8, without NUL", Fix: "save the file as UTF-8", Notes: []diag.Note{{Pos: s.Script.Pos, Message: "the step that runs it"}}})
		return
	}
	s.Code, s.Marks = spec.String{Value: string(data), Pos: pos}, []spec.Mark{{Pos: pos}}
	for i, c := range data {
		if c == '\n' {
			pos.Line++
			s.Marks = append(s.Marks, spec.Mark{Offset: i + 1, Pos: pos})
		}
	}
}
