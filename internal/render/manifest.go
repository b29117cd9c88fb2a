package render

import (
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/runner/signed"
	"github.com/task-assistant/tasc/internal/version"
)

// ManifestFile lists what a platform's output folder holds.
const ManifestFile = "manifest.json"

// Manifest says which files tasc owns, and in one place what a platform may do.
// It is the only generated file that names the digests of specs and lock, and the compiler.
type Manifest struct {
	Version    int    `json:"version"`
	Platform   string `json:"platform"`
	Compiler   string `json:"compiler"`
	SpecSHA256 string `json:"spec_sha256"`
	LockSHA256 string `json:"lock_sha256"`
	// Actions are all values of uses that leave the platform's own commit.
	Actions []string `json:"actions"`
	// SigningKeys are the fingerprints of the telemetry App's public keys, as GitHub shows them on the App's page.
	SigningKeys []string `json:"signing_keys"`
	// Downloads are the programs that jobs fetch, each with its digest: "https://…/v0.1.0 linux/amd64 sha256:…".
	Downloads []string `json:"downloads,omitempty"`
	// Secrets and Variables must be set for every monitored repository.
	Secrets   []string `json:"secrets"`
	Variables []string `json:"variables"`
	// Permissions are those of the engines' own tokens.
	Permissions []EnginePermissions `json:"permissions"`
	// TokenPermissions are those of GITHUB_TOKEN in the jobs where it has any; in all others it has none.
	TokenPermissions []JobPermissions `json:"token_permissions"`
	Triggers         []Trigger        `json:"triggers"`
	// Outputs are the folders of trees that are not beside the manifest, by tree, relative to the project.
	Outputs map[string]string `json:"outputs,omitempty"`
	Files   []ManifestEntry   `json:"files"`
}

// EnginePermissions are the permissions of one engine's token, as "contents: read".
type EnginePermissions struct {
	Engine      string   `json:"engine"`
	Permissions []string `json:"permissions"`
}

// JobPermissions are the permissions of GITHUB_TOKEN in one job of a workflow file.
type JobPermissions struct {
	Path        string   `json:"path"`
	Job         string   `json:"job"`
	Permissions []string `json:"permissions"`
}

// Trigger lists the events of one workflow file.
type Trigger struct {
	Path   string   `json:"path"`
	Events []string `json:"events"`
}

// ManifestEntry is one file but the manifest itself.
type ManifestEntry struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	// InPlace marks a source of the specs, which is theirs and not tasc's.
	InPlace bool `json:"in_place,omitempty"`
}

func manifest(p plan.Plan, files []File) []byte {
	m := Manifest{
		Version:    1,
		Platform:   p.Platform,
		Compiler:   version.Tasc,
		SpecSHA256: p.SpecDigest,
		LockSHA256: p.LockDigest,
		Actions:    actions(p),

		TokenPermissions: []JobPermissions{}, // so that JSON has an empty list
	}
	m.SigningKeys = fingerprints(p.Facts.Apps.Telemetry.PublicKeys)
	if d := p.Download; d != nil {
		for _, digest := range d.Digests {
			m.Downloads = append(m.Downloads, d.From+" "+digest.Platform+" sha256:"+digest.SHA256)
		}
	}
	if c := p.Compiler; c != nil {
		for _, digest := range c.Digests {
			m.Downloads = append(m.Downloads, c.From+" tasc "+digest.Platform+" sha256:"+digest.SHA256)
		}
	}
	m.Secrets = []string{p.Secrets.EngineKey, p.Secrets.TelemetryKey, p.Secrets.HandoverKey}
	for _, e := range p.Engines {
		m.Secrets = append(m.Secrets, e.Secrets...)
		m.Variables = append(m.Variables, e.Vars...)
	}
	m.Secrets, m.Variables = sorted(m.Secrets...), sorted(m.Variables...)
	for _, e := range p.Facts.Engines {
		m.Permissions = append(m.Permissions, EnginePermissions{e.Name, permissions(e.Permissions)})
	}
	for _, w := range p.Workflows {
		m.Triggers = append(m.Triggers, Trigger{w.Path, events(w.On)})
		m.TokenPermissions = append(m.TokenPermissions, tokenPermissions(w)...)
	}
	for _, o := range p.Outputs {
		if m.Outputs == nil {
			m.Outputs = map[string]string{}
		}
		m.Outputs[o.Tree] = o.Dir
	}
	for _, f := range files {
		m.Files = append(m.Files, ManifestEntry{f.Path, f.SHA256, f.InPlace})
	}
	return indented(m)
}

func actions(p plan.Plan) []string {
	var all []string
	note := func(uses plan.Pinned) {
		if uses.Value == "" || strings.HasPrefix(uses.Value, "./") || strings.HasPrefix(uses.Value, "$/") {
			return
		}
		line := uses.Value
		if uses.Version != "" {
			line += " # " + uses.Version
		}
		all = append(all, line)
	}
	for _, w := range p.Workflows {
		for _, j := range w.Jobs {
			if j.Call != nil {
				note(j.Call.Uses)
				continue
			}
			for _, s := range j.Run.Steps {
				note(s.Uses)
			}
		}
	}
	return sorted(all...)
}

func fingerprints(keys []string) []string {
	out := []string{}
	for _, text := range keys {
		key, err := signed.PublicKey(text)
		if err != nil {
			panic("public-key: " + err.Error())
		}
		out = append(out, signed.Fingerprint(key))
	}
	return out
}

func tokenPermissions(w plan.Workflow) []JobPermissions {
	var out []JobPermissions
	for _, j := range w.Jobs {
		var names []string
		for _, f := range j.Permissions {
			names = append(names, f.Name+": "+f.Text)
		}
		if len(names) > 0 {
			out = append(out, JobPermissions{w.Path, j.ID, sorted(names...)})
		}
	}
	return out
}

func permissions(p map[string]string) []string {
	var out []string
	for name, level := range p {
		out = append(out, name+": "+level)
	}
	return sorted(out...)
}

func events(on plan.On) []string {
	var out []string
	if on.Call != nil {
		out = append(out, "workflow_call")
	}
	if on.PullRequest {
		out = append(out, "pull_request")
	}
	if on.Push != nil {
		out = append(out, "push")
	}
	if len(on.Issues) > 0 {
		out = append(out, "issues")
	}
	if len(on.Schedule) > 0 {
		out = append(out, "schedule")
	}
	if on.Dispatch != nil {
		out = append(out, "workflow_dispatch")
	}
	if len(on.RepositoryDispatch) > 0 {
		out = append(out, "repository_dispatch")
	}
	return sorted(out...)
}

// sorted returns the names in order, each once; never nil, so that JSON has an empty list.
func sorted(names ...string) []string {
	out := append([]string{}, names...)
	slices.Sort(out)
	return slices.Compact(out)
}
