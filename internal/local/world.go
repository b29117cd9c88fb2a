package local

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/githubtest"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/spec"
)

// world is the stand-in with everything on it that the run needs.
type world struct {
	github *githubtest.Server
	config Config
	// plan and files are those that monitored repositories see: the stub names release, the commit of the platform tree.
	plan      plan.Plan
	files     []render.File
	release   string
	head      string // of the monitored repository
	telemetry string // owner/name
	secrets   map[string]string
	made      []string // full names of the repositories
}

// newWorld sets everything up. The stand-in panics on a mistake of ours.
func newWorld(github *githubtest.Server, c Config) *world {
	w := &world{github: github, config: c}
	w.platform()
	w.telemetry = w.plan.Facts.TelemetryRepository(c.Event.Repository)
	if w.telemetry == "" {
		owner, _, _ := strings.Cut(c.Event.Repository, "/")
		w.telemetry = owner + "/task-assistant-telemetry"
	}
	w.addOnce(w.telemetry, githubtest.Repository{Private: true})
	github.Commit(w.telemetry, "main", "telemetry", githubtest.Files(map[string]string{"README.md": "# Telemetry\n"})...)
	w.registry()
	w.host()
	w.apps()
	return w
}

// addOnce makes a repository, unless it plays another part already: preflight says what is wrong with that.
func (w *world) addOnce(fullName string, settings githubtest.Repository) {
	if !slices.ContainsFunc(w.made, func(name string) bool { return strings.EqualFold(name, fullName) }) {
		w.github.AddRepository(fullName, settings)
		w.made = append(w.made, fullName)
	}
}

// platform commits the platform tree and plans again for that commit.
func (w *world) platform() {
	c := w.config
	w.plan = plan.Build(c.Set, c.Platform, c.Lock)
	w.addOnce(w.plan.Facts.Repository, githubtest.Repository{Private: w.plan.Facts.Closed()})
	w.release = w.github.Commit(w.plan.Facts.Repository, "main", "release "+c.Platform.EngineRef.Value, tree(render.Files(w.plan), "platform/")...)
	p, lk := w.released()
	w.plan = plan.Build(c.Set, p, lk)
	w.files = render.Files(w.plan)
}

// released returns platform and lock as they are once the commit is released. Where the lock holds the release's commit,
// that is now this one; a branch or a tag of development mode stays as it is, and the stand-in has it.
func (w *world) released() (*spec.Platform, *lock.Lock) {
	p, lk := *w.config.Platform, *w.config.Lock
	name := p.EngineRef.Value
	_, locked := lk.EngineRef(p.Name.Value, name)
	switch kind := ref.Classify(name); {
	case kind == ref.Commit:
		p.EngineRef.Value = w.release
	case locked || p.Mode.Value == "marketplace":
		lk.EngineRefs = append(slices.DeleteFunc(slices.Clone(lk.EngineRefs), func(e lock.EngineRef) bool { return e.Platform == p.Name.Value }),
			lock.EngineRef{Platform: p.Name.Value, Ref: name, Commit: w.release})
	case kind == ref.Version:
		w.github.SetRef(p.Repository.Value, "refs/tags/"+name, w.release)
	default:
		w.github.SetRef(p.Repository.Value, "refs/heads/"+name, w.release)
	}
	return &p, &lk
}

// tree returns the rendered files below a folder as the files of a commit.
func tree(files []render.File, below string) []githubtest.File {
	var out []githubtest.File
	for _, f := range files {
		if name, ok := strings.CutPrefix(f.Path, below); ok {
			out = append(out, githubtest.File{Path: name, Content: string(f.Data), Executable: f.Executable})
		}
	}
	return out
}

// registry makes the operators' registry, where the platform has one, with this telemetry repository for the owner.
func (w *world) registry() {
	r := w.plan.Facts.Telemetry.Registry
	if r == nil {
		return
	}
	owner, _, _ := strings.Cut(w.config.Event.Repository, "/")
	data, err := json.Marshal(map[string]any{"schema_version": "2.0", "orgs": map[string]any{
		owner: map[string]any{"telemetry_repo": w.telemetry, "repos": map[string]any{w.name(): map[string]any{"state": "enabled"}}},
	}})
	if err != nil {
		panic(err) // texts always encode
	}
	w.addOnce(r.Repository, githubtest.Repository{Private: true})
	w.github.Commit(r.Repository, "main", "registry", githubtest.Files(map[string]string{r.Path: string(data)})...)
}

func (w *world) name() string {
	_, name, _ := strings.Cut(w.config.Event.Repository, "/")
	return name
}

// host makes the monitored repository: the target's files, the stub, and what the payload says of the issue.
func (w *world) host() {
	name, payload := w.config.Event.Repository, w.config.Event.Payload
	repository, _ := payload["repository"].(map[string]any)
	is := func(flag string) bool { on, _ := repository[flag].(bool); return on }
	main := text(repository, "default_branch")
	w.addOnce(name, githubtest.Repository{
		Private: is("private"), Archived: is("archived"), Disabled: is("disabled"), Fork: is("fork"), IsTemplate: is("is_template"), DefaultBranch: main,
	})
	stub := tree(w.files, "host/"+w.config.Event.Profile+"/")
	files := slices.DeleteFunc(slices.Clone(w.config.Target.Files), func(f githubtest.File) bool { return f.Path == stub[0].Path })
	w.head = w.github.Commit(name, main, "onboard", append(files, stub...)...)
	if branch := w.config.Event.branch(); branch != main {
		w.github.SetRef(name, "refs/heads/"+branch, w.head)
	}
	for _, title := range w.config.Target.Milestones {
		w.github.AddMilestone(name, title)
	}
	if issue, ok := payload["issue"].(map[string]any); ok {
		w.issue(issue)
	}
	for _, member := range []string{"before", "after"} {
		if payload[member] == zero {
			payload[member] = w.head
		}
	}
}

// issue gives the monitored repository the issue of the payload.
func (w *world) issue(issue map[string]any) {
	of := githubtest.Issue{Title: text(issue, "title")}
	if n, err := json.Number(fmt.Sprint(issue["number"])).Int64(); err == nil {
		of.Number = int(n)
	}
	labels, _ := issue["labels"].([]any)
	for _, l := range labels {
		if label, ok := l.(map[string]any); ok {
			of.Labels = append(of.Labels, text(label, "name"))
		}
	}
	if m, ok := issue["milestone"].(map[string]any); ok {
		of.Milestone = text(m, "title")
		if !slices.Contains(w.config.Target.Milestones, of.Milestone) {
			w.github.AddMilestone(w.config.Event.Repository, of.Milestone)
		}
	}
	w.github.AddIssue(w.config.Event.Repository, of)
}

// apps registers the Apps with what the platform asks of their owners, installs them where they belong, and makes the
// secrets that the stub hands on.
func (w *world) apps() {
	f, names := w.plan.Facts, w.plan.Secrets
	granted := map[string]string{"contents": "read"}
	for _, e := range f.Engines {
		for name, level := range e.Permissions {
			if granted[name] != "write" {
				granted[name] = level
			}
		}
	}
	reach := []string{w.config.Event.Repository}
	if f.Closed() {
		reach = append(reach, f.Repository)
	}
	if f.Telemetry.Registry != nil {
		reach = append(reach, f.Telemetry.Registry.Repository)
	}
	w.secrets = maps.Clone(w.config.Secrets)
	if w.secrets == nil {
		w.secrets = map[string]string{}
	}
	w.secrets[names.HandoverKey] = handoverKey()
	if f.Apps.Engine.ClientID == f.Apps.Telemetry.ClientID {
		granted["contents"] = "write"
		w.secrets[names.EngineKey] = w.app(f.Apps.Engine.ClientID, f.Apps.Engine.Slug, granted, append(reach, w.telemetry))
		w.secrets[names.TelemetryKey] = w.secrets[names.EngineKey]
		return
	}
	w.secrets[names.EngineKey] = w.app(f.Apps.Engine.ClientID, f.Apps.Engine.Slug, granted, reach)
	w.secrets[names.TelemetryKey] = w.app(f.Apps.Telemetry.ClientID, f.Apps.Telemetry.Slug, map[string]string{"contents": "write"}, []string{w.telemetry})
}

// app registers one App, installs it on each owner's repositories and returns its key.
func (w *world) app(clientID, slug string, granted map[string]string, reach []string) string {
	app := w.github.AddApp(githubtest.App{ClientID: clientID, Slug: slug, Permissions: granted})
	slices.Sort(reach)
	byOwner := map[string][]string{}
	for _, name := range slices.Compact(reach) {
		owner, _, _ := strings.Cut(name, "/")
		byOwner[owner] = append(byOwner[owner], name)
	}
	for _, owner := range slices.Sorted(maps.Keys(byOwner)) {
		w.github.Install(clientID, owner, byOwner[owner]...)
	}
	return app.PrivateKeyPEM()
}

// handoverKey is a key as an owner makes one: 32 random bytes in base64.
func handoverKey() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	return base64.StdEncoding.EncodeToString(key)
}

// branch is that of a push, the default branch for every other event.
func (e Event) branch() string {
	if name, ok := strings.CutPrefix(text(e.Payload, "ref"), "refs/heads/"); ok && e.Name == "push" {
		return name
	}
	repository, _ := e.Payload["repository"].(map[string]any)
	return text(repository, "default_branch")
}

// clone makes the working copy in which act finds the stub.
func (w *world) clone(ctx context.Context, dir string) error {
	_, err := git(ctx, "clone", "--quiet", "--branch", w.config.Event.branch(), w.github.GitDir(w.config.Event.Repository), dir)
	return err
}

// git runs git without the user's configuration.
func git(ctx context.Context, args ...string) ([]byte, error) {
	return gitWith(ctx, []string{"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}, args)
}

// userGit runs git with it: it knows the way to the network.
func userGit(ctx context.Context, args ...string) ([]byte, error) { return gitWith(ctx, nil, args) }

func gitWith(ctx context.Context, env, args []string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(append(os.Environ(), "GIT_TERMINAL_PROMPT=0"), env...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}

// write puts rendered files below a folder.
func write(dir string, files []githubtest.File) error {
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		mode := os.FileMode(0o600)
		if f.Executable {
			mode = 0o700
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(f.Content), mode); err != nil {
			return err
		}
	}
	return nil
}
