package load

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/task-assistant/tasc/internal/parallel"
	"github.com/task-assistant/tasc/internal/spec"
)

// batchFiles is how many files are evaluated together. Fewer would build the
// schema more often, more would hold more memory and leave processors idle.
const batchFiles = 32

// batched evaluates the package in batches of local files, each with all shared
// files and a CUE context of its own. ok is false where the whole package has to
// be evaluated: it is small, the batches could differ from it (outline.go), or
// there is a finding. Then out holds what CUE itself failed on, if it did.
func (o Options) batched(p *pkg) (out outcome, ok bool) {
	size := cmp.Or(o.batch, batchFiles)
	if size < 0 || len(p.found) > 0 || len(p.files) <= size {
		return outcome{}, false
	}
	lay, ok := o.layout(p)
	if o.batch == 0 {
		size = max(size, 2*len(lay.shared)) // which every batch evaluates again
	}
	if !ok || len(lay.local) <= size {
		return outcome{}, false
	}
	batches := slices.Collect(slices.Chunk(lay.local, evenly(len(lay.local), size)))
	outs := make([]outcome, len(batches))
	var failed atomic.Bool
	parallel.Do(len(batches), func(i int) {
		if failed.Load() {
			return // no batch counts any more
		}
		outs[i] = o.evaluateBatch(p, lay, batches[i], i == 0)
		if len(outs[i].found) > 0 {
			failed.Store(true)
		}
	})
	switch {
	case slices.ContainsFunc(outs, outcome.broken):
		out = o.blame(p, lay, batches, outs)
		return out, out.end != End{}
	case failed.Load():
		return outcome{}, false
	}
	return merge(outs), true
}

// evenly returns the size of n things in as few chunks as chunks of at most size allow.
func evenly(n, size int) int {
	chunks := (n + size - 1) / size
	return (n + chunks - 1) / chunks
}

// evaluateBatch evaluates some local files together with the shared ones. What
// the shared files declare comes from the first batch.
func (o Options) evaluateBatch(p *pkg, lay layout, batch []localFile, first bool) outcome {
	files := slices.Clone(lay.shared)
	own := map[declared]bool{}
	for _, f := range batch {
		files = append(files, f.file)
		own[f.declared] = true
	}
	sortFiles(files)
	owns := func(group, name string) bool {
		d := declared{group, name}
		return own[d] || first && !lay.owned[d]
	}
	return o.Guard.run(1, names(files), func() outcome { return p.evaluate(files, owns) })
}

// sortFiles brings files into the order that they have in the whole package: that of conjuncts and fields follows it.
func sortFiles(files []*file) {
	slices.SortFunc(files, func(a, b *file) int { return strings.Compare(a.name, b.name) })
}

// blame looks for the file that made an evaluation hang or CUE fail. Where
// memory is short it names all files of the batches that were not done.
func (o Options) blame(p *pkg, lay layout, batches [][]localFile, outs []outcome) outcome {
	i := slices.IndexFunc(outs, outcome.broken)
	if outs[i].end.Final {
		var files []string
		for k, out := range outs {
			for _, f := range batches[k] {
				if out.end.Final {
					files = append(files, f.file.name)
				}
			}
		}
		return gaveUp(slices.Sorted(slices.Values(append(files, names(lay.shared)...))), outs[i].end)
	}
	if out, found := o.try(p, lay.shared, lay.shared, outs[i].end); found {
		return out
	}
	for _, f := range batches[i] {
		files := append(slices.Clone(lay.shared), f.file)
		sortFiles(files)
		if out, found := o.try(p, []*file{f.file}, files, outs[i].end); found {
			return out
		}
	}
	return outs[i]
}

// try evaluates files with a tenth of the patience that the batch had, and tells whether the suspects are the cause.
func (o Options) try(p *pkg, suspects, files []*file, end End) (outcome, bool) {
	out := o.Guard.run(10, names(suspects), func() outcome { return p.evaluate(files, nil) })
	if out.end != (End{}) && len(suspects) > 0 {
		out = gaveUp(names(suspects), end) // the shorter patience is nobody's affair
	}
	return out, out.broken()
}

// merge puts the specs of all batches together, sorted by name.
func merge(outs []outcome) outcome {
	var out outcome
	for _, o := range outs {
		out.platforms = append(out.platforms, o.platforms...)
		out.engines = append(out.engines, o.engines...)
	}
	slices.SortFunc(out.platforms, func(a, b *spec.Platform) int { return strings.Compare(a.Name.Value, b.Name.Value) })
	slices.SortFunc(out.engines, func(a, b *spec.Engine) int { return strings.Compare(a.Name.Value, b.Name.Value) })
	return out
}
