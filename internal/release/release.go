// Package release asks git what a release must know of a repository, and makes its
// tag and its commit there.
//
// In: the folder of the repository. Out: its state, or a Refusal that says why
// there can be no release. Only the git command is called, as whoever runs tasc has
// set it up, so that identity, signatures and hooks are theirs. Nothing is sent or
// fetched.
package release

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Refusal says why there can be no release, and what to do about it.
type Refusal struct{ Message, Expected, Fix string }

func (r *Refusal) Error() string { return r.Message }

// Repository is a clean work tree on a branch.
type Repository struct {
	dir string
	// Head is the commit that is checked out, 40 hex digits; Branch is the name of its branch.
	Head, Branch string
}

// Open looks at the repository whose top folder is dir.
func Open(ctx context.Context, dir string) (*Repository, error) {
	r := &Repository{dir: dir}
	prefix, err := r.git(ctx, "rev-parse", "--show-prefix")
	switch missing := (*exec.Error)(nil); {
	case errors.As(err, &missing):
		return nil, &Refusal{"there is no git command", "git, which makes the tag and the commit", "install git"}
	case err != nil:
		return nil, &Refusal{"the project is in no git repository", "the repository of the platform", "run `git init` and commit the project"}
	case prefix != "":
		return nil, &Refusal{"the project is the folder " + prefix + " of a git repository, and a release is a commit of the whole", "the project at the top of its repository", "give the platform a repository of its own"}
	}
	if r.Head, err = r.git(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err != nil {
		return nil, &Refusal{"the repository has no commit yet", "a commit to release", "commit the project"}
	}
	if r.Branch, err = r.git(ctx, "symbolic-ref", "--quiet", "--short", "HEAD"); err != nil {
		return nil, &Refusal{"no branch is checked out", "a branch for the commit behind the release", "run `git switch` to one"}
	}
	return r, r.clean(ctx)
}

// clean refuses a work tree in which anything differs from the commit, or is not part of it.
func (r *Repository) clean(ctx context.Context) error {
	status, err := r.git(ctx, "status", "--porcelain", "--untracked-files=all")
	if err != nil || status == "" {
		return err
	}
	lines := strings.Split(status, "\n")
	message := fmt.Sprintf("the work tree differs from its commit in %d files: %s", len(lines), strings.TrimSpace(lines[0]))
	if len(lines) > 1 {
		message += ", …"
	}
	return &Refusal{message, "a clean work tree: what is released is a commit", "commit, stash or ignore what is there"}
}

// Tag makes the tag of the release at Head. A tag that is there already is never moved.
func (r *Repository) Tag(ctx context.Context, tag, message string) error {
	if _, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "refs/tags/"+tag); err == nil {
		return &Refusal{"the tag " + tag + " is there already", "a tag that is new: releases do not move", "release the next version"}
	}
	if _, err := r.git(ctx, "tag", "--annotate", "--message", message, tag, r.Head); err != nil {
		return failed("make the tag "+tag, err)
	}
	return nil
}

// Commit commits the files of these paths, which are relative to the repository, and nothing else.
func (r *Repository) Commit(ctx context.Context, paths []string, message string) error {
	if _, err := r.git(ctx, append([]string{"add", "--all", "--"}, paths...)...); err != nil {
		return failed("add the files to the commit", err)
	}
	if _, err := r.git(ctx, "commit", "--quiet", "--message", message); err != nil {
		return failed("commit", err)
	}
	return nil
}

// Undo takes the tag back, and what was added for the commit. The files are the caller's to put back.
func (r *Repository) Undo(ctx context.Context, tag string) error {
	_, err := r.git(ctx, "tag", "--delete", tag)
	_, err2 := r.git(ctx, "reset", "--quiet", r.Head)
	return errors.Join(err, err2)
}

func failed(what string, err error) *Refusal {
	return &Refusal{"git did not " + what + ": " + err.Error(), "a repository in which git can tag and commit", "mend the cause and release again; nothing was changed"}
}

// git runs a git command in the repository and returns its output without the last newline; the error is what git says, on one line.
func (r *Repository) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_LITERAL_PATHSPECS=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = errors.New(strings.Join(strings.Fields(stderr.String()), " "))
	}
	return strings.TrimRight(stdout.String(), "\n"), err
}
