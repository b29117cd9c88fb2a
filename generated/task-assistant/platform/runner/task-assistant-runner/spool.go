package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/git"
	"github.com/task-assistant/tasc/internal/runner/github"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

const (
	// cancelGrace is how long emit goes on after it was asked to stop. GitHub kills a step that was cancelled
	// 10 s after its first signal (docs.github.com, "Workflow cancellation").
	cancelGrace = 7 * time.Second
	// spoolBudget bounds the way through the spool.
	spoolBudget = 60 * time.Second
)

// outlast returns a context that ends only some time after ctx does.
func outlast(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(late, func() { timer.Stop() })
	})
	return late, func() { stop(); cancel() }
}

// spool pushes the record as a commit of its own to a ref of its own, which conflicts with nothing and counts
// against no limit of the API. The ref is created or left as it is: a record that waits there and says the
// same is success, another one is [github.ErrDifferent].
func (d delivery) spool(ctx context.Context, token string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, spoolBudget)
	defer cancel()
	commit, err := d.commit()
	if err != nil {
		return "", err
	}
	repo, err := git.Open(ctx, d.job.env.Optional("RUNNER_TEMP"), d.remote(token))
	if err != nil {
		return "", err
	}
	defer repo.Close()
	id, err := repo.Commit(ctx, commit)
	if err != nil {
		return "", err
	}
	ref := signed.SpoolRef(d.file.Path)
	for try := 1; ; try++ {
		err := repo.Push(ctx, git.Update{Ref: ref, To: id})
		if err == nil {
			return github.BlobSHA(d.file.Data), nil
		}
		stored, errRead := d.waiting(ctx, repo, ref)
		if errRead == nil && stored != nil {
			return d.same(stored)
		}
		err = errors.Join(err, errRead)
		if pause := time.Duration(try) * time.Second; try == spoolTries || d.client.Sleep(ctx, pause+d.client.Jitter(pause)) != nil {
			return "", err
		}
	}
}

// spoolTries is how often a push is tried; each waits longer than the one before.
const spoolTries = 5

// askForSweep starts the sweep of the telemetry repository. Where that fails another emit's or the next scheduled one
// does the same. It is emit that asks, since it has the token for it: one more token for each run of a busy night is what
// the App's own limits have no room for.
func (d delivery) askForSweep(ctx context.Context, token string) {
	if err := d.client.Dispatch(ctx, token, d.file.Repository, facts.SweepEvent); err != nil {
		d.job.out.Notice("the record waits in the spool for the next sweep; none could be started now: " + actions.Line(oneLine(err), 1024))
	}
}

// remote is the telemetry repository, for git.
func (d delivery) remote(token string) git.Remote {
	return git.Remote{
		Server: d.job.env.Optional("GITHUB_SERVER_URL"), Name: d.file.Repository, Token: token, Mask: d.job.out.Mask,
		Limit: min(d.job.gitLimit, spoolBudget/4),
	}
}

// commit is the same for the same record: the time is the record's own.
func (d delivery) commit() (git.Commit, error) {
	r, err := d.sign()
	if err != nil {
		return git.Commit{}, err
	}
	decoded, err := d.checkSignature(r)
	if err != nil {
		return git.Commit{}, err
	}
	when, err := time.Parse(time.RFC3339, decoded.GeneratedAt)
	return git.Commit{Message: r.Message(), When: when, Files: []git.File{{Path: r.Path, Data: r.Data}}}, err
}

// checkSignature judges the record as the sweep will: what it would reject must not wait there unseen.
func (d delivery) checkSignature(r signed.Record) (record.Record, error) {
	app := d.run.facts.Apps.Telemetry
	if !spools(d.run.facts) {
		return record.Record{}, errors.New("the platform names no public_keys of its telemetry App, so nobody could check the record's signature")
	}
	keys, err := signed.PublicKeys(app.PublicKeys)
	if err != nil {
		return record.Record{}, err
	}
	decoded, err := r.Verify(keys)
	if errors.Is(err, signed.ErrSignature) {
		err = fmt.Errorf("the private key of the GitHub App %s belongs to none of the platform's public_keys: name its public half there", app.Slug)
	}
	return decoded, err
}

// spools reports whether the platform has a spool: its records are worth nothing unless their signatures can be checked.
func spools(f *facts.Facts) bool { return len(f.Apps.Telemetry.PublicKeys) > 0 }

// waiting returns the record that waits under the ref, nil if there is none. What waits there and holds no file
// at the record's path is empty, and so no record that says the same as any.
func (d delivery) waiting(ctx context.Context, repo *git.Repository, ref string) ([]byte, error) {
	refs, err := repo.Refs(ctx, ref)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(refs, func(r git.Ref) bool { return r.Name == ref })
	if at < 0 {
		return nil, nil
	}
	if err := repo.Fetch(ctx, refs[at].ID); err != nil {
		return nil, err
	}
	reader, err := repo.Reader(ctx, record.MaxRecord)
	if err != nil {
		return nil, err
	}
	o, err := reader.Read(refs[at].ID + ":" + d.file.Path)
	if errors.Is(err, git.ErrTooLarge) {
		err = nil
	}
	return append([]byte{}, o.Data...), errors.Join(err, reader.Close())
}

// same returns the id of the record that is stored already, if it says the same.
func (d delivery) same(stored []byte) (string, error) {
	if !d.file.Same(stored) {
		return "", github.ErrDifferent
	}
	return github.BlobSHA(stored), nil
}
