package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/ref"
)

// checkout is replaced by a stand-in, at whatever ref.
const checkout = "actions/checkout@"

// Actions returns what the engines use, as owner/name@ref, sorted: the actions of their steps, and those that the lock
// says these use inside. actions/checkout is among them.
func Actions(p plan.Plan, lk *lock.Lock, engines []string) []string {
	keys := map[string]bool{}
	var add func(uses string)
	add = func(uses string) {
		u, err := ref.ParseUses(uses)
		if err != nil || u.Form != "action" || keys[u.Repository+"@"+u.Ref] {
			return // a container image, or a step of the platform's own tree
		}
		keys[u.Repository+"@"+u.Ref] = true
		for _, a := range lk.Actions {
			if key := u.Repository + "@" + u.Ref; a.Key == key || strings.HasPrefix(a.Key, u.Repository+"@") && a.Commit == u.Ref {
				for _, inside := range a.Uses {
					add(inside)
				}
			}
		}
	}
	for _, w := range p.Workflows {
		name, isEngine := strings.CutPrefix(w.Path, "platform/.github/workflows/engine-")
		own := w.Path == "platform/.github/workflows/dispatcher.yml" || w.Path == "platform/.github/workflows/preflight.yml"
		if !own && !(isEngine && slices.Contains(engines, strings.TrimSuffix(name, ".yml"))) {
			continue
		}
		for _, job := range w.Jobs {
			if job.Run != nil {
				for _, step := range job.Run.Steps {
					add(step.Uses.Value)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// A Shelf is the folder that keeps actions of others, each below owner/name/ref.
type Shelf struct {
	Dir string
	// Server is where actions are fetched from: https://github.com.
	Server string
}

// Folder returns where an action (owner/name@ref) stands, and whether it is there.
func (s Shelf) Folder(action string) (string, bool) {
	name, at, _ := strings.Cut(action, "@")
	dir := filepath.Join(s.Dir, filepath.FromSlash(name), strings.ReplaceAll(at, "/", "%2F"))
	_, err := os.Stat(dir)
	return dir, err == nil
}

// Missing returns those actions that are neither given nor on the shelf; actions/checkout never is.
func (s Shelf) Missing(actions []string, given map[string]string) []string {
	return slices.DeleteFunc(slices.Clone(actions), func(a string) bool {
		_, here := s.Folder(a)
		return here || given[a] != "" || strings.HasPrefix(a, checkout)
	})
}

// Fetch puts an action on the shelf, a tag or a branch anew. This is the one thing here that needs the network.
func (s Shelf) Fetch(ctx context.Context, action string) error {
	dir, here := s.Folder(action)
	name, at, _ := strings.Cut(action, "@")
	if here && ref.Classify(at) == ref.Commit {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "fetch.")
	if err != nil {
		return err
	}
	if err = s.fetch(ctx, work, name, at); err == nil {
		err = errors.Join(os.RemoveAll(dir), os.Rename(work, dir))
	}
	if errors.Is(err, fs.ErrExist) { // another run was quicker
		err = nil
	}
	return errors.Join(err, os.RemoveAll(work))
}

func (s Shelf) fetch(ctx context.Context, work, name, at string) error {
	for _, args := range [][]string{
		{"init", "--quiet"},
		{"fetch", "--quiet", "--depth=1", s.Server + "/" + name, at},
		{"checkout", "--quiet", "FETCH_HEAD"},
	} {
		if _, err := userGit(ctx, append([]string{"-C", work}, args...)...); err != nil {
			return fmt.Errorf("%s@%s: %w", name, at, err)
		}
	}
	return os.RemoveAll(filepath.Join(work, ".git"))
}

// standIns returns the folder for every action, with the stand-in of actions/checkout in the folder checkouts.
func (c Config) standIns(checkouts string) map[string]string {
	out := maps.Clone(c.Given)
	if out == nil {
		out = map[string]string{}
	}
	for _, action := range c.Actions {
		dir, _ := c.Shelf.Folder(action)
		if strings.HasPrefix(action, checkout) {
			dir = checkouts
		}
		if out[action] == "" {
			out[action] = dir
		}
	}
	return out
}
