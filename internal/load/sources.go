package load

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// maxSourceBytes bounds one engine source file: GitHub warns above 50 MB, and sources are text.
const maxSourceBytes = 10 << 20

// maxSourcesBytes bounds all of them together: they are held in memory, and every engine's job checks them out.
const maxSourcesBytes = 100 << 20

// sources reads what the engines name in files, each file once, sorted by path.
func (l *loader) sources(engines []*spec.Engine) []spec.File {
	s := &sources{loader: l, byPath: map[string]spec.File{}}
	read := map[string]bool{} // engines that share code name the same folders
	for _, e := range engines {
		for _, f := range e.Files {
			if before := len(l.found); !read[f.Value] && s.size <= maxSourcesBytes {
				s.source(f)
				read[f.Value] = len(l.found) == before
			}
		}
	}
	out := make([]spec.File, 0, len(s.byPath))
	for _, p := range slices.Sorted(maps.Keys(s.byPath)) {
		out = append(out, s.byPath[p])
	}
	return out
}

// sources are the files that were read, and their size in all.
type sources struct {
	*loader
	byPath map[string]spec.File
	size   int64
}

// source reads one entry of files: a file, or all files below a folder.
func (l *sources) source(entry spec.String) {
	refuse := func(message string) {
		l.found = append(l.found, diag.Diagnostic{Rule: "engine-files", Pos: entry.Pos, Message: message,
			Expected: "a file or folder beside the spec, with no symbolic link in it", Fix: "correct the path in files"})
	}
	if !fs.ValidPath(entry.Value) || entry.Value == "." {
		refuse("files names " + quote(entry.Value) + ", which does not stay below the spec folder")
		return
	}
	if link := l.link(entry.Value); link != "" { // the walk below follows where it starts
		refuse("files names " + quote(entry.Value) + ", and " + quote(link) + " is not a regular file")
		return
	}
	root := path.Join(l.dir, entry.Value)
	err := fs.WalkDir(l.fsys, root, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			if e.Name() == "testdata" && name != root {
				return fs.SkipDir
			}
			return nil
		case !e.Type().IsRegular():
			refuse("files names " + quote(entry.Value) + ", and " + quote(name) + " is not a regular file")
			return nil
		case strings.HasSuffix(name, "_test.go") && name != root:
			return nil
		}
		return l.read(name)
	})
	if err != nil {
		refuse("files names " + quote(entry.Value) + ", which cannot be read: " + reason(err))
	}
}

// link returns the first symbolic link on the way from the spec folder to a path below it, or "".
func (l *loader) link(below string) string {
	name := l.dir
	for part := range strings.SplitSeq(below, "/") {
		name = path.Join(name, part)
		if info, err := fs.Lstat(l.fsys, name); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return name
		}
	}
	return ""
}

// read reads one file, unless an entry before this one named it too.
func (l *sources) read(name string) error {
	rel := strings.TrimPrefix(name, l.dir+"/")
	if _, ok := l.byPath[rel]; ok {
		return nil
	}
	data, err := readFile(l.fsys, name, maxSourceBytes)
	if err != nil {
		return err
	}
	info, err := fs.Stat(l.fsys, name)
	if err != nil {
		return err
	}
	if l.size += int64(len(data)); l.size > maxSourcesBytes {
		return fmt.Errorf("the sources of all engines are more than %d MiB together", maxSourcesBytes>>20)
	}
	l.byPath[rel] = spec.File{Path: rel, Executable: info.Mode()&0o111 != 0, Data: data}
	return nil
}
