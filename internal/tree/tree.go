// Package tree compares a platform's rendered files with its output folder, and writes them.
//
// Only files that tasc owns are ever overwritten or removed: a YAML file by its
// header, everything else because the folder's manifest.json lists it. Compare
// has no effects; Write makes all changes or, where anything fails before the
// first of them, none.
package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/render"
)

// Kind says in which way a file differs from what the specs say.
type Kind string

// The kinds of drift. Foreign files and edited orphans are never touched.
const (
	Missing      Kind = "missing"       // the file is not there
	Stale        Kind = "stale"         // it is as it was generated, from other specs
	HandEdit     Kind = "hand edit"     // it was changed after it was generated
	Orphan       Kind = "orphan"        // no spec generates it any more
	EditedOrphan Kind = "edited orphan" // the same, and it was changed after it was generated
	Foreign      Kind = "foreign"       // a file that is not ours stands where a generated one belongs
)

// Change is one file that differs.
type Change struct {
	Kind Kind
	// Path is relative to the output folder.
	Path string
	// Old and New are the bytes that are there and that belong there; nil where there is no file.
	Old, New   []byte
	Executable bool
}

// Compare returns how the folder differs from files, sorted by path; a folder
// that does not exist is empty. The error says why the folder cannot be read.
func Compare(dir string, files []render.File) ([]Change, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return missing(files), nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	owned := ownedBy(root)
	var changes []Change
	wanted := map[string]bool{}
	for _, f := range files {
		wanted[f.Path] = true
		c, err := compare(root, f, owned)
		if err != nil {
			return nil, err
		}
		if c != nil {
			changes = append(changes, *c)
		}
	}
	orphans, err := orphans(root, owned, wanted)
	if err != nil {
		return nil, err
	}
	changes = append(changes, orphans...)
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return changes, nil
}

func missing(files []render.File) []Change {
	var out []Change
	for _, f := range files {
		out = append(out, Change{Kind: Missing, Path: f.Path, New: f.Data, Executable: f.Executable})
	}
	return out
}

// compare returns nil where the file is what it has to be.
func compare(root *os.Root, f render.File, owned map[string]string) (*Change, error) {
	c := &Change{Path: f.Path, New: f.Data, Executable: f.Executable}
	info, err := root.Lstat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.Kind = Missing
		return c, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		c.Kind = Foreign
		return c, nil
	}
	if c.Old, err = root.ReadFile(f.Path); err != nil {
		return nil, err
	}
	if bytes.Equal(c.Old, f.Data) && (info.Mode()&0o111 != 0) == f.Executable {
		return nil, nil
	}
	ours, intact := ownership(f.Path, c.Old, owned)
	switch {
	case !ours:
		c.Kind = Foreign
	case intact:
		c.Kind = Stale
	default:
		c.Kind = HandEdit
	}
	return c, nil
}

// ownership tells whether a file is ours, and whether it still is as it was generated.
func ownership(name string, data []byte, owned map[string]string) (ours, intact bool) {
	if ours, intact := render.Header(data); ours {
		return ours, intact
	}
	sum, listed := owned[name]
	return listed, listed && (sum == "" || sum == render.Digest(data))
}

// ownedBy returns the digests of the files that the folder's manifest lists, and
// the manifest itself with none. A manifest that cannot be read owns nothing.
func ownedBy(root *os.Root) map[string]string {
	data, err := root.ReadFile(render.ManifestFile)
	if err != nil {
		return nil
	}
	var m render.Manifest
	if json.Unmarshal(data, &m) != nil || m.Platform == "" {
		return nil
	}
	owned := map[string]string{render.ManifestFile: ""}
	for _, f := range m.Files {
		if fs.ValidPath(f.Path) {
			owned[f.Path] = f.SHA256
		}
	}
	return owned
}

// orphans finds our files that nothing generates any more: by the manifest, and by the header where the manifest is lost.
func orphans(root *os.Root, owned map[string]string, wanted map[string]bool) ([]Change, error) {
	var out []Change
	err := fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (e.Name() == ".git" || e.Name() == "node_modules") {
			return fs.SkipDir
		}
		_, listed := owned[name]
		if !e.Type().IsRegular() || wanted[name] || !listed && path.Ext(name) != ".yml" {
			return nil
		}
		data, err := root.ReadFile(name)
		if err != nil {
			return err
		}
		switch ours, intact := ownership(name, data, owned); {
		case ours && intact:
			out = append(out, Change{Kind: Orphan, Path: name, Old: data})
		case ours:
			out = append(out, Change{Kind: EditedOrphan, Path: name, Old: data})
		}
		return nil
	})
	return out, err
}

// Refused returns the changes that Write will not make.
func Refused(changes []Change) []Change {
	var out []Change
	for _, c := range changes {
		if c.Kind == Foreign || c.Kind == EditedOrphan {
			out = append(out, c)
		}
	}
	return out
}

// FirstLine returns the first line, from 1, in which the two texts of a change
// differ, the digest in a header aside, which always does.
func (c Change) FirstLine() int {
	want := strings.SplitAfter(string(c.New), "\n")
	line := 0
	for text := range strings.Lines(string(c.Old)) {
		if line >= len(want) || text != want[line] && !render.IsDigestLine(text) {
			break
		}
		line++
	}
	return line + 1
}

// String names the change as a log line does.
func (c Change) String() string { return fmt.Sprintf("%s: %s", c.Path, c.Kind) }
