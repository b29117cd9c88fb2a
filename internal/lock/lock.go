// Package lock reads tasc.lock: which commit every ref of the specs stands for.
//
// In: the file's bytes. Out: the lock with the position of every entry, and
// findings of the rule "lock". Whether an entry is needed, proven or missing is
// decided by the rules in validate.
package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/ref"
)

// File is the lock's name; it stands beside the specs.
const File = "tasc.lock"

// Version of the format that this compiler reads and writes.
const Version = 1

// Checkout is the action that every generated workflow uses; every lock must hold it.
const Checkout = "actions/checkout@v7.0.1"

// HowTo tells how an entry comes into the lock: this release has no command for it.
const HowTo = "write the entry by hand; docs/lock.md says what it holds"

// Platforms are those for which tasc's own programs are released, as the lock names them, sorted.
var Platforms = []string{"linux/amd64", "linux/arm64"}

// Unproven is the proof of an entry that was written by hand and never checked against GitHub.
const Unproven = "unproven"

// Lock maps refs to what they stand for.
type Lock struct {
	// Name is the file's path, for messages.
	Name string
	// Digest is the sha256 (hex) of the file.
	Digest string
	// EngineRefs by platform, sorted.
	EngineRefs []EngineRef
	// Actions sorted by key.
	Actions []Action
	// Compiler is the tasc that checks and releases in the platform's repository; nil where none is locked.
	Compiler *Binary
	// Runner is the runner that the jobs download; nil where none is locked.
	Runner *Binary
}

// Binary is one of tasc's own programs as it was released.
type Binary struct {
	// Version is the release, such as v0.1.0.
	Version string
	// Digests sorted by platform.
	Digests []Digest
	Pos     diag.Pos
}

// Digest is the sha256 (64 hex digits) of a program for one platform, such as linux/amd64.
type Digest struct{ Platform, SHA256 string }

// EngineRef is the release of one platform.
type EngineRef struct {
	Platform string
	Ref      string
	Commit   string
	Pos      diag.Pos
}

// Action is one action or reusable workflow at one version.
type Action struct {
	// Key is owner/name@ref, as a spec's uses names it (without a path in the repository).
	Key    string
	Commit string
	// Uses are the actions that a composite action uses inside.
	Uses  []string
	Proof string
	Pos   diag.Pos
}

// EngineRef returns the commit that the lock holds for a platform's release.
func (l *Lock) EngineRef(platform, release string) (EngineRef, bool) {
	i := slices.IndexFunc(l.EngineRefs, func(e EngineRef) bool { return e.Platform == platform && e.Ref == release })
	if i < 0 {
		return EngineRef{}, false
	}
	return l.EngineRefs[i], true
}

// Action returns the entry for owner/name@ref.
func (l *Lock) Action(key string) (Action, bool) {
	i, ok := slices.BinarySearchFunc(l.Actions, key, func(a Action, k string) int { return strings.Compare(a.Key, k) })
	if !ok {
		return Action{}, false
	}
	return l.Actions[i], true
}

// document is the file's shape, as design and editors see it.
type document struct {
	Version int `json:"version"`
	// Compiler and Runner hold "version", and a digest by platform.
	Compiler  map[string]string         `json:"compiler,omitempty"`
	EngineRef map[string]engineRefEntry `json:"engine_ref"`
	Runner    map[string]string         `json:"runner,omitempty"`
	Actions   map[string]actionEntry    `json:"actions"`
}

type engineRefEntry struct {
	Ref    string `json:"ref"`
	Commit string `json:"commit"`
}

type actionEntry struct {
	Commit   string   `json:"commit"`
	OwnerID  string   `json:"owner_id"`
	RepoID   string   `json:"repo_id"`
	Uses     []string `json:"uses"`
	Resolved string   `json:"resolved"`
	Proof    string   `json:"proof"`
}

// Parse reads a lock. name is the file's path for messages. Findings mean that
// the lock cannot be used; the lock returned with them is nil.
func Parse(name string, data []byte) (*Lock, []diag.Diagnostic) {
	p := &parser{name: name, data: data, offsets: map[string]int{}, starts: map[int]int{}}
	if err := p.index(); err != nil {
		return nil, p.broken(err)
	}
	var doc document
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return nil, p.broken(err)
	}
	if doc.Version != Version {
		p.report(p.pos("version"), fmt.Sprintf("the lock has version %d", doc.Version), fmt.Sprintf("version %d", Version), "use the tasc that wrote it")
		return nil, p.found
	}
	l := p.lock(doc)
	if len(p.found) > 0 {
		return nil, diag.Sort(p.found) // maps were walked
	}
	return l, nil
}

var (
	numberRE = regexp.MustCompile(`^[1-9][0-9]*$`)
	dateRE   = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`)
)

func (p *parser) lock(doc document) *Lock {
	sum := sha256.Sum256(p.data)
	l := &Lock{Name: p.name, Digest: hex.EncodeToString(sum[:])}
	for name, e := range doc.EngineRef {
		pos := p.pos("engine_ref", name)
		if ref.Classify(e.Ref) != ref.Version {
			p.report(pos, fmt.Sprintf("engine_ref.%s has the ref %q", name, e.Ref), "a full version tag such as v1.4.0", HowTo)
		}
		p.commit(pos, "engine_ref."+name, e.Commit)
		l.EngineRefs = append(l.EngineRefs, EngineRef{Platform: name, Ref: e.Ref, Commit: e.Commit, Pos: pos})
	}
	for key, e := range doc.Actions {
		pos := p.pos("actions", key)
		p.action(pos, key, e)
		l.Actions = append(l.Actions, Action{Key: key, Commit: e.Commit, Uses: e.Uses, Proof: e.Proof, Pos: pos})
	}
	if doc.Compiler != nil {
		l.Compiler = p.binary("compiler", doc.Compiler)
	}
	if doc.Runner != nil {
		l.Runner = p.binary("runner", doc.Runner)
	}
	slices.SortFunc(l.EngineRefs, func(a, b EngineRef) int { return strings.Compare(a.Platform, b.Platform) })
	slices.SortFunc(l.Actions, func(a, b Action) int { return strings.Compare(a.Key, b.Key) })
	return l
}

func (p *parser) commit(pos diag.Pos, what, commit string) {
	if ref.Classify(commit) != ref.Commit {
		p.report(pos, fmt.Sprintf("%s has the commit %q", what, commit), "40 hex digits", HowTo)
	}
}

var digestRE = regexp.MustCompile(`^sha256:([0-9a-f]{64})$`)

// binary reads the entry of one of tasc's own programs.
func (p *parser) binary(name string, entry map[string]string) *Binary {
	b := &Binary{Version: entry["version"], Pos: p.pos(name)}
	if ref.Classify(b.Version) != ref.Version {
		p.report(b.Pos, fmt.Sprintf("%s has the version %q", name, b.Version), "a full version tag such as v0.1.0", HowTo)
	}
	for _, platform := range Platforms {
		digest, ok := entry[platform]
		m := digestRE.FindStringSubmatch(digest)
		switch {
		case !ok:
			continue
		case m == nil:
			p.report(p.pos(name, platform), fmt.Sprintf("%s has the digest %q for %s", name, digest, platform), "sha256:<64 hex digits>", HowTo)
			continue
		}
		b.Digests = append(b.Digests, Digest{Platform: platform, SHA256: m[1]})
	}
	if len(b.Digests) == 0 && len(p.found) == 0 {
		p.report(b.Pos, name+" has no digest", "one for each platform that it runs on: "+strings.Join(Platforms, ", "), HowTo)
	}
	return b
}

func (p *parser) action(pos diag.Pos, key string, e actionEntry) {
	u, err := ref.ParseUses(key)
	if kind := ref.Classify(u.Ref); err != nil || u.Form != "action" || u.Path != "" || kind != ref.Version && kind != ref.Commit {
		p.report(pos, fmt.Sprintf("actions has the key %q", key), "owner/name@ref, with a full version tag or a commit as ref", HowTo)
		return
	}
	p.commit(pos, key, e.Commit)
	for _, c := range []struct {
		name, value, want string
		ok                bool
	}{
		{"owner_id", e.OwnerID, "GitHub's number of the owner, as text", numberRE.MatchString(e.OwnerID)},
		{"repo_id", e.RepoID, "GitHub's number of the repository, as text", numberRE.MatchString(e.RepoID)},
		{"resolved", e.Resolved, "a date such as 2026-01-31", dateRE.MatchString(e.Resolved)},
		{"proof", e.Proof, fmt.Sprintf("%q", Unproven), e.Proof == Unproven},
	} {
		if !c.ok {
			p.report(pos, fmt.Sprintf("%s has %s %q", key, c.name, c.value), c.want, HowTo)
		}
	}
}
