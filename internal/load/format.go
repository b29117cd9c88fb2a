package load

import (
	"bytes"
	"io/fs"
	"path"

	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"

	"github.com/task-assistant/tasc/internal/diag"
)

// Unformatted is a spec file that is not laid out as it should be.
type Unformatted struct {
	// Path is relative to the project, with forward slashes.
	Path       string
	Executable bool
	Old, New   []byte
}

// Format lays out the CUE files of folder dir the way `cue fmt` does, comments
// kept, and returns those that differ, by path. Findings are of the rule "spec"
// for a file that cannot be read or rewritten and "schema" for one that is not
// CUE; no file comes back with them.
func Format(fsys fs.FS, dir string) ([]Unformatted, []diag.Diagnostic) {
	p := &pkg{fsys: fsys, dir: path.Clean(dir), read: map[string]*file{}}
	l := p.loader()
	names, _ := l.list(l.dir)
	var out []Unformatted
	for _, name := range names {
		if f, ok := l.unformatted(name); ok {
			out = append(out, f)
		}
	}
	if len(l.found) > 0 {
		return nil, l.found
	}
	return out, nil
}

func (l *loader) unformatted(name string) (Unformatted, bool) {
	data, ok := l.text(l.file(name))
	if !ok {
		return Unformatted{}, false
	}
	tidy, err := Source(name, data)
	if err != nil {
		l.found = append(l.found, l.notCUE(name, data, err)...)
		return Unformatted{}, false
	}
	info, err := fs.Lstat(l.fsys, name)
	if bytes.Equal(data, tidy) || err != nil {
		return Unformatted{}, false
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		l.report(diag.Pos{File: name}, "the file is a symbolic link, and what it leads to is not formatted", "a file of its own", "format the file that it leads to")
		return Unformatted{}, false
	}
	return Unformatted{Path: name, Executable: info.Mode()&0o111 != 0, Old: data, New: tidy}, true
}

// maxPasses bounds Source: most files are stable after the first pass, and the
// formatter is not promised to be.
const maxPasses = 4

// Source lays out one CUE file, so that laying it out again changes nothing.
// The error is a syntax error at its place in name.
func Source(name string, data []byte) ([]byte, error) {
	if _, err := parser.ParseFile(name, data, parser.ParseComments); err != nil {
		return nil, err // format.Source does not know the name
	}
	for range maxPasses {
		tidy, err := format.Source(data)
		if err != nil || bytes.Equal(tidy, data) {
			return tidy, err
		}
		data = tidy
	}
	return data, nil
}
