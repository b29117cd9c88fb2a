package main

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/facts"
	"github.com/task-assistant/tasc/internal/runner/git"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// sweep puts the records that wait in the spool on the branch of the telemetry repository, in whose workflow it
// runs. It may die anywhere, run twice at once and run again: a record is on the branch before its ref goes,
// and every ref is changed only from where it was seen.
func sweep(ctx context.Context, j *job) error {
	s := &sweeper{job: j, repository: j.env.Need("GITHUB_REPOSITORY"), tally: tally{seen: map[git.Ref]bool{}}}
	file, token, server := j.env.Need("FACTS_FILE"), j.env.Need("GITHUB_TOKEN"), j.env.Need("GITHUB_SERVER_URL")
	if err := j.env.Err(); err != nil {
		return err
	}
	if err := record.CheckRepository(s.repository); err != nil {
		return &actions.UsageError{Text: "GITHUB_REPOSITORY: " + err.Error()}
	}
	if err := s.readFacts(file); err != nil {
		return err
	}
	var err error
	s.repo, err = git.Open(ctx, j.env.Optional("RUNNER_TEMP"), git.Remote{Server: server, Name: s.repository, Token: token, Mask: j.out.Mask, Limit: j.gitLimit})
	if err != nil {
		return err
	}
	defer s.repo.Close()
	errSweep := s.rounds(ctx)
	if err := j.out.Summary(s.summary()); err != nil {
		return err
	}
	j.out.Notice(s.tally.text())
	return s.failures(errSweep)
}

// sweeper is one run of sweep.
type sweeper struct {
	job        *job
	repository string
	facts      *facts.Facts
	keys       []*rsa.PublicKey
	repo       *git.Repository
	tally      tally
}

// tally is what became of the refs of the spool.
type tally struct {
	swept, known int
	rejected     []string // one line each, not trusted
	// seen are the refs that were counted: one whose removal failed comes again.
	seen map[git.Ref]bool
}

// readFacts reads the platform's facts. They need no digest beside them: the workflow checks the platform out
// at a commit that it names in full.
func (s *sweeper) readFacts(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("cannot read the platform's facts: %w", err)
	}
	if s.facts, err = facts.Decode(data); err != nil {
		return err
	}
	if s.keys, err = signed.PublicKeys(s.facts.Apps.Telemetry.PublicKeys); err == nil && len(s.keys) == 0 {
		err = errors.New("the platform names no public_keys of its telemetry App, so no record can be checked")
	}
	return err
}

// sweepRounds is how often the sweep begins anew, where the branch moved or an answer was lost.
const sweepRounds = 10

// rounds sweeps until nothing waits.
func (s *sweeper) rounds(ctx context.Context) error {
	var last error
	for round := range sweepRounds {
		refs, err := s.repo.Refs(ctx, signed.Spool+"*")
		if err == nil && len(refs) == 0 {
			return nil
		}
		if err == nil {
			err = s.round(ctx, refs)
		}
		if last = err; err == nil {
			continue
		}
		if err := s.job.sleep(ctx, time.Duration(round)*time.Second); err != nil {
			return errors.Join(err, last)
		}
	}
	refs, err := s.repo.Refs(ctx, signed.Spool+"*")
	if err == nil && len(refs) == 0 {
		return nil
	}
	return errors.Join(fmt.Errorf("the spool is not empty after %d rounds; the next sweep goes on", sweepRounds), last, err)
}

// round judges the refs, puts what is good on the branch in one commit, and only then removes what is done.
func (s *sweeper) round(ctx context.Context, refs []git.Ref) error {
	// The spool comes first: of what is on the branch too, the remote would send nothing once it knows that the
	// branch is here, and every record would be fetched alone.
	ids := make([]string, len(refs))
	for i, ref := range refs {
		ids[i] = ref.ID
	}
	if err := s.repo.Fetch(ctx, ids...); err != nil {
		return err
	}
	head, err := s.repo.Default(ctx)
	if err != nil {
		return err
	}
	if err := s.repo.FetchTip(ctx, head.ID); err != nil {
		return err
	}
	all, err := s.judge(ctx, refs, head)
	if err != nil {
		return err
	}
	if err := s.advance(ctx, head, all); err != nil {
		return err
	}
	return s.clear(ctx, all)
}

// advance puts the records on the branch with one commit on top of head.
func (s *sweeper) advance(ctx context.Context, head git.Ref, all []waiting) error {
	var files []git.File
	for _, w := range all {
		if w.fate == sweepable {
			files = append(files, git.File{Path: w.path, Blob: w.blob})
		}
	}
	if len(files) == 0 {
		return nil
	}
	id, err := s.repo.Commit(ctx, git.Commit{
		Parent: head.ID, Message: fmt.Sprintf("telemetry: %s from the spool\n", count(len(files))), When: s.job.now(), Files: files,
	})
	if err != nil {
		return err
	}
	if err := s.repo.OnlyAdds(ctx, head.ID, id); err != nil {
		return err
	}
	return s.repo.Push(ctx, git.Update{Ref: head.Name, From: head.ID, To: id})
}

// clear removes the refs whose records are on the branch, and moves those that no sweep can put there. What fails of it
// holds nothing else up: the next round sees what is left, and another sweep may have removed some.
func (s *sweeper) clear(ctx context.Context, all []waiting) error {
	kept, failed := s.reject(ctx, all)
	var settled []waiting
	var gone []git.Update
	for _, w := range all {
		if w.fate != absent && (w.fate != wrong || kept[w.rejected()]) {
			settled = append(settled, w)
			gone = append(gone, git.Update{Ref: w.ref.Name, From: w.ref.ID})
		}
	}
	s.tally.note(settled)
	return errors.Join(failed, s.push(ctx, gone))
}

// push makes the updates in batches, and goes on where one fails.
func (s *sweeper) push(ctx context.Context, updates []git.Update) error {
	var failed error
	for len(updates) > 0 {
		n, size := 0, 0
		for n < min(pushRefs, len(updates)) && (n == 0 || size < pushBytes) {
			size += 2 * len(updates[n].Ref)
			n++
		}
		failed = errors.Join(failed, s.repo.Push(ctx, updates[:n]...))
		updates = updates[n:]
	}
	return failed
}

const (
	// pushRefs bounds the refs of one push.
	pushRefs = 500
	// pushBytes bounds their names, which all stand twice in the arguments of a process: it may be given 2 MB and more.
	pushBytes = 512 << 10
)

// note counts refs whose fate is sealed: the records are on the branch, the wrong ones have their other ref.
func (t *tally) note(all []waiting) {
	for _, w := range all {
		if w.fate == absent || t.seen[w.ref] {
			continue
		}
		t.seen[w.ref] = true
		switch w.fate {
		case sweepable:
			t.swept++
		case known:
			t.known++
		case wrong:
			t.rejected = append(t.rejected, actions.Line(w.ref.Name, 500)+": "+w.why)
		}
	}
}

// reject gives what is wrong another ref, named after its commit too, so that nothing there is ever in the way. It
// returns the other refs that there are.
func (s *sweeper) reject(ctx context.Context, all []waiting) (map[git.Ref]bool, error) {
	if !slices.ContainsFunc(all, func(w waiting) bool { return w.fate == wrong }) {
		return nil, nil
	}
	kept, err := s.kept(ctx)
	if err != nil {
		return nil, err
	}
	var updates []git.Update
	for _, w := range all {
		if w.fate == wrong && !kept[w.rejected()] {
			updates = append(updates, git.Update{Ref: w.rejected().Name, To: w.ref.ID})
		}
	}
	failed := s.push(ctx, updates)
	kept, err = s.kept(ctx)
	return kept, errors.Join(failed, err)
}

// kept returns the refs that were rejected.
func (s *sweeper) kept(ctx context.Context) (map[git.Ref]bool, error) {
	refs, err := s.repo.Refs(ctx, signed.Rejected+"*")
	kept := map[git.Ref]bool{}
	for _, r := range refs {
		kept[r] = true
	}
	return kept, err
}

// failures is what makes the sweep red.
func (s *sweeper) failures(err error) error {
	var f failures
	if err != nil {
		f = append(f, "the sweep did not end: "+oneLine(err))
	}
	const shown = 20
	for _, line := range s.tally.rejected[:min(shown, len(s.tally.rejected))] {
		f = append(f, "rejected "+line)
	}
	if more := len(s.tally.rejected) - shown; more > 0 {
		f = append(f, fmt.Sprintf("rejected %d more: git ls-remote %s '%s*' lists them", more, s.repository, signed.Rejected))
	}
	if len(f) == 0 {
		return nil
	}
	return f
}

func (t tally) text() string {
	return fmt.Sprintf("%s swept, %d on the branch already, %d rejected", count(t.swept), t.known, len(t.rejected))
}

func count(records int) string {
	if records == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", records)
}

// summary returns the job summary in Markdown.
func (s *sweeper) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: sweep\n\n%s\n\n", actions.Markdown(s.facts.Title), s.tally.text())
	for _, line := range s.tally.rejected[:min(100, len(s.tally.rejected))] {
		fmt.Fprintf(&b, "- rejected %s\n", actions.Markdown(line))
	}
	return b.String()
}
