package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/actions"
	"github.com/task-assistant/tasc/internal/runner/git"
	"github.com/task-assistant/tasc/internal/runner/record"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// fate is what becomes of a ref of the spool.
type fate int

const (
	sweepable fate = iota // its record goes on the branch
	known                 // its record is there already
	wrong                 // no sweep may put it there
	absent                // it is gone since it was listed
)

// waiting is a ref of the spool, judged.
type waiting struct {
	ref  git.Ref
	fate fate
	// path and blob are those of the record's file.
	path, blob string
	// why says what is wrong; it may hold text of whoever pushed the ref.
	why string
}

// rejected is where the ref goes if it is wrong.
func (w waiting) rejected() git.Ref {
	return git.Ref{Name: signed.RejectedRef(w.ref.Name, w.ref.ID), ID: w.ref.ID}
}

// judge decides on every ref, with one process for all.
func (s *sweeper) judge(ctx context.Context, refs []git.Ref, head git.Ref) ([]waiting, error) {
	reader, err := s.repo.Reader(ctx, record.MaxRecord)
	if err != nil {
		return nil, err
	}
	all := make([]waiting, 0, len(refs))
	for _, ref := range refs {
		w, err := s.judgeOne(reader, ref, head)
		if err != nil {
			return nil, errors.Join(err, reader.Close())
		}
		all = append(all, w)
	}
	return all, reader.Close()
}

// judgeOne decides on one ref. Its error is one of git, and says nothing about the ref.
func (s *sweeper) judgeOne(reader *git.Reader, ref git.Ref, head git.Ref) (waiting, error) {
	w := waiting{ref: ref, fate: wrong}
	commit, err := reader.Read(ref.ID)
	switch {
	case errors.Is(err, git.ErrTooLarge):
		w.why = "its object is too large"
		return w, nil
	case err != nil:
		return w, err
	case commit.Kind == "":
		w.fate = absent
		return w, nil
	case commit.Kind != "commit":
		w.why = "it points to a " + commit.Kind
		return w, nil
	}
	r, decoded, errRecord, err := s.open(reader, ref, commit)
	if errRecord != nil || err != nil {
		w.why = fmt.Sprint(errRecord)
		return w, err
	}
	w.path, w.blob = r.path, r.blob
	return s.compare(reader, w, decoded, head)
}

// opened is where a record that was taken from the spool lies.
type opened struct{ path, blob string }

// open returns the record that a commit carries. errRecord says what is wrong with it, err is one of git.
func (s *sweeper) open(reader *git.Reader, ref git.Ref, commit git.Object) (o opened, decoded record.Record, errRecord, err error) {
	header, message, _ := strings.Cut(string(commit.Data), "\n\n")
	r, errRecord := signed.ReadMessage(message)
	switch { // the path is judged before git is asked for anything by it
	case errRecord != nil:
		return o, decoded, errRecord, nil
	case record.CheckPath(r.Path) != nil || signed.SpoolRef(r.Path) != ref.Name:
		return o, decoded, fmt.Errorf("its path %q belongs to another ref", actions.Line(r.Path, 200)), nil
	case strings.Contains(header, "\nparent "):
		return o, decoded, errors.New("its commit has a parent, expected none"), nil
	}
	file, err := reader.Read(ref.ID + ":" + r.Path)
	switch {
	case errors.Is(err, git.ErrTooLarge):
		return o, decoded, errors.New("its record is too large"), nil
	case err != nil:
		return o, decoded, nil, err
	case file.Kind != "blob":
		return o, decoded, errors.New("it holds no file at its path"), nil
	}
	r.Data = file.Data
	if errRecord = holdsAlone(header, r.Path, file.ID); errRecord == nil {
		decoded, errRecord = r.Verify(s.keys)
	}
	if errRecord == nil {
		errRecord = s.belongs(decoded)
	}
	return opened{r.Path, file.ID}, decoded, errRecord, nil
}

// holdsAlone demands that the commit with that header holds the blob as a plain file at the path and nothing beside it.
func holdsAlone(header, file, blob string) error {
	want, err := git.TreeID(file, blob)
	tree, _, _ := strings.Cut(header, "\n")
	if err == nil && tree != "tree "+want {
		err = errors.New("it holds more than the file of its record, or not as a plain file")
	}
	return err
}

// belongs demands that the record's target keeps its telemetry here, as far as the platform's rule tells; where a
// registry says so, preflight has read it, and what is left to demand is the owner.
func (s *sweeper) belongs(r record.Record) error {
	target := r.Entity.Owner + "/" + r.Entity.Repo
	want := s.facts.TelemetryRepository(target)
	owner, _, _ := strings.Cut(s.repository, "/")
	switch {
	case strings.EqualFold(target, s.repository):
		return errors.New("its target is the telemetry repository itself")
	case want != "" && !strings.EqualFold(want, s.repository):
		return fmt.Errorf("the records of %s belong into %s", target, want)
	case !strings.EqualFold(owner, r.Entity.Owner):
		return fmt.Errorf("the records of %s belong to another owner's repository", target)
	}
	return nil
}

// compare looks at what is on the branch: the same record is done, another one stays.
func (s *sweeper) compare(reader *git.Reader, w waiting, decoded record.Record, head git.Ref) (waiting, error) {
	stored, err := reader.Read(head.ID + ":" + w.path)
	switch {
	case errors.Is(err, git.ErrTooLarge):
		w.why = "the branch has something else at its path"
	case err != nil:
		return w, err
	case stored.Kind == "":
		w.fate = sweepable
	case stored.ID == w.blob:
		w.fate = known
	default:
		before, err := record.Decode(stored.Data)
		kind, _ := record.Classify(stored.Data)
		switch {
		case err == nil && record.Same(before, decoded):
			w.fate = known
		case kind == record.Legacy:
			w.why = "the branch has a record from before engine_name existed at its path"
		default:
			w.why = "the branch has a different record at its path"
		}
	}
	return w, nil
}
