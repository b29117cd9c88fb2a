package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/ref"
	"github.com/task-assistant/tasc/internal/release"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/tree"
)

func (a *app) release() *cobra.Command {
	return &cobra.Command{
		Use:   "release vX.Y.Z",
		Short: "Tag a release, and let monitored repositories enter at it",
		Long: "Release makes the commit that is checked out the release of the platform whose tree is at the\n" +
			"top of this repository. It demands a clean work tree that passes check, tags the commit, writes\n" +
			"the release into engine_ref and tasc.lock, renders host/, org/ and telemetry/ anew and commits\n" +
			"that. It sends nothing anywhere, and changes nothing at all if anything fails.",
		Example: "  tasc release v1.4.0\n  git push --atomic origin HEAD v1.4.0",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || ref.Classify(args[0]) != ref.Version {
				return errors.New("one version is expected, such as v1.4.0")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.runRelease(cmd.Context(), args[0]) },
	}
}

func (a *app) runRelease(ctx context.Context, version string) error {
	repo, err := release.Open(ctx, a.dir)
	if err != nil {
		return a.refused(err)
	}
	if sound, err := a.sound(); !sound {
		return err
	}
	set, _, found, err := a.specs()
	if err != nil || len(found) > 0 {
		return a.stop(found, err)
	}
	pl, err := releasable(set, version)
	if err == nil {
		err = a.enter(set, pl, version, repo.Head)
	}
	if err != nil {
		return a.refused(err)
	}
	drifts, err := a.compare(layout.Root)
	if err != nil || drifts == nil {
		return err
	}
	changes, err := a.changes(drifts)
	if err != nil {
		return err
	}
	title := pl.Title.Value + " " + version
	if err := a.publish(ctx, repo, version, title, changes); err != nil {
		return a.refused(err)
	}
	fmt.Fprintf(a.progress(), "%s is %s; monitored repositories enter there from the next commit on\n\nNext:\n  git push --atomic origin %s %s\n", version, repo.Head, repo.Branch, version)
	return a.findings(nil)
}

// refused prints a refusal as the finding that it is.
func (a *app) refused(err error) error {
	var r *release.Refusal
	if !errors.As(err, &r) {
		return err
	}
	return a.findings([]diag.Diagnostic{{Rule: "release", Pos: diag.Pos{File: a.spec}, Message: r.Message, Expected: r.Expected, Fix: r.Fix}})
}

// sound reports whether check finds nothing, and prints what it finds.
func (a *app) sound() (bool, error) {
	drifts, err := a.compare(layout.Root)
	if err != nil || drifts == nil {
		return false, err
	}
	var found []diag.Diagnostic
	for _, d := range drifts {
		found = append(found, a.drifted(d)...)
	}
	more, err := a.schemaDrift()
	if found = append(found, more...); err != nil || len(found) > 0 {
		return false, a.stop(found, err)
	}
	return true, nil
}

// releasable returns the platform that this repository holds.
func releasable(set *spec.Set, version string) (*spec.Platform, error) {
	at := slices.IndexFunc(set.Platforms, func(p *spec.Platform) bool { return layout.Of(layout.Root, p).Moved[layout.PlatformTree] == "." })
	if at < 0 {
		return nil, &release.Refusal{Message: "no platform tree is at the top of this repository, so none of its commits is a release", Expected: "outputs: platform: \".\"",
			Fix: "generate the platform tree there, or commit it to a repository of its own, tag it and write the lock's entry by hand"}
	}
	p := set.Platforms[at]
	if ref.Classify(p.EngineRef.Value) != ref.Version {
		return nil, &release.Refusal{Message: fmt.Sprintf("engine_ref of platform %s is %q, and monitored repositories enter there whatever is released", p.Name.Value, p.EngineRef.Value),
			Expected: "a version that the release can take the place of", Fix: "write engine_ref: \"" + version + "\" and commit it"}
	}
	return p, nil
}

// enter lays the release over spec and lock: from here on the line reads them as they will be.
func (a *app) enter(set *spec.Set, p *spec.Platform, version, commit string) error {
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	files := map[string][]byte{}
	name := path.Join(set.Dir, lock.File)
	locked, err := root.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	files[name] = lock.WithEngineRef(locked, p.Name.Value, version, commit)
	if pos := p.EngineRef.Pos; p.EngineRef.Value != version {
		text, err := root.ReadFile(pos.File)
		if err != nil {
			return err
		}
		edited, ok := replaceAt(text, pos, "\""+p.EngineRef.Value+"\"", "\""+version+"\"")
		if !ok {
			return &release.Refusal{Message: fmt.Sprintf("%s: engine_ref is not written out here, so it cannot be changed to %s", pos, version),
				Expected: "a text in quotes, such as \"" + version + "\"", Fix: "write the new release where engine_ref takes it from, commit that, and release again"}
		}
		files[pos.File] = edited
	}
	a.overlay = files
	return nil
}

// replaceAt puts a text in the place of another, which must stand at pos.
func replaceAt(data []byte, pos diag.Pos, old, text string) ([]byte, bool) {
	offset := pos.Column - 1
	for line := 1; line < pos.Line; line++ {
		at := bytes.IndexByte(data[offset-pos.Column+1:], '\n')
		if at < 0 {
			return nil, false
		}
		offset += at + 1
	}
	if offset > len(data) || !bytes.HasPrefix(data[offset:], []byte(old)) {
		return nil, false
	}
	return slices.Concat(data[:offset], []byte(text), data[offset+len(old):]), true
}

// changes are those of the output folders, and of what is laid over the project.
func (a *app) changes(drifts []drift) ([]tree.Output, error) {
	var out []tree.Output
	var refused []diag.Diagnostic
	for _, d := range drifts {
		for _, f := range d.folders {
			if f.Dir == "." && len(f.Changes) > 0 {
				return nil, &bugError{"the platform tree depends on its own release: " + f.Changes[0].Path}
			}
			for _, c := range tree.Refused(f.Changes) {
				refused = append(refused, finding(f, c))
			}
		}
		out = append(out, d.folders...)
	}
	if len(refused) > 0 {
		return nil, a.findings(refused)
	}
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	sources := tree.Output{Dir: "."}
	for name, data := range a.overlay {
		c := tree.Change{Kind: tree.Missing, Path: name, New: data}
		if info, err := root.Stat(name); err == nil {
			c.Kind, c.WasExecutable = tree.Stale, info.Mode()&0o111 != 0
			c.Executable = c.WasExecutable
			if c.Old, err = root.ReadFile(name); err != nil {
				return nil, err
			}
		}
		sources.Changes = append(sources.Changes, c)
	}
	slices.SortFunc(sources.Changes, func(a, b tree.Change) int { return strings.Compare(a.Path, b.Path) })
	return append(out, sources), nil
}

// publish tags, writes and commits. What fails leaves the repository as it was.
func (a *app) publish(ctx context.Context, repo *release.Repository, version, title string, changes []tree.Output) error {
	if err := repo.Tag(ctx, version, title); err != nil {
		return err
	}
	undo := func(err error, written bool) error {
		if written {
			err = errors.Join(err, tree.Write(a.dir, tree.Reverse(changes)))
		}
		// a context that is over must not keep the tag from being taken back
		return errors.Join(err, repo.Undo(context.WithoutCancel(ctx), version))
	}
	if err := tree.Write(a.dir, changes); err != nil {
		return undo(&release.Refusal{Message: "cannot write: " + reason(err), Expected: "folders that can be written", Fix: "mend the cause and release again; nothing was changed"}, false)
	}
	var paths []string
	for _, o := range changes {
		for _, c := range o.Changes {
			paths = append(paths, path.Join(o.Dir, c.Path))
		}
	}
	if err := repo.Commit(ctx, paths, "release: "+title+"\n\nMonitored repositories enter at "+version+", "+repo.Head+".\n"); err != nil {
		return undo(err, true)
	}
	return nil
}
