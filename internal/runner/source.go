// Package runner holds the source of the runner that the compiler emits: an ordinary Go program, tested
// here, and written verbatim beside the workflows that build it.
//
// The program is the command in task-assistant-runner and the packages beside it, on the standard library
// alone and on APIs no newer than Go 1.24, which hosted machines have on their PATH. A new package needs a
// line of go:embed here.
package runner

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed actions/*.go
//go:embed branch/*.go
//go:embed cron/*.go
//go:embed facts/*.go
//go:embed git/*.go
//go:embed github/*.go
//go:embed handover/*.go
//go:embed record/*.go
//go:embed signed/*.go
//go:embed task-assistant-runner/*.go
var tree embed.FS

// goMod keeps the import paths of this module, so that the files need no change.
const goMod = `module github.com/task-assistant/tasc/internal/runner

go 1.24
`

// File is one file of the program; its path has slashes and is relative to the program's folder.
type File struct {
	Path string
	Data []byte
}

// Source returns the files of the program sorted by path, with its go.mod and
// without tests. They are the same for every platform and shared: nobody may change them.
func Source() []File { return source() }

var source = sync.OnceValue(read)

func read() []File {
	files := []File{{Path: "go.mod", Data: []byte(goMod)}}
	err := fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := tree.ReadFile(path)
		files = append(files, File{Path: path, Data: data})
		return err
	})
	if err != nil {
		panic(err) // an embedded tree can always be read
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return files
}
