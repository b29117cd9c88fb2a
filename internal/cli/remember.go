package cli

import (
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/task-assistant/tasc/internal/cache"
	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/parallel"
	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/tree"
)

// known is what is remembered of an output: all but the bytes of its files.
type known struct {
	Layout  layout.Layout
	Files   []render.File
	Pending []string
}

// remember keeps what came of the specs that were read. It goes on beside what follows; Run waits for it.
func (a *app) remember(root string, outputs []output) {
	all := make([]known, len(outputs))
	for i, o := range outputs {
		all[i] = known{o.layout, o.files, o.pending}
	}
	key := a.key(root)
	a.background.Go(func() { a.env.Cache.Put(a.inputs, key, all) })
}

// remembered returns the outputs of a run that had no findings, without the
// bytes of their files, if all that the run has read is still the same.
func (a *app) remembered(out string) ([]output, bool) {
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return nil, false
	}
	defer root.Close()
	var all []known
	if !a.env.Cache.Get(root.FS(), a.key(out), &all) {
		return nil, false
	}
	outputs := make([]output, len(all))
	for i, o := range all {
		outputs[i] = output{o.Layout, o.Files, o.Pending}
	}
	return outputs, true
}

func (a *app) key(out string) cache.Key {
	dir, err := filepath.Abs(a.dir)
	if err != nil {
		dir = a.dir
	}
	return cache.Key{Project: dir, Spec: a.spec, Out: out, Day: a.today()}
}

// upToDate returns the outputs, without a difference, if neither the specs nor what
// stands in the output folders, of which every byte is looked at, differs from the
// last run.
func (a *app) upToDate(root string) ([]drift, bool) {
	outputs, ok := a.remembered(root)
	if !ok {
		return nil, false
	}
	if abandoned, err := a.abandoned(root, outputs); err != nil || len(abandoned) > 0 {
		return nil, false
	}
	var differs atomic.Bool
	drifts := make([]drift, len(outputs))
	parallel.Do(len(outputs), func(i int) {
		drifts[i].output = outputs[i]
		if !differs.Load() && !tree.Matches(a.dir, outputs[i].layout, outputs[i].files) {
			differs.Store(true)
		}
	})
	return drifts, !differs.Load()
}
