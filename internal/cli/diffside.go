package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/task-assistant/tasc/internal/audit"
	"github.com/task-assistant/tasc/internal/delta"
	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/version"
)

// sideReader turns one side of a comparison into what its files can do.
type sideReader struct {
	*app
	side
	generated bool
	// old tells the side that is compared with: where it has no specs yet, everything is new.
	old bool
}

// content is what a side holds: its files, and its specs if they were compiled.
type content struct {
	trees []delta.Tree
	set   *spec.Set
	lock  *lock.Lock
}

// declare adds what only the specs say.
func (c content) declare(s delta.Surface) delta.Surface {
	if c.set == nil {
		return s
	}
	return s.Declare(c.set, c.lock)
}

func (r sideReader) read() (content, error) {
	switch specs, err := r.hasSpecs(); {
	case err != nil:
		return content{}, err
	case r.file != "":
		data, err := readFrom(r.fsys, r.file)
		if err != nil {
			return content{}, fmt.Errorf("%s: %s", r.name, cause(err))
		}
		// the two have one name here, so that they are compared whatever they are called
		return content{trees: []delta.Tree{{Files: []delta.File{{Path: "the workflow", At: r.name, Data: data}}}}}, nil
	case r.generated:
		return r.asCommitted()
	case specs:
		return r.compiled()
	case !r.project:
		return r.asCommitted()
	case r.old:
		trees, err := r.beside(nil)
		return content{trees, &spec.Set{}, &lock.Lock{}}, err // it declares nothing
	}
	return r.compiled() // which says that there are none
}

// hasSpecs tells whether there are specs where they are expected.
func (r sideReader) hasSpecs() (bool, error) {
	dir, err := r.specDir()
	if err != nil || r.file != "" || r.generated {
		return false, err
	}
	found, err := fs.Glob(r.fsys, path.Join(dir, "*.cue"))
	return len(found) > 0, err
}

// compiled is what the specs of the side generate, and the workflows that stand beside that.
func (r sideReader) compiled() (content, error) {
	dir, err := r.specDir()
	if err != nil {
		return content{}, err
	}
	day := r.side.day
	if day == "" {
		day = r.today()
	}
	r.lines = diag.NewLines(func(name string) []byte { // a finding is shown with the line as this side has it
		data, err := readFrom(r.fsys, name)
		if err != nil {
			return nil
		}
		return data
	})
	set, lk, found := r.specsIn(r.fsys, dir, day)
	var outputs []output
	if len(found) == 0 {
		outputs, found, err = r.build(layout.Root, set, lk)
	}
	if err != nil {
		return content{}, err
	}
	if len(found) > 0 {
		return content{}, r.uncompiled(found)
	}
	var trees []delta.Tree
	ours := map[string]bool{}
	for i, o := range outputs {
		t := delta.Tree{Platform: set.Platforms[i].Name.Value}
		for _, f := range o.files {
			folder, rel := o.layout.Place(f.Path)
			at := path.Join(folder, rel)
			ours[at] = true
			t.Files = append(t.Files, delta.File{Path: f.Path, At: at, Data: f.Data})
		}
		trees = append(trees, t)
	}
	others, err := r.beside(ours)
	return content{append(trees, others...), set, lk}, err
}

// uncompiled prints why a side has no result, and what to do.
func (r sideReader) uncompiled(found []diag.Diagnostic) error {
	if r.format == "markdown" {
		r.format = "text"
	}
	err := r.findings(found)
	fmt.Fprintf(r.env.Stderr, "Run `tasc diff --generated` to compare the generated files as they were committed: the specs of %s do not compile with tasc %s.\n", r.name, version.Tasc)
	return err
}

// beside are the project's own workflows and actions, which nobody generated.
func (r sideReader) beside(ours map[string]bool) ([]delta.Tree, error) {
	github, err := fs.Sub(r.fsys, ".github")
	if err != nil {
		return nil, err
	}
	names, err := audit.Find(github)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the folder .github: %s", r.name, cause(err))
	}
	var t delta.Tree
	for _, name := range names {
		if name = path.Join(".github", name); !ours[name] {
			if err := r.addFile(&t, name); err != nil {
				return nil, err
			}
		}
	}
	workflows, err := fs.Glob(r.fsys, ".github/workflows/*.y*ml") // in that folder all of them count, whatever they hold
	for _, name := range workflows {
		if !ours[name] && !slices.ContainsFunc(t.Files, func(f delta.File) bool { return f.Path == name }) {
			if err := r.addFile(&t, name); err != nil {
				return nil, err
			}
		}
	}
	return []delta.Tree{t}, err
}

// asCommitted are the generated files as they stand, and all workflows that nobody generated.
func (r sideReader) asCommitted() (content, error) {
	var trees []delta.Tree
	ours := map[string]bool{}
	for _, pattern := range []string{"manifest.json", "*/manifest.json", "*/*/manifest.json"} {
		names, err := fs.Glob(r.fsys, pattern)
		if err != nil {
			return content{}, err
		}
		for _, name := range names {
			t, err := r.committed(name, ours)
			if err != nil {
				return content{}, err
			}
			if t.Platform != "" {
				trees = append(trees, t)
			}
		}
	}
	names, err := audit.Find(r.fsys)
	if err != nil {
		return content{}, fmt.Errorf("%s: %s", r.name, cause(err))
	}
	var rest delta.Tree
	for _, name := range names {
		if !ours[name] && !(r.project && path.Dir(name) == ".") { // a project's own folder holds no workflows
			if err := r.addFile(&rest, name); err != nil {
				return content{}, err
			}
		}
	}
	if len(trees) == 0 && len(rest.Files) == 0 && !r.old {
		return content{}, fmt.Errorf("%s has neither generated files nor workflows, and no specs in %s; name another folder, or the specs with --spec", r.name, r.spec)
	}
	return content{trees: append(trees, rest)}, nil
}

// committed reads what a manifest lists. A file that is not there does not run, and one that is no manifest of ours lists nothing.
func (r sideReader) committed(name string, ours map[string]bool) (delta.Tree, error) {
	data, err := readFrom(r.fsys, name)
	if err != nil {
		return delta.Tree{}, fmt.Errorf("%s: %s: %s", r.name, name, cause(err))
	}
	var m struct {
		Platform string            `json:"platform"`
		Outputs  map[string]string `json:"outputs"`
		Files    []struct {
			Path string `json:"path"`
		} `json:"files"`
	}
	if json.Unmarshal(data, &m) != nil || m.Platform == "" {
		return delta.Tree{}, nil
	}
	t := delta.Tree{Platform: m.Platform, Files: []delta.File{{Path: "manifest.json", At: name, Data: data}}}
	l := layout.Layout{Dir: path.Dir(name), Moved: m.Outputs}
	for _, entry := range m.Files {
		folder, rel := l.Place(entry.Path)
		at := path.Join(folder, rel)
		if !fs.ValidPath(entry.Path) || !fs.ValidPath(at) {
			continue
		}
		data, err := readFrom(r.fsys, at)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return t, fmt.Errorf("%s: %s: %s", r.name, at, cause(err))
		}
		ours[at] = true
		t.Files = append(t.Files, delta.File{Path: entry.Path, At: at, Data: data})
	}
	return t, nil
}

func (r sideReader) addFile(t *delta.Tree, name string) error {
	data, err := readFrom(r.fsys, name)
	if err != nil {
		return fmt.Errorf("%s: %s: %s", r.name, name, cause(err))
	}
	t.Files = append(t.Files, delta.File{Path: name, Data: data})
	return nil
}

// readFrom reads a regular file that is no larger than any that counts.
func readFrom(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > maxGenerated:
		return nil, fmt.Errorf("it has %d bytes", info.Size())
	}
	return fs.ReadFile(fsys, name)
}

// maxGenerated bounds one generated file: sources of engines are the largest.
const maxGenerated = 16 << 20
