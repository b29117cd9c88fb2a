package tree

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/render"
)

// Folder is a folder of the project that files of one platform go to, or that still holds some.
type Folder struct {
	// Dir is relative to the project, with forward slashes; "." is the project itself.
	Dir string
	// Files are those that belong there; their paths are relative to it.
	Files []render.File
	// owned are the digests of the files in it that the manifest lists, and the manifest itself with none.
	owned map[string]string
	// shared says that files of others may be there, which are none of our business.
	shared bool
	// causes are what has changed since the manifest was written that is there.
	causes []Cause
}

// holds reports whether files of a folder belong there.
func (f Folder) holds(dir string) bool {
	return slices.ContainsFunc(f.Files, func(f render.File) bool { return strings.HasPrefix(f.Path, dir+"/") })
}

// Folders says which folders the files of a platform go to, sorted, the manifest's
// folder among them. Folders to which they went before, as the manifest says that
// is there, are among them too: what is left there is an orphan. Files in place
// are in none.
func Folders(project string, at layout.Layout, files []render.File) ([]Folder, error) {
	old, err := manifestIn(project, at.Dir)
	if err != nil {
		return nil, err
	}
	all := placed(at, files)
	before := layout.Layout{Dir: at.Dir, Moved: old.Outputs}
	for _, f := range old.Files {
		if dir, rel := before.Place(f.Path); !f.InPlace && mayOwn(dir, rel) {
			if all[dir] == nil { // they have left it to others
				all[dir] = &Folder{Dir: dir, owned: map[string]string{}, shared: true}
			}
			all[dir].owned[rel] = f.SHA256
		}
	}
	if old.Platform != "" {
		all[at.Dir].owned[render.ManifestFile] = ""
	}
	var why []Cause
	if old.Platform != "" {
		why = causes(old, files)
	}
	var out []Folder
	for _, dir := range slices.Sorted(maps.Keys(all)) {
		all[dir].causes = why
		out = append(out, *all[dir])
	}
	return out, nil
}

// placed returns the folders that files go to, by name, the manifest's among them.
func placed(at layout.Layout, files []render.File) map[string]*Folder {
	all := map[string]*Folder{at.Dir: {Dir: at.Dir, owned: map[string]string{}}}
	for _, f := range files {
		dir, rel := at.Place(f.Path)
		if f.InPlace {
			continue
		}
		if all[dir] == nil {
			all[dir] = &Folder{Dir: dir, owned: map[string]string{}, shared: dir == "."}
		}
		f.Path = rel
		all[dir].Files = append(all[dir].Files, f)
	}
	return all
}

// mayOwn keeps a manifest, which anybody can have written, from claiming what is
// outside of the project, or what git and CUE keep in it.
func mayOwn(dir, rel string) bool {
	first, _, _ := strings.Cut(path.Join(dir, rel), "/")
	return fs.ValidPath(dir) && fs.ValidPath(rel) && !strings.EqualFold(first, ".git") && first != "cue.mod"
}

// manifestIn reads the manifest in a folder of the project; none, or one that cannot be read, is empty and owns nothing.
func manifestIn(project, dir string) (render.Manifest, error) {
	root, err := openOutput(project, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return render.Manifest{}, nil
	}
	if err != nil {
		return render.Manifest{}, err
	}
	defer root.Close()
	m, _ := manifestOf(root)
	return m, nil
}
