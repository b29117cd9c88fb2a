package bare

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// The modes of tree entries that are made here.
const (
	ModeFile       = "100644"
	ModeExecutable = "100755"
	ModeTree       = "40000"
)

// Entry is one name in a tree: Mode as git writes it ("100644", "40000", …), ID the object it names.
type Entry struct{ Mode, Name, ID string }

// Change puts one file into a tree, or takes it out when ID is empty. Path uses slashes and is relative.
type Change struct{ Path, Mode, ID string }

// ReadTree returns the entries of a tree in git's order. The empty id is the empty tree.
func (r *Repository) ReadTree(id string) ([]Entry, error) {
	if id == "" {
		return nil, nil
	}
	data, err := r.read(id, "tree")
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for len(data) > 0 {
		header, rest, ok := bytes.Cut(data, []byte{0})
		mode, name, _ := strings.Cut(string(header), " ")
		if !ok || len(rest) < 20 {
			return nil, fmt.Errorf("tree %s is malformed", id)
		}
		entries = append(entries, Entry{Mode: mode, Name: name, ID: hex.EncodeToString(rest[:20])})
		data = rest[20:]
	}
	return entries, nil
}

func (r *Repository) writeTree(entries []Entry) (string, error) {
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.sortKey(), b.sortKey()) })
	var data bytes.Buffer
	for _, e := range entries {
		raw, err := hex.DecodeString(e.ID)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&data, "%s %s\x00%s", e.Mode, e.Name, raw)
	}
	return r.WriteObject("tree", data.Bytes())
}

// Git orders a folder as if its name ended with a slash.
func (e Entry) sortKey() string {
	if e.Mode == ModeTree {
		return e.Name + "/"
	}
	return e.Name
}

// Find returns the entry at path in the tree. The empty path is the tree itself. found is false when there is none.
func (r *Repository) Find(tree, path string) (entry Entry, found bool, err error) {
	entry = Entry{Mode: ModeTree, ID: tree}
	if path == "" {
		return entry, true, nil
	}
	for _, name := range strings.Split(path, "/") {
		if entry.Mode != ModeTree {
			return Entry{}, false, nil
		}
		entries, err := r.ReadTree(entry.ID)
		if err != nil {
			return Entry{}, false, err
		}
		at := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })
		if at < 0 {
			return Entry{}, false, nil
		}
		entry = entries[at]
	}
	return entry, true, nil
}

// Apply returns the tree that comes of the changes, made in their order. Folders appear and vanish with their files;
// a file where a folder is needed is an error. The empty id is the empty tree.
func (r *Repository) Apply(tree string, changes []Change) (string, error) {
	entries, err := r.ReadTree(tree)
	if err != nil {
		return "", err
	}
	names, inside := groupByFirstName(changes)
	for _, name := range names {
		at := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })
		old := Entry{Name: name}
		if at >= 0 {
			old = entries[at]
			entries = slices.Delete(entries, at, at+1)
		}
		entry, err := r.applyToEntry(old, inside[name])
		if err != nil {
			return "", err
		}
		if entry.ID != "" {
			entries = append(entries, entry)
		}
	}
	return r.writeTree(entries)
}

// applyToEntry takes the changes of one name; their paths start below it, so a change of the name itself has none.
func (r *Repository) applyToEntry(old Entry, changes []Change) (Entry, error) {
	if last := changes[len(changes)-1]; last.Path == "" {
		return Entry{Mode: last.Mode, Name: old.Name, ID: last.ID}, nil
	}
	if old.ID != "" && old.Mode != ModeTree {
		return Entry{}, fmt.Errorf("%q is a file, expected a folder", old.Name)
	}
	id, err := r.Apply(old.ID, changes)
	if err != nil {
		return Entry{}, err
	}
	if left, err := r.ReadTree(id); err != nil || len(left) == 0 {
		return Entry{}, err
	}
	return Entry{Mode: ModeTree, Name: old.Name, ID: id}, nil
}

func groupByFirstName(changes []Change) (names []string, inside map[string][]Change) {
	inside = make(map[string][]Change, len(changes))
	for _, c := range changes {
		name, rest, _ := strings.Cut(c.Path, "/")
		if _, seen := inside[name]; !seen {
			names = append(names, name)
		}
		inside[name] = append(inside[name], Change{Path: rest, Mode: c.Mode, ID: c.ID})
	}
	return names, inside
}
