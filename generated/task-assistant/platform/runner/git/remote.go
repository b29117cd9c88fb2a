package git

import (
	"context"
	"fmt"
	"strings"
)

// Ref is a full name and the object that it points to.
type Ref struct{ Name, ID string }

// Refs lists the refs of the remote that match a pattern: a full name, or the beginning of one with * behind it. Git itself
// takes a pattern for the end of a name too, of a branch refs/heads/refs/x say, and names what a tag object leads to as if
// that were a ref (name^{}).
func (r *Repository) Refs(ctx context.Context, pattern string) ([]Ref, error) {
	out, err := r.run(ctx, nil, "ls-remote", "--quiet", "--refs", "origin", pattern)
	if err != nil {
		return nil, err
	}
	var refs []Ref
	for line := range strings.Lines(string(out)) {
		id, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if start, isStart := strings.CutSuffix(pattern, "*"); name == pattern || isStart && strings.HasPrefix(name, start) {
			refs = append(refs, Ref{name, id})
		}
	}
	return refs, nil
}

// Default returns the remote's default branch and where it is. A repository without a commit has none.
func (r *Repository) Default(ctx context.Context) (Ref, error) {
	out, err := r.run(ctx, nil, "ls-remote", "--quiet", "--symref", "origin", "HEAD")
	if err != nil {
		return Ref{}, err
	}
	var head Ref
	for line := range strings.Lines(string(out)) {
		value, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name, isName := strings.CutPrefix(value, "ref: "); isName {
			head.Name = name
		} else {
			head.ID = value
		}
	}
	if head.Name == "" || head.ID == "" {
		return Ref{}, fmt.Errorf("%s has no default branch: create one with a first commit", r.url)
	}
	return head, nil
}

// FetchTip brings a commit and its folders here, without its history and the bytes of its files: a file that
// is read all the same is fetched then.
func (r *Repository) FetchTip(ctx context.Context, id string) error {
	return r.fetch(ctx, []string{id}, "--depth=1", "--filter=blob:none")
}

// Fetch brings objects here, with all that they lead to but the history of commits.
func (r *Repository) Fetch(ctx context.Context, ids ...string) error {
	return r.fetch(ctx, ids, "--depth=1", "--no-filter") // git would use the filter of the fetch before
}

// fetch makes no ref for what it brings: nothing removes it before the repository goes.
func (r *Repository) fetch(ctx context.Context, ids []string, how ...string) error {
	args := append([]string{"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--stdin"}, how...)
	_, err := r.run(ctx, strings.NewReader(strings.Join(ids, "\n")+"\n"), append(args, "origin")...)
	return err
}

// Update is a change of one ref of the remote, which is refused unless the ref points to From before. The
// empty id is "does not exist" as From, and "delete" as To.
type Update struct{ Ref, From, To string }

// Push makes the updates, each for itself: where it fails some may have been made, and [Repository.Refs] tells.
func (r *Repository) Push(ctx context.Context, updates ...Update) error {
	args := []string{"push", "--quiet", "--no-verify"}
	var specs []string
	for _, u := range updates {
		args = append(args, "--force-with-lease="+u.Ref+":"+u.From)
		specs = append(specs, u.To+":"+u.Ref)
	}
	_, err := r.run(ctx, nil, append(append(args, "origin"), specs...)...)
	return err
}
