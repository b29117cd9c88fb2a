package audit

import (
	"bytes"
	"cmp"
	"slices"

	"gopkg.in/yaml.v3"
)

// edit replaces the bytes from start to end of a file.
type edit struct {
	start, end int
	text       string
}

// fixed is the file after all edits, nil where there are none, or where what comes out is no YAML any
// more. Every byte that no edit names stays as it is.
func (p *pass) fixed() []byte {
	if len(p.edits) == 0 {
		return nil
	}
	slices.SortStableFunc(p.edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	p.edits = slices.Compact(p.edits) // a scalar that an alias repeats is mended where it stands
	var out bytes.Buffer
	at := 0
	for _, e := range p.edits {
		if e.start < at {
			return nil // two edits of one place: neither knows of the other
		}
		out.Write(p.data[at:e.start])
		out.WriteString(e.text)
		at = e.end
	}
	out.Write(p.data[at:])
	if yaml.Unmarshal(out.Bytes(), new(yaml.Node)) != nil {
		return nil
	}
	return out.Bytes()
}
