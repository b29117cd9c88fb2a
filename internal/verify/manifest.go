package verify

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/version"
)

const manifestFile = "manifest.json"

// manifest is all that manifest.json says, in the order in which it says it.
type manifest struct {
	Version          int                 `json:"version"`
	Platform         string              `json:"platform"`
	Compiler         string              `json:"compiler"`
	SpecSHA256       string              `json:"spec_sha256"`
	LockSHA256       string              `json:"lock_sha256"`
	Actions          []string            `json:"actions"`
	SigningKeys      []string            `json:"signing_keys"`
	Downloads        []string            `json:"downloads,omitempty"`
	Secrets          []string            `json:"secrets"`
	Variables        []string            `json:"variables"`
	Permissions      []enginePermissions `json:"permissions"`
	TokenPermissions []jobPermissions    `json:"token_permissions"`
	Triggers         []trigger           `json:"triggers"`
	Outputs          map[string]string   `json:"outputs,omitempty"`
	Files            []manifestEntry     `json:"files"`
}

type (
	enginePermissions struct {
		Engine      string   `json:"engine"`
		Permissions []string `json:"permissions"`
	}
	jobPermissions struct {
		Path        string   `json:"path"`
		Job         string   `json:"job"`
		Permissions []string `json:"permissions"`
	}
	trigger struct {
		Path   string   `json:"path"`
		Events []string `json:"events"`
	}
	manifestEntry struct {
		Path    string `json:"path"`
		SHA256  string `json:"sha256"`
		InPlace bool   `json:"in_place,omitempty"`
	}
)

// manifest: it lists every other file once with its digest, says of secrets and permissions what the plan says and of
// actions and events what the workflows say, and nothing besides.
func (v *verifier) manifest(seen map[string]File) {
	at := diag.Pos{File: manifestFile}
	data := seen[manifestFile].Data
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		v.report("verify-files", at, "it cannot be read: %v", err)
		return
	}
	if !bytes.Equal(data, asJSON(m)) {
		v.report("verify-files", at, "it does not read to everybody as it does to tasc: a member is unknown, stands twice or is written in another way")
	}
	if m.Version != 1 || m.Platform != v.plan.Platform || m.Compiler != version.Tasc {
		v.report("verify-files", at, "it is not of this platform, or of another tasc")
	}
	if m.SpecSHA256 != v.plan.SpecDigest || m.LockSHA256 != v.plan.LockDigest {
		v.report("verify-files", at, "it does not hold the digests of specs and lock")
	}
	v.manifestFiles(m, seen)
	v.manifestLists(m, seen)
	outputs := map[string]string{}
	for _, o := range v.plan.Outputs {
		outputs[o.Tree] = o.Dir
	}
	if !maps.Equal(m.Outputs, outputs) {
		v.report("verify-files", at, "the trees are not where they are planned")
	}
}

// asJSON encodes a value as every JSON file of ours is written.
func asJSON(value any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(value); err != nil {
		panic(err) // texts, numbers and slices always encode
	}
	return b.Bytes()
}

func (v *verifier) manifestLists(m manifest, seen map[string]File) {
	_, swept := seen[telemetryFile]
	for _, list := range []struct {
		what      string
		got, want []string
	}{
		{"the signing keys", m.SigningKeys, fingerprints(v.plan.Facts.Apps.Telemetry.PublicKeys)},
		{"the permissions of GITHUB_TOKEN", m.tokens(), v.allTokens(swept)},
		{"the secrets", m.Secrets, v.allSecrets()},
		{"the variables", m.Variables, v.allVariables()},
		{"the downloads", m.Downloads, v.allDownloads()},
		{"the permissions of engines", m.permissions(), v.allPermissions()},
		{"the actions", m.Actions, v.actions},
		{"the events", m.events(), v.triggers},
	} {
		if want := slices.Compact(slices.Sorted(slices.Values(list.want))); !slices.Equal(list.got, want) {
			v.report("verify-files", diag.Pos{File: manifestFile}, "%s are %s, expected %s", list.what, strings.Join(list.got, "; "), strings.Join(want, "; "))
		}
	}
}

func (v *verifier) manifestFiles(m manifest, seen map[string]File) {
	at := diag.Pos{File: manifestFile}
	listed := map[string]string{}
	for _, f := range m.Files {
		listed[f.Path] = f.SHA256
		if source := strings.HasPrefix(f.Path, "platform/engines/"); f.InPlace != (source && v.plan.InPlace) {
			v.report("verify-files", at, "it says of %s that somebody else owns it", f.Path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(seen)) {
		if path != manifestFile && listed[path] != digest(seen[path].Data) {
			v.report("verify-files", at, "it does not hold the digest of %s", path)
		}
	}
	if len(m.Files) != len(seen)-1 {
		v.report("verify-files", at, "%d files are listed, %d are there", len(m.Files), len(seen)-1)
	}
}

// noteSurface keeps what a workflow uses of others and what starts it, as the file itself says it.
func (v *verifier) noteSurface(d document) {
	for _, l := range d.leaves {
		if uses := l.node.Value; strings.HasSuffix(l.path, ".uses") && !strings.HasPrefix(uses, "./") && !strings.HasPrefix(uses, "$/") {
			v.actions = append(v.actions, strings.TrimSpace(uses+" "+l.node.LineComment))
		}
	}
	for k := range pairs(get(d.root, "on")) {
		v.triggers = append(v.triggers, d.file+" "+k.Value)
	}
}

func (m manifest) events() []string {
	var out []string
	for _, t := range m.Triggers {
		for _, event := range t.Events {
			out = append(out, t.Path+" "+event)
		}
	}
	return out
}

func (m manifest) tokens() []string {
	var out []string
	for _, t := range m.TokenPermissions {
		out = append(out, t.Path+" "+t.Job+" "+strings.Join(t.Permissions, ", "))
	}
	return out
}

// allTokens are the jobs whose GITHUB_TOKEN may do anything.
func (v *verifier) allTokens(swept bool) []string {
	var out []string
	if swept {
		out = append(out, telemetryFile+" sweep contents: write")
	}
	for _, w := range v.plan.Workflows {
		if o, isOwn := own[w.Path]; isOwn {
			out = append(out, w.Path+" "+o.job+" "+o.scope+": "+o.level)
		}
	}
	return out
}

func (v *verifier) allVariables() []string {
	var out []string
	for _, e := range v.plan.Engines {
		out = append(out, e.Vars...)
	}
	return out
}

func (m manifest) permissions() []string {
	var out []string
	for _, p := range m.Permissions {
		for _, perm := range p.Permissions {
			out = append(out, p.Engine+" "+perm)
		}
	}
	return out
}

func (v *verifier) allPermissions() []string {
	var out []string
	for _, e := range v.plan.Facts.Engines {
		for perm, level := range e.Permissions {
			out = append(out, e.Name+" "+perm+": "+level)
		}
	}
	return out
}
