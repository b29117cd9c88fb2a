package tree

import "slices"

// Reverse returns the changes that take changes back which Write has made.
func Reverse(outputs []Output) []Output {
	var out []Output
	for _, o := range slices.Backward(outputs) {
		back := Output{Dir: o.Dir}
		for _, c := range slices.Backward(o.Changes) {
			b := Change{Kind: Stale, Path: c.Path, Old: c.New, New: c.Old, WasExecutable: c.Executable, Executable: c.WasExecutable}
			switch c.Kind {
			case Missing:
				b.Kind = Orphan
			case Orphan:
				b.Kind = Missing
			}
			back.Changes = append(back.Changes, b)
		}
		out = append(out, back)
	}
	return out
}
