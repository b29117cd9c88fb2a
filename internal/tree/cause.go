package tree

import (
	"encoding/json"
	"os"
	"slices"

	"github.com/task-assistant/tasc/internal/render"
)

// Cause is what differs between what a folder was generated from and what there is now.
type Cause struct {
	// What is "specs", "lock" or "compiler".
	What string
	// Was and Is are the versions of the compiler; empty for the others, which have only digests.
	Was, Is string
}

// manifestOf reads the manifest of an output folder. One that cannot be read is none.
func manifestOf(root *os.Root) (render.Manifest, bool) {
	data, err := ReadFile(root, render.ManifestFile)
	if err != nil {
		return render.Manifest{}, false
	}
	return parseManifest(data)
}

func parseManifest(data []byte) (m render.Manifest, ok bool) {
	err := json.Unmarshal(data, &m)
	return m, err == nil && m.Platform != ""
}

// causes compares what two manifests say of where their files come from.
func causes(was render.Manifest, files []render.File) []Cause {
	i := slices.IndexFunc(files, func(f render.File) bool { return f.Path == render.ManifestFile })
	if i < 0 {
		return nil
	}
	is, ok := parseManifest(files[i].Data)
	if !ok {
		return nil
	}
	var out []Cause
	if was.SpecSHA256 != is.SpecSHA256 {
		out = append(out, Cause{What: "specs"})
	}
	if was.LockSHA256 != is.LockSHA256 {
		out = append(out, Cause{What: "lock"})
	}
	if was.Compiler != is.Compiler {
		out = append(out, Cause{"compiler", was.Compiler, is.Compiler})
	}
	return out
}
