// Package revision reads what a git repository holds at a commit, as an fs.FS,
// without a work tree and without running anything that the repository says.
//
// In: a folder, and the name of a revision. Out: the commit it stands for, and
// the files of the folder as they are there. Only plumbing is called (rev-parse,
// merge-base, cat-file), which runs no hook, filter, textconv, alias or pager; the
// caller's GIT_* variables are left out, and nothing is ever fetched. A name
// that could be taken for an option is refused. The package release calls git,
// too, and on purpose as its user has set it up: it makes commits.
package revision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Repository is the git repository that a folder is in.
type Repository struct {
	ctx context.Context
	dir string
	// prefix is the folder inside the repository, "" for its top.
	prefix  string
	objects *objects
}

// Open finds the repository that the folder dir is in. Close it when its files are read.
func Open(ctx context.Context, dir string) (*Repository, error) {
	r := &Repository{ctx: ctx, dir: dir}
	prefix, err := r.git("rev-parse", "--show-prefix")
	switch missing := (*exec.Error)(nil); {
	case errors.As(err, &missing):
		return nil, errors.New("there is no git command; install git, or name two folders")
	case err != nil && strings.Contains(err.Error(), "not a git repository"):
		return nil, errors.New("the project is in no git repository; name two folders")
	case err != nil:
		return nil, fmt.Errorf("git cannot read the repository of the project (%w); mend that, or name two folders", err)
	}
	r.prefix = strings.TrimSuffix(prefix, "/")
	r.objects = &objects{command: r.command}
	return r, nil
}

// Close ends the git processes that were started.
func (r *Repository) Close() { r.objects.close() }

// Commit is a revision that was found.
type Commit struct {
	// ID is the commit's name, 40 (or 64) hex digits.
	ID string
	// Time is when it was made, as its committer says.
	Time time.Time

	tree string
}

// Short is how the commit is shown.
func (c Commit) Short() string { return c.ID[:min(len(c.ID), 12)] }

// Resolve finds the commit that a revision names: a branch, a tag, HEAD~2, a commit.
func (r *Repository) Resolve(name string) (Commit, error) {
	if err := CheckName(name); err != nil {
		return Commit{}, err
	}
	id, err := r.git("rev-parse", "--verify", "--quiet", name+"^{commit}")
	if err != nil || !isID(id) {
		return Commit{}, fmt.Errorf("the repository has no revision %q; fetch it, or correct the name (`git rev-parse --verify %s` says more)", name, name)
	}
	return r.commit(id)
}

// CheckName refuses what cannot name a revision, and what git would take for an option.
func CheckName(name string) error {
	if name == "" || name[0] == '-' || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("%q is no revision; name a branch, a tag or a commit", name)
	}
	return nil
}

// MergeBase finds the last commit that two have in common.
func (r *Repository) MergeBase(a, b Commit) (Commit, error) {
	id, err := r.git("merge-base", a.ID, b.ID)
	if err != nil || !isID(id) {
		return Commit{}, fmt.Errorf("%s and %s have no commit in common here; a clone that is not whole has to be fetched with its history", a.Short(), b.Short())
	}
	return r.commit(id)
}

// commit reads a commit: its tree, and its day.
func (r *Repository) commit(id string) (Commit, error) {
	kind, data, err := r.objects.read(id, maxTree)
	if err == nil && kind != "commit" {
		err = fmt.Errorf("it is a %s", kind)
	}
	if err != nil {
		return Commit{}, fmt.Errorf("cannot read the commit %s: %w", id, err)
	}
	c := Commit{ID: id}
	head, _, _ := strings.Cut(string(data), "\n\n")
	for line := range strings.Lines(head) {
		switch key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " "); key {
		case "tree":
			c.tree = value
		case "committer":
			fields := strings.Fields(value)
			if len(fields) >= 2 {
				seconds, _ := strconv.ParseInt(fields[len(fields)-2], 10, 64)
				c.Time = time.Unix(seconds, 0).UTC()
			}
		}
	}
	if !isID(c.tree) {
		return Commit{}, fmt.Errorf("cannot read the commit %s: it names no tree", id)
	}
	return c, nil
}

// isID tells an object's name.
func isID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// git runs a git command and returns its output without the last newline; the error is what git says, on one line.
func (r *Repository) git(args ...string) (string, error) {
	cmd := r.command(args...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = errors.New(strings.Join(strings.Fields(stderr.String()), " "))
	}
	return strings.TrimSuffix(stdout.String(), "\n"), err
}

// command is git as it may be called in a repository that somebody else has filled.
func (r *Repository) command(args ...string) *exec.Cmd {
	safe := []string{"-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "-c", "safe.bareRepository=explicit", "-c", "protocol.allow=never", "--no-pager"}
	cmd := exec.CommandContext(r.ctx, "git", append(safe, args...)...)
	cmd.Dir = r.dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") { // one of them would lead to another repository, another command or another setting
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none")
	return cmd
}
