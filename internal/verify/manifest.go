package verify

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
)

const manifestFile = "manifest.json"

// manifest is what manifest.json says, as far as it is proven.
type manifest struct {
	SpecSHA256       string   `json:"spec_sha256"`
	LockSHA256       string   `json:"lock_sha256"`
	SigningKeys      []string `json:"signing_keys"`
	TokenPermissions []struct {
		Path, Job   string
		Permissions []string
	} `json:"token_permissions"`
	Secrets     []string
	Variables   []string
	Permissions []struct {
		Engine      string
		Permissions []string
	}
	Downloads []string
	Outputs   map[string]string
	Files     []struct {
		Path, SHA256 string
		InPlace      bool `json:"in_place"`
	}
}

// manifest: it lists every other file once with its digest, and says of secrets and permissions what the plan says.
func (v *verifier) manifest(seen map[string]File) {
	at := diag.Pos{File: manifestFile}
	var m manifest
	if err := json.Unmarshal(seen[manifestFile].Data, &m); err != nil {
		v.report("verify-files", at, "it cannot be read: %v", err)
		return
	}
	if m.SpecSHA256 != v.plan.SpecDigest || m.LockSHA256 != v.plan.LockDigest {
		v.report("verify-files", at, "it does not hold the digests of specs and lock")
	}
	v.manifestFiles(m, seen)
	outputs := map[string]string{}
	for _, o := range v.plan.Outputs {
		outputs[o.Tree] = o.Dir
	}
	if !maps.Equal(m.Outputs, outputs) {
		v.report("verify-files", at, "the trees are not where they are planned")
	}
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
	} {
		if !sameSet(list.got, list.want) {
			v.report("verify-files", at, "%s are %s, expected %s", list.what, strings.Join(list.got, "; "), strings.Join(list.want, "; "))
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
	slices.Sort(out)
	return out
}
